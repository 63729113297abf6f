"""Vehicles in the JSON API."""

from __future__ import annotations

from marshmallow import Schema, fields

from mobility.core.clock import now
from mobility.core.web.access import Permission, actor
from mobility.core.web.api import PageQuery, QueryIdentity, Values, blueprint, get, page_schema, paged
from mobility.core.web.pagination import Page
from mobility.fleet.kinds import Category, CritAir, Energy, Equipment, Gearbox, LicenceCategory, ReservationKind
from mobility.fleet.queries import VehicleFilter, VehicleRow, list_vehicles
from mobility.fleet.rules import NEVER

blp = blueprint("vehicles", "The fleet.")


class VehicleSchema(Schema):
    """A vehicle that is part of the fleet today."""

    id = fields.Integer(required=True)
    desk_id = fields.Integer(required=True)
    category = fields.Enum(Category, by_value=True, required=True)
    plate = fields.String(required=True, allow_none=True, metadata={"description": "None for a bike."})
    make = fields.String(required=True)
    model = fields.String(required=True)
    energy = fields.Enum(Energy, by_value=True, required=True)
    gearbox = fields.Enum(Gearbox, by_value=True, required=True)
    fiscal_power_cv = fields.Integer(required=True, allow_none=True)
    critair = fields.Enum(CritAir, by_value=True, required=True, allow_none=True)
    seats = fields.Integer(required=True)
    licence_category = fields.Enum(LicenceCategory, by_value=True, required=True, allow_none=True)
    equipment = fields.List(fields.Enum(Equipment, by_value=True), required=True)
    odometer_km = fields.Integer(required=True, allow_none=True)
    lendable_until_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "Last day its papers allow; none: no limit is known."}
    )
    lendable = fields.Boolean(required=True, metadata={"description": "Its papers let it leave today."})
    use = fields.Enum(
        ReservationKind, by_value=True, required=True, allow_none=True, metadata={"description": "What it does now."}
    )


class VehicleQuery(PageQuery):
    """Which vehicles are wanted."""

    desk = QueryIdentity(metadata={"description": "Only those of this desk."})
    category = fields.Enum(Category, by_value=True, metadata={"description": "Only this category."})


def _vehicle(row: VehicleRow) -> Values:
    vehicle = row.vehicle
    return {
        **{name: getattr(vehicle, name) for name in VehicleSchema._declared_fields if hasattr(vehicle, name)},
        "equipment": [Equipment(name) for name in vehicle.equipment],
        "odometer_km": row.odometer_km,
        "lendable_until_on": None if row.lendable_until_on == NEVER else row.lendable_until_on,
        "lendable": row.can_leave,
        "use": row.use,
    }


@get(
    blp,
    "/vehicles",
    scope="fleet:read",
    permission=Permission.FLEET_VIEW,
    query=VehicleQuery,
    answer=page_schema(VehicleSchema),
)
def vehicle_list(query: Values) -> Values:
    """List the vehicles of the desks that the token may see."""
    page = list_vehicles(
        desk_ids=actor().desk_ids(Permission.FLEET_VIEW),
        wanted=VehicleFilter(desk_id=query.get("desk"), category=query.get("category")),
        now=now(),
        number=query["page"],
        per_page=query["per_page"],
    )
    return paged(Page([_vehicle(row) for row in page.rows], page.number, page.per_page, page.total), query)
