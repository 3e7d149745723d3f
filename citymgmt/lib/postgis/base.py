"""The entry point: `ENGINE = "citymgmt.lib.postgis"`."""

import os

from django.contrib.gis.db.backends.postgis.base import DatabaseWrapper as PostGISWrapper

from citymgmt.lib.postgis import limits
from citymgmt.lib.undo import Undoing


class DatabaseWrapper(Undoing, PostGISWrapper):
    def get_connection_params(self):
        params = super().get_connection_params()
        if limits.hurried():
            given = params.get("options") or os.environ.get("PGOPTIONS", "")
            params["options"] = f"{given} {limits.options()}".strip()
        return {"connection_factory": limits.Connection, **params}

    def get_new_connection(self, conn_params):
        connection = super().get_new_connection(conn_params)
        connection.patience = limits.silence() if limits.hurried() else None
        return connection
