"""Settings of the center as pages: calendars, limits, switches, reach of duplicates, deadlines.

A section is data (`registry.Section`): a model, a form, columns. Every change goes through
`actions` and leaves old and new values in the audit log.
"""
