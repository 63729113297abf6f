"""What the tests know of rows without asking the rooms: plain SQL says whose each row is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text

from mobility.core.db import Base, db, end_read

_MEMBER = "JOIN carpool_member c ON c.id = {0}.member_id LEFT JOIN person p ON p.id = c.person_id"
# Who rides and who drives in a match: in this world one of them has a file.
_SIDES = (
    "JOIN carpool_request r ON r.id = m.request_id JOIN carpool_member c ON c.id = r.member_id "
    "JOIN carpool_offer o ON o.id = m.offer_id JOIN carpool_member v ON v.id = o.member_id"
)
# For each kind of row that routes name: id, whose person it is about (or null), which desk holds it (or null).
KINDS: Mapping[str, str] = {
    "desk": "SELECT id, NULL, id FROM desk",
    "person": "SELECT id, id, desk_id FROM person",
    "contact_note": "SELECT id, person_id, desk_id FROM contact_note",
    "rights_request": "SELECT r.id, p.id, p.desk_id FROM rights_request r JOIN person p ON p.id = r.person_id",
    "retention_run": "SELECT id, NULL, desk_id FROM retention_run",
    "retention_item": "SELECT i.id, NULL, r.desk_id FROM retention_item i JOIN retention_run r ON r.id = i.run_id",
    "objective": "SELECT o.id, p.id, p.desk_id FROM objective o JOIN person p ON p.id = o.person_id",
    "step": "SELECT s.id, p.id, p.desk_id FROM step s JOIN person p ON p.id = s.person_id",
    "plan": "SELECT l.id, p.id, p.desk_id FROM plan l JOIN person p ON p.id = l.person_id",
    "plan_version": (
        "SELECT v.id, p.id, p.desk_id FROM plan_version v JOIN plan l ON l.id = v.plan_id "
        "JOIN person p ON p.id = l.person_id"
    ),
    "project": "SELECT j.id, p.id, p.desk_id FROM project j JOIN person p ON p.id = j.person_id",
    "microcredit": "SELECT m.id, p.id, p.desk_id FROM microcredit_dossier m JOIN person p ON p.id = m.person_id",
    "credit_accord": (
        "SELECT a.id, p.id, p.desk_id FROM credit_accord a JOIN microcredit_dossier m ON m.id = a.dossier_id "
        "JOIN person p ON p.id = m.person_id"
    ),
    "local_aid": "SELECT id, NULL, desk_id FROM local_aid WHERE desk_id IS NOT NULL",
    "local_aid_use": ("SELECT u.id, p.id, p.desk_id FROM local_aid_use u JOIN person p ON p.id = u.person_id"),
    "credit_statement": (
        "SELECT s.id, NULL, g.desk_id FROM credit_statement s JOIN user_grant g ON g.user_id = s.created_by_id"
    ),
    "credit_count": "SELECT id, NULL, desk_id FROM credit_count WHERE desk_id IS NOT NULL",
    "credit_partner": "SELECT id, NULL, desk_id FROM credit_partner WHERE desk_id IS NOT NULL",
    "credit_offer": (
        "SELECT o.id, NULL, c.desk_id FROM credit_offer o JOIN credit_partner c ON c.id = o.partner_id "
        "WHERE c.desk_id IS NOT NULL"
    ),
    "plan_template": "SELECT id, NULL, desk_id FROM plan_template WHERE desk_id IS NOT NULL",
    "own_means": (
        "SELECT m.id, p.id, p.desk_id FROM own_means m JOIN objective o ON o.id = m.objective_id "
        "JOIN person p ON p.id = o.person_id"
    ),
    "handover_note": "SELECT h.id, p.id, p.desk_id FROM handover_note h JOIN person p ON p.id = h.person_id",
    "visit": (
        "SELECT a.id, p.id, p.desk_id FROM attendance a JOIN person p ON p.id = a.person_id "
        "JOIN appointment t ON t.id = a.appointment_id AND t.desk_id = p.desk_id"
    ),
    "appointment": "SELECT id, NULL, desk_id FROM appointment WHERE seats > 1",
    "agenda_opening": "SELECT id, NULL, desk_id FROM agenda_opening",
    "agenda_absence": (
        "SELECT a.id, NULL, g.desk_id FROM agenda_absence a JOIN user_grant g ON g.user_id = a.adviser_id"
    ),
    "agenda_letter": "SELECT l.id, p.id, p.desk_id FROM agenda_letter l JOIN person p ON p.id = l.person_id",
    "agenda_room": "SELECT id, NULL, desk_id FROM agenda_room",
    "interpreter": "SELECT id, NULL, desk_id FROM interpreter",
    "meeting_type": "SELECT id, NULL, desk_id FROM meeting_type WHERE desk_id IS NOT NULL",
    "count_snapshot": "SELECT id, NULL, desk_id FROM count_snapshot",
    "departure": "SELECT d.id, p.id, p.desk_id FROM departure d JOIN person p ON p.id = d.person_id",
    "participation": "SELECT t.id, p.id, p.desk_id FROM participation t JOIN person p ON p.id = t.person_id",
    "diagnosis": "SELECT d.id, p.id, p.desk_id FROM diagnosis d JOIN person p ON p.id = d.person_id",
    "vehicle": "SELECT id, NULL, desk_id FROM vehicle",
    "loan": "SELECT id, person_id, desk_id FROM loan",
    "loan_right": "SELECT r.id, p.id, p.desk_id FROM loan_right r JOIN person p ON p.id = r.person_id",
    "loan_extension": "SELECT e.id, l.person_id, l.desk_id FROM extension_request e JOIN loan l ON l.id = e.loan_id",
    "loan_policy": "SELECT id, NULL, desk_id FROM loan_policy WHERE desk_id IS NOT NULL",
    "prescription": "SELECT id, person_id, desk_id FROM prescription WHERE state <> 'draft'",
    "prescription_import": (
        "SELECT i.id, NULL, g.desk_id FROM prescription_import i JOIN user_grant g ON g.user_id = i.created_by_id"
    ),
    "document": (
        "SELECT d.id, d.person_id, COALESCE(p.desk_id, v.desk_id) FROM document d "
        "LEFT JOIN person p ON p.id = d.person_id "
        "LEFT JOIN vehicle v ON v.id = d.owner_id AND d.owner_kind = 'vehicle' WHERE d.erased_at IS NULL"
    ),
    "carpool_member": "SELECT id, person_id, desk_id FROM carpool_member",
    "carpool_offer": f"SELECT o.id, p.id, o.desk_id FROM carpool_offer o {_MEMBER.format('o')}",
    "carpool_request": f"SELECT r.id, p.id, r.desk_id FROM carpool_request r {_MEMBER.format('r')}",
    "carpool_match": f"SELECT m.id, coalesce(c.person_id, v.person_id), r.desk_id FROM carpool_match m {_SIDES}",
    "carpool_hub": "SELECT id, NULL, desk_id FROM carpool_hub",
    "carpool_trip": (
        f"SELECT t.id, p.id, o.desk_id FROM carpool_trip t JOIN carpool_offer o ON o.id = t.offer_id "
        f"{_MEMBER.format('o')}"
    ),
    "carpool_ride": (
        "SELECT d.id, coalesce(c.person_id, v.person_id), r.desk_id "
        f"FROM carpool_ride d JOIN carpool_match m ON m.id = d.match_id {_SIDES}"
    ),
    "carpool_report": (
        "SELECT t.id, c.person_id, t.desk_id FROM carpool_report t JOIN carpool_member c ON c.id = t.by_member_id"
    ),
    "carpool_booking": (
        f"SELECT b.id, c.person_id, c.desk_id FROM carpool_booking b {_MEMBER.format('b')} WHERE b.erased_at IS NULL"
    ),
    "carpool_message": (
        f"SELECT w.id, c.person_id, c.desk_id FROM carpool_message w {_MEMBER.format('w')} WHERE w.text <> ''"
    ),
    "message": ("SELECT m.id, p.id, p.desk_id FROM outbox_message m JOIN person p ON p.id = m.person_id"),
    "user": 'SELECT u.id, NULL, g.desk_id FROM "user" u JOIN user_grant g ON g.user_id = u.id WHERE g.desk_id > 0',
    "organisation": (
        "SELECT o.id, NULL, d.desk_id FROM organisation o JOIN agreement a ON a.organisation_id = o.id "
        "JOIN agreement_desk d ON d.agreement_id = a.id"
    ),
}

# Ids in addresses that are parts of the row before them: the kind of that row, and where the part is found.
PARTS: Mapping[str, tuple[str, str]] = {
    "contact_id": (
        "person",
        "SELECT c.id FROM contact_point c JOIN person p ON p.recipient_id = c.recipient_id WHERE p.id = :owner",
    ),
    "licence_id": ("person", "SELECT id FROM person_licence WHERE person_id = :owner"),
    "representative_id": ("person", "SELECT id FROM representative WHERE person_id = :owner"),
    "referent_id": ("person", "SELECT id FROM outside_referent WHERE person_id = :owner AND ended_at IS NULL"),
    "paper_id": ("vehicle", "SELECT id FROM vehicle_paper WHERE vehicle_id = :owner"),
    "reading_id": ("vehicle", "SELECT id FROM odometer_reading WHERE vehicle_id = :owner"),
    "reservation_id": (
        "vehicle",
        "SELECT id FROM vehicle_reservation WHERE vehicle_id = :owner AND kind = 'out_of_service'",
    ),
    "grant_id": ("user", "SELECT id FROM user_grant WHERE user_id = :owner"),
    "link_id": ("organisation", "SELECT id FROM prescription_link WHERE organisation_id = :owner"),
    "agreement_id": ("organisation", "SELECT id FROM agreement WHERE organisation_id = :owner"),
    "scan_id": ("microcredit", "SELECT document_id FROM microcredit_sent_page WHERE dossier_id = :owner"),
    "other_id": ("person", "SELECT id FROM person WHERE id = :owner"),
}

# Words in addresses that name no row; ids that only administrators meet stand here too.
WORDS: Mapping[str, str] = {
    "act": "drop",
    "ask": "corriger",
    "block": "driving",
    "code": "abcdefghijkm",
    "day": "2026-11-24",
    "dimension": "licence",
    "email": "administration@demo.example",
    "filename": "app.css",
    "form": "csv",
    "insee_code": "59172",
    "item": "wish",
    "km": "15",
    "key": "loans.reminder_steps",
    "journey_id": "1",
    "kind": "photo",
    "match_id": "1",
    "ride_id": "1",
    "moment": "retour",
    "move": "abandon",
    "name": "clean",
    "page": "1",
    "party": "person",
    "provider": "ovh",
    "sort": "task",
    "status": "404",
    "tick": "fait",
    "token": "xyz",
    "type_id": "1",
    "operator_id": "1",
    "uuid": "6e8f4c1e-1f3b-4f0e-9d1c-0a4b7d2c9e55",
    "token_id": "1",
    "value_id": "1",
}


@dataclass(frozen=True)
class Row:
    """A row: its id, the person it is about, the desk that holds it."""

    id: int
    person_id: int | None
    desk_id: int | None


def rows(kind: str) -> list[Row]:
    """Every row of a kind."""
    found = [Row(*row) for row in db.session.execute(text(f"{KINDS[kind]} ORDER BY 1"))]
    end_read()
    return found


def parts(name: str, owner_id: int) -> list[int]:
    """The ids of the parts of a row."""
    found = list(db.session.scalars(text(f"{PARTS[name][1]} ORDER BY 1"), {"owner": owner_id}))
    end_read()
    return found


def digest(*, without: frozenset[str] = frozenset()) -> dict[str, str]:
    """A mark of all that stands in each table."""
    marks = {}
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in without:
                content = sorted(repr(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{table.name}"')))
                marks[table.name] = hashlib.sha256("\n".join(content).encode()).hexdigest()
    return marks


def changed(before: Mapping[str, str], *, without: frozenset[str] = frozenset()) -> set[str]:
    """The tables that are not as they were."""
    after = digest(without=without)
    return {name for name, mark in before.items() if name in after and after[name] != mark}
