"""Settings: read from the environment, refused by name."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mobility.core.config import load_settings
from mobility.core.errors import ConfigError


def test_without_anything_the_embedded_database_and_a_kept_key_are_used(tmp_path: Path) -> None:
    first = load_settings({"VAR_DIR": str(tmp_path / "var")})
    again = load_settings({"VAR_DIR": str(tmp_path / "var")})
    assert first["DATABASE_URL"] == f"sqlite:///{tmp_path}/var/mobility.sqlite"
    assert first["SECRET_KEY"] == again["SECRET_KEY"]
    assert len(str(first["SECRET_KEY"])) >= 32
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600
    assert first["PUBLIC_URL"] == "http://127.0.0.1:5000"
    assert first["COOKIE_SECURE"] is False


def test_cookies_are_secure_behind_https(tmp_path: Path) -> None:
    assert load_settings({"VAR_DIR": str(tmp_path), "PUBLIC_URL": "https://m.example/"})["COOKIE_SECURE"] is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "70000"),
        ("DEMO", "perhaps"),
        ("QUIET_FROM", "25:00"),
        ("WEB_THREADS", "0"),
        ("SMTP_TLS", "ssl"),
        ("SECRET_KEY", "short"),
        ("COOKIE_SECURE", "sometimes"),
        ("EMAIL_CHANNEL", "pigeon"),
    ],
)
def test_a_bad_value_is_refused_with_its_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        load_settings({"VAR_DIR": str(tmp_path), name: value})


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="VAR_DIR"):
        load_settings({"VAR_DIR": str(tmp_path / "file" / "var")})
