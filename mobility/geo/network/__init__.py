"""The road network: read from OpenStreetMap, kept as arrays, replaced without a restart."""
