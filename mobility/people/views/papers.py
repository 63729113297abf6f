"""Licences, consents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from mobility.core.errors import NotFound, StaleVersion
from mobility.core.web.access import Permission, requires
from mobility.core.web.compare import side_by_side
from mobility.people import queries, services
from mobility.people.kinds import ConsentKind, ConsentManner
from mobility.people.paper_forms import ConsentForm, LicenceForm
from mobility.people.queries import LicenceCard, PersonCard
from mobility.people.views.base import act, bp, me, now

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

_LICENCE_FIELDS = (
    "category",
    "number",
    "issued_on",
    "valid_until_on",
    "probation_until_on",
    "suspended_from_on",
    "suspended_until_on",
    "country",
    "exchange_due_on",
    "ads_until_on",
)


def _back(person_id: int, anchor: str) -> str:
    return url_for("people.show", person_id=person_id, _anchor=anchor)


@bp.route("/personnes/<int:person_id>/permis/ajouter", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def add_licence(person_id: int) -> ResponseReturnValue:
    """Add a licence."""
    form = LicenceForm()
    if form.submits(
        lambda: services.save_licence(
            person_id=person_id, licence=form.licence(), actor_id=me(), now=now(), seen=form.seen.data
        )
    ):
        flash(_("Le permis est ajouté."), "success")
        return redirect(_back(person_id, "permis"), 303)
    page = render_template(
        "people/licence.html", form=form, card=queries.get_person_card(person_id), licence=None, compared=[]
    )
    return page, form.status


def _licence(card: PersonCard, licence_id: int) -> LicenceCard:
    licence = next((licence for licence in card.licences if licence.id == licence_id), None)
    if licence is None:
        raise NotFound("person_licence")
    return licence


def _typed(licence: LicenceCard) -> dict[str, object]:
    return {**{name: getattr(licence, name) for name in _LICENCE_FIELDS}, "codes": ", ".join(licence.codes)}


@bp.route("/personnes/<int:person_id>/permis/<int:licence_id>", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def edit_licence(person_id: int, licence_id: int) -> ResponseReturnValue:
    """Change a licence; it must be seen again unless it lies on the desk."""
    card = queries.get_person_card(person_id)
    licence = _licence(card, licence_id)
    form = LicenceForm(data={**_typed(licence), "version": licence.version})
    if form.submits(
        lambda: services.save_licence(
            person_id=person_id,
            licence=form.licence(),
            actor_id=me(),
            now=now(),
            licence_id=licence_id,
            version=form.read_version,
            seen=form.seen.data,
        )
    ):
        flash(_("Le permis est enregistré."), "success")
        return redirect(_back(person_id, "permis"), 303)
    compared = []
    if isinstance(form.violation, StaleVersion):
        licence = _licence(queries.get_person_card(person_id), licence_id)
        compared = side_by_side(form, _typed(licence))
        form.version.data = str(licence.version)
    return render_template("people/licence.html", form=form, card=card, licence=licence, compared=compared), form.status


@bp.post("/personnes/<int:person_id>/permis/<int:licence_id>/vu")
@requires(Permission.PERSON_EDIT, person="person_id")
def check_licence(person_id: int, licence_id: int) -> ResponseReturnValue:
    """Note that the paper licence was seen."""
    return act(
        lambda: services.check_licence(person_id=person_id, licence_id=licence_id, actor_id=me(), now=now()),
        done=_("Le permis est noté comme vu par vous."),
        back=_back(person_id, "permis"),
    )


@bp.post("/personnes/<int:person_id>/permis/<int:licence_id>/retirer")
@requires(Permission.PERSON_EDIT, person="person_id")
def remove_licence(person_id: int, licence_id: int) -> ResponseReturnValue:
    """Take a licence entered by mistake out of the file."""
    return act(
        lambda: services.remove_licence(person_id=person_id, licence_id=licence_id, actor_id=me(), now=now()),
        done=_("Le permis est retiré de la fiche."),
        back=_back(person_id, "permis"),
    )


@bp.route("/personnes/<int:person_id>/accords", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def consents(person_id: int) -> ResponseReturnValue:
    """Note what the person agrees to."""
    form = ConsentForm()
    if form.submits(
        lambda: services.give_consent(
            person_id=person_id,
            kind=ConsentKind(form.kind.data),
            manner=ConsentManner(form.manner.data),
            actor_id=me(),
            now=now(),
        )
    ):
        flash(_("L’accord est noté."), "success")
        return redirect(url_for("people.consents", person_id=person_id), 303)
    return render_template("people/consents.html", form=form, card=queries.get_person_card(person_id)), form.status


@bp.post("/personnes/<int:person_id>/accords/<kind>/retirer")
@requires(Permission.PERSON_EDIT, person="person_id")
def withdraw_consent(person_id: int, kind: str) -> ResponseReturnValue:
    """Note that the person takes an agreement back."""
    try:
        wanted = ConsentKind(kind)
    except ValueError:
        raise NotFound("person_consent") from None
    return act(
        lambda: services.withdraw_consent(person_id=person_id, kind=wanted, actor_id=me(), now=now()),
        done=_("L’accord est retiré."),
        back=url_for("people.consents", person_id=person_id),
    )
