"""Who signs a plan: the person, their representative beside them or in their stead, the adviser. Pure.

A minor's and a tutored adult's representative signs in their stead, and the person may sign too, if they like; somebody
under « curatelle » signs with theirs (Code civil, art. 467, 473). ``SignsWith`` says which, see ``people.rules``.
"""

from __future__ import annotations

from collections.abc import Collection

from mobility.pathway.plan.rules.terms import PARTY_LABELS, Party
from mobility.people.rules import SignsWith

_NEEDED: dict[SignsWith, tuple[Party, ...]] = {
    SignsWith.ALONE: (Party.PERSON, Party.ADVISER),
    SignsWith.WITH_REPRESENTATIVE: (Party.PERSON, Party.REPRESENTATIVE, Party.ADVISER),
    SignsWith.BY_REPRESENTATIVE: (Party.REPRESENTATIVE, Party.ADVISER),
}
# What the boxes of the paper and of the page are called.
_REPRESENTED_LABELS: dict[SignsWith, str] = {
    SignsWith.WITH_REPRESENTATIVE: "Avec la personne",
    SignsWith.BY_REPRESENTATIVE: "Au nom de la personne",
}


def needed(signs: SignsWith) -> tuple[Party, ...]:
    """Return who must sign."""
    return _NEEDED[signs]


def may_sign(signs: SignsWith) -> tuple[Party, ...]:
    """Return who may sign, in the order of the paper: the person always."""
    return (Party.PERSON, *(party for party in _NEEDED[signs] if party is not Party.PERSON))


def missing(signs: SignsWith, given: Collection[Party]) -> list[Party]:
    """Return whose signature is still needed."""
    return [party for party in _NEEDED[signs] if party not in given]


def box_label(party: Party, signs: SignsWith) -> str:
    """Return in whose name a side signs."""
    if party is Party.REPRESENTATIVE:
        return _REPRESENTED_LABELS[signs]
    label = PARTY_LABELS[party]
    return label if party in _NEEDED[signs] else f"{label}, si elle le souhaite"
