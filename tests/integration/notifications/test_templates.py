"""Every declared message is rendered with its sample, on each channel, for each reader."""

import pytest
from flask import Flask

from mobility.core.paths import resource_dir
from mobility.notifications import gsm, render, templates
from mobility.notifications.kinds import MessageClass
from tests.factories.notifications import NOON

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
