"""Phases proposed by what has happened; how heavy a caseload is; which cadence holds."""

from __future__ import annotations

from datetime import date

import pytest

from mobility.agenda.rules import effective_phase
from mobility.caseload.rules import PhaseFacts, Proposal, propose, weigh
from mobility.people.kinds import Phase

TODAY, BEFORE = date(2026, 11, 22), date(2026, 9, 1)


@pytest.mark.parametrize(
    ("facts", "proposal"),
    [
        (PhaseFacts(Phase.WELCOME, BEFORE), None),
        (PhaseFacts(Phase.WELCOME, BEFORE, first_met_on=date(2026, 11, 2)),
         Proposal(Phase.DIAGNOSIS, "le premier rendez-vous a eu lieu le 2 novembre")),
        (PhaseFacts(Phase.WELCOME, BEFORE, date(2026, 11, 2), date(2026, 11, 9)),
         Proposal(Phase.COACHING, "le diagnostic est terminé depuis le 9 novembre")),
        (PhaseFacts(Phase.DIAGNOSIS, BEFORE, date(2026, 11, 2)), None),
        (PhaseFacts(Phase.DIAGNOSIS, BEFORE, diagnosed_on=date(2026, 11, 9)),
         Proposal(Phase.COACHING, "le diagnostic est terminé depuis le 9 novembre")),
        (PhaseFacts(Phase.COACHING, BEFORE), None),
        (PhaseFacts(Phase.COACHING, date(2026, 8, 22)),
         Proposal(Phase.FOLLOW_UP, "l’accompagnement renforcé dure depuis 3 mois")),
        (PhaseFacts(Phase.COACHING, date(2026, 8, 23)), None),
        (PhaseFacts(Phase.FOLLOW_UP, BEFORE, date(2026, 1, 1), date(2026, 1, 1)), None),
        (PhaseFacts(Phase.LEFT, BEFORE, date(2026, 1, 1), date(2026, 1, 1)), None),
    ],
)  # fmt: skip
def test_what_has_happened_speaks_for_a_phase(facts: PhaseFacts, proposal: Proposal | None) -> None:
    assert propose(facts, today=TODAY) == proposal


def test_people_weigh_by_their_phase() -> None:
    weights = {Phase.WELCOME: 100, Phase.COACHING: 200, Phase.WATCH: 30}
    assert weigh({Phase.WELCOME: 3, Phase.COACHING: 2, Phase.WATCH: 10, Phase.LEFT: 50}, weights) == 1000
    assert weigh({}, weights) == 0


@pytest.mark.parametrize(
    ("phase", "since_on", "coached", "holds"),
    [
        (Phase.WELCOME, BEFORE, False, Phase.WELCOME),
        (Phase.FOLLOW_UP, BEFORE, True, Phase.COACHING),  # the last meeting says more than the file
        (Phase.WATCH, BEFORE, True, Phase.WATCH),
        (Phase.COACHING, date(2026, 8, 23), False, Phase.COACHING),
        (Phase.COACHING, date(2026, 8, 22), True, Phase.FOLLOW_UP),  # three months are over
        (Phase.LEFT, BEFORE, True, Phase.LEFT),
    ],
)
def test_the_cadence_is_that_of_the_phase_and_coaching_ends_by_itself(
    phase: Phase, since_on: date, coached: bool, holds: Phase
) -> None:
    assert effective_phase(phase, since_on, on=TODAY, coaching_months=3, coached=coached) is holds
