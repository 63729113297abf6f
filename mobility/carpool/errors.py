"""What can go wrong with carpooling."""

from __future__ import annotations

from mobility.core.errors import MobilityError, RuleViolation


class BadMatchFile(MobilityError):
    """The file of offers and requests cannot be read; the message names the item and the field, in English."""


class TripsNotReady(RuleViolation):
    """The offered trips are being laid on new roads, and there is no index yet to answer meanwhile."""

    code = "trips_not_ready"
    template = "Les trajets proposés sont en préparation. Réessayez dans quelques minutes."


class JourneyInvalid(RuleViolation):
    """The offer or the request cannot be kept as it is."""

    code = "journey_invalid"
    template = "Ce trajet ne peut pas être enregistré. Vérifiez ce que vous avez écrit."


class JourneyClosed(RuleViolation):
    """The offer or the request has ended: nothing is changed on it any more."""

    code = "journey_closed"
    template = "Ce trajet est terminé : il ne se modifie plus. Faites-en un nouveau."


class NotAMember(RuleViolation):
    """Whoever offers or asks takes part first, and has not left or been put on hold."""

    code = "not_a_member"
    template = "Cette personne ne participe pas au covoiturage en ce moment. Inscrivez-la d’abord."


class NoCarpoolForProtected(RuleViolation):
    """A protected file is left out of carpooling entirely: others would learn where and when somebody travels."""

    code = "protected"
    template = "Cette fiche est protégée : elle reste en dehors du covoiturage."


class LicenceUndeclared(RuleViolation):
    """Nobody offers a seat without saying that they may drive."""

    code = "licence_undeclared"
    field = "declared"
    template = "Pour conduire, il faut un permis valable et une voiture assurée. Cochez la case si c’est le cas."


class MemberUnreachable(RuleViolation):
    """Whoever has no account acts by a link, which has to reach them."""

    code = "member_unreachable"
    field = "phone"
    template = "Écrivez un téléphone portable ou un e-mail : le lien y est envoyé."


class MemberKnown(RuleViolation):
    """Somebody with this phone or mailbox takes part already."""

    code = "member_known"
    field = "phone"
    template = "Quelqu’un avec ce contact participe déjà à cette antenne."


class TooManyJourneys(RuleViolation):
    """More standing offers or requests than anybody has ways."""

    code = "too_many_journeys"
    template = "Il y a déjà %(most)s trajets en cours. Terminez-en un avant d’en ajouter."


class HubInvalid(RuleViolation):
    """A site cannot be kept as it is."""

    code = "hub_invalid"
    template = "Ce lieu ne peut pas être enregistré."


class TooManyAsked(RuleViolation):
    """More people came by one poster within an hour than is plausible."""

    code = "too_many"
    template = "Trop d’inscriptions viennent d’arriver par ce lien. Réessayez dans une heure, ou appelez l’antenne."


class NoSeatLeft(RuleViolation):
    """Somebody else has the last seat on every day that the two share."""

    code = "carpool_no_seat"
    template = "Il n’y a plus de place dans cette voiture. Regardez les autres propositions."


class RunTooLong(RuleViolation):
    """With those who ride already, one passenger more is too long a detour or too late for somebody."""

    code = "carpool_run_too_long"
    template = "Avec les autres passagers, le détour est trop long ou les heures ne vont pas. Regardez les autres propositions."


class NoDayShared(RuleViolation):
    """The two share no day any more."""

    code = "carpool_no_day"
    template = "Ce trajet n’a plus de jour en commun. Regardez les autres propositions."


class NotForEachOther(RuleViolation):
    """One of the two has left, is paused, has closed their journey, or is not to meet the other."""

    code = "carpool_not_available"
    template = "Ce covoiturage n’est plus possible. Regardez les autres propositions."


class WayMissing(RuleViolation):
    """A change leaves no way, or asks for one that was never worked out."""

    code = "carpool_way_missing"
    template = "Gardez au moins l’aller ou le retour, parmi ceux de la proposition."


class DayOver(RuleViolation):
    """What is asked about a day comes too late, or too early."""

    code = "carpool_day_over"
    template = "Ce trajet a déjà commencé. Appelez votre antenne."


class DayAhead(RuleViolation):
    """Nobody can say how a journey went before it begins."""

    code = "carpool_day_ahead"
    template = "Ce trajet n’a pas encore eu lieu."


class ReportEmpty(RuleViolation):
    """A report without a word."""

    code = "carpool_report_empty"
    template = "Expliquez le problème en quelques mots."
