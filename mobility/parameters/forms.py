"""The form of one parameter: its field has the shape of its kind."""

from __future__ import annotations

from typing import Any

from wtforms import Field, ValidationError

from mobility.core.clock import today
from mobility.core.errors import RuleViolation
from mobility.core.web import forms
from mobility.parameters import rules
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope

_YES_NO = [("oui", "Oui"), ("non", "Non")]
_EXAMPLES = {
    Kind.MONEY: "En euros, par exemple 12,50.",
    Kind.PERCENT: "En pour cent, par exemple 90.",
    Kind.MINUTES: "En minutes.",
    Kind.INTEGERS: "Des nombres séparés par des virgules, par exemple -3, -1, 0.",
}


class ResetForm(forms.Form):
    """Nothing but the will to act."""


class ValueForm(forms.Form):
    """A new value, from when on, and for whom. Made for one parameter by ``value_form``."""

    scope = forms.select("Pour qui")
    valid_from_on = forms.day(
        "À partir du", hint="Aujourd’hui ou plus tard.", extra=[forms.today_or_later], default=today
    )
    parameter: Parameter

    def validate_value(self, field: Field) -> None:
        """Read the value by the rules of its kind."""
        try:
            rules.parse(self.parameter.shape, str(field.data or ""))
        except RuleViolation as violation:
            raise ValidationError(violation.message) from None

    def scope_ids(self) -> dict[str, int | None]:
        """Return the desk or organisation that was chosen, as the services take them."""
        kind, _, number = str(self.values()["scope"]).partition(":")
        return {
            "desk_id": int(number) if kind == Scope.DESK else None,
            "organisation_id": int(number) if kind == Scope.ORGANISATION else None,
        }


def _hint(parameter: Parameter) -> str:
    kind = parameter.shape.kind
    if kind is Kind.TABLE:
        columns = " ; ".join(column.label for column in parameter.columns)
        return f"Une ligne par cas : {columns}."
    unit = f"En {parameter.unit}." if parameter.unit and kind in {Kind.INTEGER, Kind.DECIMAL} else ""
    return _EXAMPLES.get(kind, unit)


def _value_field(parameter: Parameter) -> Any:
    kind = parameter.shape.kind
    if kind is Kind.BOOLEAN:
        return forms.radios("Nouvelle valeur", _YES_NO)
    if kind is Kind.CHOICE:
        return forms.radios("Nouvelle valeur", parameter.choices)
    if kind is Kind.TABLE:
        return forms.text("Nouvelle valeur", limit=20_000, hint=_hint(parameter))
    empty_is_fine = kind in {Kind.TEXT, Kind.INTEGERS}
    return forms.line("Nouvelle valeur", required=not empty_is_fine, limit=rules.TEXT_MAX, hint=_hint(parameter))


def value_form(parameter: Parameter, scopes: list[tuple[str, str]]) -> ValueForm:
    """Return the form of a parameter; ``scopes`` are pairs such as (« desk:3 », « Denain »)."""
    made: type[ValueForm] = type(
        "ParameterValueForm", (ValueForm,), {"value": _value_field(parameter), "parameter": parameter}
    )
    form = made()
    form["scope"].choices = scopes
    return form
