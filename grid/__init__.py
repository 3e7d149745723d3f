"""Areas, unit grids, duty grids, places and map layers; geometry. Imports accounts and lib only."""
