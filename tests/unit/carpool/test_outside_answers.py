"""What other services write is read with suspicion: whatever cannot be read is left out."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from mobility.carpool.rules.outside import _address, _cents, _schedule, _text
from mobility.carpool.rules.standard import read_journey_id

MONDAY = {"passengerPickupDay": "MON"}


@pytest.mark.parametrize(
    ("value", "days", "first"),
    [
        (None, (), None),
        (["MON"], (), None),
        ([{"passengerPickupDay": "LUN"}], (), None),
        ([{**MONDAY, "passengerPickupTimeOfDay": "tôt"}], (0,), None),
        ([{**MONDAY, "passengerPickupTimeOfDay": "05:10:00"}, {**MONDAY, "passengerPickupTimeOfDay": "04:50"}],
         (0,), time(4, 50)),
    ],
)  # fmt: skip
def test_a_schedule_is_read_as_far_as_it_can_be(value: Any, days: tuple[int, ...], first: time | None) -> None:
    assert _schedule(value) == (days, first)


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        ("2 €", None),
        ({"type": "FREE"}, 0),
        ({"type": "UNKNOWN", "amount": 2}, None),
        ({"type": "PAYING", "amount": 2, "currency": "CHF"}, None),
        ({"type": "PAYING", "amount": -1}, None),
        ({"type": "PAYING", "amount": "beaucoup"}, None),
        ({"type": "PAYING", "amount": 1.25}, 125),
    ],
)
def test_a_price_is_read_in_cents_or_not_at_all(value: Any, cents: int | None) -> None:
    assert _cents(value) == cents


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, ""),
        ("javascript:alert(1)", ""),
        ("https://x" + "x" * 5000, ""),
        ("https://exemple.fr\u202e", ""),
        ("https://[exemple", ""),
        ("https://moi:secret@exemple.fr/", ""),
        ("https://exemple.fr/trajet", "https://exemple.fr/trajet"),
    ],
)
def test_only_a_plain_https_address_is_linked_to(value: Any, kept: str) -> None:
    assert _address(value) == kept


@pytest.mark.parametrize(("value", "kept"), [(7, ""), ("  Anne\n\u202e L. ", "Anne L.")])
def test_a_text_keeps_what_is_shown(value: Any, kept: str) -> None:
    assert _text(value).split() == kept.split()


@pytest.mark.parametrize(
    "text", ["", "a.b", "m.driver.x.20261124.there", "m.driver.1.20261399.there", "m.pilot.1.20261124.there"]
)
def test_an_id_that_we_did_not_write_is_nobodys(text: str) -> None:
    assert read_journey_id(text) is None
