"""GeoDjango on PostGIS whose waits end: `ENGINE = "citymgmt.lib.postgis"`."""
