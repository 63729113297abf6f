"""From a template and its values to what people read, in their language where it is translated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import force_locale, gettext

from mobility.core import links
from mobility.core.typography import typeset, typeset_html
from mobility.notifications import gsm
from mobility.notifications.kinds import MessageClass
from mobility.notifications.templates import DIGEST, get_template

SUBJECT_MARK = "Objet : "
# The language in which the texts are written; they are the keys of the catalogues.
SOURCE_LOCALE = "fr"
SUBJECT_MAX = 150
SMS_PARTS_MAX = 3
PREFERENCES = "notifications.preferences"
UNSUBSCRIBE = "notifications.unsubscribe"
PREFERENCES_LIFETIME = timedelta(days=60)
UNSUBSCRIBE_LIFETIME = timedelta(days=365)
# Values longer than this are cut: a message is not a document.
VALUE_MAX = 4000


@dataclass(frozen=True, slots=True)
class Part:
    """One message among those that travel together."""

    template: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the contact point, its recipient, and the language that the recipient would like."""

    recipient_id: int
    point_id: int
    neutral: bool
    locale: str = SOURCE_LOCALE


@dataclass(frozen=True, slots=True)
class EmailText:
    """A rendered e-mail."""

    subject: str
    text: str
    html: str
    unsubscribe_url: str | None


class TemplateBrokenError(Exception):
    """A template file does not keep to its form."""


def public_url(path: str = "") -> str:
    """Return an address of the site as people type it."""
    return str(current_app.config["PUBLIC_URL"]).rstrip("/") + path


def preferences_url(recipient_id: int, now: datetime) -> str:
    """Return the signed address of a recipient's wishes."""
    token = links.sign(PREFERENCES, {"recipient": recipient_id}, now=now, lifetime=PREFERENCES_LIFETIME)
    return public_url(f"/messages/preferences/{token}")


def unsubscribe_url(point_id: int, now: datetime) -> str:
    """Return the signed address that stops messages to a contact point."""
    token = links.sign(UNSUBSCRIBE, {"point": point_id}, now=now, lifetime=UNSUBSCRIBE_LIFETIME)
    return public_url(f"/messages/desabonnement/{token}")


def spoken(locale: str) -> str:
    """Return the language in which to write to somebody: theirs where there is a catalogue for it, else French."""
    wanted = locale.replace("-", "_")
    found = {str(known) for known in current_app.extensions["babel"].instance.list_translations()}
    return next((one for one in (wanted, wanted.partition("_")[0]) if one in found), SOURCE_LOCALE)


def render_email(parts: Sequence[Part], reader: Reader, *, message_class: MessageClass, now: datetime) -> EmailText:
    """Render one message, or several as a digest, for a mailbox."""
    locale = spoken(reader.locale)
    with force_locale(locale):
        return _render_email(parts, reader, locale=locale, message_class=message_class, now=now)


def _render_email(
    parts: Sequence[Part], reader: Reader, *, locale: str, message_class: MessageClass, now: datetime
) -> EmailText:
    security = message_class is MessageClass.SECURITY
    extra: dict[str, Any] = {
        "lang": locale.replace("_", "-"),
        "public_url": public_url(),
        "operator": _operator(neutral=reader.neutral),
        "preferences_url": None if security else preferences_url(reader.recipient_id, now),
        "unsubscribe_url": None if security else unsubscribe_url(reader.point_id, now),
    }
    name, values = _one(parts, reader, extra)
    subject, text = _text(name, values, extra)
    html = _file(f"emails/{name}.html", {**extra, **values, "subject": subject})
    footer = _file("emails/_footer.txt", {**extra, "neutral": reader.neutral})
    plain = f"{text}\n\n{footer}".rstrip() + "\n"
    if locale == SOURCE_LOCALE:
        # Not in SMS: their alphabet has no such spaces.
        subject, plain, html = typeset(subject), typeset(plain), typeset_html(html)
    return EmailText(subject, plain, html, extra["unsubscribe_url"])


def _operator(*, neutral: bool) -> dict[str, str]:
    """Return who writes, for the frame of an e-mail; a neutral one does not tell."""
    if neutral:
        return {"name": gettext("Votre message"), "phone": "", "email": ""}
    names = {"name": "OPERATOR_NAME", "phone": "OPERATOR_PHONE", "email": "OPERATOR_EMAIL"}
    return {key: str(current_app.config[name]) for key, name in names.items()}


def render_sms(parts: Sequence[Part], reader: Reader) -> str:
    """Render one message, or several as a digest, for a phone."""
    with force_locale(spoken(reader.locale)):
        name, values = _one(parts, reader, {"public_url": public_url()})
        return gsm.shorten(_sms(name, values), parts=SMS_PARTS_MAX)


def _one(parts: Sequence[Part], reader: Reader, extra: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the template and the values that carry the parts to this reader."""
    first = parts[0]
    if reader.neutral:
        return get_template(first.template).neutral, first.params
    if len(parts) == 1:
        return first.template, _cut(first.params)
    items = []
    for part in parts:
        subject, text = _text(part.template, _cut(part.params), extra)
        items.append({"subject": subject, "text": text, "sms": _sms(part.template, _cut(part.params))})
    return DIGEST, {"items": items}


def _cut(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value[: VALUE_MAX - 1] + "…" if isinstance(value, str) and len(value) > VALUE_MAX else value
        for key, value in params.items()
    }


def _text(name: str, values: Mapping[str, Any], extra: Mapping[str, Any]) -> tuple[str, str]:
    """Return the subject and the text of a ``.txt`` file."""
    rendered = _file(f"emails/{name}.txt", {**extra, **values})
    first, _, rest = rendered.partition("\n")
    if not first.startswith(SUBJECT_MARK):
        raise TemplateBrokenError(f"emails/{name}.txt does not begin with « {SUBJECT_MARK.strip()} »")
    subject = " ".join(first.removeprefix(SUBJECT_MARK).split())
    if len(subject) > SUBJECT_MAX:
        subject = subject[: SUBJECT_MAX - 1].rstrip() + "…"
    return subject, rest.strip()


def _sms(name: str, values: Mapping[str, Any]) -> str:
    rendered = _file(f"emails/{name}.sms", {"public_url": public_url(), **values})
    lines = (" ".join(line.split()) for line in rendered.strip().splitlines())
    return gsm.to_gsm("\n".join(line for line in lines if line))


def _file(path: str, values: Mapping[str, Any]) -> str:
    # Not flask.render_template: no request is at hand here, and nothing of one may slip into a message.
    return current_app.jinja_env.get_template(path).render(values)
