"""Masks: what they cover, on any size of page, and that nothing peeps out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.documents.rules import Mask, mask_of

SIDE = st.integers(-500, 1500)


@pytest.mark.parametrize(
    ("typed", "mask", "hides"),
    [
        ({"left": 100, "top": 200, "width": 300, "height": 50}, Mask(1, 100, 200, 400, 250), True),
        ({"left": 900, "top": 0, "width": 300, "height": 50}, Mask(1, 900, 0, 1000, 50), True),
        ({"left": -50, "top": 0, "width": 100, "height": 50}, Mask(1, 0, 0, 50, 50), True),
        ({"left": 100, "top": 200, "width": 0, "height": 50}, Mask(1, 100, 200, 100, 250), False),
        ({"left": 1000, "top": 200, "width": 10, "height": 50}, Mask(1, 1000, 200, 1000, 250), False),
    ],
)
def test_a_mask_is_a_corner_and_a_size(typed: dict[str, int], mask: Mask, hides: bool) -> None:
    made = mask_of(page=1, **typed)
    assert (made, made.hides()) == (mask, hides)


@given(SIDE, SIDE, SIDE, SIDE, st.integers(1, 5000), st.integers(1, 5000))
def test_what_hides_covers_at_least_what_was_asked_and_stays_on_the_page(
    left: int, top: int, width: int, height: int, across: int, down: int
) -> None:
    mask = mask_of(page=1, left=left, top=top, width=width, height=height)
    x0, y0, x1, y1 = mask.box(across, down)
    if mask.hides():
        assert 0 <= x0 < x1 <= across
        assert 0 <= y0 < y1 <= down
        assert x0 * 1000 <= mask.left * across
        assert x1 * 1000 >= mask.right * across
        assert y0 * 1000 <= mask.top * down
        assert y1 * 1000 >= mask.bottom * down
