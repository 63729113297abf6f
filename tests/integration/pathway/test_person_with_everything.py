"""A file with every aid at once: what each carries and costs, and the queries of its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobility.core.db import db, end_read
from mobility.pathway.models import Coverage, Step
from tests.factories.accounts import signed_in
from tests.factories.everything import ERRANDS, RIDES, give_everything
from tests.factories.loans import NOW, Scene, a_borrower, make_scene
from tests.integration.pathway.pages import text


@pytest.fixture
def scene(app: Flask) -> Iterator[Scene]:
    """Somebody with everything, on a Tuesday."""
    with time_machine.travel(NOW, tick=False):
        scene = make_scene()
        give_everything(scene)
        yield scene


@pytest.fixture
def staff(app: Flask, scene: Scene) -> FlaskClient:
    """Their adviser."""
    return signed_in(app, scene.adviser)


def test_every_aid_that_carries_feeds_the_coverage(scene: Scene) -> None:
    carried = set(
        db.session.execute(
            select(Step.aid_kind).join(Coverage, Coverage.step_id == Step.id).where(Step.person_id == scene.person.id)
        ).scalars()
    )
    assert carried == {"loan", "carpool", "local_aid", "microcredit"}


def test_the_page_says_who_carries_what_it_costs_and_what_comes_next(scene: Scene, staff: FlaskClient) -> None:
    page = text(staff.get(f"/personnes/{scene.person.id}"))
    for aid in ("Prêt : voiture", "Covoiturage", "Micro-crédit", RIDES):
        assert aid in page
    assert "Ce mois-ci" in page
    assert "0 sur 5 étapes faites" in page
    assert all(errand in page for errand in ERRANDS[:2])
    assert "solutions à la fois" in page
    # The first job is shown whole, the other one by its name and its gap.
    assert page.index("Préparatrice de commandes") < page.index("Formation de cariste")


def test_it_takes_a_constant_number_of_queries_whatever_the_aids(
    scene: Scene, staff: FlaskClient, count_queries: Any
) -> None:
    def measure(person_id: int) -> int:
        end_read()
        with count_queries() as seen:
            assert staff.get(f"/personnes/{person_id}").status_code == 200
        return int(seen.total)

    bare = measure(a_borrower(scene.desk, scene.adviser).id)
    full = measure(scene.person.id)
    assert full <= 48, (bare, full)
    # What an aid knows of its own rows is asked only where there are some.
    assert full - bare <= 14, (bare, full)
