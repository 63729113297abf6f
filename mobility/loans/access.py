"""Who may touch which loan.

- Staff: the desk that lends, or whoever may see the borrower's file; a protected file: its named staff only.
- The borrower: their own loans, for what the portal asks.
- A right or a request for another end: as for its person or its loan. A policy: its desk; that of
  all desks is read by each of them and written by whoever has them all.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select

from mobility.core.db import db, load
from mobility.core.web.access import ALL_DESKS, Actor, Permission
from mobility.loans.errors import PolicyBeyondGrant
from mobility.loans.models import ExtensionRequest, Loan, LoanPolicy, LoanRight
from mobility.people import access as people
from mobility.people.models import Person
from mobility.people.queries.duplicates import may_know

PORTAL = frozenset({Permission.PORTAL_VIEW, Permission.PORTAL_BOOK})


def may_touch_loan(actor: Actor, permission: Permission, loan_id: int) -> bool:
    """Answer for rows of kind « loan ». Raises NotFound."""
    loan = load(Loan, loan_id)
    if permission in PORTAL:
        return people.may_touch(actor, permission, loan.person_id)
    if not actor.permits(permission):
        return False
    person = load(Person, loan.person_id)
    if person.protected or person.restricted_at is not None:
        return people.may_touch(actor, permission, loan.person_id)
    is_referent = actor.user_id is not None and actor.user_id == person.referent_user_id
    return is_referent or loan.desk_id in actor.desk_ids(permission)


def may_touch_right(actor: Actor, permission: Permission, right_id: int) -> bool:
    """Answer for rows of kind « loan_right ». Raises NotFound."""
    return people.may_touch(actor, permission, load(LoanRight, right_id).person_id)


def may_touch_extension(actor: Actor, permission: Permission, request_id: int) -> bool:
    """Answer for rows of kind « loan_extension ». Raises NotFound."""
    return may_touch_loan(actor, permission, load(ExtensionRequest, request_id).loan_id)


def may_touch_policy(actor: Actor, permission: Permission, policy_id: int) -> bool:
    """Answer for rows of kind « loan_policy »: those that hold at a desk of the actor may be read. Raises NotFound.

    Changing them asks more: ``check_writes_policy``.
    """
    return actor.permits(permission) and may_read_policy(actor, load(LoanPolicy, policy_id).desk_id)


def may_read_policy(actor: Actor, desk_id: int | None) -> bool:
    """Tell whether the actor reads the rules of a desk; those of all desks hold at theirs too."""
    return desk_id is None or desk_id in actor.desk_ids(Permission.LOAN_POLICY_MANAGE)


def may_write_policy(actor: Actor, desk_id: int | None) -> bool:
    """Tell whether the actor writes the rules of a desk; those of all desks need a grant that covers all."""
    desks = actor.desk_ids(Permission.LOAN_POLICY_MANAGE)
    return desks is ALL_DESKS if desk_id is None else desk_id in desks


def check_writes_policy(actor: Actor, desk_id: int | None) -> None:
    """Raise PolicyBeyondGrant unless the actor writes the rules of that desk, or of all."""
    if not may_write_policy(actor, desk_id):
        raise PolicyBeyondGrant


def visible_loans(actor: Actor, permission: Permission = Permission.LOAN_VIEW) -> ColumnElement[bool]:
    """Return the condition on ``Loan`` « the actor may see it in lists »; ``Person`` must be joined."""
    desks = actor.desk_ids(permission)
    user_id = actor.user_id if getattr(actor, "scopes", None) is None else None
    # Archived files are open to managers for their archives alone, as ``may_touch_loan`` says.
    known = and_(may_know(user_id), Person.restricted_at.is_(None))
    if desks is ALL_DESKS:
        return known
    mine: list[ColumnElement[bool]] = [Loan.desk_id.in_(desks)]
    if actor.user_id is not None:
        mine.append(Person.referent_user_id == actor.user_id)
    return and_(known, or_(*mine))


def may_touch_desk(actor: Actor, permission: Permission, desk_id: int) -> bool:
    """Tell whether the permission holds at the desk."""
    return actor.permits(permission) and desk_id in actor.desk_ids(permission)


def person_of_loan(loan_id: int) -> int | None:
    """Return whose loan it is, or None."""
    return db.session.scalar(select(Loan.person_id).where(Loan.id == loan_id))


def person_of_right(right_id: int) -> int | None:
    """Return whose right it is, or None."""
    return db.session.scalar(select(LoanRight.person_id).where(LoanRight.id == right_id))


def person_of_extension(request_id: int) -> int | None:
    """Return whose loan is asked to end otherwise, or None."""
    return db.session.scalar(
        select(Loan.person_id)
        .join(ExtensionRequest, ExtensionRequest.loan_id == Loan.id)
        .where(ExtensionRequest.id == request_id)
    )
