"""Papers are asked from the person, by a link of their own that can be renewed and taken back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from mobility.core import links
from mobility.core.clock import day_of, format_date
from mobility.core.db import load, lock, transaction
from mobility.desks.models import Desk
from mobility.journal import services as journal
from mobility.microcredit.dossiers import checklist, parameters
from mobility.microcredit.dossiers import words as dossier_words
from mobility.microcredit.dossiers.errors import PaperInvalid
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.paperwork import words
from mobility.microcredit.paperwork.models import PaperRequest
from mobility.microcredit.paperwork.queries import living_request
from mobility.microcredit.rules.states import OVER
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.people.models import Person


def link_of(request: PaperRequest) -> str:
    """Return the address of a request's page; the same whenever it is asked for."""
    lifetime = request.expires_at - request.made_at
    token = links.sign(words.LINK_PURPOSE, {"r": request.id}, now=request.made_at, lifetime=lifetime)
    return links.public_url("microcredit_paper_links.papers", token=token)


def ask_papers(*, dossier_id: int, codes: Collection[str], actor_id: int | None, now: datetime) -> int:
    """Ask the person for papers of the bank's list by a message with a link; return the request's id.

    A request that was made before is taken back: its link answers no more. Raises PaperInvalid, NotFound.
    """
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        request = renew(session, row, codes, actor_id=actor_id, now=now)
        labels = [one.paper.label for one in checklist.of_dossier(row, on=day_of(now)) if one.paper.code in codes]
        tell(row, request, words.ASKED, key=str(request.id), now=now, papers=labels)
        journal.write_act(
            person_id=row.person_id,
            subject_kind=dossier_words.SUBJECT,
            subject_id=row.id,
            action=words.ASKED_KIND,
            kind=words.ASKED_KIND,
            now=now,
            actor_id=actor_id,
            changes={"codes": (None, sorted(codes))},
        )
        return request.id


def renew(
    session: Session, row: MicrocreditDossier, codes: Collection[str], *, actor_id: int | None, now: datetime
) -> PaperRequest:
    """Make a request in place of the one before, for a dossier that is locked. Raises PaperInvalid."""
    if row.state in OVER:
        raise PaperInvalid("Ce dossier est terminé.")
    known = [one.paper.code for one in checklist.of_dossier(row, on=day_of(now))]
    asked = [code for code in known if code in codes]
    if not asked or len(asked) != len(set(codes)):
        raise PaperInvalid("Choisissez au moins un papier de la liste.", field="codes")
    _end(session, row.id, now)
    request = PaperRequest(
        dossier_id=row.id,
        codes=asked,
        made_at=now,
        made_by_id=actor_id,
        expires_at=now + timedelta(days=parameters.papers_days(on=day_of(now))),
    )
    session.add(request)
    session.flush()
    return request


def revoke(*, dossier_id: int, actor_id: int | None, now: datetime) -> None:
    """Take the person's link back: it answers no more. Raises NotFound."""
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        if _end(session, row.id, now):
            journal.write_act(
                person_id=row.person_id,
                subject_kind=dossier_words.SUBJECT,
                subject_id=row.id,
                action=words.REVOKED,
                now=now,
                actor_id=actor_id,
            )


def _end(session: Session, dossier_id: int, now: datetime) -> bool:
    before = living_request(dossier_id)
    if before is not None:
        before.revoked_at = now
        session.flush()
    return before is not None


def tell(
    row: MicrocreditDossier, request: PaperRequest, template: str, *, key: str, now: datetime, **params: object
) -> None:
    """Queue a message to the person with the link of a request."""
    person = load(Person, row.person_id)
    desk = load(Desk, person.desk_id)
    notifications.queue(
        recipient_id=person.recipient_id,
        template=template,
        params={
            "place": desk.name,
            "phone": desk.phone,
            "link": link_of(request),
            "until": format_date(day_of(request.expires_at)),
            **params,
        },
        message_class=MessageClass.NORMAL,
        dedup_key=f"{template}:{key}",
        now=now,
        person_id=person.id,
        expires_at=request.expires_at,
    )
