"""What pages show of a pathway: objectives with their calendar, steps, one timeline. Reads only.

The number of queries does not grow with the data: objectives with rosters and means (three), their
carriers (two), proposals (one), steps (one), journal (one), notes and messages (one each).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from mobility.core.clock import day_of, format_date
from mobility.geo.geocoding import approximate_words
from mobility.pathway import patterns, public_holidays, queries
from mobility.pathway.aid import all_aids, find_aid
from mobility.pathway.coverage import (
    Carrier,
    CoverageDay,
    LegKey,
    Overlap,
    calendar,
    first_gap,
    first_over,
    gap_keys,
    overlaps,
    quiet_until,
)
from mobility.pathway.gaps import GapRun, announce, next_run
from mobility.pathway.models import Objective, OwnMeans, Roster, Step
from mobility.pathway.plan.rules.terms import StepKind
from mobility.pathway.roster import days_between
from mobility.pathway.rules import (
    LIVE_STEP_STATES,
    MEANS_ICONS,
    MEANS_LABELS,
    OBJECTIVE_KIND_ICONS,
    OBJECTIVE_KIND_LABELS,
    OBJECTIVE_STATE_LABELS,
    STEP_STATE_LABELS,
    ObjectiveState,
    StepState,
)

# How far ahead gaps are looked for.
AHEAD = timedelta(days=60)
# The weeks that a calendar shows: those that an adviser plans, and those that matter to the person, on a phone.
STAFF_WEEKS, PORTAL_WEEKS = 5, 2
STEP_TONES: dict[StepState, str] = {
    StepState.PROPOSED: "info",
    StepState.AGREED: "info",
    StepState.ACTIVE: "accent",
    StepState.SUSPENDED: "warning",
    StepState.DONE: "success",
    StepState.DROPPED: "neutral",
}
OBJECTIVE_TONES: dict[ObjectiveState, str] = {
    ObjectiveState.OPEN: "accent",
    ObjectiveState.REACHED: "success",
    ObjectiveState.DROPPED: "neutral",
}


@dataclass(frozen=True)
class RosterLine:
    """One roster in words, with its period."""

    words: str
    from_on: date
    until_on: date | None
    needs_confirmation: bool


@dataclass(frozen=True)
class MeansLine:
    """One own means in words."""

    id: int
    label: str
    icon: str
    days: str
    ways: str
    from_on: date
    until_on: date | None
    note: str


@dataclass(frozen=True)
class ObjectiveView:
    """One objective as pages show it. ``weeks`` is the span asked for; gaps are those of the next two months."""

    id: int
    version: int
    title: str
    kind_label: str
    icon: str
    employer: str
    place: str
    position_note: str
    starts_on: date
    ends_on: date | None
    state: ObjectiveState
    state_label: str
    tone: str
    rosters: tuple[RosterLine, ...]
    means: tuple[MeansLine, ...]
    needs_confirmation: bool
    weeks: tuple[tuple[CoverageDay, ...], ...] = ()
    gap: CoverageDay | None = None
    gap_words: str = ""
    gaps: tuple[LegKey, ...] = ()
    gap_days: tuple[CoverageDay, ...] = ()
    quiet_until_on: date | None = None
    holidays: frozenset[date] = field(default=frozenset())
    travels: bool = False
    overlaps: tuple[Overlap, ...] = ()

    @property
    def is_open(self) -> bool:
        """Tell whether the person still travels for it."""
        return self.state is ObjectiveState.OPEN


@dataclass(frozen=True)
class StepView:
    """One step as pages show it."""

    id: int
    title: str
    aid_label: str
    icon: str
    state: StepState
    state_label: str
    tone: str
    starts_at: datetime | None
    ends_at: datetime | None
    cost_cents: int | None
    url: str | None
    objective_id: int | None

    @property
    def starts_on(self) -> date | None:
        """The first of its days."""
        return None if self.starts_at is None else day_of(self.starts_at)

    @property
    def ends_on(self) -> date | None:
        """The last of its days: a window that ends at midnight ends the evening before."""
        return None if self.ends_at is None else day_of(self.ends_at - timedelta(microseconds=1))

    @property
    def is_live(self) -> bool:
        """Tell whether it still goes on."""
        return self.state in LIVE_STEP_STATES


def read_start(text: str | None, today: date) -> date:
    """Return the Monday of the day asked for; of this week for anything unreadable or too far away."""
    try:
        start = date.fromisoformat(text or "")
    except ValueError:
        start = today
    if abs((start - today).days) > 800:
        start = today
    return start - timedelta(days=start.weekday())


def span_title(start: date, weeks: int = STAFF_WEEKS) -> str:
    """Return « Du 23 novembre au 27 décembre »."""
    last = start + timedelta(weeks=weeks, days=-1)
    return f"Du {format_date(start, weekday=False)} au {format_date(last, weekday=False)}"


def turns(start: date, weeks: int = STAFF_WEEKS) -> tuple[str, str]:
    """Return the starts of the spans before and after, as addresses carry them."""
    span = timedelta(weeks=weeks)
    return (start - span).isoformat(), (start + span).isoformat()


def objective_views(
    person_id: int, *, now: datetime, start: date | None = None, weeks: int = STAFF_WEEKS
) -> list[ObjectiveView]:
    """Return a person's objectives, open ones with some weeks of calendar (from this week).

    Five queries, and those of the aids that say how surely they carry.
    """
    objectives = queries.list_objectives(person_id)
    today = day_of(now)
    ids = [row.id for row in objectives if row.state is ObjectiveState.OPEN]
    first = read_start(None, today) if start is None else start
    last = first + timedelta(weeks=weeks, days=-1)
    icons = {aid.kind: aid.icon for aid in all_aids()}
    yesterday = today - timedelta(days=1)
    # The weeks that are shown and those ahead are nearly the same: read at once.
    read_from, read_until = min(first, yesterday), max(last, today + AHEAD)
    carried = queries.carriers_of(ids, from_on=read_from, until_on=read_until, icons=icons, graded=True)
    hopes = queries.list_proposals(ids)
    return [
        _objective_view(
            row,
            now=now,
            span_days=_days(row, first, last, carried, hopes, icons, today),
            ahead_days=_days(row, yesterday, today + AHEAD, carried, hopes, icons, today),
        )
        for row in objectives
    ]


def _days(
    row: Objective,
    first: date,
    last: date,
    carried: dict[LegKey, list[Carrier]],
    hopes: Sequence[Step],
    icons: dict[str, str],
    today: date,
) -> list[CoverageDay]:
    if row.state is not ObjectiveState.OPEN:
        return []
    legs = queries.objective_legs(row, from_on=first, until_on=last)
    return calendar(
        days=days_between(first, last),
        legs=legs,
        means=[queries.means_of(means) for means in row.own_means],
        carried=carried,
        kind=row.kind,
        today=today,
        proposed=queries.proposed_carriers(hopes, legs, icons),
    )


def _objective_view(
    row: Objective,
    *,
    now: datetime,
    span_days: Sequence[CoverageDay],
    ahead_days: Sequence[CoverageDay],
) -> ObjectiveView:
    # Hours that are over have no place on a page; the audit log keeps them.
    rosters = tuple(
        _roster_line(roster, day_of(now))
        for roster in row.rosters
        if roster.valid_until_on is None or roster.valid_until_on >= day_of(now)
    )
    missing = gap_keys(row.id, ahead_days, now=now)
    days_missing = {key.shift_on for key in missing}
    is_open = row.state is ObjectiveState.OPEN
    gap, run = first_gap(ahead_days, now=now), next_run(ahead_days, now=now)
    return ObjectiveView(
        id=row.id,
        version=row.version,
        title=row.title,
        kind_label=OBJECTIVE_KIND_LABELS[row.kind],
        icon=OBJECTIVE_KIND_ICONS[row.kind],
        employer=row.employer_name,
        place=", ".join(filter(None, (row.street, f"{row.postcode} {row.city}".strip()))),
        position_note=approximate_words(row.position_precision),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        state=row.state,
        state_label=OBJECTIVE_STATE_LABELS[row.state],
        tone=OBJECTIVE_TONES[row.state],
        rosters=rosters,
        means=tuple(means_line(means) for means in row.own_means),
        needs_confirmation=is_open and any(line.needs_confirmation for line in rosters),
        weeks=tuple(tuple(span_days[at : at + 7]) for at in range(0, len(span_days), 7)),
        gap=gap,
        gap_words=_gap_words(gap, run),
        gaps=tuple(missing),
        gap_days=tuple(day for day in ahead_days if day.day_on in days_missing),
        quiet_until_on=quiet_until(ahead_days, now=now),
        holidays=public_holidays.between(span_days[0].day_on, span_days[-1].day_on) if span_days else frozenset(),
        travels=any(leg.at > now and (leg.certain or row.rosters) for day in ahead_days for leg in day.legs),
        overlaps=tuple(overlaps(day for day in ahead_days if day.day_on >= day_of(now))),
    )


def _gap_words(gap: CoverageDay | None, run: GapRun | None) -> str:
    """Say the first gap: announced where it is still ahead, else as the day that it is."""
    if gap is None:
        return ""
    return announce(run) if run is not None and run.starts_on == gap.day_on else gap.words


def _roster_line(row: Roster, today: date) -> RosterLine:
    plan = queries.plan_of(row)
    return RosterLine(patterns.say(plan.pattern), row.valid_from_on, row.valid_until_on, plan.needs_confirmation(today))


def means_line(row: OwnMeans) -> MeansLine:
    """Return a row of own means in words."""
    ways = "aller et retour" if row.there and row.back else ("aller seulement" if row.there else "retour seulement")
    return MeansLine(
        id=row.id,
        label=MEANS_LABELS[row.kind],
        icon=MEANS_ICONS[row.kind],
        days=patterns.say_days(sorted(row.weekdays)),
        ways=ways,
        from_on=row.starts_on,
        until_on=row.ends_on,
        note=row.note,
    )


def first_gap_of(views: Sequence[ObjectiveView]) -> CoverageDay | None:
    """Return the first gap ahead over all objectives."""
    return first_over(view.gap for view in views)


def first_gap_words(views: Sequence[ObjectiveView]) -> str:
    """Say the first gap ahead over all objectives; nothing where there is none."""
    with_gap = [view for view in views if view.gap is not None]
    return min(with_gap, key=lambda view: view.gap.day_on if view.gap else date.max).gap_words if with_gap else ""


def quiet_until_of(views: Sequence[ObjectiveView]) -> date | None:
    """Return until when every open objective with journeys is carried; None as soon as one is not."""
    dates = [view.quiet_until_on for view in views if view.is_open and view.travels]
    if not dates or any(day is None for day in dates):
        return None
    return min(day for day in dates if day is not None)


def step_views(steps: Sequence[Step]) -> list[StepView]:
    """Return the aids among the steps as pages show them; no query. Errands and meetings stand on the plan."""
    return [_step_view(step) for step in steps if step.kind is StepKind.AID]


def _step_view(step: Step) -> StepView:
    aid = find_aid(step.aid_kind)
    return StepView(
        id=step.id,
        title=step.title,
        aid_label=aid.label if aid else "",
        icon=aid.icon if aid else "signpost",
        state=step.state,
        state_label=STEP_STATE_LABELS[step.state],
        tone=STEP_TONES[step.state],
        starts_at=step.starts_at,
        ends_at=step.ends_at,
        cost_cents=step.cost_cents,
        url=aid.url(step.aid_ref) if aid and step.aid_ref is not None else None,
        objective_id=step.objective_id,
    )
