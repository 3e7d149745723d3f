"""The same problem reported twice: likely duplicates, and the case that one is merged into."""
