"""What the tests of the pages share: what is typed and what is read."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def identity(**values: str) -> dict[str, str]:
    return {
        "last_name": "Martin",
        "first_name": "Jeanne",
        "born_on": "1991-02-03",
        "situation": "job_seeker",
        "language": "fr",
        "reading_ease": "easy",
        "legal_protection": "none",
        **values,
    }


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


def version_in(response: Any) -> str:
    """Return the version that the form on the page was filled in from."""
    found = re.search(r'name="version"[^>]*value="(\d+)"', response.get_data(as_text=True))
    assert found is not None
    return found[1]


def archive_of(response: Any) -> tuple[str, dict[str, Any]]:
    assert response.status_code == 200
    assert response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.get_data())) as archive:
        return archive.read("mes-donnees.html").decode(), json.loads(archive.read("mes-donnees.json"))
