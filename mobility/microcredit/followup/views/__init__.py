"""The desk's pages of the follow-up."""

from __future__ import annotations

from mobility.microcredit.followup.views import counts, following, statements  # noqa: F401 - they register their routes
from mobility.microcredit.followup.views.blueprint import bp

__all__ = ["bp"]
