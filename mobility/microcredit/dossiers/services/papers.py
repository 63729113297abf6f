"""The papers of a person: brought once, used for every bank."""

from __future__ import annotations

from datetime import date, datetime

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import lock, transaction
from mobility.documents import services as documents
from mobility.documents.services import Prepared
from mobility.microcredit.dossiers import words
from mobility.microcredit.dossiers.checklist import of_dossier
from mobility.microcredit.dossiers.errors import PaperInvalid
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditPaper
from mobility.microcredit.rules.papers import file_kind
from mobility.microcredit.rules.states import OVER


def bring_paper(
    *,
    dossier_id: int,
    code: str,
    dated_on: date | None,
    prepared: Prepared | None,
    actor_id: int | None,
    now: datetime,
    waived: bool = False,
) -> int:
    """Keep a paper of the bank's list with its date, or (``waived``) say that it does not concern the person.

    The file belongs to the person: the next dossier finds it again. Raises PaperInvalid, NotFound.
    """
    today = day_of(now)
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        if row.state in OVER:
            raise PaperInvalid("Ce dossier est terminé.")
        if code not in {one.paper.code for one in of_dossier(row, on=today)}:
            raise PaperInvalid("Cette banque ne demande pas cette pièce.", field="code")
        document_id = None
        if not waived:
            if prepared is None:
                raise PaperInvalid("Choisissez un fichier.", field="file")
            if dated_on is None or dated_on > today:
                raise PaperInvalid("Écrivez la date qui est sur la pièce.", field="dated_on")
            document_id = documents.store(
                prepared=prepared,
                kind=file_kind(code),
                owner_kind="person",
                owner_id=row.person_id,
                person_id=row.person_id,
                actor_id=actor_id,
                now=now,
            )
        kept = MicrocreditPaper(
            person_id=row.person_id,
            code=code,
            waived=waived,
            dated_on=None if waived else dated_on,
            document_id=document_id,
            added_at=now,
            added_by_id=actor_id,
        )
        session.add(kept)
        session.flush()
        audit.record(
            actor_id=actor_id,
            action="microcredit.paper",
            subject_kind=words.SUBJECT,
            subject_id=dossier_id,
            person_id=row.person_id,
            now=now,
            changes={"code": (None, code)},
        )
        return kept.id
