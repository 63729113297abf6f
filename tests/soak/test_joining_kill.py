"""The process that joins a dossier's papers and sends them is killed with -9 at any instant: once, whole, or not yet.

Each kill falls later than the one before, from the start of the job to its end; then the job runs in peace.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from mobility.core import jobs
from mobility.core.clock import day_of, now
from mobility.core.db import db
from mobility.documents import services as documents
from mobility.documents import storage
from mobility.documents.models import Document
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.models import MicrocreditLog, MicrocreditTransmission
from mobility.microcredit.paperwork.queries import joined_file
from mobility.microcredit.paperwork.services import ask_sending
from mobility.microcredit.rules.states import Action, State
from mobility.notifications.models import OutboxMessage
from tests.conftest import SECRET
from tests.factories.dossiers import a_dossier
from tests.factories.pathway import a_person
from tests.factories.scans import pdf_of
from tests.integration.microcredit.test_papers import a_partner

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120
CODE = (
    "from mobility.app import create_app; from mobility.core import jobs; app = create_app()\n"
    "with app.app_context():\n    print('begun', flush=True)\n    raise SystemExit(0 if jobs.run('microcredit_join').ok else 1)"
)


def waiting_dossier() -> int:
    """A complete dossier with its papers, whose sending was asked for."""
    acts: dict[str, Any] = {"actor_id": None, "now": now()}
    dossier_id = a_dossier(a_person(), bank_id=a_partner(), now=acts["now"])
    for code in ("payslips", "debt_papers", "quote"):
        prepared = documents.prepare_bytes(pdf_of(*[f"Piece {code}"] * 8), "piece", paper=True)
        services.bring_paper(dossier_id=dossier_id, code=code, dated_on=day_of(acts["now"]), prepared=prepared, **acts)
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, **acts)
    ask_sending(dossier_id=dossier_id, version=None, **acts)
    return dossier_id


class Joiner:
    """The job in a process on the database of the test."""

    def __init__(self, app: Flask) -> None:
        environment = {
            **os.environ,
            "DATABASE_URL": str(app.config["DATABASE_URL"]),
            "SECRET_KEY": SECRET,
            "VAR_DIR": str(app.config["VAR_DIR"]),
            "LOG_LEVEL": "WARNING",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"begun\n"

    def kill(self, *, after: float) -> None:
        """Kill it with -9 some seconds after the job began."""
        time.sleep(after)
        self.process.kill()
        self.process.communicate()

    def finish(self) -> float:
        """Let it end; return how long that took."""
        began = time.perf_counter()
        self.process.communicate(timeout=PATIENCE_SECONDS)
        assert self.process.returncode == 0
        return time.perf_counter() - began


def check_sent_once(dossier_id: int) -> None:
    """One transmission with its whole file, one line of the log, one mail; nothing of it is left to do."""
    db.session.rollback()
    db.session.expire_all()
    assert queries.get_dossier(dossier_id).state is State.TRANSMITTED
    (sent,) = db.session.scalars(
        select(MicrocreditTransmission).where(MicrocreditTransmission.dossier_id == dossier_id)
    ).all()
    lines = select(func.count()).where(
        MicrocreditLog.dossier_id == dossier_id, MicrocreditLog.action == Action.TRANSMIT
    )
    assert db.session.scalar(lines) == 1
    mails = select(func.count()).where(OutboxMessage.dedup_key.startswith(f"credit_to_bank:{sent.id}:"))
    assert db.session.scalar(mails) == 1
    assert joined_file(dossier_id) is None
    kept = storage.read(db.session.get_one(Document, sent.document_id).storage_key)
    assert len(PdfReader(BytesIO(kept)).pages) > 24


def join_through_kills(app: Flask, kills: int) -> None:
    """Join one dossier in peace to know how long it takes, then one for which the process dies again and again."""
    first = waiting_dossier()
    seconds = Joiner(app).finish()
    check_sent_once(first)
    dossier_id = waiting_dossier()
    for number in range(kills):
        Joiner(app).kill(after=seconds * number / kills)
        db.session.rollback()
        if joined_file(dossier_id) is None:  # it got through before the kill
            check_sent_once(dossier_id)
            dossier_id = waiting_dossier()
    Joiner(app).finish()
    check_sent_once(dossier_id)
    # Files that a kill left behind belong to nobody; the clean-up takes them, and nothing else.
    tomorrow = now() + timedelta(days=2)
    documents.clean_up(tomorrow)
    known = set(db.session.scalars(select(Document.storage_key).where(Document.erased_at.is_(None))))
    assert {name for name, _at in storage.walk()} == known
    assert list(storage.workshop().iterdir()) == []
    assert jobs.run("microcredit_join").counts == {"done": 0, "failed": 0, "deleted": 0}


def test_kills_send_a_dossier_once_and_whole(app: Flask) -> None:
    join_through_kills(app, 3)


@pytest.mark.soak
def test_forty_kills_send_every_dossier_once_and_whole(app: Flask) -> None:
    join_through_kills(app, 40)
