"""64 clients at once answer for one bank, each by the dossier's link, on a server of 4 processes: one answer stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.core import clock
from mobility.core.db import db, end_read
from mobility.funding.models import FundingLine
from mobility.funding.rules import LineState
from mobility.journal.models import JournalEntry
from mobility.microcredit.dossiers import services
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditLog
from mobility.microcredit.rules.states import BANK_ACTIONS, Action, State
from tests.factories.dossiers import a_dossier, sent, transmission
from tests.factories.pathway import a_person
from tests.support.racing import CLIENTS, PROCESSES, at_once, open_all, send
from tests.support.serving import serving

# Who answers what: all three answers run against one another.
ANSWERS = (Action.GRANT, Action.REFUSE, Action.ASK_MORE)
FOLLOWS = {Action.GRANT: State.GRANTED, Action.REFUSE: State.REFUSED, Action.ASK_MORE: State.MORE_INFORMATION}
LINES = {Action.GRANT: LineState.GRANTED, Action.REFUSE: LineState.REFUSED, Action.ASK_MORE: LineState.ASKED}


MOTIVE = "budget"


def _typed(action: Action, words: str, name: str) -> dict[str, str]:
    """Return what a bank types for an answer."""
    field = {"conditions": words} if action is Action.GRANT else {"reason": words}
    return {"action": action.value, "name": name, **field, **({"motive": MOTIVE} if action is Action.REFUSE else {})}


@pytest.fixture
def port(app: Flask, settings: dict[str, Any]) -> Iterator[int]:
    """A server of several processes."""
    end_read()
    with serving(settings, processes=PROCESSES, RATELIMIT_ENABLED="no") as port:
        yield port


def _dossier() -> tuple[int, str]:
    """Send a dossier to its bank; return it with the path of its link."""
    dossier_id = a_dossier(a_person(), now=clock.now())
    link = services.link_of(transmission(sent(dossier_id, now=clock.now())))
    end_read()
    return dossier_id, link.removeprefix("http://mobilite.test")


def _run(port: int, rounds: int) -> None:
    for number in range(rounds):
        dossier_id, path = _dossier()
        pages = open_all(port, [path] * CLIENTS)
        said = [_typed(ANSWERS[client % 3], f"Motif {client}", f"Banque {client}") for client in range(CLIENTS)]
        answers = at_once([partial(send, port, page, **one) for page, one in zip(pages, said, strict=True)])
        statuses = Counter(answer.status for answer in answers)
        assert statuses == {200: 1, 422: CLIENTS - 1}, (number, statuses)
        _check(dossier_id)


def _check(dossier_id: int) -> None:
    """One answer in the log, and everything that follows from that very one."""
    end_read()
    row = db.session.get_one(MicrocreditDossier, dossier_id)
    log = db.session.scalars(select(MicrocreditLog).where(MicrocreditLog.dossier_id == dossier_id)).all()
    (given,) = [one for one in log if one.action in BANK_ACTIONS]
    assert row.state is FOLLOWS[given.action]
    assert given.words == (row.reason or given.words)
    assert given.motive == row.motive == (MOTIVE if given.action is Action.REFUSE else "")
    assert db.session.get_one(FundingLine, row.line_id).state is LINES[given.action]
    kinds = [f"microcredit.{action.value}" for action in BANK_ACTIONS]
    entries = select(JournalEntry).where(JournalEntry.subject_id == dossier_id, JournalEntry.kind.in_(kinds))
    assert [entry.kind for entry in db.session.scalars(entries)] == [f"microcredit.{given.action.value}"]


def test_one_of_64_decides(port: int) -> None:
    _run(port, 1)


@pytest.mark.soak
def test_one_of_64_decides_again_and_again(port: int) -> None:
    _run(port, 25)
