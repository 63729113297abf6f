"""What is typed about agreements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request

from mobility.core.web.forms import Form, VersionedForm, day, euros, integer, text
from mobility.documents.uploads import file_field
from mobility.microcredit.accords.services.laying import REASON_MAX
from mobility.microcredit.rules.arrears import Line

ROWS_MAX = 37


class PlanForm(VersionedForm):
    """A plan of arrears: over how many months, from when, its sums, and why. The rows are added by ``plan_form``."""

    months = integer("Sur combien de mois ?", low=1, high=36, hint="Le calcul propose ce que le budget permet.")
    first_on = day("Première somme le")
    reason = text(
        "Que s’est-il passé ?",
        limit=REASON_MAX,
        hint="En quelques mots. La personne et la banque peuvent le lire. Demandé pour faire signer.",
    )

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """Return the fields of each row: its date and its sum."""
        return [(self[f"on_{number}"], self[f"sum_{number}"]) for number in range(1, self.row_count + 1)]

    row_count = 0

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse half a row, beside what is missing of it."""
        is_whole = bool(super().validate(extra_validators))
        for on, cents in self.rows:
            for field, other in ((on, cents), (cents, on)):
                if field.data is None and not field.errors and other.data is not None:
                    field.errors = [*field.errors, "Écrivez la date et la somme, ou laissez les deux vides."]
                    is_whole = False
        return is_whole

    def lines(self) -> list[Line]:
        """Return the rows that were filled in."""
        return [Line(on.data, cents.data) for on, cents in self.rows if on.data is not None and cents.data is not None]

    def show(self, lines: Sequence[Line]) -> None:
        """Fill the rows in, and empty those beyond."""
        blank = [None] * (self.row_count - len(lines))
        for (on, cents), line in zip(self.rows, [*lines, *blank], strict=True):
            on.process_data(None if line is None else line.due_on)
            cents.process_data(None if line is None else line.amount_cents)
            on.raw_data = cents.raw_data = None


def plan_form(count: int, *, exactly: bool = False) -> PlanForm:
    """Return the form with so many rows, and no fewer than were typed unless ``exactly`` so many are wanted."""
    typed = request.form.get("row_total", "")
    if not exactly and typed.isdecimal() and typed.isascii() and len(typed) < 4:
        count = max(count, int(typed))
    count = max(1, min(count, ROWS_MAX))
    fields: dict[str, Any] = {"row_count": count}
    for number in range(1, count + 1):
        fields[f"on_{number}"] = day(f"Date de la somme {number}", required=False)
        fields[f"sum_{number}"] = euros(f"Somme {number}", required=False, low=1, high=100_000_00)
    found: PlanForm = type("PlanRowsForm", (PlanForm,), fields)()
    return found


class BankForm(Form):
    """The bank's agreement, with its paper."""

    agreed_on = day("Accord de la banque daté du")
    file = file_field("Accord écrit de la banque", hint="Photo ou PDF.")


class StopForm(VersionedForm):
    """A plan that cannot be kept."""

    reason = text("Pourquoi le plan s’arrête-t-il ?", required=True, limit=REASON_MAX)
