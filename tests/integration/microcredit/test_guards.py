"""What the database refuses on its own: a jump between states, an instalment or a payment rewritten."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from mobility.core.db import db, transaction
from mobility.core.errors import NotFound
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.errors import StepNotReady
from mobility.microcredit.rules.states import DOSSIERS, State
from mobility.people import services as people
from mobility.people.kinds import LegalProtection, RepresentativeKind
from mobility.people.models import Person
from mobility.people.services.representatives import Signatory
from tests.factories.dossiers import NOW, TODAY, a_dossier, answered, disbursed, sent
from tests.factories.pathway import a_person

NEVER = [
    (before, after)
    for before in State
    for after in State
    if before is not after and after not in {DOSSIERS.after(before, one) for one in DOSSIERS.actions_from(before)}
]
# Every date and word that a state wants, so that only the jump itself can be refused.
WHOLE = (
    "UPDATE microcredit_dossier SET state = :state, reason = 'x',"
    " motive = CASE WHEN CAST(:state AS VARCHAR) = 'refused' THEN 'other' ELSE '' END, granted_on = '2026-11-23',"
    " signed_on = '2026-11-23', disbursed_on = '2026-12-02', paid_to = 'x' WHERE id = :id"
)


def test_no_state_is_reached_by_a_jump(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    path = _ways(State.INSTRUCTION)
    for before, after in NEVER:
        if before not in path:
            continue  # before the first step: nothing leads back there
        with transaction() as session:
            for state in path[before]:
                session.execute(text(WHOLE), {"state": state.value, "id": dossier_id})
            with pytest.raises(DatabaseError, match="microcredit_state_jump"), session.begin_nested():
                session.execute(text(WHOLE), {"state": after.value, "id": dossier_id})
            session.rollback()


def _ways(start: State) -> dict[State, list[State]]:
    """The shortest way to each state that can be reached."""
    found, edge = {start: list[State]()}, [start]
    while edge:
        state = edge.pop(0)
        for action in DOSSIERS.actions_from(state):
            after = DOSSIERS.after(state, action)
            if after not in found:
                found[after] = [*found[state], after]
                edge.append(after)
    return found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE microcredit_instalment SET amount_cents = 1 WHERE dossier_id = :id",
        "UPDATE microcredit_instalment SET due_on = '2030-01-01' WHERE dossier_id = :id",
        "UPDATE microcredit_payment SET amount_cents = 1 WHERE dossier_id = :id",
        "UPDATE microcredit_log SET to_state = 'closed' WHERE dossier_id = :id",
    ],
)
def test_what_was_expected_paid_and_done_is_not_rewritten(app: Flask, statement: str) -> None:
    dossier_id = a_dossier(a_person())
    paid_at = disbursed(dossier_id)
    services.note_payment(dossier_id=dossier_id, on=paid_at.date(), amount_cents=100, actor_id=None, now=paid_at)
    with pytest.raises(DatabaseError, match="microcredit_rewritten"), transaction() as session:
        session.execute(text(statement), {"id": dossier_id})


def _under_curatorship(person_id: int) -> None:
    with transaction() as session:
        session.get_one(Person, person_id).legal_protection = LegalProtection.CURATORSHIP


def _represent(person_id: int, kind: RepresentativeKind, *, until: date | None = None) -> int:
    signatory = Signatory(
        kind=kind, first_name="Anne", last_name="Dubois", valid_from_on=TODAY - timedelta(days=90), valid_until_on=until
    )
    return people.add_representative(person_id=person_id, signatory=signatory, actor_id=None, now=NOW)


def test_a_curator_signs_too_with_a_mandate_that_stands(app: Flask) -> None:
    person_id = a_person()
    dossier_id = a_dossier(person_id)
    answered(sent(dossier_id))
    _under_curatorship(person_id)
    acts = {"dossier_id": dossier_id, "on": TODAY, "version": None, "actor_id": None, "now": NOW}
    wrong = [
        None,
        _represent(person_id, RepresentativeKind.GUARDIAN),
        _represent(person_id, RepresentativeKind.CURATOR, until=TODAY - timedelta(days=1)),
    ]
    for cosigner_id in wrong:
        with pytest.raises(StepNotReady, match="mesure de protection"):
            services.sign(cosigner_id=cosigner_id, **acts)
        db.session.expire_all()
        assert queries.get_dossier(dossier_id).state is State.GRANTED
    stranger = _represent(a_person(), RepresentativeKind.CURATOR)
    with pytest.raises(NotFound):
        services.sign(cosigner_id=stranger, **acts)
    curator = _represent(person_id, RepresentativeKind.CURATOR)
    services.sign(cosigner_id=curator, **acts)
    row = queries.get_dossier(dossier_id)
    assert (row.state, row.cosigner_id) == (State.OFFER_SIGNED, curator)
