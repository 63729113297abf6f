"""Micro-credit as an aid of the pathway: it pays what lifts a barrier, and carries nobody itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from flask import url_for

from mobility.core.clock import day_of
from mobility.core.db import load
from mobility.core.web.access import Actor, Permission, may_touch
from mobility.diagnosis.barriers import Barrier
from mobility.funding.rules import Purpose
from mobility.funding.services import ProjectDetails, open_project
from mobility.microcredit import parameters as room
from mobility.microcredit.dossiers import queries, services, words
from mobility.microcredit.dossiers.services import Request
from mobility.microcredit.rules.states import OVER, State
from mobility.pathway.aid import Action, Offer, Period, Reason
from mobility.pathway.coverage import LegKey
from mobility.pathway.models import Step
from mobility.pathway.plan.rules.options import Option
from mobility.pathway.plan.rules.options import Request as PlanRequest
from mobility.people.models import Person

# From the first meeting to the payment, as such dossiers usually go.
DELAY_DAYS = 60
LABELS: dict[Purpose, str] = {
    Purpose.LICENCE: "Micro-crédit pour le permis",
    Purpose.PURCHASE: "Micro-crédit pour une voiture",
    Purpose.REPAIR: "Micro-crédit pour une réparation",
    Purpose.INSURANCE: "Micro-crédit pour l’assurance",
    Purpose.EQUIPMENT: "Micro-crédit pour un équipement",
}
LIFTS: dict[Purpose, frozenset[Barrier]] = {
    Purpose.LICENCE: frozenset({Barrier.LICENCE, Barrier.MONEY}),
    Purpose.PURCHASE: frozenset({Barrier.VEHICLE, Barrier.MONEY}),
    Purpose.REPAIR: frozenset({Barrier.RELIABILITY, Barrier.MONEY}),
    Purpose.INSURANCE: frozenset({Barrier.MONEY}),
    Purpose.EQUIPMENT: frozenset({Barrier.MONEY}),
}
# What a first request says until the adviser has typed better: changed on the dossier's own page.
FIRST_CENTS, FIRST_MONTHS, FIRST_RATE = 200_000, 36, Decimal(4)


class Microcredit:
    """Money lent by a bank, with the platform beside the borrower."""

    kind = words.AID_KIND
    label = words.AID_LABEL
    icon = words.AID_ICON

    def menu(self, *, desk_id: int, on: date) -> Sequence[tuple[str, str]]:
        """Return the purposes."""
        return [(purpose.value, label) for purpose, label in LABELS.items()]

    def plan_options(
        self, *, person_id: int, objective_id: int | None, request: PlanRequest, now: datetime
    ) -> Sequence[Option]:
        """Return what a loan could pay, with what stands against it so far."""
        reasons = self._against(person_id, now)
        return [
            Option(
                aid_kind=self.kind,
                option_key=purpose.value,
                label=LABELS[purpose],
                lifts=LIFTS[purpose],
                ready_on=day_of(now) + timedelta(days=DELAY_DAYS),
                lasting=True,
                reasons=reasons,
                person_monthly_cents=FIRST_CENTS // FIRST_MONTHS,
                months=FIRST_MONTHS,
                group=self.kind,
                only_for=LIFTS[purpose] - {Barrier.MONEY},
            )
            for purpose in (Purpose.LICENCE, Purpose.PURCHASE, Purpose.REPAIR)
        ]

    def _against(self, person_id: int, now: datetime) -> tuple[str, ...]:
        """Say why no loan should be begun: only what is known; without a budget there is nothing against it."""
        if any(row.state not in OVER | {State.REFUSED} for row in queries.dossiers_of(person_id)):
            return ("Un dossier de micro-crédit est déjà en cours.",)
        budget = queries.find_budget(person_id)
        if budget is None:
            return ()
        told = queries.tell(budget, on=day_of(now), desk_id=_desk_of(person_id))
        if told.now.rest + told.change.income_cents <= 0:
            return ("Le budget ne laisse rien pour une mensualité aujourd’hui.",)
        return ()

    def assess(self, *, person_id: int, objective_id: int | None, period: Period, now: datetime) -> Offer:
        """Say whether a dossier could be begun; a loan carries nobody by itself."""
        against = self._against(person_id, now)
        return Offer(
            self.kind,
            self.label,
            reasons=tuple(Reason(text, "", "microcredit") for text in against),
            delay_days=DELAY_DAYS,
            url=url_for("microcredit_dossiers.open_dossier", person_id=person_id),
        )

    def open(self, *, step_id: int, actor_id: int | None, now: datetime) -> int:
        """Open a dossier on a project for what a step means; return the dossier's id. Raises as ``open_dossier``."""
        step = load(Step, step_id)
        known = set(Purpose)
        purpose = Purpose(step.option_key) if step.option_key in known else Purpose.PURCHASE
        amount = min(FIRST_CENTS, room.limits(on=day_of(now)).cents)
        project_id = open_project(
            person_id=step.person_id,
            details=ProjectDetails(purpose, step.title, amount, step.objective_id),
            actor_id=actor_id,
            now=now,
        )
        return services.open_dossier(
            project_id=project_id,
            request=Request(amount, FIRST_MONTHS, FIRST_RATE),
            actor_id=actor_id,
            now=now,
            step_id=step_id,
        )

    def url(self, ref: int) -> str:
        """Return the page of a dossier."""
        return url_for("microcredit_dossiers.show", dossier_id=ref)

    def fallback(self, *, objective_id: int, legs: Sequence[LegKey], now: datetime) -> Sequence[Offer]:
        """Offer nothing: money takes weeks, and carries nobody."""
        return []

    def actions(self, *, person_id: int, actor: Actor) -> Sequence[Action]:
        """Offer the budget, the projects and a dossier to whoever may change the pathway."""
        if not actor.permits(Permission.MICROCREDIT_EDIT) or not may_touch(
            actor, Permission.MICROCREDIT_EDIT, "person", person_id
        ):
            return []
        return [
            Action("Budget", url_for("microcredit_dossiers.budget", person_id=person_id), "calculator"),
            Action("Projets", url_for("funding.projects", person_id=person_id), "folder-plus"),
            Action(words.AID_LABEL, url_for("microcredit_dossiers.open_dossier", person_id=person_id), words.AID_ICON),
        ]


def _desk_of(person_id: int) -> int:
    return load(Person, person_id).desk_id


AID = Microcredit()
