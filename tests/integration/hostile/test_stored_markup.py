"""Whatever stands in the database, pages show it as words: no markup, no template, no script."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Enum, String, Text, text
from sqlalchemy.exc import DBAPIError

from mobility.core.db import Base, db
from tests.integration.hostile.actors import knocker
from tests.integration.hostile.routes import address, routes, rows_at, rows_of
from tests.integration.hostile.world import World

MARKUP = "<script>alert(1)</script>{{7777*7777}}\"'><img src=x onerror=alert(1)>%s%(x)s"
# What is no text that people write: codes, keys, addresses of the house's own making.
CODES = {
    "slug", "name_key", "name_plain", "search_key", "insee_code", "postcode", "language", "country", "locale",
    "email", "plate", "phone", "value", "caller_phone", "scope", "key", "kind", "code", "public_id", "dedup_key",
    "template", "media_type", "storage_key", "sha256", "provider", "provider_ref", "path", "action", "subject_kind",
    "owner_kind", "aid_kind", "siret", "france_travail_id", "neph", "state", "request_id", "fingerprint", "field",
    "second_secret_hash", "card_code_hash", "password_hash", "totp_secret_encrypted", "token_hash", "code_hash",
    "contact_hash", "key_hash", "name_hash", "month_weeks", "job", "leader", "holder_key",
}  # fmt: skip


@pytest.fixture(scope="module")
def poisoned(house: World) -> int:
    """Write markup into every column that holds words; give back how many took it."""
    taken = 0
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            kind = column.type
            if column.name in CODES or isinstance(kind, Enum) or not isinstance(kind, String | Text):
                continue
            room = kind.length or 4000
            try:
                with db.engine.begin() as connection:
                    statement = text(f'UPDATE "{table.name}" SET "{column.name}" = :words')
                    taken += connection.execute(statement, {"words": MARKUP[:room]}).rowcount > 0
            except DBAPIError:
                # The database itself refuses it: guarded rows, or a constraint on its shape.
                continue
    return taken


def test_many_columns_hold_markup(poisoned: int) -> None:
    assert poisoned > 25


@pytest.mark.parametrize(
    "name", ["manager", "adviser", "fleet_officer", "administrator", "auditor", "beneficiary", "funder"]
)
def test_no_page_takes_words_for_markup(application: Flask, house: World, poisoned: int, name: str) -> None:
    who, wrong, shown = knocker(application, house, name), [], 0
    for route in routes(application):
        if route.method != "GET" or not who.holds(route):
            continue
        row = None
        if route.kind is not None:
            own = rows_of(route.kind, who.person_id) if who.person_id else rows_at(route.kind, house.own.desk.id)
            row = next(iter(own), None)
            if row is None:
                continue
        url = address(application, route, row, {"other_id": house.own.persons[1]})
        if url is None:
            continue
        answer = who.ask("GET", url)
        page = answer.get_data().decode("utf-8", "replace")
        shown += "&lt;script&gt;" in page
        if answer.status_code >= 500:
            wrong.append(f"{url}: {answer.status_code}")
        if answer.mimetype == "text/html" and any(sign in page for sign in ("<script>alert", "<img src=x", "60481729")):
            wrong.append(f"{url}: markup")
    assert wrong == []
    assert shown > 0
