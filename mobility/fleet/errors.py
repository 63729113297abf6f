"""What the fleet refuses, and what to do about it."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class VehicleTaken(RuleViolation):
    """The vehicle is reserved for something else in that time."""

    code = "vehicle_taken"
    template = "Ce véhicule vient d’être réservé sur ces dates. Choisissez un autre véhicule ou d’autres dates."


class VehicleRetired(RuleViolation):
    """The vehicle has left the fleet, or will have by then."""

    code = "vehicle_retired"
    template = "Ce véhicule est sorti du parc. Choisissez un autre véhicule."


class ReservationReleased(RuleViolation):
    """The reservation was given back already; it cannot move any more."""

    code = "reservation_released"
    template = "Cette réservation est terminée : elle ne peut plus être déplacée."


class WrongPeriod(RuleViolation):
    """The end does not come after the beginning."""

    code = "wrong_period"
    field = "ends_at"
    template = "La fin doit venir après le début. Vérifiez les deux dates."


class OdometerBackwards(RuleViolation):
    """A reading contradicts one made before or after it."""

    code = "odometer_backwards"
    field = "km"
    template = "Le compteur ne peut pas reculer. Vérifiez le nombre de kilomètres et l’heure du relevé."


class OdometerRefused(RuleViolation):
    """A reading that no such vehicle can have."""

    code = "odometer_refused"
    field = "km"
    template = "Ce relevé n’est pas possible. Vérifiez le nombre de kilomètres et l’heure du relevé."


class WrongPlate(RuleViolation):
    """The text is no French plate."""

    code = "wrong_plate"
    field = "plate"
    template = (
        "Cette immatriculation n’est pas reconnue. Écrivez-la comme AA-123-AA, ou 123 AB 59 pour une ancienne plaque."
    )


class PlateAlreadyUsed(RuleViolation):
    """Another vehicle carries this plate or marking."""

    code = "plate_already_used"
    field = "plate"
    template = "Un autre véhicule du parc porte déjà cette immatriculation."


class WrongVehicle(RuleViolation):
    """The description of the vehicle contradicts itself."""

    code = "wrong_vehicle"


class WrongPaper(RuleViolation):
    """The dates of the paper contradict one another or the vehicle."""

    code = "wrong_paper"
    field = "done_on"


class ReservationsAhead(RuleViolation):
    """The vehicle is promised to others; ``reservations`` are those in the way, soonest first."""

    code = "reservations_ahead"
    template = "%(count)d réservations sont prévues sur ce véhicule. Déplacez-les d’abord, puis recommencez."
    template_for_one = "Une réservation est prévue sur ce véhicule. Déplacez-la d’abord, puis recommencez."

    def __init__(self, reservations: tuple[object, ...], *, field: str | None = None) -> None:
        if len(reservations) == 1:
            super().__init__(self.template_for_one, field=field)
        else:
            super().__init__(field=field, count=len(reservations))
        self.reservations = reservations
