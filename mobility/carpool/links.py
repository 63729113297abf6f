"""The signed link of a member who has no account: the page that is theirs alone.

A link names the member and the serial that was theirs when it was made: raising ``CarpoolMember.link_serial`` revokes
every link that was sent before.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.carpool.kinds import MemberState
from mobility.carpool.models import CarpoolHub, CarpoolMember
from mobility.core import links
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.links import LinkExpired, LinkInvalid

PURPOSE = "carpool_member"
# A new one is sent with each message: whoever takes part never waits for it.
LIFETIME = timedelta(days=180)


def make(member: CarpoolMember, *, now: datetime) -> str:
    """Return the token of a member's own page."""
    return links.sign(PURPOSE, {"m": member.id, "s": member.link_serial}, now=now, lifetime=LIFETIME)


def read(token: str, *, now: datetime) -> CarpoolMember:
    """Return whose link it is. Raises LinkInvalid, or LinkExpired where it is too old or was revoked."""
    payload = links.read(PURPOSE, token[:400], now=now)
    try:
        member = load(CarpoolMember, int(payload["m"]))
    except NotFound:
        raise LinkInvalid from None
    if member.link_serial != payload["s"] or member.state is MemberState.LEFT:
        raise LinkExpired
    return member


HUB_PURPOSE = "carpool_hub"
# A poster hangs for years; revoking it is what ends it.
POSTER_LIFETIME = timedelta(days=3650)


def poster_url(hub: CarpoolHub) -> str:
    """Return the address on the poster of a site; the same until it is revoked."""
    token = links.sign(HUB_PURPOSE, {"h": hub.id, "s": hub.link_serial}, now=hub.created_at, lifetime=POSTER_LIFETIME)
    return links.public_url("carpool_links.hub", token=token)


def read_poster(token: str, *, now: datetime) -> CarpoolHub:
    """Return the site of a poster. Raises LinkInvalid, or LinkExpired where it was revoked or the site put away."""
    payload = links.read(HUB_PURPOSE, token[:400], now=now)
    try:
        hub = load(CarpoolHub, int(payload["h"]))
    except NotFound:
        raise LinkInvalid from None
    if hub.link_serial != payload["s"] or hub.archived_at is not None:
        raise LinkExpired
    return hub
