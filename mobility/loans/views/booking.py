"""Booking at the desk: the person, the need and the dates, the offers, the confirmation."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import in_paris, now, today
from mobility.core.errors import NotFound, RuleViolation
from mobility.core.web.access import Permission, actor, may_touch, requires
from mobility.core.web.pagination import page_number
from mobility.desks.queries import desk_names
from mobility.fleet.kinds import CATEGORY_LABELS, EQUIPMENT_LABELS, Category
from mobility.loans import availability, services
from mobility.loans.errors import NotEligible, NoVehicle
from mobility.loans.forms import CATEGORY_ICONS, BookForm, NeedForm, from_query
from mobility.loans.proposals import Proposal
from mobility.loans.queries import facts
from mobility.loans.rules.policy import DEPOSIT_LABELS
from mobility.loans.views.blueprints import bp
from mobility.pathway.queries import list_open_objectives
from mobility.people import access as people_access
from mobility.people.models import Person, display_name
from mobility.people.queries.search import search

MORNING, EVENING = time(9), time(17)


def step_labels() -> list[str]:
    """Return the steps of the booking."""
    return [_("Personne"), _("Besoin et dates"), _("Véhicule"), _("Confirmation")]


@bp.get("/prets/nouveau")
@requires(Permission.LOAN_BOOK)
def book_person() -> ResponseReturnValue:
    """Choose for whom."""
    text = request.args.get("q", "").strip()[:200]
    visible = people_access.visible_persons(actor(), Permission.LOAN_BOOK)
    page = search(text, visible=visible, number=page_number()) if text else None
    return render_template("loans/book_person.html", q=text, page=page, steps=step_labels())


def _name(person: Person) -> str:
    return display_name(person.id, person.first_name, person.last_name)


def _need_form(person_id: int) -> NeedForm:
    form = cast("NeedForm", from_query(NeedForm) if request.args else NeedForm())
    form.offer_objectives([(row.id, row.title) for row in list_open_objectives(person_id)])
    return form


@bp.get("/prets/personnes/<int:person_id>/reserver")
@requires(Permission.LOAN_BOOK, person="person_id")
def book_dates(person_id: int) -> ResponseReturnValue:
    """Say the need and the dates."""
    person = facts.get_person(person_id)
    form = _need_form(person_id)
    if not request.args:
        first = today() + timedelta(days=1)
        form.start_on.data, form.start_time.data = first, MORNING
        form.due_on.data, form.due_time.data = first + timedelta(days=13), EVENING
    return render_template(
        "loans/book_dates.html", form=form, person=person, person_name=_name(person), steps=step_labels()
    )


def _read_need(form: NeedForm) -> tuple[datetime, datetime] | None:
    if not form.validate():
        return None
    try:
        return form.period()
    except RuleViolation as violation:
        form.add_violation(violation)
        return None


@bp.get("/prets/personnes/<int:person_id>/reserver/vehicules")
@requires(Permission.LOAN_BOOK, person="person_id")
def book_offers(person_id: int) -> ResponseReturnValue:
    """Show what is free, by desk and category, with prices and reasons."""
    person = facts.get_person(person_id)
    form = _need_form(person_id)
    period = _read_need(form)
    if period is None:
        page = render_template(
            "loans/book_dates.html", form=form, person=person, person_name=_name(person), steps=step_labels()
        )
        return page, 422
    options = availability.list_options(
        person,
        desk_ids=availability.reach_of(person, now=now()),
        start_at=period[0],
        due_at=period[1],
        now=now(),
        needs=form.needs.data or (),
        objective_id=form.objective_id.data,
    )
    return render_template(
        "loans/book_offers.html",
        person=person,
        person_name=_name(person),
        start_at=period[0],
        due_at=period[1],
        options=sorted(options, key=lambda option: (not option.possible, not option.free)),
        query=_query(period, form),
        icons=CATEGORY_ICONS,
        labels=CATEGORY_LABELS,
        steps=step_labels(),
        may_open_right=actor().permits(Permission.LOAN_RIGHT_OPEN),
    )


def _query(period: tuple[datetime, datetime], form: NeedForm) -> dict[str, Any]:
    """Return what the next page needs, as its address says it."""
    start, due = in_paris(period[0]), in_paris(period[1])
    return {
        "start_on": start.date().isoformat(),
        "start_time": f"{start:%H:%M}",
        "due_on": due.date().isoformat(),
        "due_time": f"{due:%H:%M}",
        "needs": form.needs.data or [],
        "objective_id": form.objective_id.data or "",
    }


def proposal_query(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as the address of a booking says it."""
    start, due = in_paris(proposal.start_at), in_paris(proposal.due_at)
    return {
        "desk_id": proposal.desk_id,
        "category": proposal.category.value,
        "start_on": start.date().isoformat(),
        "start_time": f"{start:%H:%M}",
        "due_on": due.date().isoformat(),
        "due_time": f"{due:%H:%M}",
    }


@bp.route("/prets/personnes/<int:person_id>/reserver/confirmer", methods=["GET", "POST"])
@requires(Permission.LOAN_BOOK, person="person_id")
def book_confirm(person_id: int) -> ResponseReturnValue:
    """Confirm: the system assigns the vehicle."""
    who = actor()
    person = facts.get_person(person_id)
    asked = cast("NeedForm", from_query(NeedForm))
    asked.offer_objectives([(row.id, row.title) for row in list_open_objectives(person_id)])
    period = _read_need(asked)
    desk_id, raw = request.args.get("desk_id", type=int), request.args.get("category", "")
    if period is None or desk_id is None or raw not in set(Category):
        return redirect(url_for("loans.book_dates", person_id=person_id), 303)
    category = Category(raw)
    form = BookForm()
    may_override = who.permits(Permission.LOAN_OVERRIDE) and may_touch(
        who, Permission.LOAN_OVERRIDE, "person", person_id
    )
    if form.submits(
        lambda: services.book(
            person_id=person_id,
            desk_id=desk_id,
            category=category,
            start_at=period[0],
            due_at=period[1],
            needs=asked.needs.data or (),
            objective_id=asked.objective_id.data,
            override_reason=form.override_reason.data if may_override else None,
            actor_id=who.user_id,
            by_person=False,
            now=now(),
        )
    ):
        flash(_("Le véhicule est réservé : la personne est prévenue."), "success")
        return redirect(url_for("loans.show", loan_id=form.result), 303)
    options = availability.list_options(
        person,
        desk_ids=[desk_id],
        start_at=period[0],
        due_at=period[1],
        now=now(),
        categories=[category],
        needs=asked.needs.data or (),
        objective_id=asked.objective_id.data,
    )
    if not options:
        raise NotFound("offer")
    proposals = form.violation.proposals if isinstance(form.violation, NoVehicle) else ()
    reasons = form.violation.reasons if isinstance(form.violation, NotEligible) else options[0].reasons
    return render_template(
        "loans/book_confirm.html",
        form=form,
        person=person,
        person_name=_name(person),
        option=options[0],
        reasons=reasons,
        may_override=may_override,
        start_at=period[0],
        due_at=period[1],
        needs=[EQUIPMENT_LABELS[key] for key in EQUIPMENT_LABELS if key in (asked.needs.data or ())],
        query={**_query(period, asked), "desk_id": desk_id, "category": category.value},
        proposals=[(p, proposal_query(p)) for p in proposals],
        desks=desk_names(),
        labels=CATEGORY_LABELS,
        deposits=DEPOSIT_LABELS,
        steps=step_labels(),
    ), form.status
