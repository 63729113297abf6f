"""Checkboxes take what they offer and nothing else, however the browser lies."""

from __future__ import annotations

import pytest
from flask import Flask

from mobility.core.web import forms


class Days(forms.Form):
    days = forms.checkboxes("Jours", [("0", "lundi"), ("1", "mardi")])
    needed = forms.checkboxes("Outils", [("a", "A")], required=True)


@pytest.mark.parametrize(
    ("days", "needed", "fine"),
    [
        (["0", "1"], ["a"], True),
        ([], ["a"], True),
        (["", "1"], ["a"], True),
        (["", "9"], ["a"], False),
        (["9", ""], ["a"], False),
        (["0"], [], False),
        (["0"], [""], False),
        (["0"], ["", "z"], False),
    ],
)
def test_an_empty_value_beside_it_lets_no_unoffered_choice_through(
    application: Flask, days: list[str], needed: list[str], fine: bool
) -> None:
    with application.test_request_context(method="POST", data={"days": days, "needed": needed}):
        form = Days()
        assert form.validate() is fine
        assert "" not in form.days.data
