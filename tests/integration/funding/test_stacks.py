"""Projects and their stacks: quotes make the cost, rules refuse in words, the database refuses whatever passes them."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError

from mobility.accounts.policy import Role
from mobility.core.db import db, transaction, violated_constraint
from mobility.core.errors import ForbiddenTransition, NotFound, StaleVersion
from mobility.documents import services as documents
from mobility.funding import lifecycle, queries, services
from mobility.funding.ddl import STACK, TWICE
from mobility.funding.errors import (
    AmountMissing,
    ProjectInvalid,
    QuoteInvalid,
    ReasonMissing,
    SourceRefused,
    StackExceeds,
)
from mobility.funding.models import FundingLine, Project, ProjectQuote
from mobility.funding.rules import LineAction, LineState, Purpose, Source
from mobility.funding.services import ProjectDetails, Quote
from mobility.people.kinds import PersonStatus
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.documents import PDF
from tests.factories.pathway import MONDAY, NOW, a_person, an_objective

ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}


def a_project(person_id: int | None = None, **values: Any) -> int:
    facts: dict[str, Any] = {"purpose": Purpose.LICENCE, "title": "Permis B", "amount_cents": 180_000, **values}
    return services.open_project(person_id=person_id or a_person(), details=ProjectDetails(**facts), **ACTS)


def pay(project_id: int, source: Source, cents: int, code: str = "") -> int:
    return services.put_line(project_id=project_id, source=source, amount_cents=cents, code=code, **ACTS)


def a_quote(project_id: int, cents: int, **values: Any) -> int:
    facts: dict[str, Any] = {"seller": "Garage Martin", "amount_cents": cents, "dated_on": MONDAY, **values}
    return services.add_quote(project_id=project_id, quote=Quote(**facts), **ACTS)


def test_chosen_quotes_make_the_cost_and_the_estimate_stands_without_any(app: Flask) -> None:
    project_id = a_project()
    first = a_quote(project_id, 200_000)
    a_quote(project_id, 5_000, label="Carte grise")
    assert queries.get_project(project_id).amount_cents == 205_000
    services.choose_quote(project_id=project_id, quote_id=first, chosen=False, **ACTS)
    assert queries.get_project(project_id).amount_cents == 5_000


def test_a_quote_keeps_its_paper(app: Flask) -> None:
    project_id = a_project()
    with documents.prepare(BytesIO(PDF), "devis.pdf") as prepared:
        services.add_quote(project_id=project_id, quote=Quote("Garage", 100, MONDAY), prepared=prepared, **ACTS)
    assert queries.get_stack(project_id).quotes[0].document_id is not None


def test_a_proposal_uses_what_the_person_may_have_in_its_order(app: Flask) -> None:
    project_id = a_project(a_person(status=PersonStatus.JOB_SEEKER, insee_code="59014"), amount_cents=400_000)
    services.fill_stack(project_id=project_id, own_cents=20_000, employer_cents=10_000, **ACTS)
    stack = queries.get_stack(project_id)
    assert [(line.source, line.code) for line in stack.lines] == [
        (Source.GRANT, "hauts_de_france"),
        (Source.GRANT, "anzin"),
        (Source.GRANT, "msa"),
        (Source.GRANT, "france_travail"),
        (Source.EMPLOYER, ""),
        (Source.OWN, ""),
    ]
    assert stack.totals.covered + stack.totals.missing == 400_000
    with pytest.raises(SourceRefused, match="déjà écrits"):
        services.fill_stack(project_id=project_id, own_cents=0, employer_cents=0, **ACTS)


def test_a_source_above_what_is_missing_is_refused_in_words(app: Flask) -> None:
    project_id = a_project(amount_cents=10_000)
    line_id = pay(project_id, Source.OWN, 6_000)
    with pytest.raises(StackExceeds, match="Il reste 40,00"):
        pay(project_id, Source.EMPLOYER, 4_001)
    services.put_line(project_id=project_id, source=Source.OWN, amount_cents=10_000, line_id=line_id, **ACTS)
    with pytest.raises(StackExceeds, match="retirez-en"):
        a_quote(project_id, 9_999)
    with pytest.raises(StackExceeds):
        services.change_project(
            project_id=project_id, details=ProjectDetails(Purpose.REPAIR, "Moins", 1), version=None, **ACTS
        )


def test_the_cpf_is_written_by_hand_and_beside_a_third_party_where_it_must(app: Flask) -> None:
    project_id = a_project(a_person(status=PersonStatus.EMPLOYEE))
    with pytest.raises(SourceRefused, match="un tiers"):
        pay(project_id, Source.GRANT, 50_000, "cpf")
    pay(project_id, Source.EMPLOYER, 10_000)
    pay(project_id, Source.GRANT, 50_000, "cpf")
    seeker = a_project(a_person(status=PersonStatus.JOB_SEEKER))
    services.fill_stack(project_id=seeker, own_cents=0, employer_cents=0, **ACTS)
    assert "cpf" not in {line.code for line in queries.lines_of(seeker)}


def test_the_rules_of_the_grants_hold_for_what_is_written_by_hand(app: Flask) -> None:
    project_id = a_project(a_person(status=PersonStatus.STUDENT))
    with pytest.raises(SourceRefused, match="autre situation"):
        pay(project_id, Source.GRANT, 100, "france_travail")
    with pytest.raises(SourceRefused, match="plus proposée"):
        pay(project_id, Source.GRANT, 100, "inconnue")
    pay(project_id, Source.GRANT, 100, "hauts_de_france")
    with pytest.raises(SourceRefused, match="déjà une part"):
        pay(project_id, Source.GRANT, 100, "hauts_de_france")


def test_a_refused_source_leaves_its_room_and_says_why(app: Flask) -> None:
    project_id = a_project(amount_cents=10_000)
    line_id = pay(project_id, Source.EMPLOYER, 10_000)
    step: dict[str, Any] = {"project_id": project_id, "line_id": line_id, **ACTS}
    services.move_line(action=LineAction.ASK, **step)
    with pytest.raises(ReasonMissing):
        services.move_line(action=LineAction.REFUSE, reason=" ", **step)
    services.move_line(action=LineAction.REFUSE, reason="Pas cette année", **step)
    with pytest.raises(ForbiddenTransition):
        services.move_line(action=LineAction.GRANT, **step)
    pay(project_id, Source.OWN, 10_000)
    assert queries.projects_of(queries.get_project(project_id).person_id)[0][1].missing == 0


def test_what_belongs_to_another_project_is_not_found(app: Flask) -> None:
    mine, others = a_project(), a_project()
    line_id, quote_id = pay(others, Source.OWN, 100), a_quote(others, 180_000)
    with pytest.raises(NotFound):
        services.move_line(project_id=mine, line_id=line_id, action=LineAction.ASK, **ACTS)
    with pytest.raises(NotFound):
        services.put_line(project_id=mine, source=Source.OWN, amount_cents=1, line_id=line_id, **ACTS)
    with pytest.raises(NotFound):
        services.choose_quote(project_id=mine, quote_id=quote_id, chosen=False, **ACTS)
    with pytest.raises(NotFound):
        a_project(objective_id=an_objective(a_person()))


@pytest.mark.parametrize(
    ("values", "error"),
    [({"title": " "}, ProjectInvalid), ({"amount_cents": None}, AmountMissing), ({"amount_cents": 0}, AmountMissing)],
)
def test_a_project_that_does_not_hold_together_is_refused(app: Flask, values: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        a_project(**values)


def test_a_quote_that_does_not_hold_together_is_refused(app: Flask) -> None:
    project_id = a_project()
    with pytest.raises(QuoteInvalid):
        a_quote(project_id, 1, seller=" ")
    with pytest.raises(QuoteInvalid, match="après la date"):
        a_quote(project_id, 1, valid_until_on=MONDAY - timedelta(days=1))


def test_whoever_looked_at_an_older_project_is_told(app: Flask) -> None:
    project_id = a_project()
    seen = queries.get_project(project_id).version
    details = ProjectDetails(Purpose.LICENCE, "Permis A", 190_000)
    services.change_project(project_id=project_id, details=details, version=seen, **ACTS)
    with pytest.raises(StaleVersion):
        services.change_project(project_id=project_id, details=details, version=seen, **ACTS)


def a_line(project_id: int, cents: int, **values: Any) -> FundingLine:
    facts: dict[str, Any] = {"source": Source.OWN, "created_at": NOW, "updated_at": NOW, **values}
    return FundingLine(project_id=project_id, amount_cents=cents, **facts)


def refused(*rows: Any) -> str:
    with pytest.raises((IntegrityError, OperationalError)) as caught, transaction() as session:
        session.add_all(rows)
        session.flush()
    return violated_constraint(caught.value)  # type: ignore[arg-type]


def test_the_database_refuses_a_stack_above_its_project(app: Flask) -> None:
    project_id = a_project(amount_cents=1_000)
    assert refused(a_line(project_id, 600), a_line(project_id, 401)) == STACK
    line_id = pay(project_id, Source.OWN, 1_000)
    with pytest.raises((IntegrityError, OperationalError)), transaction() as session:
        session.get_one(FundingLine, line_id).amount_cents = 1_001
        session.flush()
    with pytest.raises((IntegrityError, OperationalError)), transaction() as session:
        session.get_one(Project, project_id).amount_cents = 999
        session.flush()
    with transaction() as session:
        session.add(a_line(project_id, 5_000, state=LineState.DROPPED))
    with pytest.raises((IntegrityError, OperationalError)), transaction() as session:
        dropped = session.scalars(select(FundingLine).where(FundingLine.state == LineState.DROPPED)).one()
        dropped.state = LineState.PLANNED
        session.flush()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"cents": 0}, "amount_positive"),
        ({"cents": 1, "code": "x"}, "grant_named"),
        ({"cents": 1, "source": Source.GRANT}, "grant_named"),
        ({"cents": 1, "state": LineState.REFUSED}, "refused_with_reason"),
    ],
)
def test_the_database_refuses_lines_that_mean_nothing(app: Flask, values: dict[str, Any], constraint: str) -> None:
    assert constraint in refused(a_line(a_project(), **values))


def test_the_database_refuses_one_grant_twice(app: Flask) -> None:
    project_id = a_project()
    grant: dict[str, Any] = {"source": Source.GRANT, "code": "x"}
    assert "funding_line" in refused(a_line(project_id, 1, **grant), a_line(project_id, 1, **grant))


def test_the_database_refuses_one_grant_for_one_thing_in_two_projects(app: Flask) -> None:
    person_id = a_person()
    first, second = a_project(person_id), a_project(person_id)
    repair = a_project(person_id, purpose=Purpose.REPAIR)
    grant: dict[str, Any] = {"source": Source.GRANT, "code": "x"}
    with transaction() as session:
        session.add_all(
            [
                a_line(first, 1, **grant),
                a_line(repair, 1, **grant),
                a_line(a_project(), 1, **grant),
                a_line(second, 1, **grant, state=LineState.DROPPED),
            ]
        )
    assert refused(a_line(second, 1, **grant)) == TWICE
    with pytest.raises((IntegrityError, OperationalError)) as caught, transaction() as session:
        session.scalars(select(FundingLine).where(FundingLine.project_id == second)).one().state = LineState.PLANNED
        session.flush()
    assert violated_constraint(caught.value) == TWICE
    with pytest.raises((IntegrityError, OperationalError)) as caught, transaction() as session:
        session.get_one(Project, repair).purpose = Purpose.LICENCE
        session.flush()
    assert violated_constraint(caught.value) == TWICE


def test_files_that_both_have_a_grant_are_merged_and_go_on(app: Flask) -> None:
    first, second = a_project(), a_project()
    lines = [pay(project_id, Source.GRANT, 100, "hauts_de_france") for project_id in (first, second)]
    people = [queries.get_project(project_id).person_id for project_id in (first, second)]
    lifecycle.merge(kept_id=people[0], merged_id=people[1], now=NOW)
    services.move_line(project_id=second, line_id=lines[1], action=LineAction.ASK, **ACTS)
    services.move_line(project_id=second, line_id=lines[1], action=LineAction.DROP, **ACTS)
    with pytest.raises(SourceRefused, match="autre projet"):
        pay(second, Source.GRANT, 100, "hauts_de_france")


def test_a_cheaper_project_or_another_purpose_is_held_against_its_grants(app: Flask) -> None:
    project_id = a_project(amount_cents=150_000)
    line_id = pay(project_id, Source.GRANT, 135_000, "hauts_de_france")
    with pytest.raises(StackExceeds, match=r"paierait alors 1.260,00.€ au plus"):
        a_quote(project_id, 140_000)
    with pytest.raises(StackExceeds, match="ne paie pas : réparation"):
        services.change_project(
            project_id=project_id, details=ProjectDetails(Purpose.REPAIR, "Freins", 150_000), version=None, **ACTS
        )
    step: dict[str, Any] = {"project_id": project_id, "line_id": line_id, **ACTS}
    services.move_line(action=LineAction.GRANT, **step)
    services.move_line(action=LineAction.PAY, **step)
    a_quote(project_id, 140_000)
    assert queries.get_project(project_id).amount_cents == 140_000


def test_a_purpose_that_another_project_has_had_paid_is_refused_in_words(app: Flask) -> None:
    person_id = a_person(status=PersonStatus.RSA)
    pay(a_project(person_id, purpose=Purpose.REPAIR), Source.GRANT, 100, "activ_emploi")
    project_id = a_project(person_id)
    pay(project_id, Source.GRANT, 100, "activ_emploi")
    with pytest.raises(StackExceeds, match="déjà un autre projet"):
        services.change_project(
            project_id=project_id, details=ProjectDetails(Purpose.REPAIR, "Freins", 180_000), version=None, **ACTS
        )


@pytest.mark.parametrize(
    ("values", "constraint"),
    [({"title": ""}, "named"), ({"amount_cents": 0}, "amount_positive")],
)
def test_the_database_refuses_projects_that_mean_nothing(app: Flask, values: dict[str, Any], constraint: str) -> None:
    facts = {"title": "x", "amount_cents": 1, "purpose": Purpose.REPAIR, "created_at": NOW, "updated_at": NOW}
    assert constraint in refused(Project(person_id=a_person(), **{**facts, **values}))


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"seller": ""}, "seller_given"),
        ({"amount_cents": 0}, "amount_positive"),
        ({"valid_until_on": date(2020, 1, 1)}, "period_forward"),
    ],
)
def test_the_database_refuses_quotes_that_mean_nothing(app: Flask, values: dict[str, Any], constraint: str) -> None:
    facts = {"seller": "x", "amount_cents": 1, "dated_on": MONDAY, "added_at": NOW}
    assert constraint in refused(ProjectQuote(project_id=a_project(), **{**facts, **values}))


def test_a_merge_and_an_erasure_keep_the_amounts(app: Flask) -> None:
    project_id = a_project(title="Voiture de Mme Martin")
    a_quote(project_id, 90_000, seller="M. Dupont")
    pay(project_id, Source.EMPLOYER, 500)
    line_id = pay(project_id, Source.OWN, 500)
    step: dict[str, Any] = {"project_id": project_id, "line_id": line_id, **ACTS}
    services.move_line(action=LineAction.ASK, **step)
    services.move_line(action=LineAction.REFUSE, reason="Dit par M. Dupont", **step)
    kept = a_person()
    lifecycle.merge(kept_id=kept, merged_id=queries.get_project(project_id).person_id, now=NOW)
    db.session.expire_all()
    (export,) = lifecycle.export(person_id=kept)
    assert export.rows[0]["title"] == "Voiture de Mme Martin"
    lifecycle.erase(person_id=kept, now=NOW)
    lifecycle.erase(person_id=kept, now=NOW)
    db.session.expire_all()
    stack = queries.get_stack(project_id)
    assert (stack.project.title, stack.project.amount_cents) == ("Effacé", 90_000)
    assert {quote.seller for quote in stack.quotes} == {"Effacé"}
    assert "Dupont" not in "".join(line.reason + line.label for line in stack.lines)


@pytest.fixture
def staff(app: Flask) -> tuple[FlaskClient, int]:
    person_id = a_person(status=PersonStatus.JOB_SEEKER)
    desk_id = db.session.get_one(Person, person_id).desk_id
    return signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id)), person_id


def test_a_project_is_made_and_paid_on_its_pages(staff: tuple[FlaskClient, int]) -> None:
    browser, person_id = staff
    listed = f"/personnes/{person_id}/projets"
    assert "Aucun projet" in browser.get(listed).text
    assert browser.post(listed, data={"purpose": "licence", "title": ""}).status_code == 422
    made = browser.post(listed, data={"purpose": "licence", "title": "Permis B", "amount_cents": "5000"})
    assert made.status_code == 303
    page = made.location
    opened = browser.get(page).text
    assert f'href="/personnes/{person_id}/micro-credit"' in opened, (
        "what is missing may be lent: the way is on the page"
    )
    assert f'href="/personnes/{person_id}/budget"' in opened
    proposed = browser.post(page, data={"act": "propose", "own_cents": "50"}, follow_redirects=True)
    assert "Aide au permis de France Travail" in proposed.text
    over = browser.post(page, data={"act": "line", "source": "employer", "line_cents": "9000"})
    assert (over.status_code, "paierait deux fois" in over.text) == (422, True)
    assert "9000" in over.text
    for act in ("project", "quote", "line"):
        assert browser.post(page, data={"act": act}).status_code == 422
    quote = {"act": "quote", "seller": "Auto-école", "quote_cents": "4900", "dated_on": "2026-11-20"}
    assert browser.post(page, data={**quote, "valid_until_on": "2026-11-21"}).status_code == 303
    assert "Périmé" in browser.get(page).text
    project_id = int(page.rpartition("/")[2])
    stack = queries.get_stack(project_id)
    own = next(line for line in stack.lines if line.source is Source.OWN)
    moved = {"act": "move", "line_id": own.id, "move": "grant"}
    assert browser.post(page, data=moved).status_code == 303
    assert browser.post(page, data={**moved, "move": "refuse"}).status_code in {409, 422}
    aside = {"act": "choose", "quote_id": stack.quotes[0].id, "choose": "non"}
    assert browser.post(page, data=aside).status_code == 303
    changed = {"act": "project", "purpose": "licence", "title": "Permis B accéléré", "amount_cents": "4800"}
    assert browser.post(page, data=changed).status_code == 303
    assert "Permis B accéléré" in browser.get(page).text
    for broken in ({"act": "?"}, {"act": "move"}, {"act": "choose"}, {"act": "move", "line_id": "1", "move": "x"}):
        assert browser.post(page, data=broken).status_code == 400


def test_a_grant_pays_no_two_projects_of_a_person_for_one_thing(app: Flask) -> None:
    person_id = a_person(insee_code="59014")
    first, second = (a_project(person_id, purpose=Purpose.LICENCE) for _ in range(2))
    pay(first, Source.GRANT, 40_000, "anzin")
    with pytest.raises(SourceRefused, match="autre projet"):
        pay(second, Source.GRANT, 40_000, "anzin")
    codes = {
        line.code
        for number in services.fill_stack(project_id=second, own_cents=0, employer_cents=0, actor_id=None, now=NOW)
        for line in queries.lines_of(second)
        if line.id == number
    }
    assert "anzin" not in codes


def test_the_line_of_a_loan_is_moved_by_its_dossier_alone(staff: tuple[FlaskClient, int]) -> None:
    browser, person_id = staff
    project_id = a_project(person_id)
    line_id = services.put_line(project_id=project_id, source=Source.MICROCREDIT, amount_cents=3_000, **ACTS)
    page = f"/projets/{project_id}"
    for action in LineAction:
        moved = {"act": "move", "line_id": line_id, "move": action.value, "reason": "x"}
        answer = browser.post(page, data=moved)
        assert (answer.status_code, "avance par son dossier" in answer.text) == (422, True)
    db.session.expire_all()
    assert queries.lines_of(project_id)[0].state is LineState.PLANNED


def test_a_project_has_so_many_quotes_that_their_sum_fits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 100_000_00
    assert services.MOST_QUOTES * most < 2**31
    monkeypatch.setattr(services, "MOST_QUOTES", 2)
    project_id = a_project()
    for _ in range(2):
        a_quote(project_id, most)
    with pytest.raises(QuoteInvalid, match="déjà 2 devis"):
        a_quote(project_id, most)
    assert queries.get_project(project_id).amount_cents == 2 * most
