"""Prescriptions in the JSON API: a prescriber's software sends somebody, and sees how far it is, in one of three words."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates

from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.retry import retried
from mobility.core.web.access import Permission, actor
from mobility.core.web.api import Identity, Instant, Text, Values, blueprint, get, post, refuse_field
from mobility.people.kinds import LANGUAGES, ConsentManner
from mobility.prescriptions import services
from mobility.prescriptions.errors import DeskNotChosen
from mobility.prescriptions.kinds import DeadlineKind, Need, Source
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules.states import Followed, followed
from mobility.prescriptions.services import Intake, Origin

blp = blueprint("prescriptions", "Somebody is sent to the platform.")
SENDING: dict[str, Any] = {"scope": "prescriptions:write", "permission": Permission.PRESCRIPTION_SEND}


class SentSchema(Schema):
    """How far a prescription is, and nothing more."""

    id = fields.Integer(required=True)
    state = fields.Enum(Followed, by_value=True, required=True)
    received_at = Instant(required=True)
    desk_id = fields.Integer(required=True)
    outside = fields.Boolean(required=True, metadata={"description": "No desk serves the commune: the desk decides."})
    target_on = fields.Date(required=True, metadata={"description": "Until when the first meeting is due."})


class SendBody(Schema):
    """Who is sent, with their consent, and why."""

    organisation_id = Identity(required=True, metadata={"description": "The prescriber that sends."})
    first_name = Text(limit=120, shortest=1, required=True)
    last_name = Text(limit=120, shortest=1, required=True)
    born_on = fields.Date(required=True)
    insee_code = fields.String(required=True, validate=validate.Regexp(r"[0-9A-Z]{5}\Z"))
    desk_id = Identity(
        metadata={"description": "Which desk, where none serves the commune; left out: the nearest. Else not heeded."}
    )
    consent = fields.Boolean(
        required=True, truthy={True}, falsy={False}, metadata={"description": "The person has agreed to be sent."}
    )
    consent_manner = fields.Enum(ConsentManner, by_value=True, load_default=ConsentManner.SPOKEN)
    shares_back = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    needs = fields.List(fields.Enum(Need, by_value=True), required=True, validate=validate.Length(min=1, max=len(Need)))
    phone = Text(limit=40)
    email = Text(limit=254)
    discreet = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    street = Text(limit=200)
    language = fields.String(load_default="fr", validate=validate.OneOf(sorted(LANGUAGES)))
    need_text = Text(limit=2000)
    deadline_kind = fields.Enum(DeadlineKind, by_value=True)
    deadline_on = fields.Date()
    constraints_text = Text(limit=2000)
    said = Text(limit=2000)
    referent_name = Text(limit=120, shortest=1, required=True)
    referent_role = Text(limit=120)
    referent_email = Text(limit=254, required=True, shortest=3)
    referent_phone = Text(limit=40)

    @validates("consent")
    def check_consent(self, given: bool, **_options: Any) -> None:
        """Refuse to take anybody who has not agreed."""
        if not given:
            raise ValidationError("The person has not agreed.")


def _answer(row: Prescription) -> Values:
    return {
        **{name: getattr(row, name) for name in ("id", "received_at", "desk_id", "outside", "target_on")},
        "state": followed(row.state),
    }


@post(blp, "/prescriptions", body=SendBody, answer=SentSchema, status=201, again=retried, **SENDING)
def prescription_send(body: Values) -> Values:
    """Send somebody to the desk of the commune; where none serves it, to the one chosen, else to the nearest.

    Nothing in the answer names the person.
    """
    organisation_id = body.pop("organisation_id")
    try:
        desk_id = services.desk_or_nearest(body["insee_code"], body.pop("desk_id", None))
    except DeskNotChosen:
        refuse_field("desk_id", "There is no such desk.")
    if desk_id not in actor().desk_ids(Permission.PRESCRIPTION_SEND):
        refuse_field(
            "insee_code", "The token does not reach the desk of this commune, or the nearest where none serves it."
        )
    sent = services.send(
        intake=Intake(**body),
        origin=Origin(source=Source.API, organisation_id=organisation_id, user_id=actor().user_id),
        desk_id=desk_id,
        now=now(),
    )
    return _answer(load(Prescription, sent))


@get(blp, "/prescriptions/<int:prescription_id>", answer=SentSchema, prescription="prescription_id", **SENDING)
def prescription_show(prescription_id: int) -> Values:
    """Tell how far a prescription is."""
    return _answer(load(Prescription, prescription_id))
