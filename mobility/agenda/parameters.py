"""The dated settings of the agenda, and how they are read."""

from __future__ import annotations

from datetime import date, timedelta

import structlog

from mobility.agenda.earlier import Pace
from mobility.agenda.rules import parse_hours
from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope
from mobility.people.kinds import PHASE_LABELS, Phase

log = structlog.get_logger(__name__)

REMINDER_HOURS = "agenda.reminder_hours"
REINVITE_DAYS = "agenda.reinvite_days"
CADENCE_DAYS = "agenda.cadence_days"
COACHING_CADENCE_DAYS = "agenda.coaching_cadence_days"
COACHING_MONTHS = "agenda.coaching_months"
WELCOME_CADENCE_DAYS = "agenda.welcome_cadence_days"
DIAGNOSIS_CADENCE_DAYS = "agenda.diagnosis_cadence_days"
WATCH_CADENCE_DAYS = "agenda.watch_cadence_days"
ONLINE_DAYS = "agenda.online_days"
CADENCES = {
    Phase.WELCOME: WELCOME_CADENCE_DAYS,
    Phase.DIAGNOSIS: DIAGNOSIS_CADENCE_DAYS,
    Phase.COACHING: COACHING_CADENCE_DAYS,
    Phase.FOLLOW_UP: CADENCE_DAYS,
    Phase.WATCH: WATCH_CADENCE_DAYS,
}
EARLIER_OFFERS = "agenda.earlier_offers_at_once"
EARLIER_NOTICE_HOURS = "agenda.earlier_notice_hours"
EARLIER_PAUSE_HOURS = "agenda.earlier_pause_hours"
EARLIER_ANSWER_HOURS = "agenda.earlier_answer_hours"
EARLIER_GAIN_DAYS = "agenda.earlier_gain_days"
VISIT_TRAVEL_MINUTES = "agenda.visit_travel_minutes"
VISIT_BACK_MINUTES = "agenda.visit_back_minutes"
FEED_INITIALS = "agenda.feed_initials"
LETTER_DAYS = "agenda.letter_days"
DEFAULT_REMINDERS = "48, 3"


def reminder_hours(*, on: date, desk_id: int | None) -> tuple[int, ...]:
    """Return how many hours ahead reminders go out; a value that cannot be read falls back on the usual ones."""
    text = str(queries.value(REMINDER_HOURS, on=on, desk_id=desk_id))
    try:
        return parse_hours(text)
    except ValueError:
        log.warning("reminder_hours_unreadable", desk_id=desk_id)
        return parse_hours(DEFAULT_REMINDERS)


def reinvite_days(*, on: date, desk_id: int | None) -> int:
    """Return how many days after an absence the person is invited again."""
    return int(queries.value(REINVITE_DAYS, on=on, desk_id=desk_id))


def cadence_days(*, on: date, desk_id: int | None, phase: Phase, organisation_id: int | None = None) -> int:
    """Return how many days may pass between two meetings in a phase: as the agreement of who pays says, else the desk."""
    key = CADENCES.get(phase, CADENCE_DAYS)
    if organisation_id is not None and (key, organisation_id) in agreed_cadences():
        return int(queries.value(key, on=on, organisation_id=organisation_id))
    return int(queries.value(key, on=on, desk_id=desk_id))


def coaching_months(*, on: date, desk_id: int | None) -> int:
    """Return for how many months intensive coaching keeps its own cadence."""
    return int(queries.value(COACHING_MONTHS, on=on, desk_id=desk_id))


def agreed_cadences() -> frozenset[tuple[str, int]]:
    """Return which settings of cadence which organisation has agreed on for its own people; one query."""
    return queries.organisations_with(tuple(CADENCES.values()))


def online_days(*, on: date, desk_id: int | None) -> int:
    """Return how many days ahead hours are offered online."""
    return int(queries.value(ONLINE_DAYS, on=on, desk_id=desk_id))


def visit_travel(*, on: date, desk_id: int | None) -> timedelta:
    """Return how long the way to a home visit, and back, keeps the vehicle away."""
    return timedelta(minutes=int(queries.value(VISIT_TRAVEL_MINUTES, on=on, desk_id=desk_id)))


def visit_back(*, on: date, desk_id: int | None) -> timedelta:
    """Return how long after a home visit the adviser should have said that they are back."""
    return timedelta(minutes=int(queries.value(VISIT_BACK_MINUTES, on=on, desk_id=desk_id)))


def feed_initials(*, on: date) -> bool:
    """Tell whether calendars in telephones say the initials of people."""
    return bool(queries.value(FEED_INITIALS, on=on))


def letter_days(*, on: date, desk_id: int | None) -> int:
    """Return how many days before an appointment a reminder by post leaves."""
    return int(queries.value(LETTER_DAYS, on=on, desk_id=desk_id))


def pace(*, on: date, desk_id: int | None) -> Pace:
    """Return how hours that fall free are offered."""

    def number(key: str) -> int:
        return int(queries.value(key, on=on, desk_id=desk_id))

    return Pace(
        at_once=number(EARLIER_OFFERS),
        notice=timedelta(hours=number(EARLIER_NOTICE_HOURS)),
        pause=timedelta(hours=number(EARLIER_PAUSE_HOURS)),
        answer=timedelta(hours=number(EARLIER_ANSWER_HOURS)),
        gain=timedelta(days=number(EARLIER_GAIN_DAYS)),
    )


def declare() -> None:
    """Declare the settings."""
    by_desk = (Scope.EVERYWHERE, Scope.DESK)
    registry.declare(
        Parameter(
            REMINDER_HOURS,
            "Rappels avant un rendez-vous",
            Kind.TEXT,
            DEFAULT_REMINDERS,
            "heures",
            "Nombre d’heures avant le rendez-vous, séparés par des virgules : « 48, 3 ».",
            scopes=by_desk,
        ),
        Parameter(
            REINVITE_DAYS,
            "Après une absence : nouvelle invitation",
            Kind.INTEGER,
            3,
            "jours",
            "La personne reçoit un lien pour choisir une autre date. Ensuite, son conseiller prend le relais.",
            low=1,
            high=30,
            scopes=by_desk,
        ),
        *(
            Parameter(
                key,
                f"Temps entre deux rendez-vous : {PHASE_LABELS[phase].lower()}",
                Kind.INTEGER,
                days,
                "jours",
                hint,
                low=1,
                high=366,
                scopes=(*by_desk, Scope.ORGANISATION),
            )
            for (phase, key), days, hint in zip(
                CADENCES.items(),
                (30, 30, 7, 30, 90),
                (
                    "Au-delà, la personne apparaît dans la liste « À revoir ».",
                    "Au-delà, la personne apparaît dans la liste « À revoir ».",
                    "L’accompagnement renforcé est hebdomadaire pendant trois mois.",
                    "Au-delà, la personne apparaît dans la liste « À revoir ». Vaut aussi pour les autres phases.",
                    "Quand tout va bien, un contact de temps en temps suffit.",
                ),
                strict=True,
            )
        ),
        Parameter(
            COACHING_MONTHS,
            "Durée de l’accompagnement renforcé",
            Kind.INTEGER,
            3,
            "mois",
            "Ensuite, le rythme est celui du suivi, et le passage au suivi est proposé.",
            low=1,
            high=24,
            scopes=by_desk,
        ),
        Parameter(
            ONLINE_DAYS,
            "Rendez-vous en ligne : jours proposés",
            Kind.INTEGER,
            42,
            "jours",
            "Jusqu’à combien de jours à l’avance les heures libres sont proposées.",
            low=1,
            high=366,
            scopes=by_desk,
        ),
        Parameter(
            EARLIER_OFFERS,
            "Heure libérée : personnes prévenues à la fois",
            Kind.INTEGER,
            3,
            "personnes",
            "La première qui accepte a l’heure. Les autres gardent leur rendez-vous.",
            low=1,
            high=20,
            scopes=by_desk,
        ),
        Parameter(
            EARLIER_NOTICE_HOURS,
            "Heure libérée : proposée au plus tard",
            Kind.INTEGER,
            24,
            "heures avant",
            "Une heure qui se libère plus tard que cela n’est proposée à personne.",
            low=1,
            high=336,
            scopes=by_desk,
        ),
        Parameter(
            EARLIER_PAUSE_HOURS,
            "Heure libérée : temps entre deux propositions à la même personne",
            Kind.INTEGER,
            24,
            "heures",
            "Pour ne pas harceler ceux qui attendent.",
            low=1,
            high=336,
            scopes=by_desk,
        ),
        Parameter(
            EARLIER_ANSWER_HOURS,
            "Heure libérée : temps pour répondre",
            Kind.INTEGER,
            3,
            "heures",
            "Passé ce temps, l’heure est proposée à d’autres. Rien n’est proposé si ce temps tombe la nuit.",
            low=1,
            high=12,
            scopes=by_desk,
        ),
        Parameter(
            EARLIER_GAIN_DAYS,
            "Heure libérée : gagner au moins",
            Kind.INTEGER,
            2,
            "jours",
            "On ne dérange pas quelqu’un pour venir à peine plus tôt.",
            low=0,
            high=60,
            scopes=by_desk,
        ),
        Parameter(
            VISIT_TRAVEL_MINUTES,
            "Visite à domicile : trajet",
            Kind.INTEGER,
            30,
            "minutes",
            "Le véhicule est réservé aussi longtemps avant et après la visite.",
            low=0,
            high=240,
            scopes=by_desk,
        ),
        Parameter(
            VISIT_BACK_MINUTES,
            "Visite à domicile : inquiétude après",
            Kind.INTEGER,
            45,
            "minutes",
            "Si le conseiller n’a pas dit « Je suis bien rentré(e) », l’équipe est prévenue, puis une seconde fois.",
            low=10,
            high=480,
            scopes=by_desk,
        ),
        Parameter(
            FEED_INITIALS,
            "Agenda dans le téléphone : initiales des personnes",
            Kind.BOOLEAN,
            default=True,
            hint="Sinon, seulement le type de rendez-vous. Jamais de nom, d’adresse ni de note.",
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            LETTER_DAYS,
            "Courrier de rappel : poster",
            Kind.INTEGER,
            7,
            "jours avant",
            "Pour les personnes sans téléphone ni e-mail. Rien n’est rappelé par courrier d’un rendez-vous plus proche.",
            low=3,
            high=30,
            scopes=by_desk,
        ),
    )
