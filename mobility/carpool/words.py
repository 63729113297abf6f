"""How a match reads in French, from the codes and numbers of its score. No database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from mobility.carpool.days import say_share
from mobility.carpool.rules.facts import Ride
from mobility.carpool.rules.score import Part, PartCode, Score
from mobility.core.clock import format_date, format_time

_NBSP = "\u00a0"
# Nobody is at a crossroads to the minute: a promise to the minute would be a false one.
ROUNDED_TO_MINUTES = 5


def minutes(count: int) -> str:
    """Return « 0 minute », « 1 minute », « 6 minutes »."""
    return f"{count}{_NBSP}minute" if count < 2 else f"{count}{_NBSP}minutes"


def about(epoch_seconds: int) -> str:
    """Return « vers 4 h 10 », on the clock of Paris, to five minutes."""
    step = timedelta(minutes=ROUNDED_TO_MINUTES).seconds
    nearest = (epoch_seconds + step // 2) // step * step
    return f"vers {format_time(datetime.fromtimestamp(nearest, tz=UTC))}"


_DRIVER: Mapping[PartCode, Callable[[int], str]] = {
    PartCode.DETOUR: lambda count: f"fait {minutes(count)} de plus" if count else "ne fait pas de détour",
    PartCode.WAIT: lambda count: f"attend {minutes(count)} en route" if count else "",
}
_RIDER: Mapping[PartCode, Callable[[int], str]] = {
    PartCode.WALK: lambda count: f"{minutes(count)} à pied" if count else "",
    PartCode.RIDE: lambda count: f"{minutes(count)} de route de plus que le trajet direct" if count else "",
    PartCode.EARLY: lambda count: f"{minutes(count)} d’avance à l’arrivée" if count else "",
    PartCode.LINGER: lambda count: f"{minutes(count)} d’attente avant le départ" if count else "",
}


def exactly(instant: datetime) -> str:
    """Return « à 4 h 12 »: the minute, for those who have agreed."""
    return f"à {format_time(instant)}"


def sentence(ride: Ride, score: Score, *, driver: str = "Une personne", near: str) -> str:
    """Return « Une conductrice fait 6 minutes de plus, passe vers 4 h 10 près de la mairie de Raismes ».

    ``near`` follows « près »: « de la mairie de Raismes », « d’Onnaing ».
    """
    told = [_say(_DRIVER, part) for part in score.parts]
    told = [words for words in told if words]
    return f"{driver} " + ", ".join([*told, f"passe {about(ride.pickup_at)} près {near}"])


def who(is_woman: bool | None) -> str:
    """Return who drives, by what they said of themselves, without a name."""
    return {True: "Une conductrice", False: "Un conducteur", None: "Une personne"}[is_woman]


def clocks(hours: Sequence[str]) -> str:
    """Return « vers 4 h 10 », « vers 4 h 10 ou 12 h 10 » of « 04:10 » and « 12:10 »."""
    said = [format_time(time.fromisoformat(hour)) for hour in hours]
    return "vers " + " ou ".join(filter(None, [", ".join(said[:-1]), said[-1]])) if said else ""


def match_sentence(
    legs: Mapping[str, Mapping[str, Any]],
    days: Mapping[str, int],
    *,
    is_woman: bool | None = None,
    yours: bool = False,
    only_on: date | None = None,
) -> str:
    """Return « Une conductrice fait 6 minutes de plus, passe vers 4 h 10 près de Raismes, 4 jours sur 5 ».

    ``legs`` and ``days``: as ``CarpoolMatch`` keeps them. ``yours``: said to the passenger themselves. ``only_on``: the one day that it is for.
    """
    leg = legs.get("there") or legs["back"]
    pickup = leg.get("pickup", {})
    extra = -(-int(leg.get("detour_seconds", 0)) // 60)
    near = "de chez vous" if yours and "there" in legs and pickup.get("door") else pickup.get("near", "")
    told = [_DRIVER[PartCode.DETOUR](extra)]
    passes = " ".join(filter(None, [clocks(leg.get("hours", ())), f"près {near}" if near else ""]))
    if passes:
        told.append(f"passe {passes}")
    if only_on is None:
        told.append(say_share(int(days.get("shared", 0)), int(days.get("asked", 0))))
    else:
        told.append(f"{format_date(only_on)} seulement")
    if len(legs) == 1:
        told.append("à l’aller seulement" if "there" in legs else "au retour seulement")
    return f"{who(is_woman)} " + ", ".join(told)


def standin_sentence(leg: Mapping[str, Any], pickup_at: datetime, *, is_woman: bool | None) -> str:
    """Return « Une conductrice peut vous emmener, passe vers 4 h 20 près de Raismes »: one way of one day."""
    pickup = leg.get("pickup", {})
    near = "de chez vous" if pickup.get("door") else pickup.get("near", "")
    passes = " ".join(filter(None, [f"passe {about(int(pickup_at.timestamp()))}", f"près {near}" if near else ""]))
    return f"{who(is_woman)} peut vous emmener, {passes}"


def leg_remarks(leg: Mapping[str, Any]) -> list[str]:
    """Return what a way of a match asks of the passenger, one short remark each."""
    walked = -(-int(leg.get("walk_seconds", 0)) // 60)
    waited = -(-int(leg.get("wait_seconds", 0)) // 60)
    ride = -(-int(leg.get("ride_seconds", 0)) // 60)
    return [
        words
        for words in (
            f"{minutes(walked)} à pied" if walked else "",
            f"{minutes(ride)} en voiture" if ride else "",
            f"{minutes(waited)} d’attente" if waited else "",
        )
        if words
    ]


def remarks(ride: Ride, score: Score) -> list[str]:
    """Return what the ride asks of the rider, one short remark each: « 7 minutes à pied »."""
    told = [_say(_RIDER, part) for part in score.parts if part.rider == ride.rider]
    return [words for words in told if words]


def _say(sayings: Mapping[PartCode, Callable[[int], str]], part: Part) -> str:
    saying = sayings.get(part.code)
    return saying(part.params["minutes"]) if saying else ""
