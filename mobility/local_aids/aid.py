"""The catalogue as an aid of the pathway: each entry is one of its options.

An entry whose ``family`` is the kind of an aid with a room of its own is left out: the room stands in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import url_for

from mobility.core.clock import day_of
from mobility.core.db import load
from mobility.core.web.access import Actor
from mobility.diagnosis.barriers import Barrier
from mobility.local_aids import queries, services
from mobility.local_aids.models import LocalAid
from mobility.local_aids.rules import Applicant, refusals, serving_words
from mobility.pathway.aid import Action, Offer, Period, Reason, find_aid
from mobility.pathway.coverage import LegKey
from mobility.pathway.plan.rules.options import Option, Request
from mobility.pathway.queries import find_objective, legs_in_window, objective_legs
from mobility.pathway.roster import Leg, legs_within
from mobility.people.kinds import STATUS_LABELS, PersonStatus
from mobility.people.models import Person

# A journey of these first weeks is a usual one.
LOOKED_AT = timedelta(days=28)


def option_of(entry: LocalAid, person: Applicant, *, on: date, at_night: bool, legs: Sequence[Leg] = ()) -> Option:
    """Return what an entry could do for a person who makes these journeys; no query."""
    labels = [STATUS_LABELS[PersonStatus(code)] for code in entry.statuses]
    reasons = refusals(queries.conditions_of(entry), person, on=on, labels=labels)
    if entry.carries and at_night and not entry.at_night:
        reasons = (*reasons, "Ne fonctionne pas la nuit.")
    when = queries.serving_of(entry)
    if when is not None and legs and not legs_within(legs, None, None, when):
        reasons = (*reasons, f"Ne fonctionne pas aux heures de ces trajets ({serving_words(when)}).")
    return Option(
        aid_kind=services.AID_KIND,
        option_key=str(entry.id),
        label=entry.label,
        lifts=frozenset(Barrier(code) for code in entry.lifts),
        ready_on=on + timedelta(days=entry.delay_days),
        lasting=entry.lasting,
        carries=entry.carries,
        reasons=reasons,
        person_once_cents=entry.person_once_cents,
        person_monthly_cents=entry.person_monthly_cents,
        funder_cents=entry.funder_cents,
        months=max(-(-entry.duration_days // 30), 1),
        days=entry.duration_days,
        group=entry.family,
        person_drives=entry.person_drives,
        only_for=frozenset(Barrier(code) for code in entry.only_for),
    )


class LocalAids:
    """What partners around the desk can do."""

    kind = services.AID_KIND
    label = "Aide locale"
    icon = "signpost-2"

    def _entries(self, person_id: int, on: date) -> list[LocalAid]:
        desk_id = load(Person, person_id).desk_id
        return [row for row in queries.list_entries(desk_ids=[desk_id], on=on) if not _has_room(row)]

    def menu(self, *, desk_id: int, on: date) -> Sequence[tuple[str, str]]:
        """Return the entries in force at a desk."""
        rows = queries.list_entries(desk_ids=[desk_id], on=on)
        return services.labels_of([row for row in rows if not _has_room(row)])

    def plan_options(
        self, *, person_id: int, objective_id: int | None, request: Request, now: datetime
    ) -> Sequence[Option]:
        """Return every entry in force as an option, with what stands against it."""
        person = queries.applicant(person_id, on=day_of(now), objective_id=objective_id)
        legs = _coming_legs(objective_id, now)
        return [
            option_of(row, person, on=day_of(now), at_night=request.at_night, legs=legs)
            for row in self._entries(person_id, day_of(now))
        ]

    def assess(self, *, person_id: int, objective_id: int | None, period: Period, now: datetime) -> Offer:
        """Return the first entry that could carry the person over the period, or why none can."""
        person = queries.applicant(person_id, on=day_of(now), objective_id=objective_id)
        legs_ahead = _coming_legs(objective_id, now)
        carrying = [row for row in self._entries(person_id, day_of(now)) if row.carries]
        options = [(row, option_of(row, person, on=day_of(now), at_night=False, legs=legs_ahead)) for row in carrying]
        possible = [(row, option) for row, option in options if not option.reasons]
        if not possible:
            return Offer(self.kind, self.label, reasons=(Reason(_none_words(options), "", "none"),))
        row, option = min(possible, key=lambda pair: (pair[1].ready_on, pair[1].person_cents, pair[0].id))
        covers: frozenset[LegKey] = frozenset()
        if objective_id is not None:
            ready_at = max(period.starts_at, now + timedelta(days=row.delay_days))
            if ready_at < period.ends_at:
                legs = legs_in_window(
                    objective_id, starts_at=ready_at, ends_at=period.ends_at, serving=queries.serving_of(row)
                )
                covers = frozenset(leg.key for leg in legs)
        return Offer(
            kind=self.kind,
            label=row.label,
            delay_days=row.delay_days,
            person_cost_cents=option.person_cents,
            funder_cost_cents={row.funder_id: row.funder_cents} if row.funder_id and row.funder_cents else {},
            covers=covers,
            url=url_for("pathway.person_plan", person_id=person_id),
        )

    def open(self, *, step_id: int, actor_id: int | None, now: datetime) -> int:
        """Ask the partner for what a step means; return the request's id. Raises EntryGone, StepAlreadyOpened."""
        return services.ask(step_id=step_id, actor_id=actor_id, now=now)

    def url(self, ref: int) -> str:
        """Return the page of a request."""
        return url_for("local_aids.show", use_id=ref)

    def fallback(self, *, objective_id: int, legs: Sequence[LegKey], now: datetime) -> Sequence[Offer]:
        """Offer nothing by itself: partners are asked by people, and ``assess`` says what could be."""
        return []

    def actions(self, *, person_id: int, actor: Actor) -> Sequence[Action]:
        """Offer nothing on a person's page: local aids are opened from the plan."""
        return []


def _coming_legs(objective_id: int | None, now: datetime) -> list[Leg]:
    """Return the certain journeys of the objective's first weeks; none where there is no objective."""
    objective = None if objective_id is None else find_objective(objective_id)
    if objective is None:
        return []
    first = max(objective.starts_on, day_of(now))
    return [leg for leg in objective_legs(objective, from_on=first, until_on=first + LOOKED_AT) if leg.certain]


def _none_words(options: Sequence[tuple[LocalAid, Option]]) -> str:
    """Say why no entry carries these journeys: each one's first reason, where there are any."""
    said = [f"{row.label} : {option.reasons[0]}" for row, option in options if option.reasons]
    return " ".join(("Aucune aide locale n’assure ces trajets.", *said[:3]))


def _has_room(entry: LocalAid) -> bool:
    return bool(entry.family) and find_aid(entry.family) is not None


AID = LocalAids()
