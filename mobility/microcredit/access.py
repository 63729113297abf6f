"""Who may touch a bank partner or its terms."""

from __future__ import annotations

from collections.abc import Callable

from mobility.core.web.access import ALL_DESKS, Actor, Permission
from mobility.microcredit import queries


def _answer(desk_of: Callable[[int], int | None]) -> Callable[[Actor, Permission, int], bool]:
    """Answer by the partner's desk: what is of all desks needs a grant that covers all. Raises NotFound."""

    def may_touch(actor: Actor, permission: Permission, row_id: int) -> bool:
        if not actor.permits(permission):
            return False
        desk_id, desks = desk_of(row_id), actor.desk_ids(permission)
        return desks is ALL_DESKS if desk_id is None else desk_id in desks

    return may_touch


may_touch_partner = _answer(queries.desk_of_partner)
may_touch_offer = _answer(queries.desk_of_offer)
