"""Two edits at once, side by side: what was typed here, what somebody else saved meanwhile.

Shown by ``templates/components/compared.html``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext as _

from mobility.core.web.filters import date_short, instant_fr, phone, time_fr
from mobility.core.web.forms import Form
from mobility.core.web.phones import PhoneField


def show_value(value: Any, choices: Mapping[str, str] | None = None) -> str:
    """Return a value as the comparison of two versions shows it; ``choices`` maps values to their words."""
    if choices is not None and str(value) in choices:
        return choices[str(value)]
    if isinstance(value, bool):
        return str(_("oui")) if value else str(_("non"))
    if isinstance(value, list | tuple):
        return ", ".join(show_value(item, choices) for item in value)
    return _show_time(value)


def _show_time(value: Any) -> str:
    if isinstance(value, datetime):
        return instant_fr(value)
    if isinstance(value, date):
        return date_short(value)
    if isinstance(value, time):
        return time_fr(value)
    return "" if value is None else str(value)


def side_by_side(form: Form, present: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (label, typed here, saved meanwhile) of each field where the two differ."""
    rows = []
    for name, theirs in present.items():
        field = form._fields.get(name)
        if field is None:
            continue
        listed = getattr(field, "choices", None)
        choices = {str(value): str(label) for value, label, *_rest in listed if value != ""} if listed else None
        if isinstance(field, PhoneField):
            mine_shown, theirs_shown = phone(field.data), phone(theirs)  # one number, however it was typed
        else:
            mine_shown, theirs_shown = show_value(field.data, choices), show_value(theirs, choices)
        if mine_shown != theirs_shown:
            rows.append((str(field.label.text), mine_shown, theirs_shown))
    return rows
