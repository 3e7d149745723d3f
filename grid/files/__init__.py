"""GIS files of strangers: opened within bounds, read as layers in stored degrees."""
