"""What the desk reads at the head of a dossier."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from mobility.microcredit.rules.guidance import DESK_NEXT, IN_PLAN, steps, what_now
from mobility.microcredit.rules.states import DATED, DOSSIERS, Action, Facts, Party, State, party_of

TODAY = date(2026, 11, 24)
READY = Facts(has_bank=True, has_opinion=True, has_budget=True)


@pytest.mark.parametrize("state", list(State))
def test_every_state_says_what_there_is_to_do_and_offers_only_the_desks_own_steps(state: State) -> None:
    assert what_now(state, in_plan=False) == DESK_NEXT[state]
    assert DESK_NEXT[state].endswith(".")
    for one in steps(state, READY, today=TODAY):
        assert DOSSIERS.allows(state, one.action)
        assert party_of(one.action) is Party.ADVISER
        assert one.action not in DATED
        assert one.label


def test_an_incident_whose_plan_is_kept_is_called_so() -> None:
    assert what_now(State.INCIDENT, in_plan=True) == IN_PLAN
    assert what_now(State.RESCHEDULED, in_plan=True) == DESK_NEXT[State.RESCHEDULED]


def test_what_goes_on_stands_before_what_stops() -> None:
    assert [one.action for one in steps(State.INSTRUCTION, READY, today=TODAY)] == [Action.COMPLETE, Action.WITHDRAW]
    assert [one.aside for one in steps(State.COMMITTEE, READY, today=TODAY)] == [False, True, True]


def test_a_step_says_what_it_lacks_and_leaves_the_papers_to_their_list() -> None:
    facts = replace(READY, has_opinion=False, missing_papers=("RIB",))
    first = steps(State.INSTRUCTION, facts, today=TODAY)[0]
    assert first.lacks == ("Écrivez votre avis.",)


@pytest.mark.parametrize(
    ("wants", "said_yes", "offered"),
    [
        (False, False, [Action.TRANSMIT, Action.REOPEN, Action.WITHDRAW]),
        (True, False, [Action.TO_COMMITTEE, Action.REOPEN, Action.WITHDRAW]),
        (True, True, [Action.TRANSMIT, Action.REOPEN, Action.WITHDRAW]),
    ],
)
def test_the_committee_stands_before_the_bank_where_the_agreement_wants_it(
    wants: bool, said_yes: bool, offered: list[Action]
) -> None:
    facts = replace(READY, wants_committee=wants, committee_said_yes=said_yes)
    assert [one.action for one in steps(State.COMPLETE, facts, today=TODAY)] == offered
