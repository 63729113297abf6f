"""People who are sent, in the world that the browser walks: a prescription for each page, a token for each link."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select, true

from mobility.core.db import db
from mobility.people.queries.duplicates import Scope
from mobility.prescriptions import services, tokens
from mobility.prescriptions.kinds import Need, Source
from mobility.prescriptions.models import Prescription, PrescriptionLink
from mobility.prescriptions.queries.meetings import prescriber_type
from mobility.prescriptions.rules.referents import Sees
from mobility.prescriptions.rules.states import RefusalReason, State
from mobility.prescriptions.services import imports
from tests.integration.hostile.financed import a_statement, frozen_figures


def _send(last_name: str, *, desk_id: int, now: datetime) -> int:
    """Send somebody to the desk, who lets the prescriber know more; returns the id."""
    return services.send(
        intake=services.Intake(
            first_name="Capucine",
            last_name=last_name,
            born_on=date(1991, 5, 4),
            insee_code="59172",
            consent=True,
            shares_back=True,
            needs=[Need.GO_TO_WORK],
            email=f"{last_name.encode('ascii', 'ignore').decode().lower()}@demo.example",
        ),
        origin=services.Origin(source=Source.DESK, organisation_id=None),
        desk_id=desk_id,
        now=now,
    )


def sent_people(*, desk_id: int, person_id: int, adviser_id: int, now: datetime) -> dict[str, Any]:
    """Return prescriptions of the one desk, and the links of prescribers."""
    ids: dict[str, Any] = {}
    here = Prescription.desk_id == desk_id
    received = select(Prescription.id).where(here, Prescription.state == State.RECEIVED)
    ids["prescription_id"] = db.session.scalars(received).first()
    accepted = _send("Acceptée", desk_id=desk_id, now=now)
    services.accept(
        prescription_id=accepted,
        new_file=True,
        scope=Scope(desk_ids=frozenset([desk_id]), user_id=adviser_id),
        actor_id=adviser_id,
        now=now,
    )
    ended = _send("Refusée", desk_id=desk_id, now=now)
    services.refuse(
        prescription_id=ended,
        reason=RefusalReason.OUTSIDE,
        note="Voyez le CCAS de Lens.",
        actor_id=adviser_id,
        now=now,
    )
    ids |= {"accepted_prescription_id": accepted, "ended_prescription_id": ended}
    bookable = db.session.get_one(Prescription, accepted)
    assert prescriber_type(bookable) is not None
    ids["bookable_token"] = tokens.follow_token(bookable)
    asked = db.session.scalars(select(Prescription).where(Prescription.state == State.WAITING_INFO)).first()
    link = db.session.scalars(select(PrescriptionLink)).first()
    assert asked is not None
    assert link is not None
    ids["answer_token"] = tokens.answer_token(asked)
    ids["follow_token"] = tokens.follow_token(asked)
    ids["form_token"] = tokens.form_url(link).rsplit("/", 1)[1]
    draft_id = services.save_draft(
        values={"first_name": "Léa", "last_name": "Brouillon"},
        origin=services.Origin(source=Source.LINK, organisation_id=link.organisation_id, link_id=link.id),
        now=now,
    )
    ids["statement_id"] = a_statement(adviser_id, now=now)
    ids["count_id"] = frozen_figures(desk_id, now=now)
    ids["import_id"] = imports.preview(
        data="nom;prénom;date de naissance;commune;accord\nBultel;Rose;1/2/1990;Anzin;oui\nX;;;;\n".encode(),
        filename="orientations.csv",
        organisation_id=link.organisation_id,
        scope=Scope(desk_ids=frozenset([desk_id]), user_id=adviser_id),
        actor_id=adviser_id,
        known=true(),
        visible=true(),
        now=now,
    )
    draft = db.session.get_one(Prescription, draft_id)
    ids["draft_token"] = tokens.draft_token(draft, now=now)
    ids["referent_id"] = services.add_referent(
        person_id=person_id,
        details=services.ReferentDetails(
            organisation_name="Département du Nord",
            name="Hélène Carlier",
            role="travailleuse sociale",
            email="helene@departement.example",
            sees=Sees.STEPS,
        ),
        actor_id=adviser_id,
        now=now,
    )
    return ids
