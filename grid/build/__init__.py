"""A grid built from lines and polygons, and stored.

Read in this order:

    builder      the pure part: lines and communities in, unit grids out, in metres
    store        areas, unit grids and duty grids into the database, in bulk
    base_map     road lines as features of the base map
    from_files   the whole way from GIS files to a stored grid
"""
