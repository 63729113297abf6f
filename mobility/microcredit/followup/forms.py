"""What is typed about the follow-up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import ValidationError

from mobility.core import clock
from mobility.core.web.forms import Form, VersionedForm, checkboxes, day, euros, integer, line, text
from mobility.documents.uploads import file_field
from mobility.microcredit.followup.services.following import WORDS_MAX
from mobility.microcredit.rules.rescheduling import NewPlan


class StatementForm(Form):
    """A bank's file of payments."""

    file = FileField(
        "Fichier CSV ou XLSX",
        description="Un mégaoctet au plus.",
        validators=[FileRequired("Choisissez un fichier.")],
        render_kw={"accept": ".csv,.xlsx,text/csv"},
    )


class ConfirmStatementForm(Form):
    """The lines to note."""

    lines = checkboxes("Lignes à noter")


class SeenForm(Form):
    """Nothing to fill in: somebody takes care of a signal."""


class ChangeForm(Form):
    """The budget has changed."""

    said = text(
        "Qu’est-ce qui a changé ?",
        required=True,
        limit=WORDS_MAX,
        hint="Perte d’un emploi, séparation, nouvelle charge…",
    )


class GoneForm(Form):
    """The vehicle never came, or is gone."""

    gone_why = text("Que s’est-il passé ?", required=True, limit=WORDS_MAX)


class LossForm(VersionedForm):
    """The loan is closed with a loss."""

    on = day("Perte constatée le", default=clock.today)
    loss_cents = euros("Somme perdue", low=1, high=100_000_00)
    reason = text("Pourquoi ?", required=True, limit=WORDS_MAX)


class PayoffForm(VersionedForm):
    """A repayment in full before the end."""

    repaid_on = day("Remboursé le", default=clock.today)
    repaid_cents = euros("Somme payée à la banque", low=1, high=100_000_00, hint="Celle que la banque écrit.")
    payoff = file_field("Papier de la banque", hint="Il dit que tout est remboursé. Photo ou PDF.")


class PlanForm(VersionedForm):
    """A new schedule, previewed, then laid before the person."""

    capital_cents = euros("Somme à rembourser", low=1, high=100_000_00, hint="Celle que la banque écrit.")
    rate = line("Taux nominal, par an", limit=10)
    months = integer("Nombre de mensualités", low=1, high=600)
    first_on = day("Première mensualité le")
    reason = text(
        "Pourquoi ?", limit=WORDS_MAX, required=False, hint="Demandé pour faire signer. La personne peut le lire."
    )

    def validate_rate(self, field: Any) -> None:
        """Refuse what is no rate."""
        if self._rate() is None:
            raise ValidationError("Écrivez un taux, par exemple 3,5.")

    def _rate(self) -> Decimal | None:
        try:
            rate = Decimal((self.rate.data or "").replace(",", ".").replace("%", "").strip())
        except InvalidOperation:
            return None
        return rate.quantize(Decimal("0.0001")) if rate.is_finite() and 0 <= rate <= 100 else None

    def plan(self, *, from_on: date) -> NewPlan:
        """Return what was typed."""
        return NewPlan(
            self.capital_cents.data, self._rate() or Decimal(0), self.months.data, from_on, self.first_on.data
        )
