"""Early signals of trouble as dated facts, and the day before which to act. Pure.

FICP: a default of two monthly instalments, or of more than 60 days (domain facts § 1; the days are a dated setting).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from mobility.core.clock import format_date
from mobility.core.money import format_cents
from mobility.microcredit.rules.repayment import Due, DueKind, Ledger, Standing, settle


class SignalKind(StrEnum):
    """What was noticed."""

    MISSED = "missed"
    PARTIAL = "partial"
    LATE = "late"
    PLAN = "plan"
    MEETING = "meeting"
    BUDGET = "budget"


SIGNAL_LABELS: dict[SignalKind, str] = {
    SignalKind.MISSED: "Mensualité non reçue",
    SignalKind.PARTIAL: "Mensualité payée en partie",
    SignalKind.LATE: "Mensualité payée en retard",
    SignalKind.PLAN: "Somme du plan amiable non reçue",
    SignalKind.MEETING: "Rendez-vous manqué",
    SignalKind.BUDGET: "Le budget a changé",
}
SIGNAL_TONES: dict[SignalKind, str] = {
    SignalKind.MISSED: "danger",
    SignalKind.PARTIAL: "warning",
    SignalKind.LATE: "info",
    SignalKind.PLAN: "danger",
    SignalKind.MEETING: "info",
    SignalKind.BUDGET: "warning",
}
# What to do, in words, beside each.
SIGNAL_ADVICE: dict[SignalKind, str] = {
    SignalKind.MISSED: "Appelez : un oubli se règle le jour même, une difficulté demande un plan avant la suivante.",
    SignalKind.PARTIAL: "Demandez ce qui manque et quand : un plan amiable suffit souvent.",
    SignalKind.LATE: "Une date de prélèvement après le salaire évite que cela se répète : demandez-la à la banque.",
    SignalKind.PLAN: "Appelez avant la somme suivante : une deuxième qui manque met fin au plan.",
    SignalKind.MEETING: "Reprenez contact autrement : un rendez-vous manqué précède souvent une mensualité manquée.",
    SignalKind.BUDGET: "Refaites le budget, et regardez si la mensualité tient encore.",
}
# These are told to the person too: the others are between the desk and the person already.
TOLD = frozenset({SignalKind.MISSED, SignalKind.PARTIAL, SignalKind.PLAN})


@dataclass(frozen=True, slots=True)
class Signal:
    """One fact: what, on which day, what names it (noticed once), and a sentence."""

    kind: SignalKind
    on: date
    key: str
    words: str


def _day(on: date) -> str:
    return format_date(on, weekday=False, year=0)


def whole_on(dues: Sequence[Due], payments: Sequence[tuple[date, int]]) -> dict[Due, date]:
    """Return when each sum that is due was whole: payments go to the oldest first."""
    found: dict[Due, date] = {}
    waiting = sorted(dues, key=Due.order)
    needed, paid = 0, 0
    marks = []
    for due in waiting:
        needed += due.amount_cents
        marks.append((needed, due))
    for on, cents in sorted(payments):
        paid += cents
        while marks and marks[0][0] <= paid:
            found[marks.pop(0)[1]] = on
    return found


def read_signals(
    dues: Sequence[Due], payments: Sequence[tuple[date, int]], *, on: date, grace_days: int
) -> list[Signal]:
    """Return what payments show by a day: instalments missed, paid in part, paid late; the oldest first.

    Of a plan of arrears only what is missing tells: a sum that came late and is there needs nobody any more.
    """
    ledger = settle(dues, sum(cents for _on, cents in payments), on=on, grace_days=grace_days)
    whole = whole_on(dues, payments)
    found = []
    for row in ledger.rows:
        due, noticed_on = row.due.due_on, row.due.due_on + timedelta(days=grace_days + 1)
        key = due.isoformat()
        if row.due.kind is not DueKind.INSTALMENT:
            if row.standing in {Standing.LATE, Standing.PART}:
                words = f"De la somme du {_day(due)} du plan amiable, il manque {format_cents(row.missing_cents)}."
                found.append(Signal(SignalKind.PLAN, noticed_on, key, words))
        elif row.standing is Standing.LATE:
            words = f"La mensualité du {_day(due)} n’est pas reçue {grace_days} jours après."
            found.append(Signal(SignalKind.MISSED, noticed_on, key, words))
        elif row.standing is Standing.PART:
            words = f"De la mensualité du {_day(due)}, il manque {format_cents(row.missing_cents)}."
            found.append(Signal(SignalKind.PARTIAL, noticed_on, key, words))
        elif row.standing is Standing.PAID and (whole[row.due] - due).days > grace_days:
            late = (whole[row.due] - due).days
            words = f"La mensualité du {_day(due)} est payée {late} jours après."
            found.append(Signal(SignalKind.LATE, whole[row.due], key, words))
    return found


def act_before(ledger: Ledger, *, ficp_days: int) -> date | None:
    """Return the last day on which paying keeps the person out of the FICP's criteria; None where nothing is late.

    The due day of the second instalment after the first that is late, or the end of ``ficp_days`` after the first if
    that comes earlier.
    """
    late = ledger.late
    if not late:
        return None
    first = late[0].due.due_on
    later = [row.due.due_on for row in ledger.rows if row.missing_cents and row.due.due_on > first]
    return min([*later[:1], first + timedelta(days=ficp_days)])
