"""Why a bank says no, as a list that can be counted; the list is dated configuration. Pure.

A motive whose code is one that the rules know orders what is proposed afterwards; any other is counted alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mobility.organisations.rules import search_key

CODE_MAX = 40
LABEL_MAX = 120
_CODE = re.compile(r"[a-z0-9_]{1,40}")


class About(StrEnum):
    """What a refusal is about, as far as the rules can do something with it."""

    BUDGET = "budget"
    DEBTS = "debts"
    FICP = "ficp"
    INCOME = "income"
    PROJECT = "project"
    PAPERS = "papers"
    AREA = "area"
    OTHER = "other"


ABOUT_LABELS: dict[About, str] = {
    About.BUDGET: "Budget trop juste",
    About.DEBTS: "Trop de crédits ou de dettes",
    About.FICP: "Inscription au FICP, dette sans solution",
    About.INCOME: "Revenus trop instables",
    About.PROJECT: "Projet que la banque ne finance pas",
    About.PAPERS: "Papiers qui ne convainquent pas",
    About.AREA: "Hors du territoire de la banque",
    About.OTHER: "Autre motif",
}
# What the adviser does with it, in a sentence; the order of the proposals follows it.
ABOUT_ADVICE: dict[About, str] = {
    About.BUDGET: "Ce qui allège le mois vient d’abord.",
    About.DEBTS: "Faire baisser les autres crédits, ou emprunter moins, vient d’abord.",
    About.FICP: "Une inscription n’interdit pas le micro-crédit, mais la dette doit avoir une issue : elle vient d’abord.",
    About.INCOME: "Emprunter moins vient d’abord ; un contrat plus long, ou l’employeur qui participe, rassure aussi.",
    About.PROJECT: "Ce projet n’est pas financé par cette banque : ce sont les autres banques qui comptent.",
    About.PAPERS: "Demandez les papiers à la personne, reprenez le dossier et renvoyez-le : la demande peut rester la même.",
    About.AREA: "La personne est hors du territoire de cette banque : ce sont les autres banques qui comptent.",
    About.OTHER: "Lisez les mots de la banque avec la personne.",
}
# Whatever is changed at this bank, its no stays.
ELSEWHERE = frozenset({About.PROJECT, About.AREA})


@dataclass(frozen=True, slots=True)
class Motive:
    """One line of the list: the code that is kept and counted, and how it reads."""

    code: str
    label: str

    @property
    def about(self) -> About:
        """Return what it is about; a code of the operator's own is about something else."""
        return about(self.code)


def about(code: str) -> About:
    """Return what a code is about."""
    return About(code) if code in set(About) else About.OTHER


def read_motives(kept: Iterable[Mapping[str, Any]]) -> tuple[Motive, ...]:
    """Return the motives behind the setting, in its order; « another » is always there, so that a bank can say no.

    A code is read without its accents and with « _ » between its words, so that no line is lost for a hyphen. One that
    holds no letter of ours, is too long or came before is left out: what is counted keeps one name.
    """
    found: dict[str, Motive] = {}
    for row in kept:
        code, label = search_key(str(row["code"])).replace(" ", "_"), " ".join(str(row["label"]).split())[:LABEL_MAX]
        if _CODE.fullmatch(code) and label:
            found.setdefault(code, Motive(code, label))
    found.setdefault(About.OTHER, Motive(About.OTHER.value, ABOUT_LABELS[About.OTHER]))
    return tuple(found.values())


def label_of(code: str, motives: Sequence[Motive]) -> str:
    """Return how a code reads: as the list says, else as it ships, else the code itself; nothing for none."""
    listed = next((one.label for one in motives if one.code == code), None)
    if listed is not None or not code:
        return listed or ""
    return ABOUT_LABELS[About(code)] if code in set(About) else code
