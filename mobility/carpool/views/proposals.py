"""What was found for a request: in words, in a table and on a map; the same page behind three doors."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from mobility.carpool import cards, pictures, shown
from mobility.carpool.kinds import AGREED_STATES, JourneyState, Side
from mobility.carpool.models import CarpoolMember, CarpoolRequest
from mobility.carpool.services import matching
from mobility.carpool.shown import ProposalCard
from mobility.carpool.standard import outward
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
from mobility.core.web.access import Permission, requires, signed_link
from mobility.core.web.forms import Form
from mobility.geo.maps import MapView
from mobility.pathway.rules import Direction


@dataclass(frozen=True)
class Looked:
    """The proposal that is looked at, with its map."""

    card: ProposalCard
    direction: Direction
    map: MapView | None
    zones: bool


def list_page(door: Door, request_id: int) -> ResponseReturnValue:
    """Show what was found for a request."""
    row = load(CarpoolRequest, request_id)
    member = load(CarpoolMember, row.member_id)
    if door.staff:
        note_view(member)
    found = shown.proposals_for(row, yours=not door.staff)
    own = cards.get_member_card(row.member_id)
    return render_template(
        "carpool/proposals.html",
        door=door,
        card=cards.get_journey_card(Side.REQUEST, request_id),
        own=own,
        found=found,
        looked=_looked(door, row, found),
        form=Form(),
        open=row.state is JourneyState.OPEN,
        elsewhere=outward.may_ask(row, member),
        here=door.url("proposals", journey_id=request_id),
    )


def _looked(door: Door, row: CarpoolRequest, found: list[ProposalCard]) -> Looked | None:
    if not found:
        return None
    asked = request.args.get("choix", "")
    card = next((one for one in found if str(one.id) == asked), found[0])
    ways = [direction for direction in Direction if direction.value in card.match.legs]
    direction = Direction.BACK if request.args.get("sens") == "retour" and Direction.BACK in ways else ways[0]
    zones = request.args.get("zones") == "1"
    picture = pictures.picture_of(
        card.offer,
        row,
        card.match.legs[direction.value],
        direction,
        label=_("Le trajet proposé : %(words)s", words=card.sentence),
        exact=card.match.state in AGREED_STATES,
        zones=zones,
        inline=not door.staff,
    )
    return Looked(card, direction, picture, zones)


@bp.post("/covoiturage/demandes/<int:journey_id>/chercher")
@requires(Permission.CARPOOL_EDIT, carpool_request="journey_id")
def look(journey_id: int) -> ResponseReturnValue:
    """Look now, instead of within a minute."""
    form = Form()
    door = desk_door()
    # The road is asked before anything is held.
    seen = matching.seek(request_id=journey_id, now=now())
    if form.submits(lambda: len(matching.write(seen, actor_id=door.actor_id).new)):
        count = form.result
        if count:
            flash(ngettext("Une nouvelle proposition.", "%(num)s nouvelles propositions.", count), "success")
        else:
            flash(_("Rien de nouveau pour le moment. Nous continuons à chercher."), "info")
    for message in form.violations:
        flash(message, "warning")
    return redirect(door.url("proposals", journey_id=journey_id), 303)


@bp.route("/covoiturage/demandes/<int:journey_id>/propositions", endpoint="proposals")
@requires(Permission.CARPOOL_VIEW, carpool_request="journey_id")
def desk_proposals(journey_id: int) -> ResponseReturnValue:
    """Show an adviser what was found for a request."""
    return list_page(desk_door(), journey_id)


@portal_bp.route("/mon-espace/covoiturage/demandes/<int:journey_id>/propositions", endpoint="proposals")
@requires(Permission.PORTAL_VIEW, carpool_request="journey_id")
def my_proposals(journey_id: int) -> ResponseReturnValue:
    """Show the person what was found for their request."""
    check_own(Side.REQUEST, journey_id, own_member())
    return list_page(portal_door(), journey_id)


@links_bp.route("/c/<token>/demandes/<int:journey_id>/propositions", endpoint="proposals")
@signed_link
def linked_proposals(token: str, journey_id: int) -> ResponseReturnValue:
    """Show whoever has no account what was found for their request."""
    check_own(Side.REQUEST, journey_id, linked(token))
    return list_page(link_door(token), journey_id)
