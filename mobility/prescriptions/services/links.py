"""The addresses by which organisations send people: made and taken back by a manager."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import load, lock, transaction
from mobility.core.errors import NotFound
from mobility.prescriptions import parameters
from mobility.prescriptions.errors import LinkRevoked
from mobility.prescriptions.models import PrescriptionLink
from mobility.prescriptions.services.intake import check_prescriber

LABEL_MAX = 120
SUBJECT = "prescription_link"


def make_link(*, organisation_id: int, label: str | None, actor_id: int | None, now: datetime) -> int:
    """Make an address for an organisation; return its id. Raises NotAPrescriber."""
    with transaction() as session:
        check_prescriber(organisation_id)
        row = PrescriptionLink(
            organisation_id=organisation_id,
            label=(label or "").strip()[:LABEL_MAX],
            created_at=now,
            created_by_id=actor_id,
            expires_at=now + timedelta(days=parameters.link_days(on=day_of(now))),
        )
        session.add(row)
        session.flush()
        _record("prescription.link_made", row, actor_id=actor_id, now=now)
        return row.id


def revoke_link(*, organisation_id: int, link_id: int, actor_id: int | None, now: datetime) -> None:
    """Take an address back: nobody sends or sees drafts by it any more. Raises NotFound for another's."""
    with transaction():
        row = lock(PrescriptionLink, link_id)
        if row.organisation_id != organisation_id:
            raise NotFound(f"prescription_link {link_id}")
        if row.revoked_at is None:
            row.revoked_at = now
            _record("prescription.link_revoked", row, actor_id=actor_id, now=now)


def check_link(link_id: int) -> PrescriptionLink:
    """Return a link that holds, as far as the row says. Raises LinkRevoked."""
    try:
        row = load(PrescriptionLink, link_id)
    except NotFound:
        raise LinkRevoked from None
    if row.revoked_at is not None:
        raise LinkRevoked
    return row


def _record(action: str, row: PrescriptionLink, *, actor_id: int | None, now: datetime) -> None:
    audit.record(
        actor_id=actor_id,
        action=action,
        subject_kind=SUBJECT,
        subject_id=row.id,
        now=now,
        changes={"organisation_id": (None, row.organisation_id), "label": (None, row.label)},
    )
