"""Phones, mailboxes, wishes, the second secret and the paper card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from mobility.core.errors import NotFound, StaleVersion
from mobility.core.web.access import Permission, requires
from mobility.core.web.compare import side_by_side
from mobility.notifications.kinds import Channel
from mobility.people import cards, queries, services
from mobility.people.forms import CardForm, ContactForm, ContactUseForm, PreferencesForm, SecretForm
from mobility.people.queries import ContactCard, PersonCard
from mobility.people.views.base import act, bp, me, now

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _back(person_id: int) -> str:
    return url_for("people.show", person_id=person_id, _anchor="contacts")


@bp.route("/personnes/<int:person_id>/contacts/ajouter", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def add_contact(person_id: int) -> ResponseReturnValue:
    """Add a phone or a mailbox."""
    form = ContactForm()
    if form.submits(
        lambda: services.add_contact(
            person_id=person_id,
            channel=Channel(form.channel.data),
            value=form.value.data,
            actor_id=me(),
            now=now(),
            **form.use(),
        )
    ):
        flash(_("Le contact est ajouté."), "success")
        return redirect(_back(person_id), 303)
    return render_template(
        "people/contact.html", form=form, card=queries.get_person_card(person_id), point=None, compared=[]
    ), form.status


def _point(card: PersonCard, contact_id: int) -> ContactCard:
    point = next((contact for contact in card.contacts if contact.id == contact_id), None)
    if point is None:
        raise NotFound("contact_point")
    return point


@bp.route("/personnes/<int:person_id>/contacts/<int:contact_id>", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def change_contact(person_id: int, contact_id: int) -> ResponseReturnValue:
    """Say whose it is and how to use it; confirm it after a bounce; take it out of use."""
    card = queries.get_person_card(person_id)
    point = _point(card, contact_id)
    form = ContactUseForm(data={**_typed(point), "version": point.version})
    if form.submits(
        lambda: services.change_contact(
            person_id=person_id,
            contact_point_id=contact_id,
            version=form.read_version,
            actor_id=me(),
            now=now(),
            **form.use(),
        )
    ):
        flash(_("Le contact est modifié."), "success")
        return redirect(_back(person_id), 303)
    compared = []
    if isinstance(form.violation, StaleVersion):
        point = _point(queries.get_person_card(person_id), contact_id)
        compared = side_by_side(form, _typed(point))
        form.version.data = str(point.version)
    return render_template("people/contact.html", form=form, card=card, point=point, compared=compared), form.status


def _typed(point: ContactCard) -> dict[str, object]:
    return {name: getattr(point, name) for name in ("holder", "holder_name", "safe_from", "safe_until", "neutral")}


@bp.post("/personnes/<int:person_id>/contacts/<int:contact_id>/retirer")
@requires(Permission.PERSON_EDIT, person="person_id")
def remove_contact(person_id: int, contact_id: int) -> ResponseReturnValue:
    """Take a contact out of use."""
    return act(
        lambda: services.remove_contact(person_id=person_id, contact_point_id=contact_id, actor_id=me(), now=now()),
        done=_("Le contact est retiré."),
        back=_back(person_id),
    )


@bp.post("/personnes/<int:person_id>/contacts/<int:contact_id>/confirmer")
@requires(Permission.PERSON_EDIT, person="person_id")
def confirm_contact(person_id: int, contact_id: int) -> ResponseReturnValue:
    """Note that the contact works."""
    return act(
        lambda: services.confirm_contact(person_id=person_id, contact_point_id=contact_id, actor_id=me(), now=now()),
        done=_("Le contact est confirmé."),
        back=_back(person_id),
    )


@bp.route("/personnes/<int:person_id>/preferences", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def preferences(person_id: int) -> ResponseReturnValue:
    """Keep how the person wants to be written to."""
    card = queries.get_person_card(person_id)
    form = PreferencesForm(
        data={
            "preferred_channel": card.preferred_channel,
            "digest": card.digest,
            "paused_until_on": card.paused_until_on,
        }
    )
    if form.submits(
        lambda: services.set_preferences(
            person_id=person_id,
            preferred_channel=Channel(form.preferred_channel.data) if form.preferred_channel.data else None,
            digest=form.digest.data,
            paused_until_on=form.paused_until_on.data,
            actor_id=me(),
            now=now(),
        )
    ):
        flash(_("Les préférences sont enregistrées."), "success")
        return redirect(_back(person_id), 303)
    return render_template("people/preferences.html", form=form, card=card), form.status


@bp.route("/personnes/<int:person_id>/code-personnel", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def second_secret(person_id: int) -> ResponseReturnValue:
    """Choose the second secret with the person."""
    form = SecretForm()
    if form.submits(
        lambda: services.set_second_secret(
            person_id=person_id, second_secret=form.second_secret.data, actor_id=me(), now=now()
        )
    ):
        flash(
            _("Le code personnel est enregistré. La personne doit le retenir : personne ne peut le relire."), "success"
        )
        return redirect(_back(person_id), 303)
    return render_template("people/secret.html", form=form, card=queries.get_person_card(person_id)), form.status


@bp.post("/personnes/<int:person_id>/code-personnel/oublier")
@requires(Permission.PERSON_EDIT, person="person_id")
def forget_secret(person_id: int) -> ResponseReturnValue:
    """Forget the second secret."""
    return act(
        lambda: services.clear_second_secret(person_id=person_id, actor_id=me(), now=now()),
        done=_("Le code personnel est oublié."),
        back=_back(person_id),
    )


@bp.route("/personnes/<int:person_id>/carte", methods=["GET", "POST"])
@requires(Permission.PERSON_EDIT, person="person_id")
def card(person_id: int) -> ResponseReturnValue:
    """Make a paper card and show it once, ready to print: its code is kept nowhere."""
    form = CardForm()
    made: list[str] = []

    def make() -> None:
        # Not returned: results of forms are kept for repeated clicks, and a code is not to be kept.
        made.append(
            services.make_card(person_id=person_id, actor_id=me(), now=now(), second_secret=form.second_secret.data)
        )

    if form.submits(make):
        if made:
            page = render_template(
                "people/card_print.html", card=queries.get_person_card(person_id), code=cards.show_code(made[0])
            )
            return page, 200, {"Cache-Control": "no-store"}
        flash(_("La carte vient d’être faite. Si elle n’est pas imprimée, faites-en une autre."), "warning")
        return redirect(url_for("people.card", person_id=person_id), 303)
    return render_template("people/card.html", form=form, card=queries.get_person_card(person_id)), form.status


@bp.post("/personnes/<int:person_id>/carte/annuler")
@requires(Permission.PERSON_EDIT, person="person_id")
def revoke_card(person_id: int) -> ResponseReturnValue:
    """Make a lost card worthless."""
    return act(
        lambda: services.revoke_card(person_id=person_id, actor_id=me(), now=now()),
        done=_("La carte ne fonctionne plus."),
        back=_back(person_id),
    )
