"""The check of the stored grid: gaps, overlaps, crossings, codes, duty grids."""
