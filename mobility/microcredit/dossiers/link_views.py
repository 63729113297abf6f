"""What the bank sees behind its link: the dossier, its paper, and one answer. The link shows, a button acts."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from mobility.core import links
from mobility.core.clock import day_of, now, today
from mobility.core.db import load
from mobility.core.links import LinkExpired, LinkInvalid
from mobility.core.web.access import signed_link
from mobility.desks.models import Desk
from mobility.documents.models import Document
from mobility.microcredit import parameters as room
from mobility.microcredit.dossiers import checklist, queries, services, words
from mobility.microcredit.dossiers.forms import AnswerForm, ReceiptForm
from mobility.microcredit.dossiers.models import MicrocreditTransmission
from mobility.microcredit.dossiers.standing import find_quote
from mobility.microcredit.paperwork.file_views import as_file
from mobility.microcredit.rules.motives import label_of
from mobility.microcredit.rules.offers import announced_percent
from mobility.microcredit.rules.states import BANK_ACTIONS, BANK_READS, STATE_LABELS, State
from mobility.microcredit.rules.words import percent_fr
from mobility.organisations.queries import organisation_names
from mobility.people.models import Person

links_bp = Blueprint("microcredit_links", __name__)
TOKEN_MAX = 400


def _read(token: str) -> MicrocreditTransmission:
    """Return what a link was made for. Raises LinkInvalid, LinkExpired."""
    payload = links.read(words.LINK_PURPOSE, token[:TOKEN_MAX], now=now())
    sent = queries.find_transmission(int(payload["t"]))
    if sent is None or load(Document, sent.document_id).erased_at is not None:
        raise LinkInvalid
    if load(Person, queries.get_dossier(sent.dossier_id).person_id).restricted_at is not None:
        raise LinkExpired
    return sent


def _is_read(sent: MicrocreditTransmission) -> bool:
    """Tell whether the dossier is still the matter of the bank that a link was made for (two queries)."""
    newest = queries.transmissions_of(sent.dossier_id)[0]
    return newest.id == sent.id and queries.get_dossier(sent.dossier_id).state in BANK_READS


@links_bp.route("/banque/dossier/<token>", methods=["GET", "POST"])
@signed_link
def answer(token: str) -> ResponseReturnValue:
    """Show the dossier to its bank, and take its answer once."""
    sent = _read(token)
    if request.method == "GET":
        services.note_view(transmission_id=sent.id, what="page", now=now())
        sent = _read(token)
    listed = checklist.of_dossier(queries.get_dossier(sent.dossier_id), on=today())
    pressed = request.form.get("act", "")
    receipt = ReceiptForm() if pressed == "receipt" else ReceiptForm(formdata=None)
    form = AnswerForm(formdata=None) if pressed == "receipt" else AnswerForm()
    motives = room.motives(on=today())
    form.motive.choices = [("", "—"), *((one.code, one.label) for one in motives)]
    form.codes.choices = [(one.paper.code, one.paper.label) for one in listed]
    if pressed == "receipt":
        receipt.submits(
            lambda: services.acknowledge(transmission_id=sent.id, name=receipt.receiver.data or "", now=now())
        )
    elif form.submits(
        lambda: services.answer(
            transmission_id=sent.id,
            said=form.said(),
            now=now(),
        )
    ):
        pass  # what follows is read again below, as everybody who opens the link sees it
    sent = _read(token)
    if not form.is_submitted() or pressed == "receipt":
        form.name.data = sent.acknowledged_by or None
    row = queries.get_dossier(sent.dossier_id)
    person = load(Person, row.person_id)
    given = next(
        (one for one in queries.log_of(row.id) if one.transmission_id == sent.id and one.action in BANK_ACTIONS), None
    )
    reads = _is_read(sent)
    return render_template(
        "microcredit/link_answer.html",
        sent=sent,
        row=row,
        token=token,
        form=form,
        receipt=receipt,
        desk=load(Desk, person.desk_id),
        person=person,
        bank=organisation_names([sent.bank_id]).get(sent.bank_id, ""),
        given=given,
        motive=label_of(given.motive, room.motives(on=day_of(given.at))) if given else "",
        state=STATE_LABELS[given.to_state] if given else "",
        reads=reads,
        waits=given is None and reads and row.state is State.TRANSMITTED,
        quote=find_quote(row, on=today()) if reads else None,
        announced=announced_percent,
        percent=percent_fr,
    ), receipt.status if pressed == "receipt" else form.status


@links_bp.get("/banque/dossier/<token>/dossier.pdf")
@signed_link
def pdf(token: str) -> ResponseReturnValue:
    """Give the paper that was frozen for the bank, while the dossier is its matter."""
    sent = _read(token)
    if not _is_read(sent):
        raise LinkExpired
    services.note_view(transmission_id=sent.id, what="file", now=now())
    sent = _read(token)
    return as_file(load(Document, sent.document_id))
