"""Why a loan, an extension or a policy is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from mobility.core.errors import RuleViolation

if TYPE_CHECKING:
    from mobility.loans.proposals import Proposal
    from mobility.loans.rules.reasons import Reason


class NotEligible(RuleViolation):
    """The rules of loans say no; ``reasons`` says why, each with what would lift it."""

    code = "not_eligible"
    template = "Ce prêt n’est pas possible pour le moment : %(why)s"

    def __init__(self, reasons: Sequence[Reason]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(why=" ".join(reason.text for reason in self.reasons))


class NoVehicle(RuleViolation):
    """No vehicle of the category is free; ``proposals`` gives the next best ones.

    They are sought when they are asked for, after the refused transaction has ended: whoever loses a
    race does not keep the others waiting meanwhile.
    """

    code = "no_vehicle"
    field = "start_at"
    template = "Aucun véhicule de ce type n’est libre à ces dates."

    def __init__(self, find: Callable[[], Sequence[Proposal]] = tuple) -> None:
        self._find = find
        super().__init__()

    @cached_property
    def proposals(self) -> tuple[Proposal, ...]:
        """Return what could be booked instead, the best first."""
        return tuple(self._find())


class NoPolicy(RuleViolation):
    """Nobody has written the rules of this category for this desk."""

    code = "no_policy"
    field = "category"
    template = "Aucune règle de prêt n’est en vigueur pour ce type de véhicule dans cette antenne."


class PolicyConflict(RuleViolation):
    """The scope has rules from that very day already."""

    code = "policy_conflict"
    field = "valid_from_on"
    template = "Des règles commencent déjà ce jour-là pour la même portée. Choisissez une autre date."


class PolicyBeyondGrant(RuleViolation):
    """The rules of all desks, or of another one, are not this person's to write."""

    code = "policy_beyond_grant"
    field = "desk_id"
    template = "Les règles de toutes les antennes sont écrites par l’administration. Choisissez votre antenne."


class PolicyInUse(RuleViolation):
    """A policy in force, or used by a loan, is never taken away: a new one replaces it."""

    code = "policy_in_use"
    template = "Ces règles sont déjà en vigueur. Ajoutez plutôt de nouvelles règles à partir d’une date."


class ReasonNeeded(RuleViolation):
    """The act needs a written reason."""

    code = "reason_needed"
    field = "reason"
    template = "Écrivez la raison : elle sera envoyée ou gardée dans le dossier."


class TextTooLong(RuleViolation):
    """A free text is longer than the limit."""

    code = "text_too_long"
    template = "Ce texte est trop long : %(limit)s caractères au plus."


class BadPeriod(RuleViolation):
    """The end is not after the start, or the dates are out of reach."""

    code = "bad_period"
    field = "due_at"
    template = "Le retour doit être après le départ."


class ExtensionBlocked(RuleViolation):
    """The vehicle is promised to somebody else and nothing can replace it."""

    code = "extension_blocked"
    field = "due_at"
    template = (
        "Ce véhicule est promis à une autre personne à partir du %(next_start)s, "
        "et aucun autre véhicule n’est libre pour elle. Proposez une date avant."
    )


class ExtensionPending(RuleViolation):
    """One question at a time."""

    code = "extension_pending"
    field = "due_at"
    template = "Une demande de changement de date attend déjà une réponse."


class VehicleUnfit(RuleViolation):
    """The chosen vehicle cannot be lent for this loan."""

    code = "vehicle_unfit"
    field = "vehicle_id"
    template = "Ce véhicule ne convient pas : %(why)s"


class VehicleStillOut(RuleViolation):
    """The vehicle has not come back from its former loan."""

    code = "vehicle_still_out"
    field = "vehicle_id"
    template = "Ce véhicule n’est pas encore rendu par la personne précédente. Choisissez-en un autre."


class NotByKeyBox(RuleViolation):
    """The borrower may not do that alone: no key box, no contract, or the loan is over."""

    code = "not_by_key_box"
    template = "Ce véhicule se prend et se rend avec une personne de l’antenne. Appelez l’antenne."


class VehicleNotBack(RuleViolation):
    """Somebody else still has the vehicle that the borrower wants to take from the key box."""

    code = "vehicle_not_back"
    template = "Le véhicule n’est pas encore rendu par la personne avant vous. Appelez l’antenne."


class AppointmentTaken(RuleViolation):
    """The vehicle is promised to somebody else at the new time."""

    code = "appointment_taken"
    field = "on"
    template = "Le véhicule est pris à ce moment-là. Choisissez une autre heure, ou changez d’abord de véhicule."


class DeskNotAnother(RuleViolation):
    """The desk cannot take the loan over, or the loan's own is open."""

    code = "desk_not_another"
    field = "desk_id"
    template = "Choisissez une antenne ouverte, qui prend la suite."


class AlreadyChecked(RuleViolation):
    """A colleague has checked it meanwhile."""

    code = "already_checked"
    template = "Ce relevé est déjà vérifié. Rechargez la page du prêt."


class SignatoryNeeded(RuleViolation):
    """A representative signs for a minor or a protected adult."""

    code = "signatory_needed"
    field = "signed_by"
    template = "La personne a un représentant : c’est lui ou elle qui signe. Indiquez son nom."


class DepositNeeded(RuleViolation):
    """The deposit kind is missing or is not one of the policy's."""

    code = "deposit_kind"
    field = "deposit_kind"
    template = "Choisissez la forme du dépôt de garantie prévue par les règles du prêt."


class TooEarly(RuleViolation):
    """The hour for this act has not come."""

    code = "too_early"
    template = "Il est trop tôt : %(why)s"


class BalanceDue(RuleViolation):
    """A loan is settled only once what is due for it is paid."""

    code = "balance_due"
    field = "paid_cents"
    template = "Il reste %(amount)s à régler pour ce prêt avant de le solder."


class BadAmount(RuleViolation):
    """An amount is negative, or more than what there is."""

    code = "bad_amount"
    template = "Ce montant n’est pas possible : %(why)s"


class DayNotClosable(RuleViolation):
    """The day has not come, or the desk was closed on it."""

    code = "day_not_closable"
    field = "day_on"
    template = "Cette journée ne peut pas être clôturée : %(why)s"


class RightInvalid(RuleViolation):
    """A right to loans is badly formed."""

    code = "right_invalid"
    template = "Ce droit n’est pas complet : %(why)s"


class OdometerImplausible(RuleViolation):
    """The reading at return is lower than at departure."""

    code = "odometer"
    field = "odometer_km"
    template = "Le compteur indiquait %(before)s km au départ : relisez-le."
