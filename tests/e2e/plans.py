"""The plans of the walk's world: one laid before the heroine, one before somebody else, and a template."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mobility.core import links
from mobility.core.clock import today
from mobility.core.db import db
from mobility.local_aids import services as local_aids
from mobility.microcredit import services as credit
from mobility.microcredit.dossiers import services as dossier_services
from mobility.microcredit.dossiers.queries import get_dossier
from mobility.microcredit.followup.services import following
from mobility.microcredit.paperwork import queries as paper_queries
from mobility.microcredit.paperwork import services as paperwork
from mobility.pathway import messages
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.rules.lines import StepLine
from mobility.pathway.plan.rules.terms import Doer, StepKind
from mobility.pathway.services import plan_steps, plans, signing, templates
from mobility.people.models import Person
from tests.factories import dossiers
from tests.factories.accords import a_plan
from tests.factories.microcredit import make_offer
from tests.integration.hostile.financed import finance, sends


def lay_plans(ids: dict[str, Any], heroine_id: int, adviser_id: int, now: datetime) -> None:
    """Note the ids of a plan, a step and a version to sign, of both, and of a template of the desk."""
    acts: dict[str, Any] = {"actor_id": adviser_id, "now": now}
    for person_id, own in ((ids["person_id"], ""), (heroine_id, "own_")):
        living = plan_queries.find_living_plan(person_id)
        plan_id = living.id if living else plans.open_plan(person_id=person_id, **acts)
        ids[f"{own}plan_id"] = plan_id
        ids[f"{own}step_id"] = plan_steps.add_step(
            plan_id=plan_id,
            kind=StepKind.TASK,
            title="Demander le relevé de points",
            doer=Doer.PERSON,
            note="Sur le site, avec FranceConnect.",
            planned_until_on=today() + timedelta(days=9),
            **acts,
        )
        ids[f"{own}version_id"] = signing.lay_before(plan_id=plan_id, **acts)
    ids["plan_token"] = links.sign(
        messages.PLAN_LINK, {"v": ids["own_version_id"]}, now=now, lifetime=timedelta(days=14)
    )
    lines = [StepLine("1", StepKind.TASK, "Rassembler les papiers", doer=Doer.PERSON)]
    ids["template_id"] = templates.write_template(
        details=templates.TemplateDetails("Premiers pas", "", today(), None, lines), desk_id=ids["desk_id"], **acts
    )
    local_aids.write_defaults(valid_from_on=today(), actor_id=None, now=now)
    person = db.session.get_one(Person, ids["person_id"])
    facts = {**local_aids.read_defaults()[0], "label": "Navette du parc d’activités", "valid_from_on": today()}
    ids["entry_id"] = local_aids.write_entry(facts=facts, desk_id=person.desk_id, actor_id=None, now=now)
    asked = plan_steps.add_step(
        plan_id=ids["plan_id"],
        kind=StepKind.AID,
        aid_kind=local_aids.AID_KIND,
        option_key=str(ids["entry_id"]),
        title="Navette du parc d’activités",
        doer=Doer.ADVISER,
        **acts,
    )
    ids["use_id"] = local_aids.ask(step_id=asked, **acts)
    ids["dossier_id"], ids["bank_token"] = lend(ids, heroine_id, adviser_id, now)
    ids["papers_token"], ids["scan_id"] = asks_papers(ids["dossier_id"], now)
    ids["project_id"] = finance(ids["person_id"], adviser_id=adviser_id, words="d’occasion", now=now)


def lend(ids: dict[str, Any], heroine_id: int, adviser_id: int, now: datetime) -> tuple[int, str]:
    """Let the heroine and another pay back a loan, and a dossier wait for its bank; return that one and its link."""
    dossier_id = dossiers.a_dossier(ids["person_id"], actor_id=adviser_id, now=now)
    sent_id = dossiers.sent(dossier_id, now=now, actor_id=adviser_id)
    for borrower_id in (heroine_id, ids["other_id"]):
        paid_back = dossiers.a_dossier(borrower_id, now=now - timedelta(days=50))
        dossiers.disbursed(paid_back, now=now - timedelta(days=50))
        dossier_services.watch_due(now=now)
        following.follow_loan(paid_back, now=now)
        ids["accord_id"] = a_plan(paid_back, now=now)
    ids["followed_dossier_id"] = paid_back
    ids["accord_token"] = links.sign(
        "microcredit-accord", {"a": ids["accord_id"]}, now=now, lifetime=timedelta(days=14)
    )
    token = links.sign("microcredit-answer", {"t": sent_id}, now=now, lifetime=timedelta(days=14))
    return dossier_id, token


def asks_papers(dossier_id: int, now: datetime) -> tuple[str, int]:
    """Let the bank of a dossier have a list, and its person send a page; return their token and the page's document."""
    bank_id = get_dossier(dossier_id).bank_id
    make_offer(credit.write_partner(facts={}, organisation_id=bank_id, actor_id=None, now=now), valid_from_on=today())
    sends(dossier_id, now=now)
    request = paper_queries.living_request(dossier_id)
    assert request is not None
    page, document = next(iter(paper_queries.waiting_pages(dossier_id).values()))[0]
    assert page.document_id == document.id
    return paperwork.link_of(request).rpartition("/")[2], document.id
