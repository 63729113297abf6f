"""People who are sent to a desk of the world: in every state, by links, in files, and one who must stay hidden."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import true

from mobility.accounts.policy import Role
from mobility.core.db import db
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.people.queries.duplicates import Scope
from mobility.prescriptions import services as prescriptions
from mobility.prescriptions.rules.states import State
from mobility.prescriptions.services import imports
from tests.factories.prescriptions import House, bring_to
from tests.integration.hostile.financed import a_statement


def send_people(side: Any, size: int, *, now: datetime) -> None:
    """Let people be sent to the desk, in every state, by links too."""
    for number in range(size):
        for at, state in enumerate(state for state in State if state is not State.DRAFT):
            bring_to(
                _sender_house(side),
                state,
                desk_id=side.desk.id,
                insee_code=side.desk.insee_code,
                first_name="Sonia",
                last_name=f"Envoyée{side.name}",
                born_on=date(1970 + at, 1, 1 + number),
                phone=None,
                email=f"sonia.{side.name.lower()}{number}{at}@exemple.fr",
            )
        assert side.colleague is not None
        imports.preview(
            data=_IMPORTED,
            filename="orientations.csv",
            organisation_id=side.organisations[Role.PRESCRIBER],
            scope=Scope(desk_ids=frozenset([side.desk.id]), user_id=side.colleague.id),
            actor_id=side.colleague.id,
            known=true(),
            visible=true(),
            now=now,
        )
        a_statement(side.colleague.id, now=now)
        for organisation_id in side.organisations.values():
            row = db.session.get_one(Organisation, organisation_id)
            if row.kind is OrganisationKind.PRESCRIBER:
                prescriptions.make_link(organisation_id=row.id, label=f"Lien {number}", actor_id=None, now=now)


_IMPORTED = (
    "nom;prénom;date de naissance;commune;téléphone;accord\nImportée;Rose;01/02/1990;Denain;0639980066;oui\n".encode()
)


def _sender_house(side: Any) -> House:
    return House(
        desk=side.desk,
        other=side.desk,
        adviser=side.users[Role.ADVISER],
        manager=side.users[Role.MANAGER],
        organisation=db.session.get_one(Organisation, side.organisations[Role.PRESCRIBER]),
        prescriber=side.users[Role.PRESCRIBER],
    )


def send_hidden(side: Any, *, now: datetime, **values: Any) -> None:
    """Let the hidden person be sent too; her adviser alone links her file."""
    commune = side.desk.insee_code
    number = bring_to(
        _sender_house(side), State.ASSIGNED, desk_id=side.desk.id, insee_code=commune, phone=None, **values
    )
    adviser = side.users[Role.ADVISER].id
    prescriptions.accept(
        prescription_id=number,
        person_id=side.protected_id,
        scope=Scope(desk_ids=frozenset([side.desk.id]), user_id=adviser),
        actor_id=adviser,
        now=now,
    )
