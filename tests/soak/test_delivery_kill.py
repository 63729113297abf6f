"""The delivery is killed with -9, again and again: nothing is lost, nothing is sent twice but what was in flight.

A real SMTP server runs in a process of its own and notes each message before it says « 250 ». The
short form belongs to every run of the tests; the full one (10 000 messages, 20 kills) to `make soak`.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from mobility.core import clock, jobs
from mobility.core.db import db, transaction
from mobility.core.job_models import SchedulerBeat
from mobility.notifications import services, templates
from mobility.notifications.kinds import Channel, MessageClass, MessageState, Outcome
from mobility.notifications.models import ContactPoint, DeliveryAttempt, OutboxMessage, Recipient
from tests.conftest import SECRET
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 2
PATIENCE_SECONDS = 600


class MailProcess:
    """The SMTP server as a process, and what it noted."""

    def __init__(self, folder: Path) -> None:
        self.port, self.log = free_port(), folder / "mails.tsv"
        self.log.touch()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.smtp", str(self.port), str(self.log)], cwd=ROOT
        )
        wait_for(self._listens, "the mail server listens")

    def _listens(self) -> bool:
        import socket

        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def lines(self) -> list[str]:
        """Return « Message-ID<TAB>recipient » of each message taken."""
        return self.log.read_text().splitlines()

    def count(self) -> int:
        """Return how many messages were taken, cheaply."""
        return self.log.read_bytes().count(b"\n")

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def wait_for(condition: Callable[[], Any], what: str, *, seconds: float = PATIENCE_SECONDS, step: float = 0.01) -> Any:
    """Wait until the condition holds. Fails with its name otherwise."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(step)
    pytest.fail(f"waited {seconds} s in vain: {what}")


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailProcess]:
    server = MailProcess(tmp_path)
    yield server
    server.stop()


class Schedulers:
    """Real scheduler processes on the database of the test."""

    def __init__(self, app: Flask, mail: MailProcess, folder: Path) -> None:
        self._environment = {
            **os.environ,
            "DATABASE_URL": str(app.config["DATABASE_URL"]),
            "SECRET_KEY": SECRET,
            "VAR_DIR": str(app.config["VAR_DIR"]),
            "EMAIL_CHANNEL": "smtp",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mail.port),
            "OUTBOX_LEASE_SECONDS": str(LEASE_SECONDS),
            "QUIET_FROM": "00:00",
            "QUIET_UNTIL": "00:00",
            "LOG_LEVEL": "WARNING",
        }
        self._log = (folder / "schedulers.log").open("ab")
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """Start one more."""
        process = subprocess.Popen(
            [sys.executable, "-m", "mobility.scheduler"],
            cwd=ROOT,
            env=self._environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill one with -9."""
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.running.remove(process)

    def stop(self) -> list[int]:
        """Ask all to stop, as `make run` does; return their codes."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(timeout=60) for process in self.running]
        self.running.clear()
        return codes

    def close(self) -> None:
        """Leave nothing behind."""
        for process in list(self.running):
            self.kill(process)
        self._log.close()


@pytest.fixture
def schedulers(app: Flask, mail: MailProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Schedulers]:
    for name in ("QUIET_FROM", "QUIET_UNTIL"):  # the tests run at night too
        monkeypatch.setitem(app.config, name, time_of_day(0))
    several = Schedulers(app, mail, tmp_path)
    yield several
    several.close()


def queue_reminders(count: int) -> None:
    """Queue one due reminder for each of that many people."""
    now, params = clock.now(), dict(templates.get_template("staff_alert").sample)
    with transaction() as session:
        first = (session.scalar(select(func.max(Recipient.id))) or 0) + 1
        ids = range(first, first + count)
        session.execute(insert(Recipient), [{"id": n, "locale": "fr", "digest": True} for n in ids])
        session.execute(
            insert(ContactPoint),
            [
                {
                    "recipient_id": n,
                    "channel": Channel.EMAIL,
                    "value": f"p{n}@exemple.fr",
                    "holder": "self",
                    "holder_name": "",
                    "neutral": False,
                    "verified_at": now,
                    "created_at": now,
                }
                for n in ids
            ],
        )
        for n in ids:
            services.queue(
                recipient_id=n,
                template="staff_alert",
                params=params,
                message_class=MessageClass.NORMAL,
                dedup_key=f"reminder:{n}",
                now=now,
            )


def count_in(*states: MessageState) -> int:
    """Count the messages in these states, as others have committed them."""
    db.session.rollback()
    query = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.state.in_(states))
    return db.session.scalar(query) or 0


def check_everything_arrived(mail: MailProcess, *, messages: int, kills: int) -> int:
    """Check the promise; return how many messages came twice."""
    assert count_in(MessageState.SENT) == messages
    taken = Counter(line.partition("\t")[0] for line in mail.lines())
    assert set(taken) == set(db.session.scalars(select(OutboxMessage.message_id)))
    twice = {message_id for message_id, times in taken.items() if times > 1}
    lost = set(
        db.session.scalars(
            select(OutboxMessage.message_id)
            .join(DeliveryAttempt, DeliveryAttempt.outbox_message_id == OutboxMessage.id)
            .where(DeliveryAttempt.outcome == Outcome.LOST)
        )
    )
    assert twice <= lost, "only what was in flight at a kill may come twice"
    assert len(lost) <= kills
    assert max(taken.values()) <= 2 or kills > 1
    return len(twice)


def deliver_through_kills(
    mail: MailProcess, schedulers: Schedulers, *, messages: int, kills: int, seed: int
) -> tuple[int, float]:
    """Queue, kill, and wait for the end. Returns (came twice, seconds)."""
    chance = random.Random(seed)
    queue_reminders(messages)
    began = time.monotonic()
    for number in range(1, kills + 1):
        process = schedulers.start()
        goal = number * messages // (kills + 1)
        wait_for(lambda goal=goal: mail.count() >= goal, f"message {goal}", step=0.001)
        time.sleep(chance.random() * 0.02)  # somewhere inside a message, not at its edge
        schedulers.kill(process)
    schedulers.start()
    wait_for(lambda: count_in(MessageState.SENT) == messages, "all messages are sent", step=0.2)
    assert schedulers.stop() == [0]
    return check_everything_arrived(mail, messages=messages, kills=kills), time.monotonic() - began


def test_kills_lose_nothing_and_repeat_only_what_was_in_flight(
    app: Flask, mail: MailProcess, schedulers: Schedulers
) -> None:
    deliver_through_kills(mail, schedulers, messages=300, kills=3, seed=1)


@pytest.mark.soak
def test_twenty_kills_among_ten_thousand_messages(
    app: Flask, mail: MailProcess, schedulers: Schedulers, capsys: pytest.CaptureFixture[str]
) -> None:
    twice, seconds = deliver_through_kills(mail, schedulers, messages=10_000, kills=20, seed=2)
    with capsys.disabled():
        print(f"\n10000 messages, 20 kills: 0 lost, {twice} in flight came twice, {seconds:.0f} s")


def test_two_schedulers_send_nothing_twice_and_one_takes_over_from_the_other(
    app: Flask, mail: MailProcess, schedulers: Schedulers
) -> None:
    queue_reminders(150)
    first, second = schedulers.start(), schedulers.start()
    leader = wait_for(lambda: leading(first, second), "one of them leads", step=0.05)
    wait_for(lambda: mail.count() >= 50, "50 messages")
    schedulers.kill(leader)
    killed_at = time.monotonic()
    other = second if leader is first else first
    wait_for(lambda: leading(other), "the other one leads", seconds=15, step=0.05)
    assert time.monotonic() - killed_at < 10
    wait_for(lambda: count_in(MessageState.SENT) == 150, "all messages are sent", step=0.2)
    assert schedulers.stop() == [0]
    check_everything_arrived(mail, messages=150, kills=1)


def leading(*processes: subprocess.Popen[bytes]) -> subprocess.Popen[bytes] | None:
    """Return which of these leads."""
    db.session.rollback()
    beat = db.session.get(SchedulerBeat, 1, populate_existing=True)
    pids = {process.pid: process for process in processes}
    return pids.get(int(beat.worker.split(":")[1])) if beat else None


def test_delivery_processes_without_a_leader_send_nothing_twice(
    app: Flask, mail: MailProcess, schedulers: Schedulers
) -> None:
    """Two operators start the delivery by hand at once: the lock of the scheduler does not protect them."""
    queue_reminders(150)
    code = (
        "from mobility.app import create_app; from mobility.core import jobs; app = create_app()\n"
        "with app.app_context(): raise SystemExit(0 if jobs.run('deliver').ok else 1)"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=schedulers._environment, stdout=subprocess.DEVNULL)
        for _ in range(3)
    ]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    assert check_everything_arrived(mail, messages=150, kills=0) == 0
    assert jobs.last_starts().keys() == {"deliver"}
