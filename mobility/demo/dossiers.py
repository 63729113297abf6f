"""The micro-credits of the demo: a budget, a project and a dossier for some people, each at another step of its way."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import select

from mobility.core.clock import day_of
from mobility.core.db import db, load
from mobility.documents import services as documents
from mobility.funding.rules import Purpose
from mobility.funding.services import ProjectDetails, open_project
from mobility.microcredit import parameters
from mobility.microcredit.accords import planning
from mobility.microcredit.accords.queries import get_accord, owner_of
from mobility.microcredit.accords.services import laying, signing
from mobility.microcredit.dossiers import checklist, queries, services
from mobility.microcredit.dossiers.services import BudgetDetails, Disbursement, Request
from mobility.microcredit.dossiers.services.bank import Answer
from mobility.microcredit.dossiers.standing import ask_of
from mobility.microcredit.followup.services import following, losses, plans
from mobility.microcredit.paperwork import services as paperwork
from mobility.microcredit.queries import offers_in_force
from mobility.microcredit.rules.accords import missing_signers
from mobility.microcredit.rules.budget import Item, ItemKind
from mobility.microcredit.rules.debts import DebtWay
from mobility.microcredit.rules.offers import refusals
from mobility.microcredit.rules.rescheduling import NewPlan
from mobility.microcredit.rules.states import Action
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.pathway.plan.rules.terms import Manner, Party
from mobility.pathway.services.signing import Mark
from mobility.people.models import Person
from mobility.people.queries import get_signatories
from mobility.people.rules import add_months

DAY = timedelta(days=1)
PROJECTS = (
    (Purpose.PURCHASE, "Clio d’occasion, garage Martin", 320_000),
    (Purpose.LICENCE, "Permis B, auto-école du Hainaut", 165_000),
    (Purpose.REPAIR, "Embrayage de la Twingo", 68_000),
)
# How far each dossier has come; the list begins again for the next people.
WAYS = ("begun", "sent", "refused", "repaying", "asked", "late", "rescheduled", "lost", "debts", "plan", "plan_to_sign")
PAID_OUT = frozenset({"repaying", "late", "rescheduled", "lost", "plan", "plan_to_sign"})


def build(random: Random, *, now: datetime) -> None:
    """Give some of those who have an adviser a dossier."""
    banks = list(db.session.scalars(select(Organisation.id).where(Organisation.kind == OrganisationKind.BANK)))
    people = db.session.execute(
        select(Person.id, Person.referent_user_id)
        .where(
            Person.referent_user_id.is_not(None),
            Person.erased_at.is_(None),
            Person.restricted_at.is_(None),
            Person.protected.is_(False),
        )
        .order_by(Person.id)
        .limit(len(WAYS))
    ).all()
    if not banks:
        return
    for number, (person_id, adviser_id) in enumerate(people):
        assert adviser_id is not None  # noqa: S101 - asked for above
        way = WAYS[number % len(WAYS)]
        at = now - (120 if way in PAID_OUT else 20) * DAY
        dossier_id = _open(random, person_id, adviser_id, random.choice(banks), number, at)
        _go(dossier_id, way, adviser_id, at, now)


def _open(random: Random, person_id: int, adviser_id: int, bank_id: int, number: int, at: datetime) -> int:
    acts: dict[str, Any] = {"actor_id": adviser_id, "now": at}
    items = [
        Item(ItemKind.WAGE, 100 * random.randrange(1150, 1650)),
        Item(ItemKind.HOUSING_AID, 100 * random.randrange(120, 260)),
        Item(ItemKind.RENT, 100 * random.randrange(420, 560)),
        Item(ItemKind.ENERGY, 100 * random.randrange(70, 130)),
        Item(ItemKind.PHONE, 100 * random.randrange(20, 45)),
    ]
    details = BudgetDetails(
        items,
        children=number % 3,
        account_cents=15_000,
        insurance_cents=5_200,
        commute_tenths=random.randrange(60, 240),
        gained_cents=15_000 if number % 3 == 1 else 0,
    )
    services.write_budget(person_id=person_id, details=details, **acts)
    purpose, title, cents = PROJECTS[number % len(PROJECTS)]
    project_id = open_project(person_id=person_id, details=ProjectDetails(purpose, title, cents), **acts)
    opinion = "Le projet répond à une embauche en horaires décalés, sans transport en commun. Le budget est tenu."
    months = 36 if cents > 100_000 else 18
    request = Request(cents, months, Decimal("3.5"), bank_id, opinion)
    offer_id = _lender(person_id, purpose, cents, months, at)
    if offer_id is not None:
        request = Request(cents, months, opinion=opinion, offer_id=offer_id)
    return services.open_dossier(project_id=project_id, request=request, **acts)


def _lender(person_id: int, purpose: Purpose, cents: int, months: int, at: datetime) -> int | None:
    """Return the first terms in force that lend this, or None."""
    person, on = db.session.get_one(Person, person_id), day_of(at)
    limits = parameters.limits(on=on)
    ask = ask_of(cents, months, purpose=purpose, person=person, on=on)
    for card in offers_in_force(desk_id=person.desk_id, on=on):
        if not refusals(card.bank.conditions, ask, most_cents=limits.cents, most_months=limits.months):
            return card.offer.id
    return None


def _bring(dossier_id: int, acts: dict[str, Any], *, age: timedelta = 9 * DAY) -> None:
    row = queries.get_dossier(dossier_id)
    dated_on = day_of(acts["now"]) - age
    for one in checklist.of_dossier(row, on=day_of(acts["now"])):
        if one.paper.code == "debt_papers":
            services.bring_paper(
                dossier_id=dossier_id, code=one.paper.code, dated_on=None, prepared=None, waived=True, **acts
            )
            continue
        with documents.prepare(_sheet(one.paper.label), "piece.jpg") as prepared:
            services.bring_paper(
                dossier_id=dossier_id, code=one.paper.code, dated_on=dated_on, prepared=prepared, **acts
            )


def _sheet(label: str) -> BytesIO:
    """Return a picture that says what it stands for."""
    sheet = Image.new("RGB", (420, 594), "white")
    ImageDraw.Draw(sheet).text((30, 40), f"Exemple : {label}".encode("ascii", "ignore").decode(), fill="black")
    kept = BytesIO()
    sheet.save(kept, "JPEG", quality=60)
    return BytesIO(kept.getvalue())


def _ask(dossier_id: int, adviser_id: int, now: datetime) -> None:
    """Ask for every paper by telephone; the person sent two, and one was to be done again."""
    row = queries.get_dossier(dossier_id)
    listed = [one.paper for one in checklist.of_dossier(row, on=day_of(now))]
    if not listed:
        return
    codes = [paper.code for paper in listed]
    paperwork.ask_papers(dossier_id=dossier_id, codes=codes, actor_id=adviser_id, now=now - 2 * DAY)
    for paper in listed[:2]:
        with documents.prepare(_sheet(paper.label), "photo.jpg", paper=True) as prepared:
            paperwork.send_page(dossier_id=dossier_id, code=paper.code, prepared=prepared, now=now - DAY)
    paperwork.refuse(
        dossier_id=dossier_id, code=codes[0], reason="La photo est floue.", actor_id=adviser_id, now=now - DAY / 2
    )


def _go(dossier_id: int, way: str, adviser_id: int, at: datetime, now: datetime) -> None:
    if way == "begun":
        _ask(dossier_id, adviser_id, now)
        return
    acts: dict[str, Any] = {"actor_id": adviser_id, "now": at}
    # Where the bank asks for more, some papers grow too old meanwhile: there is a task for them.
    _bring(dossier_id, acts, age=(62 if way == "asked" else 9) * DAY)
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, **acts)
    if checklist.wants_committee(queries.get_dossier(dossier_id)):
        services.move(dossier_id=dossier_id, action=Action.TO_COMMITTEE, **acts)
        services.move(dossier_id=dossier_id, action=Action.COMMITTEE_YES, **acts)
    sent = services.transmit(dossier_id=dossier_id, version=None, **acts)
    if way == "sent":
        return
    answers = {
        "refused": Answer(Action.REFUSE, "Mensualité trop haute pour le reste à vivre.", "Mme Lenoir", motive="budget"),
        "debts": Answer(Action.REFUSE, "Un ancien crédit n’est pas réglé.", "Mme Lenoir", motive="ficp"),
        "asked": Answer(Action.ASK_MORE, "Il nous faut le contrat de travail signé.", "Mme Lenoir"),
    }
    said = answers.get(way, Answer(Action.GRANT, "Assurance du véhicule à fournir.", "Mme Lenoir"))
    services.answer(transmission_id=sent, said=said, now=at + 2 * DAY)
    if way == "debts":
        services.begin_debts(
            dossier_id=dossier_id, way=DebtWay.OVER_INDEBTEDNESS, review_on=day_of(now) + 3 * DAY, version=None,
            actor_id=adviser_id, now=at + 5 * DAY,
        )  # fmt: skip
    if way not in PAID_OUT:
        return
    step: dict[str, Any] = {"dossier_id": dossier_id, "version": None, "actor_id": adviser_id}
    services.sign(on=day_of(at + 3 * DAY), now=at + 3 * DAY, **step)
    paid_at = at + 12 * DAY
    services.disburse(details=Disbursement(day_of(paid_at), "Garage Martin"), now=paid_at, **step)
    dues = [due for due in queries.dues_of(dossier_id) if due.due_on <= day_of(now) - 6 * DAY]
    for due in dues if way == "repaying" else dues[:-1]:
        services.note_payment(
            dossier_id=dossier_id, on=due.due_on, amount_cents=due.amount_cents, actor_id=adviser_id, now=now
        )
    services.watch_due(now=now)
    following.follow_loan(dossier_id, now=now)
    if way == "rescheduled":
        _reschedule(dossier_id, adviser_id, now)
    if way in {"plan", "plan_to_sign"}:
        _plan_arrears(dossier_id, adviser_id, now, signed=way == "plan")
    if way == "lost":
        left = queries.ledger_of(dossier_id, on=day_of(now)).left_cents
        losses.close_with_loss(
            on=day_of(now),
            loss_cents=left,
            reason="Départ sans adresse ; la banque a mis fin au crédit.",
            now=now,
            **step,
        )


def _reschedule(dossier_id: int, adviser_id: int, now: datetime) -> None:
    """Let the bank agree to smaller instalments over a longer time."""
    following.declare_change(
        dossier_id=dossier_id, said="Moins d’heures à partir de ce mois", actor_id=adviser_id, now=now
    )
    standing = plans.standing_of(queries.get_dossier(dossier_id), on=day_of(now))
    plan = NewPlan(standing.owed.cents, standing.rate, len(standing.left) + 12, day_of(now), add_months(day_of(now), 1))
    accord_id = laying.lay_schedule(
        dossier_id=dossier_id,
        plan=plan,
        reason="Moins d’heures de travail.",
        version=None,
        actor_id=adviser_id,
        now=now,
    )
    _agree(accord_id, adviser_id, now)


def _agree(accord_id: int, adviser_id: int, now: datetime) -> None:
    """Let whoever must sign do so on the desk's screen, and the bank give its paper."""
    accord = get_accord(accord_id)
    represented = get_signatories(owner_of(accord).id, on=day_of(now)).representatives
    for party in missing_signers(accord.signs_with, ()):
        by = represented[0].id if party is Party.REPRESENTATIVE else None
        mark = Mark(party, Manner.DESK, "Signature de démonstration", "", agreed=True, representative_id=by)
        signing.sign(accord_id=accord_id, mark=mark, actor_id=adviser_id, now=now)
    with documents.prepare(_sheet("accord de la banque"), "accord.jpg") as prepared:
        signing.note_bank(accord_id=accord_id, agreed_on=day_of(now), prepared=prepared, actor_id=adviser_id, now=now)


def _plan_arrears(dossier_id: int, adviser_id: int, now: datetime, *, signed: bool) -> None:
    """Spread what is late over some months, as the budget bears it."""
    row = queries.get_dossier(dossier_id)
    found = planning.arrears_of(row, on=day_of(now), desk_id=load(Person, row.person_id).desk_id)
    lines = planning.suggestion(found, first_on=planning.first_day(found, on=day_of(now)), months=3).lines
    accord_id = laying.lay_plan(
        dossier_id=dossier_id, lines=lines, reason="Un mois sans salaire.", version=None, actor_id=adviser_id, now=now
    )
    if signed:
        _agree(accord_id, adviser_id, now)
