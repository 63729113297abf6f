"""The plan laid before both, signed by one and then the other; the signed paper is kept with its digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.accounts.queries import names_of
from mobility.core import links
from mobility.core.db import end_read, load, lock, transaction
from mobility.desks.models import Desk
from mobility.documents import services as documents
from mobility.journal import services as journal
from mobility.notifications import render
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.pathway import messages
from mobility.pathway.errors import AlreadySigned, NotAgreed, PlanEmpty, PlanEnded, PlanUnchanged, VersionOver
from mobility.pathway.models import Plan, PlanVersion
from mobility.pathway.plan import paper as plan_paper
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.rules.content import digest, freeze, same_promises
from mobility.pathway.plan.rules.signature import check_name, read_ink
from mobility.pathway.plan.rules.terms import (
    LIVING_PLAN_STATES,
    MANNER_LABELS,
    PLAN_MOVES,
    Manner,
    Party,
    PlanAction,
    VersionState,
)
from mobility.pathway.services.plan_steps import agree_steps
from mobility.pathway.services.plans import hold_living, touch, withdraw_waiting
from mobility.people.models import Person

DOCUMENT_KIND, OWNER_KIND = "signed_plan", "plan"
LINK_LIFETIME = timedelta(days=14)


@dataclass(frozen=True)
class Mark:
    """What somebody leaves who signs: where, under which name, and the strokes of a pen if there are any."""

    party: Party
    manner: Manner
    name: str | None
    ink: str | None
    agreed: bool


def lay_before(*, plan_id: int, actor_id: int | None, now: datetime) -> int:
    """Freeze the plan as it stands into a version to sign; return its id. One that waits and says the same stays.

    Raises PlanEmpty, PlanUnchanged, PlanEnded, NotFound.
    """
    with transaction() as session:
        plan = hold_living(plan_id)
        content = plan_queries.content_of(plan)
        if not any(not step.done for step in content.steps):
            raise PlanEmpty
        frozen = freeze(content)
        sha256 = digest(frozen)
        versions = plan_queries.list_versions(plan_id)
        waiting = next((row for row in versions if row.state is VersionState.WAITING), None)
        if waiting is not None and waiting.sha256 == sha256:
            return waiting.id
        signed = plan_queries.last_signed(versions)
        if signed is not None and same_promises(signed.content, frozen):
            raise PlanUnchanged
        withdraw_waiting(session, plan_id)
        highest = session.scalar(select(func.max(PlanVersion.number)).where(PlanVersion.plan_id == plan_id))
        version = PlanVersion(
            plan_id=plan_id,
            number=(highest or 0) + 1,
            state=VersionState.WAITING,
            content=frozen,
            sha256=sha256,
            created_at=now,
            created_by_id=actor_id,
        )
        session.add(version)
        touch(plan, now)
        session.flush()
        _write(plan, version, "laid", actor_id, now)
        return version.id


def sign(*, version_id: int, mark: Mark, actor_id: int | None, now: datetime) -> VersionState:
    """Sign for one side; when both have, the paper is kept and the plan is agreed. Returns the version's state.

    The paper is made before the transaction, from what never changes. Where the other side signs in that very
    moment, it is made once more.
    Raises NotAgreed, NameMissing, InkInvalid, AlreadySigned, VersionOver, PlanEnded, NotFound.
    """
    if not mark.agreed:
        raise NotAgreed
    name, ink = check_name(mark.name), read_ink(mark.ink)
    signature = plan_paper.Signature(name, now, MANNER_LABELS[mark.manner], ink)
    for _attempt in range(2):
        paper = _paper_if_last(version_id, mark.party, signature)
        prepared = None if paper is None else documents.prepare_bytes(paper, "plan-action-mobilite.pdf")
        try:
            state = _write_signature(version_id, mark, signature, prepared, actor_id=actor_id, now=now)
        finally:
            if prepared is not None and not prepared.taken:
                documents.discard(prepared)
        if state is not None:
            return state
    raise VersionOver


def _paper_if_last(version_id: int, party: Party, signature: plan_paper.Signature) -> bytes | None:
    """Return the paper with both signatures where the other side has signed; nothing is held while it is made."""
    version = plan_queries.get_version(version_id)
    other = signature_of(version, Party.PERSON if party is Party.ADVISER else Party.ADVISER)
    if other is None or version.state is not VersionState.WAITING:
        return None
    of_both = {party: signature, (Party.PERSON if party is Party.ADVISER else Party.ADVISER): other}
    content, number, sha256 = version.content, version.number, version.sha256
    said = plan_queries.changes_of(version, plan_queries.list_versions(version.plan_id))
    end_read()
    return plan_paper.render(
        content,
        number=number,
        sha256=sha256,
        made_at=signature.at,
        person=of_both[Party.PERSON],
        adviser=of_both[Party.ADVISER],
        changes=said,
    )


def paper_of(version: PlanVersion) -> bytes:
    """Return the paper of a version as it stands, to be read before it is signed."""
    return plan_paper.render(
        version.content,
        number=version.number,
        sha256=version.sha256,
        made_at=version.created_at,
        person=signature_of(version, Party.PERSON),
        adviser=signature_of(version, Party.ADVISER),
        changes=plan_queries.changes_of(version, plan_queries.list_versions(version.plan_id)),
    )


def signature_of(version: PlanVersion, party: Party) -> plan_paper.Signature | None:
    """Return what one side left on a version, or None."""
    if party is Party.PERSON:
        if version.person_signed_at is None or version.person_manner is None:
            return None
        where = MANNER_LABELS[version.person_manner]
        return plan_paper.Signature(version.person_name, version.person_signed_at, where, version.person_ink)
    if version.adviser_signed_at is None:
        return None
    where = MANNER_LABELS[Manner.DESK]
    return plan_paper.Signature(version.adviser_name, version.adviser_signed_at, where, version.adviser_ink)


def _write_signature(
    version_id: int,
    mark: Mark,
    signature: plan_paper.Signature,
    prepared: documents.Prepared | None,
    *,
    actor_id: int | None,
    now: datetime,
) -> VersionState | None:
    """Write one signature; None where the other side signed meanwhile and the paper must be made first."""
    with transaction() as session:
        plan = lock(Plan, load(PlanVersion, version_id).plan_id)
        version = lock(PlanVersion, version_id)
        if plan.state not in LIVING_PLAN_STATES:
            raise PlanEnded
        if version.state is not VersionState.WAITING:
            raise VersionOver
        if signature_of(version, mark.party) is not None:
            raise AlreadySigned
        other = Party.PERSON if mark.party is Party.ADVISER else Party.ADVISER
        if signature_of(version, other) is not None and prepared is None:
            return None
        if mark.party is Party.PERSON:
            version.person_signed_at, version.person_manner = now, mark.manner
            version.person_name, version.person_ink = signature.name, signature.ink
        else:
            version.adviser_signed_at, version.adviser_id = now, actor_id
            version.adviser_name, version.adviser_ink = signature.name, signature.ink
        _write(plan, version, f"signed_{mark.party.value}", actor_id, now)
        if prepared is not None:
            _agree(session, plan, version, prepared, actor_id=actor_id, now=now)
        session.flush()
        return version.state


def _agree(
    session: Session,
    plan: Plan,
    version: PlanVersion,
    prepared: documents.Prepared,
    *,
    actor_id: int | None,
    now: datetime,
) -> None:
    version.document_id = documents.store(
        prepared=prepared,
        kind=DOCUMENT_KIND,
        owner_kind=OWNER_KIND,
        owner_id=plan.id,
        person_id=plan.person_id,
        actor_id=actor_id,
        now=now,
    )
    version.state = VersionState.SIGNED
    before, plan.state = plan.state, PLAN_MOVES.after(plan.state, PlanAction.SIGN)
    plan.reason, plan.agreed_at = "", now
    touch(plan, now)
    agree_steps(session, plan, now)
    session.flush()
    _write(plan, version, "agreed", actor_id, now)
    audit.record(
        actor_id=actor_id,
        action="update",
        subject_kind="plan",
        subject_id=plan.id,
        person_id=plan.person_id,
        now=now,
        changes={"state": (before.value, plan.state.value)},
    )
    _tell(plan, messages.PLAN_SIGNED, f"{messages.PLAN_SIGNED}:{version.id}", "/mon-espace/plan", now)


def send_to_sign(*, version_id: int, actor_id: int | None, now: datetime) -> bool:
    """Send the person a link to read the plan and sign it; tell whether a message left. Raises VersionOver, NotFound."""
    with transaction():
        version = load(PlanVersion, version_id)
        plan = lock(Plan, version.plan_id)
        if version.state is not VersionState.WAITING or plan.state not in LIVING_PLAN_STATES:
            raise VersionOver
        if version.person_signed_at is not None:
            raise AlreadySigned
        token = links.sign(messages.PLAN_LINK, {"v": version.id}, now=now, lifetime=LINK_LIFETIME)
        key = f"{messages.PLAN_TO_SIGN}:{version.id}:{now:%Y%m%d%H}"
        _write(plan, version, "sent", actor_id, now)
        return _tell(plan, messages.PLAN_TO_SIGN, key, f"/signer/{token}", now) is not None


def _tell(plan: Plan, template: str, key: str, path: str, now: datetime) -> int | None:
    person = load(Person, plan.person_id)
    desk = load(Desk, person.desk_id)
    return notifications.queue(
        recipient_id=person.recipient_id,
        template=template,
        params={
            "place": desk.name,
            "phone": desk.phone,
            "adviser": names_of([plan.adviser_id]).get(plan.adviser_id or 0, ""),
            "link": render.public_url(path),
        },
        message_class=MessageClass.NORMAL,
        dedup_key=key,
        now=now,
        person_id=person.id,
    )


def _write(plan: Plan, version: PlanVersion, act: str, actor_id: int | None, now: datetime) -> None:
    journal.write(
        person_id=plan.person_id,
        kind=f"pathway.plan_{act}",
        now=now,
        actor_id=actor_id,
        subject_kind="plan_version",
        subject_id=version.id,
        facts={"number": version.number},
    )
