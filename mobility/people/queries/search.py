"""Search people by name (accents, typing slips), phone, number, France Travail id, e-mail, birth date.

Three queries a page, whatever the data: the count, the rows, the phones of the rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select

from mobility.accounts.models import User
from mobility.core.clock import today
from mobility.core.db import db
from mobility.core.web.pagination import PER_PAGE, Page, paginate
from mobility.desks.models import Desk
from mobility.notifications.kinds import Channel
from mobility.notifications.models import ContactPoint
from mobility.people import cards
from mobility.people.identifiers import phone_digits
from mobility.people.kinds import STATUS_LABELS, PersonStatus
from mobility.people.models import Person, display_name
from mobility.people.names import phonetic_key, units_of
from mobility.people.rules import age_on

QUERY_MAX = 200
WORDS_MAX = 6
_DATE = re.compile(r"(?<!\d)(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?!\d)|(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_NUMBER = re.compile(r"(?:#|n°|no|nº)?\s*(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person in a list."""

    id: int
    name: str
    born_on: date | None
    age: int | None
    status: str
    city: str
    desk_name: str
    referent_name: str
    phone: str | None
    protected: bool
    restricted: bool
    last_contact_at: datetime


def search(text: str, *, visible: ColumnElement[bool], number: int = 1, per_page: int = PER_PAGE) -> Page[PersonRow]:
    """Return one page of the persons that the text may mean, among those that ``visible`` lets through."""
    cleaned = text.strip()[:QUERY_MAX]
    condition, rank = _condition(cleaned)
    query = _rows().where(visible, condition, Person.merged_into_id.is_(None), Person.erased_at.is_(None))
    return _page(query.order_by(rank, Person.last_name, Person.first_name, Person.id), number, per_page)


def list_desk(
    *, visible: ColumnElement[bool], desk_id: int | None = None, number: int = 1, per_page: int = PER_PAGE
) -> Page[PersonRow]:
    """Return one page of the visible persons of a desk (None: of all of them), last contact first."""
    query = _rows().where(visible, Person.merged_into_id.is_(None), Person.erased_at.is_(None))
    if desk_id is not None:
        query = query.where(Person.desk_id == desk_id)
    return _page(query.order_by(Person.last_contact_at.desc(), Person.id), number, per_page)


def _rows() -> Select[Any]:
    rows: Any = (
        select(Person, Desk.name, User.display_name)
        .join(Desk, Desk.id == Person.desk_id)
        .outerjoin(User, User.id == Person.referent_user_id)
    )
    return cast("Select[Any]", rows)


def _page(query: Select[Any], number: int, per_page: int) -> Page[PersonRow]:
    page = paginate(query, number=number, per_page=per_page, scalars=False)
    phones = _phones([person.recipient_id for person, *_ in page.rows])
    day = today()
    rows = [
        PersonRow(
            id=person.id,
            name=display_name(person.id, person.first_name, person.last_name),
            born_on=person.born_on,
            age=age_on(person.born_on, day) if person.born_on else None,
            status=STATUS_LABELS[PersonStatus(person.status)],
            city="" if person.protected else person.city or "",
            desk_name=desk_name,
            referent_name=referent or "",
            phone=phones.get(person.recipient_id),
            protected=person.protected,
            restricted=person.restricted_at is not None,
            last_contact_at=person.last_contact_at,
        )
        for person, desk_name, referent in page.rows
    ]
    return Page(rows, page.number, page.per_page, page.total)


def _phones(recipient_ids: Sequence[int]) -> dict[int, str]:
    points = db.session.execute(
        select(ContactPoint.recipient_id, ContactPoint.value)
        .where(
            ContactPoint.recipient_id.in_(recipient_ids),
            ContactPoint.channel == Channel.SMS,
            ContactPoint.archived_at.is_(None),
        )
        .order_by(ContactPoint.id.desc())
    )
    return {row.recipient_id: row.value for row in points}


def _condition(text: str) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """Return the condition and the rank (0 first) of what was typed."""
    exact: ColumnElement[int] = case((Person.id > 0, 0), else_=1)
    if not text:
        return false(), exact
    if "@" in text:
        return _by_contact(func.lower(ContactPoint.value).startswith(text.lower(), autoescape=True)), exact
    rest, born_on = _take_date(text)
    units = units_of(rest)[:WORDS_MAX]
    if born_on is None and (numbered := _by_number(text)):
        return or_(*numbered), case((Person.id == _as_id(text), 0), else_=1)
    parts: list[ColumnElement[bool]] = [_by_name(unit) for unit in units]
    if born_on is not None:
        parts.append(Person.born_on == born_on)
    if not parts:
        return false(), exact
    whole = [Person.name_plain.contains(f" {unit[0]} ", autoescape=True) for unit in units]
    return and_(*parts), case((and_(*whole), 0), else_=1) if whole else exact


def _by_name(spellings: tuple[str, ...]) -> ColumnElement[bool]:
    """A name matches by the beginning of a word, or by its sound."""
    joined, *alone = spellings
    return or_(
        Person.name_plain.contains(f" {joined}", autoescape=True),
        Person.name_key.contains(f" {phonetic_key(joined)} ", autoescape=True),
        # « la tour » finds « de la Tour », but « ben ali » does not find every Alice.
        *(Person.name_plain.contains(f" {word} ", autoescape=True) for word in alone),
    )


def _by_contact(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return Person.recipient_id.in_(
        select(ContactPoint.recipient_id).where(condition, ContactPoint.archived_at.is_(None))
    )


def _as_id(text: str) -> int:
    found = _NUMBER.fullmatch(text)
    number = int(found[1]) if found else -1
    return number if number < 2**31 else -1


def _by_number(text: str) -> list[ColumnElement[bool]]:
    """Return the ways in which a number may name a person: file, phone, France Travail, NEPH, card."""
    ways: list[ColumnElement[bool]] = []
    if (identity := _as_id(text)) >= 0:
        ways.append(Person.id == identity)
    if digits := phone_digits(text):
        ways.append(
            _by_contact(and_(ContactPoint.channel == Channel.SMS, ContactPoint.value.contains(digits, autoescape=True)))
        )
    compact = re.sub(r"[\s.\-]+", "", text).upper()
    if re.fullmatch(r"\d{7}[0-9A-Z]|\d{11}", compact):
        ways.append(Person.france_travail_id == compact)
    if re.fullmatch(r"\d{12}", compact):
        ways.append(Person.neph == compact)
    if code := cards.read_code(text):
        ways.append(Person.card_code_hash == cards.card_hash(code))
    return ways


def _take_date(text: str) -> tuple[str, date | None]:
    found = _DATE.search(text)
    if not found:
        return text, None
    day, month, year = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    try:
        born_on = date(int(year), int(month), int(day))
    except ValueError:
        return text, None
    return text[: found.start()] + text[found.end() :], born_on
