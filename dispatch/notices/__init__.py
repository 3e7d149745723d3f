"""Notices: a reader of the log tells people of deadlines; the bell, a page, text messages.

`reader` makes the rows, `recipients` knows who, `sending` empties what waits for the gateway.
"""
