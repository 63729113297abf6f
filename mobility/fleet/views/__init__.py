"""Pages of the fleet."""

from flask import Blueprint

bp = Blueprint("fleet", __name__)

from mobility.fleet.views import lists, upkeep, vehicles  # noqa: E402, F401 - they add their routes to the blueprint
