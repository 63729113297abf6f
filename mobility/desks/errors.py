"""What the desks refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobility.core.errors import RuleViolation

if TYPE_CHECKING:
    from mobility.desks.hooks import Appointment


class OverlappingHours(RuleViolation):
    """Two ranges of one day overlap or touch in the wrong order."""

    code = "overlapping_hours"
    field = "hours"
    template = "Deux plages du même jour se chevauchent (%(day)s). Corrigez l’une des deux."


class HoursBackwards(RuleViolation):
    """A range ends before it begins."""

    code = "hours_backwards"
    field = "hours"
    template = "L’heure de fermeture doit venir après l’heure d’ouverture (%(day)s)."


class UnreadableHours(RuleViolation):
    """A text is no list of hours."""

    code = "unreadable_hours"
    field = "hours"
    template = "Ces horaires ne se lisent pas. Écrivez-les ainsi : 9 h – 12 h, 14 h – 17 h 30."


class KeyBoxCodeUnreadable(RuleViolation):
    """A text is no code of a key box."""

    code = "key_box_code_unreadable"
    field = "code"
    template = "Un code a de 3 à 12 signes : chiffres, lettres, * ou #. Écrivez-le sans espace."


class DeskNameTaken(RuleViolation):
    """The slug or name is already taken."""

    code = "desk_name_taken"
    field = "name"
    template = "Une antenne porte déjà ce nom."


class UnknownCommune(RuleViolation):
    """A commune is not in the list of communes."""

    code = "unknown_commune"
    field = "insee_code"
    template = "Cette commune n’est pas connue : %(commune)s."


class DayAlreadyExcepted(RuleViolation):
    """The date already has an exception."""

    code = "day_already_excepted"
    field = "day_on"
    template = "Une exception existe déjà ce jour-là, avec les mêmes heures. Supprimez-la d’abord."


class AppointmentsBroken(RuleViolation):
    """The new hours leave appointments outside; ``appointments`` are those, the soonest first."""

    code = "appointments_broken"
    field = "accept_broken"
    template = "%(count)d rendez-vous tombent quand l’antenne sera fermée. Lisez la liste, puis confirmez."
    template_for_one = "Un rendez-vous tombe quand l’antenne sera fermée. Lisez la liste, puis confirmez."

    def __init__(self, appointments: tuple[Appointment, ...]) -> None:
        if len(appointments) == 1:
            super().__init__(self.template_for_one)
        else:
            super().__init__(count=len(appointments))
        self.appointments = appointments


class ClosureBackwards(RuleViolation):
    """A closure ends before it begins."""

    code = "closure_backwards"
    field = "last_on"
    template = "La fermeture ne peut pas finir avant d’avoir commencé."


class ClosureTooLong(RuleViolation):
    """A closure lasts longer than any holiday: most likely a wrong year."""

    code = "closure_too_long"
    field = "last_on"
    template = "Une fermeture dure %(days)s jours au plus. Vérifiez les deux dates."
