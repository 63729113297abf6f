"""A bank's file of payments held against the loans that run: what each line is, in words. Pure.

A line finds its loan by our reference (« MC-000123 ») or by the bank's own number. The same line counts once: by the
number of its operation where the file has one, else by its day, its amount and how often both come in the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from mobility.core.money import format_cents
from mobility.microcredit.rules.repayment import Due, settle

# A payment noted by hand and the bank's line of it may bear days this far apart.
NEAR = timedelta(days=7)
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


@dataclass(frozen=True, slots=True)
class Loan:
    """One loan: whether it runs and since when, what is expected, what is noted by key, and by hand by day and amount."""

    dossier_id: int
    running: bool
    disbursed_on: date | None
    dues: tuple[Due, ...]
    paid_cents: int = 0
    keys: frozenset[str] = frozenset()
    by_hand: tuple[tuple[date, int], ...] = ()


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
        return f"op {told.operation}"[:80]
    again = f" n{times}" if times > 1 else ""
    return f"{told.paid_on} {told.cents}{again}"


@dataclass
class _Running:
    """A loan while the file is read: what earlier lines of it add."""

    loan: Loan
    seen: Counter[tuple[date | None, int | None]] = field(default_factory=Counter)
    hands: list[tuple[date, int]] = field(default_factory=list)


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
    state = running.setdefault(found[0].dossier_id, _Running(found[0], hands=list(found[0].by_hand)))
    return _held(told, state)


def _unreadable(told: Told, today: date) -> str:
    if not told.reference.strip():
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
    if key in loan.keys:
        return Verdict(told, Fit.KNOWN, "Cette ligne est déjà notée.", loan.dossier_id, key)
    if not loan.running:
        return Verdict(told, Fit.STOPPED, "Ce micro-crédit n’est pas en cours de remboursement.", loan.dossier_id, key)
    if loan.disbursed_on is not None and paid_on < loan.disbursed_on:
        return Verdict(told, Fit.UNREADABLE, "Ce paiement est plus ancien que le versement du crédit.", loan.dossier_id)
    near = next((one for one in state.hands if one[1] == cents and abs(one[0] - paid_on) <= NEAR), None)
    following = settle(loan.dues, loan.paid_cents, on=paid_on).next_due
    expected = None if following is None else following.missing_cents
    if near is not None:
        state.hands.remove(near)
        words = f"Une somme égale est notée à la main à une date proche ({near[0]:%d/%m/%Y})."
        return Verdict(told, Fit.TWIN, words, loan.dossier_id, key, expected)
    state.loan = replace(loan, paid_cents=loan.paid_cents + cents, keys=loan.keys | {key})
    if expected == cents:
        return Verdict(told, Fit.EXACT, "C’est la somme attendue.", loan.dossier_id, key, expected)
    return Verdict(told, Fit.DIFFERS, _difference(cents, expected), loan.dossier_id, key, expected)


def _difference(cents: int, expected: int | None) -> str:
    if expected is None:
        return "Tout est déjà payé : cette somme est en trop."
    gap = format_cents(abs(cents - expected))
    if cents < expected:
        return f"La mensualité attendue est de {format_cents(expected)} : il manque {gap}."
    return f"La mensualité attendue est de {format_cents(expected)} : {gap} de plus, qui comptent sur la suivante."
