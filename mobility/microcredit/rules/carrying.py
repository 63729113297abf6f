"""From when a loan for a vehicle carries its person: announced by the bank's yes, gone with the vehicle. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mobility.funding.rules import Purpose
from mobility.microcredit.rules.law import Delays, offer_stands_until, signed_dates
from mobility.microcredit.rules.states import PAID_OUT, State

# What a loan pays that a person drives afterwards; a licence or an insurance carries nobody by itself.
VEHICLES = frozenset({Purpose.PURCHASE, Purpose.REPAIR})


@dataclass(frozen=True, slots=True)
class Wheels:
    """What is known: what the loan is for, where it stands, its days; whether the person may drive; a vehicle gone."""

    purpose: Purpose
    state: State
    may_drive: bool
    granted_on: date | None = None
    signed_on: date | None = None
    disbursed_on: date | None = None
    gone_on: date | None = None


def carries_from(wheels: Wheels, delays: Delays, *, today: date) -> date | None:
    """Return the day from which the vehicle carries its person, or None where it carries nobody.

    Granted: from the first day on which money may move, were the offer signed on the day of the grant; no longer once
    the offer has lapsed unsigned. Signed: from the first day on which money may move. Paid: from that day.
    """
    if wheels.purpose not in VEHICLES or not wheels.may_drive or wheels.gone_on is not None:
        return None
    if wheels.state in PAID_OUT:
        return wheels.disbursed_on
    if wheels.state is State.OFFER_SIGNED and wheels.signed_on is not None:
        return signed_dates(wheels.signed_on, delays).payable_from_on
    if wheels.state is State.GRANTED and wheels.granted_on is not None:
        if today > offer_stands_until(wheels.granted_on, delays):
            return None
        return signed_dates(wheels.granted_on, delays).payable_from_on
    return None
