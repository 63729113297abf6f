"""Early signals written down as facts, and who is told: neutrally the person, with what to do the adviser."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mobility.agenda.hooks import VisitEvent
from mobility.agenda.rules import VisitAct
from mobility.core import jobs
from mobility.core.clock import day_of, format_date
from mobility.core.db import db, end_read, load, lock, transaction
from mobility.core.text import clean_text
from mobility.desks.models import Desk
from mobility.journal import services as journal
from mobility.microcredit.dossiers import parameters, words
from mobility.microcredit.dossiers.errors import ReasonMissing
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.dossiers.queries import dues_of, ledger_of, payments_of
from mobility.microcredit.dossiers.services.steps import follow
from mobility.microcredit.followup import messages
from mobility.microcredit.followup.errors import NotRepaying
from mobility.microcredit.followup.models import CreditSignal
from mobility.microcredit.rules.signals import SIGNAL_ADVICE, TOLD, Signal, SignalKind, act_before, read_signals
from mobility.microcredit.rules.states import RUNNING, State
from mobility.notifications import render
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.people import services as people
from mobility.people.models import Person

WORDS_MAX = 1000
BATCH = 200


def follow_loans(*, now: datetime) -> dict[str, int]:
    """Write down what payments show of every running loan, one transaction each, and tell whom it concerns.

    A grant whose offer has lapsed unsigned carries nobody any more. Safe to run again: a fact is noticed once.
    """
    counts = {"seen": 0, "signals": 0, "told": 0}
    last = 0
    while True:
        ids = list(
            db.session.scalars(
                select(MicrocreditDossier.id)
                .where(MicrocreditDossier.state.in_(RUNNING | {State.GRANTED}), MicrocreditDossier.id > last)
                .order_by(MicrocreditDossier.id)
                .limit(BATCH)
            )
        )
        end_read()
        for dossier_id in ids:
            if jobs.stopping():
                return counts
            found, told = follow_loan(dossier_id, now=now)
            counts["seen"] += 1
            counts["signals"] += found
            counts["told"] += told
        if len(ids) < BATCH:
            return counts
        last = ids[-1]


def follow_loan(dossier_id: int, *, now: datetime) -> tuple[int, int]:
    """Write down what one loan's payments show; return how many new facts, and how many messages were queued."""
    today = day_of(now)
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        if row.state not in RUNNING | {State.GRANTED}:
            return 0, 0
        # A licence that ran out, or an offer that lapsed, tells nobody: the journeys are looked at each time.
        follow(session, row, now=now)
        if row.state is State.GRANTED:
            return 0, 0
        grace = parameters.late_days(on=today)
        payments = [(one.paid_on, one.amount_cents) for one in payments_of(dossier_id)]
        signals = read_signals(dues_of(dossier_id), payments, on=today, grace_days=grace)
        fresh = [one for one in signals if _write(session, dossier_id, one, now=now)]
        told = _tell(row, fresh, now=now)
        return len(fresh), told


def _write(session: Session, dossier_id: int, signal: Signal, *, now: datetime) -> bool:
    known = session.scalar(
        select(CreditSignal.id).where(
            CreditSignal.dossier_id == dossier_id, CreditSignal.kind == signal.kind, CreditSignal.key == signal.key
        )
    )
    if known is not None:
        return False
    session.add(
        CreditSignal(
            dossier_id=dossier_id, kind=signal.kind, on=signal.on, key=signal.key, words=signal.words, noted_at=now
        )
    )
    session.flush()
    return True


def _tell(row: MicrocreditDossier, fresh: list[Signal], *, now: datetime) -> int:
    """Tell the person and the adviser of a missed instalment, and once more some days before the second one is."""
    today = day_of(now)
    ledger = ledger_of(row.id, on=today)
    before_on = act_before(ledger, ficp_days=parameters.ficp_days(on=today))
    if before_on is None:
        return 0
    first = ledger.late[0].due.due_on.isoformat()
    told = 0
    if any(one.kind in TOLD for one in fresh):
        told += _message(
            row, key=f"first:{first}", before_on=before_on, now=now, title="Une mensualité n’est pas reçue"
        )
    if 0 <= (before_on - today).days <= parameters.alert_days(on=today):
        title = "Dernier moment avant la deuxième mensualité manquée"
        told += _message(row, key=f"second:{first}", before_on=before_on, now=now, title=title)
    return told


def _message(row: MicrocreditDossier, *, key: str, before_on: date, now: datetime, title: str) -> int:
    person = load(Person, row.person_id)
    desk = load(Desk, person.desk_id)
    day = format_date(before_on, year=day_of(now).year)
    queued = notifications.queue(
        recipient_id=person.recipient_id,
        template=messages.CALL_US,
        params={"place": desk.name, "phone": desk.phone, "until": day if before_on > day_of(now) else ""},
        message_class=MessageClass.NORMAL,
        dedup_key=f"credit:{row.id}:{key}:person",
        now=now,
        person_id=person.id,
    )
    adviser_id = person.referent_user_id or row.adviser_id
    staff = people.tell_staff(
        person_id=person.id,
        user_ids=[] if adviser_id is None else [adviser_id],
        key=f"credit:{row.id}:{key}:staff",
        title=title,
        text=f"À régler avant le {day} : deux mensualités manquées peuvent mener au FICP. "
        f"{SIGNAL_ADVICE[SignalKind.MISSED]}",
        url=render.public_url(f"/micro-credits/{row.id}/suivi"),
        now=now,
    )
    return int(queued is not None) + staff


def follow_visit(event: VisitEvent) -> None:
    """Write a missed meeting down beside the loans that its person pays back; one held after all takes it away."""
    key = f"visit:{event.attendance_id}"
    with transaction() as session:
        if event.act is not VisitAct.MISSED:
            if event.act in {VisitAct.HELD, VisitAct.FELL_THROUGH}:
                session.execute(
                    delete(CreditSignal).where(
                        CreditSignal.kind == SignalKind.MEETING,
                        CreditSignal.key == key,
                        CreditSignal.dossier_id.in_(
                            select(MicrocreditDossier.id).where(MicrocreditDossier.person_id == event.person_id)
                        ),
                    )
                )
            return
        on = day_of(event.starts_at)
        said = f"Le rendez-vous du {format_date(on, weekday=False, year=0)} est manqué."
        for dossier_id in session.scalars(
            select(MicrocreditDossier.id).where(
                MicrocreditDossier.person_id == event.person_id, MicrocreditDossier.state.in_(RUNNING)
            )
        ):
            _write(session, dossier_id, Signal(SignalKind.MEETING, on, key, said), now=event.now)


def declare_change(*, dossier_id: int, said: str, actor_id: int | None, now: datetime) -> bool:
    """Write down that the budget has changed, as the person or somebody of the desk says; False where it is known.

    Raises ReasonMissing, NotRepaying, NotFound.
    """
    text = (clean_text(said) or "")[:WORDS_MAX]
    if not text:
        raise ReasonMissing(field="said")
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        if row.state not in RUNNING:
            raise NotRepaying
        on = day_of(now)
        if not _write(session, dossier_id, Signal(SignalKind.BUDGET, on, f"{now.timestamp():.0f}", text), now=now):
            return False
        journal.write_act(
            person_id=row.person_id,
            subject_kind=words.SUBJECT,
            subject_id=row.id,
            action=words.SIGNAL_KIND,
            kind=words.SIGNAL_KIND,
            now=now,
            actor_id=actor_id,
            changes={},
        )
        return True


def see(*, signal_id: int, actor_id: int, now: datetime) -> None:
    """Note that somebody has seen a signal and takes care of it; the first who says so stands. Raises NotFound."""
    with transaction():
        row = lock(CreditSignal, signal_id)
        if row.seen_at is None:
            row.seen_at, row.seen_by_id = now, actor_id


def vehicle_gone(*, dossier_id: int, said: str, actor_id: int | None, now: datetime) -> None:
    """Note that the vehicle never came, or is gone: it carries nobody any more. Raises ReasonMissing, NotFound."""
    if not (clean_text(said) or ""):
        raise ReasonMissing(field="gone_why")
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        if row.gone_on is not None:
            return
        row.gone_on, row.updated_at = day_of(now), now
        session.flush()
        follow(session, row, now=now)
        journal.write_act(
            person_id=row.person_id,
            subject_kind=words.SUBJECT,
            subject_id=row.id,
            action=words.GONE_KIND,
            kind=words.GONE_KIND,
            now=now,
            actor_id=actor_id,
            changes={"gone_on": (None, row.gone_on)},
            note=(clean_text(said) or "")[:WORDS_MAX],
        )
