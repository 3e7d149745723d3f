"""The HTTP interface under /api/v1/: what programs of others rely on."""
