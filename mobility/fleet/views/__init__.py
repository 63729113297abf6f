"""Pages of the fleet."""

from flask import Blueprint

bp = Blueprint("fleet", __name__)
# Apart, so that the navigation shows one place at a time.
overview_bp = Blueprint("fleet_overview", __name__)

from mobility.fleet.views import lists, upkeep, vehicles  # noqa: E402, F401 - they add their routes to the blueprint
