"""A person's life, for budgets and dossiers. What was lent and paid stays as long as accounts do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import delete, func, select, update

from mobility.core.clock import today
from mobility.core.db import db, transaction
from mobility.documents import services as documents
from mobility.microcredit import parameters as room
from mobility.microcredit.accords.models import CreditAccord
from mobility.microcredit.dossiers import words
from mobility.microcredit.dossiers.models import (
    Budget,
    BudgetItem,
    MicrocreditDossier,
    MicrocreditInstalment,
    MicrocreditLog,
    MicrocreditPaper,
    MicrocreditTransmission,
)
from mobility.microcredit.dossiers.queries import dossiers_of, find_budget, rows_of
from mobility.microcredit.dossiers.waiting import debt_plans_of_person
from mobility.microcredit.followup.models import CreditPlan, CreditSignal
from mobility.microcredit.paperwork.models import JoinedFile, PaperRequest, SentPage
from mobility.microcredit.rules.budget import EVERY_LABELS, ITEM_LABELS, Debts
from mobility.microcredit.rules.debts import DEBT_OUTCOME_LABELS, DEBT_WAY_LABELS
from mobility.microcredit.rules.motives import label_of
from mobility.microcredit.rules.states import RUNNING, STATE_LABELS
from mobility.people.lifecycle import Export, Part
from mobility.people.rules import add_months

ERASED = "Effacé"
# A default stands in the FICP for five years at most: until then the file may be asked about.
KEPT_MONTHS = 60

# What a budget says of a household beside its lines.
_TELLS = (
    (Budget.others > 0) | (Budget.children > 0) | (Budget.account_cents != 0) | Budget.in_file.is_not(None)
    | (Budget.debts != Debts.NONE) | (Budget.commute_tenths > 0) | (Budget.commute_source != "")
)  # fmt: skip


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Make the budgets and dossiers of one file those of the other."""
    with transaction() as session:
        session.execute(
            update(MicrocreditPaper).where(MicrocreditPaper.person_id == merged_id).values(person_id=kept_id)
        )
        session.execute(update(SentPage).where(SentPage.person_id == merged_id).values(person_id=kept_id))
        for table in (Budget, MicrocreditDossier):
            session.execute(
                update(table)
                .where(table.person_id == merged_id)
                .values(person_id=kept_id, updated_at=now, version=table.version + 1)
            )


def export(*, person_id: int) -> Iterable[Export]:
    """Give the last budget and the dossiers."""
    budget, motives = find_budget(person_id), room.motives(on=today())
    yield Export(
        title="Budget",
        columns={"kind": "Nature", "amount": "Montant (centimes)", "every": "Rythme"},
        rows=[
            {"kind": ITEM_LABELS[one.kind], "amount": one.amount_cents, "every": EVERY_LABELS[one.every]}
            for one in (rows_of(budget.id) if budget else ())
        ],
    )
    yield Export(
        title="Micro-crédits",
        columns={
            "state": "Situation",
            "amount": "Montant (centimes)",
            "months": "Mois",
            "motive": "Motif",
            "reason": "Raison",
        },
        rows=[
            {
                "state": STATE_LABELS[one.state],
                "amount": one.amount_cents,
                "months": one.months,
                "motive": label_of(one.motive, motives),
                "reason": one.reason,
            }
            for one in dossiers_of(person_id)
        ],
    )
    yield Export(
        title="Micro-crédits en attente : les dettes d’abord",
        columns={"way": "Chemin", "began": "Depuis", "outcome": "Issue"},
        rows=[
            {
                "way": DEBT_WAY_LABELS[one.way],
                "began": one.began_at,
                "outcome": "" if one.outcome is None else DEBT_OUTCOME_LABELS[one.outcome],
            }
            for one in debt_plans_of_person(person_id)
        ],
    )


def erase(*, person_id: int, now: datetime) -> None:
    """Take every word and every budget away; amounts, dates and states stay for the counts."""
    with transaction() as session:
        budgets = list(db.session.scalars(select(Budget.id).where(Budget.person_id == person_id)))
        dossiers = list(
            db.session.scalars(select(MicrocreditDossier.id).where(MicrocreditDossier.person_id == person_id))
        )
        session.execute(delete(BudgetItem).where(BudgetItem.budget_id.in_(budgets)))
        session.execute(
            update(Budget)
            .where(Budget.id.in_(budgets), _TELLS)
            .values(
                others=0,
                children=0,
                account_cents=0,
                in_file=None,
                debts=Debts.NONE,
                commute_tenths=0,
                commute_source="",
                updated_at=now,
                version=Budget.version + 1,
            )
        )
        session.execute(delete(SentPage).where(SentPage.person_id == person_id))
        session.execute(delete(JoinedFile).where(JoinedFile.dossier_id.in_(dossiers)))
        session.execute(delete(PaperRequest).where(PaperRequest.dossier_id.in_(dossiers)))
        session.execute(delete(MicrocreditPaper).where(MicrocreditPaper.person_id == person_id))
        mine = MicrocreditDossier.id.in_(dossiers)
        for column in (
            MicrocreditDossier.reason,
            MicrocreditDossier.opinion,
            MicrocreditDossier.conditions,
            MicrocreditDossier.paid_to,
        ):
            session.execute(
                update(MicrocreditDossier)
                .where(mine, column.not_in(("", ERASED)))
                .values(
                    {
                        column: ERASED,
                        MicrocreditDossier.updated_at: now,
                        MicrocreditDossier.version: MicrocreditDossier.version + 1,
                    }
                )
            )
        session.execute(
            update(MicrocreditLog)
            .where(MicrocreditLog.dossier_id.in_(dossiers), MicrocreditLog.words != "")
            .values(words=ERASED)
        )
        session.execute(
            update(MicrocreditTransmission)
            .where(MicrocreditTransmission.dossier_id.in_(dossiers), MicrocreditTransmission.acknowledged_by != "")
            .values(acknowledged_by=ERASED)
        )
        session.execute(
            update(CreditAccord)
            .where(CreditAccord.dossier_id.in_(dossiers), CreditAccord.erased_at.is_(None))
            .values(
                content={},
                reason="",
                person_name="",
                person_ink="",
                representative_name="",
                representative_ink="",
                erased_at=now,
                version=CreditAccord.version + 1,
            )
        )
        for table, column in ((CreditSignal, CreditSignal.words), (CreditPlan, CreditPlan.reason)):
            session.execute(
                update(table).where(table.dossier_id.in_(dossiers), column != ERASED).values({column: ERASED})
            )
        for dossier_id in dossiers:
            documents.erase_all_of(owner_kind=words.OWNER, owner_id=dossier_id, actor_id=None, now=now)


def keep_until(*, person_id: int, on: date) -> date | None:
    """Keep a file while a loan is paid back, and five years beyond its last instalment."""
    found = db.session.execute(
        select(MicrocreditDossier.state, func.max(MicrocreditInstalment.due_on))
        .join(MicrocreditInstalment, MicrocreditInstalment.dossier_id == MicrocreditDossier.id)
        .where(MicrocreditDossier.person_id == person_id)
        .group_by(MicrocreditDossier.id, MicrocreditDossier.state)
    ).all()
    ends = [add_months(max(last, on) if state in RUNNING else last, KEPT_MONTHS) for state, last in found]
    return max(ends, default=None)


PART = Part(room="microcredit", merge=merge, export=export, erase=erase, keep_until=keep_until)
