import pytest

from mobility.core.privacy import find_nir
from mobility.notifications.inbound import clean_body, is_start, is_stop, read_reply, read_report
from mobility.notifications.kinds import Channel
from mobility.notifications.queries import mask


@pytest.mark.parametrize("text", ["STOP", " stop. ", "Stop 36111", "ARRÊT", "Désabonnement", "« STOP »", "stop!!"])
def test_a_stop_is_understood(text: str) -> None:
    assert is_stop(text)


@pytest.mark.parametrize("text", ["", "Je m’arrête à Denain", "stop ou encore ?", "Le bus stop", "ok", "x" * 5000])
def test_an_answer_that_only_holds_the_word_is_no_stop(text: str) -> None:
    assert not is_stop(text)


def test_a_start_is_understood() -> None:
    assert is_start("START")
    assert not is_start("je démarre")


@pytest.mark.parametrize("number", ["1 85 05 78 006 084 91", "185057800608491", "2 55 08 14 168 025 38", "2A"])
def test_a_reply_is_kept_without_its_social_security_number(number: str) -> None:
    kept = clean_body(f"Bonjour, c’est le {number}, à demain")
    assert find_nir(kept) is None
    assert "Bonjour" in kept


def test_a_long_reply_is_cut_and_its_control_characters_go() -> None:
    assert len(clean_body("a" * 10_000)) == 2000
    assert clean_body("a\x00b\x07\nc") == "ab\nc"


@pytest.mark.parametrize(
    ("payload", "delivered", "permanent"),
    [
        ({"messageId": 12, "event": "delivered"}, True, False),
        ({"id": 26570, "messageId": 12, "msg_status": "delivered"}, True, False),
        ({"messageId": "12", "msg_status": "hard_bounce"}, False, True),
        ({"messageId": "12", "event": "soft_bounce"}, False, False),
        ({"messageId": "12", "event": "sent"}, None, False),
    ],
)
def test_a_report_of_brevo_is_read(payload: dict[str, object], delivered: bool | None, permanent: bool) -> None:
    report = read_report("brevo", payload)
    assert report is not None
    assert (report.reference, report.delivered, report.permanent) == ("12", delivered, permanent)


@pytest.mark.parametrize(
    ("values", "delivered", "permanent"),
    [
        ({"ptt": "4", "description": "1", "descriptionDlr": "Success"}, True, False),
        ({"ptt": "0", "description": "1"}, True, False),
        ({"ptt": "1", "description": "4"}, None, False),
        ({"ptt": "2", "description": "8"}, None, False),
        ({"ptt": "5", "description": "2"}, False, False),
        ({"ptt": "23", "description": "2"}, False, True),
        ({"ptt": "27", "description": "16"}, False, True),
        ({"ptt": "23", "description": "1"}, True, False),
        ({"dlr": "16"}, False, False),
        ({"ptt": 4}, True, False),
        ({"ptt": "1"}, None, False),
        ({"ptt": "3"}, None, False),
        ({"ptt": "8"}, False, False),
        ({"ptt": "23", "description": "unreadable"}, False, True),
    ],
)
def test_a_report_of_ovh_is_read_by_its_own_codes(
    values: dict[str, object], delivered: bool | None, permanent: bool
) -> None:
    report = read_report("ovh", {"id": "12", "date": "2026-11-22 10:00:00", **values})
    assert report is not None
    assert (report.reference, report.delivered, report.permanent) == ("12", delivered, permanent)


@pytest.mark.parametrize(
    ("provider", "payload"),
    [
        ("brevo", {}),
        ("brevo", {"messageId": "12"}),
        ("brevo", {"event": "delivered"}),
        ("brevo", {"id": "12", "event": "delivered"}),
        ("brevo", {"messageId": True, "event": ["delivered"]}),
        ("ovh", {"id": "12"}),
        ("ovh", {"ptt": "4"}),
        ("ovh", {"id": "12", "ptt": "x", "description": "?"}),
        ("ovh", {"id": "12", "ptt": {"a": 1}}),
    ],
)
def test_what_is_no_report_is_not_read_as_one(provider: str, payload: dict[str, object]) -> None:
    assert read_report(provider, payload) is None


def test_a_reply_is_read_whoever_writes_it() -> None:
    assert read_reply({"from": "33639980001", "message": "ok", "id": 5}) == ("5", "33639980001", "ok")
    assert read_reply({"message": "ok"}) is None


@pytest.mark.parametrize(
    ("channel", "value", "shown"),
    [
        (Channel.EMAIL, "alix@exemple.fr", "a•••@exemple.fr"),
        (Channel.SMS, "+33639981234", "06 •• •• •• 34"),
        (Channel.SMS, "+32470123456", "+3 •• •• •• 56"),
        (None, "", ""),
    ],
)
def test_addresses_and_numbers_are_shown_in_part(channel: Channel | None, value: str, shown: str) -> None:
    assert mask(channel, value) == shown
