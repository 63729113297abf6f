"""How a project is paid: sources in their order, ceilings, what does not go together, no euro twice. Pure.

The order of use: what is given comes first (grants by their rank), then the employer, then the person's own
money, and what is lent last. A source pays no more than its ceiling, no more than its share of the project, and
never what another already pays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from itertools import combinations

from mobility.core.money import format_cents
from mobility.core.state import TransitionTable

# Grants of one project that are weighed against one another: all their choices are tried.
MOST_GRANTS = 12


class Purpose(StrEnum):
    """What the money is for."""

    LICENCE = "licence"
    PURCHASE = "purchase"
    REPAIR = "repair"
    INSURANCE = "insurance"
    EQUIPMENT = "equipment"


PURPOSE_LABELS: dict[Purpose, str] = {
    Purpose.LICENCE: "Permis de conduire",
    Purpose.PURCHASE: "Achat d’un véhicule",
    Purpose.REPAIR: "Réparation",
    Purpose.INSURANCE: "Assurance",
    Purpose.EQUIPMENT: "Équipement",
}
PURPOSE_ICONS: dict[Purpose, str] = {
    Purpose.LICENCE: "person-badge",
    Purpose.PURCHASE: "car-front",
    Purpose.REPAIR: "tools",
    Purpose.INSURANCE: "shield-check",
    Purpose.EQUIPMENT: "bag",
}


class Source(StrEnum):
    """Who pays, in the order in which they are used."""

    GRANT = "grant"
    EMPLOYER = "employer"
    OTHER = "other"
    OWN = "own"
    MICROCREDIT = "microcredit"


SOURCE_LABELS: dict[Source, str] = {
    Source.GRANT: "Aide",
    Source.EMPLOYER: "Employeur",
    Source.OTHER: "Autre",
    Source.OWN: "Apport de la personne",
    Source.MICROCREDIT: "Micro-crédit",
}
ORDER: tuple[Source, ...] = tuple(Source)
# Whose part is a co-funding of a third party.
_THIRD = frozenset({Source.GRANT, Source.EMPLOYER, Source.OTHER})


class LineState(StrEnum):
    """Where the money of one source stands. Who gives it decides, never the platform."""

    PLANNED = "planned"
    ASKED = "asked"
    GRANTED = "granted"
    PAID = "paid"
    REFUSED = "refused"
    DROPPED = "dropped"


LINE_STATE_LABELS: dict[LineState, str] = {
    LineState.PLANNED: "Prévu",
    LineState.ASKED: "Demandé",
    LineState.GRANTED: "Accordé",
    LineState.PAID: "Versé",
    LineState.REFUSED: "Refusé",
    LineState.DROPPED: "Retiré",
}
LINE_STATE_TONES: dict[LineState, str] = {
    LineState.PLANNED: "neutral",
    LineState.ASKED: "info",
    LineState.GRANTED: "success",
    LineState.PAID: "success",
    LineState.REFUSED: "danger",
    LineState.DROPPED: "neutral",
}
GONE = frozenset({LineState.REFUSED, LineState.DROPPED})
FIRM = frozenset({LineState.GRANTED, LineState.PAID})
REASONED = frozenset({LineState.REFUSED})


class LineAction(StrEnum):
    """What happens to the money of one source."""

    ASK = "ask"
    GRANT = "grant"
    PAY = "pay"
    REFUSE = "refuse"
    DROP = "drop"


LINE_ACTION_LABELS: dict[LineAction, str] = {
    LineAction.ASK: "Demandé",
    LineAction.GRANT: "Accordé",
    LineAction.PAY: "Versé",
    LineAction.REFUSE: "Refusé",
    LineAction.DROP: "Retirer",
}
LINES: TransitionTable[LineState, LineAction] = TransitionTable(
    {
        (LineState.PLANNED, LineAction.ASK): LineState.ASKED,
        (LineState.PLANNED, LineAction.GRANT): LineState.GRANTED,
        (LineState.PLANNED, LineAction.DROP): LineState.DROPPED,
        (LineState.ASKED, LineAction.GRANT): LineState.GRANTED,
        (LineState.ASKED, LineAction.REFUSE): LineState.REFUSED,
        (LineState.ASKED, LineAction.DROP): LineState.DROPPED,
        (LineState.GRANTED, LineAction.PAY): LineState.PAID,
        (LineState.GRANTED, LineAction.DROP): LineState.DROPPED,
    }
)


@dataclass(frozen=True, slots=True)
class Grant:
    """One aid that may pay a part, as the dated configuration says it. Empty tuples and None mean no limit.

    ``share``: the largest part of the project that it pays, in per cent. ``excludes``: codes of grants that do not
    go with it (either of the two may say so). A lower ``rank`` is used first; what is subsidiary comes last. ``note``:
    the conditions that no rule can see, for the adviser to check. ``by_hand``: how much there is, only the person knows
    (their CPF): it is never proposed. ``cofunded``: beside somebody else's part it is not bound to a situation.
    """

    code: str
    label: str
    purposes: tuple[Purpose, ...] = ()
    ceiling_cents: int = 0
    share: Decimal = Decimal(100)
    min_age: int | None = None
    max_age: int | None = None
    statuses: tuple[str, ...] = ()
    communes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    rank: int = 100
    note: str = ""
    by_hand: bool = False
    cofunded: bool = False

    def most(self, need_cents: int) -> int:
        """Return the most that it pays of a project of that cost."""
        share = int((Decimal(need_cents) * self.share / 100).to_integral_value(ROUND_FLOOR))
        return max(min(self.ceiling_cents, share), 0)

    def goes_with(self, other: Grant) -> bool:
        """Tell whether both may pay one project."""
        return other.code not in self.excludes and self.code not in other.excludes


@dataclass(frozen=True, slots=True)
class Asker:
    """What grants ask about the person. ``age``: in whole years on the day, None where the birth date is unknown."""

    age: int | None
    status: str
    insee_code: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """The money of one source in a stack. ``code`` names the grant; empty for every other source."""

    source: Source
    amount_cents: int
    code: str = ""
    state: LineState = LineState.PLANNED
    id: int = 0

    @property
    def counts(self) -> bool:
        """Tell whether it still is part of what pays the project."""
        return self.state not in GONE


@dataclass(frozen=True, slots=True)
class Totals:
    """What a stack comes to, in cents. ``firm`` is granted or paid; ``missing`` nobody pays yet."""

    need: int
    covered: int
    firm: int
    missing: int
    given: int
    own: int
    lent: int


def refusals(grant: Grant, asker: Asker, purpose: Purpose, beside: Iterable[Line] = ()) -> tuple[str, ...]:
    """Say in French why a grant cannot pay this project of this person; nothing where it can.

    ``beside``: the other lines of the stack, which a co-funded grant looks at.
    """
    said = []
    if grant.purposes and purpose not in grant.purposes:
        said.append(f"Ne paie pas : {PURPOSE_LABELS[purpose].lower()}.")
    if grant.statuses and asker.status not in grant.statuses:
        if not grant.cofunded:
            said.append("Réservée à une autre situation.")
        elif not any(line.counts and line.source in _THIRD and line.code != grant.code for line in beside):
            said.append("Dans cette situation, un tiers doit payer une part : écrivez d’abord la sienne.")
    if grant.communes and asker.insee_code not in grant.communes:
        said.append("Réservée à d’autres communes.")
    if grant.min_age is not None or grant.max_age is not None:
        said += _age_refusals(grant, asker.age)
    return tuple(said)


def _age_refusals(grant: Grant, age: int | None) -> list[str]:
    if age is None:
        return ["L’âge compte, et la date de naissance n’est pas connue."]
    if grant.min_age is not None and age < grant.min_age:
        return [f"À partir de {grant.min_age} ans."]
    if grant.max_age is not None and age > grant.max_age:
        return [f"Jusqu’à {grant.max_age} ans."]
    return []


def total(need_cents: int, lines: Iterable[Line]) -> Totals:
    """Add up a stack."""
    living = [line for line in lines if line.counts]

    def of(*sources: Source) -> int:
        return sum(line.amount_cents for line in living if line.source in sources)

    covered = sum(line.amount_cents for line in living)
    return Totals(
        need=need_cents,
        covered=covered,
        firm=sum(line.amount_cents for line in living if line.state in FIRM),
        missing=max(need_cents - covered, 0),
        given=of(Source.GRANT, Source.EMPLOYER, Source.OTHER),
        own=of(Source.OWN),
        lent=of(Source.MICROCREDIT),
    )


def room_for(need_cents: int, lines: Iterable[Line], *, but_id: int = 0) -> int:
    """Return how many cents nobody pays yet, one line (that is being changed) left aside."""
    return need_cents - sum(line.amount_cents for line in lines if line.counts and (not but_id or line.id != but_id))


def against(
    line: Line, *, need_cents: int, others: Sequence[Line], grants: Sequence[Grant], elsewhere: Collection[str] = ()
) -> str:
    """Say in French what stands against a line beside the others of its stack; empty where nothing does.

    ``elsewhere``: codes of the grants that pay another project of the person for the same purpose.
    The person's own right to a grant is another question (``refusals``).
    """
    if line.source is not Source.GRANT:
        return ""
    known = {grant.code: grant for grant in grants}
    grant = known.get(line.code)
    if grant is None:
        return "Cette aide n’est plus proposée."
    living = {other.code for other in others if other.counts and other.source is Source.GRANT}
    for codes, what in (
        (living, "une part de ce projet"),
        (elsewhere, "un autre projet de la personne pour la même chose"),
    ):
        if line.code in codes:
            return f"{grant.label} paie déjà {what}."
    for code in sorted(living):
        if code in known and not grant.goes_with(known[code]):
            return f"{grant.label} ne va pas avec {known[code].label}."
    most = grant.most(need_cents)
    if line.amount_cents > most:
        return f"{grant.label} paie au plus {format_cents(most)} de ce projet."
    return ""


def unfit(
    lines: Iterable[Line],
    *,
    need_cents: int,
    purpose: Purpose,
    grants: Sequence[Grant],
    elsewhere: Collection[str] = (),
) -> str:
    """Say in French which grant of a stack no longer fits the project's new cost or purpose; empty where all do.

    A grant that is no longer proposed stays as it is, and what was paid keeps its amount. ``elsewhere``: as for
    ``against``.
    """
    known = {grant.code: grant for grant in grants}
    for line in lines:
        grant = known.get(line.code)
        if line.source is not Source.GRANT or not line.counts or grant is None:
            continue
        if grant.purposes and purpose not in grant.purposes:
            return f"{grant.label} ne paie pas : {PURPOSE_LABELS[purpose].lower()}. Retirez d’abord cette aide."
        if line.code in elsewhere:
            return f"{grant.label} paie déjà un autre projet de la personne pour la même chose : retirez-la d’abord."
        most = grant.most(need_cents)
        if line.state is not LineState.PAID and line.amount_cents > most:
            return f"{grant.label} paierait alors {format_cents(most)} au plus : retirez-la d’abord, puis remettez-la."
    return ""


def propose(
    need_cents: int,
    grants: Sequence[Grant],
    *,
    employer_cents: int = 0,
    own_cents: int = 0,
    lend_at_most_cents: int = 0,
) -> tuple[Line, ...]:
    """Return the stack that leaves the least to be lent: grants that go together, then the employer, then one's own.

    ``grants`` are those that the person may have; those written by hand are left out. Of all choices that go together the one that gives most is taken,
    then the one of fewer papers, then the one of lower ranks. Nothing is paid twice: the sum never passes the need.
    """
    usable = sorted(
        (one for one in grants if one.most(need_cents) and not one.by_hand), key=lambda one: (one.rank, one.code)
    )[:MOST_GRANTS]
    lines, left = [], need_cents
    for grant in _best(need_cents, usable):
        amount = min(grant.most(need_cents), left)
        lines.append(Line(Source.GRANT, amount, grant.code))
        left -= amount
    for source, most in (
        (Source.EMPLOYER, employer_cents),
        (Source.OWN, own_cents),
        (Source.MICROCREDIT, lend_at_most_cents),
    ):
        amount = min(most, left)
        if amount > 0:
            lines.append(Line(source, amount))
            left -= amount
    return tuple(line for line in lines if line.amount_cents)


def _best(need_cents: int, grants: Sequence[Grant]) -> Sequence[Grant]:
    best: tuple[Grant, ...] = ()
    best_key = (0, 0, 0)
    for size in range(1, len(grants) + 1):
        for chosen in combinations(grants, size):
            if not all(one.goes_with(other) for one, other in combinations(chosen, 2)):
                continue
            given = min(sum(grant.most(need_cents) for grant in chosen), need_cents)
            key = (given, -size, -sum(grant.rank for grant in chosen))
            if key > best_key:
                best, best_key = chosen, key
    return best
