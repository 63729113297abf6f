"""What the pages of people share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _

from mobility.core import clock
from mobility.core.web.access import ALL_DESKS, Permission, actor
from mobility.core.web.filters import date_short, instant_fr, time_fr
from mobility.core.web.forms import Form
from mobility.people.queries import current_id, team_of
from mobility.people.views.tones import TONES

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("people", __name__)


@bp.app_context_processor
def _tones() -> dict[str, Any]:
    return {"person_tones": TONES}


@bp.before_request
def follow_merge() -> ResponseReturnValue | None:
    """Lead from a merged file to the one that it became; access was checked before."""
    view_args = request.view_args or {}
    person_id = view_args.get("person_id")
    if person_id is None or request.method != "GET":
        return None
    standing = current_id(int(person_id))
    if standing == person_id:
        return None
    return redirect(url_for(str(request.endpoint), **{**view_args, "person_id": standing}), 301)


def me() -> int:
    """Return the id of whoever makes the request; only signed-in users get this far."""
    user_id = actor().user_id
    if user_id is None:
        abort(403)
    return user_id


def own_desks(permission: Permission) -> frozenset[int] | None:
    """Return the desks where the actor may do it; None for all."""
    desks = actor().desk_ids(permission)
    return None if desks is ALL_DESKS else desks


def team_choices(permission: Permission, *, none: str | None = None) -> list[tuple[Any, str]]:
    """Return the choices of a field that asks for a colleague."""
    people: list[tuple[Any, str]] = list(team_of(own_desks(permission)))
    return [("", none), *people] if none is not None else people


def act(action: Callable[[], Any], *, done: str, back: str) -> ResponseReturnValue:
    """Run a one-button act (POST), say what came of it, go back."""
    form = Form()
    if form.submits(action):
        flash(done, "success")
    else:
        for _field, _label, message in form.errors_summary:
            flash(message, "danger")
    return redirect(back, 303)


def show(value: Any, choices: Mapping[str, str] | None = None) -> str:
    """Return a value as the comparison of two versions shows it."""
    if choices is not None and str(value) in choices:
        return choices[str(value)]
    if isinstance(value, bool):
        return str(_("oui")) if value else str(_("non"))
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return _show_time(value)


def _show_time(value: Any) -> str:
    if isinstance(value, datetime):
        return instant_fr(value)
    if isinstance(value, date):
        return date_short(value)
    if isinstance(value, time):
        return time_fr(value)
    return "" if value is None else str(value)


def side_by_side(form: Form, present: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (label, typed here, saved meanwhile) of each field where the two differ."""
    rows = []
    for name, theirs in present.items():
        field = form._fields.get(name)
        if field is None:
            continue
        listed = getattr(field, "choices", None)
        choices = {str(value): str(label) for value, label, *_rest in listed} if listed else None
        mine_shown, theirs_shown = show(field.data, choices), show(theirs, choices)
        if mine_shown != theirs_shown:
            rows.append((str(field.label.text), mine_shown, theirs_shown))
    return rows


def now() -> datetime:
    """Return the present instant (one place for the tests to set the clock)."""
    return clock.now()
