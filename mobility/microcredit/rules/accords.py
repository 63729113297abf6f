"""What person and bank agree to once a loan is paid out: a plan of the arrears, or a new schedule. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from mobility.core.state import TransitionTable
from mobility.pathway.plan.rules import signers
from mobility.pathway.plan.rules.terms import Party
from mobility.people.rules import SignsWith


class AccordKind(StrEnum):
    """What is agreed to."""

    AMICABLE = "amicable"
    SCHEDULE = "schedule"


KIND_LABELS: dict[AccordKind, str] = {
    AccordKind.AMICABLE: "Plan amiable",
    AccordKind.SCHEDULE: "Nouvel échéancier",
}


class AccordState(StrEnum):
    """Where an agreement stands."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    APPLIED = "applied"
    KEPT = "kept"
    BROKEN = "broken"
    REPLACED = "replaced"
    DROPPED = "dropped"


ACCORD_LABELS: dict[AccordState, str] = {
    AccordState.WAITING: "À signer",
    AccordState.IN_FORCE: "En cours",
    AccordState.APPLIED: "Appliqué",
    AccordState.KEPT: "Tenu jusqu’au bout",
    AccordState.BROKEN: "Non tenu",
    AccordState.REPLACED: "Remplacé",
    AccordState.DROPPED: "Laissé de côté",
}
ACCORD_TONES: dict[AccordState, str] = {
    AccordState.WAITING: "warning",
    AccordState.IN_FORCE: "accent",
    AccordState.APPLIED: "success",
    AccordState.KEPT: "success",
    AccordState.BROKEN: "danger",
    AccordState.REPLACED: "neutral",
    AccordState.DROPPED: "neutral",
}


class AccordAction(StrEnum):
    """What happens to an agreement."""

    BEGIN = "begin"
    APPLY = "apply"
    KEEP = "keep"
    BREAK = "break"
    REPLACE = "replace"
    DROP = "drop"


ACCORDS: TransitionTable[AccordState, AccordAction] = TransitionTable(
    {
        (AccordState.WAITING, AccordAction.BEGIN): AccordState.IN_FORCE,
        (AccordState.WAITING, AccordAction.APPLY): AccordState.APPLIED,
        (AccordState.WAITING, AccordAction.DROP): AccordState.DROPPED,
        (AccordState.IN_FORCE, AccordAction.KEEP): AccordState.KEPT,
        (AccordState.IN_FORCE, AccordAction.BREAK): AccordState.BROKEN,
        (AccordState.IN_FORCE, AccordAction.REPLACE): AccordState.REPLACED,
    }
)
# What the ledger reads: a plan that was kept goes on saying which payment was for what.
LAID = frozenset({AccordState.IN_FORCE, AccordState.KEPT})


def missing_signers(signs: SignsWith, given: Collection[Party]) -> list[Party]:
    """Return who of the borrower's side must still sign: the desk signs no agreement between them and their bank."""
    return [party for party in signers.missing(signs, given) if party is not Party.ADVISER]


def sides(signs: SignsWith) -> tuple[Party, ...]:
    """Return who of the borrower's side may sign, in the order of the paper."""
    return tuple(party for party in signers.may_sign(signs) if party is not Party.ADVISER)


def digest(content: Mapping[str, Any]) -> str:
    """Return the digest of what was shown to whoever signs, of its canonical JSON."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
