from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.core import jobs
from mobility.core.db import transaction
from mobility.core.errors import NotFound, RuleViolation
from mobility.core.job_models import JobRun
from mobility.core.jobs import Job, daily, every
from tests.factories.accounts import make_user, signed_in

NOON = datetime(2026, 1, 6, 11, 0, tzinfo=UTC)  # in the past: runs end at the real instant
HOUR = timedelta(hours=1)


class Work:
    """A job that does as it is told."""

    def __init__(self) -> None:
        self.counts: dict[str, int] | None = {"sent": 2}
        self.error: Exception | None = None
        self.calls: list[datetime] = []

    def __call__(self, now: datetime) -> dict[str, int] | None:
        self.calls.append(now)
        if self.error is not None:
            raise self.error
        return self.counts


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """One job alone: « work », every minute, late after an hour."""
    monkeypatch.setattr(jobs, "_jobs", {})
    one = Work()
    jobs.register(Job("work", "Travail d’essai", one, every(minutes=1), HOUR))
    return one


def runs(session: Session) -> list[JobRun]:
    session.rollback()
    return list(session.scalars(select(JobRun).order_by(JobRun.id).execution_options(populate_existing=True)))


def test_a_run_is_recorded_with_its_counts(session: Session, work: Work) -> None:
    result = jobs.run("work", now=NOON)
    assert result.ok
    assert work.calls == [NOON]
    (row,) = runs(session)
    assert (row.job_name, row.started_at, row.counts, row.error) == ("work", NOON, {"sent": 2}, None)
    assert row.ended_at is not None


def test_a_job_that_fails_is_recorded_and_does_not_raise(session: Session, work: Work) -> None:
    work.error = ValueError("alix@exemple.fr is wrong")
    result = jobs.run("work", now=NOON)
    assert not result.ok
    (row,) = runs(session)
    assert row.error is not None
    assert row.error.startswith("ValueError (test_jobs.py:")
    assert "alix" not in row.error  # values of people stay out of the record


def test_a_rule_that_refuses_is_recorded_with_its_sentence(session: Session, work: Work) -> None:
    work.error = RuleViolation("Ce n’est pas possible.")
    assert "Ce n’est pas possible." in jobs.run("work", now=NOON).error


def test_what_a_failing_job_had_not_committed_is_undone(session: Session, work: Work) -> None:
    def half(now: datetime) -> None:
        with transaction() as inner:
            inner.add(JobRun(job_name="half", worker="w", started_at=now, last_started_at=now))
            inner.flush()
            raise RuntimeError("in the middle")

    jobs.register(Job("half", "Moitié", half, every(minutes=1), HOUR))
    jobs.run("half", now=NOON)
    assert len(runs(session)) == 1


def test_an_unknown_job_is_not_run(app: Flask, work: Work) -> None:
    with pytest.raises(NotFound):
        jobs.run("nothing")


def test_runs_that_find_nothing_share_one_row(session: Session, work: Work) -> None:
    work.counts = None
    for minute in range(3):
        jobs.run("work", now=NOON + timedelta(minutes=minute))
    (row,) = runs(session)
    assert (row.repeats, row.started_at, row.last_started_at) == (3, NOON, NOON + timedelta(minutes=2))
    work.counts = {"sent": 1}
    jobs.run("work", now=NOON + timedelta(minutes=3))
    work.counts = {"sent": 0}
    jobs.run("work", now=NOON + timedelta(minutes=4))
    assert [row.repeats for row in runs(session)] == [3, 1, 1]


def test_a_job_is_late_when_it_has_not_ended_well_in_time(session: Session, work: Work) -> None:
    assert [state.name for state in jobs.late(NOON)] == ["work"]  # no scheduler ever knew of it
    jobs.note_jobs_seen(NOON)
    assert jobs.late(NOON + HOUR) == []
    assert len(jobs.late(NOON + HOUR + timedelta(seconds=1))) == 1
    jobs.run("work", now=NOON + HOUR)
    assert jobs.late(datetime.now(UTC)) == []
    work.error = RuntimeError("x")
    jobs.run("work")
    (state,) = jobs.states(datetime.now(UTC) + timedelta(minutes=30))
    assert state.error
    assert not state.late
    assert jobs.late(datetime.now(UTC) + HOUR + timedelta(minutes=1)) != []


def test_noting_the_jobs_again_keeps_the_first_instant(session: Session, work: Work) -> None:
    jobs.note_jobs_seen(NOON)
    jobs.note_jobs_seen(NOON + HOUR)
    assert len(jobs.late(NOON + HOUR + timedelta(seconds=1))) == 1


def test_the_states_are_read_in_a_constant_number_of_queries(
    session: Session, work: Work, count_queries: object
) -> None:
    def queries() -> int:
        with count_queries() as seen:  # type: ignore[operator]
            jobs.states(NOON)
        return int(seen.total)

    few = queries()
    for number in range(10):
        jobs.register(Job(f"job{number}", "x", Work(), every(minutes=1), HOUR))
        jobs.run(f"job{number}", now=NOON)
    assert queries() == few


def test_the_scheduler_lives_while_it_beats(session: Session) -> None:
    assert jobs.scheduler_state(NOON).alive is False
    jobs.beat(worker="w:1:1", leader_since_at=NOON, now=NOON)
    assert jobs.scheduler_state(NOON + timedelta(seconds=60)).alive
    assert not jobs.scheduler_state(NOON + timedelta(seconds=61)).alive
    jobs.beat(worker="w:2:1", leader_since_at=NOON, now=NOON + HOUR)
    assert jobs.scheduler_state(NOON + HOUR).worker == "w:2:1"


def test_runs_of_dead_processes_are_ended(session: Session, work: Work) -> None:
    host = jobs.worker_name().split(":")[0]
    with transaction():
        for worker, age in ((f"{host}:999999999:1", 0), (jobs.worker_name(), 0), ("elsewhere:1:1", 0), ("old:1:1", 13)):
            at = NOON - timedelta(hours=age)
            session.add(JobRun(job_name="work", worker=worker, started_at=at, last_started_at=at))
    assert jobs.close_interrupted(NOON) == 2
    assert [row.error is not None for row in runs(session)] == [True, False, False, True]


def test_a_run_missed_while_nobody_led_is_made_up_within_the_grace(work: Work) -> None:
    nightly = Job("nightly", "x", work, daily(3), timedelta(hours=26), timedelta(hours=6))
    last = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 3 h in Paris, the day before
    assert not jobs.missed(nightly, last, datetime(2026, 11, 24, 1, 59, tzinfo=UTC))
    assert jobs.missed(nightly, last, datetime(2026, 11, 24, 2, 1, tzinfo=UTC))
    assert jobs.missed(nightly, last, datetime(2026, 11, 24, 7, 59, tzinfo=UTC))
    assert not jobs.missed(nightly, last, datetime(2026, 11, 24, 8, 1, tzinfo=UTC))
    assert not jobs.missed(nightly, None, NOON)


def test_a_nightly_job_keeps_the_hour_of_paris_over_both_changes(work: Work) -> None:
    trigger = daily(3, 30)
    for before, expected in (
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),
    ):
        assert trigger.get_next_fire_time(None, before) == expected


def test_old_runs_are_deleted_but_for_the_last_of_each_job(session: Session, work: Work) -> None:
    for days in (100, 90, 80):
        jobs.run("work", now=NOON - timedelta(days=days))
    assert jobs.forget_old_runs(NOON) == {"deleted": 2}
    assert len(runs(session)) == 1


def test_two_jobs_cannot_share_a_name(work: Work) -> None:
    jobs.register(jobs.get_job("work"))
    with pytest.raises(RuntimeError, match="two jobs"):
        jobs.register(Job("work", "x", Work(), every(minutes=1), HOUR))


# --- the page


@pytest.fixture
def administrator(app: Flask) -> FlaskClient:
    return signed_in(app, make_user(Role.ADMINISTRATOR))


def test_the_page_shows_late_jobs_and_a_scheduler_that_never_ran(administrator: FlaskClient, work: Work) -> None:
    page = administrator.get("/administration/taches").text
    assert "Travail d’essai" in page
    assert "En retard" in page
    assert "n’a jamais tourné" in page


def test_a_job_is_run_by_a_button_and_never_by_a_link(administrator: FlaskClient, work: Work, session: Session) -> None:
    assert administrator.get("/administration/taches/work/lancer").status_code == 405
    page = administrator.post("/administration/taches/work/lancer", follow_redirects=True).text
    assert "a été faite" in page
    assert "envoyés : 2" in page
    assert "À l’heure" in page
    work.error = RuntimeError("x")
    page = administrator.post("/administration/taches/work/lancer", follow_redirects=True).text
    assert "a échoué" in page
    assert "RuntimeError" in page
    assert len(work.calls) == 2


def test_a_scheduler_that_stopped_is_told(administrator: FlaskClient, work: Work) -> None:
    jobs.beat(worker="w:1:1", leader_since_at=NOON, now=NOON)
    assert "ne répond plus" in administrator.get("/administration/taches").text


@pytest.mark.parametrize("name", ["nothing", "%F0%9F%98%80", "a" * 5000, "..%5c"])
def test_a_hostile_name_finds_no_job(administrator: FlaskClient, work: Work, name: str) -> None:
    assert administrator.post(f"/administration/taches/{name}/lancer").status_code == 404


def test_the_auditor_looks_and_does_not_touch(app: Flask, work: Work) -> None:
    auditor = signed_in(app, make_user(Role.AUDITOR))
    page = auditor.get("/administration/taches")
    assert page.status_code == 200
    assert "Lancer" not in page.text
    assert auditor.post("/administration/taches/work/lancer").status_code == 403
    assert work.calls == []
