"""Links to other platforms, one directory per adapter. Imported by nobody."""
