"""Travel times by road, behind one interface; ``interface.py`` is the place to begin."""
