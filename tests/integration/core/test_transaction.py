"""transaction(): the only writer, nested or not, on the real database."""

from __future__ import annotations

import asyncio
import inspect
import threading
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mobility.core.db import db, end_read, in_transaction, load, lock, transaction
from mobility.core.errors import NotFound, RuleViolation, StaleVersion
from mobility.core.web.once import OnceKey, find_result, forget_old, run_once

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def _key(name: str) -> OnceKey:
    return OnceKey(scope="test", key=name, created_at=NOW)


def _names(session: Session) -> set[str]:
    return set(session.scalars(select(OnceKey.key)))


def test_what_the_block_did_is_kept(session: Session) -> None:
    with transaction() as inside:
        inside.add(_key("a"))
    assert _names(session) == {"a"}
    assert not in_transaction()


def test_an_error_undoes_everything_nested_blocks_too(session: Session) -> None:
    with pytest.raises(RuleViolation), transaction() as outer:
        outer.add(_key("outer"))
        with transaction() as inner:
            inner.add(_key("inner"))
        raise RuleViolation
    assert _names(session) == set()


def test_an_instant_comes_back_aware(session: Session) -> None:
    with transaction() as inside:
        inside.add(_key("a"))
    end_read()
    session.expire_all()
    assert session.scalars(select(OnceKey)).one().created_at == NOW


def test_a_naive_instant_is_refused(app: Flask) -> None:
    with pytest.raises(Exception, match="naive"), transaction() as inside:
        inside.add(OnceKey(scope="test", key="a", created_at=datetime(2026, 1, 1)))


def test_a_change_outside_of_the_block_is_a_programming_error(session: Session) -> None:
    session.add(_key("stray"))
    with pytest.raises(RuntimeError, match="outside"), transaction():
        pass
    session.expunge_all()


def test_an_unknown_or_impossible_id_is_not_found(app: Flask) -> None:
    from mobility.accounts.models import User

    for identity in (1, -1, 2**31, 2**70):
        with pytest.raises(NotFound):
            load(User, identity)
    with pytest.raises(RuntimeError, match="transaction"):
        lock(User, 1)


def test_a_row_that_moved_in_between_is_noticed(app: Flask, session: Session) -> None:
    from mobility.core.db import check_version
    from mobility.fleet.models import Vehicle
    from tests.factories.fleet import a_desk, a_vehicle

    vehicle_id = a_vehicle(a_desk())
    vehicle = load(Vehicle, vehicle_id)
    check_version(vehicle, vehicle.version)
    check_version(vehicle, None)
    with pytest.raises(StaleVersion):
        check_version(vehicle, vehicle.version + 1)


def test_sixteen_writers_at_once_all_succeed(app: Flask, session: Session) -> None:
    errors: list[BaseException] = []

    def write(number: int) -> None:
        try:
            with app.app_context():
                for turn in range(5):
                    with transaction() as inside:
                        inside.scalars(select(OnceKey)).all()
                        inside.add(_key(f"{number}-{turn}"))
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(_names(session)) == 80


def test_the_second_use_of_a_key_gets_the_first_result(app: Flask) -> None:
    acted: list[int] = []

    def act() -> int:
        acted.append(1)
        return 42

    assert run_once("s", "k", act, now=NOW) == (42, False)
    assert run_once("s", "k", act, now=NOW) == (42, True)
    assert acted == [1]


def test_a_refused_act_leaves_the_key_free(app: Flask) -> None:
    def refuse() -> int:
        raise RuleViolation

    with pytest.raises(RuleViolation):
        run_once("s", "k", refuse, now=NOW)
    assert find_result("s", "k") is None
    assert run_once("s", "k", lambda: 1, now=NOW) == (1, False)


def test_eight_clicks_at_once_act_once(app: Flask) -> None:
    acted: list[int] = []
    results: list[tuple[int, bool]] = []
    barrier = threading.Barrier(8)

    def act() -> int:
        acted.append(1)
        return len(acted)

    def click() -> None:
        with app.app_context():
            barrier.wait()
            results.append(run_once("s", "k", act, now=NOW))

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert sum(1 for _, repeated in results if not repeated) == 1
    assert len({result for result, _ in results}) == 1


def test_old_keys_are_forgotten(app: Flask) -> None:
    from datetime import timedelta

    run_once("s", "k", lambda: 1, now=NOW)
    assert forget_old(NOW + timedelta(days=1)) == 0
    assert forget_old(NOW + timedelta(days=3)) == 1


def test_a_context_ends_without_an_event_loop_and_also_inside_one(application: Flask) -> None:
    """No asynchronous session is ever opened: closing them would cost every request a loop of its own."""
    assert not [end for end in application.teardown_appcontext_funcs if inspect.iscoroutinefunction(end)]

    async def read_once() -> int | None:
        with application.app_context():
            return db.session.scalar(text("SELECT 1"))

    assert asyncio.run(read_once()) == 1
