"""A file of prescriptions: read and shown with its problems and duplicates; nothing is made until it is confirmed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from mobility.accounts import audit
from mobility.core.db import lock, transaction
from mobility.core.errors import RuleViolation
from mobility.core.privacy import find_nir
from mobility.core.tables import Line, read_day
from mobility.core.text import clean_line
from mobility.desks.queries import desks_serving
from mobility.documents.rules import MediaType, safe_name
from mobility.geo import communes
from mobility.organisations.rules import search_key
from mobility.people.duplicates import Facts
from mobility.people.queries.duplicates import Scope, find_duplicates
from mobility.prescriptions import tables
from mobility.prescriptions.errors import LineUnfit, NothingChosen
from mobility.prescriptions.kinds import NEED_LABELS, DeadlineKind, ImportState, Need, Source
from mobility.prescriptions.models import PrescriptionImport
from mobility.prescriptions.services.intake import Intake, Origin, check_prescriber, send
from mobility.prescriptions.services.routing import desk_or_nearest, desks_around

SUBJECT = "prescription_import"
DROPPED = "prescription.import_dropped"
PREVIEW_KEPT = timedelta(days=2)
_YES = frozenset({"oui", "o", "x", "yes", "vrai", "true", "1", "ok"})
_NIR = "Cette cellule contenait un numéro de sécurité sociale. Elle a été vidée : il ne doit pas être enregistré ici."
_FORMULA = "Cette cellule contient une formule. Écrivez la valeur elle-même."


def preview(*, data: bytes, filename: str, organisation_id: int, actor_id: int, scope: Scope, now: datetime) -> int:
    """Read a file and keep what it says, to be shown; return the id. Raises FileUnreadable, NotAPrescriber.

    ``scope`` is what the actor may see of files that look alike: of others only the desk is named.
    """
    lines = tables.read(data)
    rows = [_row(line, scope=scope, now=now) for line in lines]
    _mark_twins(rows)
    with transaction() as session:
        check_prescriber(organisation_id)
        row = PrescriptionImport(
            state=ImportState.PREVIEW,
            organisation_id=organisation_id,
            filename=safe_name(filename, MediaType.PDF).removesuffix(".pdf"),
            rows=rows,
            created_at=now,
            created_by_id=actor_id,
        )
        session.add(row)
        session.flush()
        _record("prescription.import_read", row, actor_id=actor_id, now=now)
        return row.id


def _row(line: Line, *, scope: Scope | None, now: datetime) -> dict[str, Any]:
    cells = dict(line.cells)
    problems = dict.fromkeys(line.formulas, _FORMULA)
    for name, text in line.cells.items():
        if find_nir(text):
            cells[name] = ""
            problems[name] = _NIR
    intake, more = _intake(cells)
    problems = {**more, **problems}
    if intake is not None and not problems:
        try:
            intake.clean(now=now)
            desk_or_nearest(intake.insee_code)
        except RuleViolation as violation:
            problems[violation.field or "last_name"] = violation.message
    matches = [] if intake is None else find_duplicates(_facts(intake), scope=scope)
    return {
        "line": line.number,
        "cells": cells,
        "problems": problems,
        "matches": [
            {"name": match.name or match.desk_name, "visible": match.visible, "why": list(match.score.reasons)}
            for match in matches
        ],
        "twin": None,
        "outside": "" if intake is None or problems else _outside(intake.insee_code),
    }


def _outside(insee_code: str) -> str:
    """Return the desk that takes somebody from a commune that none serves; nothing where one does."""
    if desks_serving(insee_code):
        return ""
    return next((desk.name for desk, _km in desks_around(insee_code, limit=1)), "")


def _facts(intake: Intake) -> Facts:
    return Facts(
        first_name=intake.first_name,
        last_name=intake.last_name,
        born_on=intake.born_on,
        emails=frozenset([intake.email.lower()] if intake.email else ()),
    )


def _mark_twins(rows: list[dict[str, Any]]) -> None:
    """Say which line of the same file is the same person's."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        cells = row["cells"]
        key = tuple(search_key(str(cells.get(name, ""))) for name in ("last_name", "first_name", "born_on"))
        row["twin"] = seen.get(key)
        seen.setdefault(key, row["line"])


def _intake(cells: dict[str, str]) -> tuple[Intake | None, dict[str, str]]:
    """Return what a line says, or None where too little can be read, and what is wrong by column."""
    problems: dict[str, str] = {}
    for name in ("last_name", "first_name"):
        if not cells.get(name):
            problems[name] = "Écrivez le nom et le prénom."
    born_on = read_day(cells.get("born_on", ""))
    if born_on is None:
        problems["born_on"] = "Écrivez la date de naissance ainsi : 24/11/1990."
    found = communes.match(cells.get("commune", "")[:100])
    if len(found) != 1:
        problems["commune"] = (
            "Plusieurs communes portent ce nom : ajoutez le code postal."
            if found
            else "Cette commune n’est pas connue."
        )
    deadline_on = read_day(cells.get("deadline_on", ""))
    if cells.get("deadline_on") and deadline_on is None:
        problems["deadline_on"] = "Écrivez la date ainsi : 24/11/2026."
    if search_key(cells.get("consent", "")) not in _YES:
        problems["consent"] = "Écrivez « oui » une fois que la personne a donné son accord."
    if born_on is None or len(found) != 1:
        return None, problems
    return Intake(
        first_name=clean_line(cells.get("first_name")) or "",
        last_name=clean_line(cells.get("last_name")) or "",
        born_on=born_on,
        insee_code=found[0].insee_code,
        consent="consent" not in problems,
        needs=_needs(cells.get("needs", "")),
        need_text=cells.get("need_text"),
        phone=cells.get("phone") or None,
        email=cells.get("email") or None,
        street=clean_line(cells.get("street")),
        deadline_kind=DeadlineKind.JOB if deadline_on else None,
        deadline_on=deadline_on,
        constraints_text=cells.get("constraints_text"),
        referent_name=(clean_line(cells.get("referent_name")) or "")[:120],
        referent_email=cells.get("referent_email") or None,
        referent_phone=cells.get("referent_phone") or None,
    ), problems


def _needs(text: str) -> list[Need]:
    """Return the needs that the words name; anything else is « another need »."""
    words = [search_key(part) for part in text.replace(";", ",").split(",") if part.strip()]
    found = [need for need, label in NEED_LABELS.items() if any(word and word in search_key(label) for word in words)]
    return found or [Need.OTHER]


def confirm(*, import_id: int, lines: Collection[int], actor_id: int, now: datetime) -> int:
    """Make the prescriptions of the ticked lines, all of them or none; return how many. The rows are emptied.

    Raises NothingChosen, LineUnfit, ForbiddenTransition where it was decided already.
    """
    with transaction() as session:
        row = _undecided(import_id)
        chosen = [one for one in row.rows or () if one["line"] in set(lines)]
        if not chosen:
            raise NothingChosen
        for one in chosen:
            _make(one, row, actor_id=actor_id, now=now)
        row.made = len(chosen)
        _decide(row, ImportState.DONE, "prescription.import_done", actor_id=actor_id, now=now)
        session.flush()
        return row.made


def _make(one: dict[str, Any], row: PrescriptionImport, *, actor_id: int, now: datetime) -> None:
    intake, problems = _intake(one["cells"])
    if one["problems"] or problems or intake is None:
        raise LineUnfit(line=one["line"], why="corrigez-la dans votre fichier, puis importez-la à nouveau.")
    try:
        send(
            intake=intake,
            origin=Origin(source=Source.IMPORT, organisation_id=row.organisation_id, user_id=actor_id),
            desk_id=desk_or_nearest(intake.insee_code),
            now=now,
        )
    except RuleViolation as violation:
        raise LineUnfit(line=one["line"], why=violation.message) from violation


def drop(*, import_id: int, actor_id: int, now: datetime) -> None:
    """Leave a file alone: nothing was made, and what it said is emptied."""
    with transaction():
        _decide(_undecided(import_id), ImportState.DROPPED, DROPPED, actor_id=actor_id, now=now)


def drop_old(*, now: datetime) -> int:
    """Empty the files that nobody confirmed for two days: they hold names. Returns how many."""
    with transaction() as session:
        rows = session.scalars(
            select(PrescriptionImport)
            .where(PrescriptionImport.state == ImportState.PREVIEW, PrescriptionImport.created_at < now - PREVIEW_KEPT)
            .order_by(PrescriptionImport.id)
            .limit(200)
            .with_for_update()
        ).all()
        for row in rows:
            _decide(row, ImportState.DROPPED, DROPPED, actor_id=None, now=now)
        return len(rows)


def _undecided(import_id: int) -> PrescriptionImport:
    row = lock(PrescriptionImport, import_id)
    if row.state is not ImportState.PREVIEW:
        raise NothingChosen("Ce fichier a déjà été importé ou abandonné.")
    return row


def _decide(row: PrescriptionImport, state: ImportState, action: str, *, actor_id: int | None, now: datetime) -> None:
    row.state, row.rows, row.decided_at = state, None, now
    _record(action, row, actor_id=actor_id, now=now)


def _record(action: str, row: PrescriptionImport, *, actor_id: int | None, now: datetime) -> None:
    audit.record(
        actor_id=actor_id,
        action=action,
        subject_kind=SUBJECT,
        subject_id=row.id,
        now=now,
        changes={"made": (None, row.made), "organisation_id": (None, row.organisation_id)},
    )
