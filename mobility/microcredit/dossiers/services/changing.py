"""What a proposed change does in one act: to a request that is still ours, or as a new dossier after a refusal."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from mobility.core.clock import day_of
from mobility.core.db import check_version, lock, transaction
from mobility.funding.models import Project
from mobility.funding.queries import dearest_quote, lines_of, value_of
from mobility.funding.rules import Source, room_for
from mobility.funding.services import ProjectDetails, aim_lower, change_project, put_line
from mobility.microcredit.dossiers.errors import DossierInvalid
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.dossiers.services.opening import Request, change_request, open_dossier
from mobility.microcredit.dossiers.standing import TYPED_KEY, standing_of
from mobility.microcredit.rules.changes import Change, ChangeKind
from mobility.microcredit.rules.states import OPEN, State

TO_FIND = "À trouver : épargne, employeur ou aide"


def take_change(
    *, dossier_id: int, kind: ChangeKind, bank_key: int, version: int | None, actor_id: int | None, now: datetime
) -> int:
    """Take a change that is proposed: over the request, or as a new dossier that follows the refused one.

    The refused dossier stays as it is. Return the id of the dossier that goes on. What the change leaves to be found is
    written in the project, or taken off its estimate. Raises DossierInvalid, StaleVersion, NotFound, as ``open_dossier``.
    """
    with transaction():
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        if row.state not in OPEN and row.state is not State.REFUSED:
            raise DossierInvalid("Reprenez d’abord le dossier pour le changer.")
        found = standing_of(row, on=day_of(now)).changes
        change = next((one for one in found if (one.kind, one.bank.key) == (kind, bank_key)), None)
        if change is None:
            raise DossierInvalid("Les chiffres ont changé entre-temps : relisez ce qui est proposé.")
        if change.kind is ChangeKind.DEBT_FIRST:
            raise DossierInvalid("Les dettes d’abord ont leur page : le dossier y attend, et reprend après.")
        missing = row.amount_cents - change.ask.amount_cents
        acts: dict[str, Any] = {"actor_id": actor_id, "now": now}
        request = _request(row, change)
        if row.state in OPEN:
            change_request(dossier_id=row.id, request=request, version=None, **acts)
            goes_on = row.id
        else:
            goes_on = open_dossier(
                project_id=row.project_id, request=request, previous_id=row.id, note=change.sentence, **acts
            )
        if missing > 0:
            _fund(row.project_id, change.kind, missing, acts)
        return goes_on


def take_offer(
    *,
    dossier_id: int,
    offer_id: int,
    amount_cents: int,
    months: int,
    version: int | None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Ask of a bank what its offer lends; the opinion and who signs beside stay.

    Raises DossierInvalid, StackExceeds, StaleVersion, NotFound.
    """
    with transaction():
        row = lock(MicrocreditDossier, dossier_id)
        request = Request(
            amount_cents, months, offer_id=offer_id, opinion=row.opinion, cosigner_id=row.cosigner_id
        )  # fmt: skip
        change_request(dossier_id=dossier_id, request=request, version=version, actor_id=actor_id, now=now)


def _request(row: MicrocreditDossier, change: Change) -> Request:
    typed = change.bank.key == TYPED_KEY
    return Request(
        amount_cents=change.ask.amount_cents,
        months=change.ask.months,
        rate=Decimal(row.rate),
        bank_id=row.bank_id if typed else None,
        offer_id=None if typed else change.bank.key,
        opinion=row.opinion,
        cosigner_id=row.cosigner_id,
    )


def _fund(project_id: int, kind: ChangeKind, missing_cents: int, acts: dict[str, Any]) -> None:
    """Let the project say what the loan no longer pays: a lower price to obtain, or a part that is still to be found.

    Without a quote that is chosen it is the estimate that comes down.
    """
    with transaction():
        project = lock(Project, project_id)
        lines = [value_of(line) for line in lines_of(project_id)]
        if kind is ChangeKind.CHEAPER:
            cheaper = max(
                project.amount_cents - missing_cents, project.amount_cents - room_for(project.amount_cents, lines)
            )
            if not 0 < cheaper < project.amount_cents:
                return
            if dearest_quote(project_id) is not None:
                aim_lower(project_id=project_id, by_cents=project.amount_cents - cheaper, **acts)
            else:
                details = ProjectDetails(project.purpose, project.title, cheaper, project.objective_id)
                change_project(project_id=project_id, details=details, version=None, **acts)
            return
        free = min(missing_cents, room_for(project.amount_cents, lines))
        if free > 0:
            put_line(project_id=project_id, source=Source.OTHER, amount_cents=free, label=TO_FIND, **acts)
