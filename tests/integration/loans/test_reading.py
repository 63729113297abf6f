"""The forms of departure and of return show the last reading of the odometer."""

from __future__ import annotations

from flask import Flask

from tests.factories.accounts import signed_in
from tests.factories.loans import make_scene


def test_the_form_of_return_says_the_last_reading(app: Flask) -> None:
    scene = make_scene()
    loan_id = scene.out(odometer_km=20_345)
    page = signed_in(app, scene.adviser).get(f"/prets/{loan_id}/retour").text
    assert "Dernier relevé : 20 345 km" in page.replace("\u202f", " ").replace("\xa0", " ")
