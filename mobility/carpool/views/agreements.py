"""A match: shown, answered, paused, ended; a problem told of. The same pages behind three doors."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.carpool import access, agreed, agreed_desk
from mobility.carpool.agreed import MatchCard
from mobility.carpool.models import CarpoolMatch, CarpoolMember
from mobility.carpool.services import agreeing, complaints
from mobility.carpool.states import AGREES, SIDE_LABELS, MatchAction, Side
from mobility.carpool.trip_forms import ActForm, ChangeForm, ProblemForm
from mobility.carpool.views.blueprints import bp, links_bp, portal_bp
from mobility.carpool.views.doors import Door, desk_door, link_door, linked, note_view, own_member, portal_door
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, requires, signed_link

_DONE = {
    MatchAction.REFUSE: "C’est noté : vous avez dit non.",
    MatchAction.SUSPEND: "Le covoiturage est en pause. L’autre personne est prévenue.",
    MatchAction.RESUME: "Le covoiturage reprend. L’autre personne est prévenue.",
    MatchAction.END: "Le covoiturage est arrêté. L’autre personne est prévenue.",
    MatchAction.CONFIRM: "Le covoiturage est confirmé.",
}
STAFF_LABELS = {
    MatchAction.DRIVER_AGREES: "La personne qui conduit dit oui",
    MatchAction.PASSENGER_AGREES: "Le passager dit oui",
    MatchAction.REFUSE: "Refuser",
    MatchAction.CONFIRM: "Confirmer dès maintenant",
    MatchAction.SUSPEND: "Mettre en pause",
    MatchAction.RESUME: "Reprendre",
    MatchAction.END: "Arrêter",
}
OWN_LABELS = {
    MatchAction.DRIVER_AGREES: "Oui, j’emmène cette personne",
    MatchAction.PASSENGER_AGREES: "Oui, je pars avec cette personne",
    MatchAction.REFUSE: "Non merci",
    MatchAction.SUSPEND: "Faire une pause",
    MatchAction.RESUME: "Reprendre",
    MatchAction.END: "Arrêter ce covoiturage",
}


def act_on(match_id: int, side: Side | None, form: ActForm, actor_id: int | None) -> bool:
    """Do what a button asks; tell whether it is done. Unknown acts are refused (400)."""
    asked = request.form.get("act", "")
    if asked not in set(MatchAction):
        abort(400)
    action = MatchAction(asked)
    agreeing_side = next((one for one, yes in AGREES.items() if yes is action), None)
    if agreeing_side is not None and (side is None or side is agreeing_side):
        return form.submits(
            lambda: agreeing.accept(
                match_id=match_id, side=agreeing_side, actor_id=actor_id, now=now(), version=form.typed_version()
            )
        )
    if action not in _DONE or (side is not None and action is MatchAction.CONFIRM):
        abort(400)
    return form.submits(
        lambda: agreeing.move(
            match_id=match_id,
            action=action,
            side=side,
            actor_id=actor_id,
            reason=form.reason.data,
            now=now(),
            version=form.typed_version(),
        )
    )


def said(match_id: int, action: str) -> str:
    """Return what is flashed after an act."""
    done = _DONE.get(MatchAction(action))
    if done is not None:
        return done
    if load(CarpoolMatch, match_id).trial_until_on is not None:
        return "Vous êtes d’accord tous les deux : le covoiturage commence."
    return "Votre oui est noté. Nous demandons à l’autre personne."


def own_card(member: CarpoolMember | None, match_id: int) -> MatchCard:
    """Return a match as its member sees it. Raises NotFound for somebody else's."""
    if member is None or not 0 <= match_id < 2**31:
        raise NotFound("carpool_match")
    return agreed.get_match_card(match_id, agreed.side_of(load(CarpoolMatch, match_id), member.id), now=now())


def own_page(door: Door, member: CarpoolMember | None, match_id: int) -> ResponseReturnValue:
    """Show a match to one of its sides, and do what its buttons ask."""
    card = own_card(member, match_id)
    form = ActForm()
    if request.method == "POST" and act_on(match_id, card.side, form, door.actor_id):
        flash(_(said(match_id, request.form["act"])), "success")
        return redirect(door.url("match", match_id=match_id), 303)
    card = agreed.get_match_card(match_id, card.side, now=now())
    form.show_version(card.match)
    return render_template(
        "carpool/match_own.html", door=door, card=card, form=form, labels=OWN_LABELS, Side=Side
    ), form.status


@portal_bp.route("/mon-espace/covoiturage/accords/<int:match_id>", methods=["GET", "POST"], endpoint="match")
@requires(Permission.PORTAL_BOOK, carpool_match="match_id")
def my_match(match_id: int) -> ResponseReturnValue:
    """Show a match to the person."""
    return own_page(portal_door(), own_member(), match_id)


@links_bp.route("/c/<token>/accords/<int:match_id>", methods=["GET", "POST"], endpoint="match")
@signed_link
def linked_match(token: str, match_id: int) -> ResponseReturnValue:
    """Show a match to whoever has a link."""
    return own_page(link_door(token), linked(token), match_id)


def problem_page(door: Door, member: CarpoolMember | None, match_id: int) -> ResponseReturnValue:
    """Let somebody tell of a problem, and never meet the other again if they wish."""
    card = own_card(member, match_id)
    form = ProblemForm()

    def act() -> None:
        complaints.report(match_id=match_id, side=card.side, text=form.text.data, actor_id=door.actor_id, now=now())
        if form.block.data:
            complaints.block(match_id=match_id, side=card.side, actor_id=door.actor_id, now=now())

    if form.submits(act):
        flash(_("Merci. Votre antenne va lire votre message."), "success")
        return redirect(door.url("match", match_id=match_id), 303)
    return render_template("carpool/problem.html", door=door, card=card, form=form), form.status


@portal_bp.route("/mon-espace/covoiturage/accords/<int:match_id>/probleme", methods=["GET", "POST"], endpoint="problem")
@requires(Permission.PORTAL_BOOK, carpool_match="match_id")
def my_problem(match_id: int) -> ResponseReturnValue:
    """Tell of a problem."""
    return problem_page(portal_door(), own_member(), match_id)


@links_bp.route("/c/<token>/accords/<int:match_id>/probleme", methods=["GET", "POST"], endpoint="problem")
@signed_link
def linked_problem(token: str, match_id: int) -> ResponseReturnValue:
    """Tell of a problem, by link."""
    return problem_page(link_door(token), linked(token), match_id)


# ---- the staff


@bp.route("/covoiturage/accords/<int:match_id>", methods=["GET"])
@requires(Permission.CARPOOL_VIEW, carpool_match="match_id")
def match(match_id: int) -> ResponseReturnValue:
    """Show a match to the staff, with both sides."""
    return _staff_page(match_id, ActForm(), ChangeForm())


@bp.post("/covoiturage/accords/<int:match_id>/suite")
@requires(Permission.CARPOOL_EDIT, carpool_match="match_id")
def match_act(match_id: int) -> ResponseReturnValue:
    """Answer in somebody's name, pause, confirm, end."""
    form = ActForm()
    if act_on(match_id, None, form, desk_door().actor_id):
        flash(_(said(match_id, request.form["act"])), "success")
        return redirect(url_for("carpool.match", match_id=match_id), 303)
    return _staff_page(match_id, form, ChangeForm())


@bp.post("/covoiturage/accords/<int:match_id>/changer")
@requires(Permission.CARPOOL_EDIT, carpool_match="match_id")
def match_change(match_id: int) -> ResponseReturnValue:
    """Change which ways are made, and until when."""
    form = ChangeForm()
    if form.submits(
        lambda: agreeing.change(
            match_id=match_id,
            there=bool(form.there.data),
            back=bool(form.back.data),
            ends_on=form.ends_on.data,
            side=None,
            actor_id=desk_door().actor_id,
            now=now(),
            version=form.typed_version(),
        )
    ):
        flash(_("Le covoiturage est modifié. Les deux personnes sont prévenues."), "success")
        return redirect(url_for("carpool.match", match_id=match_id), 303)
    return _staff_page(match_id, ActForm(), form)


def _staff_page(match_id: int, form: ActForm, change: ChangeForm) -> ResponseReturnValue:
    # Before anything is read: the note ends the read transaction, and every row would be read again by itself.
    for member_id in access.sides_of(match_id):
        note_view(load(CarpoolMember, member_id))
    card = agreed_desk.get_staff_card(match_id, now=now())
    form.show_version(card.match)
    if not change.is_submitted():
        change.show(card.match)
    change.show_version(card.match)
    return render_template(
        "carpool/match.html",
        card=card,
        form=form,
        change=change,
        act_labels=STAFF_LABELS,
        sides=SIDE_LABELS,
        moment=now(),
    ), max(form.status, change.status)
