"""The dated setting of people: how long a file stays after the last contact."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from mobility.core.clock import format_months
from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope

RETENTION_MONTHS = "people.retention_months"


def retention_months(*, on: date) -> int:
    """Return for how many months after the last contact a file stays active."""
    return int(queries.value(RETENTION_MONTHS, on=on))


def clock_words(on: date) -> str:
    """Return what the notice on personal data says of it."""
    return str(
        _(
            "Votre fiche : %(time)s après notre dernier contact, au plus. Ensuite, votre identité et les textes libres "
            "sont effacés.",
            time=format_months(retention_months(on=on)),
        )
    )


def declare() -> None:
    """Declare the setting. Its default is the advice of the CNIL (facts §9)."""
    registry.declare(
        Parameter(
            RETENTION_MONTHS,
            "Conservation des fiches après le dernier contact",
            Kind.INTEGER,
            24,
            "mois",
            "Ensuite la fiche est effacée, ou archivée tant que des prêts ou des comptes doivent être gardés. "
            "La CNIL conseille deux ans.",
            low=1,
            high=120,
            scopes=(Scope.EVERYWHERE,),
        )
    )
