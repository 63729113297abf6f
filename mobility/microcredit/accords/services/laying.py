"""An agreement laid before the person: a plan of what is late, or a new schedule; one waits at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import check_version, load, lock, transaction
from mobility.core.text import clean_text
from mobility.journal import services as journal
from mobility.microcredit.accords import planning, words
from mobility.microcredit.accords.errors import AccordOver, LinesInvalid, NothingLate
from mobility.microcredit.accords.models import CreditAccord, CreditAccordLine
from mobility.microcredit.accords.queries import next_number, waiting_of
from mobility.microcredit.dossiers import words as dossier_words
from mobility.microcredit.dossiers.errors import ReasonMissing
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.dossiers.queries import paid_of
from mobility.microcredit.followup.services.plans import check_preview
from mobility.microcredit.rules.accords import ACCORDS, AccordAction, AccordKind, digest
from mobility.microcredit.rules.arrears import Line, problems
from mobility.microcredit.rules.rescheduling import NewPlan, Side
from mobility.microcredit.rules.states import DOSSIERS, Action
from mobility.organisations.queries import organisation_names
from mobility.people.models import Person
from mobility.people.queries import get_signatories
from mobility.people.services import check_may_sign

REASON_MAX = 1000


def lay_plan(
    *,
    dossier_id: int,
    lines: Sequence[Line],
    reason: str,
    version: int | None,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Lay a plan of what is late before the person; return its id. What waited before is left aside.

    Raises NothingLate, LinesInvalid, ReasonMissing, RepresentativeMissing, ForbiddenTransition, StaleVersion, NotFound.
    """
    today = day_of(now)
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        DOSSIERS.after(row.state, Action.AGREE_PLAN)
        person = load(Person, row.person_id)
        found = planning.arrears_of(row, on=today, desk_id=person.desk_id)
        if not found.cents:
            raise NothingLate
        against = problems(lines, found.cents, today=today, last_on=found.last_on, most=found.most_months)
        if against:
            raise LinesInvalid(why=" ".join(against))
        content = {
            **_heading(row, person),
            "arrears_cents": found.cents,
            "lines": [{"on": one.due_on.isoformat(), "cents": one.amount_cents} for one in lines],
            "months": [
                {
                    "on": one.first_on.isoformat(),
                    "current_cents": one.current_cents,
                    "arrears_cents": one.arrears_cents,
                    "left_cents": one.left_cents,
                }
                for one in found.months(lines)
            ],
        }
        accord = _lay(
            session, row, AccordKind.AMICABLE, content, reason, base_cents=found.paid_cents, actor_id=actor_id, now=now
        )
        session.add_all(
            CreditAccordLine(accord_id=accord.id, due_on=one.due_on, amount_cents=one.amount_cents) for one in lines
        )
        session.flush()
        return accord.id


def lay_schedule(
    *,
    dossier_id: int,
    plan: NewPlan,
    reason: str,
    version: int | None,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Lay a new schedule before the person, beside the old one; return the agreement's id.

    Raises PlanInvalid, NotRepaying, TermsImpossible, ReasonMissing, RepresentativeMissing, StaleVersion, NotFound.
    """
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        seen = check_preview(row, plan)
        content = {
            **_heading(row, load(Person, row.person_id)),
            "plan": {
                "capital_cents": plan.capital_cents,
                "rate": f"{plan.rate.normalize():f}",
                "months": plan.months,
                "from_on": plan.from_on.isoformat(),
                "first_on": plan.first_on.isoformat(),
            },
            "apr": f"{seen.compared.apr_percent:f}",
            "old": _side(seen.compared.old),
            "new": _side(seen.compared.new),
            "insured": seen.insured,
        }
        paid = paid_of([row.id]).get(row.id, 0)
        accord = _lay(session, row, AccordKind.SCHEDULE, content, reason, base_cents=paid, actor_id=actor_id, now=now)
        return accord.id


def _heading(row: MicrocreditDossier, person: Person) -> dict[str, Any]:
    bank = organisation_names([row.bank_id]).get(row.bank_id, "") if row.bank_id else ""
    return {"person": f"{person.first_name} {person.last_name}", "bank": bank}


def _side(side: Side) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(side).items()}


def _lay(
    session: Session,
    row: MicrocreditDossier,
    kind: AccordKind,
    content: Mapping[str, Any],
    reason: str,
    *,
    base_cents: int,
    actor_id: int | None,
    now: datetime,
) -> CreditAccord:
    written = (clean_text(reason) or "")[:REASON_MAX]
    if not written:
        raise ReasonMissing
    check_may_sign(person_id=row.person_id, on=day_of(now))
    before = waiting_of(row.id)
    if before is not None:
        _drop(before, now)
        session.flush()
    accord = CreditAccord(
        dossier_id=row.id,
        number=next_number(row.id),
        kind=kind,
        content=dict(content),
        sha256=digest(content),
        base_cents=base_cents,
        arrears_cents=content.get("arrears_cents", 0),
        reason=written,
        laid_at=now,
        laid_by_id=actor_id,
        signs_with=get_signatories(row.person_id, on=day_of(now)).signs,
    )
    session.add(accord)
    session.flush()
    write(row, accord, words.LAID, actor_id=actor_id, now=now)
    return accord


def drop(*, accord_id: int, actor_id: int | None, now: datetime) -> None:
    """Leave an agreement aside that waits: its link answers no more. Raises AccordOver, NotFound."""
    with transaction() as session:
        row = lock(MicrocreditDossier, load(CreditAccord, accord_id).dossier_id)
        accord = lock(CreditAccord, accord_id)
        if not ACCORDS.allows(accord.state, AccordAction.DROP):
            raise AccordOver
        _drop(accord, now)
        session.flush()
        write(row, accord, words.DROPPED, actor_id=actor_id, now=now)


def _drop(accord: CreditAccord, now: datetime) -> None:
    accord.state, accord.ended_at = ACCORDS.after(accord.state, AccordAction.DROP), now


def write(row: MicrocreditDossier, accord: CreditAccord, kind: str, *, actor_id: int | None, now: datetime) -> None:
    """Write what happened to an agreement into the journal and the audit log."""
    journal.write_act(
        person_id=row.person_id,
        subject_kind=dossier_words.SUBJECT,
        subject_id=row.id,
        action=kind,
        kind=kind,
        now=now,
        actor_id=actor_id,
        changes={"accord": (None, accord.number), "state": (None, accord.state.value)},
    )
