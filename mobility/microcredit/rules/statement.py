"""A bank's file of payments held against the loans that run: what each line is, in words. Pure.

A line finds its loan by our reference (« MC-000123 ») or by the bank's own number. The same line counts once: by the
number of its operation where the file has one, else by its day, its amount and how often both come in the file. Where
an equal sum was noted the other way (by hand, or from a file with numbers and now without, or without and now with),
nobody can tell whether it is the same money: somebody is always asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from mobility.core.money import format_cents
from mobility.microcredit.rules.repayment import Due, settle

# A payment noted another way and the bank's line of it may bear days this far apart (day of operation, of value).
NEAR = timedelta(days=7)
_NUMBERED = "op "
_OURS = re.compile(r"MC0*(\d{1,9})")
_OTHER = re.compile(r"[^0-9A-Z]+")


class Fit(StrEnum):
    """What a line of the file is."""

    EXACT = "exact"
    DIFFERS = "differs"
    KNOWN = "known"
    TWIN = "twin"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    STOPPED = "stopped"
    UNREADABLE = "unreadable"


FIT_LABELS: dict[Fit, str] = {
    Fit.EXACT: "Mensualité attendue",
    Fit.DIFFERS: "Autre somme",
    Fit.KNOWN: "Déjà noté",
    Fit.TWIN: "Peut-être déjà noté",
    Fit.UNKNOWN: "Référence inconnue",
    Fit.AMBIGUOUS: "Référence en double",
    Fit.STOPPED: "Pas en remboursement",
    Fit.UNREADABLE: "À corriger",
}
FIT_TONES: dict[Fit, str] = {
    Fit.EXACT: "success",
    Fit.DIFFERS: "warning",
    Fit.KNOWN: "neutral",
    Fit.TWIN: "warning",
    Fit.UNKNOWN: "danger",
    Fit.AMBIGUOUS: "danger",
    Fit.STOPPED: "danger",
    Fit.UNREADABLE: "danger",
}
# What may be noted; the first is ticked by itself.
NOTABLE = frozenset({Fit.EXACT, Fit.DIFFERS, Fit.TWIN})


@dataclass(frozen=True, slots=True)
class Told:
    """One line as it was read; None where the cell says no day or no amount."""

    line: int
    reference: str
    paid_on: date | None
    cents: int | None
    operation: str = ""


class Way(StrEnum):
    """How a payment came to be noted: by hand, or from a bank's file with or without the number of its operation."""

    HAND = "hand"
    NUMBERED = "numbered"
    PLAIN = "plain"


WAY_LABELS: dict[Way, str] = {
    Way.HAND: "à la main",
    Way.NUMBERED: "d’un relevé avec numéro d’opération",
    Way.PLAIN: "d’un relevé sans numéro d’opération",
}


@dataclass(frozen=True, slots=True)
class Noted:
    """One payment that is noted, under the key that names it."""

    key: str
    on: date
    cents: int
    way: Way


@dataclass(frozen=True, slots=True)
class Loan:
    """One loan: whether it runs and since when, what is expected, what is noted."""

    dossier_id: int
    running: bool
    disbursed_on: date | None
    dues: tuple[Due, ...]
    noted: tuple[Noted, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a line is. ``key``: under which the payment is noted; ``expected_cents``: the instalment that is next."""

    told: Told
    fit: Fit
    words: str
    dossier_id: int | None = None
    key: str = ""
    expected_cents: int | None = None


def reference_of(dossier_id: int) -> str:
    """Return the reference that banks write beside payments."""
    return f"MC-{dossier_id:06d}"


def fold(reference: str) -> str:
    """Return a reference without what people write differently: case, spaces, dashes, our leading zeros."""
    bare = _OTHER.sub("", reference.upper())
    ours = _OURS.fullmatch(bare)
    return f"MC{ours[1]}" if ours else bare


def key_of(told: Told, times: int) -> str:
    """Return what names the payment of a line; ``times``: the how-manieth such line of the file it is, from 1."""
    if told.operation:
        return f"{_NUMBERED}{told.operation}"[:80]
    again = f" n{times}" if times > 1 else ""
    return f"{told.paid_on} {told.cents}{again}"


def way_of(key: str, *, from_bank: bool) -> Way:
    """Return how a payment of this key was noted."""
    if not from_bank:
        return Way.HAND
    return Way.NUMBERED if key.startswith(_NUMBERED) else Way.PLAIN


@dataclass
class _Running:
    """A loan while the file is read. ``paid_cents``, ``noted``: earlier lines add to both; ``alone``: no line's yet."""

    loan: Loan
    paid_cents: int
    noted: dict[str, Noted]
    alone: dict[str, Noted]
    seen: Counter[tuple[date | None, int | None]] = field(default_factory=Counter)


def _begin(loan: Loan) -> _Running:
    noted = {one.key: one for one in loan.noted}
    return _Running(loan, sum(one.cents for one in loan.noted), noted, dict(noted))


def match(lines: Sequence[Told], loans: Mapping[str, Sequence[Loan]], *, today: date) -> list[Verdict]:
    """Say what each line is. ``loans``: by folded reference, those that it may mean."""
    running: dict[int, _Running] = {}
    return [_judge(told, loans.get(fold(told.reference), ()), running, today) for told in lines]


def _judge(told: Told, found: Sequence[Loan], running: dict[int, _Running], today: date) -> Verdict:
    wrong = _unreadable(told, today)
    if wrong:
        return Verdict(told, Fit.UNREADABLE, wrong)
    if not found:
        return Verdict(told, Fit.UNKNOWN, "Aucun micro-crédit que vous suivez ne porte cette référence.")
    if len(found) > 1:
        return Verdict(told, Fit.AMBIGUOUS, "Plusieurs micro-crédits portent cette référence : prenez la nôtre (MC-…).")
    loan = found[0]
    if loan.dossier_id not in running:
        running[loan.dossier_id] = _begin(loan)
    return _held(told, running[loan.dossier_id])


def _unreadable(told: Told, today: date) -> str:
    # « — » names nothing: it must not find the loans that have no number at their bank.
    if not fold(told.reference):
        return "Écrivez la référence du prêt."
    if told.paid_on is None:
        return "Écrivez la date ainsi : 24/11/2026."
    if told.paid_on > today:
        return "Cette date n’est pas encore arrivée."
    if told.cents is None:
        return "Écrivez la somme ainsi : 88,57."
    if told.cents <= 0:
        return "Rien n’est payé sur cette ligne : le suivi le verra de lui-même."
    return ""


def _held(told: Told, state: _Running) -> Verdict:
    loan, paid_on, cents = state.loan, told.paid_on, told.cents or 0
    assert paid_on is not None  # noqa: S101 - read above
    state.seen[(paid_on, cents)] += 1
    key = key_of(told, state.seen[(paid_on, cents)])
    if key in state.noted:
        state.alone.pop(key, None)
        return Verdict(told, Fit.KNOWN, "Cette ligne est déjà notée.", loan.dossier_id, key)
    if not loan.running:
        return Verdict(told, Fit.STOPPED, "Ce micro-crédit n’est pas en cours de remboursement.", loan.dossier_id, key)
    if loan.disbursed_on is not None and paid_on < loan.disbursed_on:
        return Verdict(told, Fit.UNREADABLE, "Ce paiement est plus ancien que le versement du crédit.", loan.dossier_id)
    following = settle(loan.dues, state.paid_cents, on=paid_on).next_due
    expected = None if following is None else following.missing_cents
    this = Noted(key, paid_on, cents, way_of(key, from_bank=True))
    twin = _twin(this, state.alone.values())
    if twin is not None:
        del state.alone[twin.key]
        return Verdict(told, Fit.TWIN, _likeness(twin), loan.dossier_id, key, expected)
    # What a line of this file adds may be met again by another line of it, written the other way.
    state.noted[key] = state.alone[key] = this
    state.paid_cents += cents
    if expected == cents:
        return Verdict(told, Fit.EXACT, "C’est la somme attendue.", loan.dossier_id, key, expected)
    return Verdict(told, Fit.DIFFERS, _difference(cents, expected), loan.dossier_id, key, expected)


def _twin(this: Noted, others: Iterable[Noted]) -> Noted | None:
    """Return the nearest payment of the same sum that was noted another way; two of one way are two payments."""
    alike = [one for one in others if one.way is not this.way and one.cents == this.cents and _apart(one, this) <= NEAR]
    return min(alike, key=lambda one: (_apart(one, this), one.key), default=None)


def _apart(one: Noted, other: Noted) -> timedelta:
    return abs(one.on - other.on)


def _likeness(twin: Noted) -> str:
    return f"Une somme égale est notée {WAY_LABELS[twin.way]} à une date proche ({twin.on:%d/%m/%Y})."


def _difference(cents: int, expected: int | None) -> str:
    if expected is None:
        return "Tout est déjà payé : cette somme est en trop."
    gap = format_cents(abs(cents - expected))
    if cents < expected:
        return f"La mensualité attendue est de {format_cents(expected)} : il manque {gap}."
    return f"La mensualité attendue est de {format_cents(expected)} : {gap} de plus, qui comptent sur la suivante."
