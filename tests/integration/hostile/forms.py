"""The forms of a page, read as a browser without JavaScript reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

TYPED = {"text", "search", "email", "tel", "url", "password", "number", "date", "time", "datetime-local", "month"}


# Fields that are optional by themselves, and that something else in an ordinary answer makes needed.
NEEDED = {
    "caller_name",
    "categories",
    "commune",
    "consent",
    "dates",
    "desk_id",
    "ends_on",
    "ends_time",
    "energy_percent",
    "first_registered_on",
    "hours",
    "last_name",
    "missing",
    "needs",
    "note",
    "odometer_km",
    "outcome",
    "plate",
    "reason",
    "second_secret",
    "street",
    "value",
    "wish",
    "within_km",
}
PLAUSIBLE_NAMES = {
    "closes": "11:30",
    "born_on": "1990-05-17",
    "card": "ABCD-EFGH-JKMN",
    "dated_on": "2026-11-02",
    "dates": "01/12/2026 5h-13h",
    "done_on": "2026-11-20",
    "ends_on": "2026-12-31",
    "energy_percent": "75",
    "first_registered_on": "2024-03-01",
    "hours": "9h-12h",
    "issued_on": "2015-06-01",
    "km": "21000",
    "odometer_km": "21000",
    "paid_cents": "0,50",
    "plate": "AB-123-CD",
    "postcode": "59220",
    "second_secret": "chat bleu nuage",
    "valid_until_on": "2027-11-20",
    "value": "06 39 98 11 77",
}


@dataclass
class Input:
    """One field of a form."""

    name: str
    kind: str
    value: str = ""
    options: list[str] = field(default_factory=list)
    mode: str = ""
    required: bool = False
    checked: bool = False

    @property
    def is_typed(self) -> bool:
        """Tell whether somebody types into it."""
        return self.kind in TYPED or self.kind == "textarea"

    def plausible(self) -> str:
        """Return what an ordinary person would answer: what stands there already, else only what is needed."""
        if self.value or self.kind == "hidden" or not (self.required or self.name in NEEDED):
            return self.value
        if self.options:
            return next((option for option in self.options if option), "")
        named = PLAUSIBLE_NAMES.get(self.name)
        return named or _PLAUSIBLE_KINDS.get(self.kind) or _PLAUSIBLE_MODES.get(self.mode) or _by_name(self.name)


_PLAUSIBLE_KINDS = {"date": "2026-12-01", "time": "10:00", "email": "jeanne@exemple.fr", "tel": "06 39 98 11 22"}
_PLAUSIBLE_MODES = {"numeric": "3", "decimal": "12,50"}


def _by_name(name: str) -> str:
    if "date" in name or name.endswith(("_on", "_until", "_from")):
        return "2026-12-01"
    if "phone" in name or name == "contact":
        return "06 39 98 11 22"
    if "commune" in name or "city" in name:
        return "Denain"
    return "Jeanne"


@dataclass
class PageForm:
    """A form that acts (POST)."""

    action: str
    fields: list[Input] = field(default_factory=list)
    # The first button, which Enter presses: its name and value, where it has a name.
    button: tuple[str, str] | None = None

    def plausible(self) -> dict[str, list[str]]:
        """Return an ordinary answer: what is checked stays so, of a needed choice the first is taken."""
        data: dict[str, list[str]] = {}
        for one in self.fields:
            if one.kind in {"submit", "button", "file"}:
                continue
            if one.kind in {"checkbox", "radio"}:
                if one.checked:
                    data.setdefault(one.name, []).append(one.value)
            else:
                data[one.name] = [one.plausible()]
        for one in self.fields:
            if one.kind == "radio" or (one.kind == "checkbox" and (one.required or one.name in NEEDED)):
                data.setdefault(one.name, [one.value])
        if self.button is not None and self.button[0]:
            data.setdefault(self.button[0], [self.button[1]])
        return data

    @property
    def typed(self) -> list[str]:
        """The names of the fields into which somebody types."""
        return list(dict.fromkeys(one.name for one in self.fields if one.is_typed))

    @property
    def chosen(self) -> list[str]:
        """The names of the fields that a browser only lets choose, or does not show."""
        return list(dict.fromkeys(one.name for one in self.fields if not one.is_typed and one.name != "csrf_token"))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._open: PageForm | None = None
        self._select: Input | None = None
        self._text: Input | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "get").lower() == "post":
            self._open = PageForm(given.get("action", ""))
            self.forms.append(self._open)
        elif self._open is not None:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        assert self._open is not None
        name, mode = given.get("name", ""), given.get("inputmode", "")
        if tag == "option" and self._select is not None:
            value = given.get("value", "")
            self._select.options.append(value)
            if "selected" in given:
                self._select.value = value
        elif tag == "input" and name:
            kind, value = given.get("type", "text"), given.get("value", "")
            self._open.fields.append(
                Input(name, kind, value, mode=mode, required="required" in given, checked="checked" in given)
            )
        elif tag == "select" and name:
            self._select = Input(name, "select", required="required" in given)
            self._open.fields.append(self._select)
        elif tag == "textarea" and name:
            self._text = Input(name, "textarea", required="required" in given)
            self._open.fields.append(self._text)
        elif tag == "button" and given.get("type", "submit") == "submit":
            if self._open.button is None:
                self._open.button = (name, given.get("value", ""))
            if name:
                self._open.fields.append(Input(name, "submit", given.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._text is not None:
            self._text.value = self._text.value.strip("\r\n")
            self._text = None


def forms_of(page: str) -> list[PageForm]:
    """Return the forms of a page that post."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms
