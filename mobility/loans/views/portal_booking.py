"""The borrower books: one decision a page, everything in the address, no script needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import at_paris, now, today
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, requires
from mobility.core.web.forms import Form
from mobility.desks.queries import desk_names
from mobility.fleet.kinds import CATEGORY_LABELS, Category
from mobility.loans import availability, services
from mobility.loans.errors import NotEligible, NoVehicle
from mobility.loans.forms import (
    CATEGORY_ICONS,
    CategoryForm,
    ConfirmForm,
    DueForm,
    PeriodForm,
    StartForm,
    from_query,
)
from mobility.loans.queries import facts
from mobility.loans.queries.facts import DeskSetting
from mobility.loans.rules.policy import DEPOSIT_LABELS, HandoverMode
from mobility.loans.views.blueprints import portal_bp
from mobility.loans.views.booking import proposal_query
from mobility.loans.views.places import Place
from mobility.loans.views.portal import person_id
from mobility.people.models import Person

P = Permission.PORTAL_BOOK
KEYS = ("category", "place", "start_on", "start_time", "due_on", "due_time", "desk_id")
HINTS = {
    "car": "Pour conduire avec un permis B.",
    "light_car": "Petite voiture. Permis AM, ou né avant 1988.",
    "moped": "Deux-roues. Permis AM, ou né avant 1988.",
    "ebike": "Sans permis.",
    "bike": "Sans permis.",
    "adapted": "Avec commandes ou rampe.",
}


def step_labels() -> list[str]:
    """Return the steps of the booking."""
    return [_("Besoin"), _("Départ"), _("Retour"), _("Choix"), _("Accord")]


def _kept() -> dict[str, Any]:
    """Return what has been answered, from the address."""
    return {key: request.args[key][:40] for key in KEYS if request.args.get(key)}


def _page(template: str, form: Form, step: int, **context: Any) -> ResponseReturnValue:
    kept = _kept()
    urls = {
        1: url_for("my_loans.choose_need"),
        2: url_for("my_loans.choose_start", **kept),
        3: url_for("my_loans.choose_due", **kept),
        4: url_for("my_loans.choose_offer", **kept),
    }
    shown = {number: url for number, url in urls.items() if number < step}
    status = 422 if form.errors_summary else 200
    page = render_template(
        f"loans/{template}.html", form=form, step=step, steps=step_labels(), urls=shown, kept=kept, **context
    )
    return page, status


@portal_bp.get("/mon-espace/prets/reserver")
@requires(P)
def choose_need() -> ResponseReturnValue:
    """Ask what is needed."""
    form = from_query(CategoryForm) if "category" in request.args else CategoryForm()
    return _page("portal_need", form, 1, icons=CATEGORY_ICONS, hints=HINTS)


@portal_bp.get("/mon-espace/prets/reserver/depart")
@requires(P)
def choose_start() -> ResponseReturnValue:
    """Ask where and when it is taken."""
    need = from_query(CategoryForm)
    if not need.validate():
        return _page("portal_need", need, 1, icons=CATEGORY_ICONS, hints=HINTS)
    form, place = _start_form()
    return _page("portal_start", form, 2, place=place, first_on=today())


@portal_bp.get("/mon-espace/prets/reserver/retour")
@requires(P)
def choose_due() -> ResponseReturnValue:
    """Ask when it comes back."""
    start, place = _start_form()
    if not (start.validate() and place.receives(start["start_on"], start["start_time"], now=now())):
        return _page("portal_start", start, 2, place=place, first_on=today())
    return _due_page(_due_form(place), place, start["start_on"].data)


def _start_form() -> tuple[Form, Place]:
    """Return the form of the departure with the desks and hours that can be chosen, and the desk in question."""
    form = from_query(StartForm) if "start_on" in request.args else StartForm()
    person = facts.get_person(person_id())
    desks = facts.desk_settings(availability.reach_of(person, now=now()))
    form["place"].choices = sorted(((desk.id, desk.name) for desk in desks.values()), key=lambda desk: desk[1])
    place = _place(person, desks)
    form["place"].data = place.desk.id
    form["start_time"].choices = place.times(form["start_on"].data, at_closing=False)
    return form, place


def _due_form(place: Place) -> Form:
    form = from_query(DueForm) if "due_on" in request.args else DueForm()
    form["due_time"].choices = place.times(form["due_on"].data, at_closing=True)
    return form


def _place(person: Person, desks: Mapping[int, DeskSetting]) -> Place:
    """Return the desk within reach that the address asks for, else the person's own, else any. Raises NotFound."""
    asked = request.args.get("place", type=int)
    wanted = [person.desk_id, *desks] if asked is None else [asked, person.desk_id, *desks]
    desk = next((desks[desk_id] for desk_id in wanted if desk_id in desks), None)
    if desk is None:
        raise NotFound("desk")
    category = _category()
    policy = None
    if category is not None:
        policy = facts.find_policy(desk_id=desk.id, category=category, status=person.status, on=today())
    by_box = policy is not None and policy.terms.handover is HandoverMode.KEY_BOX and desk.key_box
    return Place(desk, by_box=by_box)


def _due_page(form: Form, place: Place, start_on: date) -> ResponseReturnValue:
    return _page("portal_due", form, 3, place=place, first_on=start_on)


def _period() -> tuple[PeriodForm, tuple[datetime, datetime] | None]:
    form = cast("PeriodForm", from_query(PeriodForm))
    if not form.validate():
        return form, None
    start = at_paris(form.start_on.data, form.start_time.data)
    due = at_paris(form.due_on.data, form.due_time.data)
    return form, (start, due) if due > start else None


def _category() -> Category | None:
    raw = request.args.get("category", "")
    return Category(raw) if raw in set(Category) else None


@portal_bp.get("/mon-espace/prets/reserver/choix")
@requires(P)
def choose_offer() -> ResponseReturnValue:
    """Show the desks that have it, with price, deposit and kilometres."""
    _typed, period = _period()
    category = _category()
    if category is None:
        return redirect(url_for("my_loans.choose_need"), 303)
    start, place = _start_form()
    if not start.validate():
        return redirect(url_for("my_loans.choose_start", **_kept()), 303)
    person = facts.get_person(person_id())
    due = _due_form(place)
    if not due.validate():
        return _due_page(due, place, start["start_on"].data)
    if period is None:
        due["due_on"].errors = [_("Le retour doit être après le départ.")]
        return _due_page(due, place, start["start_on"].data)
    if not place.receives(due["due_on"], due["due_time"], now=now(), at_closing=True):
        return _due_page(due, place, start["start_on"].data)
    options = availability.list_options(
        person,
        desk_ids=availability.reach_of(person, now=now()),
        start_at=period[0],
        due_at=period[1],
        now=now(),
        categories=[category],
    )
    return _page(
        "portal_offers",
        ConfirmForm(),
        4,
        options=sorted(options, key=lambda option: (not option.possible, option.desk_id != place.desk.id)),
        category=category,
        start_at=period[0],
        due_at=period[1],
        labels=CATEGORY_LABELS,
    )


@portal_bp.route("/mon-espace/prets/reserver/accord", methods=["GET", "POST"])
@requires(P)
def confirm() -> ResponseReturnValue:
    """Show the whole once more; the button books."""
    _form, period = _period()
    category, desk_id = _category(), request.args.get("desk_id", type=int)
    if category is None or desk_id is None or period is None:
        return redirect(url_for("my_loans.choose_need"), 303)
    person = facts.get_person(person_id())
    # Only a desk that the person can reach: the address is not to be trusted.
    if desk_id not in availability.reach_of(person, now=now()):
        return redirect(url_for("my_loans.choose_offer", **_kept()), 303)
    form = ConfirmForm()
    if form.submits(
        lambda: services.book(
            person_id=person.id,
            desk_id=desk_id,
            category=category,
            start_at=period[0],
            due_at=period[1],
            actor_id=actor().user_id,
            by_person=True,
            now=now(),
        )
    ):
        flash(_("Votre demande est enregistrée. Vous recevez un message."), "success")
        return redirect(url_for("my_loans.show", loan_id=form.result), 303)
    options = availability.list_options(
        person, desk_ids=[desk_id], start_at=period[0], due_at=period[1], now=now(), categories=[category]
    )
    if not options:
        return redirect(url_for("my_loans.choose_offer", **_kept()), 303)
    proposals = form.violation.proposals if isinstance(form.violation, NoVehicle) else ()
    reasons = form.violation.reasons if isinstance(form.violation, NotEligible) else ()
    return _page(
        "portal_confirm",
        form,
        5,
        option=options[0],
        reasons=reasons,
        proposals=[(p, proposal_query(p)) for p in proposals],
        desks=desk_names(),
        labels=CATEGORY_LABELS,
        deposits=DEPOSIT_LABELS,
        start_at=period[0],
        due_at=period[1],
    )
