"""Lines of a plan before they are steps: what templates hold and what proposals become. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mobility.pathway.errors import TemplateInvalid
from mobility.pathway.plan.rules.dependencies import order
from mobility.pathway.plan.rules.terms import Doer, StepKind

MAX_LINES = 20
TITLE_MAX, NOTE_MAX, NAME_MAX = 160, 500, 120
OFFSET_MAX, DAYS_MAX = 730, 730


@dataclass(frozen=True)
class StepLine:
    """One line: what, by whom, after which others (their keys), how many days later, and how long it takes.

    An aid's line names its kind, and which of its offers is meant; a meeting's line the type of meeting.
    """

    key: str
    kind: StepKind
    title: str
    aid_kind: str = ""
    option_key: str = ""
    meeting_type_id: int | None = None
    doer: Doer = Doer.ADVISER
    doer_name: str = ""
    note: str = ""
    after: tuple[str, ...] = ()
    offset_days: int = 0
    days: int = 7
    cost_cents: int | None = None


def check_lines(lines: Sequence[StepLine]) -> None:
    """Refuse lines that do not hold together. Raises TemplateInvalid."""
    if not lines:
        raise TemplateInvalid("Écrivez au moins une étape.")
    if len(lines) > MAX_LINES:
        raise TemplateInvalid("Vingt étapes au plus : un plan se lit en quelques minutes.")
    keys = {line.key for line in lines}
    if len(keys) < len(lines):
        raise TemplateInvalid("Deux étapes portent le même numéro.")
    for number, line in enumerate(lines, start=1):
        problem = _problem(line, keys)
        if problem:
            raise TemplateInvalid("Étape %(number)s : %(problem)s", number=number, problem=problem)
    if order([line.key for line in lines], {line.key: line.after for line in lines}) is None:
        raise TemplateInvalid("Des étapes s’attendent l’une l’autre : retirez l’un des liens « après ».")


def _problem(line: StepLine, keys: set[str]) -> str:
    found = (
        (not line.title.strip() or len(line.title) > TITLE_MAX, "dites en quelques mots ce qu’il faut faire."),
        (len(line.note) > NOTE_MAX, "l’explication est trop longue (500 caractères au plus)."),
        (line.doer is Doer.PARTNER and not line.doer_name.strip(), "nommez le partenaire."),
        (len(line.doer_name) > NAME_MAX, "le nom du partenaire est trop long."),
        ((line.kind is StepKind.AID) != bool(line.aid_kind), "choisissez l’aide."),
        (line.kind is not StepKind.MEETING and line.meeting_type_id is not None, "seul un rendez-vous a un type."),
        (not set(line.after) <= keys - {line.key}, "l’étape attendue n’est pas dans la liste."),
        (not 0 <= line.offset_days <= OFFSET_MAX, "le délai se compte en jours, de 0 à 730."),
        (not 0 <= line.days <= DAYS_MAX, "la durée se compte en jours, de 0 à 730."),
    )
    return next((sentence for wrong, sentence in found if wrong), "")


def to_json(lines: Sequence[StepLine]) -> list[dict[str, Any]]:
    """Return checked lines as a template keeps them."""
    return [
        {
            "key": line.key,
            "kind": line.kind.value,
            "title": line.title,
            "aid_kind": line.aid_kind,
            "option_key": line.option_key,
            "meeting_type_id": line.meeting_type_id,
            "doer": line.doer.value,
            "doer_name": line.doer_name,
            "note": line.note,
            "after": list(line.after),
            "offset_days": line.offset_days,
            "days": line.days,
        }
        for line in lines
    ]


def from_json(rows: Sequence[Mapping[str, Any]]) -> list[StepLine]:
    """Return the lines of a template."""
    return [
        StepLine(
            **{
                **row,
                "kind": StepKind(row["kind"]),
                "doer": Doer(row["doer"]),
                "after": tuple(row["after"]),
            }
        )
        for row in rows
    ]
