"""What the pages of people share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, flash, redirect, request, url_for

from mobility.accounts import audit
from mobility.core import clock
from mobility.core.web.access import ALL_DESKS, Permission, actor
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


def note_address_seen(person_id: int) -> None:
    """Write down that somebody looks at where the person of a protected file lives."""
    audit.record(
        actor_id=me(),
        action="person.address_seen",
        subject_kind="person",
        subject_id=person_id,
        person_id=person_id,
        now=now(),
    )


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


def now() -> datetime:
    """Return the present instant (one place for the tests to set the clock)."""
    return clock.now()
