"""The signed link of a member who has no account: the page that is theirs alone.

A link names the member and the serial that was theirs when it was made: raising ``CarpoolMember.link_serial`` revokes
every link that was sent before.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.carpool.kinds import MemberState
from mobility.carpool.models import CarpoolMember
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
