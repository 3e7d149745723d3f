"""The same spatial cases on the database of the profile, embedded or PostGIS; and what is the
embedded backend's own on a SQLite file of its own."""
