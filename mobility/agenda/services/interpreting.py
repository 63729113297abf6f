"""Who translates at an appointment: an interpreter of the desk, or an adult whom the person brings. Never a child."""

from __future__ import annotations

from datetime import datetime

from mobility.agenda import words
from mobility.agenda.errors import NeverAChild
from mobility.agenda.services.common import flush, hold, note_act
from mobility.agenda.services.resources import check_interpreter
from mobility.core.db import transaction
from mobility.core.retry import retried


@retried
def set_interpreter(
    *,
    attendance_id: int,
    interpreter_id: int | None,
    companion: str,
    adult: bool,
    actor_id: int | None,
    now: datetime,
    version: int | None = None,
) -> None:
    """Say who translates; nobody where both are empty. The database refuses an interpreter who is taken.

    Raises NeverAChild, InterpreterTaken, InterpreterUnknown, StaleVersion, NotFound.
    """
    written = companion.strip()[:80]
    if written and not adult:
        raise NeverAChild
    with transaction() as session:
        attendance, appointment = hold(attendance_id, version=version)
        if interpreter_id is not None and interpreter_id != appointment.interpreter_id:
            check_interpreter(interpreter_id, appointment.desk_id)

        def change() -> None:
            appointment.interpreter_id = interpreter_id
            appointment.companion = "" if interpreter_id is not None else written
            appointment.companion_adult = bool(appointment.companion)

        with session.no_autoflush:
            flush(session, change)
        note_act(attendance, words.INTERPRETER, actor_id=actor_id, now=now)
