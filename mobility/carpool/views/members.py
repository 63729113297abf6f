"""Who takes part: the staff's lists and cards, the person's own page, the page behind a signed link."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.carpool import cards, listing, services
from mobility.carpool.forms import AboutForm, JoinForm, OwnJoinForm, RegisterForm
from mobility.carpool.kinds import (
    MEMBER_ACTION_LABELS,
    MEMBER_KIND_LABELS,
    MEMBER_STATE_LABELS,
    MEMBERS,
    JourneyState,
    MemberAction,
    MemberKind,
    MemberState,
    Side,
)
from mobility.carpool.models import CarpoolMember
from mobility.carpool.views.blueprints import bp, links_bp, portal_bp
from mobility.carpool.views.doors import Door, desk_door, link_door, linked, note_view, own_member, portal_door
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound, StaleVersion
from mobility.core.web.access import Permission, actor, requires, signed_link
from mobility.core.web.forms import Form
from mobility.core.web.pagination import page_number, paginate
from mobility.desks.queries import desk_choices
from mobility.organisations.queries import organisation_choices
from mobility.organisations.rules import OrganisationKind
from mobility.people.kinds import ConsentManner
from mobility.people.queries import current_id, get_person_card

_VIEWS = [("demandes", "Les demandes"), ("offres", "Les offres"), ("membres", "Les participants")]
_STATES = [("open", "En cours"), ("paused", "En pause"), ("closed", "Terminés"), ("", "Tous")]
_MOVED = {
    MemberAction.CONFIRM: "Merci, c’est confirmé. Vos trajets sont maintenant proposés.",
    MemberAction.PAUSE: "Le covoiturage est en pause.",
    MemberAction.RESUME: "Le covoiturage reprend.",
    MemberAction.LEAVE: "C’est fini : les trajets sont retirés.",
}


@bp.get("/covoiturage")
@requires(Permission.CARPOOL_VIEW)
def index() -> ResponseReturnValue:
    """List requests, offers or members of the actor's desks."""
    shown = request.args.get("voir", "demandes")
    desks = desk_choices(actor().desk_ids(Permission.CARPOOL_VIEW))
    desk_id = next((identity for identity, _name in desks if str(identity) == request.args.get("antenne", "")), None)
    state = request.args.get("etat", "open")
    number = page_number()
    page: Any
    counts: dict[int, tuple[int, int]] = {}
    if shown == "membres":
        page = paginate(listing.select_members(actor(), desk_id=desk_id), number=number, scalars=False)
        counts = listing.standing_counts([row.CarpoolMember.id for row in page.rows])
        rows: list[Any] = [
            (row.CarpoolMember, cards.name_of(row.CarpoolMember, row.first_name, row.last_name), row.employer)
            for row in page.rows
        ]
    else:
        side = Side.OFFER if shown == "offres" else Side.REQUEST
        known = {one.value for one in JourneyState}
        query = listing.select_journeys(
            actor(), side, desk_id=desk_id, state=JourneyState(state) if state in known else None
        )
        page = paginate(query, number=number, scalars=False)
        rows = [cards.line_of(row[0], cards.name_of(row[1], row[2], row[3])) for row in page.rows]
    return render_template(
        "carpool/index.html",
        shown=shown if shown in dict(_VIEWS) else "demandes",
        views=_VIEWS,
        states=_STATES,
        desks=desks,
        page=page,
        rows=rows,
        counts=counts,
        kinds=MEMBER_KIND_LABELS,
        tones=cards.MEMBER_TONES,
        member_states=MEMBER_STATE_LABELS,
        may_edit=actor().permits(Permission.CARPOOL_EDIT),
    )


@bp.route("/covoiturage/membres/nouveau", methods=["GET", "POST"])
@requires(Permission.CARPOOL_EDIT)
def register() -> ResponseReturnValue:
    """Let a volunteer or an employer's staff take part."""
    form = RegisterForm()
    desks = desk_choices(actor().desk_ids(Permission.CARPOOL_EDIT))
    form.desk_id.choices = desks
    form.organisation_id.choices = [("", "—"), *organisation_choices(OrganisationKind.EMPLOYER)]
    if not form.is_submitted() and desks:
        form.desk_id.data = desks[0][0]
    if form.submits(
        lambda: services.register(
            kind=MemberKind(form.kind.data),
            desk_id=form.desk_id.data,
            organisation_id=form.organisation_id.data,
            name=form.name.data,
            phone=form.phone.data,
            email=form.email.data,
            about=form.about(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("La personne est inscrite. Son lien lui est envoyé."), "success")
        return redirect(url_for("carpool.member", member_id=form.result), 303)
    return render_template("carpool/register.html", form=form), form.status


@bp.route("/covoiturage/personnes/<int:person_id>", methods=["GET", "POST"])
@requires(Permission.CARPOOL_EDIT, person="person_id")
def join(person_id: int) -> ResponseReturnValue:
    """Let a person take part, or lead to their card."""
    known = cards.find_member_of(current_id(person_id))
    if known is not None and known.state is not MemberState.LEFT and request.method == "GET":
        return redirect(url_for("carpool.member", member_id=known.id), 303)
    form = JoinForm()
    if form.submits(
        lambda: services.join(
            person_id=current_id(person_id),
            about=form.about(),
            manner=ConsentManner(form.manner.data),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("La personne participe au covoiturage."), "success")
        return redirect(url_for("carpool.member", member_id=form.result), 303)
    return render_template("carpool/join.html", form=form, card=get_person_card(person_id)), form.status


@bp.get("/covoiturage/membres/<int:member_id>")
@requires(Permission.CARPOOL_VIEW, carpool_member="member_id")
def member(member_id: int) -> ResponseReturnValue:
    """Show a member: contact, offers and requests, what can be done."""
    note_view(load(CarpoolMember, member_id))
    return _home_page(desk_door(), member_id)


def _home_page(door: Door, member_id: int) -> ResponseReturnValue:
    own = cards.get_member_card(member_id)
    lines = cards.lines_of(member_id)
    actions = [
        (action.value, MEMBER_ACTION_LABELS[action])
        for action in MEMBERS.actions_from(own.member.state)
        if action is not MemberAction.RETURN
    ]
    return render_template(
        "carpool/home.html",
        door=door,
        own=own,
        current=[line for line in lines if line.state is not JourneyState.CLOSED],
        past=[line for line in lines if line.state is JourneyState.CLOSED],
        actions=actions,
        form=Form(),
    )


def _move_page(door: Door, member_id: int) -> ResponseReturnValue:
    asked = request.form.get("act", "")
    if asked not in {action.value for action in _MOVED}:
        raise NotFound("act")
    action, form = MemberAction(asked), Form()
    if form.submits(lambda: services.move(member_id=member_id, action=action, actor_id=door.actor_id, now=now()).value):
        flash(_(_MOVED[action]), "success")
        if action is MemberAction.LEAVE and door.blueprint == "carpool_links":
            return render_template("carpool/left.html")
    for message in form.violations:
        flash(message, "warning")
    return redirect(door.home(member_id), 303)


def _about_page(door: Door, member_id: int) -> ResponseReturnValue:
    form = AboutForm()
    if not form.is_submitted():
        form.show(load(CarpoolMember, member_id))
    if form.submits(
        lambda: services.say(
            member_id=member_id, about=form.about(), version=form.typed_version(), actor_id=door.actor_id, now=now()
        )
    ):
        flash(_("C’est enregistré."), "success")
        return redirect(door.home(member_id), 303)
    if isinstance(form.violation, StaleVersion):
        form.show_version(load(CarpoolMember, member_id))
    own = cards.get_member_card(member_id)
    return render_template("carpool/about.html", door=door, own=own, form=form), form.status


@bp.post("/covoiturage/membres/<int:member_id>/etat")
@requires(Permission.CARPOOL_EDIT, carpool_member="member_id")
def move(member_id: int) -> ResponseReturnValue:
    """Pause, resume or end somebody's part."""
    return _move_page(desk_door(), member_id)


@bp.route("/covoiturage/membres/<int:member_id>/modifier", methods=["GET", "POST"])
@requires(Permission.CARPOOL_EDIT, carpool_member="member_id")
def about(member_id: int) -> ResponseReturnValue:
    """Change what a member says of themselves."""
    note_view(load(CarpoolMember, member_id))
    return _about_page(desk_door(), member_id)


@bp.post("/covoiturage/membres/<int:member_id>/lien")
@requires(Permission.CARPOOL_EDIT, carpool_member="member_id")
def send_link(member_id: int) -> ResponseReturnValue:
    """Send a member their link, or a new one in its place."""
    form, revoke = Form(), bool(request.form.get("revoke"))
    if form.submits(
        lambda: services.send_link(member_id=member_id, actor_id=actor().user_id, now=now(), revoke=revoke)
    ):
        flash(
            _("Un nouveau lien est parti. L’ancien ne marche plus.") if revoke else _("Le lien est parti."), "success"
        )
    for message in form.violations:
        flash(message, "warning")
    return redirect(url_for("carpool.member", member_id=member_id), 303)


@bp.post("/covoiturage/membres/<int:member_id>/papiers")
@requires(Permission.CARPOOL_EDIT, carpool_member="member_id")
def check_papers(member_id: int) -> ResponseReturnValue:
    """Note that licence and insurance were seen."""
    form = Form()
    user_id = actor().user_id
    if user_id is None:
        raise NotFound("user")
    if form.submits(lambda: services.check_papers(member_id=member_id, actor_id=user_id, now=now())):
        flash(_("C’est noté : le permis et l’assurance sont vus."), "success")
    for error in form.errors_summary:
        flash(error[2], "warning")
    return redirect(url_for("carpool.member", member_id=member_id), 303)


@portal_bp.get("/mon-espace/covoiturage")
@requires(Permission.PORTAL_VIEW)
def home() -> ResponseReturnValue:
    """Show one's own carpooling, or what it is."""
    known = own_member()
    if known is None or known.state is MemberState.LEFT:
        own_id = actor().person_id
        return render_template("carpool/what.html", protected=get_person_card(current_id(own_id or 0)).protected)
    return _home_page(portal_door(), known.id)


@portal_bp.route("/mon-espace/covoiturage/participer", methods=["GET", "POST"], endpoint="join")
@requires(Permission.PORTAL_BOOK)
def own_join() -> ResponseReturnValue:
    """Take part."""
    own_id = actor().person_id
    if own_id is None:
        raise NotFound("person")
    known = own_member()
    if known is not None and known.state is not MemberState.LEFT and request.method == "GET":
        return redirect(url_for("my_carpool.home"), 303)
    form = OwnJoinForm()
    if form.submits(
        lambda: services.join(
            person_id=current_id(own_id),
            about=form.about(),
            manner=ConsentManner.ONLINE,
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Vous participez au covoiturage."), "success")
        return redirect(url_for("my_carpool.home"), 303)
    return render_template("carpool/own_join.html", form=form), form.status


def _own_id() -> int:
    known = own_member()
    if known is None:
        raise NotFound("carpool_member")
    return known.id


@portal_bp.post("/mon-espace/covoiturage/etat", endpoint="move")
@requires(Permission.PORTAL_BOOK)
def own_move() -> ResponseReturnValue:
    """Pause, resume or end one's own part."""
    return _move_page(portal_door(), _own_id())


@portal_bp.route("/mon-espace/covoiturage/moi", methods=["GET", "POST"], endpoint="about")
@requires(Permission.PORTAL_BOOK)
def own_about() -> ResponseReturnValue:
    """Change what one says of oneself."""
    return _about_page(portal_door(), _own_id())


@links_bp.get("/c/<token>", endpoint="home")
@signed_link
def link_home(token: str) -> ResponseReturnValue:
    """Show a member without account their page."""
    return _home_page(link_door(token), linked(token).id)


@links_bp.post("/c/<token>/etat", endpoint="move")
@signed_link
def link_move(token: str) -> ResponseReturnValue:
    """Confirm, pause, resume or end one's own part."""
    return _move_page(link_door(token), linked(token).id)


@links_bp.route("/c/<token>/moi", methods=["GET", "POST"], endpoint="about")
@signed_link
def link_about(token: str) -> ResponseReturnValue:
    """Change what one says of oneself."""
    return _about_page(link_door(token), linked(token).id)
