"""The pages behind the signed links of reminders: a link shows, a button acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import render_template
from flask.typing import ResponseReturnValue

from mobility.core import links
from mobility.core.clock import day_of, now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.links import LinkInvalid
from mobility.core.web.access import signed_link
from mobility.desks.models import Desk
from mobility.loans import services, words
from mobility.loans.forms import AskEndForm, ConfirmForm
from mobility.loans.models import Loan
from mobility.loans.rules.states import ON_THE_ROAD
from mobility.loans.services.reminders import LINK_PURPOSE
from mobility.loans.views.blueprints import links_bp


@dataclass(frozen=True)
class _Asked:
    loan: Loan
    desk: Desk
    due_at: datetime
    token: str

    @property
    def stands(self) -> bool:
        """Tell whether the question still holds: the vehicle is out, and its end has not changed."""
        return self.loan.state in ON_THE_ROAD and self.loan.due_at == self.due_at

    @property
    def vehicle(self) -> str:
        """How the page names the vehicle."""
        return words.vehicle_word(self.loan.category)


def _read(token: str) -> _Asked:
    payload = links.read(LINK_PURPOSE, token[:400], now=now())
    try:
        loan = load(Loan, int(payload["l"]))
    except NotFound:
        raise LinkInvalid from None
    return _Asked(loan, load(Desk, loan.desk_id), datetime.fromtimestamp(int(payload["d"]), UTC), token)


@links_bp.get("/r/<token>")
@signed_link
def choose(token: str) -> ResponseReturnValue:
    """Show both answers."""
    return render_template("loans/link_choose.html", asked=_read(token), page_for="choose")


@links_bp.route("/r/<token>/a-l-heure", methods=["GET", "POST"])
@signed_link
def on_time(token: str) -> ResponseReturnValue:
    """Say « je rends à l'heure »."""
    asked = _read(token)
    form = ConfirmForm()
    if form.submits(lambda: services.confirm_return(loan_id=asked.loan.id, due_at=asked.due_at, now=now())):
        return render_template("loans/link_done.html", asked=_read(token), asks=False, stands=bool(form.result))
    return render_template("loans/link_on_time.html", asked=asked, form=form), form.status


@links_bp.route("/r/<token>/plus-de-temps", methods=["GET", "POST"])
@signed_link
def more_time(token: str) -> ResponseReturnValue:
    """Say « j'ai besoin de plus de temps »."""
    asked = _read(token)
    form = AskEndForm()

    def act() -> int:
        if not asked.stands:
            raise LinkInvalid("La date de retour a déjà changé. Regardez le dernier message reçu.")
        return services.request_extension(
            loan_id=asked.loan.id, new_due_at=form.new_due_at(asked.due_at), note=form.note.data, now=now()
        )

    if form.submits(act):
        return render_template("loans/link_done.html", asked=asked, asks=True, stands=True)
    if not form.is_submitted():
        form.due_on.data = day_of(max(asked.due_at, now())) + timedelta(days=3)
    return render_template("loans/link_more_time.html", asked=asked, form=form), form.status
