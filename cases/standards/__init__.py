"""The standards: classes and filing conditions by edition, shipped rows, limits in words."""
