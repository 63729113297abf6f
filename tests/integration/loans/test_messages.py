"""The messages of loans: short enough for one SMS, whatever the day."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from flask import Flask

from mobility.core.clock import at_paris, format_instant
from mobility.notifications import gsm, render, templates

READER = render.Reader(recipient_id=1, point_id=1, neutral=False)
SHORT_LINK = "https://mobilite.example/l/abcdefghijkl"
WORDED = ("start", "due", "opens", "new_due")


def longest_instant() -> str:
    """Return the longest way in which an instant of two years is said."""
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(730)]
    return max((format_instant(at_paris(day, time(17, 30))) for day in days), key=len)


@pytest.mark.parametrize(
    "name",
    ["loan_return_before", "loan_return_due", "loan_return_late", "loan_next_blocked", "loan_key_box", "loan_moved"],
)
@pytest.mark.parametrize("place", ["Denain", "Permanence Solesmes"])
def test_what_urges_fits_into_one_sms_on_the_longest_day(app: Flask, name: str, place: str) -> None:
    template = templates.get_template(name)
    worst = longest_instant()
    sample = {key: worst if key in WORDED else value for key, value in template.sample.items()}
    sample |= {key: SHORT_LINK for key, value in sample.items() if str(value).startswith("http")}
    sample["place"] = place
    size = gsm.measure(render.render_sms([render.Part(name, sample)], READER))
    assert size.gsm
    assert size.parts == 1, (size, worst)
    assert not template.long_sms
