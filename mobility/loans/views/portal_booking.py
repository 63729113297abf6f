"""The borrower books: one decision a page, everything in the address, no script needed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import at_paris, now
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
from mobility.loans.rules.policy import DEPOSIT_LABELS
from mobility.loans.views.blueprints import portal_bp
from mobility.loans.views.booking import proposal_query
from mobility.loans.views.portal import person_id

P = Permission.PORTAL_BOOK
KEYS = ("category", "start_on", "start_time", "due_on", "due_time", "desk_id")
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
    """Ask when it is taken."""
    need = from_query(CategoryForm)
    if not need.validate():
        return _page("portal_need", need, 1, icons=CATEGORY_ICONS, hints=HINTS)
    form = from_query(StartForm) if "start_on" in request.args else StartForm()
    return _page("portal_start", form, 2, hours=_hours())


@portal_bp.get("/mon-espace/prets/reserver/retour")
@requires(P)
def choose_due() -> ResponseReturnValue:
    """Ask when it comes back."""
    start = from_query(StartForm)
    if not start.validate():
        return _page("portal_start", start, 2, hours=_hours())
    form = from_query(DueForm) if "due_on" in request.args else DueForm()
    return _page("portal_due", form, 3, hours=_hours())


def _hours() -> list[Any]:
    """Return the opening hours of the person's own desk, to choose within them."""
    from mobility.desks.queries import list_openings, weekly_opening
    from mobility.desks.rules import week_in_words

    desk_id = facts.get_person(person_id()).desk_id
    return list(week_in_words([weekly_opening(row) for row in list_openings(desk_id)], closed_days=False))


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


def _back_to_due() -> ResponseReturnValue:
    form = from_query(DueForm)
    if form.validate():
        form.due_on.errors = [_("Le retour doit être après le départ.")]
    return _page("portal_due", form, 3, hours=_hours())


@portal_bp.get("/mon-espace/prets/reserver/choix")
@requires(P)
def choose_offer() -> ResponseReturnValue:
    """Show the desks that have it, with price, deposit and kilometres."""
    _form, period = _period()
    category = _category()
    if category is None:
        return redirect(url_for("my_loans.choose_need"), 303)
    if period is None:
        return _back_to_due()
    person = facts.get_person(person_id())
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
        options=sorted(options, key=lambda option: not option.possible),
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
