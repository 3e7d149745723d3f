"""A GeoDjango backend on plain SQLite: what the embedded profile runs on.

Geometry is a BLOB (see `blob`), predicates and functions are SQLite functions backed by GEOS
through shapely (`predicates`, `functions`, `aggregates`), an R*Tree beside each table finds the
candidates (`index`). It supports what this project asks of GeoDjango and refuses the rest by
name. It may import nothing of the project: Django, shapely and pyproj only.
"""
