"""Debts first: a dossier goes back to us and waits, somebody looks at it on a day, and it goes on where it was."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from mobility.core.clock import day_of
from mobility.core.db import check_version, lock, transaction, violated_constraint
from mobility.core.errors import NotFound
from mobility.core.text import clean_text
from mobility.journal import services as journal
from mobility.microcredit.dossiers import words
from mobility.microcredit.dossiers.errors import DossierInvalid, StepNotReady
from mobility.microcredit.dossiers.models import Budget, MicrocreditDebtPlan, MicrocreditDossier
from mobility.microcredit.dossiers.queries import find_budget, items_of, rows_of
from mobility.microcredit.dossiers.services.steps import REASON_MAX, follow, take
from mobility.microcredit.dossiers.standing import standing_of
from mobility.microcredit.dossiers.waiting import standing_debt_plan
from mobility.microcredit.rules.budget import Household, figures
from mobility.microcredit.rules.changes import Change, ChangeKind
from mobility.microcredit.rules.debts import DebtOutcome, DebtWay, against_review, against_settling
from mobility.microcredit.rules.states import OPEN, Action, State


def debt_change(row: MicrocreditDossier, *, on: date) -> Change | None:
    """Return the proposal « debts first » of a dossier, or None where it is none (some ten queries)."""
    found = standing_of(row, on=on).changes
    return next((one for one in found if one.kind is ChangeKind.DEBT_FIRST), None)


def credits_of(budget: Budget | None, *, on: date) -> int:
    """Return the other instalments of a month by a budget, in cents (one query)."""
    if budget is None:
        return 0
    return figures(items_of(rows_of(budget.id)), Household(budget.others, budget.children), on=on).credits


def begin_debts(
    *, dossier_id: int, way: DebtWay, review_on: date, version: int | None, actor_id: int | None, now: datetime
) -> int:
    """Let a dossier wait until its person's debts have an outcome; it comes back to us. Return the plan's id.

    Raises DossierInvalid where it is not proposed or stands already, StepNotReady, StaleVersion, NotFound.
    """
    today = day_of(now)
    if why := against_review(review_on, today=today):
        raise DossierInvalid(why, field="review_on")
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        if row.state not in OPEN | {State.COMPLETE, State.REFUSED}:
            raise DossierInvalid("Ce dossier n’est plus à l’antenne : il ne peut pas attendre ici.")
        if standing_debt_plan(row.id) is not None:
            raise DossierInvalid("Ce dossier attend déjà.")
        change = debt_change(row, on=today)
        if change is None:
            raise DossierInvalid("Les chiffres ont changé entre-temps : relisez ce qui est proposé.")
        before = credits_of(find_budget(row.person_id), on=today)
        back = {State.COMPLETE: Action.REOPEN, State.REFUSED: Action.REWORK}.get(row.state)
        if back is not None:
            take(session, row, back, actor_id=actor_id, now=now)
        _touch(row, now)
        plan = MicrocreditDebtPlan(
            dossier_id=row.id,
            way=way,
            before_cents=before,
            most_cents=change.credits_cents,
            began_at=now,
            began_by_id=actor_id,
            review_on=review_on,
        )
        session.add(plan)
        try:
            session.flush()
        except IntegrityError as error:
            if "microcredit_debt_plan" not in violated_constraint(error):
                raise
            raise DossierInvalid("Ce dossier attend déjà.") from error
        follow(session, row, now=now)
        _record(
            row, words.DEBTS_BEGUN_KIND, actor_id=actor_id, now=now, way=(None, way.value), review_on=(None, review_on)
        )
        return plan.id


def review_debts(
    *, dossier_id: int, review_on: date, note: str = "", version: int | None, actor_id: int | None, now: datetime
) -> None:
    """Note that it was looked at, and when next. Raises DossierInvalid, StaleVersion, NotFound."""
    if why := against_review(review_on, today=day_of(now)):
        raise DossierInvalid(why, field="review_on")
    with transaction() as session:
        row, plan = _standing(dossier_id, version)
        before, plan.review_on = plan.review_on, review_on
        _touch(row, now)
        session.flush()
        _record(
            row, words.DEBTS_REVIEWED_KIND, note=note, actor_id=actor_id, now=now, review_on=(before, review_on)
        )  # fmt: skip


def end_debts(
    *,
    dossier_id: int,
    outcome: DebtOutcome,
    note: str = "",
    version: int | None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Note how it ended: the dossier goes on, with the person's last budget.

    Raises StepNotReady (debts are said to have an outcome that the budget does not show), StaleVersion, NotFound.
    """
    with transaction() as session:
        row, plan = _standing(dossier_id, version)
        lacks = lacks_of(row, plan, on=day_of(now)) if outcome is DebtOutcome.SETTLED else ()
        if lacks:
            raise StepNotReady(why=" ".join(lacks))
        plan.outcome, plan.ended_at = outcome, now
        _touch(row, now)
        budget = find_budget(row.person_id)
        row.budget_id = None if budget is None else budget.id
        session.flush()
        follow(session, row, now=now)
        _record(
            row, words.DEBTS_ENDED_KIND, note=note, actor_id=actor_id, now=now, outcome=(None, outcome.value)
        )  # fmt: skip


def lacks_of(row: MicrocreditDossier, plan: MicrocreditDebtPlan, *, on: date) -> tuple[str, ...]:
    """Say what the budget still lacks before debts may be said to have an outcome (two queries)."""
    budget = find_budget(row.person_id)
    return against_settling(
        credits_cents=credits_of(budget, on=on),
        most_cents=plan.most_cents,
        told_since=budget is not None and budget.updated_at > plan.began_at,
    )


def _standing(dossier_id: int, version: int | None) -> tuple[MicrocreditDossier, MicrocreditDebtPlan]:
    row = lock(MicrocreditDossier, dossier_id)
    check_version(row, version)
    plan = standing_debt_plan(row.id)
    if plan is None:
        raise NotFound("debt plan")
    return row, plan


def _touch(row: MicrocreditDossier, now: datetime) -> None:
    row.updated_at = now
    flag_modified(row, "updated_at")  # the version rises even when two changes fall on one instant


def _record(
    row: MicrocreditDossier,
    kind: str,
    *,
    actor_id: int | None,
    now: datetime,
    note: str = "",
    **changes: tuple[object, object],
) -> None:
    journal.write_act(
        person_id=row.person_id,
        subject_kind=words.SUBJECT,
        subject_id=row.id,
        action=kind,
        kind=kind,
        now=now,
        actor_id=actor_id,
        changes=changes,
        note=(clean_text(note) or "")[:REASON_MAX] or None,
    )
