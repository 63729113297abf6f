"""The person reads and signs an agreement on their phone: behind a link, or in their own space."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from mobility.core import links
from mobility.core.clock import now, today
from mobility.core.db import load
from mobility.core.links import LinkExpired, LinkInvalid
from mobility.core.web.access import Permission, actor, requires, signed_link
from mobility.desks.models import Desk
from mobility.microcredit import parameters as room
from mobility.microcredit.accords import queries, words
from mobility.microcredit.accords.models import CreditAccord
from mobility.microcredit.accords.shown import shown, signatures_of
from mobility.microcredit.accords.views import is_open, paper_response, sign_as
from mobility.microcredit.dossiers.queries import get_dossier
from mobility.microcredit.rules.states import RUNNING
from mobility.microcredit.rules.words import percent_fr
from mobility.pathway.plan.forms import SignForm
from mobility.pathway.plan.rules.signature import HEIGHT, WIDTH
from mobility.pathway.plan.rules.terms import Manner, Party
from mobility.people.access import own_file
from mobility.people.models import Person
from mobility.people.queries import get_signatories

links_bp = Blueprint("microcredit_accord_links", __name__)
portal_bp = Blueprint("my_microcredit_accord", __name__)
TOKEN_MAX = 400


def _read(token: str) -> tuple[CreditAccord, Person, int | None, str]:
    """Return what a link was made for: the agreement, whose it is, who represents them, in which quality.

    Raises LinkInvalid (also once a representative no longer may sign), LinkExpired.
    """
    payload = links.read(words.LINK_PURPOSE, token[:TOKEN_MAX], now=now())
    accord = queries.find_accord(int(payload["a"]))
    if accord is None or accord.erased_at is not None:
        raise LinkInvalid
    person, representative_id = queries.owner_of(accord), payload.get("r")
    if person.restricted_at is not None:
        raise LinkExpired
    if representative_id is None:
        return accord, person, None, ""
    for one in get_signatories(person.id, on=today()).representatives:
        if one.id == representative_id:
            return accord, person, one.id, one.kind_label
    raise LinkInvalid


@links_bp.route("/accord/<token>", methods=["GET", "POST"])
@signed_link
def sign(token: str) -> ResponseReturnValue:
    """Show the agreement behind a signed link, and sign it."""
    accord, person, representative_id, quality = _read(token)
    party = Party.PERSON if representative_id is None else Party.REPRESENTATIVE
    return _page(
        accord,
        person,
        party,
        Manner.LINK,
        representative_id=representative_id,
        actor_id=None,
        shown_too={
            "quality": quality,
            "paper": url_for("microcredit_accord_links.paper", token=token),
            "back": None,
        },
    )


@links_bp.get("/accord/<token>/accord.pdf")
@signed_link
def paper(token: str) -> ResponseReturnValue:
    """Give the paper behind a signed link as it stands."""
    return paper_response(_read(token)[0])


@portal_bp.route("/mon-espace/micro-credit/accord", methods=["GET", "POST"])
@requires(Permission.PORTAL_VIEW)
def own() -> ResponseReturnValue:
    """Let the person read and sign in their own space."""
    accord = queries.waiting_of_person(own_file())
    if accord is None:
        return redirect(url_for("my_microcredit.index"), 303)
    return _page(
        accord,
        queries.owner_of(accord),
        Party.PERSON,
        Manner.PORTAL,
        representative_id=None,
        actor_id=actor().user_id,
        shown_too={
            "quality": "",
            "paper": url_for("my_microcredit_accord.own_paper"),
            "back": url_for("my_microcredit.index"),
        },
    )


@portal_bp.get("/mon-espace/micro-credit/accord.pdf")
@requires(Permission.PORTAL_VIEW)
def own_paper() -> ResponseReturnValue:
    """Give the person the paper of their agreement."""
    accord = queries.waiting_of_person(own_file())
    if accord is None:
        return redirect(url_for("my_microcredit.index"), 303)
    return paper_response(accord)


def _page(
    accord: CreditAccord,
    person: Person,
    party: Party,
    manner: Manner,
    *,
    representative_id: int | None,
    actor_id: int | None,
    shown_too: dict[str, Any],
) -> ResponseReturnValue:
    accord_id, desk_id, dossier_id = accord.id, person.desk_id, accord.dossier_id
    form = SignForm()
    form.shape()
    done = sign_as(form, accord_id, party, manner, actor_id, representative_id=representative_id)
    accord = queries.get_accord(accord_id)
    runs = get_dossier(dossier_id).state in RUNNING
    return render_template(
        "microcredit/accord_phone.html",
        form=form,
        accord=accord,
        said=shown(accord),
        party=party,
        done=done or party in signatures_of(accord),
        is_open=runs and is_open(accord, party),
        desk=load(Desk, desk_id),
        pad=(WIDTH, HEIGHT),
        percent=percent_fr,
        legal_sentence=room.legal_sentence(on=today()),
        **shown_too,
    ), form.status
