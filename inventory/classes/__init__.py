"""Classes of components and events: national editions, local ones, and the crosswalk."""
