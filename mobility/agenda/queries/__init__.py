"""Reads about the agenda. Each answers in a number of queries that does not grow with the data."""

from mobility.agenda.queries.appointments import AppointmentRow, Guest, holding, list_appointments, week_condition
from mobility.agenda.queries.hours import (
    busy_of,
    fact_of,
    find_type_of_kind,
    free_by_desk,
    get_online_type,
    get_type,
    list_absences,
    list_openings,
    list_types,
    offered_slots,
    online_window,
    still_free,
    team_ids,
)
from mobility.agenda.queries.reports import list_unreported
from mobility.agenda.queries.visits import (
    Lapsed,
    Visit,
    cadence_of,
    get_visit,
    list_lapsed,
    list_visits,
    next_visit_of,
    visits_of,
)

__all__ = [
    "AppointmentRow",
    "Guest",
    "Lapsed",
    "Visit",
    "busy_of",
    "cadence_of",
    "fact_of",
    "find_type_of_kind",
    "free_by_desk",
    "get_online_type",
    "get_type",
    "get_visit",
    "holding",
    "list_absences",
    "list_appointments",
    "list_lapsed",
    "list_openings",
    "list_types",
    "list_unreported",
    "list_visits",
    "next_visit_of",
    "offered_slots",
    "online_window",
    "still_free",
    "team_ids",
    "visits_of",
    "week_condition",
]
