"""One step of a dossier: the table, its evidence, the log, the journal, the pathway, the line that pays the project."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.clock import at_paris, day_of, format_date
from mobility.core.db import check_version, db, load, lock, transaction
from mobility.core.money import format_cents
from mobility.core.text import clean_text
from mobility.funding.models import FundingLine, Project
from mobility.funding.queries import awaited_quote
from mobility.funding.rules import LineState, Purpose
from mobility.funding.services import follow_line
from mobility.journal import services as journal
from mobility.microcredit import parameters as room
from mobility.microcredit.accords.laid import agreed_of
from mobility.microcredit.dossiers import checklist, words
from mobility.microcredit.dossiers.errors import ReasonMissing, StepNotReady
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditLog
from mobility.microcredit.dossiers.queries import has_living, rows_of, was_followed
from mobility.microcredit.dossiers.waiting import standing_debt_plan
from mobility.microcredit.rules.carrying import Wheels, carries_from
from mobility.microcredit.rules.completeness import Checked, lacking, unmasked
from mobility.microcredit.rules.debts import DebtOutcome
from mobility.microcredit.rules.law import signed_dates
from mobility.microcredit.rules.states import (
    AGREED,
    DATED,
    DOSSIERS,
    REASONED,
    Action,
    Facts,
    Party,
    State,
    missing,
    party_of,
)
from mobility.microcredit.rules.states import SIGNED as AFTER_SIGNATURE
from mobility.pathway.rules import StepState
from mobility.pathway.services import put_step
from mobility.people.kinds import RepresentativeKind
from mobility.people.models import Person, PersonLicence, Representative
from mobility.people.rules import Mandate, add_months, fit_kinds

REASON_MAX = 1000
ADULT_MONTHS = 18 * 12
STEP_STATES: Mapping[State, StepState] = {
    **dict.fromkeys(State, StepState.AGREED),
    **dict.fromkeys((State.DISBURSED, State.REPAYING, State.INCIDENT, State.RESCHEDULED), StepState.ACTIVE),
    State.CLOSED: StepState.DONE,
    State.REFUSED: StepState.AGREED,
    State.WITHDRAWN: StepState.DROPPED,
}
LINE_STATES: Mapping[State, LineState] = {
    **dict.fromkeys(State, LineState.PLANNED),
    **dict.fromkeys((State.TRANSMITTED, State.MORE_INFORMATION), LineState.ASKED),
    **dict.fromkeys((State.GRANTED, State.OFFER_SIGNED), LineState.GRANTED),
    **dict.fromkeys((State.DISBURSED, State.REPAYING, State.INCIDENT, State.RESCHEDULED, State.CLOSED), LineState.PAID),
    State.REFUSED: LineState.REFUSED,
    State.WITHDRAWN: LineState.DROPPED,
}
# What the line says of a refusal; the bank's own words stay in the dossier.
REFUSED_BY_BANK = "Refusé par la banque"
# What the plan's step says of a dossier that waits.
WAITS = " (les dettes d’abord)"


def must_cosign(person: Person, *, on: date) -> bool:
    """Tell whether somebody signs for the person, or beside them, on a day (curator, guardian, parent)."""
    return bool(_fitting(person, on))


def _fitting(person: Person, on: date) -> frozenset[RepresentativeKind]:
    """Return in which qualities somebody signs too; without a birth date the person is taken for an adult."""
    born_on = person.born_on or add_months(on, -ADULT_MONTHS)
    return fit_kinds(born_on=born_on, legal_protection=person.legal_protection, on=on)


def _cosigns(row: MicrocreditDossier, person: Person, on: date) -> bool:
    """Tell whether the representative of the dossier may sign on a day: the quality fits, and the mandate stands."""
    if row.cosigner_id is None:
        return False
    one = load(Representative, row.cosigner_id)
    return one.kind in _fitting(person, on) and Mandate(one.kind, one.valid_from_on, one.valid_until_on).stands_on(on)


def facts_of(row: MicrocreditDossier, *, on: date, papers: tuple[Checked, ...] | None = None) -> Facts:
    """Return what the steps of a dossier are judged by on a day; ``papers`` where they were read already."""
    person = load(Person, row.person_id)
    if papers is None:
        papers = checklist.of_dossier(row, on=on)
    return Facts(
        missing_papers=lacking(papers),
        unmasked_papers=unmasked(papers),
        wants_committee=checklist.wants_committee(row),
        has_bank=row.bank_id is not None,
        has_opinion=bool(row.opinion.strip()),
        has_budget=row.budget_id is not None and bool(rows_of(row.budget_id)),
        committee_said_yes=row.committee_on is not None,
        needs_cosigner=must_cosign(person, on=on),
        has_cosigner=_cosigns(row, person, on),
        granted_on=row.granted_on,
        signed_on=row.signed_on,
        dates=None if row.signed_on is None else signed_dates(row.signed_on, room.delays(contract_on=row.signed_on)),
        disbursed=row.disbursed_on is not None,
        pays_seller=bool(row.paid_to),
        awaited_price=_awaited_price(row.project_id),
        debts_first=standing_debt_plan(row.id) is not None,
        has_payoff=row.payoff_document_id is not None,
        **agreed_of(row.id),
    )


def check_step(row: MicrocreditDossier, action: Action, *, on: date | None, today: date) -> None:
    """Raise StepNotReady where a step still needs something. ``on``: the day that its paper bears."""
    # The mandate of who signs beside the person counts on the day of the signature.
    judged_on = on if on is not None and action is Action.SIGN else today
    against = missing(action, facts_of(row, on=judged_on), on=on or today, today=today)
    if action is Action.REWORK and has_living(row.project_id):
        against = (*against, "Un autre dossier est déjà en cours pour ce projet.")
    if against:
        raise StepNotReady(why=" ".join(against), field="on" if action in DATED else None if on is None else "said_on")


def _awaited_price(project_id: int) -> str:
    target = awaited_quote(project_id)
    return "" if target is None else f"{target.seller}, {format_cents(target.amount_cents)}"


def take(
    session: Session,
    row: MicrocreditDossier,
    action: Action,
    *,
    actor_id: int | None,
    now: datetime,
    on: date | None = None,
    reason: str | None = None,
    party: Party | None = None,
    transmission_id: int | None = None,
    motive: str = "",
) -> None:
    """Take a step of a dossier that is locked: check, change, log, and let what depends on it follow.

    ``on``: the day that the step's paper bears; ``motive``: the code of a refusal's. Raises ForbiddenTransition, StepNotReady, ReasonMissing.
    """
    today = day_of(now)
    target = DOSSIERS.after(row.state, action)
    check_step(row, action, on=on, today=today)
    written = (clean_text(reason or "") or "")[:REASON_MAX]
    if action in REASONED and not written:
        raise ReasonMissing
    if action is Action.WITHDRAW and on is not None and on != today:
        written = f"Le {format_date(on, weekday=False, year=today.year)} : {written}"[:REASON_MAX]
    before, row.state, row.updated_at = row.state, target, now
    row.reason, row.motive = written if action in REASONED else "", motive
    if action is Action.COMMITTEE_YES:
        row.committee_on = today
    if action in {Action.REOPEN, Action.REWORK, Action.COMMITTEE_NO}:
        row.committee_on = None
    if action is Action.WITHDRAW and (waits := standing_debt_plan(row.id)) is not None:
        waits.outcome, waits.ended_at = DebtOutcome.GIVEN_UP, now
    session.flush()
    session.add(
        MicrocreditLog(
            dossier_id=row.id,
            at=now,
            action=action,
            from_state=before,
            to_state=target,
            party=party or party_of(action),
            actor_id=actor_id,
            transmission_id=transmission_id,
            words=written,
            motive=motive,
        )
    )
    session.flush()
    follow(session, row, now=now)
    journal.write_act(
        person_id=row.person_id,
        subject_kind=words.SUBJECT,
        subject_id=row.id,
        action=f"microcredit.{action.value}",
        kind=f"microcredit.{action.value}",
        now=now,
        actor_id=actor_id,
        changes={"state": (before.value, target.value)},
    )


def _carries_from(row: MicrocreditDossier, project: Project, *, on: date) -> date | None:
    """Return from when the vehicle that the loan pays carries the person, or None."""
    licences = db.session.scalars(select(PersonLicence).where(PersonLicence.person_id == row.person_id))
    wheels = Wheels(
        purpose=Purpose(project.purpose.value),
        state=row.state,
        may_drive=any(_drives(licence, on) for licence in licences),
        granted_on=row.granted_on,
        signed_on=row.signed_on,
        disbursed_on=row.disbursed_on,
        gone_on=row.gone_on,
    )
    contract_on = row.signed_on or row.granted_on or on
    return carries_from(wheels, room.delays(contract_on=contract_on), today=on)


def _drives(licence: PersonLicence, on: date) -> bool:
    if licence.valid_until_on is not None and licence.valid_until_on < on:
        return False
    since, until = licence.suspended_from_on, licence.suspended_until_on
    return since is None or since > on or (until is not None and until < on)


def follow(session: Session, row: MicrocreditDossier, *, now: datetime) -> None:
    """Bring the pathway's step and the project's line up to date."""
    project = load(Project, row.project_id)
    state = LINE_STATES[row.state]
    line = session.scalars(select(FundingLine).where(FundingLine.id == row.line_id)).one()
    if (line.state, line.amount_cents) != (state, row.amount_cents):
        follow_line(
            line_id=row.line_id,
            amount_cents=row.amount_cents,
            state=state,
            now=now,
            reason=REFUSED_BY_BANK if state is LineState.REFUSED else "",
        )
    if was_followed(row.id):
        return  # its step of the pathway is the following dossier's
    signed = row.state in AFTER_SIGNATURE
    carries_on = _carries_from(row, project, on=day_of(now))
    starts_on = carries_on or (row.disbursed_on or row.signed_on if signed else None)
    put_step(
        person_id=row.person_id,
        objective_id=project.objective_id,
        aid_kind=words.AID_KIND,
        aid_ref=row.id,
        title=f"{words.AID_LABEL}{WAITS if standing_debt_plan(row.id) else ''} – {project.title}"[:160],
        state=STEP_STATES[row.state],
        starts_at=None if starts_on is None else at_paris(starts_on, time(0)),
        ends_at=None,
        cost_cents=None,
        covers=carries_on is not None,
        now=now,
    )


def move(
    *,
    dossier_id: int,
    action: Action,
    actor_id: int | None,
    now: datetime,
    reason: str | None = None,
    version: int | None = None,
    said_on: date | None = None,
) -> None:
    """Take a step that needs no more than a word. Raises as ``take``, StaleVersion, NotFound.

    ``said_on``: the day on which the person said that they withdraw, which the law's days are counted to; None: today.
    Raises ValueError for the steps of others.
    """
    if party_of(action) is not Party.ADVISER or action in DATED | AGREED | {Action.TRANSMIT}:
        raise ValueError(f"{action} has a use case of its own")
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        # By hand a loan is only closed before everything is paid: the last payment closes it by itself.
        if action is Action.CLOSE and not (clean_text(reason or "") or ""):
            raise ReasonMissing
        on = said_on if action is Action.WITHDRAW else None
        take(session, row, action, actor_id=actor_id, now=now, on=on, reason=reason)
