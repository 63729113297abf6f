"""A dossier is opened on a project, and changed until the bank has it."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from mobility.microcredit.dossiers.standing import ask_of, offer_at
from mobility.microcredit.queries import conditions_of
from mobility.microcredit.rules.offers import rate_for, refusals
from mobility.microcredit.rules.schedule import check_terms
from mobility.microcredit.rules.states import OPEN, Action, State
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.pathway.services import link_step, pass_step
from mobility.people.models import Person, Representative

OPINION_MAX = 4000
# What the access log tells of a change.
_TRACED = ("amount_cents", "months", "rate", "bank_id", "offer_id")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a bank. ``rate``: per cent a year, typed; with ``offer_id`` the offer says it, and the bank."""

    amount_cents: int
    months: int
    rate: Decimal = Decimal(0)
    bank_id: int | None = None
    opinion: str = ""
    cosigner_id: int | None = None
    offer_id: int | None = None


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


def _on_its_terms(request: Request, project: Project, *, now: datetime) -> Request:
    """Return a request with the bank and the rate of the offer that it takes; a typed one as it is.

    Raises DossierInvalid where the offer is over, or does not lend this.
    """
    if request.offer_id is None:
        return request
    on, person = day_of(now), load(Person, project.person_id)
    found = offer_at(request.offer_id, desk_id=person.desk_id, on=on)
    if found is None:
        raise DossierInvalid("Ces conditions ne sont plus en vigueur : choisissez-en d’autres.", field="offer_id")
    offer, partner = found
    limits, conditions = room.limits(on=on), conditions_of(offer)
    ask = ask_of(request.amount_cents, request.months, purpose=project.purpose, person=person, on=on)
    why = refusals(conditions, ask, most_cents=limits.cents, most_months=limits.months)
    rate = rate_for(conditions, request.amount_cents, request.months)
    if why or rate is None:
        raise DossierInvalid("%(why)s", why=" ".join(why), field="offer_id")
    return replace(request, rate=rate, bank_id=partner.organisation_id)


def _fill(row: MicrocreditDossier, request: Request, now: datetime) -> None:
    if request.cosigner_id is not None and load(Representative, request.cosigner_id).person_id != row.person_id:
        raise NotFound("representative")
    row.amount_cents, row.months, row.rate = request.amount_cents, request.months, f"{request.rate.normalize():f}"
    row.bank_id, row.offer_id, row.cosigner_id = request.bank_id, request.offer_id, request.cosigner_id
    row.opinion = (clean_text(request.opinion) or "")[:OPINION_MAX]
    row.updated_at = now


def open_dossier(
    *,
    project_id: int,
    request: Request,
    actor_id: int | None,
    now: datetime,
    step_id: int | None = None,
    previous_id: int | None = None,
    note: str = "",
) -> int:
    """Open a dossier on a project: the loan takes its place in what pays it; return the dossier's id.

    ``previous_id``: the refused dossier that it follows, whose step of the pathway it takes on; ``note`` says in its log
    why. Raises DossierInvalid, TermsImpossible, StackExceeds, NotFound, and as ``link_step`` for a step of the plan.
    """
    with transaction() as session:
        project = lock(Project, project_id)
        request = _on_its_terms(request, project, now=now)
        _check(request, now=now)
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
            previous_id=previous_id,
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
        if previous_id is not None:
            pass_step(aid_kind=words.AID_KIND, from_ref=previous_id, to_ref=row.id, now=now)
        take(session, row, Action.START, actor_id=actor_id, now=now, reason=note)
        return row.id


def change_request(
    *, dossier_id: int, request: Request, version: int | None, actor_id: int | None, now: datetime
) -> None:
    """Change what is asked, until the dossier is complete; the person's last budget is taken with it.

    Raises DossierInvalid, TermsImpossible, StackExceeds, StaleVersion, NotFound.
    """
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        if row.state not in OPEN:
            raise DossierInvalid("Reprenez d’abord le dossier pour le changer.")
        request = _on_its_terms(request, load(Project, row.project_id), now=now)
        _check(request, now=now)
        budget = find_budget(row.person_id)
        row.budget_id = None if budget is None else budget.id
        before = {name: getattr(row, name) for name in _TRACED}
        _fill(row, request, now)
        session.flush()
        audit.record(
            actor_id=actor_id,
            action="update",
            subject_kind=words.SUBJECT,
            subject_id=row.id,
            person_id=row.person_id,
            now=now,
            changes={name: (was, getattr(row, name)) for name, was in before.items() if was != getattr(row, name)},
        )
        follow_line(line_id=row.line_id, amount_cents=row.amount_cents, state=LineState.PLANNED, now=now)
        follow(session, row, now=now)
