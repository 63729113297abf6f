"""Nobody sees a name, a contact or an exact place of the other before both have agreed, whatever happens in which order."""

from __future__ import annotations

from contextlib import suppress

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from mobility.carpool import agreed
from mobility.carpool.kinds import AGREED_STATES
from mobility.carpool.models import CarpoolMatch
from mobility.carpool.services import agreeing
from mobility.carpool.states import AGREES, MatchAction, Side
from mobility.core.db import db, end_read, load, transaction
from mobility.core.errors import ForbiddenTransition, RuleViolation
from mobility.notifications.models import OutboxMessage
from tests.integration.carpool.worlds import LEGS, NOW, a_world

_YES = {action: side for side, action in AGREES.items()}
ACTS = st.sampled_from([*_YES, MatchAction.REFUSE, MatchAction.SUSPEND, MatchAction.RESUME, MatchAction.END])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, min_size=1, max_size=5))
def test_nobody_sees_contact_details_before_both_accept(app: Flask, acts: list[MatchAction]) -> None:
    with transaction() as session:
        session.execute(delete(OutboxMessage))
    world = a_world()
    secrets = {
        Side.DRIVER: ("Nadia", "Benali", "+33622222222"),
        Side.PASSENGER: ("Sophie", "Lemaire", "+33611111111"),
    }
    places = (LEGS["there"]["pickup"]["label"],)
    said: set[Side] = set()
    for act in acts:
        with suppress(ForbiddenTransition, RuleViolation):
            if act in _YES:
                agreeing.accept(match_id=world.match.id, side=_YES[act], actor_id=None, now=NOW)
                said.add(_YES[act])
            else:
                agreeing.move(match_id=world.match.id, action=act, side=None, actor_id=None, now=NOW)
        end_read()
        state = load(CarpoolMatch, world.match.id).state
        for side, words in secrets.items():
            card = agreed.get_match_card(world.match.id, side, now=NOW)
            shown = f"{card.other_name} {card.other_phone} {card.other_words} {card.ways}"
            assert all(word in shown for word in words) is (state in AGREED_STATES)
            if said != set(Side):
                assert not [word for word in (*words, *places) if word in shown]
        if said != set(Side):
            messages = str([row.params for row in db.session.scalars(select(OutboxMessage)).all()])
            assert not [word for words in secrets.values() for word in (*words, *places) if word in messages]
