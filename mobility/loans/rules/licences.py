"""May this person drive this category on these days? Facts: domain facts §2 (licences)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from mobility.core.clock import format_date
from mobility.fleet.kinds import Category
from mobility.fleet.kinds import LicenceCategory as Needed
from mobility.loans.rules.reasons import Reason
from mobility.people.kinds import LicenceCategory as Held

# Who was born before this day drives AM vehicles without a paper.
AM_NEEDED_FROM = date(1988, 1, 1)
AUTOMATIC_ONLY = "78"
COVERING: dict[Needed, frozenset[Held]] = {
    Needed.B: frozenset({Held.B, Held.BE, Held.C, Held.D}),
    Needed.AM: frozenset(Held),
}
NEEDED_BY: dict[Category, Needed | None] = {
    Category.CAR: Needed.B,
    Category.ADAPTED: Needed.B,
    Category.LIGHT_CAR: Needed.AM,
    Category.MOPED: Needed.AM,
    Category.EBIKE: None,
    Category.BIKE: None,
}
NEEDED_NAMES = {Needed.B: "permis B", Needed.AM: "permis AM (ou BSR)"}


@dataclass(frozen=True)
class LicenceFacts:
    """One category of a person's licence, as it stands in the file.

    ``exchange_due_on`` is the last day on which a foreign licence is valid here; ``ads_until_on`` the
    last day covered by the attestation of a pending exchange (ADS).
    """

    category: Held
    issued_on: date
    valid_until_on: date | None = None
    codes: frozenset[str] = frozenset()
    exchange_due_on: date | None = None
    ads_until_on: date | None = None
    suspended_from_on: date | None = None
    suspended_until_on: date | None = None
    probation_until_on: date | None = None
    checked: bool = False

    @property
    def foreign_until_on(self) -> date | None:
        """The last day of validity here of a licence to be exchanged; None where it needs no exchange."""
        if self.exchange_due_on is None:
            return None
        return max(self.exchange_due_on, self.ads_until_on or self.exchange_due_on)

    @property
    def automatic_only(self) -> bool:
        """Tell whether the licence bears code 78."""
        return any(code.split(".")[0] == AUTOMATIC_ONLY for code in self.codes)


def full_years(born_on: date, on: date) -> int:
    """Return the age on a day; who is born on 29 February is a year older on 1 March of common years."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def full_months(since: date, until: date) -> int:
    """Return the whole months between two dates; negative when the first comes later."""
    return (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day)


def licence_needed(category: Category, born_on: date | None) -> Needed | None:
    """Return the licence that this person needs for the category; None where none is needed."""
    needed = NEEDED_BY[category]
    if needed is Needed.AM and born_on is not None and born_on < AM_NEEDED_FROM:
        return None
    return needed


def covering(licences: Iterable[LicenceFacts], needed: Needed) -> list[LicenceFacts]:
    """Return the licences that cover the category needed."""
    return [licence for licence in licences if licence.category in COVERING[needed]]


def _day(day: date) -> str:
    return format_date(day, weekday=False, year=0)


def _validity_reasons(licence: LicenceFacts, ends_on: date) -> list[Reason]:
    reasons = []
    if licence.valid_until_on is not None and licence.valid_until_on < ends_on:
        reasons.append(
            Reason(
                "licence_expires",
                f"Le permis n’est valable que jusqu’au {_day(licence.valid_until_on)}.",
                "Apporter le permis renouvelé, ou finir le prêt avant cette date.",
                overridable=False,
            )
        )
    foreign_until = licence.foreign_until_on
    if foreign_until is not None and foreign_until < ends_on:
        reasons.append(
            Reason(
                "licence_foreign_expired",
                f"Le permis étranger n’est reconnu en France que jusqu’au {_day(foreign_until)}.",
                "Apporter le permis français, ou l’attestation de dépôt de la demande d’échange (ADS).",
                overridable=False,
            )
        )
    return reasons


def _suspension_reasons(licence: LicenceFacts, starts_on: date, ends_on: date) -> list[Reason]:
    begins, ends = licence.suspended_from_on, licence.suspended_until_on
    if begins is None or begins > ends_on or (ends is not None and ends < starts_on):
        return []
    until = f"jusqu’au {_day(ends)}" if ends is not None else "sans date de fin connue"
    return [
        Reason(
            "licence_suspended",
            f"Le permis est suspendu {until}.",
            "Attendre la fin de la suspension, puis faire vérifier le permis à l’antenne.",
            overridable=False,
        )
    ]


def reasons_of(licence: LicenceFacts, *, starts_on: date, ends_on: date, probation_allowed: bool) -> list[Reason]:
    """Return what stands against driving with this one licence over the days."""
    reasons = _suspension_reasons(licence, starts_on, ends_on) + _validity_reasons(licence, ends_on)
    if licence.issued_on > starts_on:
        reasons.append(
            Reason(
                "licence_not_yet_issued",
                f"Le permis ne commence que le {_day(licence.issued_on)}.",
                "Commencer le prêt à partir de cette date.",
                overridable=False,
            )
        )
    if not licence.checked:
        reasons.append(
            Reason(
                "licence_unchecked",
                "Le permis n’a pas encore été vérifié à l’antenne.",
                "Montrer le permis original à l’antenne.",
            )
        )
    if not probation_allowed and licence.probation_until_on is not None and licence.probation_until_on >= starts_on:
        reasons.append(
            Reason(
                "licence_probation",
                f"Le permis est probatoire jusqu’au {_day(licence.probation_until_on)}.",
                "Attendre la fin de la période probatoire, ou choisir un autre type de véhicule.",
            )
        )
    return reasons


def licence_reasons(
    category: Category,
    licences: Sequence[LicenceFacts],
    *,
    born_on: date | None,
    starts_on: date,
    ends_on: date,
    probation_allowed: bool = True,
) -> list[Reason]:
    """Return why the person may not drive the category over the days; empty when one licence suffices."""
    needed = licence_needed(category, born_on)
    if needed is None:
        return []
    held = covering(licences, needed)
    if not held:
        return [
            Reason(
                "licence_missing",
                f"Il faut le {NEEDED_NAMES[needed]} pour ce véhicule.",
                "Faire enregistrer le permis à l’antenne, ou choisir un vélo.",
                overridable=False,
            )
        ]
    each = [
        reasons_of(licence, starts_on=starts_on, ends_on=ends_on, probation_allowed=probation_allowed)
        for licence in held
    ]
    return min(each, key=lambda reasons: (any(not r.overridable for r in reasons), len(reasons)))


@dataclass(frozen=True)
class Driver:
    """What a vehicle and its insurer ask of the person who drives it."""

    age_years: int | None
    seniority_months: int | None
    automatic_only: bool = False


def driver_for(category: Category, licences: Sequence[LicenceFacts], *, born_on: date | None, on: date) -> Driver:
    """Return the driver that the person is on a day, for the category."""
    age = None if born_on is None else full_years(born_on, on)
    needed = licence_needed(category, born_on)
    if needed is None:
        return Driver(age, None)
    held = covering(licences, needed)
    seniority = max((full_months(licence.issued_on, on) for licence in held), default=None)
    restricted = needed is Needed.B and bool(held) and all(licence.automatic_only for licence in held)
    return Driver(age, seniority, restricted)
