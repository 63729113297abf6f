"""The colour (and so the icon) of each state, for the status tags."""

from __future__ import annotations

from mobility.people.kinds import RetentionAction, RetentionOutcome, RetentionState, RightsState

TONES: dict[str, str] = {
    f"rights.{RightsState.OPEN}": "info",
    f"rights.{RightsState.DONE}": "success",
    f"rights.{RightsState.REFUSED}": "neutral",
    f"run.{RetentionState.PLANNED}": "warning",
    f"run.{RetentionState.CONFIRMED}": "info",
    f"run.{RetentionState.DONE}": "success",
    f"run.{RetentionState.ABANDONED}": "neutral",
    f"action.{RetentionAction.RESTRICT}": "info",
    f"action.{RetentionAction.ERASE}": "danger",
    f"outcome.{RetentionOutcome.PLANNED}": "info",
    f"outcome.{RetentionOutcome.KEPT}": "neutral",
    f"outcome.{RetentionOutcome.DONE}": "success",
    f"outcome.{RetentionOutcome.SKIPPED}": "neutral",
}
