"""Scheduled jobs: declared by the rooms, run by the scheduler, the CLI or an administrator.

A room declares its jobs in ``jobs.py`` and ``app.py`` registers them::

    def remind(now: datetime) -> Counts:
        return services.queue_due_reminders(now=now, limit=500)

    JOBS = (Job("loan_reminders", "Rappels de retour", remind, every(minutes=5), must_run_every=timedelta(minutes=30)),)

A job is safe to run again and to run twice at once: one transaction per item, a limit, counts in
return. Long loops ask ``stopping()`` between two items.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import delete, func, select

from mobility.core import clock
from mobility.core.db import db, end_read, transaction
from mobility.core.errors import MobilityError, NotFound
from mobility.core.job_models import JobRun, JobSeen, SchedulerBeat

Counts = Mapping[str, int]
JobFunction = Callable[[datetime], Counts | None]

BEAT_LATE_AFTER = timedelta(seconds=60)
INTERRUPTED_AFTER = timedelta(hours=12)
KEPT = timedelta(days=60)
ERROR_LENGTH = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A job: a stable name, a French label, what it does, when it runs.

    ``must_run_every`` is the time after which a job that has not ended well is late. A run missed by
    more than ``misfire_grace`` (the scheduler was down) is left out until the next one.
    """

    name: str
    label: str
    function: JobFunction
    trigger: BaseTrigger
    must_run_every: timedelta
    misfire_grace: timedelta = field(default=timedelta(hours=6))


@dataclass(frozen=True, slots=True)
class RunResult:
    """How one run ended. ``error`` is empty when it went well."""

    name: str
    started_at: datetime
    ended_at: datetime
    counts: Counts
    error: str = ""

    @property
    def ok(self) -> bool:
        """Tell whether the job ended without an error."""
        return not self.error


@dataclass(frozen=True, slots=True)
class JobState:
    """A job as the administration page and ``/healthz`` show it."""

    name: str
    label: str
    last_started_at: datetime | None
    last_ended_at: datetime | None
    last_ok_at: datetime | None
    next_at: datetime | None
    counts: Counts
    error: str
    late: bool
    must_run_every: timedelta


@dataclass(frozen=True, slots=True)
class SchedulerState:
    """The leading scheduler; ``beat_at`` is None if none ever ran."""

    worker: str | None
    leader_since_at: datetime | None
    beat_at: datetime | None
    alive: bool


# How the counts of the jobs read on the administration page; rooms add their own words.
COUNT_LABELS: dict[str, str] = {
    "cancelled": "messages rappelés",
    "deleted": "supprimés",
    "done": "faits",
    "due": "à faire",
    "failed": "en échec",
    "late": "en retard",
    "left": "laissés pour plus tard",
    "missing": "introuvables",
    "objectives": "objectifs",
    "queued": "messages mis en attente",
    "reassigned": "réattribués",
    "staff": "alertes à l’équipe",
    "warned": "prévenus",
}

_jobs: dict[str, Job] = {}
_stop = threading.Event()


def every(*, seconds: int = 0, minutes: int = 0, hours: int = 0) -> IntervalTrigger:
    """Return a trigger that fires at a fixed pace."""
    return IntervalTrigger(seconds=seconds, minutes=minutes, hours=hours, timezone=clock.PARIS)


def daily(hour: int, minute: int = 0, *, day_of_week: str = "*") -> CronTrigger:
    """Return a trigger that fires at an hour of the clocks of Paris."""
    return CronTrigger(hour=hour, minute=minute, day_of_week=day_of_week, timezone=clock.PARIS)


def register(*jobs: Job) -> None:
    """Make jobs known. Registering the very same job again is fine (several applications in one process)."""
    for job in jobs:
        known = _jobs.get(job.name)
        if known is not None and known.function is not job.function:
            raise RuntimeError(f"two jobs are named {job.name}")
        _jobs[job.name] = job


def all_jobs() -> tuple[Job, ...]:
    """Return the jobs in order of their names."""
    return tuple(_jobs[name] for name in sorted(_jobs))


def get_job(name: str) -> Job:
    """Return a job. Raises NotFound."""
    try:
        return _jobs[name]
    except KeyError:
        raise NotFound(f"job {name}") from None


def worker_name() -> str:
    """Return who runs here: machine, process, thread."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_ident() % 100_000}"


def stopping() -> bool:
    """Tell a long job to end after its present item: the process is asked to stop."""
    return _stop.is_set()


def request_stop() -> None:
    """Ask the running jobs to end soon."""
    _stop.set()


def clear_stop() -> None:
    """Let jobs run (again)."""
    _stop.clear()


def run(name: str, *, now: datetime | None = None) -> RunResult:
    """Run a job here and record the run: start, end, counts, error. Raises NotFound for an unknown name.

    An error of the job is recorded and logged, not raised: the caller looks at ``ok``.
    """
    job = get_job(name)
    started_at = now or clock.now()
    run_id = _record_start(job.name, started_at)
    counts: Counts = {}
    error = ""
    try:
        counts = dict(job.function(started_at) or {})
    except Exception as failure:  # a job that fails must not stop the others
        log.exception("job_failed", job=name, error=type(failure).__name__)
        error = _describe(failure)
    finally:
        end_read()
    ended_at = max(clock.now(), started_at)
    _record_end(run_id, ended_at, counts, error)
    if error or any(counts.values()):
        log.info("job_ran", job=name, ok=not error, **{f"n_{key}": value for key, value in counts.items()})
    return RunResult(job.name, started_at, ended_at, counts, error)


def _describe(failure: Exception) -> str:
    """Name the error without the values that a database driver puts into its messages."""
    text = f"{type(failure).__name__}: {failure}" if isinstance(failure, MobilityError) else type(failure).__name__
    place = failure.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is not None:
        text = f"{text} ({Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno})"
    return text[:ERROR_LENGTH]


def _record_start(name: str, now: datetime) -> int:
    with transaction() as session:
        row = JobRun(job_name=name, worker=worker_name(), started_at=now, last_started_at=now)
        session.add(row)
        session.flush()
        return row.id


def _record_end(run_id: int, now: datetime, counts: Counts, error: str) -> None:
    with transaction() as session:
        row = session.get(JobRun, run_id)
        if row is None:  # pruned meanwhile: nothing to tell
            return
        row.ended_at = now
        row.counts = dict(counts)
        row.error = error or None
        if not error and not any(counts.values()):
            _fold(row)


def _fold(row: JobRun) -> None:
    """Fold a run that found nothing to do into the one before, if that one found nothing either."""
    session = db.session
    before = session.scalars(
        select(JobRun).where(JobRun.job_name == row.job_name, JobRun.id < row.id).order_by(JobRun.id.desc()).limit(1)
    ).first()
    if before is None or before.ended_at is None or before.error is not None or any((before.counts or {}).values()):
        return
    before.last_started_at = row.last_started_at
    before.ended_at = row.ended_at
    before.counts = row.counts
    before.worker = row.worker
    before.repeats += 1
    session.delete(row)


def note_jobs_seen(now: datetime) -> None:
    """Remember since when each job is known, so that one that never ran shows as late."""
    with transaction() as session:
        known = set(session.scalars(select(JobSeen.job_name)))
        session.add_all(JobSeen(job_name=job.name, first_seen_at=now) for job in all_jobs() if job.name not in known)


def beat(*, worker: str, leader_since_at: datetime, now: datetime) -> None:
    """Say that the leading scheduler lives."""
    with transaction() as session:
        row = session.get(SchedulerBeat, 1)
        if row is None:
            session.add(SchedulerBeat(id=1, worker=worker, leader_since_at=leader_since_at, beat_at=now))
        else:
            row.worker, row.leader_since_at, row.beat_at = worker, leader_since_at, now


def scheduler_state(now: datetime) -> SchedulerState:
    """Return who leads, and whether it has beaten within the last minute."""
    row = db.session.get(SchedulerBeat, 1, populate_existing=True)
    if row is None:
        return SchedulerState(None, None, None, alive=False)
    return SchedulerState(row.worker, row.leader_since_at, row.beat_at, alive=now - row.beat_at <= BEAT_LATE_AFTER)


def states(now: datetime) -> list[JobState]:
    """Return every job with its last run, in a constant number of queries."""
    last_ids = select(func.max(JobRun.id)).where(JobRun.job_name.in_(_jobs)).group_by(JobRun.job_name)
    last = {row.job_name: row for row in db.session.scalars(select(JobRun).where(JobRun.id.in_(last_ids)))}
    ended_well = (
        select(JobRun.job_name, func.max(JobRun.ended_at))
        .where(JobRun.job_name.in_(_jobs), JobRun.ended_at.is_not(None), JobRun.error.is_(None))
        .group_by(JobRun.job_name)
    )
    well = dict(db.session.execute(ended_well).all())
    seen = dict(db.session.execute(select(JobSeen.job_name, JobSeen.first_seen_at)).all())
    return [_state(job, last.get(job.name), well.get(job.name), seen.get(job.name), now) for job in all_jobs()]


def _state(job: Job, run: JobRun | None, ok_at: datetime | None, seen_at: datetime | None, now: datetime) -> JobState:
    since = ok_at or seen_at
    return JobState(
        name=job.name,
        label=job.label,
        last_started_at=run.last_started_at if run else None,
        last_ended_at=run.ended_at if run else None,
        last_ok_at=ok_at,
        next_at=job.trigger.get_next_fire_time(run.last_started_at if run else None, now),
        counts=(run.counts if run else None) or {},
        error=(run.error if run else None) or "",
        late=since is None or now - since > job.must_run_every,
        must_run_every=job.must_run_every,
    )


def late(now: datetime) -> list[JobState]:
    """Return the jobs that have not ended well in time."""
    return [state for state in states(now) if state.late]


def missed(job: Job, last_started_at: datetime | None, now: datetime) -> bool:
    """Tell whether a run should have begun while nobody led, within the job's grace."""
    if last_started_at is None:
        return False
    since = max(last_started_at, now - job.misfire_grace)
    expected = job.trigger.get_next_fire_time(None, since + timedelta(seconds=1))
    return expected is not None and expected <= now


def close_interrupted(now: datetime) -> int:
    """End the runs whose process died (here: its number is gone; elsewhere: half a day has passed)."""
    with transaction() as session:
        rows = session.scalars(select(JobRun).where(JobRun.ended_at.is_(None))).all()
        dead = [row for row in rows if now - row.started_at > INTERRUPTED_AFTER or _is_dead(row.worker)]
        for row in dead:
            row.ended_at, row.error = max(now, row.started_at), "Interrompu : le processus s’est arrêté"
        return len(dead)


def _is_dead(worker: str) -> bool:
    host, pid, *_ = worker.split(":")
    return host == socket.gethostname()[:40] and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists()


def last_starts() -> dict[str, datetime]:
    """Return when each job last began."""
    rows = db.session.execute(select(JobRun.job_name, func.max(JobRun.last_started_at)).group_by(JobRun.job_name))
    return dict(rows.all())


def recent_failures(limit: int = 20) -> Sequence[JobRun]:
    """Return the last runs that failed, the newest first."""
    query = select(JobRun).where(JobRun.error.is_not(None)).order_by(JobRun.id.desc()).limit(limit)
    return db.session.scalars(query).all()


def forget_old_runs(now: datetime) -> Counts:
    """Delete the runs of more than two months ago; the last one of each job stays."""
    with transaction() as session:
        kept = select(func.max(JobRun.id)).group_by(JobRun.job_name).scalar_subquery()
        old = delete(JobRun).where(JobRun.started_at < now - KEPT, JobRun.id.not_in(kept))
        gone = int(getattr(session.execute(old), "rowcount", 0))
    return {"deleted": gone}
