"""What is missing is asked of the referent once, by a link, and the answer lands in its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mobility.core.db import transaction
from mobility.core.links import public_url
from mobility.core.retry import retried
from mobility.documents.services import Prepared
from mobility.geo import communes
from mobility.notifications.kinds import Holder
from mobility.people.errors import CommuneUnknown
from mobility.people.identifiers import clean_email, clean_phone
from mobility.people.services.alerts import tell_users
from mobility.prescriptions import tokens
from mobility.prescriptions.errors import AlreadyAnswered, AlreadyAsked, DeadlineHalf, ReasonNeeded, SenderUnreachable
from mobility.prescriptions.kinds import MISSING_LABELS, DeadlineKind, Missing
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules import timing
from mobility.prescriptions.rules.states import PRESCRIPTIONS, UNDECIDED, Action
from mobility.prescriptions.services.common import (
    clean_note,
    hold,
    make_recipient,
    move,
    reach,
    received_on,
    tell_referent,
)
from mobility.prescriptions.services.inbox import take_if_free
from mobility.prescriptions.services.intake import keep_files


@retried
def ask(
    *,
    prescription_id: int,
    missing: Sequence[Missing],
    note: str | None,
    actor_id: int,
    now: datetime,
    version: int | None = None,
) -> None:
    """Ask the referent for what is missing, once, by a link. Raises AlreadyAsked, SenderUnreachable."""
    with transaction() as session:
        row = hold(prescription_id, version=version)
        take_if_free(session, row, actor_id=actor_id, now=now)
        PRESCRIPTIONS.after(row.state, Action.ASK)
        if row.asked_at is not None:
            raise AlreadyAsked
        if row.referent_recipient_id is None:
            raise SenderUnreachable
        codes = [Missing(code) for code in missing]
        written = clean_note(note, needed=codes in ([], [Missing.OTHER]))
        row.asked_at, row.asked, row.ask_note = now, [code.value for code in codes], written
        move(session, row, Action.ASK, actor_id=actor_id, now=now, facts={"asked": row.asked})
        tell_referent(
            session,
            row,
            "prescription_question",
            key="question",
            now=now,
            what=", ".join(MISSING_LABELS[code] for code in codes) or MISSING_LABELS[Missing.OTHER],
            note=written,
            url=tokens.answer_url(row),
        )


def is_answerable(row: Prescription) -> bool:
    """Tell whether the question still waits for its answer."""
    return row.asked_at is not None and row.answered_at is None and row.state in UNDECIDED


@retried
def answer(*, prescription_id: int, values: dict[str, Any], now: datetime, files: Sequence[Prepared] = ()) -> None:
    """Put the referent's answer in its place: only what was asked, and only what was given.

    ``values`` may hold phone, email, street, insee_code, deadline_kind, deadline_on, need_text,
    constraints_text, note. Raises AlreadyAnswered and a violation on the field it concerns.
    """
    with transaction() as session:
        row = hold(prescription_id)
        if not is_answerable(row):
            raise AlreadyAnswered
        changed, note = _land(row, values), clean_note(values.get("note"))
        if not changed and not note and not files:
            raise ReasonNeeded("Répondez à une question au moins.", field="note")
        if row.target_on is not None:
            row.due_on = timing.due_on(row.target_on, row.deadline_on, received_on=received_on(row))
        _reach_anew(row, changed, now=now)
        # At once before the state that goes with it: nothing is written in between.
        row.answered_at, row.answer_note = now, note
        move(session, row, Action.ANSWER, actor_id=None, now=now, changes=changed)
        keep_files(row, files, actor_id=None, now=now)
        _tell_assignee(row, now=now)


def _tell_assignee(row: Prescription, *, now: datetime) -> None:
    """Tell whoever asked that the answer is there; before there is a file, the alert is about nobody's."""
    if row.assignee_id is not None:
        tell_users(
            user_ids=[row.assignee_id],
            key=f"prescription:{row.id}:answered",
            title="Le prescripteur a répondu",
            text=f"Ce qui manquait à l’orientation n° {row.id} est arrivé. Vous pouvez décider.",
            url=public_url("prescriptions.show", prescription_id=row.id),
            now=now,
        )


_ANSWERED: dict[Missing, tuple[str, ...]] = {
    Missing.PHONE: ("phone",),
    Missing.EMAIL: ("email",),
    Missing.ADDRESS: ("street", "insee_code"),
    Missing.DEADLINE: ("deadline_kind", "deadline_on"),
    Missing.NEED: ("need_text",),
    Missing.CONSTRAINTS: ("constraints_text",),
    Missing.PAPER: (),
    Missing.OTHER: (),
}
_ADDED = ("need_text", "constraints_text")


def _land(row: Prescription, values: dict[str, Any]) -> dict[str, tuple[object, object]]:
    asked = [name for code in row.asked for name in _ANSWERED[Missing(code)]]
    given = {name: values[name] for name in asked if values.get(name)}
    if ("deadline_kind" in given) != ("deadline_on" in given):
        raise DeadlineHalf(field="deadline_on" if "deadline_kind" in given else "deadline_kind")
    changed: dict[str, tuple[object, object]] = {}
    for name, value in given.items():
        for column, kept in _clean_answer(row, name, value).items():
            changed[column] = (getattr(row, column), kept)
            setattr(row, column, kept)
    return changed


def _clean_answer(row: Prescription, name: str, value: Any) -> dict[str, object]:
    if name == "phone":
        return {"phone": clean_phone(value, field="phone")}
    if name == "email":
        return {"email": clean_email(value, field="email")}
    if name == "insee_code":
        commune = communes.find(value)
        if commune is None:
            raise CommuneUnknown(field="commune")
        return {"insee_code": commune.insee_code, "city": commune.name}
    if name in _ADDED:
        # What was written first stays above what is added.
        return {name: clean_note(f"{getattr(row, name)}\n\n{value}")}
    if name == "deadline_kind":
        return {name: DeadlineKind(value)}
    return {name: value}


def _reach_anew(row: Prescription, changed: dict[str, tuple[object, object]], *, now: datetime) -> None:
    """Let messages reach the person at the phone or mailbox that the answer brought."""
    phone = row.phone if "phone" in changed and changed["phone"][0] != row.phone else None
    email = row.email if "email" in changed and changed["email"][0] != row.email else None
    if not phone and not email:
        return
    holder: dict[str, Any] = {"holder": Holder.SELF, "name": "", "neutral": row.discreet, "now": now}
    if row.person_recipient_id is None:
        row.person_recipient_id = make_recipient(phone=phone, email=email, locale=row.language, **holder)
    else:
        reach(row.person_recipient_id, phone=phone, email=email, **holder)


@retried
def resume(*, prescription_id: int, actor_id: int | None, now: datetime, version: int | None = None) -> None:
    """Go on without waiting for the answer, which still lands if it comes."""
    with transaction() as session:
        row = hold(prescription_id, version=version)
        move(session, row, Action.RESUME, actor_id=actor_id, now=now)
