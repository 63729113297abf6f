"""The plan as it is laid before both to sign: frozen, with its digest; and what changed since, in words. Pure.

The content is plain JSON of texts and numbers: what was signed can be read for ever, whatever the rows become.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = 1


@dataclass(frozen=True)
class ContentObjective:
    """One objective as the paper says it."""

    id: int
    title: str
    kind: str
    place: str = ""
    when: str = ""


@dataclass(frozen=True)
class ContentStep:
    """One step as the paper says it. ``after`` are the titles of the steps that come before."""

    id: int
    objective_id: int | None
    title: str
    kind: str
    who: str
    when: str = ""
    note: str = ""
    after: tuple[str, ...] = ()
    done: bool = False


@dataclass(frozen=True)
class ContentSigner:
    """Somebody who represents the person, and in which quality."""

    name: str
    quality: str


@dataclass(frozen=True)
class Content:
    """All that is signed. ``signs`` says who signs for the person (``people.rules.SignsWith``)."""

    person: str
    adviser: str
    desk: str
    desk_address: str
    desk_phone: str
    objectives: tuple[ContentObjective, ...]
    steps: tuple[ContentStep, ...]
    person_commitment: str
    desk_commitment: str
    monthly_budget_cents: int | None = None
    signs: str = "alone"
    representatives: tuple[ContentSigner, ...] = ()
    format: int = field(default=FORMAT)


def freeze(content: Content) -> dict[str, Any]:
    """Return the content as JSON can say it."""
    frozen: dict[str, Any] = json.loads(json.dumps(asdict(content)))
    return frozen


def digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the content's canonical JSON, in hexadecimal."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def same_promises(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two contents promise the same: a step done since, or another guardian, is no change to sign."""
    return _promises(one) == _promises(other)


def _promises(content: Mapping[str, Any]) -> dict[str, Any]:
    steps = [{**step, "done": False} for step in content.get("steps", ())]
    return {**content, "steps": steps, "signs": "", "representatives": []}


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Say in short sentences what the later content changes; nothing where both are the same."""
    return [
        *_objective_changes(_by_id(before["objectives"]), _by_id(after["objectives"])),
        *_step_changes(_by_id(before["steps"]), _by_id(after["steps"])),
        *_other_changes(before, after),
    ]


def _by_id(rows: Sequence[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    return {int(row["id"]): row for row in rows}


def _objective_changes(before: Mapping[int, Mapping[str, Any]], after: Mapping[int, Mapping[str, Any]]) -> list[str]:
    said = [f"Nouvel objectif : {row['title']}" for key, row in after.items() if key not in before]
    said += [f"Objectif retiré : {row['title']}" for key, row in before.items() if key not in after]
    for key in after.keys() & before.keys():
        old, new = before[key], after[key]
        if old["title"] != new["title"]:
            said.append(f"L’objectif « {old['title']} » devient « {new['title']} »")
        if old["when"] != new["when"]:
            said.append(f"{new['title']} : {new['when'] or 'sans dates'} au lieu de {old['when'] or 'sans dates'}")
        if old["place"] != new["place"]:
            said.append(f"{new['title']} : le lieu change")
    return said


_STEP_FIELDS = (("when", "dates"), ("who", "qui s’en occupe"))


def _step_changes(before: Mapping[int, Mapping[str, Any]], after: Mapping[int, Mapping[str, Any]]) -> list[str]:
    said = [f"Nouvelle étape : {row['title']}" for key, row in after.items() if key not in before]
    said += [f"Étape retirée : {row['title']}" for key, row in before.items() if key not in after]
    for key in sorted(after.keys() & before.keys()):
        said += _one_step(before[key], after[key])
    return said


def _one_step(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    said = []
    title = new["title"]
    if old["title"] != title:
        said.append(f"L’étape « {old['title']} » devient « {title} »")
    if new["done"] and not old["done"]:
        said.append(f"Étape terminée : {title}")
    for name, label in _STEP_FIELDS:
        if old[name] != new[name]:
            said.append(f"{title}, {label} : {new[name] or 'à préciser'} (avant : {old[name] or 'à préciser'})")
    if old["note"] != new["note"]:
        said.append(f"{title} : l’explication change")
    if list(old["after"]) != list(new["after"]):
        said.append(f"{title} : vient après {', '.join(new['after']) or 'aucune autre étape'}")
    return said


_OTHERS = (
    ("person_commitment", "Ce à quoi la personne s’engage change"),
    ("desk_commitment", "Ce à quoi la plateforme s’engage change"),
    ("monthly_budget_cents", "Le budget par mois change"),
    ("adviser", "Le conseiller ou la conseillère change"),
    ("desk", "L’antenne change"),
    ("representatives", "Qui représente la personne change"),
)


def _other_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [sentence for name, sentence in _OTHERS if before.get(name) != after.get(name)]
