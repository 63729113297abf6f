"""The copy of a person's data: one JSON for machines, one page for people, in one archive.

Third parties are masked: a relative's or professional's contact, a representative, whoever called, and
the staff, who appear as « l’équipe ».
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.core.clock import format_date, format_instant, format_time
from mobility.core.db import db
from mobility.documents.models import Document
from mobility.notifications.kinds import CHANNEL_LABELS, Holder
from mobility.people import lifecycle
from mobility.people.kinds import (
    CONSENT_LABELS,
    MANNER_LABELS,
    NOTE_LABELS,
    READING_LABELS,
    RIGHTS_LABELS,
    RIGHTS_STATE_LABELS,
)
from mobility.people.lifecycle import Export, mask_name
from mobility.people.models import Person, PersonConsent
from mobility.people.queries.card import PersonCard, address_of, get_person_card
from mobility.people.queries.family import family_ids
from mobility.people.queries.lists import list_notes, list_requests_of

MASKED = "(masqué : contact d’une autre personne)"
ACTIONS = {"view": "Fiche consultée", "person.exported": "Copie des données préparée"}


def gather(person_id: int) -> list[Export]:
    """Return everything that the house holds about the person, room by room."""
    card = get_person_card(person_id)
    own = [
        *_identity(card),
        _contacts(card),
        _licences(card),
        _consents(person_id),
        *_others(card),
        _documents(person_id),
    ]
    rooms = [export for part in lifecycle.parts() if part.export for export in part.export(person_id=person_id)]
    return [export for export in [*own, *rooms, _accesses(person_id)] if export.rows]


def _identity(card: PersonCard) -> Iterable[Export]:
    person = db.session.get_one(Person, card.id)
    facts = {
        "Nom d’usage": card.last_name,
        "Prénom": card.first_name,
        "Nom de naissance": card.birth_name,
        "Date de naissance": card.born_on,
        "Situation": card.status_label,
        "Langue": card.language_label,
        "Lecture": READING_LABELS[card.reading_ease],
        "Mesure de protection": card.legal_protection_label,
        "Identifiant France Travail": card.france_travail_id,
        "Numéro NEPH": card.neph,
        "Adresse": address_of(person),
        "Précision sur l’adresse": person.address_note,
        "Antenne": card.desk_name,
        "Dossier ouvert le": card.created_at,
        "Dernier contact": card.last_contact_at,
        "Accès limité à quelques personnes": "oui" if card.protected else "non",
    }
    rows = [{"label": label, "value": value} for label, value in facts.items() if value not in (None, "")]
    yield Export("Votre fiche", {"label": "Information", "value": "Ce que nous avons"}, rows)


def _contacts(card: PersonCard) -> Export:
    rows = [
        {
            "channel": CHANNEL_LABELS[contact.channel],
            "value": contact.value if contact.holder in {Holder.SELF, Holder.SHARED} else MASKED,
            "holder": contact.holder_label
            if not contact.holder_name
            else f"{contact.holder_label} ({mask_name(contact.holder_name)})",
            "safe": f"{format_time(contact.safe_from)} à {format_time(contact.safe_until)}"
            if contact.safe_from and contact.safe_until
            else "",
            "neutral": "oui" if contact.neutral else "non",
        }
        for contact in card.contacts
    ]
    columns = {
        "channel": "Type",
        "value": "Contact",
        "holder": "À qui",
        "safe": "Heures",
        "neutral": "Messages neutres",
    }
    return Export("Vos contacts", columns, rows)


def _licences(card: PersonCard) -> Export:
    rows = [
        {
            "category": licence.category.value,
            "number": licence.number,
            "issued_on": licence.issued_on,
            "valid_until_on": licence.valid_until_on,
            "codes": ", ".join(licence.codes),
            "country": licence.country,
            "suspended": licence.suspended_from_on,
            "checked_at": licence.checked_at,
        }
        for licence in card.licences
    ]
    columns = {
        "category": "Catégorie",
        "number": "Numéro",
        "issued_on": "Obtenu le",
        "valid_until_on": "Valable jusqu’au",
        "codes": "Codes",
        "country": "Pays",
        "suspended": "Suspendu depuis",
        "checked_at": "Vu par l’équipe",
    }
    return Export("Vos permis", columns, rows)


def _consents(person_id: int) -> Export:
    rows = [
        {
            "kind": CONSENT_LABELS[row.kind],
            "manner": MANNER_LABELS[row.manner],
            "given_at": row.given_at,
            "withdrawn_at": row.withdrawn_at,
        }
        for row in db.session.scalars(
            select(PersonConsent).where(PersonConsent.person_id == person_id).order_by(PersonConsent.given_at)
        )
    ]
    columns = {"kind": "Accord", "manner": "Donné", "given_at": "Le", "withdrawn_at": "Retiré le"}
    return Export("Vos accords", columns, rows)


def _others(card: PersonCard) -> Iterable[Export]:
    yield Export(
        "Vos représentants",
        {"kind": "Qualité", "name": "Nom (initiales)", "since": "Depuis", "until": "Jusqu’au"},
        [
            {"kind": r.kind_label, "name": mask_name(r.name), "since": r.valid_from_on, "until": r.valid_until_on}
            for r in card.representatives
        ],
    )
    yield Export(
        "Vos appels et passages",
        {"at": "Quand", "kind": "Comment", "who": "Qui (initiales)", "text": "Noté", "outcome": "Rappel"},
        [
            {
                "at": note.noted_at,
                "kind": NOTE_LABELS[note.kind],
                "who": mask_name(note.caller_name),
                "text": note.text,
                "outcome": note.outcome,
            }
            for note in list_notes(card.id)
        ],
    )
    yield Export(
        "Vos demandes sur vos données",
        {
            "kind": "Demande",
            "received_on": "Reçue le",
            "due_on": "Réponse avant le",
            "state": "État",
            "wish": "Précision",
            "answer": "Réponse",
        },
        [
            {
                "kind": RIGHTS_LABELS[row.kind],
                "received_on": row.received_on,
                "due_on": row.due_on,
                "state": RIGHTS_STATE_LABELS[row.state],
                "wish": row.wish,
                "answer": row.answer,
            }
            for row in list_requests_of(card.id)
        ],
    )


def _documents(person_id: int) -> Export:
    rows = [
        {
            "filename": row.filename,
            "kind": row.kind,
            "uploaded_at": row.uploaded_at,
            "valid_until_on": row.valid_until_on,
        }
        for row in db.session.scalars(
            select(Document)
            .where(Document.person_id == person_id, Document.erased_at.is_(None))
            .order_by(Document.uploaded_at)
        )
    ]
    columns = {"filename": "Fichier", "kind": "Type", "uploaded_at": "Reçu le", "valid_until_on": "Valable jusqu’au"}
    return Export("Vos documents", columns, rows)


def _accesses(person_id: int) -> Export:
    """Tell when the file was seen and changed; not by whom."""
    entries = db.session.execute(
        select(AuditEntry.at, AuditEntry.action)
        .where(AuditEntry.person_id.in_(family_ids(person_id)))
        .order_by(AuditEntry.at.desc())
        .limit(2000)
    )
    rows = [{"at": row.at, "action": ACTIONS.get(row.action, "Fiche modifiée"), "by": "l’équipe"} for row in entries]
    return Export("Accès à votre fiche", {"at": "Quand", "action": "Quoi", "by": "Par"}, rows)


def say(value: object) -> str:
    """Return a value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return format_instant(value, year=0)
    if isinstance(value, date):
        return format_date(value, weekday=False, year=0)
    if isinstance(value, time):
        return format_time(value)
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be exported")


def make_archive(exports: Sequence[Export], *, page: str, made_at: datetime) -> bytes:
    """Return the ZIP of the two files; ``page`` is the readable one."""
    body: Mapping[str, Any] = {"made_at": made_at, "sections": [asdict(export) for export in exports]}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mes-donnees.html", page)
        archive.writestr("mes-donnees.json", json.dumps(body, ensure_ascii=False, indent=2, default=_plain))
    return buffer.getvalue()
