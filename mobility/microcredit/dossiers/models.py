"""The tables of the accompanied dossier."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.microcredit import ddl
from mobility.microcredit.columns import Percent
from mobility.microcredit.rules.budget import Debts, Every, ItemKind, Whose
from mobility.microcredit.rules.debts import DebtOutcome, DebtWay
from mobility.microcredit.rules.motives import CODE_MAX
from mobility.microcredit.rules.running_cost import Energy
from mobility.microcredit.rules.states import Action, Party, State

_ANSWERS = text("action IN ('grant', 'refuse', 'ask_more')")
_STANDING = text("outcome IS NULL")
_LIVING = text("state NOT IN ('refused', 'closed', 'withdrawn')")


class Budget(Versioned, Base):
    """What a household lives on, as it was told on a day. ``frozen_at``: a bank has seen it, it stays as it is.

    ``commute_km``: one way by road, in tenths of a kilometre. ``in_file``: an entry in the FICP, None for not asked.
    """

    __tablename__ = "budget"
    __table_args__ = (
        CheckConstraint("others BETWEEN 0 AND 20 AND children BETWEEN 0 AND 20", name="household_plausible"),
        CheckConstraint("days_a_week BETWEEN 0 AND 7", name="week_has_seven_days"),
        CheckConstraint("commute_tenths >= 0 AND other_km_a_week >= 0", name="kilometres_positive"),
        CheckConstraint("insurance_cents >= 0", name="insurance_positive"),
        CheckConstraint("gained_cents >= 0", name="gain_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    taken_on: Mapped[date]
    others: Mapped[int] = mapped_column(default=0)
    children: Mapped[int] = mapped_column(default=0)
    debts: Mapped[Debts] = mapped_column(enum_type(Debts, name="debts"), default=Debts.NONE)
    in_file: Mapped[bool | None]
    account_cents: Mapped[int] = mapped_column(default=0)
    """What is on the account on the first day of the curve; below zero for an overdraft."""
    energy: Mapped[Energy] = mapped_column(enum_type(Energy, name="energy"), default=Energy.PETROL)
    insurance_cents: Mapped[int] = mapped_column(default=0)
    commute_tenths: Mapped[int] = mapped_column(default=0)
    commute_source: Mapped[str] = mapped_column(String(200), default="")
    """Where the distance comes from, in a sentence; empty for one that was typed."""
    days_a_week: Mapped[int] = mapped_column(default=5)
    other_km_a_week: Mapped[int] = mapped_column(default=0)
    replaced_cents: Mapped[int] = mapped_column(default=0)
    """What the vehicle replaces in a month (a bus pass, taxis)."""
    gained_cents: Mapped[int] = mapped_column(default=0)
    """What the project brings in a month: the wage of the job that it opens, less the benefits that fall."""
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class BudgetItem(Base):
    """One line of a budget."""

    __tablename__ = "budget_item"
    __table_args__ = (CheckConstraint("amount_cents > 0", name="amount_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    budget_id: Mapped[int] = mapped_column(ForeignKey("budget.id"), index=True)
    kind: Mapped[ItemKind] = mapped_column(enum_type(ItemKind, name="kind"))
    amount_cents: Mapped[int]
    every: Mapped[Every] = mapped_column(enum_type(Every, name="every"), default=Every.MONTH)
    whose: Mapped[Whose] = mapped_column(enum_type(Whose, name="whose"), default=Whose.BORROWER)
    ends_on: Mapped[date | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))


class MicrocreditDossier(Versioned, Base):
    """A request for a micro-credit, from orientation to its end. The bank alone decides.

    ``rate`` in per cent a year, exact text. What follows from the bank's answer, the signature and the payment is
    dated, and the database refuses a state without its date.
    """

    __tablename__ = "microcredit_dossier"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("rate >= 0", name="rate_positive"),
        CheckConstraint("months BETWEEN 1 AND 600", name="months_plausible"),
        CheckConstraint("offer_id IS NULL OR bank_id IS NOT NULL", name="offer_of_a_bank"),
        CheckConstraint("reason <> '' OR state NOT IN ('refused', 'withdrawn', 'more_information')", name="reason_given"),
        CheckConstraint("(motive <> '') = (state = 'refused')", name="refused_with_motive"),
        CheckConstraint(
            "granted_on IS NOT NULL OR state NOT IN ('granted', 'offer_signed', 'disbursed', 'repaying', 'incident',"
            " 'rescheduled', 'closed')",
            name="granted_with_date",
        ),
        CheckConstraint(
            "signed_on IS NOT NULL OR state NOT IN ('offer_signed', 'disbursed', 'repaying', 'incident', 'rescheduled',"
            " 'closed')",
            name="signed_with_date",
        ),
        CheckConstraint(
            "(disbursed_on IS NOT NULL AND paid_to <> '') OR state NOT IN ('disbursed', 'repaying', 'incident',"
            " 'rescheduled', 'closed')",
            name="disbursed_with_date",
        ),
        CheckConstraint("signed_on IS NULL OR signed_on >= granted_on", name="signed_after_granted"),
        CheckConstraint("(repaid_on IS NULL) = (payoff_document_id IS NULL)", name="repaid_with_paper"),
        CheckConstraint("repaid_on IS NULL OR state = 'closed'", name="repaid_is_closed"),
        CheckConstraint("disbursed_on IS NULL OR disbursed_on > signed_on", name="disbursed_after_signed"),
        # One project asks for one loan at a time.
        Index(
            "uq_microcredit_dossier_living", "project_id", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("funding_line.id"))
    budget_id: Mapped[int | None] = mapped_column(ForeignKey("budget.id"))
    bank_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("credit_offer.id"), index=True)
    """The bank's dated terms that were taken; None where the rate was typed."""
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("microcredit_dossier.id"), unique=True)
    """The refused dossier that this one follows, with a change."""
    adviser_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    state: Mapped[State] = mapped_column(enum_type(State, name="state"), default=State.ORIENTATION)
    amount_cents: Mapped[int]
    months: Mapped[int]
    rate: Mapped[str] = mapped_column(Percent)
    opinion: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    motive: Mapped[str] = mapped_column(String(CODE_MAX), default="")
    """The code of the bank's motive (``rules.motives``), while the dossier stands refused."""
    conditions: Mapped[str] = mapped_column(Text, default="")
    committee_on: Mapped[date | None]
    granted_on: Mapped[date | None]
    signed_on: Mapped[date | None]
    cosigner_id: Mapped[int | None] = mapped_column(ForeignKey("representative.id"))
    disbursed_on: Mapped[date | None]
    paid_to: Mapped[str] = mapped_column(String(160), default="")
    first_due_on: Mapped[date | None]
    contract_number: Mapped[str] = mapped_column(String(40), default="")
    """How the bank names the loan in its files."""
    repaid_on: Mapped[date | None]
    payoff_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    """The bank's paper that says that all was paid back before the end."""
    gone_on: Mapped[date | None]
    """The day from which the vehicle that the loan paid is known to be gone, or never to come."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MicrocreditDebtPlan(Versioned, Base):
    """Debts first: while one stands (``outcome`` None) its dossier waits. One at a time, each looked at again on a day."""

    __tablename__ = "microcredit_debt_plan"
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended_with_outcome"),
        CheckConstraint("before_cents >= 0 AND (most_cents IS NULL OR most_cents >= 0)", name="amounts_positive"),
        CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="ends_later"),
        Index(
            "uq_microcredit_debt_plan_standing", "dossier_id", unique=True, sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"), index=True)
    way: Mapped[DebtWay] = mapped_column(enum_type(DebtWay, name="debt_way"))
    before_cents: Mapped[int]
    """The other instalments of a month when it began."""
    most_cents: Mapped[int | None]
    """To what they must come down; None where the bank wants an outcome, whatever their height."""
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    began_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    review_on: Mapped[date] = mapped_column(index=True)
    outcome: Mapped[DebtOutcome | None] = mapped_column(enum_type(DebtOutcome, name="debt_outcome"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MicrocreditTransmission(Base):
    """A dossier as one bank got it: the frozen paper, its digest, until when its link answers."""

    __tablename__ = "microcredit_transmission"
    __table_args__ = (
        UniqueConstraint("dossier_id", "number"),
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
        CheckConstraint("expires_at > sent_at", name="expires_later"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"), index=True)
    number: Mapped[int]
    bank_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    email: Mapped[str] = mapped_column(String(254), default="")
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str] = mapped_column(String(120), default="")
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("recipient.id"))
    """The bank's mailbox, None where it has none: then the link goes by hand."""
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    viewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the link was last opened; each view stands in the audit log."""


class MicrocreditLog(Base):
    """One step of a dossier: who, when, from where to where. Rows are never changed but for the words that erasure takes.

    A transmission has one answer: the database refuses a second one.
    """

    __tablename__ = "microcredit_log"
    __table_args__ = (
        CheckConstraint("(party = 'bank') = (transmission_id IS NOT NULL)", name="bank_answers_a_transmission"),
        CheckConstraint("(motive <> '') = (action = 'refuse')", name="refused_with_motive"),
        Index(
            "uq_microcredit_log_answer", "transmission_id", unique=True, sqlite_where=_ANSWERS, postgresql_where=_ANSWERS
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[Action] = mapped_column(enum_type(Action, name="action"))
    from_state: Mapped[State | None] = mapped_column(enum_type(State, name="from_state"))
    to_state: Mapped[State] = mapped_column(enum_type(State, name="to_state"))
    party: Mapped[Party] = mapped_column(enum_type(Party, name="party"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    transmission_id: Mapped[int | None] = mapped_column(ForeignKey("microcredit_transmission.id"))
    words: Mapped[str] = mapped_column(Text, default="")
    motive: Mapped[str] = mapped_column(String(CODE_MAX), default="")


class MicrocreditInstalment(Base):
    """One instalment that is expected. A new plan (``plan``) replaces the ones of the last that are not due yet."""

    __tablename__ = "microcredit_instalment"
    __table_args__ = (
        UniqueConstraint("dossier_id", "plan", "number"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"))
    plan: Mapped[int] = mapped_column(default=1)
    number: Mapped[int]
    due_on: Mapped[date] = mapped_column(index=True)
    amount_cents: Mapped[int]
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MicrocreditPayment(Base):
    """Money that the bank got, as its file or somebody says. The same line of a bank's file counts once."""

    __tablename__ = "microcredit_payment"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        UniqueConstraint("dossier_id", "reference"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"))
    paid_on: Mapped[date]
    amount_cents: Mapped[int]
    reference: Mapped[str] = mapped_column(String(80))
    from_bank: Mapped[bool] = mapped_column(default=False)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class MicrocreditPaper(Base):
    """A paper that a person brought, whatever bank it was for; ``waived``: it does not concern them.

    Rows are added, never changed: of one code the newest date counts.
    """

    __tablename__ = "microcredit_paper"
    __table_args__ = (
        CheckConstraint("waived = (document_id IS NULL)", name="waived_or_there"),
        CheckConstraint("waived = (dated_on IS NULL)", name="dated_unless_waived"),
        CheckConstraint("code <> ''", name="code_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    waived: Mapped[bool] = mapped_column(default=False)
    dated_on: Mapped[date | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


ddl.DOSSIER_GUARDS.attach(
    MicrocreditDossier.__table__,
    MicrocreditLog.__table__,
    MicrocreditInstalment.__table__,
    MicrocreditPayment.__table__,
)


class MicrocreditReask(Base):
    """A paper that the bank wants again: what was brought before does not count for this dossier any more."""

    __tablename__ = "microcredit_reask"
    __table_args__ = (
        UniqueConstraint("transmission_id", "code"),
        CheckConstraint("code <> ''", name="code_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"), index=True)
    transmission_id: Mapped[int] = mapped_column(ForeignKey("microcredit_transmission.id"))
    code: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
