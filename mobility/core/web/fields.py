"""The fields of forms: read as people type in French, with bounds, never a social security number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    validators,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # not in the published types yet
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from mobility.core import clock
from mobility.core.money import MAX_CENTS, format_cents, parse_euros
from mobility.core.privacy import find_nir
from mobility.core.text import clean_line, clean_text

LINE_MAX = 200
TEXT_MAX = 4000


def _empty_to_none(value: Any) -> Any:
    return value or None


class _NoNir:
    """Refuse the social security number in a text (it may not be recorded, facts §9)."""

    def __call__(self, _form: Any, field: Field) -> None:
        if isinstance(field.data, str) and find_nir(field.data):
            raise validators.ValidationError(
                gettext(
                    "Ce texte contient un numéro de sécurité sociale. Retirez-le : il ne doit pas être enregistré ici."
                )
            )


class _Length:
    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, _form: Any, field: Field) -> None:
        if isinstance(field.data, str) and len(field.data) > self.limit:
            raise validators.ValidationError(
                gettext(
                    "Ce texte est trop long : %(limit)s caractères au plus, vous en avez écrit %(count)s.",
                    limit=self.limit,
                    count=len(field.data),
                )
            )


class _Needed:
    """Refuse an empty answer with a sentence that says what to do."""

    field_flags = {"required": True}  # noqa: RUF012 - WTForms reads this very attribute

    def __init__(self, message: str | None = None) -> None:
        self.message = message

    def __call__(self, _form: Any, field: Field) -> None:
        if field.data is None or field.data == [] or (isinstance(field.data, str) and not field.data.strip()):
            if field.errors:
                raise validators.StopValidation
            raise validators.StopValidation(self.message or gettext("Remplissez ce champ pour continuer."))


def _rules(required: bool, message: str | None, extra: Iterable[Any] = ()) -> list[Any]:
    first: list[Any] = [_Needed(message)] if required else [validators.Optional()]
    return [*first, *extra]


def line(
    label: str,
    *,
    required: bool = True,
    hint: str = "",
    limit: int = LINE_MAX,
    message: str | None = None,
    extra: Sequence[Any] = (),
    kind: type[StringField] = StringField,
    **kwargs: Any,
) -> Any:
    """A text of one line (never a NIR). Empty means None."""
    return kind(
        label,
        description=hint,
        filters=[clean_line, _empty_to_none],
        validators=_rules(required, message, [_Length(limit), _NoNir(), *extra]),
        **kwargs,
    )


def text(
    label: str,
    *,
    required: bool = False,
    hint: str = "",
    limit: int = TEXT_MAX,
    message: str | None = None,
    **kwargs: Any,
) -> Any:
    """A text of several lines (never a NIR). Empty means None."""
    return TextAreaField(
        label,
        description=hint,
        filters=[clean_text, _empty_to_none],
        validators=_rules(required, message, [_Length(limit), _NoNir()]),
        **kwargs,
    )


class FrenchIntegerField(IntegerField):
    """A whole number within bounds that every database holds; spaces between digits are fine."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        cleaned = valuelist[0].translate(str.maketrans("", "", " \u00a0\u202f"))
        try:
            if len(cleaned) > 10:
                raise ValueError
            self.data = int(cleaned)
        except ValueError:
            self.data = None
            raise ValueError(gettext("Écrivez un nombre entier, par exemple 12.")) from None


def integer(
    label: str,
    *,
    required: bool = True,
    hint: str = "",
    low: int = 0,
    high: int = 2**31 - 1,
    message: str | None = None,
    **kwargs: Any,
) -> Any:
    """A whole number between ``low`` and ``high``."""

    def bounds(_form: Any, field: Field) -> None:
        if field.data is not None and not low <= field.data <= high:
            raise validators.ValidationError(
                gettext("Écrivez un nombre entre %(low)s et %(high)s.", low=low, high=high)
            )

    kwargs.setdefault("render_kw", {"inputmode": "numeric"})
    return FrenchIntegerField(label, description=hint, validators=_rules(required, message, [bounds]), **kwargs)


class EuroField(Field):
    """An amount typed in euros, given in cents."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else format_cents(self.data).removesuffix("\u00a0€")

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            self.data = parse_euros(valuelist[0])
        except ValueError:
            self.data = None
            raise ValueError(gettext("Écrivez un montant en euros, par exemple 12,50.")) from None


def euros(
    label: str, *, required: bool = True, hint: str = "", low: int = 0, high: int = MAX_CENTS, **kwargs: Any
) -> Any:
    """An amount; ``low`` and ``high`` in cents."""

    def bounds(_form: Any, field: Field) -> None:
        if field.data is not None and not low <= field.data <= high:
            raise validators.ValidationError(
                gettext("Écrivez un montant entre %(low)s et %(high)s.", low=format_cents(low), high=format_cents(high))
            )

    kwargs.setdefault("render_kw", {"inputmode": "decimal"})
    return EuroField(label, description=hint, validators=_rules(required, None, [bounds]), **kwargs)


class FrenchDateField(DateField):
    """A date; the browser's ISO form, 24/11/2026 and 24.11.2026 are all read."""

    def process_formdata(self, valuelist: list[str]) -> None:
        raw = valuelist[0].strip() if valuelist else ""
        if not raw:
            self.data = None
            return
        for form in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"):
            try:
                self.data = datetime.strptime(raw, form).date()  # noqa: DTZ007 - only its date is kept
            except ValueError:
                continue
            if 1900 <= self.data.year <= 2200:
                return
        self.data = None
        raise ValueError(gettext("Cette date n’existe pas. Écrivez-la ainsi : 24/11/2026."))


def day(
    label: str,
    *,
    required: bool = True,
    hint: str = "",
    message: str | None = None,
    extra: Sequence[Any] = (),
    **kwargs: Any,
) -> Any:
    """A date."""
    return FrenchDateField(label, description=hint, validators=_rules(required, message, extra), **kwargs)


class FrenchTimeField(TimeField):
    """A time of day; 14:30, 14h30, 14 h and 14 are all read."""

    def process_formdata(self, valuelist: list[str]) -> None:
        raw = (valuelist[0] if valuelist else "").strip().lower().translate(str.maketrans("", "", " \u00a0\u202f"))
        if not raw:
            self.data = None
            return
        hours, _, minutes = raw.replace("h", ":").partition(":")
        try:
            self.data = datetime.strptime(f"{hours}:{minutes[:2] or '00'}", "%H:%M").time()  # noqa: DTZ007 - a wall time
        except ValueError:
            self.data = None
            raise ValueError(gettext("Écrivez une heure, par exemple 14:30.")) from None


def clock_time(label: str, *, required: bool = True, hint: str = "", **kwargs: Any) -> Any:
    """A time of day, on the clocks of Paris."""
    return FrenchTimeField(label, description=hint, validators=_rules(required, None), **kwargs)


def _one_of_these(_form: Any, field: Any) -> None:
    if field.data is not None and str(field.data) not in {str(value) for value, *_ in field.iter_choices()}:
        raise validators.ValidationError(gettext("Choisissez une réponse dans la liste."))


def _coerce_id(value: Any) -> int | None:
    if value in {None, ""}:
        return None
    if isinstance(value, int):
        return value
    cleaned = str(value)
    if len(cleaned) > 10:
        raise ValueError
    return int(cleaned)


def _options(choices: Any) -> Any:
    """Return choices given as (value, label) pairs in the shape that WTForms wants."""
    return [choice if isinstance(choice, SelectChoice) else SelectChoice(*choice[:2]) for choice in choices or ()]


# The published types are those of an older release, where choices were a plain attribute.
_CHOICES: Any = vars(SelectField)["choices"]


class _Pairs:
    """Let the choices of a field be set as (value, label) pairs."""

    @property
    def choices(self) -> Any:
        return _CHOICES.fget(self)

    @choices.setter
    def choices(self, pairs: Any) -> None:
        _CHOICES.fset(self, _options(pairs))


class _FrenchSelect(_Pairs, SelectField):
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError(gettext("Choisissez une réponse dans la liste.")) from None


class _FrenchRadio(_Pairs, RadioField):
    validate_choice = False


def select(
    label: str,
    choices: Sequence[tuple[Any, str]] | None = None,
    *,
    required: bool = True,
    hint: str = "",
    ids: bool = False,
    **kwargs: Any,
) -> Any:
    """One of a list; ``ids=True`` gives whole numbers. Choices may be set on the instance later. Empty means None."""
    return _FrenchSelect(
        label,
        description=hint,
        choices=_options(choices),
        coerce=_coerce_id if ids else str,
        validate_choice=False,
        filters=[] if ids else [_empty_to_none],
        validators=_rules(required, gettext_lazy_choice(), [_one_of_these]),
        **kwargs,
    )


def radios(
    label: str,
    choices: Sequence[tuple[Any, str]] | None = None,
    *,
    required: bool = True,
    hint: str = "",
    **kwargs: Any,
) -> Any:
    """One of a few, shown one below the other with big targets. Empty means None."""
    return _FrenchRadio(
        label,
        description=hint,
        choices=_options(choices),
        coerce=lambda v: v if v is None else str(v),
        validate_choice=False,
        filters=[_empty_to_none],
        validators=_rules(required, gettext_lazy_choice(), [_one_of_these]),
        **kwargs,
    )


def gettext_lazy_choice() -> str:
    """Return the message of an unanswered choice."""
    return "Choisissez une réponse."


class CheckboxesField(_Pairs, SelectMultipleField):
    """Several of a list, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([value for value in valuelist if value])

    def pre_validate(self, form: Any) -> None:
        allowed = {str(value) for value, *_ in self.iter_choices()}
        if any(str(value) not in allowed for value in self.data or ()):
            raise validators.ValidationError(gettext("Choisissez des réponses dans la liste."))


def checkboxes(
    label: str,
    choices: Sequence[tuple[Any, str]] | None = None,
    *,
    required: bool = False,
    hint: str = "",
    **kwargs: Any,
) -> Any:
    """Several of a list."""
    # Not ``Optional``: it forgets every error where the first value sent is empty, the choices' own too.
    return CheckboxesField(
        label,
        description=hint,
        choices=_options(choices),
        validators=_rules(True, gettext_lazy_choice()) if required else [],
        **kwargs,
    )


def tick(label: str, *, hint: str = "", **kwargs: Any) -> Any:
    """A yes that may be left out."""
    return BooleanField(label, description=hint, **kwargs)


def today_or_later(_form: Any, field: Field) -> None:
    """Refuse a date in the past."""
    if isinstance(field.data, date) and field.data < clock.today():
        raise validators.ValidationError(gettext("Choisissez une date à partir d’aujourd’hui."))
