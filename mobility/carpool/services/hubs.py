"""Employers' sites: kept, changed, put away; their posters; the seats that come by them."""

from __future__ import annotations

from datetime import datetime

from mobility.accounts import audit
from mobility.carpool.errors import HubInvalid
from mobility.carpool.kinds import Side
from mobility.carpool.models import CarpoolHub
from mobility.carpool.rules.journeys import JourneyFacts
from mobility.carpool.services.journeys import open_journey
from mobility.carpool.services.members import Self, ask_by_hub
from mobility.core.db import check_version, load, lock, transaction
from mobility.core.retry import retried
from mobility.geo.geocoding import Place
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.people.services.common import assign


@retried
def save_hub(
    *,
    name: str,
    street: str | None,
    place: Place | None,
    actor_id: int | None,
    now: datetime,
    hub_id: int | None = None,
    desk_id: int | None = None,
    organisation_id: int | None = None,
    version: int | None = None,
) -> int:
    """Write a site, a new one (of a desk and an employer) or over one; return its id.

    ``place`` is asked of the geocoder before the transaction. Raises HubInvalid, StaleVersion, NotFound.
    """
    if place is None:
        raise HubInvalid("Écrivez la commune du lieu.", field="commune")
    with transaction() as session:
        if hub_id is None:
            if desk_id is None or organisation_id is None:
                raise HubInvalid("Choisissez l’antenne et l’entreprise.", field="organisation_id")
            if load(Organisation, organisation_id).kind is not OrganisationKind.EMPLOYER:
                raise HubInvalid("Choisissez une entreprise.", field="organisation_id")
            hub = CarpoolHub(desk_id=desk_id, organisation_id=organisation_id, created_at=now)
            session.add(hub)
        else:
            hub = lock(CarpoolHub, hub_id)
            check_version(hub, version)
        changes = assign(
            hub,
            {
                "name": name,
                "street": street or "",
                "insee_code": place.insee_code,
                "latitude": place.position.latitude,
                "longitude": place.position.longitude,
            },
        )
        session.flush()
        audit.record(
            actor_id=actor_id, action="create" if hub_id is None else "edit", subject_kind="carpool_hub",
            subject_id=hub.id, now=now, changes=changes,
        )  # fmt: skip
        return hub.id


@retried
def revoke_poster(*, hub_id: int, actor_id: int | None, now: datetime) -> None:
    """Make every poster of a site stop working; a new one has another address."""
    with transaction():
        hub = lock(CarpoolHub, hub_id)
        hub.link_serial += 1
        audit.record(
            actor_id=actor_id, action="carpool.poster_renewed", subject_kind="carpool_hub", subject_id=hub.id, now=now
        )


@retried
def archive_hub(*, hub_id: int, archived: bool, actor_id: int | None, now: datetime) -> None:
    """Put a site away, or take it up again; what people offer there stays."""
    with transaction():
        hub = lock(CarpoolHub, hub_id)
        hub.archived_at = (hub.archived_at or now) if archived else None
        audit.record(
            actor_id=actor_id, action="carpool.hub_archived" if archived else "carpool.hub_reopened",
            subject_kind="carpool_hub", subject_id=hub.id, now=now,
        )  # fmt: skip


@retried
def offer_by_hub(
    *, hub_id: int, name: str, phone: str | None, email: str | None, about: Self, facts: JourneyFacts, now: datetime
) -> bool:
    """Take somebody's name and their offer from the poster of a site; both wait until they open the link that is sent.

    Return whether they are new: whoever is known gets their link again, and adds the offer on their own page.
    Raises MemberUnreachable, TooManyAsked, JourneyInvalid, LicenceUndeclared.
    """
    with transaction():
        member_id, fresh = ask_by_hub(hub_id=hub_id, name=name, phone=phone, email=email, about=about, now=now)
        if fresh:
            open_journey(side=Side.OFFER, member_id=member_id, facts=facts, actor_id=None, now=now)
        return fresh
