"""Loans in the JSON API. Each act calls the same service as its page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import select

from mobility.core.clock import day_of, now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.core.web.access import Permission, actor, check_permission
from mobility.core.web.api import (
    Identity,
    Instant,
    PageQuery,
    QueryIdentity,
    Text,
    Values,
    blueprint,
    get,
    page_schema,
    paged,
    post,
    refuse_field,
)
from mobility.core.web.handlers import problem
from mobility.core.web.pagination import paginate
from mobility.desks.queries import list_desks
from mobility.fleet.kinds import Category
from mobility.loans import services
from mobility.loans.access import visible_loans
from mobility.loans.assignment import Span, rank
from mobility.loans.errors import NotEligible, NoVehicle
from mobility.loans.models import Loan
from mobility.loans.queries import facts
from mobility.loans.rules.policy import DepositKind, choose_policy
from mobility.loans.rules.states import LoanState
from mobility.people.models import Person

blp = blueprint("loans", "What can be borrowed, and loans.")
READ: dict[str, Any] = {"scope": "loans:read", "permission": Permission.LOAN_VIEW}
WINDOW_DAYS_MAX = 366


class AvailabilitySchema(Schema):
    """A category at a desk in the window asked about. Whether one person may have it is told by booking."""

    desk_id = fields.Integer(required=True)
    category = fields.Enum(Category, by_value=True, required=True)
    free = fields.Integer(required=True, metadata={"description": "Vehicles that are free, with valid papers."})
    price_per_day_cents = fields.Integer(required=True, allow_none=True)
    deposit_cents = fields.Integer(required=True, allow_none=True)


class AvailabilityListSchema(Schema):
    """Every category that the desks have."""

    items = fields.List(fields.Nested(AvailabilitySchema), required=True)


class Window(Schema):
    """From when until when."""

    start_at = Instant(required=True)
    end_at = Instant(required=True)

    @validates_schema
    def check_order(self, data: Values, **_options: Any) -> None:
        """Refuse an end that is not after the start, or out of reach."""
        length = data["end_at"] - data["start_at"]
        if not timedelta(0) < length <= timedelta(days=WINDOW_DAYS_MAX):
            raise ValidationError(f"Must be after start_at, by {WINDOW_DAYS_MAX} days at most.", "end_at")


class AvailabilityQuery(Window):
    """What is sought."""

    desk = QueryIdentity(metadata={"description": "Only this desk."})
    category = fields.Enum(Category, by_value=True, metadata={"description": "Only this category."})


class LoanSchema(Schema):
    """A loan."""

    id = fields.Integer(required=True)
    person_id = fields.Integer(required=True)
    desk_id = fields.Integer(required=True)
    vehicle_id = fields.Integer(required=True)
    category = fields.Enum(Category, by_value=True, required=True)
    state = fields.Enum(LoanState, by_value=True, required=True)
    start_at = Instant(required=True)
    end_at = Instant(required=True, attribute="due_at", metadata={"description": "When the vehicle is due back."})
    booked_at = Instant(required=True)
    departed_at = Instant(required=True, allow_none=True)
    returned_at = Instant(required=True, allow_none=True)
    days = fields.Integer(required=True)
    total_cents = fields.Integer(required=True)
    person_cents = fields.Integer(required=True)
    funder_cents = fields.Integer(required=True)
    deposit_cents = fields.Integer(required=True)
    km_allowance = fields.Integer(required=True, allow_none=True)


class LoanQuery(PageQuery):
    """Which loans are wanted."""

    desk = QueryIdentity(metadata={"description": "Only those lent by this desk."})
    person = QueryIdentity(metadata={"description": "Only those of this person."})
    state = fields.Enum(LoanState, by_value=True, metadata={"description": "Only those in this state."})


class BookingBody(Window):
    """A wish; the platform assigns the vehicle."""

    person_id = Identity(required=True)
    desk_id = Identity(required=True)
    category = fields.Enum(Category, by_value=True, required=True)


class CancelBody(Schema):
    """Why, if it is to be kept."""

    reason = Text(limit=1000, load_default="")


class HandoverBody(Schema):
    """The vehicle as it is seen."""

    odometer_km = fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=validate.Range(min=0, max=2_000_000)
    )
    energy_percent = fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=validate.Range(min=0, max=100)
    )
    remarks = Text(limit=2000, load_default="")


class DepartureBody(HandoverBody):
    """The vehicle as it leaves; with the contract, where it is not signed yet."""

    deposit_kind = fields.Enum(DepositKind, by_value=True, allow_none=True, load_default=None)
    signed_by = Text(
        limit=200, load_default="", metadata={"description": "The representative who signs for the person."}
    )


class ReturnBody(HandoverBody):
    """The vehicle as it comes back."""

    returned_at = Instant(load_default=None, allow_none=True, metadata={"description": "Default: now."})


class ExtensionBody(Schema):
    """The new end."""

    end_at = Instant(required=True)


# -- Reading ----------------------------------------------------------------------------------------------


@get(blp, "/availability", query=AvailabilityQuery, answer=AvailabilityListSchema, **READ)
def availability(query: Values) -> Values:
    """Tell how many vehicles of each category are free at each desk in a window."""
    mine = actor().desk_ids(Permission.LOAN_VIEW)
    desk_ids = [desk.id for desk in list_desks() if desk.id in mine and query.get("desk", desk.id) == desk.id]
    return {"items": list(_free(desk_ids, query["start_at"], query["end_at"], query.get("category")))}


def _free(desk_ids: list[int], start_at: datetime, end_at: datetime, wanted: Category | None) -> Iterable[Values]:
    policies = facts.list_policies(categories=None if wanted is None else [wanted])
    vehicles = facts.candidates(desk_ids=desk_ids, category=wanted, start_at=start_at, end_at=end_at)
    today, last_on = day_of(now()), day_of(end_at)
    for desk_id, category in sorted({(vehicle.desk_id, vehicle.category) for vehicle in vehicles}):
        policy = choose_policy(policies, desk_id=desk_id, category=category, status=None, on=today)
        buffer = timedelta(minutes=policy.terms.buffer_minutes) if policy else timedelta(0)
        here = [
            vehicle
            for vehicle in vehicles
            if (vehicle.desk_id, vehicle.category) == (desk_id, category)
            and (vehicle.lendable_until_on is None or vehicle.lendable_until_on >= last_on)
        ]
        yield {
            "desk_id": desk_id,
            "category": category,
            "free": len(rank(here, Span(start_at, end_at + buffer))),
            "price_per_day_cents": policy.terms.price_per_day_cents if policy else None,
            "deposit_cents": policy.terms.deposit_cents if policy else None,
        }


@get(blp, "/loans", query=LoanQuery, answer=page_schema(LoanSchema), **READ)
def loan_list(query: Values) -> Values:
    """List loans, the latest start first."""
    found = (
        select(Loan)
        .join(Person, Person.id == Loan.person_id)
        .where(visible_loans(actor()), Person.protected.is_(False), Person.restricted_at.is_(None))
        .order_by(Loan.start_at.desc(), Loan.id.desc())
    )
    for name, column in (("desk", Loan.desk_id), ("person", Loan.person_id), ("state", Loan.state)):
        if name in query:
            found = found.where(column == query[name])
    return paged(paginate(found, number=query["page"], per_page=query["per_page"]), query)


@get(blp, "/loans/<int:loan_id>", answer=LoanSchema, loan="loan_id", **READ)
def loan_show(loan_id: int) -> Loan:
    """Show one loan."""
    return load(Loan, loan_id)


# -- Acting -----------------------------------------------------------------------------------------------


def _writing(permission: Permission) -> dict[str, Any]:
    """Return what every act declares; a deadlock between two of them is tried again."""
    return {"scope": "loans:write", "permission": permission, "answer": LoanSchema, "again": retried}


@post(blp, "/loans", body=BookingBody, status=201, **_writing(Permission.LOAN_BOOK))
def loan_book(body: Values) -> Loan:
    """Book a loan for a person; it waits for an approval where the policy asks for one."""
    try:
        check_permission(Permission.LOAN_BOOK, person=body["person_id"])
    except NotFound:
        refuse_field("person_id", "There is no such person.")
    mine = actor().desk_ids(Permission.LOAN_BOOK)
    if body["desk_id"] not in {desk.id for desk in list_desks() if desk.id in mine}:
        refuse_field("desk_id", "There is no such desk.")
    loan_id = services.book(
        person_id=body["person_id"],
        desk_id=body["desk_id"],
        category=body["category"],
        start_at=body["start_at"],
        due_at=body["end_at"],
        actor_id=actor().user_id,
        now=now(),
        by_person=True,
    )
    return load(Loan, loan_id)


@post(blp, "/loans/<int:loan_id>/approve", loan="loan_id", **_writing(Permission.LOAN_APPROVE))
def loan_approve(loan_id: int) -> Loan:
    """Accept a request."""
    services.approve(loan_id=loan_id, actor_id=actor().user_id, now=now())
    return load(Loan, loan_id)


@post(blp, "/loans/<int:loan_id>/cancel", body=CancelBody, loan="loan_id", **_writing(Permission.LOAN_BOOK))
def loan_cancel(body: Values, loan_id: int) -> Loan:
    """Cancel a loan before its departure; the person is told."""
    services.cancel(loan_id=loan_id, actor_id=actor().user_id, now=now(), reason=body["reason"])
    return load(Loan, loan_id)


@post(blp, "/loans/<int:loan_id>/depart", body=DepartureBody, loan="loan_id", **_writing(Permission.LOAN_HANDOVER))
def loan_depart(body: Values, loan_id: int) -> Loan:
    """Hand the vehicle over, the contract signed by the same act where it was not yet."""
    at, who = now(), actor().user_id
    deposit_kind, signed_by = body.pop("deposit_kind"), body.pop("signed_by")
    if load(Loan, loan_id).state is LoanState.APPROVED:
        services.contract(loan_id=loan_id, actor_id=who, now=at, deposit_kind=deposit_kind, signed_by=signed_by)
    services.depart(loan_id=loan_id, actor_id=who, now=at, **body)
    return load(Loan, loan_id)


@post(blp, "/loans/<int:loan_id>/return", body=ReturnBody, loan="loan_id", **_writing(Permission.LOAN_HANDOVER))
def loan_return(body: Values, loan_id: int) -> Loan:
    """Take the vehicle back."""
    services.return_vehicle(loan_id=loan_id, actor_id=actor().user_id, now=now(), **body)
    return load(Loan, loan_id)


@post(blp, "/loans/<int:loan_id>/extend", body=ExtensionBody, loan="loan_id", **_writing(Permission.LOAN_APPROVE))
def loan_extend(body: Values, loan_id: int) -> Loan:
    """Move the end of a loan, later or sooner."""
    services.extend(loan_id=loan_id, new_due_at=body["end_at"], actor_id=actor().user_id, now=now())
    return load(Loan, loan_id)


# -- Refusals ---------------------------------------------------------------------------------------------


def _not_eligible(error: NotEligible) -> ResponseReturnValue:
    reasons = [asdict(reason) for reason in error.reasons]
    return problem(409, detail=error.message, code=error.error_code, reasons=reasons)


def _no_vehicle(error: NoVehicle) -> ResponseReturnValue:
    proposals = [
        {
            "kind": proposal.kind.value,
            "desk_id": proposal.desk_id,
            "category": proposal.category.value,
            "start_at": proposal.start_at.isoformat(),
            "end_at": proposal.due_at.isoformat(),
        }
        for proposal in error.proposals
    ]
    return problem(409, detail=error.message, code=error.error_code, field=error.field, proposals=proposals)


blp.register_error_handler(NotEligible, _not_eligible)
blp.register_error_handler(NoVehicle, _no_vehicle)
