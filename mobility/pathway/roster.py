"""Rosters: from « du lundi au vendredi, 5 h–13 h » or a 3×8 cycle to shifts and legs. Pure.

A pattern is versioned JSON (``{"version": 1, "kind": …}``), read by ``parse_pattern``, which refuses
what it does not understand, and written by ``to_json``. Hours are those of the clocks of Paris; a
shift whose end is not after its beginning ends on the next day.
"""
