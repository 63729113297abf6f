"""Projects of the hostile world, with quotes and what pays them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, true

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.documents import services as documents
from mobility.funding import queries, services
from mobility.funding.rules import LineAction, Purpose, Source
from mobility.funding.services import ProjectDetails, Quote
from mobility.microcredit.accords import planning
from mobility.microcredit.accords.queries import get_accord
from mobility.microcredit.accords.services import laying, signing
from mobility.microcredit.dossiers import checklist
from mobility.microcredit.dossiers import services as credit
from mobility.microcredit.dossiers.queries import get_dossier
from mobility.microcredit.dossiers.services import BudgetDetails, Request
from mobility.microcredit.dossiers.services.bank import Answer
from mobility.microcredit.followup.counting import Wanted
from mobility.microcredit.followup.services import counts, following, statements
from mobility.microcredit.paperwork import services as paperwork
from mobility.microcredit.rules.accords import missing_signers
from mobility.microcredit.rules.budget import Item, ItemKind
from mobility.microcredit.rules.indicators import Axis
from mobility.microcredit.rules.states import Action
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.pathway.plan.rules.terms import Manner
from mobility.pathway.services.signing import Mark
from mobility.people.models import Person
from mobility.people.queries import get_signatories
from tests.factories.documents import picture
from tests.factories.organisations import make_organisation


def finance(person_id: int, *, adviser_id: int, words: str, now: datetime) -> int:
    """Give a person a project that a quote prices, that one source pays and another refused."""
    acts: dict[str, Any] = {"actor_id": adviser_id, "now": now}
    details = ProjectDetails(Purpose.PURCHASE, f"Voiture {words}"[:160], 400_000)
    project_id = services.open_project(person_id=person_id, details=details, **acts)
    quote = Quote(f"Garage {words}"[:160], 350_000, day_of(now), label=words[:160])
    services.add_quote(project_id=project_id, quote=quote, **acts)
    services.put_line(project_id=project_id, source=Source.OWN, amount_cents=10_000, label=words, **acts)
    asked = services.put_line(project_id=project_id, source=Source.EMPLOYER, amount_cents=20_000, label=words, **acts)
    step: dict[str, Any] = {"project_id": project_id, "line_id": asked, **acts}
    services.move_line(action=LineAction.ASK, **step)
    services.move_line(action=LineAction.REFUSE, reason=words, **step)
    lend(person_id, project_id, words=words, acts=acts)
    return project_id


def lend(person_id: int, project_id: int, *, words: str, acts: dict[str, Any]) -> int:
    """Open a dossier on a project; every third person's goes to the bank, which refuses it."""
    details = BudgetDetails([Item(ItemKind.WAGE, 140_000), Item(ItemKind.RENT, 50_000)], children=1, commute_tenths=120)
    credit.write_budget(person_id=person_id, details=details, **acts)
    bank = db.session.scalars(select(Organisation.id).where(Organisation.kind == OrganisationKind.BANK)).first()
    request = Request(200_000, 24, Decimal("3.5"), bank or make_organisation(OrganisationKind.BANK).id, words)
    dossier_id = credit.open_dossier(project_id=project_id, request=request, **acts)
    row = get_dossier(dossier_id)
    for one in checklist.of_dossier(row, on=day_of(acts["now"])):
        paper: dict[str, Any] = {"dossier_id": dossier_id, "code": one.paper.code, "dated_on": None, "prepared": None}
        credit.bring_paper(waived=True, **paper, **acts)
    sends(dossier_id, now=acts["now"])
    if person_id % 3 == 0:
        credit.move(dossier_id=dossier_id, action=Action.COMPLETE, **acts)
        sent = credit.transmit(dossier_id=dossier_id, version=None, **acts)
        credit.answer(
            transmission_id=sent, said=Answer(Action.REFUSE, words, words[:100], motive="other"), now=acts["now"]
        )
    if person_id % 3 == 1:
        fall_behind(dossier_id, words=words, acts=acts)
    return dossier_id


def sends(dossier_id: int, *, now: datetime) -> None:
    """Ask the person for the first paper of a dossier, let them send a page of it; the second grows too old."""
    row = get_dossier(dossier_id)
    codes = [one.paper.code for one in checklist.of_dossier(row, on=day_of(now))]
    if not codes:
        return
    paperwork.ask_papers(dossier_id=dossier_id, codes=codes[:1], actor_id=None, now=now)
    prepared = documents.prepare_bytes(picture(), "photo.jpg", paper=True)
    paperwork.send_page(dossier_id=dossier_id, code=codes[0], prepared=prepared, now=now)
    ageing = next((one.paper for one in checklist.of_dossier(row, on=day_of(now)) if one.paper.most_months), None)
    if ageing is not None and ageing.code != codes[0]:
        prepared = documents.prepare_bytes(picture(), "ancien.jpg", paper=True)
        dated_on = day_of(now) - timedelta(days=30 * (ageing.most_months or 0) - 3)
        credit.bring_paper(
            dossier_id=dossier_id, code=ageing.code, dated_on=dated_on, prepared=prepared, actor_id=None, now=now
        )


def fall_behind(dossier_id: int, *, words: str, acts: dict[str, Any]) -> None:
    """Let a dossier be granted and paid out long ago, and its first instalment missed."""
    now = acts["now"]
    before, paid_at = now - timedelta(days=60), now - timedelta(days=51)
    then: dict[str, Any] = {"dossier_id": dossier_id, "actor_id": acts["actor_id"]}
    credit.move(action=Action.COMPLETE, now=before, **then)
    sent = credit.transmit(version=None, now=before, **then)
    credit.answer(transmission_id=sent, said=Answer(Action.GRANT, words, words[:100]), now=before)
    credit.sign(on=day_of(before), version=None, now=before, **then)
    credit.disburse(details=credit.Disbursement(day_of(paid_at), words[:160]), version=None, now=paid_at, **then)
    credit.note_payment(on=day_of(paid_at), amount_cents=100, reference=words[:80], now=now, **then)
    credit.watch_due(now=now)
    following.declare_change(said=words, now=now, **then)
    following.follow_loan(dossier_id, now=now)
    plans_arrears(dossier_id, words=words, acts=acts)


def plans_arrears(dossier_id: int, *, words: str, acts: dict[str, Any]) -> None:
    """Let what is late be spread by a plan that is kept as yet, and another one wait for its signature."""
    now = acts["now"]
    row = get_dossier(dossier_id)
    for waits in (False, True):
        found = planning.arrears_of(row, on=day_of(now), desk_id=db.session.get_one(Person, row.person_id).desk_id)
        lines = planning.suggestion(found, first_on=planning.first_day(found, on=day_of(now)), months=2).lines
        accord_id = laying.lay_plan(dossier_id=dossier_id, lines=lines, reason=words, version=None, **acts)
        if waits:
            return
        for party in missing_signers(get_accord(accord_id).signs_with, ()):
            by = get_signatories(row.person_id, on=day_of(now)).representatives[:1]
            mark = Mark(
                party, Manner.DESK, f"{words} a"[:100], "", agreed=True, representative_id=by[0].id if by else None
            )
            signing.sign(accord_id=accord_id, mark=mark, **acts)
        signing.note_bank(
            accord_id=accord_id,
            agreed_on=day_of(now),
            prepared=documents.prepare_bytes(picture(), "accord.jpg"),
            **acts,
        )


def frozen_figures(desk_id: int, *, now: datetime) -> int:
    """Freeze the indicators of a desk."""
    wanted = Wanted(day_of(now) - timedelta(days=90), day_of(now), Axis.DESK, frozenset([desk_id]))
    return counts.freeze(wanted=wanted, small=1, actor_id=None, now=now)


def more_of(person_id: int, *, adviser_id: int, number: int, now: datetime) -> None:
    """Let a person have one more project, and their first one more of everything."""
    acts: dict[str, Any] = {"actor_id": adviser_id, "now": now}
    details = ProjectDetails(Purpose.REPAIR, f"Réparation {number}", 50_000)
    project_id = services.open_project(person_id=person_id, details=details, **acts)
    lend_more = Request(30_000, 6, Decimal(3), None, f"Encore {number}")
    credit.open_dossier(project_id=project_id, request=lend_more, **acts)
    first = queries.projects_of(person_id)[-1][0].id
    services.add_quote(project_id=first, quote=Quote(f"Garage {number}", 10_000, day_of(now)), **acts)
    services.put_line(project_id=first, source=Source.OTHER, amount_cents=1_000, label=f"Amis {number}", **acts)


def a_statement(user_id: int, *, now: datetime) -> int:
    """Let somebody bring a bank's file, which they have not confirmed yet."""
    data = "référence;date;montant\nMC-000001;05/01/2026;88,57\nMC-000002;x;=1+1\n".encode()
    return statements.preview(data=data, filename="releve.csv", visible=true(), actor_id=user_id, now=now)
