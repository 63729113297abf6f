"""Offers and requests: shown, made, changed, put on hold, ended, and their days off; the same pages behind three doors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.carpool import cards, places, services
from mobility.carpool.errors import LicenceUndeclared
from mobility.carpool.journey_forms import FORMS, ExceptionForm
from mobility.carpool.kinds import JOURNEY_ACTION_LABELS, JOURNEYS, JourneyAction, MemberState, Side
from mobility.carpool.models import CarpoolMember
from mobility.carpool.services.journeys import MODELS
from mobility.carpool.views.blueprints import bp, links_bp, portal_bp
from mobility.carpool.views.doors import (
    Door,
    check_own,
    desk_door,
    link_door,
    linked,
    note_view,
    own_member,
    portal_door,
)
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound, StaleVersion
from mobility.core.web.access import Permission, requires, signed_link
from mobility.core.web.forms import Form

# Names in addresses, which people read: « offre » and « demande ».
PATHS = {Side.OFFER: "offre", Side.REQUEST: "demande"}
_MOVED = {
    JourneyAction.PAUSE: "C’est en pause. Vous pouvez reprendre quand vous voulez.",
    JourneyAction.RESUME: "C’est repris.",
    JourneyAction.CLOSE: "C’est terminé.",
}


def new_page(door: Door, member: CarpoolMember, side: Side) -> ResponseReturnValue:
    """Make an offer or a request."""
    member_id = member.id
    if side is Side.OFFER and member.declared_at is None and request.method == "GET":
        flash(LicenceUndeclared.template, "warning")
        return redirect(_about(door, member_id), 303)
    known = places.known_places(member, all_hubs=door.staff)
    objectives = cards.roster_choices(member.person_id)
    form = FORMS[side]()
    form.offer_choices(known, objectives)
    if not form.is_submitted():
        form.begin(known, objectives)
        form.shared.data = member.shared_at is not None
    ends = form.find_ends(None)
    if form.submits(
        lambda: services.open_journey(
            side=side, member_id=member_id, facts=form.facts(ends, None), actor_id=door.actor_id, now=now()
        )
    ):
        flash(_("C’est enregistré.") if side is Side.OFFER else _("C’est enregistré. Nous cherchons."), "success")
        return redirect(door.url(f"{side.value}_show", journey_id=form.result), 303)
    return _form_page(door, load(CarpoolMember, member_id), side, form, None)


def edit_page(door: Door, member: CarpoolMember, side: Side, journey_id: int) -> ResponseReturnValue:
    """Change an offer or a request."""
    member_id = member.id
    row = load(MODELS[side], journey_id)
    form = FORMS[side]()
    words = cards.say_when(row)
    form.offer_choices(
        places.known_places(member, all_hubs=door.staff), cards.roster_choices(member.person_id), row, words
    )
    if not form.is_submitted():
        form.show(row)
    ends = form.find_ends(row)
    row = load(MODELS[side], journey_id)
    if form.submits(
        lambda: services.change_journey(
            side=side,
            journey_id=journey_id,
            facts=form.facts(ends, load(MODELS[side], journey_id)),
            version=form.typed_version(),
            actor_id=door.actor_id,
            now=now(),
        )
    ):
        flash(_("Les changements sont enregistrés."), "success")
        return redirect(door.url(f"{side.value}_show", journey_id=journey_id), 303)
    if isinstance(form.violation, StaleVersion):
        form.show_version(load(MODELS[side], journey_id))
    return _form_page(door, load(CarpoolMember, member_id), side, form, journey_id)


def _form_page(door: Door, member: CarpoolMember, side: Side, form: Any, journey_id: int | None) -> ResponseReturnValue:
    back = door.home(member.id) if journey_id is None else door.url(f"{side.value}_show", journey_id=journey_id)
    return render_template(
        "carpool/journey_form.html",
        door=door,
        form=form,
        side=side,
        member=member,
        name=cards.get_member_card(member.id).name if door.staff else "",
        journey_id=journey_id,
        back=back,
    ), form.status


def _about(door: Door, member_id: int) -> str:
    return door.url("about", member_id=member_id) if door.staff else door.url("about")


def show_page(door: Door, member: CarpoolMember, side: Side, journey_id: int) -> ResponseReturnValue:
    """Show an offer or a request."""
    member_id = member.id
    if door.staff:
        note_view(member)
    card = cards.get_journey_card(side, journey_id)
    own = cards.get_member_card(member_id)
    actions = [
        (action.value, JOURNEY_ACTION_LABELS[action])
        for action in JOURNEYS.actions_from(card.row.state)
        if action is not JourneyAction.RESUME or own.member.state is MemberState.ACTIVE
    ]
    return render_template(
        "carpool/journey.html",
        door=door,
        side=side,
        card=card,
        own=own,
        actions=actions,
        form=Form(),
        days_form=ExceptionForm(),
        path=PATHS[side],
    )


def move_page(door: Door, side: Side, journey_id: int) -> ResponseReturnValue:
    """Put an offer or a request on hold, take it up again, end it."""
    form = Form()
    asked = request.form.get("act", "")
    back = door.url(f"{side.value}_show", journey_id=journey_id)
    if asked not in {action.value for action in _MOVED}:
        raise NotFound("act")
    action = JourneyAction(asked)
    if form.submits(
        lambda: (
            services.move_journey(
                side=side, journey_id=journey_id, action=action, actor_id=door.actor_id, now=now()
            ).value
        )
    ):
        flash(_(_MOVED[action]), "success")
    for message in form.violations:
        flash(message, "warning")
    return redirect(back, 303)


def days_page(door: Door, member: CarpoolMember, side: Side, journey_id: int) -> ResponseReturnValue:
    """Note a day on which the journey does not hold, or let it hold again."""
    member_id = member.id
    form = ExceptionForm()
    removed = request.form.get("remove", "")
    back = door.url(f"{side.value}_show", journey_id=journey_id)
    if removed:
        blank = Form()
        if (
            removed.isdecimal()
            and len(removed) < 10
            and blank.submits(
                lambda: services.remove_exception(
                    side=side, journey_id=journey_id, exception_id=int(removed), actor_id=door.actor_id, now=now()
                )
            )
        ):
            flash(_("Ce jour compte à nouveau."), "success")
        for message in blank.violations:
            flash(message, "warning")
        return redirect(back, 303)
    if form.submits(
        lambda: services.add_exception(
            side=side,
            journey_id=journey_id,
            day_on=form.day_on.data,
            direction=form.way(),
            actor_id=door.actor_id,
            now=now(),
        )
    ):
        flash(_("C’est noté : pas de trajet ce jour-là."), "success")
        return redirect(back, 303)
    card, own = cards.get_journey_card(side, journey_id), cards.get_member_card(member_id)
    page = render_template(
        "carpool/journey.html", door=door, side=side, card=card, own=own, actions=[], form=Form(), days_form=form,
        path=PATHS[side],
    )  # fmt: skip
    return page, form.status


def _member_of(side: Side, journey_id: int) -> CarpoolMember:
    return load(CarpoolMember, load(MODELS[side], journey_id).member_id)


def _add(door_bp: Blueprint, rule: str, name: str, view: Callable[..., ResponseReturnValue], *methods: str) -> None:
    view.__name__ = name
    view.__doc__ = f"Answer for « {rule} »."
    door_bp.add_url_rule(rule, name, view, methods=list(methods))


_PAGES: tuple[
    tuple[str, str, Callable[[Door, CarpoolMember, Side, int], ResponseReturnValue], tuple[str, ...]], ...
] = (
    ("show", "", show_page, ("GET",)),
    ("edit", "/modifier", edit_page, ("GET", "POST")),
    ("move", "/etat", lambda door, _member, side, journey_id: move_page(door, side, journey_id), ("POST",)),
    ("days", "/jours", days_page, ("POST",)),
)


def _open_doors(side: Side) -> None:
    """Register the pages of one side behind the three doors."""
    row = {f"carpool_{side.value}": "journey_id"}
    path, name = PATHS[side], side.value

    @requires(Permission.CARPOOL_EDIT, carpool_member="member_id")
    def desk_new(member_id: int) -> ResponseReturnValue:
        return new_page(desk_door(), load(CarpoolMember, member_id), side)

    @requires(Permission.PORTAL_BOOK)
    def portal_new() -> ResponseReturnValue:
        member = own_member()
        if member is None or member.state is MemberState.LEFT:
            return redirect(portal_door().url("join"), 303)
        return new_page(portal_door(), member, side)

    @signed_link
    def link_new(token: str) -> ResponseReturnValue:
        return new_page(link_door(token), linked(token), side)

    _add(bp, f"/covoiturage/membres/<int:member_id>/{path}", f"{name}_new", desk_new, "GET", "POST")
    _add(portal_bp, f"/mon-espace/covoiturage/{path}", f"{name}_new", portal_new, "GET", "POST")
    _add(links_bp, f"/c/<token>/{path}", f"{name}_new", link_new, "GET", "POST")

    for page, end, shown, methods in _PAGES:
        _open_page(side, row, f"{name}_{page}", f"{path}s/<int:journey_id>{end}", shown, methods)


def _open_page(
    side: Side,
    row: dict[str, str],
    name: str,
    path: str,
    shown: Callable[[Door, CarpoolMember, Side, int], ResponseReturnValue],
    methods: tuple[str, ...],
) -> None:
    """Register one page of a journey behind the three doors."""
    reads = methods == ("GET",)

    @requires(Permission.CARPOOL_VIEW if reads else Permission.CARPOOL_EDIT, **row)
    def desk(journey_id: int) -> ResponseReturnValue:
        return shown(desk_door(), _member_of(side, journey_id), side, journey_id)

    @requires(Permission.PORTAL_VIEW if reads else Permission.PORTAL_BOOK, **row)
    def portal(journey_id: int) -> ResponseReturnValue:
        return shown(portal_door(), _member_of(side, journey_id), side, journey_id)

    @signed_link
    def link(token: str, journey_id: int) -> ResponseReturnValue:
        member = linked(token)
        check_own(side, journey_id, member)
        return shown(link_door(token), member, side, journey_id)

    _add(bp, f"/covoiturage/{path}", name, desk, *methods)
    _add(portal_bp, f"/mon-espace/covoiturage/{path}", name, portal, *methods)
    _add(links_bp, f"/c/<token>/{path}", name, link, *methods)


for _side in Side:
    _open_doors(_side)
