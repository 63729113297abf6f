"""What the agenda refuses, in words for people."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class SlotTaken(RuleViolation):
    """Somebody else holds the adviser's time."""

    code = "slot_taken"
    field = "slot"
    template = "Cette heure vient d’être prise. Choisissez-en une autre."


class PersonBusy(RuleViolation):
    """The person has another appointment at that time."""

    code = "person_busy"
    field = "slot"
    template = "La personne a déjà un rendez-vous à cette heure. Choisissez-en une autre."


class SeatsFull(RuleViolation):
    """No seat is left in the workshop."""

    code = "seats_full"
    field = "slot"
    template = "Il n’y a plus de place à cet atelier. Choisissez une autre date."


class AlreadyInvited(RuleViolation):
    """The person has a seat already."""

    code = "already_invited"
    field = "slot"
    template = "La personne a déjà une place à ce rendez-vous."


class SlotNotOffered(RuleViolation):
    """The hour is not among those that are offered."""

    code = "slot_not_offered"
    field = "slot"
    template = "Cette heure n’est plus proposée. Choisissez-en une dans la liste."


class BadTime(RuleViolation):
    """The hour cannot be meant."""

    code = "bad_time"
    field = "on"
    template = "Choisissez une heure à venir, dans les douze prochains mois."


class OpeningInvalid(RuleViolation):
    """The weekly hours make no sense."""

    code = "opening_invalid"
    field = "closes"
    template = "L’heure de fin doit venir après l’heure de début."


class OpeningNever(RuleViolation):
    """The period holds no day of these hours."""

    code = "opening_never"
    field = "ends_on"
    template = "Entre ces deux dates, ce jour ne vient pas. Changez le jour ou les dates."


class OpeningOverlaps(RuleViolation):
    """The adviser receives elsewhere at that time already."""

    code = "opening_overlaps"
    field = "opens"
    template = "Vous recevez déjà à ces heures ce jour-là. Changez les heures, ou arrêtez l’autre permanence."


class PeriodBackwards(RuleViolation):
    """The end comes before the start."""

    code = "period_backwards"
    field = "ends_on"
    template = "La fin doit venir après le début."


class NextNeeded(RuleViolation):
    """Nobody leaves without a next appointment."""

    code = "next_needed"
    field = "following"
    template = "Choisissez la suite : un rendez-vous, une date pour se rappeler, ou écrivez pourquoi il n’y en a pas."


class ReasonNeeded(RuleViolation):
    """An act needs its reason."""

    code = "reason_needed"
    field = "reason"
    template = "Écrivez la raison en quelques mots."


class TooEarly(RuleViolation):
    """An appointment that has not begun is not over."""

    code = "too_early"
    field = "attendance"
    template = "Ce rendez-vous n’a pas encore commencé."


class TypeUnknown(RuleViolation):
    """The kind of meeting is not offered at that desk."""

    code = "type_unknown"
    field = "type_id"
    template = "Choisissez un type de rendez-vous dans la liste."


class DeskNeeded(RuleViolation):
    """Types of all desks are made by whoever manages all of them."""

    code = "desk_needed"
    field = "desk_id"
    template = "Choisissez une de vos antennes."


class TypeNameTaken(RuleViolation):
    """Two kinds of meetings with one name cannot be told apart."""

    code = "type_name_taken"
    field = "label"
    template = "Un type de rendez-vous porte déjà ce nom. Donnez-lui un autre nom."


class AdviserUnknown(RuleViolation):
    """The one who is to receive works at no such desk."""

    code = "adviser_unknown"
    field = "adviser_id"
    template = "Choisissez une personne de l’équipe de cette antenne."


class TooLateOnline(RuleViolation):
    """The appointment has begun or is over: nothing can be changed online."""

    code = "too_late_online"
    template = "Ce rendez-vous ne peut plus être changé ici. Appelez votre antenne."


class OfferOver(RuleViolation):
    """The hour that was offered is not to be had any more."""

    code = "offer_over"
    template = "Cette heure n’est plus libre : quelqu’un d’autre l’a prise, ou le temps pour répondre est passé."


class CannotWait(RuleViolation):
    """Nothing earlier can be asked for."""

    code = "cannot_wait"
    template = "Pour ce rendez-vous, nous ne pouvons pas proposer d’heure plus tôt. Appelez votre antenne."


class NoDayLeft(RuleViolation):
    """Somebody who can come on no day cannot be offered an hour."""

    code = "no_day_left"
    field = "no_days"
    template = "Laissez au moins un jour possible, du lundi au vendredi. Sinon, appelez votre antenne."


class ReachBackwards(RuleViolation):
    """They would be home before they leave."""

    code = "reach_backwards"
    field = "home_by"
    template = "L’heure de retour doit venir après l’heure de départ."


class RoomsTaken(RuleViolation):
    """Every room of the desk is in use at that time."""

    code = "rooms_taken"
    field = "slot"
    template = "Toutes les salles sont prises à cette heure. Choisissez-en une autre."


class InterpreterTaken(RuleViolation):
    """The interpreter translates elsewhere at that time."""

    code = "interpreter_taken"
    field = "slot"
    template = "L’interprète est déjà pris à cette heure. Choisissez une autre heure, ou un autre interprète."


class InterpreterUnknown(RuleViolation):
    """No such interpreter translates at that desk."""

    code = "interpreter_unknown"
    field = "choice"
    template = "Choisissez un interprète dans la liste."


class NeverAChild(RuleViolation):
    """A child never translates."""

    code = "never_a_child"
    field = "adult"
    template = "Un enfant ne traduit jamais. Confirmez que cette personne est majeure, ou choisissez quelqu’un d’autre."


class VehicleBusy(RuleViolation):
    """The vehicle is on the road for somebody else."""

    code = "vehicle_busy"
    field = "vehicle_id"
    template = "Ce véhicule est déjà pris à cette heure (trajet compris). Choisissez-en un autre, ou une autre heure."


class RoomNameTaken(RuleViolation):
    """Two rooms with one name cannot be told apart."""

    code = "room_name_taken"
    field = "name"
    template = "Une salle porte déjà ce nom. Donnez-lui un autre nom."


class NotBackYet(RuleViolation):
    """There is no visit to come back from."""

    code = "not_back_yet"
    template = "Cette visite n’a pas encore commencé, ou elle est annulée."


class ReachableNowhere(RuleViolation):
    """An interpreter translates on site or by phone."""

    code = "reachable_nowhere"
    field = "by_phone"
    template = "Cochez au moins un : sur place, ou par téléphone."
