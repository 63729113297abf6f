from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.organisations.errors import InvalidAgreementPeriod, InvalidSiret
from mobility.organisations.figures import Window, fold, span, window_of
from mobility.organisations.queries import AgreementCard
from mobility.organisations.rules import (
    LABELS,
    OrganisationKind,
    check_period,
    clean_siret,
    is_in_force,
    masked_count,
    search_key,
)
from tests.factories.organisations import make_siret


def test_every_kind_has_a_french_label():
    assert set(LABELS) == set(OrganisationKind)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Mission Locale du Valenciennois", "mission locale du valenciennois"),
        ("  L’Étape–Cœur  ", "l etape cœur"),
        ("ÉCOLE", "ecole"),
        ("PMI & Fils (SARL)", "pmi fils sarl"),
        ("💥", ""),
        ("شركة", "شركة"),
    ],
)
def test_names_are_searched_without_accents_case_or_punctuation(name, key):
    assert search_key(name) == key


@given(st.text(max_size=200))
def test_the_key_of_a_key_is_itself(name):
    assert search_key(search_key(name)) == search_key(name)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", ""), ("   ", ""), ("732 829 320 00074", "73282932000074"), ("73282932000074", "73282932000074")],
)
def test_a_siret_is_kept_as_fourteen_digits(typed, kept):
    assert clean_siret(typed) == kept


@pytest.mark.parametrize(
    "typed", ["73282932000075", "7328293200007", "abc", "1" * 10_000, "732829320", "💥", "٧٣٢٨٢٩٣٢٠٠٠٠٧٤"]
)
def test_what_is_no_siret_is_refused(typed):
    with pytest.raises(InvalidSiret):
        clean_siret(typed)


@given(st.integers(0, 80_000_000))
def test_the_factory_makes_sirets_that_pass(number):
    assert clean_siret(make_siret(number)) == make_siret(number)


DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("until", "day", "holds"),
    [
        (None, DAY, True),
        (None, date(2099, 1, 1), True),
        (None, date(2026, 11, 22), False),
        (DAY, DAY, True),
        (DAY, date(2026, 11, 24), False),
    ],
)
def test_an_agreement_holds_with_both_its_ends(until, day, holds):
    assert is_in_force(DAY, until, day) is holds


def test_an_agreement_does_not_end_before_it_begins():
    check_period(DAY, DAY)
    check_period(DAY, None)
    with pytest.raises(InvalidAgreementPeriod):
        check_period(DAY, date(2026, 11, 22))


@pytest.mark.parametrize(("count", "shown"), [(0, None), (1, None), (4, None), (5, 5), (600, 600)])
def test_small_numbers_are_masked(count, shown):
    assert masked_count(count) == shown


def card(first, last, desks=()):
    return AgreementCard(1, 2, "Convention", "", first, last, frozenset(desks), 1)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2025, 1, 1), None, (date(2026, 1, 1), date(2026, 12, 31))),
        (date(2026, 3, 1), date(2026, 9, 30), (date(2026, 3, 1), date(2026, 9, 30))),
        (date(2026, 12, 31), date(2027, 6, 1), (date(2026, 12, 31), date(2026, 12, 31))),
        (date(2024, 1, 1), date(2025, 12, 31), None),
        (date(2027, 1, 1), None, None),
    ],
)
def test_a_year_counts_only_the_days_of_the_agreement(first, last, expected):
    window = window_of(card(first, last), first_on=date(2026, 1, 1), last_on=date(2026, 12, 31))
    assert (None if window is None else (window.first_on, window.last_on)) == expected


def test_rows_are_counted_in_the_agreements_whose_desks_and_days_hold_them():
    one = Window(1, 9, date(2026, 1, 1), date(2026, 6, 30), frozenset({10}))
    everywhere = Window(2, 9, date(2026, 6, 1), date(2026, 12, 31), None)
    rows = [
        (10, date(2026, 6, 30), 3),
        (10, date(2026, 7, 1), 5),
        (11, date(2026, 6, 15), 7),
        (11, date(2026, 5, 31), 100),
    ]
    assert fold([one, everywhere], rows) == {1: 3, 2: 15}
    assert span([one]).desk_ids == frozenset({10})
    both = span([one, everywhere])
    assert (both.first_on, both.last_on, both.desk_ids) == (date(2026, 1, 1), date(2026, 12, 31), None)
