"""The parameters that the rooms declare, each with its kind, default and words.

::

    declare(Parameter("loans.tolerated_balance", "Dette tolérée", Kind.MONEY, 2000, hint="…", group="Prêts"))

The default is a Python value (cents, minutes, ``Decimal`` or text for decimals). Declaring the very
same parameter again is fine: several applications live in one process of tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mobility.core.errors import NotFound
from mobility.parameters import rules
from mobility.parameters.rules import Column, Kind, Scope, Shape

HEADINGS = {
    "agenda": "Rendez-vous",
    "carpool": "Covoiturage",
    "desks": "Antennes",
    "funding": "Financement des projets",
    "fleet": "Parc de véhicules",
    "loans": "Prêts de véhicules",
    "microcredit": "Micro-crédit",
    "notifications": "Messages",
    "participation": "Entrées et sorties",
    "pathway": "Parcours",
    "people": "Personnes accompagnées",
    "prescriptions": "Orientations",
    "roads": "Routes et trajets",
    "ledger": "Comptes",
    "documents": "Documents",
}
EVERY_SCOPE = (Scope.EVERYWHERE, Scope.DESK, Scope.ORGANISATION)


@dataclass(frozen=True)
class Parameter:
    """One setting. ``low`` and ``high`` are in the unit that is kept (cents, minutes, per cent)."""

    key: str
    label: str
    kind: Kind | str
    default: Any
    unit: str = ""
    hint: str = ""
    group: str = ""
    low: Decimal | int | None = None
    high: Decimal | int | None = None
    choices: Sequence[tuple[str, str]] = ()
    columns: Sequence[Column] = ()
    scopes: Sequence[Scope] = EVERY_SCOPE

    @property
    def heading(self) -> str:
        """Return the group under which the administration shows it: told, or by the first word of the key."""
        return self.group or HEADINGS.get(self.key.partition(".")[0], "Général")

    @property
    def shape(self) -> Shape:
        """Return how its values are read."""
        return Shape(
            kind=Kind(self.kind),
            low=None if self.low is None else Decimal(self.low),
            high=None if self.high is None else Decimal(self.high),
            choices=tuple(self.choices),
            columns=tuple(self.columns),
            unit=self.unit,
        )


_parameters: dict[str, Parameter] = {}


def declare(*parameters: Parameter) -> None:
    """Make parameters known. Raises RuntimeError for two of one key, UnreadableValue for a bad default."""
    for parameter in parameters:
        rules.to_json(parameter.shape, parameter.default)
        known = _parameters.get(parameter.key)
        if known is not None and known != parameter:
            raise RuntimeError(f"two parameters are named {parameter.key}")
        _parameters[parameter.key] = parameter


def get(key: str) -> Parameter:
    """Return a parameter. Raises NotFound."""
    try:
        return _parameters[key]
    except KeyError:
        raise NotFound(f"parameter {key[:100]}") from None


def all_parameters() -> list[Parameter]:
    """Return the parameters by group, then by label."""
    return sorted(_parameters.values(), key=lambda parameter: (parameter.heading, parameter.label, parameter.key))
