"""Who may touch a vehicle: those whose grant carries the permission at its home desk."""

from __future__ import annotations

from mobility.core.web.access import Actor, Permission
from mobility.fleet.queries import get_vehicle


def may_touch_vehicle(who: Actor, permission: Permission, vehicle_id: int) -> bool:
    """Answer for one vehicle. Raises NotFound."""
    return get_vehicle(vehicle_id).desk_id in who.desk_ids(permission)
