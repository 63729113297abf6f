"""What each kind of entry does to the balance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.ledger.rules import LABELS, Balance, LedgerKind, balance_of, effect_of

PLAIN = [kind for kind in LedgerKind if kind is not LedgerKind.REVERSAL]


@pytest.mark.parametrize(
    ("kind", "balance"),
    [
        (LedgerKind.CHARGE, Balance(500, 0)),
        (LedgerKind.PAYMENT, Balance(-500, 0)),
        (LedgerKind.FUNDER_SHARE, Balance(-500, 0)),
        (LedgerKind.DEPOSIT, Balance(0, 500)),
        (LedgerKind.DEPOSIT_RETURN, Balance(0, -500)),
    ],
)
def test_each_kind_counts_its_way(kind: LedgerKind, balance: Balance) -> None:
    assert balance_of([(kind, None, 500)]) == balance


@given(st.lists(st.tuples(st.sampled_from(PLAIN), st.integers(1, 10**8)), max_size=20))
def test_an_entry_and_its_reversal_leave_nothing(entries: list[tuple[LedgerKind, int]]) -> None:
    posted = [(kind, None, cents) for kind, cents in entries]
    reversed_ = [(LedgerKind.REVERSAL, kind, cents) for kind, cents in entries]
    assert balance_of(posted + reversed_) == Balance(0, 0)


@pytest.mark.parametrize("reverses", [None, LedgerKind.REVERSAL])
def test_a_reversal_says_what_it_reverses(reverses: LedgerKind | None) -> None:
    with pytest.raises(ValueError, match="reversal"):
        effect_of(LedgerKind.REVERSAL, reverses)


def test_every_kind_has_a_french_label() -> None:
    assert set(LABELS) == set(LedgerKind)
