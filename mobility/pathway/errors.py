"""What the pathway refuses."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class RosterInvalid(RuleViolation):
    """The roster cannot be read, or contradicts itself."""

    code = "roster_invalid"
    field = "pattern"
    template = "Ces horaires ne peuvent pas être lus. Vérifiez les jours et les heures."


class PeriodInvalid(RuleViolation):
    """The end comes before the beginning, or the period is longer than any real one."""

    code = "period_invalid"
    field = "ends_on"
    template = "La fin doit venir après le début. Vérifiez les deux dates."


class ObjectiveClosed(RuleViolation):
    """The objective is reached or dropped: nothing is changed on it any more."""

    code = "objective_closed"
    template = "Cet objectif est clos. Rouvrez-le pour le modifier."


class NothingToConfirm(RuleViolation):
    """The working days are known: there is nothing to renew."""

    code = "nothing_to_confirm"
    template = "Les jours de travail sont déjà connus : il n’y a rien à confirmer."


class NothingTried(RuleViolation):
    """A trial without anything to try."""

    code = "nothing_tried"
    field = "act"
    template = "Choisissez au moins une chose à essayer : une aide qui change, une aide en plus ou d’autres horaires."


class StepOfAnother(RuleViolation):
    """The aid's row already stands on the pathway of somebody else, or the objective is another's."""

    code = "step_of_another"
    template = "Cette étape appartient au parcours d’une autre personne."


class StepAlreadyOpened(RuleViolation):
    """The step has become a row of its aid already, or was given up."""

    code = "step_already_opened"
    template = "Cette étape a déjà une suite, ou elle a été abandonnée. Rechargez la page."


class EmployerUnknown(RuleViolation):
    """The organisation chosen as employer is not in the list."""

    code = "employer_unknown"
    field = "employer_id"
    template = "Cet employeur n’est plus dans la liste. Choisissez-en un autre, ou écrivez son nom."


class MeansInvalid(RuleViolation):
    """An own means that carries nobody on no day."""

    code = "means_invalid"


class PlanLives(RuleViolation):
    """The person has a plan that is not ended: it is changed, not doubled."""

    code = "plan_lives"
    template = "Un plan est déjà en cours pour cette personne. Ouvrez-le pour le changer."


class PlanEnded(RuleViolation):
    """The plan is abandoned or reached: nothing is changed on it any more."""

    code = "plan_ended"
    template = "Ce plan est terminé. Préparez un nouveau plan pour continuer."


class PlanEmpty(RuleViolation):
    """Nothing to sign: no step stands."""

    code = "plan_empty"
    template = "Ajoutez au moins une étape avant de faire signer le plan."


class PlanUnchanged(RuleViolation):
    """What would be signed was signed already."""

    code = "plan_unchanged"
    template = "Rien n’a changé depuis la dernière version signée : il n’y a rien à signer."


class ReasonMissing(RuleViolation):
    """An act that needs its why in words."""

    code = "reason_missing"
    field = "reason"
    template = "Écrivez pourquoi, en quelques mots."


class CycleRefused(RuleViolation):
    """The steps would wait for one another for ever."""

    code = "steps_in_a_circle"
    field = "needs"
    template = "Ces étapes s’attendraient l’une l’autre. Retirez l’un des liens « après »."


class NeedOfAnotherPlan(RuleViolation):
    """A step waits only for steps of its own plan."""

    code = "need_of_another_plan"
    field = "needs"
    template = "Une étape ne peut attendre qu’une étape du même plan. Rechargez la page."


class StepFollowsItsAid(RuleViolation):
    """The state of an aid's step is the aid's own."""

    code = "step_follows_its_aid"
    template = "Cette étape suit son aide toute seule. Ouvrez l’aide pour la changer."


class StepInvalid(RuleViolation):
    """What was typed of a step does not hold together."""

    code = "step_invalid"
    field = "title"
    template = "Dites en quelques mots ce qu’il faut faire."


class NotOwnErrand(RuleViolation):
    """The person ticks their own errands, not those of others."""

    code = "not_own_errand"
    template = "Cette étape n’est pas à vous : votre conseiller la suit."


class InkInvalid(RuleViolation):
    """What the pad sent cannot be read."""

    code = "ink_invalid"
    field = "ink"
    template = "La signature n’a pas pu être lue. Effacez et recommencez, ou écrivez votre nom."


class NameMissing(RuleViolation):
    """Whoever signs writes their name."""

    code = "name_missing"
    field = "name"
    template = "Écrivez votre prénom et votre nom."


class NotAgreed(RuleViolation):
    """The box « j’ai lu et je suis d’accord » is not ticked."""

    code = "not_agreed"
    field = "agreed"
    template = "Cochez « J’ai lu et je suis d’accord » pour signer."


class VersionOver(RuleViolation):
    """The version is signed, or another took its place."""

    code = "version_over"
    template = "Cette version du plan n’est plus à signer. Rechargez la page pour voir la dernière."


class AlreadySigned(RuleViolation):
    """This side has signed."""

    code = "already_signed"
    template = "Cette signature est déjà faite. Merci !"


class SignersChanged(RuleViolation):
    """Who signs for the person is no longer what the version says: an age, a measure or a mandate changed."""

    code = "signers_changed"
    template = "Qui signe pour la personne a changé depuis. Préparez une nouvelle version à signer."


class RepresentativeUnknown(RuleViolation):
    """Nobody, or somebody who may not sign for the person today, was named."""

    code = "representative_unknown"
    field = "representative_id"
    template = "Choisissez qui signe pour la personne. Son mandat doit être en cours."


class RepresentativeUnreached(RuleViolation):
    """The file has neither a mobile phone nor a mailbox of the representative."""

    code = "representative_unreached"
    template = "Ajoutez d’abord le portable ou l’e-mail du représentant dans la fiche de la personne."


class TemplateInvalid(RuleViolation):
    """A template whose lines do not hold together."""

    code = "template_invalid"
    field = "label"
    template = "Ce modèle ne peut pas être enregistré. Vérifiez ses étapes."


class ProposalGone(RuleViolation):
    """The proposal no longer stands: an aid, a date or the diagnosis changed since the page was made."""

    code = "proposal_gone"
    template = "Cette proposition n’est plus possible telle quelle. Voici celles de maintenant."
