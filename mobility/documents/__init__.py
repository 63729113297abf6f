"""Files: uploaded once, reused, checked by content, erased on request."""
