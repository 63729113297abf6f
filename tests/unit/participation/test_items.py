"""What is asked at entry, what the file knows, age bands, and what a paper is worth."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.participation.rules.items import (
    CURRENT,
    REFUSED,
    VERSIONS,
    AgeBand,
    Standing,
    age_band,
    check_answers,
    item_of,
    items_of,
    missing_items,
    proposals,
    sensitive_codes,
    standing_of_evidence,
)
from mobility.people.kinds import PersonStatus

ENTRY = date(2026, 5, 31)


def test_every_question_may_be_refused_and_codes_are_unique() -> None:
    for items in VERSIONS.values():
        assert len({item.code for item in items}) == len(items)
        for item in items:
            assert item.answers[-1][0] == REFUSED
            codes = [code for code, _label in item.answers]
            assert len(set(codes)) == len(codes)
            assert all(len(code) <= 40 for code in (item.code, *codes))


def test_what_is_sensitive() -> None:
    assert sensitive_codes() == {"disability", "third_country", "foreign_origin", "minority", "housing"}


def test_a_refusal_is_an_answer_and_silence_is_none() -> None:
    assert [item.code for item in missing_items(CURRENT, {"sex": REFUSED})] == [
        item.code for item in items_of(CURRENT) if item.code != "sex"
    ]
    assert missing_items(CURRENT, [item.code for item in items_of(CURRENT)]) == ()


@pytest.mark.parametrize("answers", [{"colour": "blue"}, {"sex": "blue"}, {"rural": ""}])
def test_what_the_list_does_not_know_is_refused(answers: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        check_answers(CURRENT, answers)


def test_words_of_answers() -> None:
    assert item_of(CURRENT, "sex").say("female") == "Femme"
    assert item_of(CURRENT, "sex").say(REFUSED) == "Ne souhaite pas répondre"
    assert item_of(CURRENT, "sex").say("?") == "?"


@pytest.mark.parametrize("status", PersonStatus)
def test_what_a_situation_proposes_is_an_answer_of_the_list(status: PersonStatus) -> None:
    check_answers(CURRENT, proposals(status=status.value, earlier={}))


@pytest.mark.parametrize(
    ("status", "earlier", "expected"),
    [
        ("rsa", {}, {}),
        ("employee", {}, {"employment": "employed"}),
        ("employee", {"employment": "unemployed", "sex": "male"}, {"employment": "employed", "sex": "male"}),
        ("rsa", {"employment": "inactive", "minority": REFUSED}, {"employment": "inactive"}),
        ("disabled_worker", {}, {"disability": "yes"}),
    ],
)
def test_what_the_file_knows_is_proposed_and_a_refusal_is_not_repeated(
    status: str, earlier: dict[str, str], expected: dict[str, str]
) -> None:
    assert proposals(status=status, earlier=earlier) == expected


@pytest.mark.parametrize(
    ("born_on", "expected"),
    [
        (date(2008, 6, 1), AgeBand.UNDER_18),
        (date(2008, 5, 31), AgeBand.FROM_18_TO_29),
        (date(1996, 6, 1), AgeBand.FROM_18_TO_29),
        (date(1996, 5, 31), AgeBand.FROM_30_TO_54),
        (date(1971, 6, 1), AgeBand.FROM_30_TO_54),
        (date(1971, 5, 31), AgeBand.FROM_55),
    ],
)
def test_age_bands_at_entry(born_on: date, expected: AgeBand) -> None:
    assert age_band(born_on, ENTRY) is expected


@pytest.mark.parametrize(
    ("dated_on", "expected"),
    [
        (date(2026, 6, 1), Standing.AFTER_ENTRY),
        (ENTRY, Standing.PROVES),
        (date(2026, 2, 28), Standing.PROVES),
        (date(2026, 2, 27), Standing.TOO_OLD),
    ],
)
def test_a_paper_proves_when_it_is_dated_before_the_entry_and_recent(dated_on: date, expected: Standing) -> None:
    assert standing_of_evidence(dated_on, entered_on=ENTRY, months=3) is expected


DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))


@given(dated_on=DAYS, entered_on=DAYS, months=st.integers(1, 36), more=st.integers(0, 12))
def test_a_longer_tolerance_never_takes_a_proof_away(dated_on: date, entered_on: date, months: int, more: int) -> None:
    if standing_of_evidence(dated_on, entered_on=entered_on, months=months) is Standing.PROVES:
        assert dated_on <= entered_on
        assert standing_of_evidence(dated_on, entered_on=entered_on, months=months + more) is Standing.PROVES
