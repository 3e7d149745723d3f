"""Bulletins: drafted from the figures, checked, approved, published; and the public league."""
