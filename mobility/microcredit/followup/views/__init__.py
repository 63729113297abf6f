"""The desk's pages of the follow-up."""

from __future__ import annotations

from mobility.microcredit.followup.views import statements  # noqa: F401 - registers its routes
from mobility.microcredit.followup.views.blueprint import bp

__all__ = ["bp"]
