"""The live feed: places in the log, what each listener may know, and who has a case open."""
