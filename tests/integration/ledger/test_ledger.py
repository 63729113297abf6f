"""The ledger on a real database: what it refuses, what it sums."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from mobility.core.db import db, transaction
from mobility.core.errors import NotFound
from mobility.ledger import ddl, lifecycle, queries, services
from mobility.ledger.errors import AlreadyReversed, AmountNotPositive, FunderNeeded, ReversalNotReversible
from mobility.ledger.models import LedgerEntry
from mobility.ledger.parameters import KEEP_YEARS
from mobility.ledger.rules import Balance, LedgerKind
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.people.models import Person
from tests.factories.parameters import make_value
from tests.factories.pathway import NOW, a_person


def post(person_id: int, kind: LedgerKind = LedgerKind.CHARGE, cents: int = 500, **values: object) -> int:
    return services.post(person_id=person_id, kind=kind, amount_cents=cents, label="Essai", now=NOW, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("statement", ["UPDATE ledger_entry SET label = 'x'", "DELETE FROM ledger_entry"])
def test_the_database_refuses_to_change_an_entry(app: Flask, statement: str) -> None:
    post(a_person())
    with pytest.raises(DatabaseError, match=ddl.IMMUTABLE), transaction() as session:
        session.execute(text(statement))
    assert db.session.query(LedgerEntry).one().label == "Essai"


def test_the_guards_may_be_created_again(app: Flask) -> None:
    post(a_person())
    with transaction() as session:
        ddl.GUARDS.drop(session.connection())
        ddl.GUARDS.create(session.connection())
    with pytest.raises(DatabaseError, match=ddl.IMMUTABLE), transaction() as session:
        session.execute(text("DELETE FROM ledger_entry"))


BREACHES = [
    ("no amount", {"amount_cents": 0}),
    ("a negative amount", {"amount_cents": -5}),
    ("no label", {"label": ""}),
    ("half a subject", {"subject_kind": "thing"}),
    ("a share of nobody", {"kind": LedgerKind.FUNDER_SHARE}),
    ("a reversal of nothing", {"kind": LedgerKind.REVERSAL}),
    ("a charge that reverses", {"reverses_id": 1, "reverses_kind": LedgerKind.CHARGE}),
    (
        "a reversal of another amount",
        {"kind": LedgerKind.REVERSAL, "reverses_kind": LedgerKind.CHARGE, "amount_cents": 499},
    ),
    ("a reversal of another kind", {"kind": LedgerKind.REVERSAL, "reverses_kind": LedgerKind.PAYMENT}),
    ("a reversal of a reversal", {"kind": LedgerKind.REVERSAL, "reverses_kind": LedgerKind.REVERSAL}),
    ("nobody's entry", {"person_id": 999_999}),
]


@pytest.mark.parametrize("values", [case[1] for case in BREACHES], ids=[case[0] for case in BREACHES])
def test_the_database_refuses_an_entry_that_makes_no_sense(app: Flask, values: dict[str, object]) -> None:
    person_id = a_person()
    entry_id = post(person_id)
    facts: dict[str, object] = {
        "person_id": person_id,
        "at": NOW,
        "kind": LedgerKind.CHARGE,
        "amount_cents": 500,
        "label": "x",
    }
    if values.get("kind") is LedgerKind.REVERSAL and "reverses_kind" in values:
        facts["reverses_id"] = entry_id
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(LedgerEntry(**{**facts, **values}))


def test_a_reversal_of_somebody_elses_entry_is_refused_by_the_database(app: Flask) -> None:
    entry_id = post(a_person())
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(
            LedgerEntry(
                person_id=a_person(),
                at=NOW,
                kind=LedgerKind.REVERSAL,
                amount_cents=500,
                label="x",
                reverses_id=entry_id,
                reverses_kind=LedgerKind.CHARGE,
            )
        )


def test_an_entry_is_reversed_once(app: Flask) -> None:
    person_id = a_person()
    entry_id = post(person_id)
    reversal_id = services.reverse(entry_id=entry_id, actor_id=None, now=NOW)
    assert queries.balance_cents(person_id) == 0
    with pytest.raises(AlreadyReversed):
        services.reverse(entry_id=entry_id, actor_id=None, now=NOW)
    with pytest.raises(ReversalNotReversible):
        services.reverse(entry_id=reversal_id, actor_id=None, now=NOW)
    with pytest.raises(NotFound):
        services.reverse(entry_id=999_999, actor_id=None, now=NOW)


def test_the_balance_counts_each_kind_its_way_and_keeps_deposits_apart(app: Flask) -> None:
    person_id = a_person()
    with transaction() as session:
        funder = Organisation(kind=OrganisationKind.FUNDER, name="Département", search_key="departement")
        session.add(funder)
    post(person_id, LedgerKind.CHARGE, 6000, subject_kind="thing", subject_id=1)
    post(person_id, LedgerKind.FUNDER_SHARE, 5400, organisation_id=funder.id, subject_kind="thing", subject_id=1)
    post(person_id, LedgerKind.DEPOSIT, 30000)
    post(person_id, LedgerKind.PAYMENT, 200, subject_kind="thing", subject_id=2)
    post(a_person(), LedgerKind.CHARGE, 99)
    assert queries.get_balance(person_id) == Balance(400, 30000)
    assert queries.get_balance(person_id, subject_kind="thing", subject_id=1) == Balance(600, 0)
    post(person_id, LedgerKind.DEPOSIT_RETURN, 30000)
    assert queries.get_balance(person_id) == Balance(400, 0)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"amount_cents": 0}, AmountNotPositive),
        ({"amount_cents": -1}, AmountNotPositive),
        ({"amount_cents": 10**12}, AmountNotPositive),
        ({"kind": LedgerKind.FUNDER_SHARE}, FunderNeeded),
        ({"kind": LedgerKind.REVERSAL}, ValueError),
    ],
)
def test_posting_refuses_in_words(app: Flask, values: dict[str, object], error: type[Exception]) -> None:
    facts = {"person_id": a_person(), "kind": LedgerKind.CHARGE, "amount_cents": 5, "label": "x", "now": NOW}
    with pytest.raises(error):
        services.post(**{**facts, **values})  # type: ignore[arg-type]


def test_a_statement_runs_and_shows_what_was_reversed(app: Flask) -> None:
    person_id = a_person()
    first = post(person_id, cents=500)
    post(person_id, LedgerKind.PAYMENT, 200)
    services.reverse(entry_id=first, actor_id=None, now=NOW)
    lines = queries.get_statement(person_id)
    assert [(line.owed_change_cents, line.owed_after_cents, line.reversed) for line in lines] == [
        (500, 500, True),
        (-200, 300, False),
        (-500, -200, False),
    ]


def test_a_merged_file_brings_its_entries_without_rewriting_them(app: Flask, session: Session) -> None:
    kept, middle, merged = a_person(), a_person(), a_person()
    post(merged, cents=700)
    with transaction() as writing:
        writing.get_one(Person, merged).merged_into_id = middle
        writing.get_one(Person, merged).merged_at = NOW
        writing.get_one(Person, middle).merged_into_id = kept
        writing.get_one(Person, middle).merged_at = NOW
    assert queries.balance_cents(kept) == 700
    assert len(queries.get_statement(kept)) == 1


def test_a_statement_makes_one_query_whatever_its_length(app: Flask, count_queries) -> None:  # type: ignore[no-untyped-def]
    person_id = a_person()
    for _ in range(12):
        post(person_id)
    with count_queries() as seen:
        queries.get_statement(person_id)
        queries.get_balance(person_id)
    assert seen.total == 2


def test_the_accounts_clock_holds_the_file_for_the_years_of_the_setting(app: Flask) -> None:
    person_id = a_person()
    assert lifecycle.keep_until(person_id=person_id, on=NOW.date()) is None
    post(person_id)
    assert str(lifecycle.keep_until(person_id=person_id, on=NOW.date())) == "2036-11-22"
    make_value(KEEP_YEARS, 12, valid_from_on=NOW.date())
    assert str(lifecycle.keep_until(person_id=person_id, on=NOW.date())) == "2038-11-22"
    (export,) = lifecycle.export(person_id=person_id)
    assert export.rows[0]["amount_cents"] == 500
    assert set(export.rows[0]) == set(export.columns)
