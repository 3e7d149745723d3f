"""The hotline desk: calls taken, calls back, and the actions of both and of the portal."""
