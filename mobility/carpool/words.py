"""How a match reads in French, from the codes and numbers of its score. No database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from mobility.carpool.rules.facts import Ride
from mobility.carpool.rules.score import Part, PartCode, Score
from mobility.core.clock import format_time

_NBSP = "\u00a0"
# Nobody is at a crossroads to the minute: a promise to the minute would be a false one.
ROUNDED_TO_MINUTES = 5


def minutes(count: int) -> str:
    """Return « 1 minute », « 6 minutes »."""
    return f"{count}{_NBSP}minute" if count == 1 else f"{count}{_NBSP}minutes"


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


def sentence(ride: Ride, score: Score, *, driver: str = "Une personne", near: str) -> str:
    """Return « Une conductrice fait 6 minutes de plus, passe vers 4 h 10 près de la mairie de Raismes ».

    ``near`` follows « près »: « de la mairie de Raismes », « d’Onnaing ».
    """
    told = [_say(_DRIVER, part) for part in score.parts]
    told = [words for words in told if words]
    return f"{driver} " + ", ".join([*told, f"passe {about(ride.pickup_at)} près {near}"])


def remarks(ride: Ride, score: Score) -> list[str]:
    """Return what the ride asks of the rider, one short remark each: « 7 minutes à pied »."""
    told = [_say(_RIDER, part) for part in score.parts if part.rider == ride.rider]
    return [words for words in told if words]


def _say(sayings: Mapping[PartCode, Callable[[int], str]], part: Part) -> str:
    saying = sayings.get(part.code)
    return saying(part.params["minutes"]) if saying else ""
