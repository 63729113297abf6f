"""A file of prescriptions: read and shown with its problems and duplicates; nothing is made until it is confirmed."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select

from mobility.accounts import audit
from mobility.core.db import lock, transaction
from mobility.core.errors import RuleViolation
from mobility.core.tables import Line, clean_cells, read_day
from mobility.core.text import clean_line
from mobility.desks.queries import desks_serving
from mobility.documents.rules import MediaType, safe_name
from mobility.geo import communes
from mobility.organisations.rules import search_key
from mobility.people.duplicates import Facts
from mobility.people.identifiers import clean_phone
from mobility.people.kinds import LANGUAGES
from mobility.people.names import name_key
from mobility.people.queries.duplicates import Scope, find_duplicates
from mobility.prescriptions import tables
from mobility.prescriptions.errors import LineUnfit, NothingChosen
from mobility.prescriptions.kinds import DEADLINE_LABELS, NEED_LABELS, DeadlineKind, ImportState, Need, Source
from mobility.prescriptions.models import PrescriptionImport
from mobility.prescriptions.queries.inbox import list_open_of
from mobility.prescriptions.services.intake import Intake, Origin, check_prescriber, send
from mobility.prescriptions.services.routing import desk_or_nearest, desks_around

SUBJECT = "prescription_import"
DROPPED = "prescription.import_dropped"
PREVIEW_KEPT = timedelta(days=2)
_YES = frozenset({"oui", "o", "x", "yes", "vrai", "true", "1", "ok"})
_NO = frozenset({"", "non", "n", "no", "faux", "false", "0"})


def preview(
    *,
    data: bytes,
    filename: str,
    organisation_id: int,
    actor_id: int,
    scope: Scope,
    known: ColumnElement[bool],
    visible: ColumnElement[bool],
    now: datetime,
) -> int:
    """Read a file and keep what it says, to be shown; return the id. Raises FileUnreadable, NotAPrescriber.

    ``scope`` is what the actor may see of files that look alike: of others only the desk is named. ``known``,
    ``visible``: the conditions on ``Prescription`` « may be known to be there » and « the actor may open it ».
    """
    lines = tables.read(data)
    rows = [_row(line, scope=scope, known=known, visible=visible, now=now) for line in lines]
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


def _row(
    line: Line, *, scope: Scope | None, known: ColumnElement[bool], visible: ColumnElement[bool], now: datetime
) -> dict[str, Any]:
    cells, problems = clean_cells(line)
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
        "same": [] if intake is None else _same(intake, known=known, visible=visible),
        "unread": read_needs(cells.get("needs", ""))[1],
        "twin": None,
        "outside": "" if intake is None or problems else _outside(intake.insee_code),
    }


def _outside(insee_code: str) -> str:
    """Return the desk that takes somebody from a commune that none serves; nothing where one does."""
    if desks_serving(insee_code):
        return ""
    return next((desk.name for desk, _km in desks_around(insee_code, limit=1)), "")


def _same(intake: Intake, *, known: ColumnElement[bool], visible: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Return the open prescriptions of the same person; of those that the actor may not open, the desk alone."""
    rows = list_open_of(
        name_key(intake.last_name, intake.first_name)[:400], intake.born_on, known=known, visible=visible
    )
    return [
        {"id": row.id if row.visible else None, "desk": row.desk_name, "on": f"{row.received_on:%d/%m/%Y}"}
        for row in rows
    ]


def _facts(intake: Intake) -> Facts:
    phones: frozenset[str] = frozenset()
    if intake.phone:
        with suppress(RuleViolation):  # said beside its cell
            phones = frozenset([clean_phone(intake.phone, field="phone")])
    return Facts(
        first_name=intake.first_name,
        last_name=intake.last_name,
        born_on=intake.born_on,
        phones=phones,
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
    born_on, deadline_on = read_day(cells.get("born_on", "")), read_day(cells.get("deadline_on", ""))
    found = communes.match(cells.get("commune", "")[:100])
    language, kind = _language(cells.get("language", "")), _kind(cells.get("deadline_kind", ""), deadline_on)
    needs, unread = read_needs(cells.get("needs", ""))
    problems = {
        name: message
        for name, wrong, message in (
            *((name, not cells.get(name), "Écrivez le nom et le prénom.") for name in ("last_name", "first_name")),
            ("born_on", born_on is None, "Écrivez la date de naissance ainsi : 24/11/1990."),
            ("commune", not found, "Cette commune n’est pas connue."),
            ("commune", len(found) > 1, "Plusieurs communes portent ce nom : ajoutez le code postal."),
            ("deadline_on", _lost(cells, "deadline_on", deadline_on), "Écrivez la date ainsi : 24/11/2026."),
            ("deadline_kind", _lost(cells, "deadline_kind", kind), "Écrivez : emploi, formation, entretien ou autre."),
            (
                "language",
                language is None,
                "Cette langue n’est pas dans la liste. Écrivez par exemple : arabe, anglais.",
            ),
            (
                "consent",
                _said(cells, "consent") is not True,
                "Écrivez « oui » une fois que la personne a donné son accord.",
            ),
            *(
                (name, _said(cells, name) is None, "Écrivez « oui » ou « non ».")
                for name in ("discreet", "shares_back")
            ),
        )
        if wrong
    }
    if born_on is None or len(found) != 1:
        return None, problems
    return Intake(
        first_name=clean_line(cells.get("first_name")) or "",
        last_name=clean_line(cells.get("last_name")) or "",
        born_on=born_on,
        insee_code=found[0].insee_code,
        consent="consent" not in problems,
        shares_back=_said(cells, "shares_back") is True,
        discreet=_said(cells, "discreet") is True,
        language=language or "fr",
        needs=needs,
        # Words that are none of ours are kept as they were written.
        need_text="\n\n".join(part for part in (cells.get("need_text"), ", ".join(unread)) if part),
        said=cells.get("said"),
        phone=cells.get("phone") or None,
        email=cells.get("email") or None,
        street=clean_line(cells.get("street")),
        deadline_kind=kind,
        deadline_on=deadline_on,
        constraints_text=cells.get("constraints_text"),
        referent_name=(clean_line(cells.get("referent_name")) or "")[:120],
        referent_role=(clean_line(cells.get("referent_role")) or "")[:120],
        referent_email=cells.get("referent_email") or None,
        referent_phone=cells.get("referent_phone") or None,
    ), problems


def _lost(cells: dict[str, str], name: str, read: object) -> bool:
    """Tell whether something is written that could not be read."""
    return bool(cells.get(name)) and read is None


def _said(cells: dict[str, str], name: str) -> bool | None:
    """Return yes or no, an empty cell being no; None for another word."""
    word = search_key(cells.get(name, ""))
    return True if word in _YES else False if word in _NO else None


def read_needs(text: str) -> tuple[list[Need], list[str]]:
    """Return the needs that the words name (« another need » where they name none), and the words that name none."""
    words = [part.strip() for part in text.replace(";", ",").split(",") if search_key(part)]
    labels = {need: search_key(label) for need, label in NEED_LABELS.items()}
    found = [need for need, label in labels.items() if any(search_key(word) in label for word in words)]
    unread = [word for word in words if not any(search_key(word) in label for label in labels.values())]
    return found or [Need.OTHER], unread


def _language(text: str) -> str | None:
    """Return the code of a language by its code or name; French where nothing is written, None for another word."""
    word = search_key(text)
    return next((code for code, name in LANGUAGES.items() if word in {code, search_key(name)}), None) if word else "fr"


def _kind(text: str, deadline_on: date | None) -> DeadlineKind | None:
    """Return what begins on the day: a job where nothing else is written; None without a day, or for another word."""
    word = search_key(text)
    if not word:
        return DeadlineKind.JOB if deadline_on else None
    return next((kind for kind, label in DEADLINE_LABELS.items() if word in search_key(label)), None)


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
