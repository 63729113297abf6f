"""What years leave in the files of a crowd: entries and exits, diagnoses, plans, journeys to work, phases, letters.

Everything goes by somebody's place at their desk, so that every desk holds a share of all: a fourth has left, one in
twenty is seen by nobody any more, half were diagnosed, a fifth entered an operation, has a plan or looks for work.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mobility.agenda.letter_models import AgendaLetter
from mobility.caseload.models import DeskMove, HandoverNote, PersonPhase
from mobility.core.db import Base
from mobility.diagnosis.barriers import Barrier, FoundBarrier, Limits, to_json
from mobility.diagnosis.models import Diagnosis, DiagnosisAnswer
from mobility.participation.models import Departure, EligibilityEvidence, Participation, ParticipationAnswer
from mobility.participation.rules.items import CURRENT, items_of
from mobility.pathway import patterns
from mobility.pathway.models import Objective, OwnMeans, Plan, Roster, Step
from mobility.pathway.patterns import parse_hours
from mobility.pathway.roster import Weekly

if TYPE_CHECKING:
    from benchmarks.crowd import Crowd, Row

OFFICE = patterns.to_json(Weekly((*((parse_hours("8h-16h"),) * 5), (), ())))
FINDINGS = to_json((FoundBarrier(Barrier.LICENCE, 3, "pas de permis"),), ("Sait lire un plan",), Limits())
ANSWERS = {"status": "seeker", "goal": "job", "goal_km": 12, "goal_days": 5, "licence": "none", "goal_known": "yes"}
OUTCOMES = ("work", "training", "qualification", "other", "moved", "lost_contact")


def has_left(number: int) -> bool:
    """Tell whether whoever holds this place at their desk has left."""
    return number % 4 == 3


def is_lapsed(number: int) -> bool:
    """Tell whether they should have been seen again, and nobody has called them."""
    return number % 20 == 1


def visits_of(number: int, visits: int) -> int:
    """Return how many visits they have: the last one, ahead, only if they are expected."""
    return visits - 2 if is_lapsed(number) else visits - 1 if has_left(number) else visits


def phase_of(number: int) -> str:
    """Return the phase in which they are."""
    return "left" if has_left(number) else ("coaching", "follow_up", "watch")[number % 3]


def tables(crowd: Crowd) -> list[tuple[type[Base], Iterator[Row]]]:
    """Return the tables to fill, those first to which others point."""
    return [
        (Objective, _objectives(crowd)),
        (Roster, _rosters(crowd)),
        (OwnMeans, _means(crowd)),
        (Plan, _plans(crowd)),
        (Step, _steps(crowd)),
        (Diagnosis, _diagnoses(crowd)),
        (DiagnosisAnswer, _answers(crowd)),
        (Participation, _participations(crowd)),
        (ParticipationAnswer, _participation_answers(crowd)),
        (EligibilityEvidence, _evidence(crowd)),
        (Departure, _departures(crowd)),
        (PersonPhase, _phases(crowd)),
        (DeskMove, _moves(crowd)),
        (HandoverNote, _notes(crowd)),
        (AgendaLetter, _letters(crowd)),
    ]


def _those(crowd: Crowd, every: int, place: int) -> Iterator[tuple[int, int]]:
    """Yield the serial number of one in so many of each desk, with their place there."""
    desks = len(crowd.desk_ids)
    for serial in range(crowd.people):
        number = serial // desks
        if number % every == place:
            yield serial, number


def _objectives(crowd: Crowd) -> Iterator[Row]:
    """One person in five looks for work; half of those have found it."""
    for serial, number in _those(crowd, 5, 0):
        yield {
            "id": crowd.first_objective + serial,
            "person_id": crowd.first_person + serial,
            "kind": "search" if number % 10 else "job",
            "title": "Recherche d’emploi" if number % 10 else "Agente d’entretien",
            "starts_on": (crowd.now - timedelta(days=100)).date(),
            "created_at": crowd.now - timedelta(days=100),
            "updated_at": crowd.now - timedelta(days=100),
        }


def _rosters(crowd: Crowd) -> Iterator[Row]:
    for serial, _number in _those(crowd, 10, 0):
        yield {
            "objective_id": crowd.first_objective + serial,
            "kind": "weekly",
            "pattern": OFFICE,
            "valid_from_on": (crowd.now - timedelta(days=100)).date(),
            "confirmed_on": (crowd.now - timedelta(days=5)).date(),
        }


def _means(crowd: Crowd) -> Iterator[Row]:
    """The bus carries them; one in ten has nothing for Fridays."""
    for serial, number in _those(crowd, 10, 0):
        yield {
            "objective_id": crowd.first_objective + serial,
            "kind": "bus",
            "weekdays": list(range(5 if number % 100 else 4)),
            "starts_on": (crowd.now - timedelta(days=100)).date(),
        }


def _plans(crowd: Crowd) -> Iterator[Row]:
    for serial, _number in _those(crowd, 5, 0):
        yield {
            "id": crowd.first_plan + serial,
            "person_id": crowd.first_person + serial,
            "adviser_id": crowd.adviser_of(serial),
            "state": "agreed",
            "person_commitment": "Je viens aux rendez-vous.",
            "created_at": crowd.now - timedelta(days=90),
            "updated_at": crowd.now - timedelta(days=90),
            "agreed_at": crowd.now - timedelta(days=90),
        }


def _steps(crowd: Crowd) -> Iterator[Row]:
    """Three errands a plan: one is done, one is under way, one lies ahead; one plan in twenty is late with it."""
    for serial, number in _those(crowd, 5, 0):
        for place, (title, state) in enumerate(
            (("Demander la carte de bus", "done"), ("Lire le plan du réseau", "active"), ("Écrire un CV", "agreed"))
        ):
            until = (10 if number % 100 else -10) + 20 * (place - 1)
            yield {
                "person_id": crowd.first_person + serial,
                "objective_id": crowd.first_objective + serial,
                "plan_id": crowd.first_plan + serial,
                "kind": "task",
                "title": title,
                "doer": "person",
                "state": state,
                "planned_until_on": (crowd.now + timedelta(days=until)).date(),
                "done_at": crowd.now - timedelta(days=60) if state == "done" else None,
                "updated_at": crowd.now - timedelta(days=60),
            }


def _diagnoses(crowd: Crowd) -> Iterator[Row]:
    """Half were diagnosed when they came; one in fifty is in the middle of it, half of these have done their part."""
    for serial, number in _those(crowd, 1, 0):
        finished, is_open = number % 2 == 0, number % 50 == 1
        if not (finished or is_open):
            continue
        begun = crowd.begun + timedelta(days=10) if finished else crowd.now - timedelta(days=3)
        yield {
            "id": crowd.first_diagnosis + serial,
            "person_id": crowd.first_person + serial,
            "moment": "start",
            "questionnaire": "2026-11",
            "state": "finished" if finished else "open",
            "started_at": begun,
            "invited_at": begun if is_open else None,
            "prepared_at": begun if number % 100 == 1 else None,
            "closed_at": begun + timedelta(days=number % 700) if finished else None,
            "findings": FINDINGS if finished else None,
        }


def _answers(crowd: Crowd) -> Iterator[Row]:
    for serial, _number in _those(crowd, 2, 0):
        for item, value in ANSWERS.items():
            yield {
                "diagnosis_id": crowd.first_diagnosis + serial,
                "item": item,
                "value": _json(value),
                "author": "person",
                "answered_at": crowd.begun + timedelta(days=10),
            }


def _json(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _participations(crowd: Crowd) -> Iterator[Row]:
    for serial, number in _those(crowd, 5, 2):
        yield {
            "id": crowd.first_participation + serial,
            "person_id": crowd.first_person + serial,
            "agreement_id": crowd.agreement_id,
            "entered_on": (crowd.now - timedelta(days=number % 700)).date(),
            "age_band": "from_30_to_54",
            "items": CURRENT,
            "entered_at": crowd.now - timedelta(days=number % 700),
        }


def _participation_answers(crowd: Crowd) -> Iterator[Row]:
    """All was asked, but of one in twenty who entered."""
    for serial, number in _those(crowd, 5, 2):
        for item in items_of(CURRENT)[: None if number % 100 > 2 else -1]:
            yield {
                "participation_id": crowd.first_participation + serial,
                "item": item.code,
                "value": item.choices[number % len(item.choices)][0],
                "answered_at": crowd.now - timedelta(days=number % 700),
            }


def _evidence(crowd: Crowd) -> Iterator[Row]:
    for serial, number in _those(crowd, 5, 2):
        if number % 100 != 7:
            yield {
                "participation_id": crowd.first_participation + serial,
                "kind": "france_travail",
                "dated_on": (crowd.now - timedelta(days=number % 700 + 10)).date(),
                "standing": "proves",
                "seen_at": crowd.now - timedelta(days=number % 700),
            }


def _departures(crowd: Crowd) -> Iterator[Row]:
    """One in ten lacks a proof; after six months most have said what became of them."""
    for serial, number in _those(crowd, 4, 3):
        days = 30 + number % 700
        proven, told = number % 40 != 3, days > 200 and number % 24 != 3
        yield {
            "person_id": crowd.first_person + serial,
            "left_on": (crowd.now - timedelta(days=days)).date(),
            "outcome": OUTCOMES[number // 4 % len(OUTCOMES)],
            "proof": "statement" if proven else None,
            "proven_at": crowd.now - timedelta(days=days) if proven else None,
            "recorded_at": crowd.now - timedelta(days=days),
            "asked_at": crowd.now - timedelta(days=days - 183) if days > 200 else None,
            "later": "work" if told else None,
            "later_at": crowd.now - timedelta(days=days - 190) if told else None,
        }


def _phases(crowd: Crowd) -> Iterator[Row]:
    for serial, number in _those(crowd, 1, 0):
        for place, phase in enumerate(("diagnosis", phase_of(number))):
            yield {
                "person_id": crowd.first_person + serial,
                "phase": phase,
                "since_on": (crowd.begun + timedelta(days=30 * place)).date(),
                "set_at": crowd.begun + timedelta(days=30 * place),
            }


def _moves(crowd: Crowd) -> Iterator[Row]:
    if len(crowd.desk_ids) == 1:
        return
    for serial, _number in _those(crowd, 50, 10):
        yield {
            "person_id": crowd.first_person + serial,
            "from_desk_id": crowd.desk_of(serial + 1),
            "to_desk_id": crowd.desk_of(serial),
            "moved_at": crowd.begun + timedelta(days=100),
        }


def _notes(crowd: Crowd) -> Iterator[Row]:
    for serial, number in _those(crowd, 50, 10):
        yield {
            "person_id": crowd.first_person + serial,
            "to_user_id": crowd.adviser_of(serial),
            "text": "Préfère le matin.",
            "written_at": crowd.begun + timedelta(days=100),
            "read_at": None if number % 400 == 10 else crowd.begun + timedelta(days=101),
        }


def _letters(crowd: Crowd) -> Iterator[Row]:
    """One person in two hundred waits for a letter; many were posted or came to nothing."""
    for serial, number in _those(crowd, 1, 0):
        waits, posted, dropped = number % 200 == 0, number % 20 == 5, number % 20 == 6
        if waits or posted or dropped:
            made = crowd.now - timedelta(days=1 if waits else 200)
            yield {
                "person_id": crowd.first_person + serial,
                "desk_id": crowd.desk_of(serial),
                "kind": "booked",
                "key": f"crowd:{serial}",
                "params": {"when": "lundi 8 h", "where": "Antenne"},
                "post_on": (made + timedelta(days=2)).date(),
                "made_at": made,
                "posted_at": made if posted else None,
                "dropped_at": made if dropped else None,
            }
