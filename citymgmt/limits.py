"""What strangers may bring, ask and try; the settings of both profiles take them from here."""

import os

from citymgmt.lib import env

# --- photos and files -------------------------------------------------------------------------
PHOTO_MAX_BYTES = 10 * 1024 * 1024
# Pixels of a photo, looked at before it is decoded, one at a time in a process: a JPEG is decoded
# at a fraction of its size, anything else whole, at three to six bytes a pixel.
PHOTO_MAX_PIXELS = {
    "JPEG": 60_000_000,
    "progressive": 25_000_000,
    "HEIF": 50_000_000,
    "PNG": 25_000_000,
    "WEBP": 25_000_000,
}
# What a request may bring, in bytes: beginning of its path, from anybody, from somebody signed in.
# Nothing beyond is kept; the first row that fits counts. Drawings and tables that are checked come
# back as text, hence the last row; the files of a grid may be large.
SMALL = 64 * 1024
IMPORT_MAX_BYTES = int(os.environ.get("IMPORT_MAX_MB", "600")) * 1024 * 1024
BODY_LIMITS = [
    ("/public/track/", SMALL, SMALL),
    ("/public/", 4 * PHOTO_MAX_BYTES + SMALL * 16, 4 * PHOTO_MAX_BYTES + SMALL * 16),
    ("/api/v1/token/", SMALL, SMALL),
    ("/api/v1/photos/", SMALL, 12 * 1024 * 1024),
    ("/accounts/sign-in/", SMALL, SMALL),
    ("/accounts/", SMALL, 25 * 1024 * 1024),
    ("/grid/", SMALL, IMPORT_MAX_BYTES),
    ("", SMALL, 9 * PHOTO_MAX_BYTES + SMALL * 16),
]
# What GDAL may read, told by content; see grid.files.gdal. And how large an archive may become.
GIS_DRIVERS = env.words("GIS_DRIVERS", "ESRI Shapefile,GPKG,FlatGeobuf,GeoJSON,GeoJSONSeq,KML,DXF")
IMPORT_UNPACKED_MAX_BYTES = int(os.environ.get("IMPORT_UNPACKED_MAX_MB", "1024")) * 1024 * 1024
TABLE_MAX_CELLS = 4_000_000  # of a table that somebody brings, with those that merged cells cover
# Of a body that is refused so much is still received and thrown away, for its sender to read why.
BODY_DISCARDED_MOST = 64 * 1024 * 1024

# --- questions and passwords ------------------------------------------------------------------
# The public site, for each address: (times, seconds). One address may be a whole neighbourhood
# behind a mobile provider. "try" also counts what is refused or sent again: reading photos costs
# the server work. "look" counts questions about places.
PUBLIC_LIMITS = {
    "report": (30, 3600),
    "try": (200, 3600),
    "track": (60, 3600),
    "wrong_code": (10, 900),
    "answer": (20, 3600),
    "look": (600, 3600),
}
# Wrong passwords, (times, seconds): of one name from one network, of any name from one network, of
# one name from anywhere. Past the last a name is slowed down to one guess in SIGN_IN_PAUSE seconds,
# except where the person has signed in lately; there a network may fail so many times more.
SIGN_IN_LIMITS = {"both": (5, 300), "network": (30, 600), "name": (50, 3600)}
SIGN_IN_PAUSE = 60
SIGN_IN_KNOWN_FACTOR = 10
