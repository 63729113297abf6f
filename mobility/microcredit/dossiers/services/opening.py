"""A dossier is opened on a project, and changed until the bank has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.exc import IntegrityError

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import check_version, load, lock, transaction, violated_constraint
from mobility.core.errors import NotFound
from mobility.core.money import format_cents
from mobility.core.text import clean_text
from mobility.funding.models import Project
from mobility.funding.rules import LineState, Source
from mobility.funding.services import follow_line, put_line
from mobility.microcredit import parameters as room
from mobility.microcredit.dossiers import words
from mobility.microcredit.dossiers.errors import DossierInvalid
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.dossiers.queries import find_budget
from mobility.microcredit.dossiers.services.steps import follow, take
from mobility.microcredit.rules.schedule import check_terms
from mobility.microcredit.rules.states import OPEN, Action, State
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.pathway.services import link_step
from mobility.people.models import Representative

OPINION_MAX = 4000


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a bank. ``rate``: per cent a year."""

    amount_cents: int
    months: int
    rate: Decimal
    bank_id: int | None = None
    opinion: str = ""
    cosigner_id: int | None = None


def _check(request: Request, *, now: datetime) -> None:
    limits = room.limits(on=day_of(now))
    if request.amount_cents > limits.cents:
        raise DossierInvalid(
            "Un micro-crédit va jusqu’à %(most)s.", field="amount_cents", most=format_cents(limits.cents)
        )
    if request.months > limits.months:
        raise DossierInvalid("Un micro-crédit dure au plus %(most)s mois.", field="months", most=limits.months)
    check_terms(request.amount_cents, request.rate, request.months)
    if request.bank_id is not None and load(Organisation, request.bank_id).kind is not OrganisationKind.BANK:
        raise NotFound("bank")


def _fill(row: MicrocreditDossier, request: Request, now: datetime) -> None:
    if request.cosigner_id is not None and load(Representative, request.cosigner_id).person_id != row.person_id:
        raise NotFound("representative")
    row.amount_cents, row.months, row.rate = request.amount_cents, request.months, f"{request.rate.normalize():f}"
    row.bank_id, row.cosigner_id = request.bank_id, request.cosigner_id
    row.opinion = (clean_text(request.opinion) or "")[:OPINION_MAX]
    row.updated_at = now


def open_dossier(
    *, project_id: int, request: Request, actor_id: int | None, now: datetime, step_id: int | None = None
) -> int:
    """Open a dossier on a project: the loan takes its place in what pays it; return the dossier's id.

    Raises DossierInvalid, TermsImpossible, StackExceeds, NotFound, and as ``link_step`` for a step of the plan.
    """
    _check(request, now=now)
    with transaction() as session:
        project = lock(Project, project_id)
        budget = find_budget(project.person_id)
        line_id = put_line(
            project_id=project_id,
            source=Source.MICROCREDIT,
            amount_cents=request.amount_cents,
            actor_id=actor_id,
            now=now,
        )
        row = MicrocreditDossier(
            person_id=project.person_id,
            project_id=project_id,
            line_id=line_id,
            budget_id=None if budget is None else budget.id,
            adviser_id=actor_id,
            state=State.ORIENTATION,
            opened_at=now,
        )
        _fill(row, request, now)
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:
            if "microcredit_dossier" not in violated_constraint(error):
                raise
            raise DossierInvalid("Ce projet a déjà un dossier en cours.") from error
        if step_id is not None:
            link_step(step_id=step_id, person_id=row.person_id, aid_kind=words.AID_KIND, aid_ref=row.id, now=now)
        take(session, row, Action.START, actor_id=actor_id, now=now)
        return row.id


def change_request(
    *, dossier_id: int, request: Request, version: int | None, actor_id: int | None, now: datetime
) -> None:
    """Change what is asked, until the dossier is complete; the person's last budget is taken with it.

    Raises DossierInvalid, TermsImpossible, StackExceeds, StaleVersion, NotFound.
    """
    _check(request, now=now)
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        if row.state not in OPEN:
            raise DossierInvalid("Reprenez d’abord le dossier pour le changer.")
        budget = find_budget(row.person_id)
        row.budget_id = None if budget is None else budget.id
        before = row.amount_cents
        _fill(row, request, now)
        session.flush()
        audit.record(
            actor_id=actor_id,
            action="update",
            subject_kind=words.SUBJECT,
            subject_id=row.id,
            person_id=row.person_id,
            now=now,
            changes={"amount_cents": (before, row.amount_cents)},
        )
        follow_line(line_id=row.line_id, amount_cents=row.amount_cents, state=LineState.PLANNED, now=now)
        follow(session, row, now=now)
