"""The page from which papers are sent, behind the link and in the portal: one file a time, without scripts too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, cast

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now, today
from mobility.core.crypto import random_token
from mobility.documents import services as documents
from mobility.documents.errors import UploadRefused
from mobility.documents.services import Prepared
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.paperwork import queries, services
from mobility.microcredit.paperwork.forms import PageForm
from mobility.microcredit.rules.cards import CARD_LABELS, CARD_TONES


def receive(
    row: MicrocreditDossier, *, codes: Sequence[str] | None, here: str, shown: dict[str, object]
) -> ResponseReturnValue:
    """Show the cards of a dossier's papers (those of ``codes``), and keep what is sent from ``here``."""
    form = PageForm()
    pressed = form.code.data or ""
    if form.is_submitted():
        # The page is often one that the phone kept: what is sent from it counts each time, the same file once.
        form.once.data = random_token(18)
        wanted = queries.cards_of(row, on=today(), codes=codes)
        known = pressed if pressed in {card.code for card in wanted} else ""
        if form.act.data == "back":
            if form.submits(lambda: services.take_back(dossier_id=row.id, code=known, now=now())):
                flash(_("La dernière page est retirée."), "success")
                return redirect(f"{here}#papier-{known}", 303)
        elif _send(form, row.id, known):
            flash(_("C’est envoyé. Merci !"), "success")
            return redirect(f"{here}#papier-{known}", 303)
    cards = queries.cards_of(row, on=today(), codes=codes)
    return render_template(
        "microcredit/phone.html",
        form=form,
        pressed=pressed,
        cards=cards,
        left=sum(card.wants for card in cards),
        labels=CARD_LABELS,
        tones=CARD_TONES,
        here=here,
        most_mb=documents.limit_mb(),
        **shown,
    ), form.status


def _send(form: PageForm, dossier_id: int, code: str) -> bool:
    sent = next((one for one in (request.files.get("photo"), request.files.get("file")) if one and one.filename), None)
    prepared: Prepared | None = None
    try:
        if sent is not None:
            # The name is not kept: it often holds one.
            prepared = documents.prepare_bytes(documents.read_limited(cast("BinaryIO", sent.stream)), "", paper=True)
        return form.submits(lambda: services.send_page(dossier_id=dossier_id, code=code, prepared=prepared, now=now()))
    except UploadRefused as refusal:
        form.add_violation(refusal)
        return False
    finally:
        if prepared is not None and not prepared.taken:
            documents.discard(prepared)
