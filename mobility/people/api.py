"""People in the JSON API: enough to choose whom a loan is for. Protected files are absent."""

from __future__ import annotations

from marshmallow import Schema, fields

from mobility.core.web.access import Permission, actor
from mobility.core.web.api import PageQuery, QueryIdentity, Text, Values, blueprint, get, page_schema, paged
from mobility.people.access import visible_persons
from mobility.people.models import Person
from mobility.people.queries import list_desk, search

blp = blueprint("people", "People who are accompanied.")


class PersonSchema(Schema):
    """A person, by as little as it takes to recognise them."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    born_on = fields.Date(required=True, allow_none=True)
    city = fields.String(required=True)
    desk_name = fields.String(required=True)


class PersonQuery(PageQuery):
    """Who is sought."""

    search = Text(
        limit=200,
        shortest=1,
        metadata={"description": "Name, birth date, phone, e-mail or id; without it, everybody is listed."},
    )
    desk = QueryIdentity(metadata={"description": "Only the people of this desk (not together with `search`)."})


@get(
    blp,
    "/people",
    scope="people:read",
    permission=Permission.PERSON_SEARCH,
    query=PersonQuery,
    answer=page_schema(PersonSchema),
)
def person_list(query: Values) -> Values:
    """List or search the people of the desks that the token may see."""
    visible = visible_persons(actor(), Permission.PERSON_SEARCH) & Person.protected.is_(False)
    if "search" in query:
        page = search(query["search"], visible=visible, number=query["page"], per_page=query["per_page"])
    else:
        page = list_desk(visible=visible, desk_id=query.get("desk"), number=query["page"], per_page=query["per_page"])
    return paged(page, query)
