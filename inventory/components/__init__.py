"""Components on the ground: their lists and pages, and the cells that they stand in."""
