"""Budgets and dossiers, written by the services. Call inside ``app``; each function commits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from mobility.core.db import transaction
from mobility.funding.rules import Purpose
from mobility.funding.services import ProjectDetails, open_project
from mobility.microcredit.dossiers import paper, services
from mobility.microcredit.dossiers.models import MicrocreditTransmission
from mobility.microcredit.dossiers.services import BudgetDetails, Disbursement, Request
from mobility.microcredit.dossiers.services.bank import Answer
from mobility.microcredit.rules.budget import Item, ItemKind
from mobility.microcredit.rules.states import Action
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind
from tests.factories.organisations import make_organisation

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = date(2026, 11, 23)
ITEMS = (Item(ItemKind.WAGE, 140_000), Item(ItemKind.RENT, 45_000), Item(ItemKind.ENERGY, 9_000))


def a_bank(name: str = "Crédit du Hainaut", **values: Any) -> Organisation:
    """A bank with a mailbox."""
    facts: dict[str, Any] = {"email": "credit@banque.example", **values}
    return make_organisation(OrganisationKind.BANK, name, **facts)


def a_budget(person_id: int, **values: Any) -> int:
    """A wage, a rent, a vehicle for 12 km of commute."""
    facts: dict[str, Any] = {"items": ITEMS, "insurance_cents": 5_000, "commute_tenths": 120, **values}
    return services.write_budget(person_id=person_id, details=BudgetDetails(**facts), actor_id=None, now=NOW)


def a_project(person_id: int, *, cents: int = 300_000, **values: Any) -> int:
    """A second-hand car."""
    details = ProjectDetails(Purpose.PURCHASE, str(values.pop("title", "Clio d’occasion")), cents, **values)
    return open_project(person_id=person_id, details=details, actor_id=None, now=NOW)


def a_dossier(person_id: int, *, project_id: int | None = None, **values: Any) -> int:
    """A dossier of 3 000 € over 36 months at 4 %, with a budget, a bank and an opinion."""
    acts: dict[str, Any] = {"actor_id": values.pop("actor_id", None), "now": values.pop("now", NOW)}
    a_budget(person_id)
    facts: dict[str, Any] = {
        "amount_cents": 300_000, "months": 36, "rate": Decimal(4), "opinion": "Embauche en CDI.", **values,
    }  # fmt: skip
    if "bank_id" not in facts:
        facts["bank_id"] = a_bank(f"Banque {person_id}").id
    return services.open_dossier(project_id=project_id or a_project(person_id), request=Request(**facts), **acts)


def sent(dossier_id: int, *, now: datetime = NOW, actor_id: int | None = None) -> int:
    """Bring a dossier to its bank; return the transmission's id."""
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, actor_id=actor_id, now=now)
    return services.transmit(dossier_id=dossier_id, version=None, actor_id=actor_id, now=now)


def rendered(dossier_id: int, *, now: datetime = NOW) -> bytes:
    """Make the paper as the bank would get it now."""
    with paper.made(dossier_id, now=now) as file:
        return file.read_bytes()


def answered(
    transmission_id: int, action: Action = Action.GRANT, words: str = "", *, now: datetime = NOW, motive: str = "budget"
) -> None:
    """Let the bank answer."""
    services.answer(transmission_id=transmission_id, said=Answer(action, words, "Mme Lenoir", motive=motive), now=now)


def disbursed(dossier_id: int, *, now: datetime = NOW) -> datetime:
    """Bring an open dossier to its payment, eight days after the signature; return that instant."""
    answered(sent(dossier_id, now=now), now=now)
    acts: dict[str, Any] = {"dossier_id": dossier_id, "version": None, "actor_id": None}
    services.sign(on=now.date(), now=now, **acts)
    later = now + timedelta(days=8)
    services.disburse(details=Disbursement(later.date(), "Garage Martin"), now=later, **acts)
    return later


def transmission(transmission_id: int) -> MicrocreditTransmission:
    """Read a transmission."""
    with transaction() as session:
        return session.get_one(MicrocreditTransmission, transmission_id)
