"""Pages of the team: the outbox, one message, the demonstration's box."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now
from mobility.core.errors import RuleViolation
from mobility.core.web.access import Permission, actor, public, requires
from mobility.core.web.pagination import page_number
from mobility.notifications import kinds, queries, services
from mobility.notifications.templates import all_templates

bp = Blueprint("notifications", __name__)
E = TypeVar("E", bound=StrEnum)


def _choice(name: str, choices: type[E]) -> E | None:
    """Return the filter of the address; anything unknown filters nothing."""
    try:
        return choices(request.args.get(name, ""))
    except ValueError:
        return None


@bp.get("/administration/messages")
@requires(Permission.OUTBOX_VIEW)
def outbox() -> ResponseReturnValue:
    """List the messages and what became of them."""
    names = {template.name for template in all_templates()}
    template = request.args.get("modele", "")
    return render_template(
        "notifications/outbox.html",
        page=queries.list_messages(
            number=page_number(),
            state=_choice("etat", kinds.MessageState),
            channel=_choice("canal", kinds.Channel),
            message_class=_choice("classe", kinds.MessageClass),
            template=template if template in names else None,
        ),
        counts=queries.count_by_state(),
        templates=all_templates(),
        kinds=kinds,
        may_retry=actor().permits(Permission.OUTBOX_RETRY),
    )


@bp.get("/administration/messages/<int:message_id>")
@requires(Permission.OUTBOX_VIEW, message="message_id")
def message(message_id: int) -> ResponseReturnValue:
    """Show one message with its attempts."""
    return render_template(
        "notifications/message.html",
        card=queries.get_message_card(message_id),
        kinds=kinds,
        may_retry=actor().permits(Permission.OUTBOX_RETRY),
    )


@bp.post("/administration/messages/<int:message_id>/renvoyer")
@requires(Permission.OUTBOX_RETRY, message="message_id")
def retry(message_id: int) -> ResponseReturnValue:
    """Put a failed message back into the queue."""
    try:
        services.retry(message_id=message_id, now=now())
        flash(_("Le message va être renvoyé."), "success")
    except RuleViolation as violation:
        flash(_(violation.message_template), "warning")
    return redirect(url_for("notifications.message", message_id=message_id), 303)


@bp.get("/notifications/boite-de-demo")
@public
def demo_box() -> ResponseReturnValue:
    """Show what the local channel kept. Public, as the codes to sign in arrive here; only in demo mode."""
    if not current_app.config["DEMO"]:
        abort(404)
    return render_template(
        "notifications/demo_box.html", page=queries.list_local_messages(number=page_number()), kinds=kinds
    )
