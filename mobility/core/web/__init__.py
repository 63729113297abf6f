"""The web side of the core: access, forms, headers, errors, filters."""
