"""The menu of the desk: a person's pages stand under « Personnes », what is seldom used is folded away."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobility.accounts.policy import Role
from mobility.pathway.services import plans
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.pathway import NOW
from tests.factories.people import make_person
from tests.integration.loans.pages import ok


def place(client: FlaskClient, url: str) -> str:
    page = ok(client.get(url))
    menu = page[page.index("desk-nav-list") : page.index("</nav>", page.index("desk-nav-list"))]
    return " ".join(
        re.sub(r"<[^>]+>", " ", found) for found in re.findall(r'aria-current="page">(.*?)</a>', menu)
    ).strip()


@pytest.fixture
def staff(app: Flask) -> tuple[FlaskClient, int, int]:
    desk = make_desk()
    person_id = make_person(desk=desk).id
    plan_id = plans.open_plan(person_id=person_id, actor_id=None, now=NOW)
    manager = make_user(Role.MANAGER, desk_id=desk.id, name="Marc")
    return signed_in(app, manager), person_id, plan_id


def test_the_pages_of_a_person_stand_under_people(staff: tuple[FlaskClient, int, int]) -> None:
    client, person_id, plan_id = staff
    for url in (
        f"/personnes/{person_id}",
        f"/personnes/{person_id}/historique",
        f"/personnes/{person_id}/plan/propositions",
        f"/plans/{plan_id}",
        f"/plans/{plan_id}/engagements",
        f"/plans/{plan_id}/modeles",
    ):
        assert place(client, url) == "Personnes", url


def test_the_pages_of_a_list_stand_under_the_list(staff: tuple[FlaskClient, int, int]) -> None:
    client, _person_id, _plan_id = staff
    for url, entry in (
        ("/modeles-de-plan", "Modèles de plan"),
        ("/modeles-de-plan/nouveau", "Modèles de plan"),
        ("/aides-locales", "Aides locales"),
        ("/agenda", "Agenda"),
        ("/accueil", "Accueil"),
    ):
        assert place(client, url) == entry, url


def test_what_is_seldom_used_is_folded_until_one_is_there(staff: tuple[FlaskClient, int, int]) -> None:
    client, _person_id, _plan_id = staff

    def folded(url: str) -> dict[str, bool]:
        found = re.findall(r'<details class="desk-nav-folded"( open)?><summary[^>]*>([^<]+)<', ok(client.get(url)))
        return {label: bool(is_open) for is_open, label in found}

    at_home, at_templates = folded("/accueil"), folded("/modeles-de-plan")
    assert {"Responsable", "Règles et catalogues", "Administration"} <= set(at_home)
    assert not any(at_home.values())
    assert [label for label, is_open in at_templates.items() if is_open] == ["Règles et catalogues"]


def test_no_group_is_cut_in_two(app: Flask) -> None:
    """A group whose entries are not beside each other in their order would show its heading for others' entries."""
    entries = [entry for entry in app.extensions["mobility.nav"] if entry.space == "desk"]
    assert len({entry.label for entry in entries}) == len(entries)
    groups = [entry.group for entry in entries if entry.group]
    for group in set(groups):
        orders = sorted(entry.order for entry in entries if entry.group == group)
        between = {
            entry.group for entry in entries if entry.group not in {group, ""} and orders[0] < entry.order < orders[-1]
        }
        assert not between, (group, between)
