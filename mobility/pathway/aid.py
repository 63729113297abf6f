"""What an aid is, for the pathway. Every aid implements this protocol in its own ``aid.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from mobility.pathway.coverage import LegKey
from mobility.pathway.plan.rules.options import Option, Request

if TYPE_CHECKING:
    from mobility.core.web.access import Actor


@dataclass(frozen=True)
class Period:
    """A stretch of time, both ends aware UTC; the end is not part of it."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Reason:
    """Why something is not possible, in plain French, and what would lift it."""

    text: str
    lift: str = ""
    code: str = ""


@dataclass(frozen=True)
class Offer:
    """What an aid could do, before anything is opened.

    No reason means possible. ``funder_cost_cents`` maps an organisation's id to its share. ``covers``
    are the legs that the aid would carry. Costs and delay are None where they are not known yet.
    """

    kind: str
    label: str
    reasons: tuple[Reason, ...] = ()
    delay_days: int | None = None
    person_cost_cents: int | None = None
    funder_cost_cents: Mapping[int, int] = field(default_factory=dict)
    covers: frozenset[LegKey] = frozenset()
    url: str | None = None

    @property
    def possible(self) -> bool:
        """Tell whether nothing stands against it."""
        return not self.reasons


@dataclass(frozen=True)
class Action:
    """A verb that an aid offers on a person's page, to whoever looks at it."""

    label: str
    url: str
    icon: str
    primary: bool = False


@dataclass(frozen=True)
class Alert:
    """Something that an aid wants known about a person now: to the staff, or to the person (portal).

    ``due_at`` sorts: what is due first stands first. ``url`` and ``action`` say where and what to do.
    """

    text: str
    tone: str = "warning"
    icon: str = "exclamation-triangle"
    url: str | None = None
    action: str = ""
    due_at: datetime | None = None


class Aid(Protocol):
    """One kind of help: it assesses, opens, shows itself, and steps in when another fails."""

    kind: str
    label: str
    icon: str

    def assess(self, *, person_id: int, objective_id: int | None, period: Period, now: datetime) -> Offer:
        """Say what the aid could do over the period; writes nothing."""
        ...

    def open(self, *, step_id: int, actor_id: int | None, now: datetime) -> int:
        """Turn a proposed step into a row of the aid; return that row's id (the step's ``aid_ref``).

        The aid calls ``pathway.services.link_step`` in the transaction that makes its row: no second step
        stands for the same thing. Raises StepAlreadyOpened for a step that has its row.
        """
        ...

    def url(self, ref: int) -> str:
        """Return the page of the aid's row."""
        ...

    def fallback(self, *, objective_id: int, legs: Sequence[LegKey], now: datetime) -> Sequence[Offer]:
        """Offer what could carry legs that have just lost their aid."""
        ...

    def actions(self, *, person_id: int, actor: Actor) -> Sequence[Action]:
        """Return what this actor may start for the person; a constant number of queries."""
        ...


@runtime_checkable
class AlertingAid(Protocol):
    """An aid that also has things to say before anybody asks: a right that ends, a return that nears."""

    def alerts(self, *, person_id: int, now: datetime, for_person: bool) -> Sequence[Alert]:
        """Return what the staff (or, ``for_person``, the person) should know; a constant number of queries."""
        ...


@runtime_checkable
class ChangingAid(Protocol):
    """An aid whose rows can be shortened or prolonged: where that is done."""

    def changes(self, ref: int, *, ends_on: date | None) -> Sequence[Action]:
        """Return the pages that change the row's dates, made ready for an end where one is named; writes nothing."""
        ...


@runtime_checkable
class PlannedAid(Protocol):
    """An aid that can be chosen for a plan before anything is opened."""

    def menu(self, *, desk_id: int, on: date) -> Sequence[tuple[str, str]]:
        """Return what can be meant of the aid at a desk on a day: (option key, label); a constant number of queries."""
        ...

    def plan_options(
        self, *, person_id: int, objective_id: int | None, request: Request, now: datetime
    ) -> Sequence[Option]:
        """Return what the aid could do for a plan: barriers lifted, reasons against, delay, costs; writes nothing."""
        ...


_AIDS: dict[str, Aid] = {}


def register(aid: Aid) -> None:
    """Make an aid known to the pathway (done once, in ``app.py``); the same kind replaces itself."""
    _AIDS[aid.kind] = aid


def all_aids() -> tuple[Aid, ...]:
    """Return every aid, in the order of registration."""
    return tuple(_AIDS.values())


def find_aid(kind: str) -> Aid | None:
    """Return the aid of that kind, or None when it is not (or no longer) part of the house."""
    return _AIDS.get(kind)


def alerts_about(*, person_id: int, now: datetime, for_person: bool) -> list[Alert]:
    """Ask every aid for its alerts; what is due first comes first, what has no date last."""
    found = [
        alert
        for aid in all_aids()
        if isinstance(aid, AlertingAid)
        for alert in aid.alerts(person_id=person_id, now=now, for_person=for_person)
    ]
    return sorted(found, key=lambda alert: (alert.due_at is None, alert.due_at or now))


def menu_of(*, desk_id: int, on: date) -> list[tuple[str, str, str]]:
    """Ask every aid what of it can stand on a plan: (aid kind, option key, label)."""
    return [
        (aid.kind, key, label)
        for aid in all_aids()
        if isinstance(aid, PlannedAid)
        for key, label in aid.menu(desk_id=desk_id, on=on)
    ]


def plan_options_of(*, person_id: int, objective_id: int | None, request: Request, now: datetime) -> list[Option]:
    """Ask every aid what it could do for a plan."""
    return [
        option
        for aid in all_aids()
        if isinstance(aid, PlannedAid)
        for option in aid.plan_options(person_id=person_id, objective_id=objective_id, request=request, now=now)
    ]
