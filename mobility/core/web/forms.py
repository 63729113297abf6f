"""Forms: French messages, once-only key, violations beside their field, everything typed kept.

::

    form = ReturnForm()
    if form.submits(lambda: services.return_vehicle(loan_id=loan_id, **form.values())):
        return redirect(...)
    return render_template("loans/return.html", form=form), form.status
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import request
from flask_babel import gettext
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField

from mobility.core import clock
from mobility.core.crypto import random_token
from mobility.core.db import Versioned
from mobility.core.errors import RuleViolation
from mobility.core.text import clean_line, clean_text
from mobility.core.web.fields import (
    LINE_MAX,
    TEXT_MAX,
    CheckboxesField,
    EuroField,
    FrenchDateField,
    FrenchIntegerField,
    FrenchTimeField,
    checkboxes,
    clock_time,
    day,
    euros,
    gettext_lazy_choice,
    integer,
    line,
    radios,
    select,
    text,
    tick,
    today_or_later,
)
from mobility.core.web.once import run_once
from mobility.core.web.phones import phone_line

__all__ = [
    "LINE_MAX",
    "TEXT_MAX",
    "CheckboxesField",
    "EuroField",
    "Form",
    "FrenchDateField",
    "FrenchIntegerField",
    "FrenchTimeField",
    "VersionedForm",
    "checkboxes",
    "clean_line",
    "clean_text",
    "clock_time",
    "day",
    "euros",
    "gettext_lazy_choice",
    "integer",
    "line",
    "phone_line",
    "radios",
    "select",
    "text",
    "tick",
    "today_or_later",
]

_ONCE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """The base of every form. See the module for its use."""

    once = HiddenField()

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF ships no types
        """What a form reads."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Read what a form sends, and never a JSON body: its numbers and lists are no texts."""
            if request.is_json and not isinstance(formdata, MultiDict):
                return None
            return super().wrap_formdata(form, formdata)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a field whose name would hide what every form has."""
        super().__init_subclass__(**kwargs)
        if hidden := {"status", "result", "violation", "violations", "repeated"} & set(vars(cls)):
            raise TypeError(f"{cls.__name__}: a field may not be named {', '.join(sorted(hidden))}")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.violations: list[str] = []
        self.violation: RuleViolation | None = None
        self.result: Any = None
        self.repeated = False
        if not _ONCE.fullmatch(self.once.data or ""):
            self.once.data = random_token(18)

    def values(self, *names: str) -> dict[str, Any]:
        """Return the typed values by field name (all but the technical ones, or those named)."""
        hidden = {"csrf_token", "once"}
        return {
            name: field.data for name, field in self._fields.items() if (name in names if names else name not in hidden)
        }

    def submits(self, act: Callable[[], Any]) -> bool:
        """On a valid POST run the act once; tell whether it is done (now, or by an earlier double click).

        A RuleViolation goes to its field, or on top. ``self.result`` is what the act returned.
        """
        if not self.validate_on_submit():
            return False
        scope = f"form:{current_user.get_id() or 'anonymous'}:{request.endpoint}"[:120]
        try:
            self.result, self.repeated = run_once(scope, str(self.once.data), act, now=clock.now())
        except RuleViolation as violation:
            self.add_violation(violation)
            return False
        return True

    def add_violation(self, violation: RuleViolation) -> None:
        """Show a refusal beside the field it concerns, or on top."""
        self.violation = violation
        sentence = (
            gettext(violation.message_template, **violation.params)
            if violation.params
            else gettext(violation.message_template)
        )
        field = self._fields.get(violation.field or "")
        if field is None:
            self.violations.append(sentence)
        else:
            field.errors = [*field.errors, sentence]

    @property
    def errors_summary(self) -> list[tuple[str, str, str]]:
        """Return (field id, label, message) of every error, in the order of the page; an id may be empty."""
        top = [("", "", message) for message in self.violations]
        beside = [
            (field.id, str(field.label.text), str(message))
            for field in self._fields.values()
            for message in field.errors
        ]
        return top + beside

    @property
    def status(self) -> int:
        """Return 422 for a form that was refused, 200 for one that is shown."""
        return 422 if self.is_submitted() and self.errors_summary else 200


class VersionedForm(Form):
    """A form that notices what somebody else changed meanwhile."""

    version = HiddenField()

    def show_version(self, row: Versioned) -> None:
        """Remember what the page was made from."""
        self.version.data = str(row.version)

    def typed_version(self) -> int | None:
        """Return the version that the page was made from; None for anything unreadable."""
        raw = str(self.version.data or "")
        return int(raw) if raw.isdecimal() and len(raw) < 10 else None
