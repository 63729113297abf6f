"""The steps of a dossier: one table, who takes each, what each needs; what is expected and paid."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.errors import ForbiddenTransition
from mobility.microcredit.rules.law import Delays, signed_dates
from mobility.microcredit.rules.repayment import Due, Standing, days_to_second_miss, settle
from mobility.microcredit.rules.states import (
    ACTION_LABELS,
    BANK_ACTIONS,
    DOSSIERS,
    OVER,
    RUNNING,
    SIGNED,
    Action,
    Facts,
    Party,
    State,
    missing,
    party_of,
)

TODAY = date(2026, 11, 23)
WHOLE = Facts(has_bank=True, has_opinion=True, has_budget=True)
DATES = signed_dates(TODAY, Delays(14, 7, 15))


def said(action: Action, facts: Facts, on: date = TODAY, today: date = date(2027, 6, 1)) -> str:
    return " ".join(missing(action, facts, on=on, today=today))


def test_what_is_over_stays_over_and_everything_else_goes_on() -> None:
    assert DOSSIERS.final_states(State) == OVER


def test_only_the_bank_grants_and_refuses_and_only_what_was_sent() -> None:
    for action in BANK_ACTIONS:
        assert party_of(action) is Party.BANK
        assert [state for state in State if DOSSIERS.allows(state, action)] == [State.TRANSMITTED]


def test_nothing_is_signed_or_paid_that_the_bank_has_not_granted() -> None:
    reached, ways = {State.ORIENTATION}, [State.ORIENTATION]
    while ways:
        state = ways.pop()
        for action in DOSSIERS.actions_from(state):
            after = DOSSIERS.after(state, action)
            if action is not Action.GRANT and after not in reached:
                reached.add(after)
                ways.append(after)
    assert not reached & (SIGNED | RUNNING | {State.GRANTED})


def test_payments_are_followed_by_the_clock_and_the_rest_is_the_desks() -> None:
    assert party_of(Action.MISS) is Party.CLOCK
    assert party_of(Action.TRANSMIT) is Party.ADVISER


def test_a_loan_that_runs_may_be_changed_ended_and_paid_back_at_any_moment() -> None:
    for action in (Action.RESCHEDULE, Action.REPAY_EARLY, Action.CLOSE):
        assert {state for state in State if DOSSIERS.allows(state, action)} == RUNNING, action
    for action in (Action.AGREE_PLAN, Action.BREAK_PLAN):
        assert [state for state in State if DOSSIERS.allows(state, action)] == [State.INCIDENT]
        assert DOSSIERS.after(State.INCIDENT, action) is State.INCIDENT
    assert party_of(Action.BREAK_PLAN) is Party.CLOCK
    assert party_of(Action.AGREE_PLAN) is Party.ADVISER


def test_every_step_of_the_table_has_its_words_and_leaves_every_other_state_alone() -> None:
    for state in State:
        for action in Action:
            if DOSSIERS.allows(state, action):
                assert DOSSIERS.after(state, action) in State
                assert ACTION_LABELS[action]
            else:
                with pytest.raises(ForbiddenTransition):
                    DOSSIERS.after(state, action)


@pytest.mark.parametrize(
    ("action", "facts", "words"),
    [
        (Action.COMPLETE, WHOLE, ""),
        (Action.COMPLETE, Facts(False, False, False), "budget"),
        (Action.COMPLETE, Facts(True, True, True, missing_papers=("RIB", "devis")), "Il manque : RIB, devis."),
        (Action.TRANSMIT, WHOLE, ""),
        (Action.TRANSMIT, Facts(True, True, True, wants_committee=True), "commission"),
        (Action.TRANSMIT, Facts(True, True, True, wants_committee=True, committee_said_yes=True), ""),
        (Action.SIGN, Facts(True, True, True, needs_cosigner=True), "protection"),
        (Action.SIGN, Facts(True, True, True, needs_cosigner=True, has_cosigner=True), ""),
        (Action.SIGN, Facts(True, True, True, granted_on=TODAY + timedelta(days=1)), "après l’accord"),
        (Action.DISBURSE, Facts(True, True, True, pays_seller=False), "vendeur"),
        (Action.WITHDRAW, Facts(True, True, True, disbursed=True), "rétractation est passé"),
        (Action.WITHDRAW, WHOLE, ""),
        (Action.WITHDRAW, Facts(True, True, True, signed_on=TODAY + timedelta(days=1)), "après la signature"),
        (Action.START, WHOLE, ""),
        (Action.AGREE_PLAN, WHOLE, "accord signé de la personne"),
        (Action.AGREE_PLAN, Facts(True, True, True, person_agreed=True), "accord écrit de la banque"),
        (Action.AGREE_PLAN, Facts(True, True, True, person_agreed=True, bank_agreed=True), ""),
        (Action.RESCHEDULE, Facts(True, True, True, bank_agreed=True), "accord signé de la personne"),
        (Action.RESCHEDULE, Facts(True, True, True, person_agreed=True, bank_agreed=True), ""),
        (Action.REPAY_EARLY, WHOLE, "tout est remboursé"),
        (Action.REPAY_EARLY, Facts(True, True, True, has_payoff=True), ""),
    ],
)
def test_each_step_says_what_it_still_needs(action: Action, facts: Facts, words: str) -> None:
    found = said(action, facts)
    assert (words in found) if words else (found == "")


@pytest.mark.parametrize(
    ("action", "days", "fine"),
    [
        (Action.DISBURSE, 7, False),
        (Action.DISBURSE, 8, True),
        (Action.WITHDRAW, 14, True),
        (Action.WITHDRAW, 15, False),
    ],
)
def test_the_days_of_the_law_are_kept_to_the_day(action: Action, days: int, fine: bool) -> None:
    facts = Facts(True, True, True, dates=DATES, disbursed=action is Action.WITHDRAW)
    assert (said(action, facts, TODAY + timedelta(days=days)) == "") is fine


def test_a_paper_of_tomorrow_proves_nothing() -> None:
    assert "pas encore" in said(Action.SIGN, WHOLE, TODAY + timedelta(days=1), TODAY)
    assert "pas encore" in said(Action.WITHDRAW, WHOLE, TODAY + timedelta(days=1), TODAY)


DUES = [Due(number, date(2027, number, 5), 10_000) for number in range(1, 5)]


def test_payments_go_to_the_oldest_instalment_first() -> None:
    ledger = settle(DUES, 15_000, on=date(2027, 2, 20))
    assert [row.standing for row in ledger.rows] == [Standing.PAID, Standing.PART, Standing.AHEAD, Standing.AHEAD]
    assert (ledger.late_cents, ledger.left_cents, ledger.is_whole) == (5_000, 25_000, False)
    assert (ledger.next_due, ledger.coming) == (ledger.rows[1], ledger.rows[2])


def test_an_instalment_is_late_from_the_day_after_the_grace() -> None:
    assert not settle(DUES, 0, on=date(2027, 1, 10), grace_days=5).late
    assert settle(DUES, 0, on=date(2027, 1, 11), grace_days=5).late[0].standing is Standing.LATE


def test_the_alert_counts_the_days_to_the_second_miss() -> None:
    on = date(2027, 1, 20)
    assert days_to_second_miss(settle(DUES, 10_000, on=on), on=on) is None
    assert days_to_second_miss(settle(DUES, 0, on=on), on=on) == 16
    late = date(2027, 3, 1)
    assert days_to_second_miss(settle(DUES, 0, on=late), on=late) == 0
    last = [DUES[0]]
    assert days_to_second_miss(settle(last, 0, on=on), on=on) == 45
    much_later = date(2027, 9, 1)
    assert days_to_second_miss(settle(last, 0, on=much_later), on=much_later) == 0


@given(st.lists(st.integers(1, 50_000), max_size=12), st.integers(0, 700_000), st.integers(0, 400))
def test_no_cent_of_a_payment_is_lost(amounts: list[int], paid: int, days: int) -> None:
    dues = [Due(number, date(2027, 1, 5) + timedelta(days=30 * number), cents) for number, cents in enumerate(amounts)]
    ledger = settle(dues, paid, on=date(2027, 1, 5) + timedelta(days=days))
    assert sum(row.paid_cents for row in ledger.rows) + ledger.over_cents == paid
    assert ledger.left_cents == max(sum(amounts) - paid, 0)
    # Nothing is paid of an instalment before the one that comes earlier is whole.
    assert all(not later.paid_cents or not earlier.missing_cents for earlier, later in pairwise(ledger.rows))
    assert (ledger.next_due is None) == ledger.is_whole


@given(st.lists(st.sampled_from(list(Action)), max_size=60))
def test_a_random_walk_never_pays_out_before_the_bank_and_a_signature(steps: list[Action]) -> None:
    state, seen = State.ORIENTATION, [State.ORIENTATION]
    for action in steps:
        if not DOSSIERS.allows(state, action):
            with pytest.raises(ForbiddenTransition):
                DOSSIERS.after(state, action)
            continue
        state = DOSSIERS.after(state, action)
        seen.append(state)
    order = [State.TRANSMITTED, State.GRANTED, State.OFFER_SIGNED, State.DISBURSED]
    for earlier, later in pairwise(order):
        if later in seen:
            assert earlier in seen[: seen.index(later)]
    if State.CLOSED in seen:
        assert State.DISBURSED in seen
    # What is over has no way on.
    assert all(one not in OVER for one in seen[:-1])


def test_an_entry_in_the_file_of_incidents_is_no_reason_of_any_rule() -> None:
    """No step knows of the FICP: the bank alone weighs it."""
    assert not any("ficp" in name or "file" in name for name in Facts.__dataclass_fields__)
