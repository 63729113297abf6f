import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from mobility import scheduler
from mobility.core import jobs
from mobility.core.db import db
from mobility.core.jobs import Job, daily, every
from mobility.scheduler import FileLock, PostgresLock, make_lock


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class Runner:
    """A scheduler in a thread."""

    def __init__(self, app: Flask) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=scheduler.run, args=(app,), kwargs={"stop": self.stop})
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(timeout=30)
        assert not self.thread.is_alive()


@pytest.fixture
def runner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Runner]]:
    """Start schedulers that look twice as often, on no jobs but the test's own."""
    monkeypatch.setattr(jobs, "_jobs", {})
    monkeypatch.setattr(scheduler, "CHECK_SECONDS", 0.1)
    several: list[Runner] = []

    def start() -> Runner:
        several.append(Runner(app))
        return several[-1]

    yield start
    for each in several:
        each.end()
    jobs.clear_stop()


def test_jobs_run_at_their_pace_and_the_scheduler_beats(app: Flask, runner: Callable[[], Runner]) -> None:
    calls: list[datetime] = []
    jobs.register(Job("tick", "x", calls.append, every(seconds=1), timedelta(minutes=1)))
    runner()
    wait_for(lambda: len(calls) >= 2)
    assert jobs.scheduler_state(datetime.now(calls[0].tzinfo)).alive
    assert jobs.late(datetime.now(calls[0].tzinfo)) == []


def test_two_schedulers_run_each_job_once(app: Flask, runner: Callable[[], Runner]) -> None:
    calls: list[float] = []
    jobs.register(Job("tick", "x", lambda _now: calls.append(time.monotonic()), every(seconds=1), timedelta(minutes=1)))
    runner()
    runner()
    wait_for(lambda: len(calls) >= 4)
    gaps = [after - before for before, after in pairwise(calls)]
    assert min(gaps) > 0.5


def test_the_other_one_takes_over_when_the_leader_stops(app: Flask, runner: Callable[[], Runner]) -> None:
    calls: list[datetime] = []
    jobs.register(Job("tick", "x", calls.append, every(seconds=1), timedelta(minutes=1)))
    first = runner()
    wait_for(lambda: calls)
    runner()
    first.end()
    before = len(calls)
    wait_for(lambda: len(calls) > before, seconds=5)


def test_a_nightly_job_does_not_run_at_start(app: Flask, runner: Callable[[], Runner]) -> None:
    calls: list[datetime] = []
    hour = (datetime.now().astimezone().hour + 12) % 24
    jobs.register(
        Job("nightly", "x", calls.append, daily(hour), timedelta(hours=26)),
        Job("tick", "x", lambda _now: None, every(seconds=1), timedelta(minutes=1)),
    )
    runner()
    wait_for(lambda: jobs.scheduler_state(datetime.now().astimezone()).beat_at is not None or db.session.rollback())
    assert calls == []


def test_a_long_job_stops_between_two_items(app: Flask, runner: Callable[[], Runner]) -> None:
    done: list[int] = []

    def long(_now: datetime) -> dict[str, int]:
        for item in range(10_000):
            if jobs.stopping():
                break
            done.append(item)
            time.sleep(0.01)
        return {"done": len(done)}

    jobs.register(Job("long", "x", long, every(seconds=1), timedelta(minutes=1)))
    one = runner()
    wait_for(lambda: len(done) > 3)
    began = time.monotonic()
    one.end()
    assert time.monotonic() - began < 5
    assert len(done) < 9_000


def test_a_job_that_fails_does_not_stop_the_others(app: Flask, runner: Callable[[], Runner]) -> None:
    calls: list[datetime] = []

    def fails(_now: datetime) -> None:
        raise RuntimeError("no")

    jobs.register(
        Job("fails", "x", fails, every(seconds=1), timedelta(minutes=1)),
        Job("tick", "x", calls.append, every(seconds=1), timedelta(minutes=1)),
    )
    runner()
    wait_for(lambda: len(calls) >= 2)


def test_the_lock_fits_the_database(app: Flask) -> None:
    one, other = make_lock(app), make_lock(app)
    postgres = db.engine.dialect.name == "postgresql"
    assert isinstance(one, PostgresLock if postgres else FileLock)
    assert one.acquire()
    assert one.held()
    assert not other.acquire()
    assert not other.held()
    one.release()
    assert not one.held()
    assert other.acquire()
    other.release()


def test_a_lock_whose_file_was_replaced_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    one, other = FileLock(path), FileLock(path)
    assert one.acquire()
    path.unlink()
    assert other.acquire()
    assert not one.held()
    assert not one.acquire()
    other.release()


def test_a_lock_whose_connection_was_cut_is_lost(app: Flask) -> None:
    if db.engine.dialect.name != "postgresql":
        lock = make_lock(app)
        assert lock.acquire()
        lock.release()
        assert not lock.held()
        return
    one, other = make_lock(app), make_lock(app)
    assert one.acquire()
    with db.engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mobility scheduler'")
        )
    wait_for(other.acquire, seconds=5)
    assert not one.held()
    assert not one.acquire()
    other.release()
    wait_for(one.acquire, seconds=5)
    one.release()


def test_a_leader_that_loses_the_lock_steps_down(
    app: Flask, runner: Callable[[], Runner], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fickle:
        taken = False

        def acquire(self) -> bool:
            first, Fickle.taken = not Fickle.taken, True
            return first

        def held(self) -> bool:
            return not calls

        def release(self) -> None:
            return

    calls: list[datetime] = []
    jobs.register(Job("tick", "x", calls.append, every(seconds=1), timedelta(minutes=1)))
    monkeypatch.setattr(scheduler, "make_lock", lambda _app: Fickle())
    runner()
    wait_for(lambda: calls)
    time.sleep(2.5)
    assert len(calls) <= 2


def test_a_database_in_memory_has_its_lock_beside_the_other_files(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "DATABASE_URL", "sqlite://")
    lock = make_lock(app)
    assert lock.acquire()
    assert (Path(app.config["VAR_DIR"]) / "scheduler.lock").exists()
    lock.release()
