"""What the desk reads at the head of a dossier: what there is to do now, and what a step still needs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from mobility.microcredit.rules.states import (
    ACTION_LABELS,
    AGREED,
    DATED,
    DOSSIERS,
    REASONED,
    Action,
    Facts,
    Party,
    State,
    missing,
    party_of,
)

# One sentence a state; the person reads others in their own space.
DESK_NEXT: dict[State, str] = {
    State.ORIENTATION: "Regardez avec la personne si un micro-crédit convient, puis commencez le dossier.",
    State.INSTRUCTION: "Rassemblez les papiers, écrivez votre avis, puis dites que le dossier est complet.",
    State.COMPLETE: "Le dossier est complet : il peut partir.",
    State.COMMITTEE: "La commission lit le dossier. Notez son avis, et pourquoi.",
    State.TRANSMITTED: "La banque lit le dossier. Elle répond par son lien ; vous serez prévenu.",
    State.MORE_INFORMATION: "Apportez ce que la banque demande, puis renvoyez le dossier.",
    State.GRANTED: "La banque dit oui. Lisez l’offre avec la personne, puis notez la signature.",
    State.REFUSED: "La banque dit non. Voyez ce qui changerait la réponse, ou cherchez une autre aide.",
    State.OFFER_SIGNED: "La personne peut encore changer d’avis. Notez le versement quand le vendeur est payé.",
    State.DISBURSED: "Le vendeur est payé. Le remboursement va commencer.",
    State.REPAYING: "La personne rembourse chaque mois.",
    State.INCIDENT: "Une mensualité manque. Appelez la personne avant la suivante ; un plan amiable se prépare dans le suivi.",
    State.RESCHEDULED: "Un nouvel échéancier court.",
    State.CLOSED: "Ce micro-crédit est terminé.",
    State.WITHDRAWN: "Ce dossier est abandonné.",
}
IN_PLAN = "Un plan amiable court : chaque somme compte avec la mensualité. Appelez la personne dès qu’une manque."
# Steps that stop or send back: asked for less often, they stand folded, with the reason that they want.
ASIDE = (REASONED - AGREED) | {Action.CLOSE}


def what_now(state: State, *, in_plan: bool) -> str:
    """Return the sentence of a state; ``in_plan``: sums of a plan of arrears are still to be paid."""
    return IN_PLAN if state is State.INCIDENT and in_plan else DESK_NEXT[state]


@dataclass(frozen=True, slots=True)
class Step:
    """One button: ``lacks`` says in French what it still needs, papers left out; ``aside``: it stops or sends back."""

    action: Action
    lacks: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return the words of the button."""
        return ACTION_LABELS[self.action]

    @property
    def aside(self) -> bool:
        """Tell whether it stops the dossier or sends it back."""
        return self.action in ASIDE


def steps(state: State, facts: Facts, *, today: date) -> tuple[Step, ...]:
    """Return the steps of the desk that need no date, those that go on first.

    The committee is offered where the bank's agreement wants it, and sending once the committee has said yes.
    """
    found: Sequence[Action] = [
        one
        for one in DOSSIERS.actions_from(state)
        if party_of(one) is Party.ADVISER and one not in DATED | AGREED and _fits(one, facts)
    ]
    without_papers = replace(facts, missing_papers=())
    listed = [Step(one, missing(one, without_papers, on=today, today=today)) for one in found]
    return tuple(sorted(listed, key=lambda step: step.aside))


def _fits(action: Action, facts: Facts) -> bool:
    waits = facts.wants_committee and not facts.committee_said_yes
    if action is Action.TO_COMMITTEE:
        return waits
    return not (action is Action.TRANSMIT and waits)
