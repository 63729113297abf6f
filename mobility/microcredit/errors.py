"""What micro-credit refuses."""

from __future__ import annotations

from mobility.core.errors import MobilityError, RuleViolation


class BadFlows(MobilityError):
    """A file of flows, or the terms on the command line, cannot be meant; the message names the place, in English."""


class NoRate(MobilityError):
    """No annual rate, or no single one, makes what is lent worth what is paid; the message says why, in English."""


class TermsImpossible(RuleViolation):
    """No schedule fits the terms that were typed."""

    code = "terms_impossible"
    template = "Ces conditions ne donnent pas d’échéancier."


class PartnerInvalid(RuleViolation):
    """A partner that is no bank, or is one already."""

    code = "credit_partner_invalid"
    field = "organisation_id"
    template = "Choisissez une banque de la liste des partenaires."


class OfferInvalid(RuleViolation):
    """Terms that do not hold together."""

    code = "credit_offer_invalid"
    field = "label"
    template = "Donnez un nom à ces conditions."
