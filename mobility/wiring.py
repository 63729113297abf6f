"""What low rooms tell and high rooms want to know, tied together: replies, messages that reached nobody, panels.

A room that is told something stands below the one that acts on it; this module, at the top, knows both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import select

from mobility.accounts import audit_values
from mobility.accounts.home import register_panel
from mobility.agenda import agreements
from mobility.agenda import home as agenda_home
from mobility.agenda import tasks as agenda_tasks
from mobility.agenda.rules import ATTENDANCE_LABELS
from mobility.carpool import tasks as carpool_tasks
from mobility.caseload import hooks as caseload_hooks
from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.core.web.access import Permission
from mobility.desks import rules as desks
from mobility.diagnosis import tasks as diagnosis_tasks
from mobility.diagnosis.queries import find_findings
from mobility.diagnosis.rules import STATE_LABELS as DIAGNOSIS_STATES
from mobility.fleet import kinds as fleet
from mobility.geo import geocoding
from mobility.journal import kinds
from mobility.journal import services as journal
from mobility.loans import home as loans_home
from mobility.loans import tasks as loans_tasks
from mobility.loans.rules.states import STATE_LABELS as LOAN_STATES
from mobility.microcredit.accords import tasks as accord_tasks
from mobility.microcredit.dossiers import tasks as microcredit_tasks
from mobility.microcredit.followup import tasks as followup_tasks
from mobility.microcredit.paperwork import tasks as credit_paper_tasks
from mobility.notifications import hooks
from mobility.notifications.kinds import CHANNEL_LABELS, HOLDER_LABELS, InboundKind, MessageClass
from mobility.participation import tasks as participation_tasks
from mobility.participation.rules import exits
from mobility.pathway import rules as pathway
from mobility.pathway import tasks as pathway_tasks
from mobility.people import kinds as people
from mobility.people import tasks as people_tasks
from mobility.people.kinds import NoteKind
from mobility.people.models import ContactNote, Person
from mobility.prescriptions import home as prescriptions_home
from mobility.prescriptions import tasks as prescriptions_tasks
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules.referents import SEES_LABELS
from mobility.prescriptions.rules.states import STATE_LABELS as PRESCRIPTION_STATES
from mobility.todo import home as todo_home
from mobility.todo import own as todo_own
from mobility.todo import sources as todo_sources

REPLIED, STOPPED, UNDELIVERED, BOUNCED = (
    "message.replied",
    "message.stopped",
    "message.undelivered",
    "message.bounced",
)


def _persons(recipient_ids: tuple[int, ...]) -> list[Person]:
    """Return the living people behind recipients, in the order of the recipients."""
    rows = db.session.scalars(
        select(Person).where(
            Person.recipient_id.in_(recipient_ids), Person.erased_at.is_(None), Person.merged_into_id.is_(None)
        )
    ).all()
    return sorted(rows, key=lambda person: recipient_ids.index(person.recipient_id))


def take_reply(reply: hooks.Reply) -> None:
    """Put a reply into the journal, and into the list of calls of whoever accompanies the person.

    A phone that several share: the one written to last is meant.
    """
    people = _persons(reply.recipient_ids)
    if not people:
        return
    person = people[0]
    kind = STOPPED if reply.kind is InboundKind.STOP else REPLIED
    journal.write(
        person_id=person.id,
        kind=kind,
        now=reply.received_at,
        subject_kind="inbound_message",
        subject_id=reply.inbound_id,
        note=reply.text or None,
    )
    if person.referent_user_id is None:
        return
    db.session.add(
        ContactNote(
            desk_id=person.desk_id,
            person_id=person.id,
            kind=NoteKind.MESSAGE,
            caller_name="",
            text=reply.text,
            noted_at=reply.received_at,
            noted_by_id=person.referent_user_id,
            callback_user_id=person.referent_user_id,
            callback_due_on=day_of(reply.received_at),
        )
    )


def take_undelivered(message: hooks.Undelivered) -> None:
    """Put a message that reached nobody into the journal; a code that nobody waits for any more is left out."""
    if message.message_class is MessageClass.SECURITY:
        return
    for person in _persons((message.recipient_id,)):
        journal.write(
            person_id=person.id,
            kind=UNDELIVERED,
            now=message.at,
            subject_kind="outbox_message",
            subject_id=message.outbox_message_id,
        )


def take_bounced(point: hooks.Bounced) -> None:
    """Put a dead phone or mailbox into the journal: the adviser asks for another."""
    for person in _persons((point.recipient_id,)):
        journal.write(
            person_id=person.id,
            kind=BOUNCED,
            now=point.at,
            subject_kind="contact_point",
            subject_id=point.contact_point_id,
        )


def name_audited_values() -> None:
    """Give the audit log, which knows no room, the words of their codes."""
    say = audit_values.declare
    tables: dict[str, dict[str, Mapping[Any, str]]] = {
        "person": {
            "status": people.STATUS_LABELS,
            "phase": people.PHASE_LABELS,
            "language": people.LANGUAGES,
            "reading_ease": people.READING_LABELS,
            "legal_protection": people.PROTECTION_LABELS,
            "position_precision": geocoding.LABELS,
            "preferred_channel": CHANNEL_LABELS,
        },
        "contact_point": {"holder": HOLDER_LABELS},
        "representative": {"kind": people.REPRESENTATIVE_LABELS},
        "person_licence": {"category": people.LICENCE_LABELS},
        "loan": {"state": LOAN_STATES},
        "prescription": {"state": PRESCRIPTION_STATES},
        "outside_referent": {"sees": SEES_LABELS},
        "appointment": {"state": ATTENDANCE_LABELS},
        "departure": {"outcome": exits.OUTCOME_LABELS, "proof": exits.PROOF_LABELS, "later": exits.LATER_LABELS},
        "diagnosis": {"state": DIAGNOSIS_STATES},
        "loan_policy": {"category": fleet.CATEGORY_LABELS, "status": people.STATUS_LABELS},
        "loan_right": {"categories": fleet.CATEGORY_LABELS},
        "objective": {
            "kind": pathway.OBJECTIVE_KIND_LABELS,
            "state": pathway.OBJECTIVE_STATE_LABELS,
            "position_precision": geocoding.LABELS,
        },
        "desk": {"kind": desks.LABELS},
        "vehicle": {
            "category": fleet.CATEGORY_LABELS,
            "energy": fleet.ENERGY_LABELS,
            "gearbox": fleet.GEARBOX_LABELS,
            "critair": fleet.CRITAIR_LABELS,
            "equipment": fleet.EQUIPMENT_LABELS,
            "kind": fleet.PAPER_LABELS,
            "reason": fleet.STOP_LABELS,
        },
    }
    for subject, table in tables.items():
        for field, words in table.items():
            say(subject, field, words)
    for consent, label in people.CONSENT_LABELS.items():
        say("person_consent", consent.value, people.MANNER_LABELS, name=label)


def payers_of(person_ids: Collection[int]) -> Mapping[int, int]:
    """Return by person the organisation that sent them last: its agreement sets how often they are seen; one query."""
    rows = db.session.execute(
        select(Prescription.person_id, Prescription.organisation_id)
        .where(Prescription.person_id.in_(list(person_ids)), Prescription.organisation_id.is_not(None))
        .order_by(Prescription.received_at, Prescription.id)
    )
    return {person_id: organisation_id for person_id, organisation_id in rows if person_id and organisation_id}


def diagnosed_on(person_id: int) -> date | None:
    """Return the day on which the person's last diagnosis was finished, or None."""
    found = find_findings(person_id=person_id)
    return None if found is None else day_of(found.closed_at)


def init_app(app: Flask) -> None:
    """Tie the rooms together."""
    agreements.set_finder(payers_of)
    caseload_hooks.set_diagnosed(diagnosed_on)
    name_audited_values()
    kinds.declare(REPLIED, "Réponse reçue par SMS", "reply")
    kinds.declare(STOPPED, "Ne veut plus de SMS (STOP)", "bell-slash")
    kinds.declare(UNDELIVERED, "Un message n’est pas arrivé", "envelope-x")
    kinds.declare(BOUNCED, "Un téléphone ou une adresse ne fonctionne plus", "telephone-x")
    hooks.on_reply(take_reply)
    hooks.on_undelivered(take_undelivered)
    hooks.on_bounced(take_bounced)
    register_panel(app, Permission.TODO_VIEW, todo_home.todo_panel)
    register_panel(app, Permission.PRESCRIPTION_VIEW, prescriptions_home.inbox_panel)
    register_panel(app, Permission.AGENDA_VIEW, agenda_home.today_panel)
    register_panel(app, Permission.AGENDA_BOOK, agenda_home.visits_out_panel)
    register_panel(app, Permission.DAY_BOARD_VIEW, loans_home.today_panel)
    for room in (
        prescriptions_tasks,
        diagnosis_tasks,
        pathway_tasks,
        participation_tasks,
        agenda_tasks,
        people_tasks,
        loans_tasks,
        carpool_tasks,
        microcredit_tasks,
        accord_tasks,
        followup_tasks,
        credit_paper_tasks,
    ):
        todo_sources.register(app, *room.SOURCES)
    todo_own.register(app, agenda_tasks.own, prescriptions_tasks.own, diagnosis_tasks.own)
