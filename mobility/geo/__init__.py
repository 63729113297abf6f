"""Places: the communes of France, straight-line distances, addresses turned into positions."""
