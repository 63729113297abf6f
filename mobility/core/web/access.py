"""Who may call a route: declared here, answered by the rooms, enforced before every request.

A view says ``@requires(Permission.LOAN_VIEW, loan="loan_id")``: one permission, and for each id in
the URL the kind of row it names. The policy (``accounts.policy``) answers for the permission, the
room that registered the kind answers for the row. A view that declares nothing is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol, TypeVar, cast

from flask import Flask, current_app, request
from flask_login import current_user

from mobility.core.errors import AccessRefused, NotFound


class Permission(StrEnum):
    """Every permission of the house. ``accounts/policy.py`` says which roles carry which."""

    ACCOUNT_OWN = "account.own"
    STAFF_HOME = "staff.home"
    TODO_VIEW = "todo.view"
    TODO_TEAM = "todo.team"
    USERS_MANAGE = "users.manage"
    TOKENS_MANAGE = "tokens.manage"
    AUDIT_VIEW = "audit.view"
    JOBS_VIEW = "jobs.view"
    JOBS_RUN = "jobs.run"
    OUTBOX_VIEW = "outbox.view"
    OUTBOX_RETRY = "outbox.retry"
    DESK_VIEW = "desk.view"
    DESK_MANAGE = "desk.manage"
    ORGANISATION_VIEW = "organisation.view"
    ORGANISATION_MANAGE = "organisation.manage"
    FIGURES_VIEW = "figures.view"
    PARAMETER_VIEW = "parameter.view"
    PARAMETER_MANAGE = "parameter.manage"
    DOCUMENT_VIEW = "document.view"
    DOCUMENT_ADD = "document.add"
    FLEET_VIEW = "fleet.view"
    FLEET_MANAGE = "fleet.manage"
    PERSON_SEARCH = "person.search"
    PERSON_CREATE = "person.create"
    PERSON_VIEW = "person.view"
    PERSON_EDIT = "person.edit"
    PERSON_MERGE = "person.merge"
    PERSON_PROTECT = "person.protect"
    CONTACT_NOTE = "contact.note"
    RIGHTS_MANAGE = "rights.manage"
    RETENTION_MANAGE = "retention.manage"
    AGENDA_VIEW = "agenda.view"
    AGENDA_BOOK = "agenda.book"
    AGENDA_PLAN = "agenda.plan"
    MEETING_TYPE_MANAGE = "meeting_type.manage"
    DIAGNOSIS_VIEW = "diagnosis.view"
    DIAGNOSIS_EDIT = "diagnosis.edit"
    CASELOAD_MANAGE = "caseload.manage"
    PATHWAY_EDIT = "pathway.edit"
    PARTICIPATION_EDIT = "participation.edit"
    COUNTS_MAKE = "counts.make"
    PLAN_TEMPLATES = "plan.templates"
    LOCAL_AIDS_MANAGE = "local_aids.manage"
    MICROCREDIT_EDIT = "microcredit.edit"
    MICROCREDIT_MANAGE = "microcredit.manage"
    LEDGER_VIEW = "ledger.view"
    ROADS_USE = "roads.use"
    CARPOOL_VIEW = "carpool.view"
    CARPOOL_EDIT = "carpool.edit"
    CARPOOL_MANAGE = "carpool.manage"
    CARPOOL_OPERATORS = "carpool.operators"
    LOAN_VIEW = "loan.view"
    LOAN_BOOK = "loan.book"
    LOAN_APPROVE = "loan.approve"
    LOAN_HANDOVER = "loan.handover"
    LOAN_SETTLE = "loan.settle"
    LOAN_OVERRIDE = "loan.override"
    LOAN_RIGHT_OPEN = "loan.right_open"
    LOAN_POLICY_MANAGE = "loan.policy_manage"
    DAY_BOARD_VIEW = "day_board.view"
    DAY_BOARD_CLOSE = "day_board.close"
    PRESCRIPTION_VIEW = "prescription.view"
    PRESCRIPTION_HANDLE = "prescription.handle"
    PRESCRIPTION_LINKS = "prescription.links"
    PRESCRIPTION_FIGURES = "prescription.figures"
    PRESCRIPTION_OUTSIDE = "prescription.outside"
    PRESCRIPTION_SEND = "prescription.send"
    PRESCRIBER_HOME = "prescriber.home"
    GARAGE_HOME = "garage.home"
    PORTAL_VIEW = "portal.view"
    PORTAL_BOOK = "portal.book"
    PORTAL_OWN_DATA = "portal.own_data"


class _AllDesks(frozenset[int]):
    """The desks of a grant without limits: contains every id."""

    def __contains__(self, _desk_id: object) -> bool:
        return True


ALL_DESKS: Final = _AllDesks()


class Actor(Protocol):
    """Whoever makes the request, as the rooms see them."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def person_id(self) -> int | None: ...
    @property
    def roles(self) -> frozenset[str]: ...
    def permits(self, permission: Permission) -> bool: ...
    def desk_ids(self, permission: Permission) -> frozenset[int]: ...
    def organisation_ids(self, permission: Permission) -> frozenset[int]: ...


RowAnswer = Callable[[Actor, Permission, int], bool]
PersonOf = Callable[[int], int | None]


@dataclass(frozen=True, slots=True)
class AccessRule:
    """What a view declared."""

    permission: Permission | None
    rows: Mapping[str, str] = field(default_factory=dict)
    kind: str = "permission"
    scope: str | None = None


F = TypeVar("F", bound=Callable[..., Any])
_RULE = "__access_rule__"


def _declare(view: F, rule: AccessRule) -> F:
    if hasattr(view, _RULE):
        raise RuntimeError(f"{view.__name__} declares its access twice")
    setattr(view, _RULE, rule)
    return view


def requires(permission: Permission, **rows: str) -> Callable[[F], F]:
    """Declare the permission of a view, and which URL argument names which kind of row."""
    return lambda view: _declare(view, AccessRule(permission, rows))


def public(view: F) -> F:
    """Declare that anybody may call the view."""
    return _declare(view, AccessRule(None, kind="public"))


def signed_link(view: F) -> F:
    """Declare that the view checks a signed link or provider token itself (``core.links``)."""
    return _declare(view, AccessRule(None, kind="signed_link"))


def requires_scope(scope: str, permission: Permission, **rows: str) -> Callable[[F], F]:
    """Declare an API view: a bearer token with this scope, then the same questions as everywhere."""
    return lambda view: _declare(view, AccessRule(permission, rows, kind="token", scope=scope))


def rule_of(view: Callable[..., Any]) -> AccessRule | None:
    """Return what a view declared, or None."""
    rule = getattr(view, _RULE, None)
    if rule is None and (view_class := getattr(view, "view_class", None)) is not None:
        rule = getattr(getattr(view_class, request.method.lower(), None), _RULE, None)
    return cast("AccessRule | None", rule)


def register_row(app: Flask, kind: str, answer: RowAnswer, *, person: PersonOf | None = None) -> None:
    """Let a room answer "may this actor touch this row of that kind with this permission?".

    ``person`` tells whose file the row is part of, if anybody's: who looks at it is written down.
    """
    answers = app.extensions.setdefault("mobility.rows", {})
    if kind in answers:
        raise RuntimeError(f"two rooms answer for rows of kind {kind}")
    answers[kind] = answer
    if person is not None:
        app.extensions.setdefault("mobility.row_persons", {})[kind] = person


def row_kinds(app: Flask) -> frozenset[str]:
    """Return the kinds of rows that some room answers for."""
    return frozenset(app.extensions.get("mobility.rows", {}))


def may_touch(actor_: Actor, permission: Permission, kind: str, identity: int) -> bool:
    """Ask the room of that kind. An unknown row is untouchable like another's."""
    answer: RowAnswer | None = current_app.extensions.get("mobility.rows", {}).get(kind)
    if answer is None:
        raise RuntimeError(f"no room answers for rows of kind {kind}")
    if not 0 <= identity < 2**31:
        return False
    try:
        return answer(actor_, permission, identity)
    except NotFound:
        return False


def actor() -> Actor:
    """Return whoever makes this request: a signed-in user, an API token, or nobody."""
    return cast("Actor", current_user._get_current_object())


def acting_user() -> int:
    """Return the id of the user who makes this request. Raises NotFound for a token or nobody."""
    user_id = actor().user_id
    if user_id is None:
        raise NotFound("user")
    return user_id


def check_permission(permission: Permission, **rows: int) -> None:
    """Check inside a view what its URL does not tell (a form's id). Raises AccessRefused or NotFound."""
    who = actor()
    if not who.permits(permission):
        raise AccessRefused(permission)
    for kind, identity in rows.items():
        if not may_touch(who, permission, kind, identity):
            raise NotFound(kind)


class SignInNeeded(AccessRefused):
    """Nobody is signed in, and the view needs somebody."""


def persons_named() -> frozenset[int]:
    """Return whose files the address of this request leads into, as the rooms of its rows tell."""
    view = current_app.view_functions.get(request.endpoint or "")
    rule = rule_of(view) if view is not None else None
    owners: dict[str, PersonOf] = current_app.extensions.get("mobility.row_persons", {})
    if rule is None:
        return frozenset()
    view_args = request.view_args or {}
    named = {owners[kind](int(view_args[name])) for kind, name in rule.rows.items() if kind in owners}
    return frozenset(person_id for person_id in named if person_id is not None)


def enforce() -> None:
    """Refuse the request unless its view's declaration lets it pass. Runs before every request."""
    if request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    rule = rule_of(view)
    if rule is None:
        if request.endpoint == "static" or request.method == "OPTIONS":
            return
        raise AccessRefused(f"{request.endpoint} declares no permission")
    if rule.kind in {"public", "signed_link"}:
        return
    if not current_user.is_authenticated:
        raise SignInNeeded(request.endpoint)
    who = actor()
    token_scopes: frozenset[str] | None = getattr(who, "scopes", None)
    if (rule.scope is None) != (token_scopes is None):
        raise AccessRefused("a token calls the API, a person the pages")
    if rule.scope is not None and token_scopes is not None and rule.scope not in token_scopes:
        raise AccessRefused(f"the token has no scope {rule.scope}")
    assert rule.permission is not None  # noqa: S101 - both other kinds returned above
    view_args = request.view_args or {}
    check_permission(rule.permission, **{kind: int(view_args[name]) for kind, name in rule.rows.items()})
