"""The scheduler: one process leads, others started beside it wait to take over.

APScheduler runs in this process's threads without a job store that processes would share. Whoever
holds the lock runs the jobs: an advisory lock of PostgreSQL on a connection of its own, a file lock
beside an SQLite database. Both vanish with the process, so that after ``kill -9`` another one leads
within a second or two. The main thread watches the lock and the signals; it stops the jobs between
two of their items.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import signal
import threading
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Protocol

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from mobility.core import clock, jobs
from mobility.core.db import engine_options

log = structlog.get_logger(__name__)

CHECK_SECONDS = 1.0
BEAT_EVERY = timedelta(seconds=10)
THREADS = 4
# One number for the one scheduler of a database; advisory locks are counted by database.
LOCK_KEY = 0x6D6F62_7363_68


class LeaderLock(Protocol):
    """What only one process holds at a time, and loses when it dies."""

    def acquire(self) -> bool:
        """Try to take the lock; never waits."""

    def held(self) -> bool:
        """Tell whether it is still ours."""

    def release(self) -> None:
        """Let it go."""


class PostgresLock:
    """An advisory lock of the session of a connection of its own."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            engine_options(url)["url"],
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "connect_timeout": 5,
                "keepalives": 1,
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 3,
                "application_name": "mobility scheduler",
            },
        )
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Try to take the lock. False also while the database cannot be reached."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            return bool(self._connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK_KEY}))
        except SQLAlchemyError as error:
            log.warning("leader_lock_unreachable", error=type(error).__name__)
            self.release()
            return False

    def held(self) -> bool:
        """Ask the server itself: a connection that was cut has lost the lock."""
        if self._connection is None:
            return False
        query = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted"
            " AND classid = :high AND objid = :low AND objsubid = 1"
        )
        try:
            return bool(self._connection.scalar(query, {"high": LOCK_KEY >> 32, "low": LOCK_KEY & 0xFFFFFFFF}))
        except SQLAlchemyError as error:
            log.warning("leader_lock_lost", error=type(error).__name__)
            self.release()
            return False

    def release(self) -> None:
        """Close the connection; the server lets the lock go with it."""
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None


class FileLock:
    """A lock on a file beside the database; the kernel lets it go with the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Try to take the lock."""
        if self._descriptor is not None:
            return self.held()
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return self.held()

    def held(self) -> bool:
        """Tell whether the file that we hold is still the one at that path."""
        if self._descriptor is None:
            return False
        try:
            if os.path.samestat(os.fstat(self._descriptor), self._path.stat()):
                return True
        except OSError:
            pass
        log.warning("leader_lock_lost", error="the lock file was replaced")
        self.release()
        return False

    def release(self) -> None:
        """Close the file; the lock goes with it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def make_lock(app: Flask) -> LeaderLock:
    """Return the lock that fits the database of the application."""
    url = make_url(str(app.config["DATABASE_URL"]))
    if url.get_backend_name() == "postgresql":
        return PostgresLock(str(app.config["DATABASE_URL"]))
    if url.database and url.database != ":memory:":
        return FileLock(Path(f"{url.database}.scheduler.lock"))
    return FileLock(Path(app.config["VAR_DIR"]) / "scheduler.lock")


def run(app: Flask, *, stop: threading.Event, lock: LeaderLock | None = None) -> None:
    """Compete for the lock, lead while it is ours, until ``stop`` is set."""
    lock = lock or make_lock(app)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    # A long delivery skips its own next runs, every three seconds: nothing to tell.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    waiting = False
    try:
        while not stop.is_set():
            if lock.acquire():
                _lead(app, lock, stop)
                waiting = False
            elif not waiting:
                waiting = True
                log.info("scheduler_waits", reason="another scheduler leads")
            stop.wait(CHECK_SECONDS)
    finally:
        lock.release()


def _lead(app: Flask, lock: LeaderLock, stop: threading.Event) -> None:
    """Run the jobs while the lock is ours."""
    since, worker = clock.now(), jobs.worker_name()
    jobs.clear_stop()
    scheduler = _scheduler(app, since)
    if scheduler is None:
        return
    scheduler.start()
    log.info("scheduler_leads", worker=worker, jobs=len(jobs.all_jobs()))
    last_beat = since - BEAT_EVERY
    try:
        while not stop.is_set():
            if not lock.held():
                log.warning("scheduler_steps_down", worker=worker)
                break
            now = clock.now()
            if now - last_beat >= BEAT_EVERY and _beat(app, worker, since, now):
                last_beat = now
            stop.wait(CHECK_SECONDS)
    finally:
        jobs.request_stop()
        scheduler.shutdown(wait=True)
        log.info("scheduler_stopped", worker=worker)


def _scheduler(app: Flask, now: datetime) -> BackgroundScheduler | None:
    """Return a scheduler with every job, or None if the database cannot be read yet."""
    try:
        with app.app_context():
            jobs.note_jobs_seen(now)
            jobs.close_interrupted(now)
            started = jobs.last_starts()
    except SQLAlchemyError as error:
        log.warning("scheduler_has_no_database", error=type(error).__name__)
        return None
    scheduler = BackgroundScheduler(timezone=clock.PARIS, executors={"default": ThreadPoolExecutor(THREADS)})
    for job in jobs.all_jobs():
        at_once = isinstance(job.trigger, IntervalTrigger) or jobs.missed(job, started.get(job.name), now)
        scheduler.add_job(
            _run_job,
            job.trigger,
            args=(app, job.name),
            id=job.name,
            name=job.label,
            replace_existing=True,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=max(1, int(job.misfire_grace.total_seconds())),
            **({"next_run_time": now} if at_once else {}),
        )
    return scheduler


def _run_job(app: Flask, name: str) -> None:
    """Run one job in a context of its own; what fails is recorded, never raised into the scheduler."""
    if jobs.stopping():
        return
    try:
        with app.app_context():
            jobs.run(name)
    except SQLAlchemyError as error:
        log.warning("job_not_recorded", job=name, error=type(error).__name__)


def _beat(app: Flask, worker: str, since: datetime, now: datetime) -> bool:
    try:
        with app.app_context():
            jobs.beat(worker=worker, leader_since_at=since, now=now)
    except SQLAlchemyError as error:
        log.warning("scheduler_cannot_beat", error=type(error).__name__)
        return False
    return True


def main(app: Flask | None = None) -> None:
    """Run the scheduler until SIGTERM or SIGINT."""
    from mobility.app import create_app

    stop = threading.Event()

    def end(signum: int, _frame: FrameType | None) -> None:
        log.info("scheduler_asked_to_stop", signal=signal.Signals(signum).name)
        stop.set()
        jobs.request_stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    run(app or create_app(), stop=stop)


if __name__ == "__main__":
    main()
