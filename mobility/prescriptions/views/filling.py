"""The form of a prescription, for whoever fills it in: sent, or kept as a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import day_of, format_date, now
from mobility.core.db import load
from mobility.core.errors import RuleViolation
from mobility.core.web.forms import Form
from mobility.documents.services import Prepared
from mobility.documents.uploads import take
from mobility.prescriptions import services, tokens
from mobility.prescriptions.forms import PAPERS, PrescriptionForm
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.services import Origin

# The name of the button that keeps a draft.
KEEP = "draft"


@contextmanager
def papers(form: Form, names: Sequence[str] = PAPERS) -> Iterator[list[Prepared]]:
    """Give the files of a form, checked and written; a refusal stands beside its field."""
    with ExitStack() as stack:
        given = [stack.enter_context(take(form, name)) for name in names]
        yield [prepared for prepared in given if prepared is not None]


def handle(
    form: PrescriptionForm, origin: Callable[[], Origin], *, draft: Prescription | None = None
) -> ResponseReturnValue | None:
    """Send the form or keep its draft; return where to go, or None where the page is to be shown (again)."""
    draft_id = draft.id if draft is not None else None
    if not form.is_submitted():
        if draft is not None:
            form.show(draft.draft or {})
            form.offer_desks()
        return None
    form.offer_desks()
    with papers(form) as files:
        if request.form.get("act") == KEEP:
            return _keep(form, origin, files, draft_id)

        def act() -> str:
            sent = services.send(
                intake=form.intake(),
                origin=origin(),
                desk_id=form.chosen_desk(),
                draft_id=draft_id,
                files=files,
                now=now(),
            )
            return tokens.follow_token(load(Prescription, sent))

        if form.submits(act):
            # The page on which the sender sees what becomes of it begins with the receipt.
            return redirect(url_for("prescription_links.follow", token=form.result, recu=1), 303)
    return None


def _keep(
    form: PrescriptionForm, origin: Callable[[], Origin], files: Sequence[Prepared], draft_id: int | None
) -> ResponseReturnValue | None:
    if form.refuses_draft():
        return None
    try:
        kept = services.save_draft(values=form.typed(), origin=origin(), draft_id=draft_id, files=files, now=now())
    except RuleViolation as violation:
        form.add_violation(violation)
        return None
    row = load(Prescription, kept)
    until = format_date(day_of(row.draft_until_at)) if row.draft_until_at else ""
    flash(
        _(
            "Votre brouillon est gardé jusqu’au %(day)s. Gardez l’adresse de cette page pour y revenir ; "
            "elle part aussi à votre e-mail.",
            day=until,
        )
        if row.referent_recipient_id is not None
        else _("Votre brouillon est gardé jusqu’au %(day)s. Gardez l’adresse de cette page pour y revenir.", day=until),
        "success",
    )
    return redirect(url_for("prescription_links.draft", token=tokens.draft_token(row, now=now())), 303)
