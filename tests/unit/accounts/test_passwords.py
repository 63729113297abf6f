"""How passwords are hashed outside of the tests, which take a cheap hash for themselves."""

from __future__ import annotations

import argon2
import pytest

from mobility.accounts.services import passwords


def test_a_password_costs_what_rfc_9106_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its second recommended set: Argon2id, 3 passes over 64 MiB in 4 lanes."""
    monkeypatch.setattr(passwords, "PasswordHasher", argon2.PasswordHasher)
    hashed = passwords.hasher.__wrapped__().hash("un mot de passe")
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
