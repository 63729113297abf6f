"""Pure rules: passwords, throttling, the life of codes and sessions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from mobility.accounts.errors import WeakPassword
from mobility.core.errors import RuleViolation

PASSWORD_MAX: Final = 200
CODE_DIGITS: Final = 6
CODE_LIFETIME: Final = timedelta(minutes=15)
CODE_ATTEMPTS: Final = 5
CODE_SENDS: Final = 4
FAILURE_WINDOW: Final = timedelta(minutes=15)
ACCOUNT_FAILURES: Final = 6
ADDRESS_FAILURES: Final = 40
RECOVERY_CODES: Final = 10
RECOVERY_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"

_TYPES = (re.compile(r"[a-zà-ÿ]"), re.compile(r"[A-ZÀ-Þ]"), re.compile(r"\d"), re.compile(r"[^\w\s]|_"))


def character_types(password: str) -> int:
    """Return how many of the four types (lower, upper, digit, other) the password holds."""
    return sum(1 for pattern in _TYPES if pattern.search(password))


def check_password(password: str, *, known: Iterable[str] = ()) -> None:
    """Check a new password: 12 characters of 4 types, or 14 of 3, or 7 words (CNIL 2022, facts §9).

    ``known`` are texts about the person (name, e-mail) that it may not simply repeat.
    Raises WeakPassword with what to do.
    """
    if len(password) > PASSWORD_MAX:
        raise WeakPassword("Ce mot de passe est trop long : %(limit)s caractères au plus.", limit=PASSWORD_MAX)
    words = [word for word in re.split(r"[\s\-]+", password) if len(word) >= 3]
    types = character_types(password)
    varied = len(set(password)) >= 6
    strong = (len(password) >= 12 and types == 4) or (len(password) >= 14 and types >= 3) or len(set(words)) >= 7
    if not (strong and varied):
        raise WeakPassword(
            "Choisissez un mot de passe plus solide : 12 caractères avec majuscule, minuscule, chiffre et signe, "
            "ou 14 caractères avec trois de ces types, ou une phrase de 7 mots."
        )
    folded = password.casefold()
    for text in known:
        if len(text) >= 4 and text.casefold() in folded and len(folded) - len(text) < 8:
            raise WeakPassword("Ce mot de passe ressemble trop à votre nom ou à votre adresse. Choisissez-en un autre.")


def minutes_to_wait(failures: Iterable[datetime], *, allowed: int, now: datetime) -> int:
    """Return how many minutes until another attempt is allowed; 0 for at once.

    At most ``allowed`` failures stand in any window of FAILURE_WINDOW.
    """
    recent = sorted(at for at in failures if at > now - FAILURE_WINDOW)
    if len(recent) < allowed:
        return 0
    free_at = recent[-allowed] + FAILURE_WINDOW
    return max(1, -(-int((free_at - now).total_seconds()) // 60))


def session_is_over(*, seen_at: datetime, now: datetime, idle_minutes: int) -> bool:
    """Tell whether a session has slept longer than allowed (or comes from the future)."""
    return not timedelta(minutes=-5) <= now - seen_at <= timedelta(minutes=idle_minutes)


def normalise_code(text: str) -> str:
    """Return a typed code without spaces and dashes, in lower case."""
    return re.sub(r"[\s\-.]", "", text).lower()


def check_grant(*, role_needs: str, desk_id: int | None, organisation_id: int | None) -> None:
    """Check that a grant is scoped as its role needs: ``desk``, ``organisation`` or ``everywhere``."""
    given = "desk" if desk_id is not None else "organisation" if organisation_id is not None else "everywhere"
    both = desk_id is not None and organisation_id is not None
    if both or given != role_needs:
        messages = {
            "desk": ("Choisissez l’antenne de ce rôle.", "desk_id"),
            "organisation": ("Choisissez l’organisme de ce rôle.", "organisation_id"),
            "everywhere": ("Ce rôle vaut pour toute la plateforme : ne choisissez ni antenne ni organisme.", "role"),
        }
        message, field = messages[role_needs]
        if both and role_needs != "everywhere":
            message = "Un rôle vaut pour une antenne ou pour un organisme, pas pour les deux."
        raise RuleViolation(message, field=field, code="grant_unscoped")
