"""Management and evaluation grids: proposed from the unit grids, stored, and checked."""
