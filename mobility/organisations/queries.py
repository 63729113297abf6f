"""Reads about organisations and their agreements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import selectinload

from mobility.core.db import db, load
from mobility.organisations.models import Agreement, AgreementDesk, Organisation
from mobility.organisations.rules import OrganisationKind, is_in_force, search_key

_QUERY_MAX = 200


def get_organisation(organisation_id: int) -> Organisation:
    """Return an organisation, archived or not. Raises NotFound."""
    return load(Organisation, organisation_id)


def find_organisation(organisation_id: int) -> Organisation | None:
    """Return an organisation, or None."""
    return db.session.get(Organisation, organisation_id) if 0 <= organisation_id < 2**31 else None


def get_agreement(agreement_id: int) -> Agreement:
    """Return an agreement. Raises NotFound."""
    return load(Agreement, agreement_id)


def select_organisations(
    *, kinds: Collection[OrganisationKind] = (), text: str = "", with_archived: bool = False
) -> Select[Organisation]:
    """Return the query of organisations by name: every word of the text begins a word of the name, or the SIRET."""
    query = select(Organisation).order_by(Organisation.search_key, Organisation.id)
    if kinds:
        query = query.where(Organisation.kind.in_(kinds))
    if not with_archived:
        query = query.where(Organisation.archived_at.is_(None))
    digits = "".join(text[:_QUERY_MAX].split())
    if digits.isdecimal() and len(digits) >= 3:
        return query.where(
            or_(Organisation.siret.startswith(digits, autoescape=True), _has_word(search_key(text[:_QUERY_MAX])))
        )
    for word in search_key(text[:_QUERY_MAX]).split():
        query = query.where(_has_word(word))
    return query


def _has_word(word: str) -> ColumnElement[bool]:
    return or_(
        Organisation.search_key.startswith(word, autoescape=True),
        Organisation.search_key.contains(f" {word}", autoescape=True),
    )


def list_organisations(
    kind: OrganisationKind | None = None, *, text: str = "", limit: int | None = None
) -> list[Organisation]:
    """Return the organisations that are not archived, by name."""
    query = select_organisations(kinds=[kind] if kind else (), text=text)
    return list(db.session.scalars(query.limit(limit) if limit is not None else query))


def organisation_choices(*kinds: OrganisationKind) -> list[tuple[int, str]]:
    """Return (id, name) of the organisations of these kinds, for a form."""
    return [(row.id, row.name) for row in db.session.scalars(select_organisations(kinds=kinds))]


def organisation_names(ids: Collection[int]) -> dict[int, str]:
    """Return the names of organisations by id, archived ones included."""
    if not ids:
        return {}
    return dict(db.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))).all())


@dataclass(frozen=True, slots=True)
class AgreementCard:
    """An agreement with the desks that it covers; no desk means all of them."""

    id: int
    organisation_id: int
    name: str
    reference: str
    valid_from_on: date
    valid_until_on: date | None
    desk_ids: frozenset[int]
    version: int
    first_meeting_days: int | None = None
    fse_plus: bool = False

    def in_force_on(self, day: date) -> bool:
        """Tell whether the agreement holds on the day."""
        return is_in_force(self.valid_from_on, self.valid_until_on, day)


def agreement_card(row: Agreement) -> AgreementCard:
    """Return the card of an agreement whose desks are loaded."""
    return AgreementCard(
        id=row.id,
        organisation_id=row.organisation_id,
        name=row.name,
        reference=row.reference,
        valid_from_on=row.valid_from_on,
        valid_until_on=row.valid_until_on,
        desk_ids=frozenset(link.desk_id for link in row.desks),
        version=row.version,
        first_meeting_days=row.first_meeting_days,
        fse_plus=row.fse_plus,
    )


def list_agreements(organisation_ids: Collection[int]) -> list[AgreementCard]:
    """Return the agreements of organisations, the latest first, in two queries."""
    if not organisation_ids:
        return []
    query = (
        select(Agreement)
        .where(Agreement.organisation_id.in_(organisation_ids))
        .options(selectinload(Agreement.desks))
        .order_by(Agreement.valid_from_on.desc(), Agreement.id.desc())
    )
    return [agreement_card(row) for row in db.session.scalars(query)]


def agreements_in_force(*, on: date, desk_id: int, organisation_id: int | None = None) -> Sequence[AgreementCard]:
    """Return the agreements that hold on a day at a desk, of one organisation where asked."""
    covered = select(AgreementDesk.agreement_id).where(AgreementDesk.desk_id == desk_id)
    limited = select(AgreementDesk.agreement_id)
    query = (
        select(Agreement)
        .where(
            Agreement.valid_from_on <= on,
            or_(Agreement.valid_until_on.is_(None), Agreement.valid_until_on >= on),
            or_(Agreement.id.in_(covered), Agreement.id.not_in(limited)),
        )
        .options(selectinload(Agreement.desks))
        .order_by(Agreement.valid_from_on, Agreement.id)
    )
    if organisation_id is not None:
        query = query.where(Agreement.organisation_id == organisation_id)
    return [agreement_card(row) for row in db.session.scalars(query)]
