"""How values read in French: Jinja filters."""

from __future__ import annotations

import re
from datetime import date, datetime, time

import phonenumbers
from flask import Flask
from markupsafe import Markup

from mobility.core import clock
from mobility.core.money import format_cents, format_price

NARROW = "\u202f"


def number_fr(value: float | int, decimals: int = 0) -> str:
    """Return « 12 345 » or « 12,5 »."""
    return f"{value:,.{decimals}f}".replace(",", NARROW).replace(".", ",")


def km(value: float | int | None) -> str:
    """Return « 12 345 km »."""
    return "" if value is None else f"{number_fr(value)}\u00a0km"


def money(cents: int | None) -> str:
    """Return « 12,50 € »; nothing for None."""
    return "" if cents is None else format_cents(cents)


def price(cents: int | None) -> str:
    """Return what something costs a person: « 12,50 € », « Gratuit » for 0; nothing for None."""
    return "" if cents is None else format_price(cents)


def date_fr(day: date | datetime | None, weekday: bool = True) -> str:
    """Return « mardi 24 novembre », with the year where it is not this one."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = clock.day_of(day)
    return clock.format_date(day, weekday=weekday, year=clock.today().year)


def date_short(day: date | datetime | None) -> str:
    """Return « 24/11/2026 »."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = clock.day_of(day)
    return f"{day:%d/%m/%Y}"


def instant_fr(instant: datetime | None) -> str:
    """Return « mardi 24 novembre à 14 h 30 »."""
    return "" if instant is None else clock.format_instant(instant, year=clock.today().year)


def time_fr(wall: time | datetime | None) -> str:
    """Return « 14 h 30 »."""
    return "" if wall is None else clock.format_time(wall)


def phone(number: str | None) -> str:
    """Return « 06 39 98 12 34 » for a French number in E.164, the international form for others."""
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException:
        return number
    shape = phonenumbers.PhoneNumberFormat
    written = phonenumbers.format_number(parsed, shape.NATIONAL if parsed.country_code == 33 else shape.INTERNATIONAL)
    return written.replace(" ", "\u00a0")


_TAIL = re.compile(r" (\([^()]{1,20}\))$")


def whole_tail(name: str) -> str:
    """Return « Citroën C3 (GE-289-XY) » as markup in which the plate never breaks at its hyphens."""
    tail = _TAIL.search(name)
    if tail is None:
        return name
    return Markup('{} <span class="text-nowrap">{}</span>').format(name[: tail.start()], tail[1])


def init_app(app: Flask) -> None:
    """Register the filters."""
    for function in (whole_tail, number_fr, km, money, price, date_fr, date_short, instant_fr, time_fr, phone):
        app.jinja_env.filters[function.__name__] = function
