"""How far somebody comes by car from home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, url_for
from flask_babel import gettext as _

from mobility.core.db import load
from mobility.core.web.access import Permission, requires
from mobility.geo import reach
from mobility.geo.distance import Position
from mobility.geo.geocoding import approximate_words
from mobility.people.models import Person
from mobility.people.views.base import bp, note_address_seen

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/personnes/<int:person_id>/ou-aller")
@requires(Permission.PERSON_VIEW, person="person_id")
def around(person_id: int) -> ResponseReturnValue:
    """Show which communes are reached from the person's home; the look at the file is noted as ever, and at a protected address apart."""
    person = load(Person, person_id)
    if person.protected:
        note_address_seen(person_id)
    known = person.latitude is not None and person.longitude is not None
    note = approximate_words(person.position_precision)
    found = reach.from_place(
        _("Où peut-on aller depuis chez %(name)s ?", name=person.full_name),
        Position(person.latitude, person.longitude) if known else None,  # type: ignore[arg-type]  # both are known
        insee_code=person.insee_code,
        note=f"{note[:1].upper()}{note[1:]}." if note else "",
        private=person.protected,
    )
    parents = [
        (_("Personnes"), url_for("people.search")),
        (person.full_name, url_for("people.show", person_id=person_id)),
    ]
    return render_template("geo/reach.html", reach=found, asks=False, breadcrumbs=parents)
