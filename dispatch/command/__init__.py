"""The command desk and the wall display."""
