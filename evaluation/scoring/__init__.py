"""Scores from counts: weights, bands, grades and rankings as data. Pure: no database, no clock.

Read in this order: schemes (what a scheme is, and how it scores), scheme_json (a scheme as it is
stored), shipped (the schemes that come with the product).
"""
