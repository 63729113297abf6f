"""Bank partners for managers; the simulator of offers for advisers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from mobility.accounts.audit import record_view
from mobility.core.clock import now, today
from mobility.core.web.access import ALL_DESKS, Permission, actor, requires
from mobility.desks.queries import list_desks
from mobility.funding.queries import get_project
from mobility.funding.rules import PURPOSE_LABELS
from mobility.microcredit import parameters, queries, services
from mobility.microcredit.dossiers.forms import TakeOfferForm
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.dossiers.queries import dossiers_of, find_budget, tell
from mobility.microcredit.forms import OfferForm, PartnerForm, SimulatorForm
from mobility.microcredit.models import CreditOffer, CreditPartner
from mobility.microcredit.rules.capacity import LIGHT_LABELS, LIGHT_TONES
from mobility.microcredit.rules.changes import CHANGE_LABELS, Bounds
from mobility.microcredit.rules.offers import announced_percent
from mobility.microcredit.rules.simulation import Offered, Simulation, simulate
from mobility.microcredit.rules.states import OPEN
from mobility.microcredit.rules.words import percent_fr
from mobility.organisations.queries import organisation_choices, organisation_names
from mobility.organisations.rules import OrganisationKind
from mobility.people.queries import PersonCard, get_person_card
from mobility.people.rules import add_months

bp = Blueprint("microcredit", __name__)
USUAL_CENTS, USUAL_MONTHS, USUAL_DELAY_DAYS = 3000_00, 36, 15


# -- Bank partners -------------------------------------------------------------------------------------


@bp.get("/micro-credit/banques")
@requires(Permission.MICROCREDIT_MANAGE)
def partners() -> ResponseReturnValue:
    """List the bank partners with their terms."""
    desks = actor().desk_ids(Permission.MICROCREDIT_MANAGE)
    return render_template(
        "microcredit/partners.html",
        cards=queries.list_partners(desk_ids=None if desks is ALL_DESKS else desks),
        desks={desk.id: desk.name for desk in list_desks()},
        own_desks=desks,
        writes_all=desks is ALL_DESKS,
        purposes={code.value: label for code, label in PURPOSE_LABELS.items()},
        today=today(),
    )


@bp.route("/micro-credit/banques/nouvelle", methods=["GET", "POST"])
@requires(Permission.MICROCREDIT_MANAGE)
def create_partner() -> ResponseReturnValue:
    """Add a bank partner."""
    form = PartnerForm()
    desks = actor().desk_ids(Permission.MICROCREDIT_MANAGE)
    own = [(desk.id, desk.name) for desk in list_desks() if desk.id in desks]
    form.desk_id.choices = [*([("", _("toutes les antennes"))] if desks is ALL_DESKS else []), *own]
    form.organisation_id.choices = organisation_choices(OrganisationKind.BANK)
    if request.method == "GET":
        form.decides_days.data = 15
    if form.validate_on_submit():
        if form.desk_id.data is None and desks is not ALL_DESKS:
            abort(403)
        if form.submits(
            lambda: services.write_partner(
                facts=form.facts(),
                organisation_id=form.organisation_id.data,
                desk_id=form.desk_id.data,
                actor_id=actor().user_id,
                now=now(),
            )
        ):
            flash(_("La banque est ajoutée. Écrivez maintenant ses conditions."), "success")
            return redirect(url_for("microcredit.create_offer", partner_id=form.result), 303)
    return render_template("microcredit/partner.html", form=form, partner=None, name=""), form.status


@bp.route("/micro-credit/banques/<int:partner_id>", methods=["GET", "POST"])
@requires(Permission.MICROCREDIT_MANAGE, credit_partner="partner_id")
def edit_partner(partner_id: int) -> ResponseReturnValue:
    """Change a bank partner."""
    row = queries.get_partner(partner_id)
    form = PartnerForm()
    del form.organisation_id, form.desk_id
    if request.method == "GET":
        form.show(row)
    if form.submits(
        lambda: services.write_partner(
            facts=form.facts(),
            partner_id=partner_id,
            version=form.typed_version(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("La banque est enregistrée."), "success")
        return redirect(url_for("microcredit.partners"), 303)
    row = queries.get_partner(partner_id)
    if form.violation is not None:
        form.show_version(row)
    return render_template("microcredit/partner.html", form=form, partner=row, name=_bank(row)), form.status


def _bank(partner: CreditPartner) -> str:
    return organisation_names([partner.organisation_id])[partner.organisation_id]


@bp.route("/micro-credit/banques/<int:partner_id>/conditions", methods=["GET", "POST"])
@requires(Permission.MICROCREDIT_MANAGE, credit_partner="partner_id")
def create_offer(partner_id: int) -> ResponseReturnValue:
    """Write new terms of a bank."""
    return _offer_page(queries.get_partner(partner_id), None)


@bp.route("/micro-credit/conditions/<int:offer_id>", methods=["GET", "POST"])
@requires(Permission.MICROCREDIT_MANAGE, credit_offer="offer_id")
def edit_offer(offer_id: int) -> ResponseReturnValue:
    """Change the terms of a bank; dossiers that were made on them keep what they wrote down."""
    row = queries.get_offer(offer_id)
    return _offer_page(queries.get_partner(row.partner_id), row)


def _offer_page(partner: CreditPartner, row: CreditOffer | None) -> ResponseReturnValue:
    form = OfferForm()
    partner_id, offer_id = partner.id, None if row is None else row.id
    if request.method == "GET":
        form.begin() if row is None else form.show(row)
    if form.submits(
        lambda: services.write_offer(
            facts=form.facts(),
            partner_id=partner_id,
            offer_id=offer_id,
            version=form.typed_version(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Les conditions sont enregistrées."), "success")
        return redirect(url_for("microcredit.partners"), 303)
    if form.violation is not None and offer_id is not None:
        form.show_version(queries.get_offer(offer_id))
    name = _bank(queries.get_partner(partner_id))
    return render_template("microcredit/offer.html", form=form, offer_id=offer_id, name=name), form.status


# -- Simulator -----------------------------------------------------------------------------------------


@bp.get("/micro-credit/simulateur")
@requires(Permission.MICROCREDIT_EDIT)
def simulator() -> ResponseReturnValue:
    """Compare the offers for nobody in particular: terms of all desks and of the adviser's own."""
    desks = actor().desk_ids(Permission.MICROCREDIT_EDIT)
    return _simulator_page(None, None if desks is ALL_DESKS else min(desks, default=None))


@bp.get("/personnes/<int:person_id>/micro-credit/simulateur")
@requires(Permission.MICROCREDIT_EDIT, person="person_id")
def person_simulator(person_id: int) -> ResponseReturnValue:
    """Compare the offers for a person: the terms at their desk, in their commune."""
    record_view(actor_id=actor().user_id, person_id=person_id, now=now())
    card = get_person_card(person_id)
    return _simulator_page(card, card.desk_id)


def as_typed(cents: int) -> str:
    """Return an amount of 0 or more as a person types it in a field of euros."""
    return f"{cents // 100},{cents % 100:02d}"


def _wish(rows: Sequence[MicrocreditDossier]) -> dict[str, str]:
    """Return what the newest dossier that is still ours asks for."""
    if not rows:
        return {}
    return {
        "amount": as_typed(rows[0].amount_cents).removesuffix(",00"),
        "months": str(rows[0].months),
        "purpose": get_project(rows[0].project_id).purpose.value,
    }


def _known(card: PersonCard | None) -> dict[str, str]:
    """Return what the last budget of a person says of a month, with the vehicle's running costs in it."""
    budget = None if card is None else find_budget(card.id)
    if card is None or budget is None:
        return {}
    month = tell(budget, on=today(), desk_id=card.desk_id)
    amounts = {"income": month.after.income, "charges": max(month.after.charges, 0), "credits": month.now.credits}
    return {
        **{name: as_typed(cents) for name, cents in amounts.items()},
        "adults": str(month.household.others + 1),
        "children": str(month.household.children),
    }


def _typed(known: Mapping[str, str]) -> MultiDict[str, str]:
    """Return what the address asks; where it says nothing, what is known, else the usual answers."""
    starts_on = today() + timedelta(days=USUAL_DELAY_DAYS)
    usual = {
        "amount": str(USUAL_CENTS // 100),
        "months": str(USUAL_MONTHS),
        "purpose": "purchase",
        "starts_on": starts_on.isoformat(),
        "first_on": add_months(starts_on, 1).isoformat(),
        "adults": "1",
        **known,
    }
    return MultiDict(
        [*((key, value) for key, value in usual.items() if key not in request.args), *request.args.items()]
    )


def _simulator_page(card: PersonCard | None, desk_id: int | None) -> ResponseReturnValue:
    known, day = _known(card), today()
    ours = [row for row in dossiers_of(card.id) if row.state in OPEN] if card is not None else []
    typed = _typed({**_wish(ours), **known})
    form = SimulatorForm(typed)
    limits = parameters.limits(on=day)
    found: Simulation | None = None
    if form.validate():
        found = _simulate(form, None if card is None or card.address_hidden else card.insee_code, desk_id, limits)
    budget = form.budget() if found is not None else None
    return render_template(
        "microcredit/simulator.html",
        form=form,
        card=card,
        found=found,
        chosen=_chosen(found),
        budget=budget,
        before_cents=None if budget is None else budget.rest,
        limits=limits,
        announced=announced_percent,
        percent=percent_fr,
        typed=as_typed,
        light_labels=LIGHT_LABELS,
        light_tones=LIGHT_TONES,
        change_labels=CHANGE_LABELS,
        legal_sentence=parameters.legal_sentence(on=day),
        takers=_takers(ours),
        here=url_for("microcredit.person_simulator", person_id=card.id) if card else url_for("microcredit.simulator"),
        asked={name: value for name, value in typed.items() if name in form.data and value},
        from_budget=bool(known),
    )


def _takers(ours: Sequence[MicrocreditDossier]) -> list[tuple[MicrocreditDossier, TakeOfferForm]]:
    """Return the dossiers that may take an offer, each with its form."""
    takers = []
    for row in ours:
        form = TakeOfferForm(formdata=None)
        form.show_version(row)
        takers.append((row, form))
    return takers


def _simulate(
    form: SimulatorForm, insee_code: str | None, desk_id: int | None, limits: parameters.Limits
) -> Simulation:
    ask = form.ask(insee_code)
    thresholds = parameters.thresholds(on=today(), desk_id=desk_id)
    ceilings, since_on = parameters.usury_ceilings(on=ask.starts_on)
    return simulate(
        ask,
        [one.bank for one in queries.offers_in_force(desk_id=desk_id, on=today())],
        budget=form.budget(),
        bounds=Bounds(limits.cents, limits.months, thresholds.floor_cents, thresholds.debt_percent),
        ceilings=ceilings,
        ceilings_since_on=since_on,
    )


def _chosen(found: Simulation | None) -> Offered | None:
    """Return the offer whose schedule is shown: the one that the address names, else the first."""
    if found is None or not found.offered:
        return None
    wanted = request.args.get("offre", "")
    return next((one for one in found.offered if str(one.bank.key) == wanted), found.offered[0])
