"""The database itself refuses what must never be: each constraint is attempted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError, StatementError

from mobility.agenda import services as agenda
from mobility.agenda.rules import Origin
from mobility.core.db import transaction
from mobility.prescriptions import services
from mobility.prescriptions.models import Prescription, PrescriptionImport, PrescriptionLink
from mobility.prescriptions.queries.meetings import first_types
from mobility.prescriptions.rules.states import State
from tests.factories.agenda import a_type
from tests.factories.prescriptions import DAY, NOW, House, bring_to, get

REFUSED = (IntegrityError, StatementError, LookupError)


def attempt(statement: Any, message: str) -> None:
    """Expect the database to refuse the statement by the named constraint."""
    with pytest.raises(REFUSED) as refused, transaction() as session:
        session.execute(statement)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("state", "values", "constraint"),
    [
        (State.RECEIVED, {"draft": {"a": "b"}}, "draft_has_its_words"),
        (State.RECEIVED, {"draft_until_at": NOW}, "draft_expires"),
        (State.RECEIVED, {"desk_id": None}, "sent_is_routed"),
        (State.RECEIVED, {"received_at": None}, "sent_is_routed"),
        (State.RECEIVED, {"target_on": None}, "sent_is_routed"),
        (State.RECEIVED, {"touched_at": None}, "sent_is_routed"),
        (State.RECEIVED, {"consent_at": None, "consent_manner": None}, "sent_with_consent"),
        (State.RECEIVED, {"consent_manner": None}, "consent_whole"),
        (State.RECEIVED, {"first_name": ""}, "named_unless_erased"),
        (State.RECEIVED, {"erased_at": NOW}, "erased_is_anonymous"),
        (State.RECEIVED, {"deadline_on": date(2026, 12, 1)}, "deadline_whole"),
        (State.RECEIVED, {"due_on": date(2030, 1, 1)}, "due_within_target"),
        (State.RECEIVED, {"state": "assigned"}, "assigned_to_somebody"),
        (State.ASSIGNED, {"state": "accepted"}, "accepted_has_file"),
        (State.ASSIGNED, {"state": "waiting_info"}, "waiting_was_asked"),
        (State.ASSIGNED, {"answered_at": NOW}, "answered_was_asked"),
        (State.ACCEPTED, {"state": "meeting_booked"}, "booked_has_instant"),
        (State.ACCEPTED, {"state": "started"}, "started_was_met"),
        (State.STARTED, {"state": "closed", "ended_at": NOW}, "closed_has_outcome"),
        (State.STARTED, {"outcome": "work"}, "closed_has_outcome"),
        (State.STARTED, {"state": "closed", "outcome": "work"}, "ended_with_instant"),
        (State.ASSIGNED, {"state": "refused", "ending_note": "non", "ended_at": NOW}, "refused_has_reason"),
        (State.ASSIGNED, {"state": "refused", "refusal_reason": "other", "ended_at": NOW}, "refused_says_why"),
        (State.CLOSED, {"ended_at": NOW - DAY}, "ended_after_receipt"),
        (State.ACCEPTED, {"missed_on": date(2026, 11, 24)}, "missed_was_booked"),
        (State.STARTED, {"reopened_at": NOW}, "reopened_says_why"),
        (State.STARTED, {"reopen_note": "Elle a rappelé."}, "reopened_says_why"),
        (State.RECEIVED, {"state": "lost"}, "lost"),
    ],
)
def test_a_prescription_that_contradicts_itself_is_refused(
    house: House, state: State, values: dict[str, Any], constraint: str
) -> None:
    number = bring_to(house, state)
    attempt(update(Prescription).where(Prescription.id == number).values(**values), constraint)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [({"expires_at": NOW}, "expires_later"), ({"revoked_at": NOW - DAY}, "revoked_later")],
)
def test_a_link_that_contradicts_itself_is_refused(house: House, values: dict[str, Any], constraint: str) -> None:
    link_id = services.make_link(organisation_id=house.organisation.id, label="", actor_id=None, now=NOW)
    attempt(update(PrescriptionLink).where(PrescriptionLink.id == link_id).values(**values), constraint)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [({"state": "done", "decided_at": NOW}, "rows_until_decided"), ({"decided_at": NOW}, "decided_with_instant")],
)
def test_an_import_that_contradicts_itself_is_refused(house: House, values: dict[str, Any], constraint: str) -> None:
    known = {
        "state": "preview",
        "organisation_id": house.organisation.id,
        "filename": "f.csv",
        "rows": [{}],
        "created_at": NOW,
        "created_by_id": house.adviser.id,
        "made": 0,
        "version": 1,
    }
    attempt(insert(PrescriptionImport).values(**{**known, **values}), constraint)


def test_a_prescription_that_has_a_log_is_not_deleted(house: House) -> None:
    number = bring_to(house, State.RECEIVED)
    attempt(delete(Prescription).where(Prescription.id == number), "FOREIGN KEY" if _sqlite() else "fk_")


def _sqlite() -> bool:
    from mobility.core.db import db

    return bool(db.engine.dialect.name == "sqlite")


def test_a_meeting_of_the_agenda_is_tied_to_an_instant_and_a_file(house: House) -> None:
    a_type()
    number = bring_to(house, State.ACCEPTED)
    visit = agenda.book(
        person_id=get(number).person_id or 0,
        type_id=first_types(house.desk.id)[0].id,
        desk_id=house.desk.id,
        adviser_id=house.adviser.id,
        starts_at=NOW + 2 * DAY,
        origin=Origin.STAFF,
        actor_id=None,
        now=NOW,
    )
    other = bring_to(house, State.RECEIVED, first_name="Ines")
    changed = update(Prescription).where(Prescription.id == other)
    attempt(changed.values(attendance_id=visit), "tied_to_a_meeting")
    attempt(changed.values(attendance_id=visit, meeting_at=NOW), "tied_to_a_meeting")
    gone = update(Prescription).where(Prescription.id == number)
    attempt(gone.values(meeting_at=None, state="accepted"), "tied_to_a_meeting")
