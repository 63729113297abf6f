"""Is it the same person? A score out of 100, with the reasons that people can check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mobility.people.names import nearness, sounds_alike

SHOWN = 50
PROBABLE = 70
CERTAIN = 95


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one file, or typed of a new one. Phones of others (relatives, shared) stand apart."""

    first_name: str = ""
    last_name: str = ""
    birth_name: str | None = None
    born_on: date | None = None
    phones: frozenset[str] = frozenset()
    shared_phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    france_travail_id: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How probable it is (0 to 100), and why, in words."""

    points: int
    reasons: tuple[str, ...]

    @property
    def shown(self) -> bool:
        """Tell whether somebody should look at it."""
        return self.points >= SHOWN

    @property
    def probable(self) -> bool:
        """Tell whether a new file should wait for a decision."""
        return self.points >= PROBABLE


def _names(facts: Facts) -> list[str]:
    return [name for name in (facts.last_name, facts.birth_name) if name]


def _name_points(first: Facts, second: Facts) -> tuple[int, str]:
    """Up to 45 points: family names (use or birth) and first names, swapped ones too."""
    straight = max(
        (nearness(a, b) + 0.05 * sounds_alike(a, b) for a in _names(first) for b in _names(second)), default=0.0
    )
    given = nearness(first.first_name, second.first_name) + 0.05 * sounds_alike(first.first_name, second.first_name)
    swapped = min(nearness(first.first_name, second.last_name), nearness(first.last_name, second.first_name))
    near = max(min(straight, given), swapped)
    if near >= 0.99:
        return 45, "même nom"
    if near >= 0.88:
        return 38, "nom très proche"
    if min(straight, given) >= 0.78:
        return 25, "nom ressemblant"
    return (15, "même prénom") if given >= 0.95 else (0, "")


def _birth_points(first: date | None, second: date | None) -> tuple[int, str]:
    """Up to 45 points: the same date, day and month swapped, or one sign apart."""
    if first is None or second is None:
        return 0, ""
    if first == second:
        return 45, "même date de naissance"
    swapped = (first.year, first.month, first.day) == (second.year, second.day, second.month)
    one_apart = sum(a != b for a, b in zip(first.isoformat(), second.isoformat(), strict=True)) == 1
    if swapped or one_apart:
        return 32, "date de naissance presque pareille"
    return -10, ""


def score(first: Facts, second: Facts) -> Score:
    """Compare two files. The same France Travail id is enough; a shared phone says little."""
    parts: list[tuple[int, str]] = [_name_points(first, second), _birth_points(first.born_on, second.born_on)]
    if first.france_travail_id and first.france_travail_id == second.france_travail_id:
        parts.append((95, "même identifiant France Travail"))
    if first.phones & second.phones:
        parts.append((35, "même téléphone"))
    elif (first.phones | first.shared_phones) & (second.phones | second.shared_phones):
        parts.append((12, "un téléphone en commun"))
    if first.emails & second.emails:
        parts.append((40, "même e-mail"))
    points = sum(given for given, _ in parts)
    return Score(max(0, min(100, points)), tuple(reason for _, reason in parts if reason))
