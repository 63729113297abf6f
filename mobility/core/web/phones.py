"""A phone number in a form: kept in E.164, shown as it is said in France."""

from __future__ import annotations

from typing import Any

from wtforms import StringField

from mobility.core.web import fields
from mobility.core.web.filters import phone

PHONE_MAX = 40


class PhoneField(StringField):
    """A phone number; what is on file is shown in the national form, what was typed as it was typed."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return phone(self.data)


def phone_line(label: str = "Téléphone", *, required: bool = False, hint: str = "", **kwargs: Any) -> Any:
    """A phone number, as typed: the services make it E.164."""
    return fields.line(label, required=required, hint=hint, limit=PHONE_MAX, kind=PhoneField, **kwargs)
