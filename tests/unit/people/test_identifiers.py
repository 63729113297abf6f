"""Numbers that come with a person; the code of the paper card."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.errors import RuleViolation
from mobility.people import cards
from mobility.people.errors import (
    EmailUnreadable,
    FranceTravailIdUnreadable,
    LicenceCodeUnreadable,
    LicenceNumberUnreadable,
    NephUnreadable,
    PhoneUnreadable,
    PostcodeUnreadable,
)
from mobility.people.identifiers import (
    clean_email,
    clean_france_travail_id,
    clean_licence_codes,
    clean_licence_number,
    clean_neph,
    clean_phone,
    clean_postcode,
    gets_sms,
    is_automatic_only,
    phone_digits,
)


@pytest.mark.parametrize(
    ("typed", "kept"), [("1234567a", "1234567A"), ("1234567 8", "12345678"), ("123 456 789 01", "12345678901")]
)
def test_france_travail_ids_have_two_shapes(typed: str, kept: str) -> None:
    assert clean_france_travail_id(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "123456", "123456AB", "123456789", "A1234567", "123456789012", "1234567é", "١٢٣٤٥٦٧٨"]
)
def test_other_shapes_are_no_france_travail_id(typed: str) -> None:
    with pytest.raises(FranceTravailIdUnreadable):
        clean_france_travail_id(typed)


def test_a_neph_has_twelve_digits() -> None:
    assert clean_neph("0811 5910 0123") == "081159100123"
    for typed in ("", "1" * 11, "1" * 13, "08115910012A"):
        with pytest.raises(NephUnreadable):
            clean_neph(typed)


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("15 06 59 200 123", "FR", "150659200123"),
        ("59a12345", "FR", "59A12345"),
        ("870459100123", "FR", "870459100123"),
        ("B072RRE2I55", "DE", "B072RRE2I55"),
        ("12/345678", "MA", "12345678"),
        ("1234567890123", "PL", "1234567890123"),
    ],
)
def test_licence_numbers_are_kept_in_one_block(typed: str, country: str, kept: str) -> None:
    assert clean_licence_number(typed, country=country) == kept


@pytest.mark.parametrize("typed", ["", "1234", "ABCDEFG", "1" * 21, "1234567890123", "12345é"])
def test_other_texts_are_no_licence_number(typed: str) -> None:
    with pytest.raises(LicenceNumberUnreadable):
        clean_licence_number(typed)


def test_licence_codes_are_read_as_printed() -> None:
    assert clean_licence_codes(" 01.06, 78;  78 / 106 ") == ["01.06", "78", "106"]
    assert clean_licence_codes("  ") == []
    assert is_automatic_only(["01.06", "78"])
    assert not is_automatic_only(["01.06", "178"])
    for typed in ("7", "78a", "78.1", "auto", "1234"):
        with pytest.raises(LicenceCodeUnreadable):
            clean_licence_codes(typed)


@pytest.mark.parametrize(
    ("typed", "kept", "sms"),
    [
        ("06 39 98 12 34", "+33639981234", True),
        ("0639981234", "+33639981234", True),
        ("+33 6 39 98 12 34", "+33639981234", True),
        ("0033639981234", "+33639981234", True),
        ("07.51.23.45.67", "+33751234567", True),
        ("03 27 14 00 00", "+33327140000", False),
        ("01 99 00 12 34", "+33199001234", False),
        ("+32 470 12 34 56", "+32470123456", True),
        ("+212 612 345678", "+212612345678", True),
    ],
)
def test_phones_are_kept_in_e164(typed: str, kept: str, sms: bool) -> None:
    assert clean_phone(typed) == kept
    assert gets_sms(kept) is sms


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12",
        "06 39 98",
        "hello",
        "+999123456789",
        "0639981234 poste 12",
        "06" * 30,
        "00000000000",
        "+33639981",
        "🚗",
    ],
)
def test_other_texts_are_no_phone(typed: str) -> None:
    with pytest.raises(PhoneUnreadable) as refusal:
        clean_phone(typed, field="phone")
    assert refusal.value.field == "phone"


def test_what_is_no_number_gets_no_sms() -> None:
    assert not gets_sms("nonsense")


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("06 39 98 12 34", "639981234"),
        ("+33 6 39 98 12 34", "639981234"),
        ("0033 639981234", "639981234"),
        ("981234", "981234"),
        ("33 12", "3312"),
        ("+32470123456", "32470123456"),
        ("123", ""),
        ("Martin 06", ""),
        ("", ""),
    ],
)
def test_a_typed_phone_is_searched_by_its_national_digits(typed: str, digits: str) -> None:
    assert phone_digits(typed) == digits


def test_e_mail_addresses_are_compared_in_lower_case() -> None:
    assert clean_email(" Amel.Benali@Exemple.FR ") == "amel.benali@exemple.fr"
    for typed in ("", "amel", "amel@", "@exemple.fr", "a b@exemple.fr", "a@b@c.fr", "x" * 300 + "@exemple.fr"):
        with pytest.raises(EmailUnreadable):
            clean_email(typed)


def test_a_postcode_has_five_digits() -> None:
    assert clean_postcode("59 220") == "59220"
    for typed in ("", "5922", "592200", "2A004"):
        with pytest.raises(PostcodeUnreadable):
            clean_postcode(typed)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for clean in (clean_phone, clean_email, clean_france_travail_id, clean_neph, clean_licence_number, clean_postcode):
        with suppress(RuleViolation):
            assert clean(text)
    phone_digits(text)
    cards.read_code(text)


def made(seed: int) -> str:
    return cards.make_code(random.Random(seed).choice)


@given(st.integers())
def test_a_card_code_is_readable_and_read_back(seed: int) -> None:
    code = made(seed)
    assert len(code) == 12
    assert not set(code) & set("01OI")
    shown = cards.show_code(code)
    assert len(shown) == 14
    for typed in (code, shown, shown.lower(), f"  {shown.replace('-', ' ')} ", shown.replace("-", "–")):
        assert cards.read_code(typed) == code


@given(st.integers(), st.integers(0, 11), st.sampled_from(cards.ALPHABET))
def test_any_one_wrong_sign_is_noticed(seed: int, place: int, sign: str) -> None:
    code = made(seed)
    typed = code[:place] + sign + code[place + 1 :]
    assert cards.read_code(typed) == (code if typed == code else None)


@pytest.mark.parametrize(
    "typed", ["", "ABCD", "ABCD-EFGH-JKLM-NPQR", "0000-0000-0000", "IIII-OOOO-1111", "é" * 12, "🚗" * 12]
)
def test_other_texts_are_no_card_code(typed: str) -> None:
    assert cards.read_code(typed) is None
