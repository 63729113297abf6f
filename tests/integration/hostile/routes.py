"""The routes of the application, and addresses made for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from mobility.core.db import db
from mobility.core.web.access import AccessRule, rule_of
from mobility.documents.models import Document
from tests.integration.hostile.rows import PARTS, WORDS, Row, parts, rows

METHODS = ("GET", "POST")


@dataclass(frozen=True)
class Route:
    """One address pattern with one method."""

    rule: Rule
    method: str
    access: AccessRule

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"

    @property
    def is_api(self) -> bool:
        """Tell whether an integration calls it."""
        return self.access.kind == "token"

    @property
    def kind(self) -> str | None:
        """The kind of row that the address names first."""
        return next(iter(self.access.rows), None)


def routes(app: Flask) -> Iterator[Route]:
    """Every route of the application, but what checks a link or is open to all."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        access = rule_of(app.view_functions[rule.endpoint])
        if access is None or access.kind in {"public", "signed_link"}:
            continue
        for method in METHODS:
            if rule.methods and method in rule.methods:
                yield Route(rule, method, access)


def public_routes(app: Flask) -> Iterator[Route]:
    """The others."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        access = rule_of(app.view_functions[rule.endpoint])
        if access is not None and access.kind in {"public", "signed_link"}:
            for method in METHODS:
                if rule.methods and method in rule.methods:
                    yield Route(rule, method, access)


def address(app: Flask, route: Route, row: Row | None, other_parts: Mapping[str, int] | None = None) -> str | None:
    """Return an address of the route for a row and its own parts; None where the row has no such part."""
    values: dict[str, object] = {}
    for name in route.rule.arguments:
        if name in route.access.rows.values():
            assert row is not None, f"{route} names a row"
            values[name] = row.id
        elif name in PARTS:
            given = (other_parts or {}).get(name)
            own = parts(name, row.id) if row is not None and given is None else []
            if given is None and not own:
                return None
            values[name] = given if given is not None else own[0]
        else:
            values[name] = _word(route, name)
    return app.url_map.bind("localhost").build(route.rule.endpoint, values, method=route.method)


def _word(route: Route, name: str) -> str:
    """Return what stands for an argument that names no row; a name nobody knows fails the test."""
    assert name in WORDS, f"{route}: say in rows.py what <{name}> is: a part of a row (PARTS), or a word (WORDS)"
    return "fermer" if route.rule.endpoint == "accounts.user_disable" and name == "act" else WORDS[name]


def rows_at(kind: str, desk_id: int, *, but_persons: frozenset[int] = frozenset()) -> list[Row]:
    """The rows of a kind at a desk, without those of some persons."""
    return [row for row in rows(kind) if row.desk_id == desk_id and row.person_id not in but_persons]


def papers_at(desk_id: int) -> list[Row]:
    """The documents at a desk that belong to persons themselves, not to another row of theirs."""
    owned = set(db.session.scalars(select(Document.id).where(Document.owner_kind == "person")))
    return [row for row in rows_at("document", desk_id) if row.id in owned]


def rows_of(kind: str, person_id: int) -> list[Row]:
    """The rows of a kind about one person."""
    return [row for row in rows(kind) if row.person_id == person_id]
