"""What the tests of the loan pages share."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from mobility.accounts.models import User
from tests.factories.accounts import make_user
from tests.factories.loans import Scene

HOSTILE = "<script>alert(1)</script> \u202eםולש 😀 " + "é" * 9_900


def ok(answer: Any) -> str:
    """Return the page, which must be there."""
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
    return str(answer.get_data(as_text=True))


def options(page: str, field: str, *, selected: bool = False) -> list[str]:
    """Return the words of a select's options, or of the selected ones."""
    found = re.search(rf'<select[^>]* id="{field}".*?</select>', page, re.DOTALL)
    assert found, field
    each = re.findall(r"<option([^>]*)>([^<]*)</option>", found.group())
    return [unescape(words) for attributes, words in each if not selected or "selected" in attributes]


def portal_user(scene: Scene) -> User:
    """Return the account of the scene's borrower."""
    return make_user(person_id=scene.person.id, recipient_id=scene.person.recipient_id, name="Camille")
