"""What a device says of when and where something was done, and how far that is believed. Pure."""
