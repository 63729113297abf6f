"""What the journal brings to the application."""

from __future__ import annotations

from flask import Flask

from mobility.journal import kinds
from mobility.journal.lifecycle import PART
from mobility.people import lifecycle


def init_app(_app: Flask) -> None:
    """Declare the journal's own kind, and answer for a person's life."""
    kinds.declare("journal.note", "Note", "sticky")
    lifecycle.register(PART)
