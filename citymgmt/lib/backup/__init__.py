"""The whole city in a folder, and back: database, photos, what proves the record.

    manifest.json   what it is: written last, so a backup without it was not finished
    files.sha256    a line for each file, as `sha256sum --check` reads it
    database.*      of one moment: SQLite's own copy, or pg_dump's
    media/, record/ the files
    keys/           only where it was asked for

A photo is written before the row that names it and never replaced, so the photos are copied after
the database: all that its rows name are there. The heads of the record are copied before it: they
may be older than the rows, never newer.
"""
