"""The pages of the pathway: the person's page, the portal's first page, and every form without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mobility.accounts.models import AuditEntry, User
from mobility.accounts.policy import Role
from mobility.core.db import db, transaction
from mobility.journal import services as journal
from mobility.ledger import services as ledger
from mobility.ledger.rules import LedgerKind
from mobility.notifications.kinds import Channel, Holder, MessageClass
from mobility.notifications.models import ContactPoint, OutboxMessage
from mobility.notifications.templates import find_label
from mobility.pathway import aid, queries, services
from mobility.pathway.patterns import PRESETS
from mobility.pathway.roster import Cycle, Dates, Unknown, Weekly
from mobility.pathway.rules import MeansKind, ObjectiveAction, ObjectiveState, RosterKind
from mobility.people.kinds import NoteKind
from mobility.people.models import ContactNote, Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.pathway import MONDAY, NOW, a_roster, a_step, an_objective
from tests.factories.people import make_person


class TestAid:
    """An aid for the tests: what it is asked, it answers."""

    __test__ = False
    kind = "test_aid"
    label = "Véhicule d’essai"
    icon = "car-front"

    def assess(self, *, person_id: int, objective_id: int | None, period: aid.Period, now: datetime) -> aid.Offer:
        reason = aid.Reason("Le permis n’est pas vérifié.", "Montrez-le à l’antenne.", "licence")
        return aid.Offer(self.kind, self.label, (reason,), 2, 1500, {1: 4500})

    def open(self, *, step_id: int, actor_id: int | None, now: datetime) -> int:
        return step_id

    def url(self, ref: int) -> str:
        return f"/essais/{ref}"

    def fallback(self, *, objective_id: int, legs: Sequence[Any], now: datetime) -> Sequence[aid.Offer]:
        return ()

    def actions(self, *, person_id: int, actor: Any) -> Sequence[aid.Action]:
        return [aid.Action("Réserver un véhicule", "/essais/nouveau", "car-front", primary=True)]

    def alerts(self, *, person_id: int, now: datetime, for_person: bool) -> Sequence[aid.Alert]:
        text = "Votre droit finit vendredi" if for_person else "Le droit finit vendredi"
        return [aid.Alert(text, url="/essais/droit", action="Voir le droit")]


@pytest.fixture(autouse=True)
def _frozen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(aid, "_AIDS", {})
    aid.register(TestAid())
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk_id(app: Flask) -> int:
    return make_desk().id


@pytest.fixture
def adviser(app: Flask, desk_id: int) -> User:
    return make_user(Role.ADVISER, desk_id=desk_id)


@pytest.fixture
def staff(app: Flask, adviser: User) -> FlaskClient:
    return signed_in(app, adviser)


@pytest.fixture
def person(desk_id: int) -> Person:
    return make_person("Nadia", "Leroy", desk_id=desk_id)


@pytest.fixture
def own(app: Flask, person: Person) -> FlaskClient:
    return signed_in(app, make_user(person_id=person.id, recipient_id=person.recipient_id))


def text(answer: Any) -> str:
    return " ".join(answer.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


def filled(person_id: int) -> int:
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id, aid_ref=objective_id, title="Clio AA-123-AA")
    return objective_id


def test_the_persons_page_tells_everything(staff: FlaskClient, person: Person, adviser: User) -> None:
    with transaction() as session:
        session.add(
            ContactPoint(
                recipient_id=person.recipient_id,
                channel=Channel.SMS,
                value="+33639981234",
                holder=Holder.RELATIVE,
                holder_name="Sa sœur",
                safe_from=datetime(2026, 1, 1, 9).time(),
                safe_until=datetime(2026, 1, 1, 17).time(),
                neutral=True,
                created_at=NOW,
            )
        )
    objective_id = filled(person.id)
    services.add_own_means(
        objective_id=objective_id,
        kind=MeansKind.BUS,
        weekdays=[3],
        there=True,
        back=False,
        starts_on=MONDAY,
        note="Ligne 14",
        actor_id=adviser.id,
        now=NOW,
    )
    journal.add_note(person_id=person.id, note="A trouvé un emploi à Onnaing", actor_id=adviser.id, now=NOW)
    ledger.post(person_id=person.id, kind=LedgerKind.CHARGE, amount_cents=1250, label="Essai", now=NOW)
    page = text(staff.get(f"/personnes/{person.id}"))
    for words in (
        "Nadia Leroy",
        "Préparatrice de commandes",
        "Du lundi au vendredi, 5 h – 13 h, sauf jours fériés",
        "Jeudi 26 : rien pour rentrer (aller : Bus ou tram)",
        "Clio AA-123-AA",
        "/essais/1",
        "12,00 €",
        "Reste à payer : 12,50 €",
        "Réserver un véhicule",
        "Le droit finit vendredi",
        "Message neutre",
        "De 9 h à 17 h seulement",
        "Un proche (Sa sœur)",
        "A trouvé un emploi à Onnaing",
        "Objectif ouvert, à partir du lundi 23 novembre",
        "Du 16 novembre au 20 décembre",
        "Ligne 14",
    ):
        assert words in page, words


def test_calls_and_messages_stand_on_the_same_timeline_but_codes_do_not(
    staff: FlaskClient, person: Person, adviser: User, desk_id: int
) -> None:
    with transaction() as session:
        session.add(
            ContactNote(
                desk_id=desk_id,
                person_id=person.id,
                kind=NoteKind.CALL,
                text="Demande un vélo",
                noted_at=NOW,
                noted_by_id=adviser.id,
                callback_user_id=adviser.id,
                callback_due_on=MONDAY,
            )
        )
        facts = {"recipient_id": person.recipient_id, "created_at": NOW, "due_at": NOW, "leave_at": NOW}
        session.add(
            OutboxMessage(
                dedup_key="a", template="staff_alert", message_class=MessageClass.NORMAL, person_id=person.id, **facts
            )
        )
        session.add(
            OutboxMessage(
                dedup_key="b",
                template="sign_in_code",
                message_class=MessageClass.SECURITY,
                person_id=person.id,
                **facts,
            )
        )
    page = text(staff.get(f"/personnes/{person.id}"))
    assert "Appel : à rappeler" in page
    assert "Demande un vélo" in page
    assert f"Message : {find_label('staff_alert')} (en attente)" in page
    assert find_label("sign_in_code") not in page


def test_every_view_of_the_page_is_logged(staff: FlaskClient, person: Person, adviser: User) -> None:
    staff.get(f"/personnes/{person.id}")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "view")).one()
    assert (entry.actor_user_id, entry.person_id, entry.subject_kind) == (adviser.id, person.id, "person")


def test_the_page_of_a_new_person_says_what_to_do_first(staff: FlaskClient, person: Person) -> None:
    page = text(staff.get(f"/personnes/{person.id}"))
    assert "Pas d’objectif en cours." in page
    assert "Rien n’est encore noté." in page
    assert "Rien à payer." in page


def test_a_merged_file_leads_to_the_one_that_stands(staff: FlaskClient, person: Person, desk_id: int) -> None:
    other = make_person(desk_id=desk_id)
    with transaction() as session:
        session.get_one(Person, other.id).merged_into_id = person.id
        session.get_one(Person, other.id).merged_at = NOW
    answer = staff.get(f"/personnes/{other.id}")
    assert (answer.status_code, answer.location) == (303, f"/personnes/{person.id}")


def test_the_number_of_queries_does_not_grow_with_the_data(
    staff: FlaskClient, person: Person, adviser: User, count_queries: Any
) -> None:
    def measure(path: str, client: FlaskClient) -> int:
        with count_queries() as seen:
            assert client.get(path).status_code == 200
        return int(seen.total)

    filled(person.id)
    few = measure(f"/personnes/{person.id}", staff)
    for number in range(8):
        objective_id = an_objective(person.id)
        a_roster(objective_id)
        for ref in range(6):
            a_step(person.id, objective_id, aid_ref=100 + number * 10 + ref)
        journal.add_note(person_id=person.id, note="Une note", actor_id=adviser.id, now=NOW)
        ledger.post(person_id=person.id, kind=LedgerKind.CHARGE, amount_cents=100, label="x", now=NOW)
    assert measure(f"/personnes/{person.id}", staff) == few
    assert few < 35


def test_a_quick_note_is_kept_and_a_double_click_keeps_one(staff: FlaskClient, person: Person) -> None:
    typed = {"note": "Rappeler mardi 👋", "once": "same-key"}
    for _ in range(2):
        assert staff.post(f"/personnes/{person.id}/notes", data=typed).status_code == 303
    page = text(staff.get(f"/personnes/{person.id}"))
    assert page.count("Rappeler mardi 👋") == 1


@pytest.mark.parametrize("typed", ["", " ", "é" * 10_000, "1 85 05 78 006 084 91"])
def test_a_note_that_cannot_be_kept_is_refused_with_what_was_typed(
    staff: FlaskClient, person: Person, typed: str
) -> None:
    answer = staff.post(f"/personnes/{person.id}/notes", data={"note": typed})
    assert answer.status_code == 422
    assert typed.strip()[:50] in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "start",
    [
        "2026-12-28",
        "2028-02-29",
        "2031-01-01",
        "abc",
        "2026-13-01",
        "9999-12-31",
        "0001-01-01",
        "é" * 500,
        "2026-11-31",
    ],
)
def test_any_weeks_may_be_asked_for(staff: FlaskClient, person: Person, start: str) -> None:
    filled(person.id)
    assert staff.get(f"/personnes/{person.id}", query_string={"du": start}).status_code == 200


PERSON_PATHS = ["/personnes/{person}", "/personnes/{person}/objectifs/nouveau", "/personnes/{person}/compte"]
OBJECTIVE_PATHS = [
    "/objectifs/{objective}/modifier",
    "/objectifs/{objective}/horaires",
    "/objectifs/{objective}/moyens",
    "/objectifs/{objective}/solutions",
    "/objectifs/{objective}/etat/drop",
    "/moyens/{means}/retirer",
]
PORTAL_PATHS = [
    "/mon-espace/objectifs/{objective}/horaires",
    "/mon-espace/objectifs/{objective}/moyens",
    "/mon-espace/moyens/{means}/retirer",
]


def ids(person_id: int) -> dict[str, int]:
    objective_id = filled(person_id)
    means = services.add_own_means(
        objective_id=objective_id,
        kind=MeansKind.BIKE,
        weekdays=[0],
        there=True,
        back=True,
        starts_on=MONDAY,
        actor_id=None,
        now=NOW,
    )
    return {"person": person_id, "objective": objective_id, "means": means}


@pytest.mark.parametrize("path", PERSON_PATHS + OBJECTIVE_PATHS)
def test_pages_of_another_desks_people_do_not_exist(app: Flask, staff: FlaskClient, person: Person, path: str) -> None:
    mine, others = ids(person.id), ids(make_person().id)
    assert staff.get(path.format(**mine)).status_code == 200
    assert staff.get(path.format(**others)).status_code == 404
    assert staff.get(path.format(person=2**40, objective=2**40, means=2**40)).status_code == 404


@pytest.mark.parametrize("path", PORTAL_PATHS)
def test_a_beneficiary_opens_their_own_rows_only(own: FlaskClient, person: Person, path: str) -> None:
    mine, others = ids(person.id), ids(make_person().id)
    assert own.get(path.format(**mine)).status_code == 200
    assert own.get(path.format(**others)).status_code == 404


@pytest.mark.parametrize("path", PERSON_PATHS + OBJECTIVE_PATHS)
def test_a_beneficiary_does_not_see_the_pages_of_the_staff(own: FlaskClient, person: Person, path: str) -> None:
    assert own.get(path.format(**ids(person.id))).status_code == 403


@pytest.mark.parametrize(
    "role", [Role.PRESCRIBER, Role.GARAGE, Role.FUNDER, Role.AUDITOR, Role.ADMINISTRATOR, Role.FLEET_OFFICER]
)
def test_other_roles_do_not_see_the_persons_page(app: Flask, person: Person, desk_id: int, role: Role) -> None:
    from mobility.organisations.models import Organisation
    from mobility.organisations.rules import OrganisationKind

    with transaction() as session:
        organisation = Organisation(kind=OrganisationKind.OTHER, name="O", search_key="o")
        session.add(organisation)
    partner = role in {Role.PRESCRIBER, Role.GARAGE, Role.FUNDER}
    user = make_user(role, organisation_id=organisation.id if partner else None, desk_id=None if partner else desk_id)
    assert signed_in(app, user).get(f"/personnes/{person.id}").status_code == 403


def test_a_protected_file_hides_its_address_and_opens_to_its_named_staff_only(
    app: Flask, adviser: User, staff: FlaskClient, desk_id: int
) -> None:
    hidden = make_person(desk_id=desk_id, protected_for=[adviser], street="3 rue du Secret")
    page = text(staff.get(f"/personnes/{hidden.id}"))
    assert "rue du Secret" not in page
    assert "Adresse masquée" in page
    colleague = signed_in(app, make_user(Role.MANAGER, desk_id=desk_id))
    assert colleague.get(f"/personnes/{hidden.id}").status_code == 404


def objective_data(**values: str) -> dict[str, str]:
    typed = {
        "kind": "job",
        "title": "Cariste",
        "employer_id": "",
        "employer_name": "Usine",
        "street": "1 rue du Parc",
        "postcode": "59264",
        "city": "Onnaing",
        "starts_on": "2026-11-23",
        "ends_on": "2027-02-26",
    }
    return {**typed, **values}


def test_an_objective_is_opened_and_leads_to_its_hours(staff: FlaskClient, person: Person) -> None:
    answer = staff.post(f"/personnes/{person.id}/objectifs/nouveau", data=objective_data())
    (objective,) = queries.list_objectives(person.id)
    assert (answer.status_code, answer.location) == (303, f"/objectifs/{objective.id}/horaires")
    assert (objective.title, objective.insee_code, objective.ends_on) == ("Cariste", "59447", date(2027, 2, 26))


@pytest.mark.parametrize(
    "values",
    [
        {"kind": ""},
        {"kind": "other"},
        {"starts_on": ""},
        {"starts_on": "2026-02-30"},
        {"starts_on": "1226-01-01"},
        {"ends_on": "2020-01-01"},
        {"ends_on": "2199-01-01"},
        {"employer_id": "999999"},
        {"employer_id": "abc"},
        {"employer_id": "99999999999999999999"},
        {"title": "é" * 10_000},
        {"employer_name": "👋" * 5_000},
        {"city": "x" * 10_000},
        {"postcode": "592640"},
        {"street": "1 85 05 78 006 084 91"},
    ],
)
def test_an_objective_that_makes_no_sense_is_refused_and_keeps_what_was_typed(
    staff: FlaskClient, person: Person, values: dict[str, str]
) -> None:
    answer = staff.post(f"/personnes/{person.id}/objectifs/nouveau", data=objective_data(**values))
    assert answer.status_code == 422
    assert "point à corriger" in text(answer) or "points à corriger" in text(answer)
    assert queries.list_objectives(person.id) == []


@pytest.mark.parametrize("title", ["👋 مرحبا", "<script>alert(1)</script>", "=1+1", "' OR 1=1 --"])
def test_any_words_are_kept_as_they_are_and_shown_as_words(staff: FlaskClient, person: Person, title: str) -> None:
    staff.post(f"/personnes/{person.id}/objectifs/nouveau", data=objective_data(title=title))
    page = staff.get(f"/personnes/{person.id}").get_data(as_text=True)
    assert queries.list_objectives(person.id)[0].title == title
    assert "<script>alert" not in page


def test_two_people_who_edit_at_once_see_both_versions(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    path = f"/objectifs/{objective_id}/modifier"
    seen = str(queries.get_objective(objective_id).version)
    assert f'value="{seen}"' in staff.get(path).get_data(as_text=True)
    first = staff.post(path, data=objective_data(title="Le premier", version=seen, once="a"))
    assert first.status_code == 303
    second = staff.post(path, data=objective_data(title="Le second", version=seen, once="b"))
    assert second.status_code == 422
    page = text(second)
    assert "Ce qui est enregistré maintenant" in page
    assert "Le premier" in page
    assert "Le second" in page
    now_seen = str(queries.get_objective(objective_id).version)
    again = staff.post(path, data=objective_data(title="Le second", version=now_seen, once="c"))
    assert again.status_code == 303
    assert queries.get_objective(objective_id).title == "Le second"


@pytest.mark.parametrize("version", ["", "abc", "99999999999", "-1"])
def test_an_edit_without_the_version_it_saw_is_refused(staff: FlaskClient, person: Person, version: str) -> None:
    objective_id = an_objective(person.id)
    answer = staff.post(f"/objectifs/{objective_id}/modifier", data=objective_data(version=version))
    assert answer.status_code == 422


def roster_data(objective_id: int, **values: Any) -> dict[str, Any]:
    return {
        "version": str(queries.get_objective(objective_id).version),
        "valid_from_on": "2026-11-23",
        "valid_until_on": "",
        **values,
    }


def standing(objective_id: int) -> Any:
    row = queries.get_objective(objective_id).rosters[-1]
    return queries.plan_of(row)


def post_roster(client: FlaskClient, objective_id: int, kind: str, **values: Any) -> Any:
    return client.post(f"/objectifs/{objective_id}/horaires?type={kind}", data=roster_data(objective_id, **values))


def test_the_same_hours_on_some_weekdays(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    answer = post_roster(
        staff, objective_id, "weekly", days=["0", "1", "4"], starts="05:00", ends="13:00", holidays_off="y"
    )
    assert answer.status_code == 303
    pattern = standing(objective_id).pattern
    assert isinstance(pattern, Weekly)
    assert [bool(hours) for hours in pattern.days] == [True, True, False, False, True, False, False]
    assert pattern.holidays_off


def test_hours_of_their_own_for_some_days_and_two_periods(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    post_roster(
        staff,
        objective_id,
        "weekly",
        days=["0", "1"],
        starts="5h",
        ends="13h",
        day1_0_starts="08:00",
        day1_0_ends="12:00",
        day1_1_starts="14:00",
        day1_1_ends="18:00",
        day6_0_starts="21:00",
        day6_0_ends="05:00",
    )
    pattern = standing(objective_id).pattern
    assert [len(hours) for hours in pattern.days] == [1, 2, 0, 0, 0, 0, 1]
    page = text(staff.get(f"/objectifs/{objective_id}/horaires"))
    assert 'value="14:00"' in page


@pytest.mark.parametrize("name", PRESETS)
def test_each_usual_cycle(staff: FlaskClient, person: Person, name: str) -> None:
    objective_id = an_objective(person.id)
    answer = post_roster(staff, objective_id, "cycle", preset=name, starts_on="2026-11-23")
    assert answer.status_code == 303
    assert isinstance(standing(objective_id).pattern, Cycle)
    assert staff.get(f"/objectifs/{objective_id}/horaires").status_code == 200


def test_a_usual_cycle_with_the_teams_own_hours(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    own_hours = {"teamM_0_starts": "06:00", "teamM_0_ends": "14:00"}
    post_roster(staff, objective_id, "cycle", preset="2x8", starts_on="2026-11-23", **own_hours)
    assert "matin 6 h – 14 h, après-midi 13 h – 21 h" in text(staff.get(f"/personnes/{person.id}"))


def test_a_cycle_of_ones_own(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    post_roster(staff, objective_id, "cycle", preset="own", sequence="mm aa rr", starts_on="2026-11-23")
    assert standing(objective_id).pattern.sequence == "MMAARR"


def test_dates_by_rows_and_by_a_list(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    answer = post_roster(
        staff,
        objective_id,
        "dates",
        valid_from_on="",
        row0_on="2026-11-24",
        row0_starts="05:00",
        row0_ends="13:00",
        dates="26/11/2026 21h-5h",
    )
    assert answer.status_code == 303
    plan = standing(objective_id)
    assert isinstance(plan.pattern, Dates)
    assert (plan.valid_from_on, plan.valid_until_on) == (date(2026, 11, 24), date(2026, 11, 26))


def test_not_yet_known_and_renewed_by_one_tap(staff: FlaskClient, own: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    assert post_roster(staff, objective_id, "unknown", valid_days="7").status_code == 303
    assert isinstance(standing(objective_id).pattern, Unknown)
    with time_machine.travel(NOW + timedelta(days=10), tick=False):
        user = db.session.scalars(select(User).where(User.person_id == person.id)).one()
        later = signed_in(staff.application, user)
        assert "Je ne sais toujours pas" in text(later.get("/mon-espace"))
        answer = later.post(f"/mon-espace/objectifs/{objective_id}/horaires/confirmer")
        assert answer.status_code == 303
        assert "Je ne sais toujours pas" not in text(later.get("/mon-espace"))
    assert standing(objective_id).confirmed_on == date(2026, 12, 2)


def test_one_tap_where_the_days_are_known_says_so(staff: FlaskClient, person: Person) -> None:
    objective_id = filled(person.id)
    staff.post(f"/objectifs/{objective_id}/horaires/confirmer")
    assert "il n’y a rien à confirmer" in text(staff.get(f"/personnes/{person.id}"))


REFUSED_ROSTERS: list[tuple[str, dict[str, Any]]] = [
    ("weekly", {}),
    ("weekly", {"days": ["0"]}),
    ("weekly", {"starts": "05:00", "ends": "13:00"}),
    ("weekly", {"days": ["0"], "starts": "05:00"}),
    ("weekly", {"days": ["0"], "ends": "05:00"}),
    ("weekly", {"days": ["9"], "starts": "05:00", "ends": "13:00"}),
    ("weekly", {"days": ["0"], "starts": "5 heures", "ends": "13:00"}),
    ("weekly", {"days": ["0"], "starts": "05:00", "ends": "05:00"}),
    ("weekly", {"days": ["0"], "starts": "05:00", "ends": "13:00", "valid_from_on": ""}),
    ("weekly", {"days": ["0"], "starts": "05:00", "ends": "13:00", "valid_until_on": "2020-01-01"}),
    ("weekly", {"day0_0_starts": "08:00", "day0_0_ends": "12:00", "day0_1_starts": "11:00", "day0_1_ends": "14:00"}),
    ("cycle", {"starts_on": "2026-11-23"}),
    ("cycle", {"preset": "9x9", "starts_on": "2026-11-23"}),
    ("cycle", {"preset": "own", "starts_on": "2026-11-23"}),
    ("cycle", {"preset": "own", "sequence": "MXR", "starts_on": "2026-11-23"}),
    ("cycle", {"preset": "own", "sequence": "M" * 150, "starts_on": "2026-11-23"}),
    ("cycle", {"preset": "own", "sequence": "M" * 10_000, "starts_on": "2026-11-23"}),
    ("cycle", {"preset": "2x8", "starts_on": ""}),
    ("dates", {}),
    ("dates", {"dates": "mardi"}),
    ("dates", {"dates": "👋" * 10_000}),
    ("dates", {"row0_on": "2026-11-24"}),
    ("dates", {"row0_starts": "05:00", "row0_ends": "13:00"}),
    ("unknown", {"valid_days": "1000000"}),
    ("unknown", {"valid_days": "x"}),
]


@pytest.mark.parametrize(("kind", "values"), REFUSED_ROSTERS)
def test_hours_that_cannot_be_are_refused_on_the_same_page(
    staff: FlaskClient, person: Person, kind: str, values: dict[str, Any]
) -> None:
    objective_id = an_objective(person.id)
    answer = post_roster(staff, objective_id, kind, **values)
    assert answer.status_code == 422
    assert "à corriger" in text(answer)
    assert queries.get_objective(objective_id).rosters == []


def test_a_roster_set_by_somebody_else_meanwhile_is_noticed(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    typed = roster_data(objective_id, days=["0"], starts="05:00", ends="13:00")
    a_roster(objective_id, Unknown())
    answer = staff.post(f"/objectifs/{objective_id}/horaires?type=weekly", data=typed)
    assert answer.status_code == 422
    assert queries.get_objective(objective_id).rosters[0].kind is RosterKind.UNKNOWN


@pytest.mark.parametrize("kind", ["weekly", "cycle", "dates", "unknown", "nonsense"])
def test_every_form_of_hours_opens_for_the_staff_and_for_the_person(
    staff: FlaskClient, own: FlaskClient, person: Person, kind: str
) -> None:
    objective_id = filled(person.id)
    assert staff.get(f"/objectifs/{objective_id}/horaires?type={kind}").status_code == 200
    assert own.get(f"/mon-espace/objectifs/{objective_id}/horaires?type={kind}").status_code == 200


def test_own_means_are_added_and_removed(staff: FlaskClient, person: Person) -> None:
    objective_id = filled(person.id)
    typed = {
        "kind": "bus",
        "weekdays": ["3", "4"],
        "directions": ["there", "back"],
        "starts_on": "2026-11-23",
        "ends_on": "",
    }
    assert staff.post(f"/objectifs/{objective_id}/moyens", data=typed).status_code == 303
    (row,) = queries.get_objective(objective_id).own_means
    assert (row.kind, row.weekdays) == (MeansKind.BUS, [3, 4])
    assert "Retirer ce moyen de transport ?" in text(staff.get(f"/moyens/{row.id}/retirer"))
    assert staff.post(f"/moyens/{row.id}/retirer", data={"once": "x"}).status_code == 303
    assert queries.get_objective(objective_id).own_means == []


@pytest.mark.parametrize(
    "values",
    [
        {"kind": ""},
        {"kind": "ufo"},
        {"weekdays": []},
        {"weekdays": ["8"]},
        {"directions": []},
        {"starts_on": ""},
        {"ends_on": "2020-01-01"},
        {"note": "x" * 10_000},
    ],
)
def test_own_means_that_carry_nobody_are_refused(staff: FlaskClient, person: Person, values: dict[str, Any]) -> None:
    objective_id = an_objective(person.id)
    typed = {"kind": "bus", "weekdays": ["3"], "directions": ["there"], "starts_on": "2026-11-23", **values}
    answer = staff.post(f"/objectifs/{objective_id}/moyens", data=typed)
    assert answer.status_code == 422
    assert queries.get_objective(objective_id).own_means == []


@pytest.mark.parametrize(("act", "state"), [("reach", ObjectiveState.REACHED), ("drop", ObjectiveState.DROPPED)])
def test_an_objective_is_closed_after_a_question_and_reopened(
    staff: FlaskClient, person: Person, act: str, state: ObjectiveState
) -> None:
    objective_id = filled(person.id)
    path = f"/objectifs/{objective_id}/etat"
    assert staff.get(f"{path}/{act}").status_code == 200
    version = str(queries.get_objective(objective_id).version)
    assert staff.post(f"{path}/{act}", data={"version": version, "once": "1"}).status_code == 303
    assert queries.get_objective(objective_id).state is state
    assert "pas possible maintenant" in text(staff.get(f"{path}/{act}"))
    version = str(queries.get_objective(objective_id).version)
    assert staff.post(f"{path}/{act}", data={"version": version, "once": "2"}).status_code == 422
    assert staff.post(f"{path}/reopen", data={"version": version, "once": "3"}).status_code == 303
    assert queries.get_objective(objective_id).state is ObjectiveState.OPEN


def test_solutions_show_the_days_alone_and_what_each_aid_says(staff: FlaskClient, person: Person) -> None:
    objective_id = filled(person.id)
    page = text(staff.get(f"/objectifs/{objective_id}/solutions"))
    assert "Jeudi 26 : rien pour aller au travail" in page
    assert "Le permis n’est pas vérifié. Montrez-le à l’antenne." in page.replace('<span class="soft">', "").replace(
        "</span>", ""
    )
    assert "45,00 €" in page


def test_solutions_of_an_objective_without_gap_say_so(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id, ends_on=MONDAY)
    a_roster(objective_id)
    a_step(person.id, objective_id)
    assert "sont assurés" in text(staff.get(f"/objectifs/{objective_id}/solutions"))


def test_the_portal_tells_until_when_all_is_well_and_what_comes_next(own: FlaskClient, person: Person) -> None:
    filled(person.id)
    page = text(own.get("/mon-espace"))
    assert "Bonjour Nadia" in page
    assert "Je suis tranquille jusqu’au mercredi 25 novembre" in page
    assert "Voir le droit" in page
    assert "Clio AA-123-AA" in page
    assert "Vous ne devez rien." in page


def test_the_portal_announces_a_gap_in_easy_words(own: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    a_roster(objective_id)
    page = text(own.get("/mon-espace"))
    assert "Lundi 23 : rien pour aller au travail" in page
    assert "Je suis tranquille" not in page


def test_the_portal_of_a_new_person_is_not_empty(own: FlaskClient) -> None:
    page = text(own.get("/mon-espace"))
    assert "Vous n’avez pas encore d’objectif." in page


def test_the_person_changes_their_own_hours(own: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    data = roster_data(objective_id, days=["0"], starts="05:00", ends="13:00")
    answer = own.post(f"/mon-espace/objectifs/{objective_id}/horaires?type=weekly", data=data)
    assert (answer.status_code, answer.location) == (303, "/mon-espace")
    assert isinstance(standing(objective_id).pattern, Weekly)


def test_accounts_are_shown_to_the_staff_and_to_the_person(
    staff: FlaskClient, own: FlaskClient, person: Person
) -> None:
    entry = ledger.post(person_id=person.id, kind=LedgerKind.CHARGE, amount_cents=1250, label="3 jours", now=NOW)
    ledger.reverse(entry_id=entry, actor_id=None, now=NOW)
    ledger.post(person_id=person.id, kind=LedgerKind.DEPOSIT, amount_cents=30000, label="Chèque", now=NOW)
    page = text(staff.get(f"/personnes/{person.id}/compte"))
    assert "Annulée" in page
    assert "Dépôt de garantie gardé : 300,00 €" in page
    page = text(own.get("/mon-espace/compte"))
    assert "Vous ne devez rien." in page
    assert "3 jours" in page


def test_no_get_changes_anything(staff: FlaskClient, own: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    services.change_objective_state(
        objective_id=objective_id, action=ObjectiveAction.DROP, version=None, actor_id=None, now=NOW
    )
    before = db.session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.action != "view"))
    for path in (*PERSON_PATHS, *OBJECTIVE_PATHS[:5]):
        staff.get(path.format(person=person.id, objective=objective_id))
    assert queries.get_objective(objective_id).state is ObjectiveState.DROPPED
    assert db.session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.action != "view")) == before
    assert datetime.now(UTC) == NOW
