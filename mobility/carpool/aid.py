"""Carpooling as an aid of the pathway: one row is a request, which carries the days that an agreed driver makes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import url_for
from sqlalchemy import select

from mobility.carpool import parameters
from mobility.carpool.kinds import LIVING_STATES, JourneyState, MemberState
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolOffer, CarpoolRequest
from mobility.carpool.services import steps
from mobility.carpool.services.planning import RIDING, shared_legs
from mobility.core.clock import day_of
from mobility.core.db import db, load
from mobility.core.errors import RuleViolation
from mobility.core.web.access import Actor, Permission
from mobility.diagnosis.barriers import Barrier
from mobility.pathway.aid import Action, Offer, Period, Reason
from mobility.pathway.coverage import LegKey
from mobility.pathway.models import Step
from mobility.pathway.plan.rules.options import Option, Request
from mobility.pathway.services import link_step
from mobility.people.kinds import ConsentKind
from mobility.people.models import Person, PersonConsent

LIFTS = frozenset({Barrier.VEHICLE, Barrier.LICENCE, Barrier.TERRITORY, Barrier.HOURS, Barrier.RELIABILITY})
# A month of working days, both ways: what a plan shows of the cost before a driver is known.
_USUAL_RIDES = 40
_USUAL_METRES = 12_000
_USUAL_PRICE_CENTS = 5


class CarpoolAid:
    """Somebody who goes there anyway takes the person along."""

    kind = steps.AID_KIND
    label = steps.AID_LABEL
    icon = steps.AID_ICON

    def assess(self, *, person_id: int, objective_id: int | None, period: Period, now: datetime) -> Offer:
        """Return what the matches found so far could carry over the period, or why there is nothing yet."""
        against = _against(person_id)
        if against is not None:
            return Offer(self.kind, self.label, reasons=(against,))
        matches = [] if objective_id is None else _matches(objective_id)
        legs = {
            LegKey(objective_id, leg.asked.shift_on, leg.asked.direction)
            for match in matches
            for leg in shared_legs(match, first_on=day_of(period.starts_at), last_on=day_of(period.ends_at))
            if objective_id is not None and period.starts_at <= leg.asked.at < period.ends_at
        }
        if not legs:
            reason = Reason(
                "Personne n’a encore été trouvé pour ces trajets.", "Faire une demande de covoiturage.", "none"
            )
            return Offer(self.kind, self.label, reasons=(reason,))
        return Offer(
            self.kind,
            self.label,
            delay_days=1,
            person_cost_cents=min(match.contribution_cents for match in matches),
            covers=frozenset(legs),
            url=self.url(matches[0].request_id),
        )

    def open(self, *, step_id: int, actor_id: int | None, now: datetime) -> int:
        """Return the request that answers a step. Raises RuleViolation: a request is made where its places are said."""
        step = load(Step, step_id)
        known = db.session.scalar(
            select(CarpoolRequest.id)
            .where(CarpoolRequest.objective_id == step.objective_id, CarpoolRequest.state == JourneyState.OPEN)
            .order_by(CarpoolRequest.id)
            .limit(1)
        )
        if step.objective_id is None or known is None:
            raise RuleViolation(
                "Faites d’abord la demande de covoiturage, avec le départ et l’arrivée.", code="carpool_request_first"
            )
        link_step(step_id=step_id, person_id=step.person_id, aid_kind=self.kind, aid_ref=known, now=now)
        return known

    def url(self, ref: int) -> str:
        """Return the page of a request's matches."""
        return url_for("carpool.request_trips", request_id=ref)

    def fallback(self, *, objective_id: int, legs: Sequence[LegKey], now: datetime) -> Sequence[Offer]:
        """Offer the drivers who were found for the objective and are not agreed yet."""
        wanted = set(legs)
        if not wanted:
            return []
        days = [leg.shift_on for leg in legs]
        offers = []
        for match in _matches(objective_id):
            if match.state in RIDING:
                continue
            covers = {
                LegKey(objective_id, leg.asked.shift_on, leg.asked.direction)
                for leg in shared_legs(match, first_on=min(days), last_on=max(days))
                if leg.asked.at > now
            } & wanted
            if covers:
                offers.append(
                    Offer(
                        self.kind,
                        self.label,
                        delay_days=1,
                        person_cost_cents=match.contribution_cents,
                        covers=frozenset(covers),
                        url=self.url(match.request_id),
                    )
                )
        return offers

    def actions(self, *, person_id: int, actor: Actor) -> Sequence[Action]:
        """Lead to the person's carpooling: they take part, or what they offer and ask."""
        if not actor.permits(Permission.CARPOOL_EDIT):
            return []
        return [Action(self.label, url_for("carpool.join", person_id=person_id), self.icon)]

    def menu(self, *, desk_id: int, on: date) -> Sequence[tuple[str, str]]:
        """Return the one thing that a plan can mean."""
        del desk_id, on
        return [("carpool", self.label)]

    def plan_options(
        self, *, person_id: int, objective_id: int | None, request: Request, now: datetime
    ) -> Sequence[Option]:
        """Return carpooling as it could be: ready once somebody is found, sooner where a match waits."""
        against = _against(person_id)
        matches = [] if objective_id is None else _matches(objective_id)
        price = min((match.contribution_cents for match in matches), default=_USUAL_METRES * _USUAL_PRICE_CENTS // 1000)
        days = 2 if matches else parameters.answer_days(on=day_of(now), desk_id=load(Person, person_id).desk_id)
        return [
            Option(
                aid_kind=self.kind,
                option_key="carpool",
                label=self.label,
                lifts=LIFTS,
                ready_on=request.today + timedelta(days=days),
                carries=True,
                reasons=() if against is None else (against.text,),
                person_monthly_cents=price * _USUAL_RIDES,
                months=3,
                days=90,
                group=self.kind,
            )
        ]


def _against(person_id: int) -> Reason | None:
    """Return what stands against carpooling for a person, before anybody is looked for."""
    if load(Person, person_id).protected:
        return Reason("La fiche est protégée : elle n’entre pas dans le covoiturage.", "", "protected")
    given = db.session.scalar(
        select(PersonConsent.id).where(
            PersonConsent.person_id == person_id,
            PersonConsent.kind == ConsentKind.CARPOOL_MATCHING,
            PersonConsent.withdrawn_at.is_(None),
        )
    )
    if given is None:
        return Reason("La personne n’a pas dit oui au covoiturage.", "Lui demander son accord.", "consent")
    return None


def _matches(objective_id: int) -> list[CarpoolMatch]:
    """Return the living matches of the requests of an objective, with drivers who still drive."""
    return list(
        db.session.scalars(
            select(CarpoolMatch)
            .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
            .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
            .join(CarpoolMember, CarpoolMember.id == CarpoolOffer.member_id)
            .where(
                CarpoolRequest.objective_id == objective_id,
                CarpoolRequest.state == JourneyState.OPEN,
                CarpoolMatch.state.in_(LIVING_STATES),
                CarpoolOffer.state == JourneyState.OPEN,
                CarpoolMember.state == MemberState.ACTIVE,
            )
            .order_by(CarpoolMatch.id)
        )
    )


AID = CarpoolAid()
