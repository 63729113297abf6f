"""The acts of the pathway; each is one transaction, or joins the caller's."""

from mobility.pathway.services.means import add_own_means, remove_own_means
from mobility.pathway.services.objectives import change_objective_state, edit_objective, open_objective
from mobility.pathway.services.rosters import confirm_unknown_roster, set_roster
from mobility.pathway.services.steps import drop_step, link_step, pass_step, put_step, reexpand

__all__ = [
    "add_own_means",
    "change_objective_state",
    "confirm_unknown_roster",
    "drop_step",
    "edit_objective",
    "link_step",
    "open_objective",
    "pass_step",
    "put_step",
    "reexpand",
    "remove_own_means",
    "set_roster",
]
