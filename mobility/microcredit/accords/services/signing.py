"""The signatures of an agreement: the borrower's side by link, screen or paper, the bank's paper; with the last it holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from mobility.core import links
from mobility.core.clock import day_of, format_date
from mobility.core.db import load, lock, transaction
from mobility.desks.models import Desk
from mobility.documents import services as documents
from mobility.documents.services import Prepared
from mobility.microcredit.accords import words
from mobility.microcredit.accords.errors import AccordOutdated, AccordOver, BankPaperMissing
from mobility.microcredit.accords.laid import given_of
from mobility.microcredit.accords.models import CreditAccord
from mobility.microcredit.accords.services import keeping
from mobility.microcredit.accords.services.laying import write
from mobility.microcredit.dossiers import parameters
from mobility.microcredit.dossiers import words as dossier_words
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.dossiers.queries import paid_of
from mobility.microcredit.dossiers.services.steps import take
from mobility.microcredit.followup.services.plans import AGREEMENT_KIND, apply_schedule
from mobility.microcredit.rules.accords import (
    ACCORDS,
    AccordAction,
    AccordKind,
    AccordState,
    missing_signers,
    sides,
)
from mobility.microcredit.rules.repayment import settle
from mobility.microcredit.rules.states import RUNNING, Action
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.pathway.errors import (
    AlreadySigned,
    NotAgreed,
    RepresentativeUnknown,
    RepresentativeUnreached,
)
from mobility.pathway.plan.rules.signature import check_name, read_ink
from mobility.pathway.plan.rules.terms import Manner, Party
from mobility.pathway.services.signing import Mark, check_signer
from mobility.people.models import Person
from mobility.people.queries import get_signatories
from mobility.people.services import reach_representative


def _hold(accord_id: int) -> tuple[MicrocreditDossier, CreditAccord]:
    """Lock a loan and its agreement, in this order. Raises AccordOver, NotFound."""
    row = lock(MicrocreditDossier, load(CreditAccord, accord_id).dossier_id)
    accord = lock(CreditAccord, accord_id)
    if accord.state is not AccordState.WAITING or row.state not in RUNNING:
        raise AccordOver
    return row, accord


def sign(*, accord_id: int, mark: Mark, actor_id: int | None, now: datetime) -> AccordState:
    """Sign for the person, or for who represents them; with the last signature it holds. Return the state.

    Raises NotAgreed, NameMissing, InkInvalid, AlreadySigned, AccordOver, AccordOutdated, SignersChanged,
    RepresentativeUnknown, NotFound.
    """
    if not mark.agreed:
        raise NotAgreed
    name, ink = check_name(mark.name), "" if mark.manner is Manner.PAPER else read_ink(mark.ink)
    with transaction() as session:
        row, accord = _hold(accord_id)
        quality = check_signer(
            mark,
            person_id=row.person_id,
            signs_with=accord.signs_with,
            sides=sides(accord.signs_with),
            on=day_of(now),
        )
        if mark.party in given_of(accord):
            raise AlreadySigned
        _check_stands(row, accord, day_of(now))
        if mark.party is Party.PERSON:
            accord.person_signed_at, accord.person_manner = now, mark.manner
            accord.person_name, accord.person_ink = name, ink
        else:
            accord.representative_signed_at, accord.representative_manner = now, mark.manner
            accord.representative_id, accord.representative_quality = mark.representative_id, quality
            accord.representative_name, accord.representative_ink = name, ink
        session.flush()
        write(row, accord, words.SIGNED, actor_id=actor_id, now=now)
        _begin(session, row, accord, actor_id=actor_id, now=now)
        return accord.state


def _check_stands(row: MicrocreditDossier, accord: CreditAccord, on: date) -> None:
    """Check that what is owed is still what was laid before the person. Raises AccordOutdated."""
    if accord.kind is AccordKind.SCHEDULE:
        if paid_of([row.id]).get(row.id, 0) != accord.base_cents:
            raise AccordOutdated
        return
    expected = keeping.expected_under(accord)
    paid = paid_of([row.id]).get(row.id, 0)
    if expected is None or settle(expected, paid, on=on, grace_days=parameters.late_days(on=on)).late:
        raise AccordOutdated


def note_bank(
    *,
    accord_id: int,
    agreed_on: date | None,
    prepared: Prepared | None,
    actor_id: int | None,
    now: datetime,
) -> AccordState:
    """Note the bank's agreement with its paper; with the last signature it holds. Return the state.

    Raises BankPaperMissing, AlreadySigned, AccordOver, AccordOutdated, NotFound.
    """
    if agreed_on is None or agreed_on > day_of(now):
        raise BankPaperMissing("Écrivez la date de l’accord de la banque.", field="agreed_on")
    if prepared is None:
        raise BankPaperMissing
    with transaction() as session:
        row, accord = _hold(accord_id)
        if accord.bank_document_id is not None:
            raise AlreadySigned
        _check_stands(row, accord, day_of(now))
        accord.bank_document_id = documents.store(
            prepared=prepared,
            kind=AGREEMENT_KIND,
            owner_kind=dossier_words.OWNER,
            owner_id=row.id,
            person_id=row.person_id,
            actor_id=actor_id,
            now=now,
        )
        accord.bank_agreed_on = agreed_on
        session.flush()
        write(row, accord, words.BANK, actor_id=actor_id, now=now)
        _begin(session, row, accord, actor_id=actor_id, now=now)
        return accord.state


def _begin(
    session: Session, row: MicrocreditDossier, accord: CreditAccord, *, actor_id: int | None, now: datetime
) -> None:
    """Let an agreement hold once everybody has agreed."""
    if missing_signers(accord.signs_with, given_of(accord)) or accord.bank_document_id is None:
        return
    is_plan = accord.kind is AccordKind.AMICABLE
    # The evidence is asked for while it waits; what was in force makes room.
    take(
        session,
        row,
        Action.AGREE_PLAN if is_plan else Action.RESCHEDULE,
        actor_id=actor_id,
        now=now,
        reason=accord.reason,
    )
    keeping.replace(session, row.id, now=now)
    accord.state = ACCORDS.after(accord.state, AccordAction.BEGIN if is_plan else AccordAction.APPLY)
    accord.begun_at = now
    session.flush()
    if not is_plan:
        apply_schedule(session, row, accord, actor_id=actor_id, now=now)


def send_to_sign(*, accord_id: int, actor_id: int | None, now: datetime, representative_id: int | None = None) -> bool:
    """Send the person, or who represents them, a link to read and sign; tell whether a message left.

    Raises AccordOver, AlreadySigned, RepresentativeUnknown, RepresentativeUnreached, NotFound.
    """
    with transaction():
        row, accord = _hold(accord_id)
        party = Party.PERSON if representative_id is None else Party.REPRESENTATIVE
        if party in given_of(accord):
            raise AlreadySigned
        person = load(Person, row.person_id)
        recipient_id = person.recipient_id
        if representative_id is not None:
            signatories = get_signatories(row.person_id, on=day_of(now))
            if representative_id not in {one.id for one in signatories.representatives}:
                raise RepresentativeUnknown
            reached = reach_representative(person_id=person.id, representative_id=representative_id, now=now)
            if reached is None:
                raise RepresentativeUnreached
            recipient_id = reached
        desk = load(Desk, person.desk_id)
        lifetime = timedelta(days=parameters.accord_days(on=day_of(now)))
        template = words.TO_SIGN if representative_id is None else words.TO_SIGN_FOR
        write(row, accord, words.SENT, actor_id=actor_id, now=now)
        return (
            notifications.queue(
                recipient_id=recipient_id,
                template=template,
                params={
                    "place": desk.name,
                    "phone": desk.phone,
                    "link": link_of(accord, representative_id=representative_id, now=now),
                    "until": format_date(day_of(now + lifetime)),
                },
                message_class=MessageClass.NORMAL,
                dedup_key=f"{template}:{accord.id}:{representative_id or 0}:{now:%Y%m%d%H}",
                now=now,
                person_id=person.id,
                expires_at=now + lifetime,
            )
            is not None
        )


def link_of(accord: CreditAccord, *, now: datetime, representative_id: int | None = None) -> str:
    """Return the address of the page to read and sign."""
    payload = {"a": accord.id} if representative_id is None else {"a": accord.id, "r": representative_id}
    lifetime = timedelta(days=parameters.accord_days(on=day_of(now)))
    token = links.sign(words.LINK_PURPOSE, payload, now=now, lifetime=lifetime)
    return links.public_url("microcredit_accord_links.sign", token=token)
