"""The map page with its base map and cells, and what every map layer answers with."""
