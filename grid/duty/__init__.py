"""Duty grids: which unit grid belongs to which, from a day on, and who walks them."""
