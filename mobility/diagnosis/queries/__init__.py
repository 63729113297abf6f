"""What is read of diagnoses. Other rooms use ``find_findings`` and ``standing_of``."""

from mobility.diagnosis.queries.answers import (
    Filled,
    Given,
    OverrideLine,
    fill,
    get_diagnosis,
    get_finished,
    history_of,
    list_of,
    override_history,
    overrides_of,
    person_of,
)
from mobility.diagnosis.queries.findings import Standing, find_findings, findings_of, standing_of

__all__ = [
    "Filled",
    "Given",
    "OverrideLine",
    "Standing",
    "fill",
    "find_findings",
    "findings_of",
    "get_diagnosis",
    "get_finished",
    "history_of",
    "list_of",
    "override_history",
    "overrides_of",
    "person_of",
    "standing_of",
]
