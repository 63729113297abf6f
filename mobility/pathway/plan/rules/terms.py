"""What a plan and its steps are: kinds, who does what, states, and the words for them. Pure."""

from __future__ import annotations

from enum import StrEnum

from mobility.core.state import TransitionTable


class StepKind(StrEnum):
    """What a step of the plan is."""

    AID = "aid"
    MEETING = "meeting"
    TASK = "task"


STEP_KIND_LABELS: dict[StepKind, str] = {
    StepKind.AID: "Une aide",
    StepKind.MEETING: "Un rendez-vous",
    StepKind.TASK: "Une démarche",
}
STEP_KIND_ICONS: dict[StepKind, str] = {
    StepKind.AID: "signpost",
    StepKind.MEETING: "calendar-week",
    StepKind.TASK: "check2-square",
}


class Doer(StrEnum):
    """Who does a step."""

    PERSON = "person"
    ADVISER = "adviser"
    PARTNER = "partner"


DOER_LABELS: dict[Doer, str] = {
    Doer.PERSON: "La personne",
    Doer.ADVISER: "Le conseiller ou la conseillère",
    Doer.PARTNER: "Un partenaire",
}


class Evidence(StrEnum):
    """By what a step is known to be done."""

    AID = "aid"
    MEETING = "meeting"
    PERSON = "person"
    ADVISER = "adviser"


EVIDENCE_LABELS: dict[Evidence, str] = {
    Evidence.AID: "par l’aide elle-même",
    Evidence.MEETING: "par le rendez-vous qui a eu lieu",
    Evidence.PERSON: "dit par la personne",
    Evidence.ADVISER: "noté par l’équipe",
}


class PlanState(StrEnum):
    """Where a plan stands."""

    DRAFT = "draft"
    AGREED = "agreed"
    SUSPENDED = "suspended"
    ABANDONED = "abandoned"
    REACHED = "reached"


PLAN_STATE_LABELS: dict[PlanState, str] = {
    PlanState.DRAFT: "En préparation",
    PlanState.AGREED: "Signé",
    PlanState.SUSPENDED: "En pause",
    PlanState.ABANDONED: "Abandonné",
    PlanState.REACHED: "Réussi",
}
PLAN_STATE_TONES: dict[PlanState, str] = {
    PlanState.DRAFT: "info",
    PlanState.AGREED: "accent",
    PlanState.SUSPENDED: "warning",
    PlanState.ABANDONED: "neutral",
    PlanState.REACHED: "success",
}
LIVING_PLAN_STATES = frozenset({PlanState.DRAFT, PlanState.AGREED, PlanState.SUSPENDED})


class PlanAction(StrEnum):
    """What can be done with a plan. SIGN happens when the second of both has signed."""

    SIGN = "sign"
    SUSPEND = "suspend"
    RESUME = "resume"
    ABANDON = "abandon"
    REACH = "reach"


PLAN_MOVES: TransitionTable[PlanState, PlanAction] = TransitionTable(
    {
        (PlanState.DRAFT, PlanAction.SIGN): PlanState.AGREED,
        # A later version, signed again.
        (PlanState.AGREED, PlanAction.SIGN): PlanState.AGREED,
        (PlanState.SUSPENDED, PlanAction.SIGN): PlanState.AGREED,
        (PlanState.DRAFT, PlanAction.ABANDON): PlanState.ABANDONED,
        (PlanState.AGREED, PlanAction.SUSPEND): PlanState.SUSPENDED,
        (PlanState.AGREED, PlanAction.ABANDON): PlanState.ABANDONED,
        (PlanState.AGREED, PlanAction.REACH): PlanState.REACHED,
        (PlanState.SUSPENDED, PlanAction.RESUME): PlanState.AGREED,
        (PlanState.SUSPENDED, PlanAction.ABANDON): PlanState.ABANDONED,
        (PlanState.SUSPENDED, PlanAction.REACH): PlanState.REACHED,
    }
)
# Why is said in words, and kept.
REASONED_PLAN_STATES = frozenset({PlanState.SUSPENDED, PlanState.ABANDONED})


class VersionState(StrEnum):
    """Where a version of the plan stands on its way to both signatures."""

    WAITING = "waiting"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


VERSION_STATE_LABELS: dict[VersionState, str] = {
    VersionState.WAITING: "À signer",
    VersionState.SIGNED: "Signée",
    VersionState.WITHDRAWN: "Retirée sans signature",
}


class Party(StrEnum):
    """Who signs."""

    PERSON = "person"
    REPRESENTATIVE = "representative"
    ADVISER = "adviser"


PARTY_LABELS: dict[Party, str] = {
    Party.PERSON: "La personne",
    Party.REPRESENTATIVE: "Qui représente la personne",
    Party.ADVISER: "La plateforme",
}


class Manner(StrEnum):
    """Where somebody signed."""

    DESK = "desk"
    PORTAL = "portal"
    LINK = "link"
    PAPER = "paper"


MANNER_LABELS: dict[Manner, str] = {
    Manner.DESK: "à l’antenne",
    Manner.PORTAL: "dans son espace",
    Manner.LINK: "par le lien reçu",
    Manner.PAPER: "sur papier",
}
