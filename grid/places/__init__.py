"""Where a position lies, and how a place is found by its code or name."""
