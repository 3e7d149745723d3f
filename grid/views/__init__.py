"""Pages of the grid: the map, building, surgery and the check."""

from grid.views.map import base_json, base_map, cell_card, cells_json, map_page

__all__ = ["base_json", "base_map", "cell_card", "cells_json", "map_page"]
