"""The person's page of papers behind their link."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from mobility.core import links
from mobility.core.clock import now
from mobility.core.db import db, load
from mobility.core.links import LinkExpired, LinkInvalid
from mobility.core.web.access import signed_link
from mobility.desks.models import Desk
from mobility.microcredit.dossiers.queries import get_dossier
from mobility.microcredit.paperwork import queries, words
from mobility.microcredit.paperwork.models import PaperRequest
from mobility.microcredit.paperwork.receiving import receive
from mobility.microcredit.rules.states import OVER
from mobility.people.models import Person

links_bp = Blueprint("microcredit_paper_links", __name__)
TOKEN_MAX = 400


def _read(token: str) -> PaperRequest:
    """Return what a link was made for. Raises LinkInvalid, LinkExpired."""
    payload = links.read(words.LINK_PURPOSE, token[:TOKEN_MAX], now=now())
    request = db.session.get(PaperRequest, int(payload["r"]))
    if request is None:
        raise LinkInvalid
    if not queries.is_open(request, now=now()):
        raise LinkExpired
    return request


@links_bp.route("/papiers/<token>", methods=["GET", "POST"])
@signed_link
def papers(token: str) -> ResponseReturnValue:
    """Show the papers that are asked for, and take them one page at a time."""
    request = _read(token)
    row = get_dossier(request.dossier_id)
    person = load(Person, row.person_id)
    if row.state in OVER or person.restricted_at is not None:
        raise LinkExpired
    return receive(
        row,
        codes=request.codes,
        here=url_for("microcredit_paper_links.papers", token=token),
        shown={"desk": load(Desk, person.desk_id), "until": request.expires_at, "name": person.first_name},
    )
