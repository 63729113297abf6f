"""Every page of the house, at both widths: it answers, axe finds nothing, nothing is wider than the window.

The addresses come from the application's own map of routes. A route that the walk cannot fill in is in
``NOT_WALKED`` with its reason: a new page is walked, or named there, and cannot be forgotten.
Screenshots: ``var/screenshots/<endpoint>-<width>.png``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page
from werkzeug.routing import Rule

from mobility.accounts.policy import POLICY
from mobility.core.clock import today
from mobility.core.web.access import rule_of
from tests.e2e.conftest import SCREENSHOTS, WIDTHS, axe_violations
from tests.e2e.world import World

# Routes that are no pages, or lead to another one at once.
NOT_WALKED = {
    "accounts.door": "leads to the page of whoever asks",
    "pathway.person_plan": "leads to the plan of the person",
    "notifications.short_link": "leads to the address that was shortened",
    "assets.file": "files",
    "geo.search": "part of a page, asked for by a script",
    "geo.ground": "the ground of maps, asked for by a script",
    "notifications.sms_report": "a provider's report, for machines",
    "notifications.sms_reply": "a provider's message, for machines",
    "observe.health": "JSON for machines",
    "observe.ready": "JSON for machines",
    "observe.metrics": "figures for machines",
    "fleet.export_list": "a file",
    "participation.export_snapshot": "a file",
    "agenda.print_one": "a file",
    "carpool.certificate": "a file",
    "carpool_links.certificate": "a file",
    "my_carpool.certificate": "a file",
    "my_carpool.join": "leads to one's own page for whoever takes part",
    "agenda.print_all": "a file",
    "agenda_links.calendar": "a calendar, for telephones",
    "documents.show": "a file",
    "diagnosis.summary": "a file",
    "my_diagnosis.summary": "a file",
    "pathway.plan_paper": "a file",
    "pathway.portal_paper": "a file",
    "pathway.sign_link_paper": "a file",
    "microcredit_files.pdf": "a file",
    "microcredit_files.wait": "a part of the dossier’s page, asked for while a file is made",
    "microcredit_accords.pdf": "a file",
    "microcredit_accord_links.paper": "a file",
    "my_microcredit_accord.own_paper": "a file",
    "microcredit_followup.export_count": "a file",
    "microcredit_links.pdf": "a file",
    "microcredit_masks.picture": "a file",
    "my_microcredit_papers.papers": "leads to one's micro-credits while no dossier is made; the same page stands behind a link",
    "styleguide.error": "error pages, walked one by one below",
}
# Which session sees a page, where the first role that may is not the one to look with.
SEEN_AS = {
    "accounts.enter_code": "code",
    "accounts.second_factor": "second factor",
    "accounts.enrol": "enrolling",
    "accounts.audit_log": "manager",
    "parameters.show": "administrator",
    "carpool.operator_list": "administrator",
    # The demo's banks lend at all desks: a manager may not change them.
    "microcredit.edit_partner": "administrator",
    "microcredit.create_offer": "administrator",
    "microcredit.edit_offer": "administrator",
    "notifications.outbox": "manager",
    "notifications.message": "manager",
    "desks.admin": "manager",
    "accounts.account": "adviser",
    "accounts.partner_home": "garage",
    "agenda.edit_type": "administrator",
    "desks.create": "administrator",
    "desks.archive": "administrator",
}
LOOKING = (
    "adviser",
    "manager",
    "fleet_officer",
    "administrator",
    "auditor",
    "beneficiary",
    "prescriber",
    "garage",
    "funder",
)
# Ids of arguments that mean something else here than elsewhere.
ARGUMENTS: dict[str, dict[str, str]] = {
    "accounts.choose_password": {"token": "password_token"},
    "accounts.sign_in_link": {"token": "sign_in_token"},
    "notifications.preferences": {"token": "preferences_token"},
    "notifications.unsubscribe": {"token": "unsubscribe_token"},
    "loan_links.choose": {"token": "return_token"},
    "pathway.hours_link": {"token": "hours_token"},
    "prescription_links.form": {"token": "form_token"},
    "prescription_links.draft": {"token": "draft_token"},
    "prescription_links.follow": {"token": "follow_token"},
    "prescription_links.answer": {"token": "answer_token"},
    "prescription_links.book": {"token": "bookable_token"},
    "prescriptions.propose": {"prescription_id": "accepted_prescription_id"},
    "prescriptions.book": {"prescription_id": "accepted_prescription_id"},
    "prescriptions.reopen": {"prescription_id": "ended_prescription_id"},
    "participation_links.question": {"token": "later_token"},
    "participation.later": {"departure_id": "old_departure_id"},
    "loan_links.on_time": {"token": "return_token"},
    "loan_links.more_time": {"token": "return_token"},
    "loans.approve": {"loan_id": "requested"},
    "loans.refuse": {"loan_id": "requested"},
    "loans.contract": {"loan_id": "approved"},
    "loans.depart": {"loan_id": "approved"},
    "loans.no_show": {"loan_id": "approved"},
    "loans.change_desk": {"loan_id": "left_behind"},
    "loans.swap": {"loan_id": "approved"},
    "loans.cancel": {"loan_id": "approved"},
    "loans.settle": {"loan_id": "returned"},
    "loans.pay": {"loan_id": "returned"},
    "loans.check_inspection": {"loan_id": "boxed"},
    "loans.decide_extension": {"request_id": "extension_id"},
    "microcredit_followup.show": {"dossier_id": "followed_dossier_id"},
    "microcredit_followup.reschedule": {"dossier_id": "followed_dossier_id"},
    "microcredit_accords.prepare": {"dossier_id": "followed_dossier_id"},
    "my_loans.show": {"loan_id": "mine_out"},
    "my_loans.confirm_return": {"loan_id": "mine_out"},
    "my_loans.extend": {"loan_id": "mine_out"},
    "my_loans.cancel": {"loan_id": "mine_awaited"},
    "my_loans.take": {"loan_id": "mine_boxed"},
    "my_loans.give_back": {"loan_id": "mine_boxed_out"},
    "agenda.close": {"attendance_id": "begun_visit"},
    "diagnosis.compare": {"diagnosis_id": "compared_diagnosis_id"},
    "diagnosis.start": {"person_id": "other_id"},
    "diagnosis_links.index": {"token": "diagnosis_token"},
    "diagnosis_links.block": {"token": "diagnosis_token"},
    "my_agenda.show": {"attendance_id": "own_visit"},
    "my_agenda.move": {"attendance_id": "own_visit"},
    "my_agenda.cancel": {"attendance_id": "own_visit"},
    "agenda_links.show": {"token": "visit_token"},
    "agenda_links.move": {"token": "visit_token"},
    "agenda_links.cancel": {"token": "visit_token"},
    "agenda_links.choose": {"token": "invitation_token"},
    "agenda_links.ask_by_link": {"token": "visit_token"},
    "agenda_links.ask_by_invitation": {"token": "invitation_token"},
    "agenda_links.reach_by_link": {"token": "visit_token"},
    "agenda_links.reach_by_invitation": {"token": "invitation_token"},
    "agenda_links.offer": {"token": "offer_token"},
    "my_agenda.ask": {"attendance_id": "own_visit"},
    "pathway.portal_sign": {"version_id": "own_version_id"},
    "pathway.sign_link": {"token": "plan_token"},
    "microcredit_links.answer": {"token": "bank_token"},
    "microcredit_paper_links.papers": {"token": "papers_token"},
    "microcredit_accord_links.sign": {"token": "accord_token"},
    "caseload.note": {"note_id": "handover_id"},
    "carpool.offer_show": {"journey_id": "carpool_offer_id"},
    "carpool.offer_edit": {"journey_id": "carpool_offer_id"},
    "carpool.request_show": {"journey_id": "carpool_request_id"},
    "carpool.request_edit": {"journey_id": "carpool_request_id"},
    "carpool.proposals": {"journey_id": "carpool_request_id"},
    "my_carpool.offer_show": {"journey_id": "own_carpool_offer_id"},
    "my_carpool.offer_edit": {"journey_id": "own_carpool_offer_id"},
    "my_carpool.request_show": {"journey_id": "own_carpool_request_id"},
    "my_carpool.request_edit": {"journey_id": "own_carpool_request_id"},
    "my_carpool.proposals": {"journey_id": "own_carpool_request_id"},
    "carpool_links.offer_show": {"token": "carpool_token", "journey_id": "carpool_offer_id"},
    "carpool_links.offer_edit": {"token": "carpool_token", "journey_id": "carpool_offer_id"},
    "carpool_links.request_show": {"token": "carpool_token", "journey_id": "carpool_request_id"},
    "carpool_links.request_edit": {"token": "carpool_token", "journey_id": "carpool_request_id"},
    "carpool_links.proposals": {"token": "carpool_token", "journey_id": "carpool_request_id"},
    "carpool.elsewhere": {"journey_id": "carpool_request_id"},
    "my_carpool.elsewhere": {"journey_id": "own_carpool_request_id"},
    "carpool_links.elsewhere": {"token": "carpool_token", "journey_id": "carpool_request_id"},
    "carpool.outside_place": {"booking_id": "outside_booking_id"},
    "carpool.outside_letter": {"message_id": "letter_id"},
    "carpool.request_trips": {"request_id": "carpool_request_id"},
    "carpool_links.home": {"token": "carpool_token"},
    "carpool_links.match": {"token": "carpool_token"},
    "carpool_links.problem": {"token": "carpool_token"},
    "carpool_links.request_new": {"token": "carpool_token"},
    "carpool_links.offer_new": {"token": "carpool_token"},
    "carpool_links.about": {"token": "carpool_token"},
    "carpool_links.statement": {"token": "carpool_token"},
    "carpool_links.days": {"token": "carpool_token"},
    "carpool_links.ride": {"token": "carpool_token"},
    "carpool_links.cancel": {"token": "carpool_token"},
    "carpool_links.hub": {"token": "poster_token"},
    "carpool_links.outside_booking": {"token": "booking_token"},
    "carpool.join": {"person_id": "other_id"},
    "pathway.portal_roster": {"objective_id": "own_objective_id"},
    "pathway.portal_journeys": {"objective_id": "own_objective_id"},
    "pathway.portal_own_means": {"objective_id": "own_objective_id"},
    "pathway.portal_remove_own_means": {"own_means_id": "own_means_of_heroine"},
}
VALUES: dict[str, dict[str, str]] = {
    "people.own_request": {"ask": "corriger"},
    "pathway.objective_state": {"act": "reach"},
    "pathway.plan_state": {"move": "abandon"},
    "pathway.new_step": {"sort": "task"},
    "pathway.step_state": {"act": "drop"},
    "pathway.sign_at_desk": {"party": "person"},
    "microcredit_accords.sign_at_desk": {"party": "person"},
    "fleet.export_list": {"form": "csv"},
    "diagnosis.block": {"block": "abilities"},
    "diagnosis.override": {"dimension": "licence"},
    "my_diagnosis.block": {"block": "abilities"},
    "diagnosis_links.block": {"block": "money"},
    "loans.check_inspection": {"moment": "depart"},
    "loans.reschedule": {"moment": "retour"},
}
ERROR_PAGES = (400, 403, 404, 409, 413, 429, 500)
DEFAULTS = {"loan_id": "out"}


def _dates() -> str:
    first = today() + timedelta(days=6)
    last = first + timedelta(days=3)
    return f"start_on={first}&start_time=09:30&due_on={last}&due_time=17:00"


def _queries(world: World) -> dict[str, str]:
    """What pages need beside their path."""
    booking = f"category=car&{_dates()}"
    return {
        "agenda.book": f"type={world.ids['type_id']}",
        "todo.put_off": f"tache=report:{world.ids['begun_visit']}",
        "people.search": "q=le",
        "geo.around": "commune=Denain",
        "loans.book_person": "q=le",
        "people.merge_choose": "q=le",
        "loans.book_offers": _dates(),
        "loans.book_confirm": f"{booking}&desk_id={world.ids['desk_id']}",
        "my_loans.choose_start": "category=car",
        "my_loans.choose_due": booking.split("&due_on", maxsplit=1)[0],
        "my_loans.choose_offer": booking,
        "my_loans.confirm": f"{booking}&desk_id=2",
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo world, loaded once."""
    made = World(tmp_path_factory.mktemp("world"))
    yield made
    made.close()


def _pages(world: World) -> list[Rule]:
    """Return the routes of pages, each endpoint once, all but the API's."""
    found: dict[str, Rule] = {}
    for rule in world.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api/") and rule.endpoint not in NOT_WALKED:
            found.setdefault(rule.endpoint, rule)
    return list(found.values())


def _path(world: World, rule: Rule) -> str:
    """Return the address of a page, its ids filled in."""
    named, given = ARGUMENTS.get(rule.endpoint, {}), VALUES.get(rule.endpoint, {})
    values: dict[str, Any] = {}
    for name in rule.arguments:
        if name in given:
            values[name] = given[name]
        elif name == "key":
            values[name] = next(iter(_parameter_keys()))
        else:
            values[name] = world.ids.get(named.get(name, DEFAULTS.get(name, name)))
            assert values[name] is not None, f"{rule.endpoint}: nothing to put into <{name}>"
    path = world.app.url_map.bind("localhost").build(rule.endpoint, values)
    query = _queries(world).get(rule.endpoint)
    return f"{path}?{query}" if query else path


def _parameter_keys() -> list[str]:
    from mobility.parameters.registry import all_parameters

    return sorted(parameter.key for parameter in all_parameters())


def _looker(world: World, rule: Rule) -> str | None:
    """Return whose session looks at the page; None for visitors."""
    if rule.endpoint in SEEN_AS:
        return SEEN_AS[rule.endpoint]
    declared = rule_of(world.app.view_functions[rule.endpoint])
    if declared is None or declared.permission is None:
        return None
    allowed = POLICY[declared.permission]
    return next(role for role in LOOKING if role in allowed)


class Walker:
    """Opens pages, one browser context per session, and notes what a page complains about."""

    def __init__(self, browser: Browser, world: World, width: str) -> None:
        self.browser, self.world, self.width = browser, world, width
        self.pages: dict[str | None, Page] = {}
        self.complaints: list[str] = []

    def page(self, looker: str | None) -> Page:
        """Return the page of a session, made on first use."""
        if looker not in self.pages:
            self.pages[looker] = self._open(looker)
        return self.pages[looker]

    def _open(self, looker: str | None) -> Page:
        context: BrowserContext = self.browser.new_context(
            viewport=WIDTHS[self.width],  # type: ignore[arg-type]
            base_url=self.world.live.url,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
        )
        if looker is not None:
            value = self.world.cookie(self.world.session_of(looker))
            context.add_cookies([{"name": "mobilite", "value": value, "url": self.world.live.url}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def look(self, rule: Rule, path: str) -> list[str]:
        """Open a page, keep its picture, and return what is wrong with it."""
        page = self.page(_looker(self.world, rule))
        self.complaints.clear()
        answer = page.goto(path)
        if answer is None or answer.status != 200:
            return [f"answers {answer.status if answer else 'nothing'}"]
        wrong = [] if _address(page) == path.partition("?")[0] else [f"leads to {_address(page)}"]
        page.screenshot(path=SCREENSHOTS / f"{rule.endpoint}-{self.width}.png", full_page=True)
        wrong += axe_violations(page)
        wrong += self.complaints
        wrong += [f"shows {text!r}" for text in RAW.findall(page.inner_text("body"))]
        return wrong

    def look_at_error(self, status: int) -> list[str]:
        """Look at an error page."""
        page = self.page(None)
        self.complaints.clear()
        page.goto(f"/_styleguide/erreurs/{status}")
        page.screenshot(path=SCREENSHOTS / f"error.{status}-{self.width}.png", full_page=True)
        return [f"error {status}: {line}" for line in [*axe_violations(page), *self.complaints]]

    def close(self) -> None:
        """Close every context."""
        for page in self.pages.values():
            page.context.close()


# What must never reach a reader: Python's and the templates' own words.
RAW = re.compile(r"\bNone\b|\bTrue\b|\bFalse\b|\bundefined\b|\{\{|%\(\w+\)s|<[A-Z]\w+\.|datetime\.|Markup\(")


def _address(page: Page) -> str:
    return page.evaluate("() => location.pathname")  # type: ignore[no-any-return]


@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_every_page_is_whole_and_accessible(browser: Browser, world: World, width: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    walker = Walker(browser, world, width)
    wrong: list[str] = []
    try:
        for rule in _pages(world):
            try:
                wrong += [f"{rule.endpoint}: {line}" for line in walker.look(rule, _path(world, rule))]
            except (AssertionError, Error) as failure:
                wrong.append(f"{rule.endpoint}: {failure}")
        for status in ERROR_PAGES:
            wrong += walker.look_at_error(status)
    finally:
        walker.close()
    assert not wrong, "\n".join(wrong)


def test_no_route_is_excused_that_does_not_exist(world: World) -> None:
    known = {rule.endpoint for rule in world.app.url_map.iter_rules()}
    assert {*NOT_WALKED, *SEEN_AS, *ARGUMENTS, *VALUES, *_queries(world)} <= known
