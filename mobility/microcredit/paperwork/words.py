"""How papers write themselves: links, messages, journal kinds. No database."""

from __future__ import annotations

from typing import Any

from mobility.journal import kinds
from mobility.notifications import templates

LINK_PURPOSE = "microcredit-papers"
ASKED, REFUSED = "credit_papers", "credit_paper_refused"
ASKED_KIND, TAKEN_KIND, REFUSED_KIND = (
    "microcredit.papers_asked",
    "microcredit.paper_taken",
    "microcredit.paper_refused",
)
REVOKED = "microcredit.papers_link_revoked"
_SAMPLE: dict[str, Any] = {
    "place": "Denain",
    "phone": "03 27 39 81 02",
    "link": "https://mobilite.example/papiers/eyJwIjp7InIiOjEyfSwiZSI6MX0.abcdefghijklmnopqrstuvwxyz0",
    "until": "mardi 15 décembre",
}


def declare() -> None:
    """Declare the messages and how the journal reads."""
    templates.declare(ASKED, "Papiers demandés pour un dossier", {**_SAMPLE, "papers": ["3 fiches de paie"]})
    templates.declare(
        REFUSED,
        "Papier à refaire",
        {**_SAMPLE, "paper": "3 fiches de paie", "reason": "La photo est floue."},
        long_sms=True,  # the reason is the adviser's own words
    )
    kinds.declare(ASKED_KIND, "Papiers demandés à la personne", "envelope-paper")
    kinds.declare(TAKEN_KIND, "Papier reçu et accepté", "file-earmark-check")
    kinds.declare(REFUSED_KIND, "Papier à refaire", "file-earmark-x")
