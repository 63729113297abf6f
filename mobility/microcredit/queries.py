"""Reading bank partners and their terms; each function says how many queries it makes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import or_, select

from mobility.core.db import db, load
from mobility.funding.rules import Purpose
from mobility.microcredit.models import CreditOffer, CreditPartner
from mobility.microcredit.rules.changes import Bank
from mobility.microcredit.rules.offers import Band, Conditions, Insurance
from mobility.organisations.models import Organisation


@dataclass(frozen=True, slots=True)
class PartnerCard:
    """A partner with the bank's name and its terms, the latest first."""

    partner: CreditPartner
    name: str
    offers: tuple[CreditOffer, ...]


@dataclass(frozen=True, slots=True)
class OfferCard:
    """Terms in force, with the bank's name."""

    offer: CreditOffer
    partner: CreditPartner
    name: str

    @property
    def bank(self) -> Bank:
        """Return what the rules read of it."""
        return Bank(self.offer.id, self.name, conditions_of(self.offer))


def conditions_of(offer: CreditOffer) -> Conditions:
    """Return the terms as the rules read them; no query."""
    return Conditions(
        amount_min_cents=offer.amount_min_cents,
        amount_max_cents=offer.amount_max_cents,
        months_min=offer.months_min,
        months_max=offer.months_max,
        bands=tuple(
            Band(Decimal(band["percent"]), band.get("up_to_cents"), band.get("up_to_months")) for band in offer.bands
        ),
        purposes=frozenset(Purpose(code) for code in offer.purposes),
        communes=frozenset(offer.communes),
        fee_cents=offer.fee_cents,
        fee_percent=Decimal(offer.fee_percent),
        insurance=Insurance(
            offer.insurance_kind, Decimal(offer.insurance_percent), offer.insurance_cents, offer.insurance_required
        ),
        waiting=offer.waiting,
        most_wait_months=offer.most_wait_months,
    )


def get_partner(partner_id: int) -> CreditPartner:
    """Return a partner. Raises NotFound (also for ids that no column could hold)."""
    return load(CreditPartner, partner_id)


def get_offer(offer_id: int) -> CreditOffer:
    """Return terms. Raises NotFound."""
    return load(CreditOffer, offer_id)


def desk_of_partner(partner_id: int) -> int | None:
    """Return the desk of a partner, None for one of all desks. Raises NotFound."""
    return get_partner(partner_id).desk_id


def desk_of_offer(offer_id: int) -> int | None:
    """Return the desk of the partner whose terms these are, None for all desks. Raises NotFound."""
    return get_partner(get_offer(offer_id).partner_id).desk_id


def list_partners(*, desk_ids: Collection[int] | None = None) -> list[PartnerCard]:
    """Return the partners of all desks and of these (None: every one), by name, with all their terms (two queries)."""
    query = (
        select(CreditPartner, Organisation.name)
        .join(Organisation, Organisation.id == CreditPartner.organisation_id)
        .order_by(Organisation.search_key, CreditPartner.id)
    )
    if desk_ids is not None:
        query = query.where(or_(CreditPartner.desk_id.is_(None), CreditPartner.desk_id.in_(desk_ids)))
    found = [(partner, name) for partner, name in db.session.execute(query)]
    offers: dict[int, list[CreditOffer]] = {partner.id: [] for partner, _ in found}
    for offer in db.session.scalars(
        select(CreditOffer)
        .where(CreditOffer.partner_id.in_(offers))
        .order_by(CreditOffer.valid_from_on.desc(), CreditOffer.id.desc())
    ):
        offers[offer.partner_id].append(offer)
    return [PartnerCard(partner, name, tuple(offers[partner.id])) for partner, name in found]


def offers_in_force(*, desk_id: int | None, on: date) -> Sequence[OfferCard]:
    """Return the terms in force on a day at a desk (None: those of all desks alone), by bank (one query)."""
    query = (
        select(CreditOffer, CreditPartner, Organisation.name)
        .join(CreditPartner, CreditPartner.id == CreditOffer.partner_id)
        .join(Organisation, Organisation.id == CreditPartner.organisation_id)
        .where(
            or_(CreditPartner.desk_id.is_(None), CreditPartner.desk_id == desk_id),
            Organisation.archived_at.is_(None),
            CreditOffer.valid_from_on <= on,
            or_(CreditOffer.valid_until_on.is_(None), CreditOffer.valid_until_on >= on),
        )
        .order_by(Organisation.search_key, CreditOffer.label, CreditOffer.id)
    )
    return [OfferCard(offer, partner, name) for offer, partner, name in db.session.execute(query)]
