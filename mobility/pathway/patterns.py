"""How rosters are written down (versioned JSON), typed (« 5 h - 13 h »), preset and said. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from itertools import groupby
from typing import Any

from mobility.core.clock import WEEKDAYS, format_date, format_time
from mobility.pathway.errors import RosterInvalid
from mobility.pathway.roster import REST, TEAMS, Cycle, Dates, DayHours, Hours, Pattern, Unknown, Weekly
from mobility.pathway.rules import RosterKind

VERSION = 1
MORNING = (Hours(time(5), time(13)),)
AFTERNOON = (Hours(time(13), time(21)),)
NIGHT = (Hours(time(21), time(5)),)
WHOLE_DAY = (Hours(time(8), time(16)),)
LONG_DAY = (Hours(time(7), time(19)),)
LONG_NIGHT = (Hours(time(19), time(7)),)
DEFAULT_TEAMS: dict[str, DayHours] = {"M": MORNING, "A": AFTERNOON, "N": NIGHT, "J": WHOLE_DAY}

# name → (label, sequence, hours that differ from the default ones)
PRESETS: dict[str, tuple[str, str, Mapping[str, DayHours]]] = {
    "2x8": ("2×8 : une semaine du matin, une semaine d’après-midi", "MMMMMRRAAAAARR", {}),
    "3x8": ("3×8 : matin, après-midi, nuit, une semaine chacun", "MMMMMRRAAAAARRNNNNNRR", {}),
    "5x8": ("5×8 : 2 matins, 2 après-midis, 2 nuits, 4 repos", "MMAANNRRRR", {}),
    "4-2": ("4 jours de travail, 2 jours de repos", "JJJJRR", {}),
    "2x12": ("2×12 : 2 journées, 2 nuits, 4 repos", "JJNNRRRR", {"J": LONG_DAY, "N": LONG_NIGHT}),
    "long-short": ("Petite et grande semaine, en 12 heures", "JJRRJJJRRJJRRR", {"J": LONG_DAY}),
}

_CLOCK = re.compile(r"(\d{1,2})\s*(?:[h:]\s*(\d{2})?)?")
_RANGE = re.compile(
    r"(?:de\s+)?(\d{1,2}\s*(?:[h:]\s*(?:\d{2})?)?)\s*(?:-|–|à|a|>|/)\s*(\d{1,2}\s*(?:[h:]\s*(?:\d{2})?)?)"
)
_SPLIT = re.compile(r"\s*(?:,|;|\bet\b|\+)\s*")
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
MAX_LINE = 200


def preset(
    name: str, *, starts_on: date, teams: Mapping[str, DayHours] | None = None, holidays_off: bool = False
) -> Cycle:
    """Return a usual cycle; ``teams`` replaces the usual hours. Raises RosterInvalid for an unknown name."""
    if name not in PRESETS:
        raise RosterInvalid("Choisissez un cycle dans la liste.", field="preset")
    _label, sequence, own_hours = PRESETS[name]
    hours = {**DEFAULT_TEAMS, **own_hours, **(teams or {})}
    return Cycle(starts_on, sequence, {letter: hours[letter] for letter in set(sequence) - {REST}}, holidays_off)


def parse_clock(text: str) -> time:
    """Read « 5 h », « 5h30 », « 05:30 » or « 5 ». Raises RosterInvalid."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None or int(found[1]) > 24 or int(found[2] or 0) > 59:
        raise RosterInvalid("« %(text)s » n’est pas une heure. Écrivez par exemple 5h30.", text=text[:20])
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour == 24:
        if minute:
            raise RosterInvalid("« %(text)s » n’est pas une heure. Écrivez par exemple 5h30.", text=text[:20])
        hour = 0
    return time(hour, minute)


def parse_hours(text: str) -> DayHours:
    """Read « 5h-13h » or « 8 h – 12 h et 14 h – 18 h »; nothing for an empty text. Raises RosterInvalid."""
    cleaned = text.translate(str.maketrans("\u00a0\u202f", "  ")).strip().lower()
    if not cleaned:
        return ()
    if len(cleaned) > MAX_LINE:
        raise RosterInvalid("Ces heures sont trop longues à lire. Écrivez par exemple 5h-13h.")
    found = []
    for piece in _SPLIT.split(cleaned):
        match = _RANGE.fullmatch(piece)
        if match is None:
            raise RosterInvalid(
                "« %(text)s » ne se lit pas. Écrivez par exemple 5h-13h, ou 8h-12h et 14h-18h.", text=piece[:40]
            )
        found.append(Hours(parse_clock(match[1]), parse_clock(match[2])))
    return tuple(sorted(found))


def parse_dates(text: str) -> Dates:
    """Read one date a line: « 24/11/2026 5h-13h ». Raises RosterInvalid naming the line."""
    days: dict[date, DayHours] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line:
            continue
        found = _DATE.match(line)
        if found is None:
            raise RosterInvalid(
                "Ligne %(number)s : commencez par une date, par exemple 24/11/2026 5h-13h.",
                number=number,
                field="dates",
            )
        day = _real_date(found, number)
        try:
            hours = parse_hours(line[found.end() :].strip(" :,;"))
        except RosterInvalid as refusal:
            raise RosterInvalid(
                "Ligne %(number)s : %(reason)s", number=number, reason=refusal.message, field="dates"
            ) from None
        if not hours:
            raise RosterInvalid(
                "Ligne %(number)s : ajoutez les heures, par exemple 5h-13h.", number=number, field="dates"
            )
        days[day] = tuple(sorted((*days.get(day, ()), *hours)))
    return Dates(days)


def _real_date(found: re.Match[str], number: int) -> date:
    try:
        day = date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        day = date.min
    if not 2000 <= day.year <= 2100:
        raise RosterInvalid("Ligne %(number)s : cette date n’existe pas.", number=number, field="dates")
    return day


def parse_sequence(text: str) -> str:
    """Read « MMMMM RR aaaaa rr »: spaces and case do not matter. ``Cycle`` checks the rest."""
    return "".join(text.upper().split())[:400]


def to_json(pattern: Pattern) -> dict[str, Any]:
    """Write a pattern down."""
    head: dict[str, Any] = {"version": VERSION, "kind": pattern.kind.value}
    if isinstance(pattern, Weekly):
        days = {str(index): _hours_to_json(hours) for index, hours in enumerate(pattern.days) if hours}
        return {**head, "days": days, "holidays_off": pattern.holidays_off}
    if isinstance(pattern, Cycle):
        teams = {letter: _hours_to_json(hours) for letter, hours in sorted(pattern.teams.items())}
        return {
            **head,
            "starts_on": pattern.starts_on.isoformat(),
            "sequence": pattern.sequence,
            "teams": teams,
            "holidays_off": pattern.holidays_off,
        }
    if isinstance(pattern, Dates):
        dates = {day.isoformat(): _hours_to_json(hours) for day, hours in sorted(pattern.days.items()) if hours}
        return {**head, "dates": dates}
    return {**head, "valid_days": pattern.valid_days}


def from_json(data: Any) -> Pattern:
    """Read a pattern back. Raises RosterInvalid for whatever ``to_json`` would not have written."""
    try:
        if not isinstance(data, dict) or data.get("version") != VERSION:
            raise RosterInvalid
        return _READERS[RosterKind(data["kind"])](data)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        raise RosterInvalid from None


def _hours_to_json(hours: DayHours) -> list[list[str]]:
    return [[f"{shift.starts:%H:%M}", f"{shift.ends:%H:%M}"] for shift in hours]


def _hours_from_json(data: Any) -> DayHours:
    if not isinstance(data, list):
        raise RosterInvalid
    hours = [Hours(_time_from_json(starts), _time_from_json(ends)) for starts, ends in data]
    return tuple(sorted(hours))


def _time_from_json(text: Any) -> time:
    if not isinstance(text, str) or not re.fullmatch(r"\d{2}:\d{2}", text, re.ASCII):
        raise RosterInvalid
    return time.fromisoformat(text)


def _flag(data: Mapping[str, Any], name: str) -> bool:
    if not isinstance(data[name], bool):
        raise RosterInvalid
    return bool(data[name])


def _weekly(data: Mapping[str, Any]) -> Weekly:
    if not set(data["days"]) <= set("0123456"):
        raise RosterInvalid
    days = tuple(_hours_from_json(data["days"].get(str(index), [])) for index in range(7))
    return Weekly(days, _flag(data, "holidays_off"))


def _cycle(data: Mapping[str, Any]) -> Cycle:
    teams = {letter: _hours_from_json(hours) for letter, hours in data["teams"].items() if letter in TEAMS}
    return Cycle(date.fromisoformat(data["starts_on"]), str(data["sequence"]), teams, _flag(data, "holidays_off"))


def _dates(data: Mapping[str, Any]) -> Dates:
    return Dates({date.fromisoformat(day): _hours_from_json(hours) for day, hours in data["dates"].items()})


def _unknown(data: Mapping[str, Any]) -> Unknown:
    if type(data["valid_days"]) is not int:
        raise RosterInvalid
    return Unknown(data["valid_days"])


_READERS: dict[RosterKind, Callable[[Mapping[str, Any]], Pattern]] = {
    RosterKind.WEEKLY: _weekly,
    RosterKind.CYCLE: _cycle,
    RosterKind.DATES: _dates,
    RosterKind.UNKNOWN: _unknown,
}


def say_hours(hours: DayHours) -> str:
    """Return « 8 h – 12 h et 14 h – 18 h »."""
    return " et ".join(f"{format_time(shift.starts)} – {format_time(shift.ends)}" for shift in hours)


def say_days(numbers: Sequence[int]) -> str:
    """Return « du lundi au vendredi », « lundi et mercredi », « tous les jours »."""
    if list(numbers) == list(range(7)):
        return "tous les jours"
    if len(numbers) >= 3 and list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
        return f"du {WEEKDAYS[numbers[0]]} au {WEEKDAYS[numbers[-1]]}"
    names = [WEEKDAYS[number] for number in numbers]
    return " et ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def say(pattern: Pattern) -> str:
    """Say a pattern in plain French, one line."""
    if isinstance(pattern, Weekly):
        return _say_weekly(pattern)
    if isinstance(pattern, Cycle):
        return _say_cycle(pattern)
    if isinstance(pattern, Dates):
        days = sorted(day for day, hours in pattern.days.items() if hours)
        if len(days) == 1:
            return f"Le {format_date(days[0])}, {say_hours(pattern.days[days[0]])}"
        return f"{len(days)} dates, du {format_date(days[0])} au {format_date(days[-1])}"
    return "Jours de travail pas encore connus"


def _say_weekly(pattern: Weekly) -> str:
    worked = [(hours, index) for index, hours in enumerate(pattern.days) if hours]
    groups = {hours: [index for _, index in same] for hours, same in groupby(sorted(worked), key=lambda pair: pair[0])}
    parts = [
        f"{say_days(days)}, {say_hours(hours)}" for hours, days in sorted(groups.items(), key=lambda item: item[1])
    ]
    text = " ; ".join(parts)
    return text[0].upper() + text[1:] + (", sauf jours fériés" if pattern.holidays_off else ", jours fériés compris")


def _say_cycle(pattern: Cycle) -> str:
    named = {sequence: label for label, sequence, _ in PRESETS.values()}
    title = named.get(pattern.sequence, f"Cycle de {len(pattern.sequence)} jours")
    used = [letter for letter in TEAMS if letter in pattern.sequence]
    teams = ", ".join(f"{TEAMS[letter].lower()} {say_hours(pattern.teams[letter])}" for letter in used)
    return f"{title} ({teams}), premier jour du cycle : {format_date(pattern.starts_on)} {pattern.starts_on.year}"
