"""Where a dossier stands: one table, who may take each step, and what each step needs. Pure.

The bank alone decides: nobody of the platform grants or refuses. An entry in the FICP stops nothing here. Between the
signature and the end of the withdrawal period the person may step back without a reason; no money moves in the first
days (the dates come from the law that holds on the day of the contract, ``rules.law``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mobility.core.clock import format_date
from mobility.core.state import TransitionTable
from mobility.microcredit.rules.law import SignedDates


class State(StrEnum):
    """Where a dossier stands."""

    ORIENTATION = "orientation"
    INSTRUCTION = "instruction"
    COMPLETE = "complete"
    COMMITTEE = "committee"
    TRANSMITTED = "transmitted"
    MORE_INFORMATION = "more_information"
    GRANTED = "granted"
    REFUSED = "refused"
    OFFER_SIGNED = "offer_signed"
    DISBURSED = "disbursed"
    REPAYING = "repaying"
    INCIDENT = "incident"
    RESCHEDULED = "rescheduled"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


STATE_LABELS: dict[State, str] = {
    State.ORIENTATION: "Orientation",
    State.INSTRUCTION: "En préparation",
    State.COMPLETE: "Complet",
    State.COMMITTEE: "En commission",
    State.TRANSMITTED: "Envoyé à la banque",
    State.MORE_INFORMATION: "La banque demande plus",
    State.GRANTED: "Accordé par la banque",
    State.REFUSED: "Refusé par la banque",
    State.OFFER_SIGNED: "Offre signée",
    State.DISBURSED: "Versé",
    State.REPAYING: "En remboursement",
    State.INCIDENT: "Incident de paiement",
    State.RESCHEDULED: "Rééchelonné",
    State.CLOSED: "Terminé",
    State.WITHDRAWN: "Abandonné",
}
STATE_TONES: dict[State, str] = {
    State.ORIENTATION: "neutral",
    State.INSTRUCTION: "accent",
    State.COMPLETE: "accent",
    State.COMMITTEE: "info",
    State.TRANSMITTED: "info",
    State.MORE_INFORMATION: "warning",
    State.GRANTED: "success",
    State.REFUSED: "danger",
    State.OFFER_SIGNED: "success",
    State.DISBURSED: "success",
    State.REPAYING: "accent",
    State.INCIDENT: "danger",
    State.RESCHEDULED: "warning",
    State.CLOSED: "neutral",
    State.WITHDRAWN: "neutral",
}


class Action(StrEnum):
    """What happens to a dossier."""

    START = "start"
    COMPLETE = "complete"
    REOPEN = "reopen"
    TO_COMMITTEE = "to_committee"
    COMMITTEE_YES = "committee_yes"
    COMMITTEE_NO = "committee_no"
    TRANSMIT = "transmit"
    ASK_MORE = "ask_more"
    GRANT = "grant"
    REFUSE = "refuse"
    REWORK = "rework"
    SIGN = "sign"
    DISBURSE = "disburse"
    BEGIN = "begin"
    MISS = "miss"
    CURE = "cure"
    AGREE_PLAN = "agree_plan"
    BREAK_PLAN = "break_plan"
    RESCHEDULE = "reschedule"
    REPAY_EARLY = "repay_early"
    CLOSE = "close"
    WITHDRAW = "withdraw"


ACTION_LABELS: dict[Action, str] = {
    Action.START: "Commencer le dossier",
    Action.COMPLETE: "Le dossier est complet",
    Action.REOPEN: "Reprendre le dossier",
    Action.TO_COMMITTEE: "Présenter en commission",
    Action.COMMITTEE_YES: "La commission donne un avis favorable",
    Action.COMMITTEE_NO: "La commission renvoie le dossier",
    Action.TRANSMIT: "Envoyer à la banque",
    Action.ASK_MORE: "Demander un complément",
    Action.GRANT: "Accorder",
    Action.REFUSE: "Refuser",
    Action.REWORK: "Reprendre après le refus",
    Action.SIGN: "L’offre est signée",
    Action.DISBURSE: "L’argent est versé",
    Action.BEGIN: "Le remboursement commence",
    Action.MISS: "Une mensualité n’est pas payée",
    Action.CURE: "Le retard est rattrapé",
    Action.AGREE_PLAN: "Un plan amiable est convenu",
    Action.BREAK_PLAN: "Le plan amiable n’est plus tenu",
    Action.RESCHEDULE: "Rééchelonner",
    Action.REPAY_EARLY: "Remboursé en entier, avant la fin",
    Action.CLOSE: "Clore avant la fin",
    Action.WITHDRAW: "Abandonner",
}


class Party(StrEnum):
    """Who takes a step."""

    ADVISER = "adviser"
    BANK = "bank"
    CLOCK = "clock"


PARTY_LABELS: dict[Party, str] = {
    Party.ADVISER: "l’antenne",
    Party.BANK: "la banque",
    Party.CLOCK: "le suivi",
}

DOSSIERS: TransitionTable[State, Action] = TransitionTable(
    {
        (State.ORIENTATION, Action.START): State.INSTRUCTION,
        (State.ORIENTATION, Action.WITHDRAW): State.WITHDRAWN,
        (State.INSTRUCTION, Action.COMPLETE): State.COMPLETE,
        (State.INSTRUCTION, Action.WITHDRAW): State.WITHDRAWN,
        (State.COMPLETE, Action.TRANSMIT): State.TRANSMITTED,
        (State.COMPLETE, Action.TO_COMMITTEE): State.COMMITTEE,
        (State.COMPLETE, Action.REOPEN): State.INSTRUCTION,
        (State.COMPLETE, Action.WITHDRAW): State.WITHDRAWN,
        (State.COMMITTEE, Action.COMMITTEE_YES): State.COMPLETE,
        (State.COMMITTEE, Action.COMMITTEE_NO): State.INSTRUCTION,
        (State.COMMITTEE, Action.WITHDRAW): State.WITHDRAWN,
        (State.TRANSMITTED, Action.GRANT): State.GRANTED,
        (State.TRANSMITTED, Action.REFUSE): State.REFUSED,
        (State.TRANSMITTED, Action.ASK_MORE): State.MORE_INFORMATION,
        (State.TRANSMITTED, Action.WITHDRAW): State.WITHDRAWN,
        (State.MORE_INFORMATION, Action.TRANSMIT): State.TRANSMITTED,
        (State.MORE_INFORMATION, Action.REOPEN): State.INSTRUCTION,
        (State.MORE_INFORMATION, Action.WITHDRAW): State.WITHDRAWN,
        (State.REFUSED, Action.REWORK): State.INSTRUCTION,
        (State.REFUSED, Action.WITHDRAW): State.WITHDRAWN,
        (State.GRANTED, Action.SIGN): State.OFFER_SIGNED,
        (State.GRANTED, Action.WITHDRAW): State.WITHDRAWN,
        (State.OFFER_SIGNED, Action.DISBURSE): State.DISBURSED,
        (State.OFFER_SIGNED, Action.WITHDRAW): State.WITHDRAWN,
        (State.DISBURSED, Action.BEGIN): State.REPAYING,
        (State.DISBURSED, Action.MISS): State.INCIDENT,
        (State.DISBURSED, Action.RESCHEDULE): State.RESCHEDULED,
        (State.DISBURSED, Action.REPAY_EARLY): State.CLOSED,
        (State.DISBURSED, Action.CLOSE): State.CLOSED,
        (State.DISBURSED, Action.WITHDRAW): State.WITHDRAWN,
        (State.REPAYING, Action.MISS): State.INCIDENT,
        (State.REPAYING, Action.RESCHEDULE): State.RESCHEDULED,
        (State.REPAYING, Action.REPAY_EARLY): State.CLOSED,
        (State.REPAYING, Action.CLOSE): State.CLOSED,
        (State.INCIDENT, Action.AGREE_PLAN): State.INCIDENT,
        (State.INCIDENT, Action.BREAK_PLAN): State.INCIDENT,
        (State.INCIDENT, Action.CURE): State.REPAYING,
        (State.INCIDENT, Action.RESCHEDULE): State.RESCHEDULED,
        (State.INCIDENT, Action.REPAY_EARLY): State.CLOSED,
        (State.INCIDENT, Action.CLOSE): State.CLOSED,
        (State.RESCHEDULED, Action.MISS): State.INCIDENT,
        (State.RESCHEDULED, Action.RESCHEDULE): State.RESCHEDULED,
        (State.RESCHEDULED, Action.REPAY_EARLY): State.CLOSED,
        (State.RESCHEDULED, Action.CLOSE): State.CLOSED,
    }
)
BANK_ACTIONS = frozenset({Action.GRANT, Action.REFUSE, Action.ASK_MORE})
CLOCK_ACTIONS = frozenset({Action.BEGIN, Action.MISS, Action.CURE, Action.BREAK_PLAN})
# What has pages of its own: papers and signatures go with it.
AGREED = frozenset({Action.AGREE_PLAN, Action.RESCHEDULE, Action.REPAY_EARLY})
REASONED = frozenset(
    {
        Action.REFUSE,
        Action.ASK_MORE,
        Action.WITHDRAW,
        Action.COMMITTEE_NO,
        Action.RESCHEDULE,
        Action.AGREE_PLAN,
        Action.BREAK_PLAN,
    }
)
# Dated by the paper that proves them.
DATED = frozenset({Action.SIGN, Action.DISBURSE})
# What bears the day of a paper, of that day or of one before: a withdrawal counts from the day on which it was sent.
PAST = DATED | {Action.WITHDRAW}
SIGNED = frozenset(
    {State.OFFER_SIGNED, State.DISBURSED, State.REPAYING, State.INCIDENT, State.RESCHEDULED, State.CLOSED}
)
PAID_OUT = SIGNED - {State.OFFER_SIGNED}
RUNNING = frozenset({State.DISBURSED, State.REPAYING, State.INCIDENT, State.RESCHEDULED})
OVER = frozenset({State.CLOSED, State.WITHDRAWN})
# While a bank that was sent a dossier reads it by its link; what it refused, or what was withdrawn, is its matter no more.
BANK_READS = frozenset({State.TRANSMITTED, State.MORE_INFORMATION, State.GRANTED, State.OFFER_SIGNED})
# While a dossier is made or mended the person sends papers for it.
TAKES_PAPERS = frozenset({State.ORIENTATION, State.INSTRUCTION, State.COMPLETE, State.MORE_INFORMATION, State.REFUSED})
# Before the bank has it: a paper that grows too old meanwhile is asked for anew.
BEFORE_BANK = TAKES_PAPERS - {State.REFUSED} | {State.COMMITTEE}
# What the person and the adviser may still change: what the bank has seen stays.
OPEN = frozenset({State.ORIENTATION, State.INSTRUCTION})


def party_of(action: Action) -> Party:
    """Return who takes a step: the bank its decision, the follow-up what payments show, the desk the rest."""
    if action in BANK_ACTIONS:
        return Party.BANK
    return Party.CLOCK if action in CLOCK_ACTIONS else Party.ADVISER


@dataclass(frozen=True, slots=True)
class Facts:
    """What a step is judged by. ``dates`` follow from the signature, once there is one."""

    has_bank: bool
    has_opinion: bool
    has_budget: bool
    missing_papers: tuple[str, ...] = ()
    unmasked_papers: tuple[str, ...] = ()
    wants_committee: bool = False
    committee_said_yes: bool = False
    needs_cosigner: bool = False
    has_cosigner: bool = False
    granted_on: date | None = None
    dates: SignedDates | None = None
    signed_on: date | None = None
    disbursed: bool = False
    pays_seller: bool = True
    debts_first: bool = False
    awaited_price: str = ""
    person_agreed: bool = False
    bank_agreed: bool = False
    has_payoff: bool = False


def missing(action: Action, facts: Facts, *, on: date, today: date) -> tuple[str, ...]:
    """Say in French what a step still needs; nothing where it may be taken. ``on``: the day that its paper bears."""
    if action in PAST and on > today:
        return ("Cette date n’est pas encore arrivée.",)
    needs = _NEEDS.get(action)
    return needs(facts, on) if needs else ()


def _complete(facts: Facts, _on: date) -> tuple[str, ...]:
    said = []
    if facts.debts_first:
        said.append("Les dettes d’abord : le dossier attend. Notez-en l’issue pour continuer.")
    if not facts.has_budget:
        said.append("Faites d’abord le budget, avec ses revenus et ses charges.")
    if not facts.has_bank:
        said.append("Choisissez la banque.")
    if not facts.has_opinion:
        said.append("Écrivez votre avis.")
    if facts.awaited_price:
        said.append(f"Le devis au nouveau prix n’est pas encore là ({facts.awaited_price}) : ajoutez-le au projet.")
    if facts.missing_papers:
        said.append(f"Il manque : {', '.join(facts.missing_papers)}.")
    if facts.unmasked_papers:
        said.append(f"Cachez d’abord le numéro de sécurité sociale : {', '.join(facts.unmasked_papers)}.")
    return tuple(said)


def _transmit(facts: Facts, on: date) -> tuple[str, ...]:
    said = _complete(facts, on)
    if facts.wants_committee and not facts.committee_said_yes:
        said = (*said, "La convention demande l’avis de la commission d’abord.")
    return said


def _sign(facts: Facts, on: date) -> tuple[str, ...]:
    said = []
    if facts.granted_on is not None and on < facts.granted_on:
        said.append("La signature vient après l’accord de la banque.")
    if facts.needs_cosigner and not facts.has_cosigner:
        said.append("La personne qui exerce la mesure de protection (curatelle, tutelle) signe aussi : dites qui.")
    return tuple(said)


def _disburse(facts: Facts, on: date) -> tuple[str, ...]:
    said = []
    if facts.dates is not None and on < facts.dates.payable_from_on:
        said.append(
            "Aucun versement dans les premiers jours : l’argent peut être versé à partir du "
            f"{format_date(facts.dates.payable_from_on, year=facts.dates.payable_from_on.year)}."
        )
    if not facts.pays_seller:
        said.append("L’argent va au vendeur : écrivez à qui la banque a payé.")
    return tuple(said)


def _withdraw(facts: Facts, on: date) -> tuple[str, ...]:
    if facts.signed_on is not None and on < facts.signed_on:
        return ("La renonciation vient après la signature.",)
    if not facts.disbursed:
        return ()
    if facts.dates is None or on > facts.dates.withdraw_until_on:
        return ("Le délai de rétractation est passé : le crédit se rembourse, par anticipation s’il le faut.",)
    return ()


def _agree(facts: Facts, _on: date) -> tuple[str, ...]:
    said = []
    if not facts.person_agreed:
        said.append("Il manque l’accord signé de la personne.")
    if not facts.bank_agreed:
        said.append("Il manque l’accord écrit de la banque.")
    return tuple(said)


def _repay_early(facts: Facts, _on: date) -> tuple[str, ...]:
    return () if facts.has_payoff else ("Joignez le papier de la banque : il dit que tout est remboursé.",)


_NEEDS = {
    Action.COMPLETE: _complete,
    Action.TO_COMMITTEE: _complete,
    Action.TRANSMIT: _transmit,
    Action.SIGN: _sign,
    Action.DISBURSE: _disburse,
    Action.WITHDRAW: _withdraw,
    Action.AGREE_PLAN: _agree,
    Action.RESCHEDULE: _agree,
    Action.REPAY_EARLY: _repay_early,
}  # fmt: skip
