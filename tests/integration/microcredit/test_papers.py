"""The papers of a bank's list: brought once, used for every bank, asked for until they are there."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.exc import IntegrityError

from mobility.accounts.policy import Role
from mobility.core.db import db, transaction
from mobility.documents import services as documents
from mobility.funding.services import Quote, add_quote
from mobility.microcredit.dossiers import checklist, lifecycle, queries, services
from mobility.microcredit.dossiers.errors import PaperInvalid, StepNotReady
from mobility.microcredit.dossiers.models import MicrocreditPaper
from mobility.microcredit.models import CreditOffer, CreditPartner
from mobility.microcredit.rules.completeness import Holding
from mobility.microcredit.rules.states import Action, State
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.documents import PDF
from tests.factories.dossiers import NOW, TODAY, a_bank, a_dossier, rendered
from tests.factories.pathway import a_person

ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}
LIST = [
    {"code": "payslips", "label": "3 fiches de paie", "purposes": [], "statuses": [], "most_months": 3},
    {"code": "debt_papers", "label": "Papiers de surendettement", "purposes": [], "statuses": [], "most_months": None},
    {"code": "quote", "label": "Devis", "purposes": ["purchase"], "statuses": [], "most_months": 3},
    {"code": "registration", "label": "Carte grise", "purposes": ["repair"], "statuses": [], "most_months": None},
]


def a_partner(*, committee: bool = False) -> int:
    """Make a bank a partner of every desk, with a list of papers; return the bank."""
    bank_id = a_bank().id
    with transaction() as session:
        partner = CreditPartner(organisation_id=bank_id, committee=committee, updated_at=NOW)
        session.add(partner)
        session.flush()
        session.add(
            CreditOffer(
                partner_id=partner.id, label="Offre", valid_from_on=date(2026, 1, 1), amount_min_cents=1,
                amount_max_cents=800_000, months_min=1, months_max=84, bands=[{"percent": "4"}], papers=LIST,
                updated_at=NOW,
            )
        )  # fmt: skip
    return bank_id


def bring(dossier_id: int, code: str, dated_on: date | None = TODAY, **values: Any) -> int:
    facts: dict[str, Any] = {"dossier_id": dossier_id, "code": code, "dated_on": dated_on, **ACTS, **values}
    if values.get("waived"):
        return services.bring_paper(prepared=None, **facts)
    with documents.prepare(BytesIO(PDF + code.encode() + b"\n%%EOF\n"), "piece.pdf") as prepared:
        return services.bring_paper(prepared=prepared, **facts)


def states(dossier_id: int) -> dict[str, Holding]:
    db.session.expire_all()
    row = queries.get_dossier(dossier_id)
    return {one.paper.code: one.holding for one in checklist.of_dossier(row, on=TODAY)}


def test_a_dossier_is_complete_once_every_paper_of_its_bank_is_there(app: Flask) -> None:
    dossier_id = a_dossier(a_person(), bank_id=a_partner())
    with pytest.raises(StepNotReady, match="Il manque : 3 fiches de paie, Papiers de surendettement, Devis"):
        services.move(dossier_id=dossier_id, action=Action.COMPLETE, **ACTS)
    bring(dossier_id, "payslips", date(2026, 10, 31))
    bring(dossier_id, "debt_papers", None, waived=True)
    project_id = queries.get_dossier(dossier_id).project_id
    with documents.prepare(BytesIO(PDF), "devis.pdf") as prepared:
        add_quote(project_id=project_id, quote=Quote("Garage", 300_000, TODAY), prepared=prepared, **ACTS)
    assert states(dossier_id) == {
        "payslips": Holding.THERE,
        "debt_papers": Holding.NOT_NEEDED,
        "quote": Holding.THERE,
    }
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, **ACTS)
    assert queries.get_dossier(dossier_id).state is State.COMPLETE


def test_what_was_brought_for_one_bank_serves_the_next(app: Flask) -> None:
    person_id = a_person()
    first = a_dossier(person_id, bank_id=a_partner())
    bring(first, "payslips", date(2026, 11, 1))
    second = a_dossier(person_id, bank_id=a_partner())
    assert states(second)["payslips"] is Holding.THERE


def test_an_erased_file_is_asked_for_again(app: Flask) -> None:
    dossier_id = a_dossier(a_person(), bank_id=a_partner())
    paper_id = bring(dossier_id, "payslips")
    document_id = db.session.get_one(MicrocreditPaper, paper_id).document_id
    documents.erase(document_id=document_id or 0, **ACTS)
    assert states(dossier_id)["payslips"] is Holding.MISSING


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "registration"}, "code"),
        ({"code": "payslips", "dated_on": None}, "dated_on"),
        ({"code": "payslips", "dated_on": date(2026, 11, 24)}, "dated_on"),
    ],
)
def test_papers_that_mean_nothing_are_refused(app: Flask, values: dict[str, Any], field: str) -> None:
    dossier_id = a_dossier(a_person(), bank_id=a_partner())
    with pytest.raises(PaperInvalid) as caught:
        bring(dossier_id, **values)
    assert caught.value.field == field


def test_a_paper_comes_with_its_file_and_to_a_living_dossier(app: Flask) -> None:
    dossier_id = a_dossier(a_person(), bank_id=a_partner())
    with pytest.raises(PaperInvalid, match="fichier"):
        services.bring_paper(dossier_id=dossier_id, code="payslips", dated_on=TODAY, prepared=None, **ACTS)
    services.move(dossier_id=dossier_id, action=Action.WITHDRAW, reason="Non", **ACTS)
    with pytest.raises(PaperInvalid, match="terminé"):
        bring(dossier_id, "payslips")


def adviser_of(app: Flask, person_id: int) -> FlaskClient:
    return signed_in(app, make_user(role=Role.ADVISER, desk_id=db.session.get_one(Person, person_id).desk_id))


def test_the_committee_speaks_first_where_the_agreement_wants_it(app: Flask) -> None:
    dossier_id = a_dossier(a_person(), bank_id=a_partner(committee=True))
    for code in ("payslips", "debt_papers", "quote"):
        bring(dossier_id, code)
    step: dict[str, Any] = {"dossier_id": dossier_id, **ACTS}
    services.move(action=Action.COMPLETE, **step)
    with pytest.raises(StepNotReady, match="commission"):
        services.transmit(version=None, **step)
    services.move(action=Action.TO_COMMITTEE, **step)
    staff = adviser_of(app, queries.get_dossier(dossier_id).person_id)
    assert f"/micro-credits/{dossier_id}" in staff.get("/micro-credits/commission").get_data(as_text=True)
    services.move(action=Action.COMMITTEE_YES, reason="Projet solide.", **step)
    assert f"/micro-credits/{dossier_id}" not in staff.get("/micro-credits/commission").get_data(as_text=True)
    said = " ".join(page.extract_text() for page in PdfReader(BytesIO(rendered(dossier_id))).pages)
    assert "Avis favorable le 23 novembre 2026." in " ".join(said.split())
    assert "Projet solide." in said
    services.transmit(version=None, **step)
    assert queries.get_dossier(dossier_id).state is State.TRANSMITTED


def test_papers_follow_the_person(app: Flask) -> None:
    person_id, kept = a_person(), a_person()
    dossier_id = a_dossier(person_id, bank_id=a_partner())
    bring(dossier_id, "payslips")
    lifecycle.merge(kept_id=kept, merged_id=person_id, now=NOW)
    assert states(dossier_id)["payslips"] is Holding.THERE
    lifecycle.erase(person_id=kept, now=NOW)
    assert states(dossier_id)["payslips"] is Holding.MISSING


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"code": "x", "dated_on": TODAY}, "waived_or_there"),
        ({"code": "x", "waived": True, "dated_on": TODAY}, "dated_unless_waived"),
        ({"code": "", "waived": True}, "code_given"),
    ],
)
def test_the_database_refuses_papers_that_mean_nothing(app: Flask, values: dict[str, Any], constraint: str) -> None:
    person_id = a_person()
    with pytest.raises(IntegrityError, match=constraint), transaction() as session:
        session.add(MicrocreditPaper(person_id=person_id, added_at=NOW, **values))
        session.flush()
