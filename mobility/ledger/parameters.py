"""The dated setting of the ledger: how long accounts are evidence."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from mobility.core.clock import format_months
from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope

KEEP_YEARS = "ledger.keep_years"


def keep_years(*, on: date) -> int:
    """Return for how many years after its last entry an account holds the file."""
    return int(queries.value(KEEP_YEARS, on=on))


def clock_words(on: date) -> str:
    """Return what the notice on personal data says of it."""
    return str(
        _(
            "Vos paiements : %(time)s après le dernier, comme la loi le demande, à part, avec un accès restreint.",
            time=format_months(keep_years(on=on) * 12),
        )
    )


def declare() -> None:
    """Declare the setting. Its default is the law's (Code de commerce, art. L123-22)."""
    registry.declare(
        Parameter(
            KEEP_YEARS,
            "Conservation des comptes après la dernière écriture",
            Kind.INTEGER,
            10,
            "ans",
            "Le Code de commerce (art. L123-22) demande dix ans. La fiche n’est pas effacée avant.",
            low=1,
            high=30,
            scopes=(Scope.EVERYWHERE,),
        )
    )
