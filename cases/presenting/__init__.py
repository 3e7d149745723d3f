"""A case for people: its words, clocks, prospects and keys as plain dicts for the templates."""
