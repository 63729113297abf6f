"""The plan laid before those who sign, signed by one after the other; the signed paper is kept with its digest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.accounts.queries import names_of
from mobility.core import links
from mobility.core.clock import day_of
from mobility.core.db import end_read, load, lock, transaction
from mobility.core.errors import NotFound
from mobility.desks.models import Desk
from mobility.documents import services as documents
from mobility.journal import services as journal
from mobility.notifications import render
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.pathway import messages
from mobility.pathway.errors import (
    AlreadySigned,
    NotAgreed,
    PlanEmpty,
    PlanEnded,
    PlanUnchanged,
    RepresentativeUnknown,
    RepresentativeUnreached,
    SignersChanged,
    VersionOver,
)
from mobility.pathway.models import Plan, PlanVersion
from mobility.pathway.plan import paper as plan_paper
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.rules.content import digest, freeze, same_promises
from mobility.pathway.plan.rules.signature import check_name, read_ink
from mobility.pathway.plan.rules.signers import box_label, may_sign, missing
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
from mobility.people.models import Person, Representative
from mobility.people.queries import get_signatories
from mobility.people.rules import SignsWith
from mobility.people.services import check_may_sign, reach_representative

DOCUMENT_KIND, OWNER_KIND = "signed_plan", "plan"
LINK_LIFETIME = timedelta(days=14)


@dataclass(frozen=True)
class Mark:
    """What somebody leaves who signs: where, under which name, and the strokes of a pen if there are any.

    A representative is named by their row; on paper there are no strokes to keep.
    """

    party: Party
    manner: Manner
    name: str | None
    ink: str | None
    agreed: bool
    representative_id: int | None = None


def lay_before(*, plan_id: int, actor_id: int | None, now: datetime) -> int:
    """Freeze the plan as it stands into a version to sign; return its id. One that waits and says the same stays.

    Raises PlanEmpty, PlanUnchanged, PlanEnded, RepresentativeMissing, NotFound.
    """
    with transaction() as session:
        plan = hold_living(plan_id)
        check_may_sign(person_id=plan.person_id, on=day_of(now))
        content = plan_queries.content_of(plan, on=day_of(now))
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
            signs_with=SignsWith(content.signs),
            created_at=now,
            created_by_id=actor_id,
        )
        session.add(version)
        touch(plan, now)
        session.flush()
        _write(plan, version, "laid", actor_id, now)
        return version.id


def sign(*, version_id: int, mark: Mark, actor_id: int | None, now: datetime) -> VersionState:
    """Sign for one side; when all who must have, the paper is kept and the plan is agreed. Returns the version's state.

    The paper is made before the transaction, from what never changes. Where another side signs in that very moment,
    it is made once more.
    Raises NotAgreed, NameMissing, InkInvalid, AlreadySigned, VersionOver, SignersChanged, RepresentativeUnknown,
    PlanEnded, NotFound.
    """
    if not mark.agreed:
        raise NotAgreed
    name, ink = check_name(mark.name), "" if mark.manner is Manner.PAPER else read_ink(mark.ink)
    quality = _check_signer(version_id, mark, day_of(now))
    signature = plan_paper.Signature(name, now, MANNER_LABELS[mark.manner], ink, quality)
    for _attempt in range(len(Party)):
        paper, of = _paper_if_last(version_id, mark.party, signature)
        prepared = None if paper is None else documents.prepare_bytes(paper, "plan-action-mobilite.pdf")
        try:
            state = _write_signature(version_id, mark, signature, prepared, of, actor_id=actor_id, now=now)
        finally:
            if prepared is not None and not prepared.taken:
                documents.discard(prepared)
        if state is not None:
            return state
    raise VersionOver


def _check_signer(version_id: int, mark: Mark, on: date) -> str:
    version = plan_queries.get_version(version_id)
    if version.state is not VersionState.WAITING:
        raise VersionOver
    person_id = plan_queries.plan_of_version(version_id).person_id
    return check_signer(
        mark, person_id=person_id, signs_with=version.signs_with, sides=may_sign(version.signs_with), on=on
    )


def check_signer(mark: Mark, *, person_id: int, signs_with: SignsWith, sides: Collection[Party], on: date) -> str:
    """Return in which quality somebody signs; empty but for a representative.

    ``signs_with``: who signed for the person when it was laid before them; ``sides``: who may sign it.
    Raises SignersChanged, RepresentativeUnknown.
    """
    signatories = get_signatories(person_id, on=on)
    if signatories.signs is not signs_with or mark.party not in sides:
        raise SignersChanged
    if mark.party is not Party.REPRESENTATIVE:
        return ""
    for one in signatories.representatives:
        if one.id == mark.representative_id:
            return one.kind_label
    raise RepresentativeUnknown


def _paper_if_last(
    version_id: int, party: Party, signature: plan_paper.Signature
) -> tuple[bytes | None, frozenset[Party]]:
    """Return the paper where nobody else must sign, and whose signatures it bears; nothing is held while it is made."""
    version = plan_queries.get_version(version_id)
    given = {**signatures_of(version), party: signature}
    if missing(version.signs_with, given) or version.state is not VersionState.WAITING:
        return None, frozenset(given)
    boxes = [(box_label(one, version.signs_with), given[one]) for one in may_sign(version.signs_with) if one in given]
    content, number, sha256 = version.content, version.number, version.sha256
    said = plan_queries.changes_of(version, plan_queries.list_versions(version.plan_id))
    end_read()
    paper = plan_paper.render(
        content, number=number, sha256=sha256, made_at=signature.at, signatures=boxes, changes=said
    )
    return paper, frozenset(given)


def paper_of(version: PlanVersion) -> bytes:
    """Return the paper of a version as it stands, to be read before it is signed, or printed and signed by hand."""
    given = signatures_of(version)
    return plan_paper.render(
        version.content,
        number=version.number,
        sha256=version.sha256,
        made_at=version.created_at,
        signatures=[(box_label(one, version.signs_with), given.get(one)) for one in may_sign(version.signs_with)],
        changes=plan_queries.changes_of(version, plan_queries.list_versions(version.plan_id)),
    )


def signatures_of(version: PlanVersion) -> dict[Party, plan_paper.Signature]:
    """Return what each side left on a version."""
    found: dict[Party, plan_paper.Signature] = {}
    if version.person_signed_at is not None and version.person_manner is not None:
        where = MANNER_LABELS[version.person_manner]
        found[Party.PERSON] = plan_paper.Signature(
            version.person_name, version.person_signed_at, where, version.person_ink
        )
    if version.representative_signed_at is not None and version.representative_manner is not None:
        found[Party.REPRESENTATIVE] = plan_paper.Signature(
            version.representative_name,
            version.representative_signed_at,
            MANNER_LABELS[version.representative_manner],
            version.representative_ink,
            version.representative_quality,
        )
    if version.adviser_signed_at is not None:
        found[Party.ADVISER] = plan_paper.Signature(
            version.adviser_name, version.adviser_signed_at, MANNER_LABELS[Manner.DESK], version.adviser_ink
        )
    return found


def _write_signature(
    version_id: int,
    mark: Mark,
    signature: plan_paper.Signature,
    prepared: documents.Prepared | None,
    of: frozenset[Party],
    *,
    actor_id: int | None,
    now: datetime,
) -> VersionState | None:
    """Write one signature; None where another side signed since the paper was made, or was found not to be due."""
    with transaction() as session:
        plan = lock(Plan, load(PlanVersion, version_id).plan_id)
        version = lock(PlanVersion, version_id)
        if plan.state not in LIVING_PLAN_STATES:
            raise PlanEnded
        if version.state is not VersionState.WAITING:
            raise VersionOver
        given = signatures_of(version)
        if mark.party in given:
            raise AlreadySigned
        if of != {*given, mark.party}:
            return None
        _mark(version, mark, signature, actor_id)
        _write(plan, version, f"signed_{mark.party.value}", actor_id, now, manner=mark.manner.value)
        if prepared is not None:
            _agree(session, plan, version, prepared, actor_id=actor_id, now=now)
        session.flush()
        return version.state


def _mark(version: PlanVersion, mark: Mark, signature: plan_paper.Signature, actor_id: int | None) -> None:
    if mark.party is Party.PERSON:
        version.person_signed_at, version.person_manner = signature.at, mark.manner
        version.person_name, version.person_ink = signature.name, signature.ink
    elif mark.party is Party.REPRESENTATIVE:
        version.representative_signed_at, version.representative_manner = signature.at, mark.manner
        version.representative_id, version.representative_quality = mark.representative_id, signature.quality
        version.representative_name, version.representative_ink = signature.name, signature.ink
    else:
        version.adviser_signed_at, version.adviser_id = signature.at, actor_id
        version.adviser_name, version.adviser_ink = signature.name, signature.ink


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


def send_to_sign(*, version_id: int, actor_id: int | None, now: datetime, representative_id: int | None = None) -> bool:
    """Send the person, or their representative, a link to read the plan and sign it; tell whether a message left.

    Raises VersionOver, AlreadySigned, RepresentativeUnknown, RepresentativeUnreached, NotFound.
    """
    party = Party.PERSON if representative_id is None else Party.REPRESENTATIVE
    with transaction():
        version = load(PlanVersion, version_id)
        plan = lock(Plan, version.plan_id)
        if representative_id is not None and load(Representative, representative_id).person_id != plan.person_id:
            raise NotFound("representative")
        if version.state is not VersionState.WAITING or plan.state not in LIVING_PLAN_STATES:
            raise VersionOver
        if party in signatures_of(version):
            raise AlreadySigned
        if representative_id is None:
            token = links.sign(messages.PLAN_LINK, {"v": version.id}, now=now, lifetime=LINK_LIFETIME)
            key = f"{messages.PLAN_TO_SIGN}:{version.id}:{now:%Y%m%d%H}"
            _write(plan, version, "sent", actor_id, now)
            return _tell(plan, messages.PLAN_TO_SIGN, key, f"/signer/{token}", now) is not None
        recipient_id = reach_representative(person_id=plan.person_id, representative_id=representative_id, now=now)
        signatories = get_signatories(plan.person_id, on=day_of(now))
        if representative_id not in {one.id for one in signatories.representatives}:
            raise RepresentativeUnknown
        if recipient_id is None:
            raise RepresentativeUnreached
        token = links.sign(
            messages.PLAN_LINK, {"v": version.id, "r": representative_id}, now=now, lifetime=LINK_LIFETIME
        )
        key = f"{messages.PLAN_TO_SIGN_FOR}:{version.id}:{representative_id}:{now:%Y%m%d%H}"
        _write(plan, version, "sent_representative", actor_id, now)
        return _tell(plan, messages.PLAN_TO_SIGN_FOR, key, f"/signer/{token}", now, to=recipient_id) is not None


def _tell(plan: Plan, template: str, key: str, path: str, now: datetime, *, to: int | None = None) -> int | None:
    person = load(Person, plan.person_id)
    desk = load(Desk, person.desk_id)
    return notifications.queue(
        recipient_id=person.recipient_id if to is None else to,
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


def _write(plan: Plan, version: PlanVersion, act: str, actor_id: int | None, now: datetime, **facts: str) -> None:
    journal.write(
        person_id=plan.person_id,
        kind=f"pathway.plan_{act}",
        now=now,
        actor_id=actor_id,
        subject_kind="plan_version",
        subject_id=version.id,
        facts={"number": version.number, **facts},
    )
