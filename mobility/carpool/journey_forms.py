"""What people type about offers and requests. Everything works without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from wtforms import ValidationError

from mobility.carpool.errors import JourneyInvalid
from mobility.carpool.kinds import LUGGAGE_LABELS, Luggage, Side, Timing
from mobility.carpool.models import CarpoolOffer, CarpoolRequest
from mobility.carpool.places import KEPT, OTHER, Known, end_of, kept_ends
from mobility.carpool.rules.journeys import (
    MAX_CHILD_SEATS,
    MAX_DETOUR_MINUTES,
    MAX_MARGIN_MINUTES,
    MAX_PRICE_PER_KM_CENTS,
    MAX_SEATS,
    End,
    JourneyFacts,
)
from mobility.core.clock import WEEKDAYS, today
from mobility.core.web.forms import (
    Form,
    VersionedForm,
    checkboxes,
    clock_time,
    day,
    euros,
    integer,
    line,
    radios,
    select,
    text,
    tick,
)
from mobility.geo import communes
from mobility.geo.geocoding import Place, find_place
from mobility.pathway import patterns
from mobility.pathway.errors import RosterInvalid
from mobility.pathway.roster import Dates, DayHours, Hours, Pattern, Weekly
from mobility.pathway.rules import Direction

DAY_CHOICES = [(str(number), name.capitalize()) for number, name in enumerate(WEEKDAYS)]
WAYS = [("there", "L’aller"), ("back", "Le retour")]
WALKS = [("300", "5 minutes à pied"), ("800", "10 minutes à pied"), ("1200", "15 minutes à pied"), ("2500", "30 minutes à pied")]  # fmt: skip
ONE_WAY_HOUR = timedelta(hours=1)


def commune_code(typed: str | None) -> str | None:
    """Return the code of the commune that is meant; None for nothing. Raises ValidationError, listing those possible."""
    if not typed:
        return None
    found = communes.match(typed)
    if len(found) == 1:
        return found[0].insee_code
    found = found or communes.search(typed, limit=5)
    if not found:
        raise ValidationError("Cette commune n’est pas connue. Vérifiez l’orthographe ou le code postal.")
    names = ", ".join(commune.label for commune in found[:5])
    raise ValidationError(f"Plusieurs communes sont possibles. Écrivez l’une d’elles : {names}.")


class JourneyForm(VersionedForm):
    """A journey: from where to where, when, and what goes with it."""

    side: Side
    origin = select("Départ", hint="L’endroit d’où vous partez le matin.")
    origin_street = line("Numéro et rue du départ", required=False)
    origin_commune = line("Commune du départ", required=False, limit=100, hint="Par exemple : Raismes (59590).")
    destination = select("Arrivée")
    destination_street = line("Numéro et rue de l’arrivée", required=False)
    destination_commune = line("Commune de l’arrivée", required=False, limit=100)
    ways = checkboxes("Quel trajet ?", WAYS, required=True)
    timing = radios("Quels jours ?")
    day_on = day("Le jour", required=False)
    days = checkboxes("Les jours de la semaine", DAY_CHOICES)
    starts = clock_time("Heure d’arrivée sur place", required=False, hint="Le début du travail ou du rendez-vous.")
    ends = clock_time("Heure de départ du retour", required=False, hint="La fin. Plus tôt que le début : le lendemain.")
    holidays_off = tick("Pas les jours fériés", default=True)
    preset = select(
        "Le cycle", [("", "—"), *((name, label) for name, (label, *_rest) in patterns.PRESETS.items())], required=False
    )
    cycle_on = day("Premier jour du cycle", required=False)
    dates = text("Les dates", limit=8000, hint="Une par ligne, par exemple : 24/11/2026 5h-13h.")
    starts_on = day("À partir du", required=False)
    ends_on = day("Jusqu’au", required=False, hint="Laissez vide si cela dure.")
    early_minutes = integer("Je peux arriver plus tôt", high=MAX_MARGIN_MINUTES, default=30, hint="En minutes.")
    late_minutes = integer("Je peux attendre après la fin", high=MAX_MARGIN_MINUTES, default=30, hint="En minutes.")
    seats = integer("Places", low=1, high=MAX_SEATS, default=1)
    child_seats = integer("Sièges enfant", high=MAX_CHILD_SEATS, default=0)
    luggage = select("Bagages", [(one.value, label) for one, label in LUGGAGE_LABELS.items()], default="small")
    women_only = tick("Entre femmes seulement")
    non_smoking = tick("Sans tabac", default=True)
    assistance_animal = tick("Animal d’assistance")
    shared = tick(
        "Visible aussi sur d’autres services de covoiturage", hint="Jamais votre nom ni votre adresse exacte."
    )

    codes: Mapping[str, str | None] = {}

    def offer_choices(
        self,
        places: Sequence[Known],
        objectives: Sequence[tuple[int, str]],
        row: CarpoolOffer | CarpoolRequest | None = None,
        words: str = "",
    ) -> None:
        """List the places and the ways of saying when; of a journey that is changed, as they are now."""
        self.places = {one.key: one for one in places}
        ends = kept_ends(row) if row is not None else None
        for name, end in (("origin", ends and ends[0]), ("destination", ends and ends[1])):
            kept = [(KEPT, f"{end.label or 'Le même endroit'} (sans changement)")] if end else []
            self[name].choices = [
                ("", "—"), *kept, *((one.key, one.label) for one in places), (OTHER, "Une autre adresse"),
            ]  # fmt: skip
        self.timing.choices = [
            *([(KEPT, f"Sans changement : {words}")] if row is not None else []),
            *((f"roster:{identity}", f"Mes jours de travail : {title}") for identity, title in objectives),
            ("weekly", "Les mêmes jours chaque semaine"),
            ("once", "Un seul jour"),
            ("cycle", "Un cycle : 2×8, 3×8, 4 jours sur 6…"),
            ("dates", "Des dates une par une"),
        ]

    def begin(self, places: Sequence[Known], objectives: Sequence[tuple[int, str]]) -> None:
        """Fill in what is likely: from home to the objective, on its working days."""
        keys = [one.key for one in places]
        self.origin.data = "home" if "home" in keys else (OTHER if not keys else None)
        ahead = next((key for key in keys if key != "home"), None)
        self.destination.data = ahead or (OTHER if not keys else None)
        self.ways.data = ["there", "back"]
        self.timing.data = f"roster:{objectives[0][0]}" if objectives else "weekly"
        self.days.data = ["0", "1", "2", "3", "4"]
        self.starts_on.data = today()

    def show(self, row: CarpoolOffer | CarpoolRequest) -> None:
        """Fill in from a journey."""
        self.show_version(row)
        self.origin.data = self.destination.data = KEPT if kept_ends(row) else None
        self.timing.data = KEPT
        self.ways.data = [name for name in ("there", "back") if getattr(row, name)]
        for name in self._plain():
            self[name].data = getattr(row, name)
        self.luggage.data = row.luggage.value

    def validate_origin_commune(self, field: Any) -> None:
        """Find the commune of a typed address."""
        self._find_commune("origin", field)

    def validate_destination_commune(self, field: Any) -> None:
        """Find the commune of a typed address."""
        self._find_commune("destination", field)

    def _find_commune(self, name: str, field: Any) -> None:
        if self[name].data == OTHER:
            self.codes = {**self.codes, name: commune_code(field.data)}

    def find_ends(self, row: CarpoolOffer | CarpoolRequest | None) -> tuple[End | None, End | None]:
        """Return both ends of a form that is right, asked of the geocoder before the transaction."""
        if not self.validate_on_submit():
            return None, None
        kept = kept_ends(row) if row is not None else None
        return self._end("origin", kept and kept[0]), self._end("destination", kept and kept[1])

    def _end(self, name: str, kept: End | None) -> End | None:
        key = self[name].data
        if key == KEPT:
            return kept
        if key != OTHER:
            known = self.places.get(str(key))
            return known.end if known else None
        street = self[f"{name}_street"].data
        place: Place | None = find_place(street, insee_code=self.codes.get(name))
        return end_of(place, street) if place else None

    def facts(self, ends: tuple[End | None, End | None], row: CarpoolOffer | CarpoolRequest | None) -> JourneyFacts:
        """Return what was typed. Raises JourneyInvalid, RosterInvalid on the field concerned."""
        for name, end in zip(("origin", "destination"), ends, strict=True):
            if end is None:
                raise JourneyInvalid("Écrivez la commune de cette adresse.", field=f"{name}_commune")
        origin, destination = ends
        if origin is None or destination is None:
            raise JourneyInvalid
        timing, pattern, objective_id = self._when(row)
        once = self.day_on.data if timing is Timing.ONCE and self.timing.data != KEPT else None
        values = {name: self[name].data for name in self._plain()}
        if timing is Timing.ONCE:
            first = once or (row.starts_on if row is not None else today())
            values["starts_on"] = values["ends_on"] = first
        values["starts_on"] = values["starts_on"] or today()
        return JourneyFacts(
            origin=origin,
            destination=destination,
            timing=timing,
            pattern=pattern,
            objective_id=objective_id,
            hub_id=self._hub(row),
            there="there" in self.ways.data,
            back="back" in self.ways.data,
            luggage=Luggage(self.luggage.data),
            **values,
        )

    def _hub(self, row: CarpoolOffer | CarpoolRequest | None) -> int | None:
        keys = (str(self.origin.data), str(self.destination.data))
        found = next((self.places[key].hub_id for key in keys if key in self.places and self.places[key].hub_id), None)
        kept = row.hub_id if row is not None and KEPT in keys else None
        return found or kept

    def _plain(self) -> tuple[str, ...]:
        own = ("max_detour_minutes", "price_per_km_cents") if self.side is Side.OFFER else ("max_walk_metres",)
        return (
            "starts_on", "ends_on", "early_minutes", "late_minutes", "seats", "child_seats", "women_only",
            "non_smoking", "assistance_animal", "shared", *own,
        )  # fmt: skip

    def _when(self, row: CarpoolOffer | CarpoolRequest | None) -> tuple[Timing, dict[str, Any], int | None]:
        chosen = str(self.timing.data)
        if chosen == KEPT and row is not None:
            return row.timing, dict(row.pattern), row.objective_id
        if chosen.startswith("roster:"):
            return Timing.ROSTER, {}, int(chosen.partition(":")[2])
        if chosen == "once":
            if self.day_on.data is None:
                raise JourneyInvalid("Choisissez le jour.", field="day_on")
            return Timing.ONCE, patterns.to_json(Dates({self.day_on.data: self._hours()})), None
        return Timing.PATTERN, patterns.to_json(self._pattern(chosen)), None

    def _pattern(self, chosen: str) -> Pattern:
        if chosen == "weekly":
            numbers = {int(number) for number in self.days.data or ()}
            if not numbers:
                raise JourneyInvalid("Cochez au moins un jour.", field="days")
            hours = self._hours()
            return Weekly(
                tuple(hours if number in numbers else () for number in range(7)), bool(self.holidays_off.data)
            )
        if chosen == "cycle":
            if not self.preset.data:
                raise JourneyInvalid("Choisissez le cycle.", field="preset")
            if self.cycle_on.data is None:
                raise JourneyInvalid("Indiquez le premier jour du cycle.", field="cycle_on")
            off = bool(self.holidays_off.data)
            return patterns.preset(self.preset.data, starts_on=self.cycle_on.data, holidays_off=off)
        try:
            return patterns.parse_dates(self.dates.data or "")
        except RosterInvalid as refusal:
            raise JourneyInvalid(refusal.message, field="dates") from None

    def _hours(self) -> DayHours:
        """Return the hours of a day; the end that nobody asked for lies an hour off the other one."""
        starts, ends, ways = self.starts.data, self.ends.data, set(self.ways.data or ())
        if starts is None and "there" in ways:
            raise JourneyInvalid("Indiquez l’heure d’arrivée.", field="starts")
        if ends is None and "back" in ways:
            raise JourneyInvalid("Indiquez l’heure du retour.", field="ends")
        if starts is None:
            starts = _shifted(ends, -ONE_WAY_HOUR)
        if ends is None:
            ends = _shifted(starts, ONE_WAY_HOUR)
        if starts == ends:
            raise JourneyInvalid("L’arrivée et le retour sont à la même heure.", field="ends")
        return (Hours(starts, ends),)


def _shifted(clock: time | None, by: timedelta) -> time:
    return (datetime.combine(date(2000, 1, 2), clock or time(0)) + by).time()


class OfferForm(JourneyForm):
    """A driver's journey."""

    side = Side.OFFER
    seats = integer("Places que vous proposez", low=1, high=MAX_SEATS, default=2)
    max_detour_minutes = integer("Détour possible", high=MAX_DETOUR_MINUTES, default=10, hint="En minutes, par trajet.")
    price_per_km_cents = euros(
        "Participation par kilomètre", high=MAX_PRICE_PER_KM_CENTS, required=False,
        hint="Vide : gratuit. Ensemble, les passagers ne paient jamais plus que ce que coûte le trajet.",
    )  # fmt: skip

    def facts(self, ends: tuple[End | None, End | None], row: CarpoolOffer | CarpoolRequest | None) -> JourneyFacts:
        """Return what was typed; an empty price is a free ride. Raises as every journey's form."""
        self.price_per_km_cents.data = self.price_per_km_cents.data or 0
        return super().facts(ends, row)


class RequestForm(JourneyForm):
    """A passenger's journey."""

    side = Side.REQUEST
    seats = integer("Places dont vous avez besoin", low=1, high=MAX_SEATS, default=1)
    max_walk_metres = select("Je peux marcher jusqu’au rendez-vous", WALKS, ids=True, default=800)

    def show(self, row: CarpoolOffer | CarpoolRequest) -> None:
        """Fill in from a request; a distance that no choice names is kept as one."""
        super().show(row)
        known = {value for value, _label in WALKS}
        if isinstance(row, CarpoolRequest) and str(row.max_walk_metres) not in known:
            self.max_walk_metres.choices = [*WALKS, (str(row.max_walk_metres), f"{row.max_walk_metres} m à pied")]


FORMS: Mapping[Side, type[JourneyForm]] = {Side.OFFER: OfferForm, Side.REQUEST: RequestForm}


class ExceptionForm(Form):
    """A day on which the journey does not hold."""

    day_on = day("Quel jour ?")
    direction = radios(
        "Quel trajet ?", [("", "L’aller et le retour"), ("there", "L’aller seulement"), ("back", "Le retour seulement")],
        required=False,
    )  # fmt: skip

    def way(self) -> Direction | None:
        """Return the way concerned; None for both."""
        return Direction(self.direction.data) if self.direction.data else None
