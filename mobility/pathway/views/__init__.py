"""The pages of the pathway."""

from mobility.pathway.views import (
    journeys,
    links,
    objectives,
    person,
    plan,
    plan_portal,
    plan_signing,
    plan_steps,
    plan_templates,
    portal,
    proposals,
    rosters,
    trying,
)
from mobility.pathway.views.blueprint import bp

__all__ = [
    "bp",
    "journeys",
    "links",
    "objectives",
    "person",
    "plan",
    "plan_portal",
    "plan_signing",
    "plan_steps",
    "plan_templates",
    "portal",
    "proposals",
    "rosters",
    "trying",
]
