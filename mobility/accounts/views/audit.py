"""The audit log, for managers (their desks) and auditors (everything)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import render_template, request
from flask_babel import gettext as _

from mobility.accounts import queries
from mobility.accounts.audit_values import say_field, say_value
from mobility.accounts.audit_words import action_choices, say_action, say_subject
from mobility.accounts.hooks import concealed, directory
from mobility.accounts.views.blueprint import bp
from mobility.core.web.access import ALL_DESKS, Permission, actor, requires
from mobility.core.web.forms import clean_line
from mobility.core.web.pagination import page_number, paginate

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _date(name: str) -> date | None:
    try:
        asked = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    # At both ends of the calendar a day of Paris has no instant in UTC.
    return asked if 2000 <= asked.year <= 2100 else None


def _id(name: str) -> int | None:
    number = request.args.get(name, type=int)
    return number if number is not None and 0 <= number < 2**31 else None


@bp.get("/administration/acces")
@requires(Permission.AUDIT_VIEW)
def audit_log() -> ResponseReturnValue:
    """Show who saw and changed what, newest first."""
    who = actor()
    desks = who.desk_ids(Permission.AUDIT_VIEW)
    wanted = queries.AuditFilter(
        person_id=_id("person_id"),
        actor_user_id=_id("actor"),
        action=(clean_line(request.args.get("action")) or "")[:80] or None,
        since_on=_date("since"),
        until_on=_date("until"),
    )
    page = paginate(queries.select_audit(wanted, desk_ids=None if desks is ALL_DESKS else desks), number=page_number())
    actor_ids = [entry.actor_user_id for entry in page.rows]
    persons = queries.persons_of(actor_ids)
    about = {entry.person_id for entry in page.rows if entry.person_id is not None}
    # Of a protected file the log tells that it was seen or changed, not what stands in it.
    hidden = concealed(who, about | set(persons.values()))
    names = queries.names_of(actor_ids) | {
        user_id: _("personne accompagnée") for user_id, person_id in persons.items() if person_id in hidden
    }
    return render_template(
        "accounts/audit.html",
        page=page,
        names=names,
        wanted=wanted,
        hidden=hidden,
        say_action=say_action,
        actions=action_choices(wanted.action or ""),
        say_subject=say_subject,
        say_field=say_field,
        say_value=say_value,
        files=directory().names_of(about - hidden),
    )
