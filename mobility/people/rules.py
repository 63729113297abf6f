"""Ages, representatives, clocks: what follows from a person's facts."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mobility.core.clock import format_date
from mobility.core.state import TransitionTable
from mobility.people.errors import (
    BirthDateImpossible,
    RepresentativeMissing,
    SecondSecretWeak,
    TooYoung,
)
from mobility.people.kinds import (
    LegalProtection,
    RepresentativeKind,
    RetentionAction,
    RetentionMove,
    RetentionState,
    RightsAction,
    RightsState,
)
from mobility.people.names import words_of

MIN_AGE = 16
ADULT_AGE = 18
MAX_AGE = 110
RIGHTS_MONTHS = 1
RIGHTS_MONTHS_EXTENDED = 3
SECRET_MIN = 6

RIGHTS_MOVES: TransitionTable[RightsState, RightsAction] = TransitionTable(
    {
        (RightsState.OPEN, RightsAction.EXTEND): RightsState.OPEN,
        (RightsState.OPEN, RightsAction.FULFIL): RightsState.DONE,
        (RightsState.OPEN, RightsAction.REFUSE): RightsState.REFUSED,
    }
)
RETENTION_MOVES: TransitionTable[RetentionState, RetentionMove] = TransitionTable(
    {
        (RetentionState.PLANNED, RetentionMove.CONFIRM): RetentionState.CONFIRMED,
        (RetentionState.PLANNED, RetentionMove.ABANDON): RetentionState.ABANDONED,
        (RetentionState.CONFIRMED, RetentionMove.CARRY_OUT): RetentionState.DONE,
    }
)


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def age_on(born_on: date, day: date) -> int:
    """Return the age in whole years; somebody born on 29 February turns on 1 March of a common year."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def check_birth_date(born_on: date, *, today: date) -> None:
    """Raise BirthDateImpossible or TooYoung for a date that no accompanied person has."""
    age = age_on(born_on, today)
    if born_on > today or age > MAX_AGE:
        raise BirthDateImpossible
    if age < MIN_AGE:
        raise TooYoung(age=MIN_AGE, has=age)


class SignsWith(StrEnum):
    """Who signs."""

    ALONE = "alone"
    WITH_REPRESENTATIVE = "with_representative"
    BY_REPRESENTATIVE = "by_representative"


SIGNS_LABELS: dict[SignsWith, str] = {
    SignsWith.ALONE: "Signe en son nom",
    SignsWith.WITH_REPRESENTATIVE: "Signe avec son représentant",
    SignsWith.BY_REPRESENTATIVE: "Son représentant signe",
}
_FIT: dict[LegalProtection, frozenset[RepresentativeKind]] = {
    LegalProtection.GUARDIANSHIP: frozenset({RepresentativeKind.GUARDIAN, RepresentativeKind.INSTITUTION}),
    LegalProtection.CURATORSHIP: frozenset({RepresentativeKind.CURATOR, RepresentativeKind.INSTITUTION}),
    LegalProtection.FAMILY: frozenset({RepresentativeKind.FAMILY}),
}
_FIT_FOR_MINOR = frozenset({RepresentativeKind.PARENT, RepresentativeKind.GUARDIAN, RepresentativeKind.INSTITUTION})


def signs_with(*, born_on: date, legal_protection: LegalProtection, on: date) -> SignsWith:
    """Return who signs on a day: minors and adults under tutelle by, under curatelle with, their representative."""
    if age_on(born_on, on) < ADULT_AGE or legal_protection in {
        LegalProtection.GUARDIANSHIP,
        LegalProtection.FAMILY,
    }:
        return SignsWith.BY_REPRESENTATIVE
    if legal_protection is LegalProtection.CURATORSHIP:
        return SignsWith.WITH_REPRESENTATIVE
    return SignsWith.ALONE


@dataclass(frozen=True, slots=True)
class Mandate:
    """In which quality somebody represents the person, and when."""

    kind: RepresentativeKind
    valid_from_on: date
    valid_until_on: date | None

    def stands_on(self, day: date) -> bool:
        """Tell whether the mandate is in force on the day."""
        return self.valid_from_on <= day and (self.valid_until_on is None or day <= self.valid_until_on)


def fit_kinds(*, born_on: date, legal_protection: LegalProtection, on: date) -> frozenset[RepresentativeKind]:
    """Return in which qualities somebody may sign for the person, or with them, on that day."""
    needed = _FIT.get(legal_protection, frozenset())
    return needed | _FIT_FOR_MINOR if age_on(born_on, on) < ADULT_AGE else needed


def lacks_representative(
    *, born_on: date, legal_protection: LegalProtection, mandates: Iterable[Mandate], on: date
) -> bool:
    """Tell whether somebody ought to sign on that day for the person, and nobody fit is in the file."""
    if signs_with(born_on=born_on, legal_protection=legal_protection, on=on) is SignsWith.ALONE:
        return False
    needed = fit_kinds(born_on=born_on, legal_protection=legal_protection, on=on)
    return not any(mandate.kind in needed and mandate.stands_on(on) for mandate in mandates)


def check_may_sign(*, born_on: date, legal_protection: LegalProtection, mandates: Iterable[Mandate], on: date) -> None:
    """Raise RepresentativeMissing where nobody may sign for the person on that day."""
    if lacks_representative(born_on=born_on, legal_protection=legal_protection, mandates=mandates, on=on):
        raise RepresentativeMissing


def rights_due_on(received_on: date, *, extended: bool = False) -> date:
    """Return the last day for an answer: one month, three where the extension was explained (GDPR, art. 12)."""
    return add_months(received_on, RIGHTS_MONTHS_EXTENDED if extended else RIGHTS_MONTHS)


def last_contact_due(*, on: date, months: int) -> date:
    """Return the latest day of last contact of a file that has lain for so many months on a day."""
    return add_months(on, -months)


def retention_action(*, keep_until_on: date | None, restricted: bool, on: date) -> RetentionAction | None:
    """Return what becomes of a file whose time is over; None where it is archived and must wait."""
    if keep_until_on is None or keep_until_on < on:
        return RetentionAction.ERASE
    return None if restricted else RetentionAction.RESTRICT


def check_secret(secret: str, *, known: Iterable[str | None]) -> str:
    """Return the second secret as it is compared. Raises SecondSecretWeak for one that the file gives away."""
    compact = "".join(words_of(secret))
    given_away = {"".join(words_of(text)) for text in known if text}
    if (
        len(compact) < SECRET_MIN
        or compact in given_away
        or len(set(compact)) < 4
        or (compact.isdigit() and (compact in "01234567890" or compact in "09876543210"))
    ):
        raise SecondSecretWeak
    return compact


def known_of(first_name: str, last_name: str, born_on: date | None, city: str | None) -> tuple[str | None, ...]:
    """Return what anybody who knows the person would try as a secret."""
    dates = (f"{born_on:%d%m%Y}", f"{born_on:%d%m%y}", format_date(born_on, weekday=False, year=0)) if born_on else ()
    return first_name, last_name, f"{first_name}{last_name}", f"{last_name}{first_name}", city, *dates
