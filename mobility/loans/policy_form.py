"""The form of a policy: terms as people type them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mobility.core.errors import RuleViolation
from mobility.core.money import round_cents
from mobility.core.web.forms import Form, checkboxes, day, euros, integer, radios, select, text, tick
from mobility.fleet.kinds import CATEGORY_LABELS, Category
from mobility.loans.models import LoanPolicy
from mobility.loans.rules.policy import (
    DEPOSIT_LABELS,
    HANDOVER_LABELS,
    Blackout,
    DepositKind,
    FunderShare,
    HandoverMode,
    Terms,
)
from mobility.people.kinds import STATUS_LABELS, PersonStatus
from mobility.people.papers import PAPER_LABELS

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
BLACKOUTS_MAX = 50


class BlackoutUnreadable(RuleViolation):
    """A line is not « date – date reason »."""

    code = "blackout_unreadable"
    field = "blackouts"
    template = "Écrivez une période par ligne, ainsi : 24/12/2026 – 02/01/2027 Fermeture. Ligne à revoir : %(line)s"


def parse_blackouts(typed: str | None) -> tuple[Blackout, ...]:
    """Return the periods of lines like « 24/12/2026 – 02/01/2027 Fermeture ». Raises BlackoutUnreadable."""
    found: list[Blackout] = []
    for line in (typed or "").splitlines():
        if not line.strip():
            continue
        dates = list(_DATE.finditer(line))[:2]
        try:
            days = [datetime.strptime(match.group(), "%d/%m/%Y").date() for match in dates]  # noqa: DTZ007 - a date
        except ValueError:
            raise BlackoutUnreadable(line=line[:60]) from None
        if not days or len(found) >= BLACKOUTS_MAX:
            raise BlackoutUnreadable(line=line[:60])
        reason = line[dates[-1].end() :].strip(" –—-:")[:100]
        found.append(Blackout(days[0], days[-1], reason))
    return tuple(found)


def show_blackouts(blackouts: Sequence[Blackout]) -> str:
    """Return the lines as they are typed."""
    return "\n".join(f"{b.starts_on:%d/%m/%Y} – {b.ends_on:%d/%m/%Y} {b.reason}".strip() for b in blackouts)


class PolicyForm(Form):
    """The rules of one scope, from a day on."""

    category = select("Type de véhicule", [(c.value, label) for c, label in CATEGORY_LABELS.items()])
    desk_id = select("Antenne", ids=True, required=False)
    # Not « status »: that is the form's own answer to HTTP.
    person_status = select(
        "Situation de la personne",
        [("", "Toutes"), *((s.value, label) for s, label in STATUS_LABELS.items())],
        required=False,
    )
    valid_from_on = day("À partir du", hint="Les prêts déjà faits gardent leurs conditions.")
    applies = radios(
        "Ces règles",
        [("yes", "valent pour cette portée"), ("no", "cessent : les règles plus générales reprennent")],
    )
    price_per_day_cents = euros("Prix par jour")
    deposit_cents = euros("Dépôt de garantie")
    deposit_kinds = checkboxes("Formes du dépôt", [(k.value, label) for k, label in DEPOSIT_LABELS.items()])
    min_days = integer("Durée minimale", hint="En jours commencés.", low=1, high=366)
    max_days = integer("Durée maximale", hint="En jours commencés.", low=1, high=366)
    max_renewals = integer("Prolongations possibles", high=50)
    lead_time_hours = integer("Délai de réservation", hint="En heures avant le départ.", high=2000)
    buffer_minutes = integer("Temps libre entre deux prêts", hint="En minutes.", high=10_000)
    km_per_day = integer("Kilomètres compris par jour", required=False, hint="Vide : sans limite.", low=1, high=2000)
    extra_km_cents = euros("Prix d’un kilomètre en plus")
    handover = radios("Départ et retour", [(h.value, label) for h, label in HANDOVER_LABELS.items()])
    needs_approval = tick("Une demande faite en ligne attend l’accord de l’antenne")
    needs_objective = tick("Un emploi, une formation ou un entretien doit couvrir les dates")
    probation_allowed = tick("Permis probatoire accepté")
    max_simultaneous = integer("Prêts en même temps", low=1, high=10)
    max_loans_per_year = integer("Prêts par an", required=False, hint="Vide : sans limite.", low=1, high=366)
    max_days_per_year = integer("Jours de prêt par an", required=False, hint="Vide : sans limite.", low=1, high=366)
    required_papers = checkboxes("Papiers demandés", list(PAPER_LABELS.items()))
    blackouts = text(
        "Périodes sans départ ni retour", hint="Une par ligne : 24/12/2026 – 02/01/2027 Fermeture.", limit=4000
    )
    funder_organisation_id = select("Financeur", ids=True, required=False)
    funder_rate = integer("Part du financeur", required=False, hint="En % du prix d’un jour.", low=1, high=100)
    funder_day_cap_cents = euros("Au plus, par jour", required=False)
    funder_month_cap_cents = euros("Au plus, par mois civil", required=False)
    funder_max_days = integer("Jours pris en charge, au plus", required=False, low=1, high=1000)
    note = text("Note", limit=2000)

    def offer_desks(self, desks: Sequence[tuple[int, str]], *, everywhere: bool) -> None:
        """Offer the desks whose rules may be written, and all of them at once only where that is allowed."""
        self.desk_id.choices = [("", "Toutes les antennes" if everywhere else "Choisissez"), *desks]
        if not everywhere and len(desks) == 1:
            self.desk_id.choices = list(desks)

    def propose_desk(self) -> None:
        """Begin with the only desk there is to choose."""
        offered = [choice.value for choice in self.desk_id.choices]
        if self.desk_id.data not in offered:
            self.desk_id.data = offered[0] or None

    def show(self, row: LoanPolicy) -> None:
        """Fill in from other rules."""
        for name, field in self._fields.items():
            if hasattr(row, name) and name not in {"applies", "blackouts", "valid_from_on", "note", "once"}:
                value = getattr(row, name)
                field.data = getattr(value, "value", value)
        self.person_status.data = None if row.status is None else row.status.value
        self.applies.data = "yes"
        self.funder_rate.data = row.funder_rate_bp // 100 or None
        self.blackouts.data = show_blackouts([Blackout.from_json(value) for value in row.blackouts])

    def show_defaults(self, on: date) -> None:
        """Fill in what most rules say."""
        first: dict[str, Any] = {
            "price_per_day_cents": 0, "deposit_cents": 0, "min_days": 1, "max_days": 30, "max_renewals": 1,
            "lead_time_hours": 24, "buffer_minutes": 60, "extra_km_cents": 0, "max_simultaneous": 1,
            "handover": HandoverMode.OPENING_HOURS.value, "applies": "yes", "needs_approval": True,
            "needs_objective": True, "probation_allowed": True, "valid_from_on": on,
        }  # fmt: skip
        for name, value in first.items():
            self._fields[name].data = value

    def scope(self) -> dict[str, Any]:
        """Return what the rules are about."""
        return {
            "desk_id": self.desk_id.data,
            "category": Category(self.category.data),
            "status": PersonStatus(self.person_status.data) if self.person_status.data else None,
            "valid_from_on": self.valid_from_on.data,
            "applies": self.applies.data == "yes",
            "note": self.note.data,
        }

    def terms(self) -> Terms:
        """Return the terms typed. Raises RuleViolation beside the field."""
        return Terms(
            price_per_day_cents=self.price_per_day_cents.data,
            deposit_cents=self.deposit_cents.data,
            deposit_kinds=tuple(DepositKind(kind) for kind in self.deposit_kinds.data or ()),
            min_days=self.min_days.data,
            max_days=self.max_days.data,
            max_renewals=self.max_renewals.data,
            lead_time_hours=self.lead_time_hours.data,
            buffer_minutes=self.buffer_minutes.data,
            km_per_day=self.km_per_day.data,
            extra_km_cents=self.extra_km_cents.data,
            handover=HandoverMode(self.handover.data),
            needs_approval=self.needs_approval.data,
            needs_objective=self.needs_objective.data,
            probation_allowed=self.probation_allowed.data,
            max_simultaneous=self.max_simultaneous.data,
            max_loans_per_year=self.max_loans_per_year.data,
            max_days_per_year=self.max_days_per_year.data,
            required_papers=tuple(self.required_papers.data or ()),
            blackouts=parse_blackouts(self.blackouts.data),
            funder=self._funder(),
        )

    def _funder(self) -> FunderShare | None:
        if self.funder_organisation_id.data is None:
            return None
        if not self.funder_rate.data:
            raise RuleViolation("Indiquez la part du financeur, en pour cent.", field="funder_rate", code="funder_rate")
        return FunderShare(
            organisation_id=self.funder_organisation_id.data,
            rate_bp=round_cents(Decimal(self.funder_rate.data) * 100),
            day_cap_cents=self.funder_day_cap_cents.data,
            month_cap_cents=self.funder_month_cap_cents.data,
            max_days=self.funder_max_days.data,
        )
