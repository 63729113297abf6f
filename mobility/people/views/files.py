"""The file itself: what is known, and the forms that change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from mobility.accounts import audit
from mobility.core.db import load
from mobility.core.errors import StaleVersion
from mobility.core.web.access import Permission, actor, may_touch, requires
from mobility.core.web.compare import side_by_side
from mobility.desks.queries import desk_choices
from mobility.geo import communes, maps
from mobility.geo.geocoding import approximate_words, is_exact
from mobility.geo.maps import PIN_KM
from mobility.geo.pins import PinKnown, text_of
from mobility.people import queries, services
from mobility.people.errors import StaffUnfit
from mobility.people.forms import AddressForm, FollowUpForm, IdentityForm
from mobility.people.kinds import READING_LABELS
from mobility.people.models import Person
from mobility.people.queries.card import address_of
from mobility.people.rules import SIGNS_LABELS
from mobility.people.services.identity import identity_of
from mobility.people.views.base import act, bp, me, note_address_seen, now

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/personnes/<int:person_id>/fiche")
@requires(Permission.PERSON_VIEW, person="person_id")
def show(person_id: int) -> ResponseReturnValue:
    """Show all that is known of the person, with a way to change each part."""
    card = queries.get_person_card(person_id)
    audit.record_view(actor_id=me(), person_id=person_id, now=now())
    allowed = {p.name: may_touch(actor(), p, "person", person_id) for p in _SHOWN if actor().permits(p)}
    return render_template(
        "people/show.html",
        card=card,
        reading=READING_LABELS[card.reading_ease],
        signs=SIGNS_LABELS[card.signs_with],
        notes=queries.list_notes(person_id)[:5],
        allowed=allowed,
        may_audit=actor().permits(Permission.AUDIT_VIEW),
    )


_SHOWN = (
    Permission.PERSON_EDIT,
    Permission.PERSON_MERGE,
    Permission.PERSON_PROTECT,
    Permission.CONTACT_NOTE,
    Permission.RIGHTS_MANAGE,
    Permission.RETENTION_MANAGE,
)


@bp.route("/personnes/<int:person_id>/identite", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def edit_identity(person_id: int) -> ResponseReturnValue:
    """Change who the person is; two edits at once are shown side by side."""
    person = load(Person, person_id)
    form = IdentityForm(data=_typed_identity(person))
    if form.submits(
        lambda: services.edit_identity(
            person_id=person_id, identity=form.identity(), version=form.read_version, actor_id=me(), now=now()
        )
    ):
        flash(_("L’identité est enregistrée."), "success")
        return redirect(url_for("people.show", person_id=person_id), 303)
    compared = []
    if isinstance(form.violation, StaleVersion):
        person = load(Person, person_id)
        compared = side_by_side(form, {n: v for n, v in _typed_identity(person).items() if n != "version"})
        form.version.data = str(person.version)
    return render_template("people/identity.html", form=form, person=person, compared=compared), form.status


def _typed_identity(person: Person) -> dict[str, object]:
    typed = identity_of(person)
    typed["situation"] = typed.pop("status")
    return {**typed, "version": person.version}


@bp.route("/personnes/<int:person_id>/adresse", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def edit_address(person_id: int) -> ResponseReturnValue:
    """Show the address (of a protected file, here only; it is logged) and change it."""
    person = load(Person, person_id)
    if person.protected:
        note_address_seen(person_id)
    form = AddressForm(data=_typed_address(person))
    form.pin_known = PinKnown(_pin(person), person.street, person.insee_code)
    place = form.find_place(outside=not person.protected)
    if form.submits(
        lambda: services.edit_address(
            person_id=person_id, address=form.address(place), version=form.read_version, actor_id=me(), now=now()
        )
    ):
        flash(_("L’adresse est enregistrée."), "success")
        return redirect(url_for("people.show", person_id=person_id), 303)
    compared = []
    if isinstance(form.violation, StaleVersion):
        person = load(Person, person_id)
        compared = side_by_side(form, {n: v for n, v in _typed_address(person).items() if n != "version"})
        form.version.data = str(person.version)
    return (
        render_template(
            "people/address.html",
            form=form,
            person=person,
            address=address_of(person),
            position_note=approximate_words(person.position_precision),
            place_map=_place_map(person),
            compared=compared,
        ),
        form.status,
    )


def _pin(person: Person) -> str:
    return text_of(person.latitude, person.longitude, person.position_precision)


def _place_map(person: Person) -> maps.MapView | None:
    """Return the map on which the home may be shown; none where the address itself is known, or not even the commune."""
    if is_exact(person.position_precision):
        return None
    label = _("Carte de %(city)s : cliquez là où se trouve l’adresse.", city=person.city)
    return maps.around(person.insee_code, km=PIN_KM, label=label, private=person.protected)


def _typed_address(person: Person) -> dict[str, object]:
    commune = communes.find(person.insee_code) if person.insee_code else None
    return {
        "street": person.street,
        "postcode": person.postcode,
        "commune": commune.label if commune else None,
        "address_note": person.address_note,
        "pin": _pin(person),
        "version": person.version,
    }


@bp.route("/personnes/<int:person_id>/suivi", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def follow_up(person_id: int) -> ResponseReturnValue:
    """Say which desk accompanies the person, and who is the referent."""
    person = load(Person, person_id)
    form = FollowUpForm(
        data={"desk_id": person.desk_id, "referent_user_id": person.referent_user_id, "version": person.version}
    )
    form.desk_id.choices = desk_choices()
    if person.protected:
        # Nobody else may learn of the file: its referent is one of the named staff.
        named = queries.get_person_card(person_id).named_staff
        form.referent_user_id.choices = list(named)
    else:
        form.referent_user_id.choices = [("", _("Personne pour l’instant")), *queries.team_of(None)]

    def change() -> None:
        if person.protected and form.referent_user_id.data not in {user_id for user_id, _name in named}:
            raise StaffUnfit(field="referent_user_id")
        services.set_follow_up(
            person_id=person_id,
            desk_id=form.desk_id.data,
            referent_user_id=form.referent_user_id.data,
            version=form.read_version,
            actor_id=me(),
            now=now(),
        )

    if form.submits(change):
        flash(_("Le suivi est enregistré."), "success")
        if may_touch(actor(), Permission.PERSON_VIEW, "person", person_id):
            return redirect(url_for("people.show", person_id=person_id), 303)
        return redirect(url_for("people.search"), 303)
    compared = []
    if isinstance(form.violation, StaleVersion):
        person = load(Person, person_id)
        compared = side_by_side(form, {"desk_id": person.desk_id, "referent_user_id": person.referent_user_id})
        form.version.data = str(person.version)
    return render_template("people/follow_up.html", form=form, person=person, compared=compared), form.status


@bp.post("/personnes/<int:person_id>/archiver")
@requires(Permission.RETENTION_MANAGE, person="person_id")
def restrict(person_id: int) -> ResponseReturnValue:
    """Archive the file: open to managers only."""
    return act(
        lambda: services.restrict_person(person_id=person_id, actor_id=me(), now=now()),
        done=_("La fiche est archivée : seuls les responsables la voient."),
        back=url_for("people.show", person_id=person_id),
    )


@bp.post("/personnes/<int:person_id>/rouvrir")
@requires(Permission.RETENTION_MANAGE, person="person_id")
def reopen(person_id: int) -> ResponseReturnValue:
    """Take the file out of the archive."""
    return act(
        lambda: services.reopen_person(person_id=person_id, actor_id=me(), now=now()),
        done=_("La fiche est de nouveau ouverte à l’équipe."),
        back=url_for("people.show", person_id=person_id),
    )
