"""Every declared message is rendered with its sample, on each channel, for each reader."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask
from sqlalchemy import select

from mobility.core.db import db
from mobility.core.paths import resource_dir
from mobility.notifications import gsm, render, templates
from mobility.notifications.delivery import deliver_due
from mobility.notifications.kinds import MessageClass
from mobility.notifications.models import LocalMessage
from tests.factories.notifications import NOON, make_message, make_point, make_recipient

READER = render.Reader(recipient_id=1, point_id=1, neutral=False)
NEUTRAL = render.Reader(recipient_id=1, point_id=1, neutral=True)


def parts(template: templates.Template) -> list[render.Part]:
    return [render.Part(template.name, template.sample)]


def test_every_message_renders_as_an_email(app: Flask) -> None:
    for template in templates.all_templates():
        email = render.render_email(parts(template), READER, message_class=MessageClass.NORMAL, now=NOON)
        assert email.subject, template.name
        assert "<html" in email.html, template.name
        assert email.text.count("\n") > 3, template.name
        assert email.unsubscribe_url in email.text, template.name


def test_every_message_fits_one_sms_unless_it_says_why_not(app: Flask) -> None:
    for template in templates.all_templates():
        # Long links of the site are short by then, see short_links.
        sample = {
            key: "https://mobilite.example/l/abcdefghijkl" if str(value).startswith("http") else value
            for key, value in template.sample.items()
        }
        size = gsm.measure(render.render_sms([render.Part(template.name, sample)], READER))
        assert size.gsm, template.name
        assert size.parts == 1 or template.long_sms, (template.name, size)


def test_every_file_belongs_to_a_declared_message_and_every_message_has_its_three_files(app: Flask) -> None:
    names = {template.name for template in templates.all_templates()}
    for suffix in ("txt", "html", "sms"):
        files = {path.stem for path in (resource_dir("templates") / "emails").glob(f"*.{suffix}")}
        assert {name for name in files if not name.startswith("_")} == names, suffix


def test_every_word_of_a_message_can_be_translated(app: Flask) -> None:
    """What stands outside of an expression is the mark of the subject and punctuation, nothing to read."""
    folder = resource_dir("templates") / "emails"
    for path in sorted([*folder.glob("*.txt"), *folder.glob("*.sms"), *folder.glob("*.html")]):
        tokens = app.jinja_env.lex(path.read_text(encoding="utf-8"))
        written = "".join(text for _line, kind, text in tokens if kind == "data")
        loose = re.sub(r"<style>.*?</style>|<[^>]*>|&[a-z]+;", "", written, flags=re.DOTALL)
        words = re.findall(r"[^\W\d_]{2,}", loose.removeprefix(render.SUBJECT_MARK))
        assert words == [], path.name


@pytest.fixture
def english(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An English catalogue of some of the texts."""
    catalog = Catalog(locale="en")
    catalog.add("Bonjour,", "Hello,")
    catalog.add("Votre code de connexion", "Your sign-in code")
    catalog.add("Votre code de connexion : %(code)s", "Your sign-in code: %(code)s")
    catalog.add("Vous avez %(count)s messages", "You have %(count)s messages")
    catalog.add("Ouvrir la page", "Open the page")
    catalog.add(
        "Votre code de connexion : %(code)s. Il sert %(minutes)s minutes. Ne le donnez à personne.",
        "Your sign-in code: %(code)s. Good for %(minutes)s minutes. Give it to nobody.",
    )
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    monkeypatch.setattr(app.extensions["babel"], "translation_directories", [str(tmp_path)])


@pytest.mark.parametrize("locale", ["en", "en-GB", "en_US"])
def test_a_message_is_written_in_the_language_of_its_reader(app: Flask, english: None, locale: str) -> None:
    reader = render.Reader(recipient_id=1, point_id=1, neutral=False, locale=locale)
    part = parts(templates.get_template("sign_in_code"))
    email = render.render_email(part, reader, message_class=MessageClass.SECURITY, now=NOON)
    assert email.subject == "Your sign-in code"
    assert email.text.startswith("Hello,\n\nYour sign-in code: 123 456")
    assert '<html lang="en">' in email.html
    assert render.render_sms(part, reader).startswith("Your sign-in code: 123 456. Good for 10 minutes.")
    several = parts(templates.get_template("staff_alert")) * 2
    digest = render.render_email(several, reader, message_class=MessageClass.NORMAL, now=NOON)
    assert digest.subject == "You have 2 messages"
    assert "Hello," in digest.html
    french = render.render_email(part, READER, message_class=MessageClass.SECURITY, now=NOON)
    assert (french.subject, french.text[:8]) == ("Votre code de connexion", "Bonjour,")


@pytest.mark.parametrize("locale", ["fr", "ar", "fsl", "oth", "", "x" * 10, "../en", "zh_Hant"])
def test_a_language_without_catalogue_is_french(app: Flask, english: None, locale: str) -> None:
    reader = render.Reader(recipient_id=1, point_id=1, neutral=False, locale=locale)
    part = parts(templates.get_template("sign_in_code"))
    email = render.render_email(part, reader, message_class=MessageClass.SECURITY, now=NOON)
    assert email.subject == "Votre code de connexion"
    assert '<html lang="fr">' in email.html


def test_the_delivery_writes_in_the_language_of_the_recipient(app: Flask, english: None) -> None:
    for locale in ("en", "fr"):
        make_point(recipient_id := make_recipient(locale=locale))
        make_message(recipient_id, template="sign_in_code", message_class=MessageClass.SECURITY)
    deliver_due(now=NOON)
    subjects = db.session.scalars(select(LocalMessage.subject).order_by(LocalMessage.id)).all()
    assert subjects == ["Your sign-in code", "Votre code de connexion"]


def test_a_neutral_message_tells_nothing_of_its_subject(app: Flask) -> None:
    for template in templates.all_templates():
        email = render.render_email(parts(template), NEUTRAL, message_class=MessageClass.NORMAL, now=NOON)
        written = f"{email.subject}\n{email.text}\n{email.html}\n{render.render_sms(parts(template), NEUTRAL)}".lower()
        for word in ("véhicule", "mobilité", "prêt", "retour", "voiture", app.config["OPERATOR_NAME"].lower()):
            assert word not in written, (template.name, word)


def test_a_code_reaches_a_neutral_mailbox(app: Flask) -> None:
    template = templates.get_template("sign_in_code")
    email = render.render_email(parts(template), NEUTRAL, message_class=MessageClass.SECURITY, now=NOON)
    assert email.subject == "Votre code"
    assert "123 456" in email.text
    assert "123 456" in email.html


def test_a_security_message_carries_no_unsubscription(app: Flask) -> None:
    template = templates.get_template("sign_in_code")
    email = render.render_email(parts(template), READER, message_class=MessageClass.SECURITY, now=NOON)
    assert email.unsubscribe_url is None
    assert "desabonnement" not in email.text + email.html


def test_a_digest_carries_every_message(app: Flask) -> None:
    several = [
        render.Part("staff_alert", {"title": f"Titre {n}", "text": f"Texte {n}", "url": "http://x.test"})
        for n in range(3)
    ]
    email = render.render_email(several, READER, message_class=MessageClass.NORMAL, now=NOON)
    assert email.subject == "Vous avez 3 messages"
    for n in range(3):
        assert f"Texte {n}" in email.text
        assert f"Texte {n}" in email.html
        assert f"Titre {n}" in render.render_sms(several, READER)


@pytest.mark.parametrize(
    "hostile",
    ["a" * 10_000, "<script>alert(1)</script>", "ligne\r\nBcc: x@y.fr", "😀 مرحبا", "{{ 7*7 }}", "=1+1", "\x00\x07"],
)
def test_hostile_values_stay_values(app: Flask, hostile: str) -> None:
    part = [render.Part("staff_alert", {"title": hostile, "text": hostile, "url": "http://x.test"})]
    email = render.render_email(part, READER, message_class=MessageClass.NORMAL, now=NOON)
    assert "\n" not in email.subject
    assert "\r" not in email.subject
    assert len(email.subject) <= render.SUBJECT_MAX
    assert "<script>" not in email.html
    assert "49" not in email.subject
    assert gsm.measure(render.render_sms(part, READER)).parts <= render.SMS_PARTS_MAX


def test_a_missing_value_is_refused_before_delivery(app: Flask) -> None:
    with pytest.raises(ValueError, match="needs text, url"):
        templates.check_params("staff_alert", {"title": "x"})
    with pytest.raises(LookupError):
        templates.check_params("no_such_message", {})


def test_two_messages_cannot_share_a_name() -> None:
    templates.declare("neutral", "Message neutre", {})
    with pytest.raises(RuntimeError, match="two messages"):
        templates.declare("neutral", "Autre", {})


def test_a_file_without_its_subject_line_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "SUBJECT_MARK", "Sujet : ")
    with pytest.raises(render.TemplateBrokenError):
        render.render_email([render.Part("neutral", {})], READER, message_class=MessageClass.NORMAL, now=NOON)
