"""Steps that no message can tell become letters: for people without telephone or e-mail, with a file or before one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mobility.agenda.letters import LetterKind
from mobility.agenda.services import letters
from mobility.core.db import db, load
from mobility.geo import communes
from mobility.notifications.hooks import Undelivered
from mobility.notifications.models import OutboxMessage
from mobility.people.models import Person, display_name
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.words import SUBJECT

_OF_TEMPLATE: Final[Mapping[str, LetterKind]] = {
    "prescription_received": LetterKind.RECEIVED,
    "prescription_refused": LetterKind.REFUSED,
    "prescription_accepted": LetterKind.ACCEPTED,
    "prescription_moved": LetterKind.TRANSFERRED,
    "prescription_ended": LetterKind.ENDED,
    "prescription_meeting": LetterKind.BOOKED,
    "prescription_unbooked": LetterKind.CANCELLED,
}
# Kept of a message's values: no link, no more than the letter says.
_KEPT: Final = ("organisation", "before", "reason", "note", "when")
_KEY = re.compile(rf"{SUBJECT}:(\d{{1,10}}):")


def take_undelivered(message: Undelivered) -> None:
    """Make a letter of a step that reached nobody; joins the transaction of the delivery."""
    if message.template not in _OF_TEMPLATE:
        return
    sent = load(OutboxMessage, message.outbox_message_id)
    found = _KEY.match(sent.dedup_key)
    row = db.session.get(Prescription, int(found[1])) if found else None
    if row is not None:
        post(row, message.template, sent.params, key=sent.dedup_key, now=message.at)


def post(row: Prescription, template: str, params: Mapping[str, Any], *, key: str, now: datetime) -> None:
    """Let a step wait as a letter; nothing for a step that has none, for a date that is over, or without an address.

    A letter into a home where somebody else opens what comes says nothing on the subject.
    """
    kind = _OF_TEMPLATE.get(template)
    if kind is None or row.desk_id is None or row.erased_at is not None:
        return
    if kind is LetterKind.BOOKED and (row.meeting_at is None or row.meeting_at <= now):
        return
    if row.person_id is not None:
        person = load(Person, row.person_id)
        if person.erased_at is not None or person.restricted_at is not None:
            return
    elif not row.street:
        return
    said = {name: str(params[name]) for name in _KEPT if params.get(name)}
    if kind is LetterKind.BOOKED:
        said["kind"] = "Premier rendez-vous"
        said["where"] = ", ".join(str(params[name]) for name in ("place", "address") if params.get(name))
    letters.write(
        kind=LetterKind.CALL if row.discreet else kind,
        key=key,
        subject=(SUBJECT, row.id),
        person_id=row.person_id,
        receiver=receiver_of(row),
        desk_id=row.desk_id,
        params={} if row.discreet else said,
        now=now,
    )


def receiver_of(row: Prescription) -> dict[str, str]:
    """Return who the letter goes to; a commune of several postcodes leaves it out, to be completed by hand."""
    commune = communes.find(row.insee_code)
    codes = commune.postcodes if commune is not None else ()
    return {
        "name": display_name(row.id, row.first_name, row.last_name),
        "street": row.street or "",
        "postcode": codes[0] if len(codes) == 1 else "",
        "city": row.city,
    }
