"""The rooms of the house, from the lowest to the highest. Apart, so that the schema's commands load no page."""

from __future__ import annotations

ROOMS = (
    "notifications",
    "geo",
    "desks",
    "organisations",
    "accounts",
    "todo",
    "parameters",
    "documents",
    "fleet",
    "people",
    "journal",
    "ledger",
    "agenda",
    "caseload",
    "prescriptions",
    "diagnosis",
    "participation",
    "pathway",
    "funding",
    "carpool",
    "loans",
    "local_aids",
    "microcredit",
    "demo",
)
