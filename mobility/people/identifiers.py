"""Numbers that come with a person: how they are written, what makes them impossible."""

from __future__ import annotations

import re
from collections.abc import Iterable

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from mobility.people.errors import (
    EmailUnreadable,
    FranceTravailIdUnreadable,
    LicenceCodeUnreadable,
    LicenceNumberUnreadable,
    NephUnreadable,
    PhoneUnreadable,
    PostcodeUnreadable,
)

AUTOMATIC_ONLY = "78"

_SPACING = re.compile(r"[\s.\-_/]+")
_FRANCE_TRAVAIL = re.compile(r"[0-9]{7}[0-9A-Z]|[0-9]{11}")
_NEPH = re.compile(r"[0-9]{12}")
_LICENCE = re.compile(r"[0-9A-Z]{5,20}")
_CODE = re.compile(r"[0-9]{2,3}(?:\.[0-9]{2})?")
_POSTCODE = re.compile(r"[0-9]{5}")
# Numbers that the regulator keeps for fiction; phonenumbers holds them for invalid.
_FICTIONAL = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998")
_MOBILES = {
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
}


def _compact(text: str) -> str:
    return _SPACING.sub("", text).upper()


def clean_france_travail_id(text: str) -> str:
    """Return the id in one block. Raises FranceTravailIdUnreadable (facts §10)."""
    compact = _compact(text)
    if not _FRANCE_TRAVAIL.fullmatch(compact):
        raise FranceTravailIdUnreadable
    return compact


def clean_neph(text: str) -> str:
    """Return the 12 digits of the registration for the driving test. Raises NephUnreadable."""
    compact = _compact(text)
    if not _NEPH.fullmatch(compact):
        raise NephUnreadable
    return compact


def clean_licence_number(text: str, *, country: str = "FR") -> str:
    """Return a licence number in one block. Raises LicenceNumberUnreadable.

    French numbers have 12 digits; older ones and foreign ones mix letters and digits.
    """
    compact = _compact(text)
    readable = _LICENCE.fullmatch(compact) and any(c.isdigit() for c in compact)
    if not readable or (country == "FR" and compact.isdigit() and len(compact) not in range(6, 13)):
        raise LicenceNumberUnreadable
    return compact


def clean_licence_codes(text: str) -> list[str]:
    """Return the restriction codes of « 01.06, 78 », each once, in order. Raises LicenceCodeUnreadable."""
    codes = [code for code in re.split(r"[\s,;/]+", text.strip()) if code]
    for code in codes:
        if not _CODE.fullmatch(code):
            raise LicenceCodeUnreadable(code=code[:20])
    return list(dict.fromkeys(codes))


def is_automatic_only(codes: Iterable[str]) -> bool:
    """Tell whether the licence is for automatic gearboxes only (code 78, facts §2)."""
    return AUTOMATIC_ONLY in codes


def clean_phone(text: str, *, field: str = "value") -> str:
    """Return the number in E.164, French unless it says another country. Raises PhoneUnreadable."""
    if len(text) > 40:
        raise PhoneUnreadable(field=field)
    try:
        parsed = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        raise PhoneUnreadable(field=field) from None
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    fictional = number.startswith(_FICTIONAL) and len(number) == 12
    if parsed.extension or not (fictional or phonenumbers.is_valid_number(parsed)):
        raise PhoneUnreadable(field=field)
    return str(number)


def gets_sms(number: str) -> bool:
    """Tell whether a number in E.164 is a mobile; a landline is for calls."""
    if number.startswith("+3363998"):
        return True
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False
    return kind in _MOBILES


def phone_digits(text: str) -> str:
    """Return the national digits of what somebody types to search a phone, or nothing for other texts."""
    compact = re.sub(r"[\s.\-()/]+", "", text)
    if not re.fullmatch(r"\+?[0-9]{4,15}", compact):
        return ""
    digits = compact.removeprefix("+")
    for prefix in ("0033", "33", "0"):
        if digits.startswith(prefix) and (prefix == "0" or compact.startswith(("+", "00"))):
            return digits.removeprefix(prefix)
    return digits


def clean_email(text: str, *, field: str = "value") -> str:
    """Return the address as it is compared, in lower case. Raises EmailUnreadable."""
    try:
        checked = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise EmailUnreadable(field=field) from None
    address = checked.normalized.lower()
    if len(address) > 254:
        raise EmailUnreadable(field=field)
    return address


def clean_postcode(text: str) -> str:
    """Return the five digits. Raises PostcodeUnreadable."""
    compact = _compact(text)
    if not _POSTCODE.fullmatch(compact):
        raise PostcodeUnreadable
    return compact
