"""Facts for the rules' tests: a person, a desk, a wish that are in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from mobility.core.clock import at_paris
from mobility.desks.rules import Hours, OpeningCalendar, WeeklyOpening
from mobility.fleet.kinds import Category
from mobility.loans.rules.eligibility import ObjectiveFacts, PersonFacts, RightFacts
from mobility.loans.rules.licences import LicenceFacts
from mobility.loans.rules.periods import Setting, Wish
from mobility.loans.rules.policy import Terms
from mobility.people.kinds import LicenceCategory

# A Tuesday.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def paris(day: str, wall: str = "10:00") -> datetime:
    """Return the instant of « 2026-11-25 », « 10:00 » in Paris."""
    return at_paris(date.fromisoformat(day), time.fromisoformat(wall))


def calendar(**kwargs: Any) -> OpeningCalendar:
    """Return a desk open from 9 to 18, Monday to Friday."""
    return OpeningCalendar(
        weekly=tuple(WeeklyOpening(weekday, Hours(time(9), time(18))) for weekday in range(5)), **kwargs
    )


def setting(terms: Terms | None = None, **kwargs: Any) -> Setting:
    """Return a setting in which a loan is possible."""
    return Setting(
        **{"terms": terms or Terms(max_days=60), "calendar": calendar(), "key_box": False, "now": NOW, **kwargs}
    )


def licence(**kwargs: Any) -> LicenceFacts:
    """Return a checked licence B of ten years."""
    return LicenceFacts(**{"category": LicenceCategory.B, "issued_on": date(2016, 1, 15), "checked": True, **kwargs})


def right(**kwargs: Any) -> RightFacts:
    """Return a right to a car for 60 days of the winter."""
    return RightFacts(
        **{
            "id": 1,
            "categories": frozenset({Category.CAR}),
            "starts_on": date(2026, 11, 1),
            "ends_on": date(2027, 3, 31),
            "days_allowed": 60,
            **kwargs,
        }
    )


def person(**kwargs: Any) -> PersonFacts:
    """Return an adult with licence, right and job."""
    return PersonFacts(
        **{
            "born_on": date(1995, 5, 5),
            "licences": (licence(),),
            "rights": (right(),),
            "objectives": (ObjectiveFacts(1, date(2026, 11, 30), date(2027, 2, 28)),),
            **kwargs,
        }
    )


def wish(**kwargs: Any) -> Wish:
    """Return the wish for a car from Friday 27 November at 10 to Friday 11 December at 17."""
    return Wish(
        **{
            "category": Category.CAR,
            "start_at": paris("2026-11-27"),
            "due_at": paris("2026-12-11", "17:00"),
            **kwargs,
        }
    )


def with_terms(base: Setting, **kwargs: Any) -> Setting:
    """Return the setting with other terms."""
    return replace(base, terms=replace(base.terms, **kwargs))
