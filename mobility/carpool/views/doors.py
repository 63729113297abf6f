"""The three doors lead to the same pages: the staff's, the person's own, and those of a signed link.

A ``Door`` says whose pages they are, who acts, in which shell they stand and how they are addressed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for

from mobility.accounts.audit import record_view
from mobility.carpool import links
from mobility.carpool.cards import find_member_of
from mobility.carpool.kinds import Side
from mobility.carpool.models import CarpoolMember
from mobility.carpool.services.journeys import MODELS
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.web.access import actor
from mobility.people.access import own_file


@dataclass(frozen=True, slots=True)
class Door:
    """Through which door somebody came. ``values`` stand in every address behind it (the token of a link)."""

    blueprint: str
    shell: str
    actor_id: int | None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def staff(self) -> bool:
        """Tell whether an adviser acts in somebody's name."""
        return self.blueprint == "carpool"

    def url(self, endpoint: str, **values: Any) -> str:
        """Return the address of a page behind this door."""
        return url_for(f"{self.blueprint}.{endpoint}", **self.values, **values)

    def home(self, member_id: int) -> str:
        """Return the address of a member's own page."""
        return self.url("member", member_id=member_id) if self.staff else self.url("home")


def desk_door() -> Door:
    """Return the door of the staff."""
    return Door("carpool", "desk.html", actor().user_id)


def portal_door() -> Door:
    """Return the door of the person."""
    return Door("my_carpool", "portal.html", actor().user_id)


def link_door(token: str) -> Door:
    """Return the door of a signed link."""
    return Door("carpool_links", "portal.html", None, {"token": token})


def own_member() -> CarpoolMember | None:
    """Return the member that the person of the portal is, or None."""
    return find_member_of(own_file())


def linked(token: str) -> CarpoolMember:
    """Return whose link it is. Raises LinkInvalid, LinkExpired."""
    return links.read(token, now=now())


def check_own(side: Side, journey_id: int, member: CarpoolMember | None) -> None:
    """Refuse another member's journey: for whoever it is not, it does not exist. Raises NotFound."""
    if not 0 <= journey_id < 2**31 or member is None or load(MODELS[side], journey_id).member_id != member.id:
        raise NotFound("journey")


def note_view(member: CarpoolMember) -> None:
    """Write into the audit log that staff opened a page of a person's carpooling."""
    if request.method == "GET" and member.person_id is not None:
        record_view(actor_id=actor().user_id, person_id=member.person_id, now=now())
