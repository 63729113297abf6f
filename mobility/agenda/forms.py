"""What is typed about appointments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from wtforms import HiddenField

from mobility.agenda.errors import SlotNotOffered
from mobility.agenda.models import MeetingType
from mobility.agenda.reach import MEANS_LABELS, Means, Reach
from mobility.agenda.rules import (
    ATTENDANCE_LABELS,
    FOLLOWING_LABELS,
    MEETING_KIND_LABELS,
    PLACE_LABELS,
    REASON_LENGTH,
    RECORDED,
    Following,
    MeetingKind,
    Place,
)
from mobility.agenda.services import TypeValues
from mobility.agenda.slots import Slot
from mobility.core.clock import WEEKDAYS, at_paris, end_of, format_instant
from mobility.core.web.forms import (
    Form,
    VersionedForm,
    checkboxes,
    clock_time,
    day,
    integer,
    line,
    phone_line,
    radios,
    select,
    text,
    tick,
)
from mobility.people.kinds import LANGUAGES

RHYTHMS = (
    (1, "chaque semaine"),
    (2, "une semaine sur deux"),
    (3, "une semaine sur trois"),
    (4, "une semaine sur quatre"),
)


def read_slot(code: str | None) -> tuple[datetime, int, int]:
    """Return (start, adviser, desk) of what a form sends back for a slot. Raises SlotNotOffered."""
    parts = (code or "").split(".")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) <= 10 for part in parts):
        raise SlotNotOffered
    seconds, adviser_id, desk_id = map(int, parts)
    if seconds > 4_000_000_000 or max(adviser_id, desk_id) >= 2**31:
        raise SlotNotOffered
    return datetime.fromtimestamp(seconds, UTC), adviser_id, desk_id


def slot_choices(slots: Iterable[Slot], names: Mapping[int, str] | None = None) -> list[tuple[str, str]]:
    """Return slots as the choices of a form; ``names`` of the advisers are said where they are given."""
    return [
        (slot.code, format_instant(slot.starts_at) + (f" – {names[slot.adviser_id]}" if names else ""))
        for slot in slots
    ]


class SlotForm(VersionedForm):
    """Choose an hour."""

    slot = radios("Quand", required=True)

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        """Set what can be chosen. One that was taken meanwhile still reaches the service, which says so."""
        self.offered = list(choices)
        sent = self.slot.data
        known = {code for code, _label in choices}
        self.slot.choices = [*choices, *([(sent, "")] if sent and sent not in known else [])]

    def hide_taken(self) -> None:
        """Show only what can be had, once the form has been judged: not the hour that was refused just now."""
        refused = self.slot.data if self.violation is not None and self.violation.field == "slot" else None
        self.slot.choices = [(code, label) for code, label in self.offered if code != refused]


class DeskSlotForm(SlotForm):
    """Choose an hour at the desk: one that is offered, or any other."""

    slot = radios("Heures proposées", required=False)
    on = day("Une autre date", required=False)
    at = clock_time("à", required=False)
    adviser_id = select("avec", ids=True, required=False)
    vehicle_id = select("Véhicule", ids=True, required=False)
    note = text("Note pour l’équipe", limit=REASON_LENGTH)

    def chosen(self, desk_id: int) -> tuple[datetime, int, int]:
        """Return (start, adviser, desk): the hour typed goes before the one ticked. Raises SlotNotOffered."""
        if self.on.data and self.at.data and self.adviser_id.data:
            return at_paris(self.on.data, self.at.data), self.adviser_id.data, desk_id
        return read_slot(self.slot.data)


class WorkshopSeatForm(Form):
    """Choose a workshop."""

    appointment_id = radios("Quel atelier", required=True)


class CancelForm(SlotForm):
    """Cancel, with the reason."""

    slot = HiddenField()
    reason = text("Raison", required=True, limit=REASON_LENGTH)


class PlainForm(Form):
    """A plain yes."""


class CloseForm(SlotForm):
    """Who came, and what comes next."""

    attendance = radios("La personne", [(state.value, ATTENDANCE_LABELS[state]) for state in RECORDED])
    following = radios(
        "La suite", [(following.value, label) for following, label in FOLLOWING_LABELS.items()], required=False
    )
    slot = radios("Prochain rendez-vous", required=False)
    next_on = day("Faire le point le", required=False)
    next_reason = text(
        "Précisez",
        limit=REASON_LENGTH,
        hint="L’événement attendu (« après l’examen du code »), ou pourquoi il n’y a pas de suite.",
    )

    def wanted(self) -> Following | None:
        """Return what follows; an hour that is ticked says it too."""
        if self.following.data:
            return Following(self.following.data)
        return Following.MEETING if self.slot.data else None


class ReachForm(Form):
    """When and how somebody can come to the desk."""

    no_days = checkboxes("Jours où venir est impossible", [(str(number), WEEKDAYS[number]) for number in range(6)])
    means = radios("Comment", [("", "je ne sais pas encore"), *MEANS_LABELS.items()], required=False)
    leave_from = clock_time("Départ de la maison à partir de", required=False, hint="Vide : toute heure va.")
    home_by = clock_time("Retour à la maison avant", required=False, hint="Vide : toute heure va.")
    first_bus = clock_time("Le premier bus arrive à", required=False, hint="L’heure à laquelle il vous dépose.")
    last_bus = clock_time("Le dernier bus repart à", required=False)

    def said(self) -> Reach:
        """Return what was said."""
        return Reach(
            means=Means(self.means.data) if self.means.data else None,
            no_days=frozenset(int(number) for number in self.no_days.data or ()),
            **self.values("leave_from", "home_by", "first_bus", "last_bus"),
        )

    def show(self, known: Reach) -> None:
        """Fill in from what is known."""
        self.no_days.data = [str(number) for number in sorted(known.no_days)]
        self.means.data = known.means.value if known.means else ""
        for name in ("leave_from", "home_by", "first_bus", "last_bus"):
            self[name].data = getattr(known, name)


class OpeningForm(Form):
    """Weekly hours of an adviser."""

    desk_id = select("Antenne", ids=True)
    weekday = select("Jour", [(number, name) for number, name in enumerate(WEEKDAYS)], ids=True)
    opens = clock_time("De")
    closes = clock_time("À")
    every_weeks = select("Rythme", RHYTHMS, ids=True)
    starts_on = day("À partir du")
    ends_on = day("Jusqu’au", required=False)
    type_ids = checkboxes("Seulement pour", hint="Rien de coché : tous les types de rendez-vous.")


class OpeningDayForm(Form):
    """Hours of one day only, beside those of each week."""

    desk_id = select("Antenne", ids=True)
    on = day("Le")
    opens = clock_time("De")
    closes = clock_time("À")
    type_ids = checkboxes("Seulement pour", hint="Rien de coché : tous les types de rendez-vous.")


class AbsenceForm(Form):
    """When an adviser is away."""

    first_on = day("Du")
    first_at = clock_time("à", required=False, hint="Vide : dès le matin.")
    last_on = day("Au")
    last_at = clock_time("à", required=False, hint="Vide : toute la journée.")

    def span(self) -> tuple[datetime, datetime]:
        """Return the instants that are meant, the end excluded."""
        starts_at = at_paris(self.first_on.data, self.first_at.data or time(0, 0))
        if self.last_at.data is None:
            return starts_at, end_of(self.last_on.data)
        return starts_at, at_paris(self.last_on.data, self.last_at.data)


class TypeForm(VersionedForm):
    """A type of meeting."""

    label = line("Nom", limit=80, hint="Ce que la personne lit : « Premier rendez-vous ».")
    kind = select("Sert à", list(MEETING_KIND_LABELS.items()))
    desk_id = select("Antenne", ids=True, required=False)
    duration_minutes = integer("Durée", low=5, high=480)
    pause_minutes = integer("Pause après", low=0, high=240)
    notice_hours = integer("Délai pour réserver en ligne", low=0, high=720, hint="Au plus tard, avant l’heure.")
    place = radios("Où", [(place.value, label) for place, label in PLACE_LABELS.items()])
    seats = integer("Places", low=1, high=60, hint="Plus d’une pour un atelier seulement.")
    by_person = tick("La personne peut le réserver en ligne")
    by_prescriber = tick("Le prescripteur peut le réserver")
    needs_room = tick("Il faut une salle", hint="Seulement à l’antenne. Une salle libre est choisie d’elle-même.")
    needs_vehicle = tick("Il faut un véhicule de l’antenne", hint="Seulement chez la personne.")
    instructions = text("À savoir", limit=500, hint="Une phrase simple, lue par la personne.")
    papers = text("À apporter", limit=300)

    def show(self, row: MeetingType) -> None:
        """Fill in from a type."""
        for name in TypeValues.__dataclass_fields__:
            self[name].data = getattr(row, name)
        for name in ("kind", "place"):
            self[name].data = getattr(row, name).value
        self.show_version(row)

    def typed(self) -> TypeValues:
        """Return what was typed."""
        values: dict[str, Any] = self.values(*TypeValues.__dataclass_fields__)
        return TypeValues(
            **values
            | {
                "kind": MeetingKind(self.kind.data),
                "place": Place(self.place.data),
                "instructions": self.instructions.data or "",
                "papers": self.papers.data or "",
            }
        )


class WorkshopForm(Form):
    """A workshop to announce."""

    type_id = select("Atelier", ids=True)
    adviser_id = select("Animé par", ids=True)
    on = day("Date")
    at = clock_time("Heure")
    seats = integer("Places", low=1, high=60)
    note = text("Note pour l’équipe", limit=REASON_LENGTH)


class RoomForm(Form):
    """A room of a desk."""

    name = line("Nom de la salle", limit=80)


class InterpreterForm(VersionedForm):
    """Somebody who translates."""

    name = line("Nom", limit=120)
    languages = checkboxes("Langues", [(code, name) for code, name in LANGUAGES.items() if code != "fr"], required=True)
    on_site = tick("Vient sur place")
    by_phone = tick("Traduit par téléphone")
    phone = phone_line("Téléphone", required=False)
    hours = line("Quand", required=False, limit=200, hint="Par exemple : mardi et jeudi après-midi.")
    adult = tick("Cette personne est majeure", hint="Un enfant ne traduit jamais, même pour ses parents.")


class VisitInterpreterForm(VersionedForm):
    """Who translates at an appointment."""

    choice = radios("Qui traduit", required=True)
    companion = line("Lien avec la personne", required=False, limit=80, hint="Par exemple : sa sœur, un ami.")
    adult = tick("Cette personne est majeure", hint="Un enfant ne traduit jamais, même pour ses parents.")
