"""Every route says who may call it, and names the rows that its address names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from mobility.accounts.policy import POLICY, SCOPES
from mobility.core.web.access import AccessRule, Permission, row_kinds, rule_of

# Names of ids in addresses that are not rows of their own: the row before them in the address is asked.
PARTS = {"year", "month", "day", "number", "page"}


def _rules(app: Flask) -> Iterator[tuple[Rule, AccessRule | None]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            yield rule, rule_of(app.view_functions[rule.endpoint])


def test_there_are_routes(app: Flask) -> None:
    assert len(list(_rules(app))) > 50


def test_every_route_declares_its_access(app: Flask) -> None:
    assert {rule.rule for rule, declared in _rules(app) if declared is None} == set()


def test_every_row_that_a_route_names_has_a_room_that_answers(app: Flask) -> None:
    unknown = {
        f"{rule.rule}: {kind}"
        for rule, declared in _rules(app)
        if declared
        for kind in declared.rows
        if kind not in row_kinds(app)
    }
    assert unknown == set()


def test_every_row_is_named_by_an_argument_of_its_address(app: Flask) -> None:
    wrong = {
        f"{rule.rule}: {argument}"
        for rule, declared in _rules(app)
        if declared
        for argument in declared.rows.values()
        if argument not in rule.arguments
    }
    assert wrong == set()


def test_every_id_in_an_address_is_either_asked_about_or_beside_one_that_is(app: Flask) -> None:
    bare = set()
    for rule, declared in _rules(app):
        ids = {name for name in rule.arguments if name.endswith("_id")} - PARTS
        if declared and declared.kind in {"permission", "token"} and ids and not declared.rows:
            bare.add(rule.rule)
    # These read their one row through a query that is narrowed to what the actor may see.
    assert bare <= NARROWED, f"routes that take an id and ask nobody about it: {sorted(bare - NARROWED)}"


NARROWED = {
    "/administration/jetons/<int:token_id>/revoquer",  # administrators alone, who see all of them
    "/administration/covoiturage/<int:operator_id>",  # the same
    "/administration/covoiturage/<int:operator_id>/cle",  # the same
    "/administration/covoiturage/<int:operator_id>/fermer",  # the same
    "/administration/covoiturage/<int:operator_id>/rouvrir",  # the same
    "/administration/parametres/<key>/valeurs/<int:value_id>/abandonner",  # the same
    "/administration/parametres/<key>/valeurs/<int:value_id>/annuler",  # the same
    "/mon-espace/rendez-vous/nouveau/<int:type_id>/prevenez-moi",  # the same
    "/mon-espace/rendez-vous/nouveau/<int:type_id>",  # a type of meeting that the person's own desk offers online
}


def test_every_permission_is_in_the_policy() -> None:
    assert set(POLICY) == set(Permission)


def test_every_permission_is_asked_for_somewhere(app: Flask) -> None:
    asked = {declared.permission for _rule, declared in _rules(app) if declared}
    assert {permission for permission in Permission if permission not in asked} <= ASKED_INSIDE


# Asked inside views (a part of a page, a form's id) and not by a route of their own.
ASKED_INSIDE = {
    Permission.LOAN_OVERRIDE,
    # Their first page is everybody's (`accounts.partner_home`) until garages have a room.
    Permission.GARAGE_HOME,
}


def test_scopes_open_the_api_and_permissions_the_pages(app: Flask) -> None:
    for rule, declared in _rules(app):
        if declared is None:
            continue
        if rule.rule.startswith("/api/v1/") and declared.kind != "public":
            assert declared.scope in SCOPES, rule.rule
            assert declared.permission in SCOPES[str(declared.scope)], rule.rule
        else:
            assert declared.scope is None, rule.rule


@pytest.mark.parametrize("method", ["POST"])
def test_no_signed_link_acts_on_get(app: Flask, method: str) -> None:
    """A mail program that opens every link must change nothing: pages of links act by POST only."""
    for rule, declared in _rules(app):
        if declared and declared.kind == "signed_link" and rule.methods:
            assert {method, "PATCH", "GET"} & rule.methods, rule.rule
