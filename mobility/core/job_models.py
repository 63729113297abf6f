"""Tables of the scheduled jobs: what ran, and that the scheduler is alive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base


class JobRun(Base):
    """One run of a job. ``repeats`` counts runs in a row that found nothing to do, folded into one row."""

    __tablename__ = "job_run"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ends_after_start"),
        CheckConstraint("ended_at IS NOT NULL OR (error IS NULL AND counts IS NULL)", name="outcome_at_end"),
        CheckConstraint("repeats >= 1", name="repeats_positive"),
        Index("ix_job_run_job_name_started_at", "job_name", "started_at"),
        Index("ix_job_run_ended_at", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_name: Mapped[str] = mapped_column(String(80))
    worker: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime]
    last_started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str | None] = mapped_column(String(500))
    repeats: Mapped[int] = mapped_column(default=1)


class JobSeen(Base):
    """The first time a scheduler knew of a job: a job that never ran is late from then on."""

    __tablename__ = "job_seen"

    job_name: Mapped[str] = mapped_column(String(80), primary_key=True)
    first_seen_at: Mapped[datetime]


class SchedulerBeat(Base):
    """The leading scheduler, and when it last said that it lives. One row."""

    __tablename__ = "scheduler_beat"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    worker: Mapped[str] = mapped_column(String(80))
    leader_since_at: Mapped[datetime]
    beat_at: Mapped[datetime]
