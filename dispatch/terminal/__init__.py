"""The terminal of the departments: what waits for a liaison or a handler."""
