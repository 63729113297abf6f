"""What concerns those who send: the links of an organisation, and how far its prescriptions are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select, func, select

from mobility.accounts.models import User
from mobility.core import clock
from mobility.core.db import db
from mobility.core.web.pagination import Page, paginate
from mobility.organisations.hooks import Section
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from mobility.prescriptions import tokens
from mobility.prescriptions.kinds import Source
from mobility.prescriptions.models import Prescription, PrescriptionLink
from mobility.prescriptions.rules.states import FOLLOWED_LABELS, Followed, State, followed

TONES = {
    Followed.RECEIVED: ("info", "inbox"),
    Followed.STARTED: ("accent", "play-circle"),
    Followed.ENDED: ("neutral", "flag"),
}


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link, who made it, and how many came by it."""

    link: PrescriptionLink
    maker_name: str
    sent: int


def list_links(organisation_id: int) -> list[LinkRow]:
    """Return the links of an organisation, the latest first; one query."""
    sent = (
        select(func.count())
        .select_from(Prescription)
        .where(Prescription.link_id == PrescriptionLink.id, Prescription.state != State.DRAFT)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(PrescriptionLink, User.display_name, sent)
        .outerjoin(User, User.id == PrescriptionLink.created_by_id)
        .where(PrescriptionLink.organisation_id == organisation_id)
        .order_by(PrescriptionLink.created_at.desc(), PrescriptionLink.id.desc())
    )
    return [LinkRow(link, name or "", count) for link, name, count in rows]


def count_standing(organisation_id: int, *, now: datetime) -> int:
    """Return how many links of an organisation hold."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(PrescriptionLink)
            .where(
                PrescriptionLink.organisation_id == organisation_id,
                PrescriptionLink.revoked_at.is_(None),
                PrescriptionLink.expires_at > now,
            )
        )
        or 0
    )


def organisation_section(row: Organisation) -> Section | None:
    """Return what the page of a prescriber's organisation says of its links; one query."""
    if row.kind is not OrganisationKind.PRESCRIBER or row.archived_at is not None:
        return None
    count = count_standing(row.id, now=clock.now())
    return Section(
        title=_("Orienter sans compte"),
        text=ngettext("%(num)s lien en service.", "%(num)s liens en service.", count)
        if count
        else _("Avec un lien, cette structure oriente des personnes sans créer de compte."),
        url=url_for("prescriptions.organisation_links", organisation_id=row.id),
        verb=_("Gérer les liens d’orientation"),
    )


def initials(row: Any) -> str:
    """Return « N. L. »: enough for whoever sent the person, nothing for anybody else."""
    return " ".join(f"{name[0].upper()}." for name in (row.first_name, row.last_name) if name)


@dataclass(frozen=True, slots=True)
class SentRow:
    """What a prescriber sees of one of its prescriptions, and nothing more."""

    id: int
    initials: str
    received_at: datetime
    followed: Followed
    token: str
    """Of the page on which the prescriber follows it."""

    @property
    def label(self) -> str:
        """Return the word."""
        return FOLLOWED_LABELS[self.followed]

    @property
    def tone(self) -> tuple[str, str]:
        """Return the tone and the icon of the word."""
        return TONES[self.followed]


def sent_row(row: Any) -> SentRow:
    """Return what the prescriber sees of a prescription."""
    return SentRow(row.id, initials(row), row.received_at, followed(row.state), tokens.follow_token(row))


def page_of_sent(organisation_ids: Collection[int], *, number: int) -> Page[SentRow]:
    """Return a page of what organisations have sent, the latest first; two queries."""
    rows: Any = (
        select(
            Prescription.id,
            Prescription.first_name,
            Prescription.last_name,
            Prescription.received_at,
            Prescription.created_at,
            Prescription.state,
        )
        .where(Prescription.organisation_id.in_(organisation_ids), Prescription.state != State.DRAFT)
        .order_by(Prescription.received_at.desc(), Prescription.id.desc())
    )
    query: Select[Any] = rows
    page = paginate(query, number=number, scalars=False)
    return Page([sent_row(row) for row in page.rows], page.number, page.per_page, page.total)


def list_drafts(organisation_ids: Collection[int], *, now: datetime) -> list[Prescription]:
    """Return the drafts that accounts of these organisations have kept, the latest first; one query."""
    return list(
        db.session.scalars(
            select(Prescription)
            .where(
                Prescription.organisation_id.in_(organisation_ids),
                Prescription.source == Source.ACCOUNT,
                Prescription.state == State.DRAFT,
                Prescription.draft_until_at > now,
            )
            .order_by(Prescription.id.desc())
            .limit(50)
        )
    )
