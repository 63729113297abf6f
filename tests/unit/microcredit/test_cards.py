"""The cards of papers: what is asked of the person first, one state a paper, nothing lost."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.microcredit.rules.cards import CARD_LABELS, CARD_TONES, CardState, PageState, SentRow, cards
from mobility.microcredit.rules.completeness import Brought, Checked, Holding, check, unmasked
from mobility.microcredit.rules.papers import Paper

DAY = date(2026, 11, 23)
PAYSLIPS = Paper("payslips", "3 fiches de paie", most_months=3)
W, A, R = PageState.WAITING, PageState.ACCEPTED, PageState.REFUSED


def sent(*states: PageState) -> list[SentRow]:
    return [SentRow("payslips", state, "Floue." if state is R else "") for state in states]


@pytest.mark.parametrize(
    ("holding", "rows", "state", "pages", "reason"),
    [
        (Holding.MISSING, [], CardState.TO_SEND, 0, ""),
        (Holding.MISSING, [W, W], CardState.SENT, 2, ""),
        (Holding.MISSING, [R], CardState.REFUSED, 0, "Floue."),
        (Holding.MISSING, [R, W], CardState.SENT, 1, ""),
        (Holding.THERE, [A], CardState.DONE, 0, ""),
        (Holding.THERE, [R, A], CardState.DONE, 0, ""),
        (Holding.THERE, [A, W], CardState.SENT, 1, ""),
        (Holding.SOON_OLD, [A], CardState.SOON_OLD, 0, ""),
        (Holding.SOON_OLD, [A, W], CardState.SENT, 1, ""),
        (Holding.SOON_OLD, [A, R], CardState.REFUSED, 0, "Floue."),
        (Holding.NOT_NEEDED, [], CardState.DONE, 0, ""),
        (Holding.OLD, [A], CardState.OLD, 0, ""),
        (Holding.OLD, [A, R], CardState.REFUSED, 0, "Floue."),
        (Holding.MISSING, [A], CardState.TO_SEND, 0, ""),  # the file was erased since
    ],
)
def test_a_card_says_what_became_of_its_paper(
    holding: Holding, rows: list[PageState], state: CardState, pages: int, reason: str
) -> None:
    (card,) = cards([Checked(PAYSLIPS, holding)], sent(*rows))
    assert (card.state, card.pages, card.reason, card.most_months) == (state, pages, reason, 3)
    assert card.wants == (state in {CardState.TO_SEND, CardState.REFUSED, CardState.OLD, CardState.SOON_OLD})


def test_pages_of_other_papers_say_nothing() -> None:
    (card,) = cards([Checked(PAYSLIPS, Holding.MISSING)], [SentRow("rib", W)])
    assert card.state is CardState.TO_SEND


def test_every_state_has_words() -> None:
    assert set(CARD_LABELS) == set(CARD_TONES) == set(CardState)


@given(
    st.lists(st.tuples(st.sampled_from(Holding), st.lists(st.sampled_from(PageState), max_size=4)), max_size=8),
)
def test_every_paper_has_one_card_and_what_is_wanted_comes_first(drawn: list[tuple[Holding, list[PageState]]]) -> None:
    listed = [Checked(Paper(str(number), "x"), holding) for number, (holding, _rows) in enumerate(drawn)]
    rows = [SentRow(str(number), state, "r") for number, (_h, states) in enumerate(drawn) for state in states]
    found = cards(listed, rows)
    assert sorted(card.code for card in found) == sorted(one.paper.code for one in listed)
    wants = [card.wants for card in found]
    assert wants == sorted(wants, reverse=True)
    assert sum(card.pages for card in found) == sum(row.state is W for row in rows)


def test_a_paper_with_a_number_in_it_is_named_until_it_is_masked() -> None:
    bare, masked = Brought("payslips", DAY, 1, unmasked=True), Brought("payslips", DAY, 1)
    assert unmasked(check([PAYSLIPS], [bare], on=DAY, notice_days=21)) == ("3 fiches de paie",)
    assert unmasked(check([PAYSLIPS], [masked], on=DAY, notice_days=21)) == ()
    assert unmasked(check([PAYSLIPS], [], on=DAY, notice_days=21)) == ()
