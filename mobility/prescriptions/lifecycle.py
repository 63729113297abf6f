"""A person's life, for the rows of prescriptions: how they merge, what is exported, what vanishes, and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import select, update

from mobility.accounts import audit
from mobility.agenda.services import letters
from mobility.core.clock import start_of
from mobility.core.db import db, transaction
from mobility.documents import services as documents
from mobility.notifications import services as notifications
from mobility.organisations.queries import organisation_names
from mobility.people.lifecycle import Export, Part, mask_name
from mobility.people.rules import add_months
from mobility.prescriptions import parameters
from mobility.prescriptions.kinds import DEADLINE_LABELS, NEED_LABELS, SOURCE_LABELS, Need
from mobility.prescriptions.models import OutsideReferent, Prescription
from mobility.prescriptions.queries.referents import list_referents
from mobility.prescriptions.rules.referents import SEES_LABELS
from mobility.prescriptions.rules.states import FINAL, OUTCOME_LABELS, REFUSAL_LABELS, STATE_LABELS, State
from mobility.prescriptions.services.intake import OWNER
from mobility.prescriptions.services.referents import erase_referent
from mobility.prescriptions.words import SUBJECT

ERASED = "effacé"


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:  # noqa: ARG001 - the hook's signature
    """Make the prescriptions of one file those of the other."""
    with transaction() as session:
        for table in (Prescription, OutsideReferent):
            session.execute(update(table).where(table.person_id == merged_id).values(person_id=kept_id))


def export(*, person_id: int) -> Iterable[Export]:
    """Return who sent the person, when and why; the professional is masked."""
    rows = db.session.scalars(
        select(Prescription).where(Prescription.person_id == person_id).order_by(Prescription.received_at)
    ).all()
    names = organisation_names({row.organisation_id for row in rows if row.organisation_id is not None})
    yield Export(
        title="Orientations",
        columns={
            "received": "Reçue",
            "organisation": "Par",
            "referent": "Professionnel",
            "source": "Comment",
            "consent": "Votre accord",
            "needs": "Besoins",
            "need": "Précisions",
            "deadline": "Date importante",
            "constraints": "Contraintes",
            "said": "Ce qui vous a été dit",
            "question": "Question posée au prescripteur",
            "answer": "Sa réponse",
            "state": "État",
            "met": "Premier rendez-vous",
            "ending": "Issue",
            "transferred": "Confiée à une autre antenne parce que",
            "reopened": "Rouverte parce que",
        },
        rows=[
            {
                "received": row.received_at,
                "organisation": names.get(row.organisation_id or 0, ""),
                "referent": mask_name(row.referent_name),
                "source": SOURCE_LABELS[row.source],
                "consent": row.consent_at,
                "needs": ", ".join(NEED_LABELS[Need(code)] for code in row.needs),
                "need": row.need_text,
                "deadline": f"{DEADLINE_LABELS[row.deadline_kind]} : {row.deadline_on}" if row.deadline_kind else "",
                "constraints": row.constraints_text,
                "said": row.said,
                "question": row.ask_note,
                "answer": row.answer_note,
                "state": STATE_LABELS[row.state],
                "met": row.met_on,
                "ending": _ending(row),
                "transferred": row.transfer_note,
                "reopened": row.reopen_note,
            }
            for row in rows
        ],
    )
    yield _referents(person_id)


def _referents(person_id: int) -> Export:
    rows = list_referents(person_id, with_ended=True)
    return Export(
        title="Autres professionnels qui vous suivent",
        columns={
            "organisation": "Structure",
            "name": "Professionnel",
            "sees": "Ce que nous lui disons",
            "consent": "Votre accord",
            "since": "Depuis",
            "until": "Jusqu’au",
        },
        rows=[
            {
                "organisation": row.organisation_name,
                "name": mask_name(row.name),
                "sees": SEES_LABELS[row.sees],
                "consent": row.consent_at,
                "since": row.created_at,
                "until": row.ended_at,
            }
            for row in rows
        ],
    )


def _ending(row: Prescription) -> str:
    label = (
        OUTCOME_LABELS[row.outcome] if row.outcome else REFUSAL_LABELS[row.refusal_reason] if row.refusal_reason else ""
    )
    return " : ".join(text for text in (label, row.ending_note) if text)


def erase(*, person_id: int, now: datetime) -> None:
    """Erase names, contacts and every free text; states, dates, needs and the commune stay."""
    with transaction() as session:
        rows = session.scalars(select(Prescription).where(Prescription.person_id == person_id)).all()
        erase_rows(rows, now=now)
        for referent in session.scalars(
            select(OutsideReferent).where(OutsideReferent.person_id == person_id, OutsideReferent.erased_at.is_(None))
        ).all():
            erase_referent(referent, now=now)
        session.flush()


def erase_rows(rows: Sequence[Prescription], *, now: datetime) -> None:
    """Erase the words of prescriptions, their files, and the contacts that were made for their messages."""
    with transaction() as session:
        for row in rows:
            if row.erased_at is not None:
                continue
            row.first_name = row.last_name = row.name_key = ""
            row.born_on = row.phone = row.email = row.street = None
            row.need_text = row.constraints_text = row.said = row.ask_note = row.answer_note = ""
            row.transfer_note = ""
            row.referent_name = row.referent_role = ""
            row.referent_phone = row.referent_email = None
            row.ending_note = ERASED if row.state is State.REFUSED else ""
            row.reopen_note = ERASED if row.reopened_at is not None else ""
            row.erased_at = now
            session.flush()
            for recipient_id in (row.person_recipient_id, row.referent_recipient_id):
                if recipient_id is not None:
                    notifications.erase_recipient(recipient_id=recipient_id, now=now)
            documents.erase_all_of(owner_kind=OWNER, owner_id=row.id, actor_id=None, now=now)
        # What was written before there was a file stands under the prescription alone.
        ids = [row.id for row in rows]
        letters.erase_of(subject_kind=SUBJECT, subject_ids=ids, now=now)
        audit.erase_values_of(subject_kind=SUBJECT, subject_ids=ids, now=now)


def forget_ended(*, on: date, now: datetime, limit: int = 200) -> int:
    """Erase the words of prescriptions that ended long ago without a file. Returns how many."""
    before = start_of(add_months(on, -parameters.keep_months(on=on)))
    with transaction() as session:
        rows = session.scalars(
            select(Prescription)
            .where(
                Prescription.state.in_(list(FINAL)),
                Prescription.person_id.is_(None),
                Prescription.erased_at.is_(None),
                Prescription.ended_at < before,
            )
            .order_by(Prescription.id)
            .limit(limit)
            .with_for_update()
        ).all()
        erase_rows(rows, now=now)
        return len(rows)


PART = Part(room="prescriptions", merge=merge, export=export, erase=erase)
