"""Desks in the JSON API."""

from __future__ import annotations

from marshmallow import Schema, fields

from mobility.core.web.access import Permission, actor
from mobility.core.web.api import PageQuery, Values, blueprint, get, page_schema, paged
from mobility.core.web.pagination import Page
from mobility.desks.models import Desk
from mobility.desks.queries import list_desks
from mobility.desks.rules import DeskKind

blp = blueprint("desks", "Places where people are received.")


class DeskSchema(Schema):
    """A desk."""

    id = fields.Integer(required=True)
    slug = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.Enum(DeskKind, by_value=True, required=True)
    street = fields.String(required=True)
    postcode = fields.String(required=True)
    city = fields.String(required=True)
    insee_code = fields.String(required=True)
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)
    phone = fields.String(required=True)
    email = fields.String(required=True)
    key_box = fields.Boolean(required=True)


@get(
    blp,
    "/desks",
    scope="desks:read",
    permission=Permission.DESK_VIEW,
    query=PageQuery,
    answer=page_schema(DeskSchema),
)
def desk_list(query: Values) -> Values:
    """List the desks that the token may see."""
    mine = actor().desk_ids(Permission.DESK_VIEW)
    desks: list[Desk] = [desk for desk in list_desks() if desk.id in mine]
    first = (query["page"] - 1) * query["per_page"]
    return paged(Page(desks[first : first + query["per_page"]], query["page"], query["per_page"], len(desks)), query)
