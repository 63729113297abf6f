"""Search: by name, by sound, by number; fewer than five queries; nothing that one may not open."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import true

from mobility.core.web.pagination import Page
from mobility.notifications.kinds import Channel
from mobility.people import queries, services
from mobility.people.kinds import LegalProtection
from mobility.people.models import Person
from tests.factories.desks import make_desk
from tests.factories.people import make_adviser, make_person

pytestmark = pytest.mark.usefixtures("app")
EVERYBODY = true()


def found(text: str, **values: Any) -> list[str]:
    page: Page[Any] = queries.search(text, visible=EVERYBODY, **values)
    return [row.name for row in page.rows]


@pytest.fixture
def people(app: Flask) -> dict[str, Person]:
    desk = make_desk()
    return {
        "amel": make_person(
            "Amel",
            "Ben Ali",
            desk=desk,
            phone="+33639981234",
            email="amel.benali@exemple.fr",
            france_travail_id="1234567A",
            neph="081159100123",
        ),
        "helene": make_person("Hélène", "Lefèvre", desk=desk, born_on=date(1975, 12, 3), phone="+33639985678"),
        "jean": make_person("Jean-Pierre", "D’Hondt", desk=desk, birth_name="Vandenberghe"),
        "rtl": make_person("محمد", "العربي", desk=desk),
    }


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("ben ali", "amel"),
        ("BENALI", "amel"),
        ("Benalli Amelle", "amel"),
        ("ali amel", "amel"),
        ("Lefebvre", "helene"),
        ("lefevre helene", "helene"),
        ("elene", "helene"),
        ("hélè", "helene"),
        ("Lefèvre 03/12/1975", "helene"),
        ("1975-12-03", "helene"),
        ("3.12.1975", "helene"),
        ("jean pierre", "jean"),
        ("dhondt", "jean"),
        ("d'hondt", "jean"),
        ("hondt", "jean"),
        ("de hondt", "jean"),
        ("van den berghe", "jean"),
        ("محمد", "rtl"),
        ("06 39 98 12 34", "amel"),
        ("0639981234", "amel"),
        ("+33 6 39 98 12 34", "amel"),
        ("0033639981234", "amel"),
        ("981234", "amel"),
        ("5678", "helene"),
        ("amel.benali@exemple.fr", "amel"),
        ("AMEL.BENALI@EX", "amel"),
        ("1234567a", "amel"),
        ("1234567 A", "amel"),
        ("081159100123", "amel"),
    ],
)
def test_a_person_is_found(people: dict[str, Person], text: str, who: str) -> None:
    assert found(text) == [people[who].full_name]


def test_a_person_is_found_by_the_number_of_the_file(people: dict[str, Person]) -> None:
    for text in (str(people["jean"].id), f"#{people['jean'].id}", f"n° {people['jean'].id}"):
        assert people["jean"].full_name in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "zzz",
        "%",
        "_",
        "' OR 1=1 --",
        "31/02/1990",
        "@",
        "99999999999999999999",
        "\x00",
        "🚗",
        "a b c d e f g h i",
    ],
)
def test_other_words_find_nobody(people: dict[str, Person], text: str) -> None:
    assert found(text) == []


def test_whole_words_come_before_mere_beginnings_and_sounds() -> None:
    desk = make_desk()
    for name in ("Martinez", "Martine", "Martin"):
        make_person("Ada", name, desk=desk)
    assert found("martin")[0] == "Ada Martin"
    assert set(found("martin")) == {"Ada Martin", "Ada Martine", "Ada Martinez"}


def test_merged_and_erased_files_are_absent() -> None:
    desk = make_desk()
    adviser = make_adviser(desk)
    kept, merged, erased = (make_person("Ada", "Lovelace", desk=desk) for _ in range(3))
    services.merge_persons(kept_id=kept.id, merged_id=merged.id, actor_id=adviser.id, now=kept.created_at)
    services.erase_person(person_id=erased.id, actor_id=None, now=kept.created_at)
    page = queries.search("lovelace", visible=EVERYBODY)
    assert [row.id for row in page.rows] == [kept.id]


@pytest.mark.parametrize("text", ["dubois", "0639", "camille", "17/05/1990", "exemple@"])
def test_a_search_takes_fewer_than_five_queries_whatever_the_data(count_queries: Any, text: str) -> None:
    desk = make_desk()
    seen = []
    for round_ in range(3):
        for number in range(5):
            make_person(desk=desk, phone=f"+33639980{round_}{number}0")
        with count_queries() as counted:
            queries.search(text, visible=EVERYBODY)
            listed = counted.total
        seen.append(listed)
    assert len(set(seen)) == 1
    assert seen[0] < 5


def test_a_list_is_cut_on_the_server() -> None:
    desk, other = make_desk(), make_desk()
    for _ in range(7):
        make_person(desk=desk)
    make_person(desk=other)
    pages = [queries.list_desk(visible=EVERYBODY, desk_id=desk.id, number=n, per_page=3) for n in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [3, 3, 1]
    assert len({row.id for page in pages for row in page.rows}) == 7
    assert pages[0].total == 7


def test_a_protected_file_shows_no_town_in_lists() -> None:
    desk = make_desk()
    make_person("Ada", "Secrète", desk=desk, city="Denain", protected_for=[make_adviser(desk)])
    page = queries.search("secrete", visible=EVERYBODY)
    assert (page.rows[0].city, page.rows[0].protected) == ("", True)


def test_the_card_takes_a_constant_number_of_queries(count_queries: Any) -> None:
    from mobility.people.kinds import LicenceCategory
    from tests.factories.people import add_contact, add_licence

    person = make_person("Ada", "Lovelace", phone="+33639981234", legal_protection=LegalProtection.CURATORSHIP)
    seen = []
    for category in (LicenceCategory.AM, LicenceCategory.B, LicenceCategory.A):
        add_licence(person, category)
        add_contact(person, Channel.SMS, f"+3363998000{len(seen)}")
        with count_queries() as counted:
            card = queries.get_person_card(person.id)
        seen.append(counted.total)
    assert len(set(seen)) == 1
    assert seen[0] <= 8
    assert card.lacks_representative
    assert {alert.code for alert in card.alerts} >= {"representative_missing", "licence_unchecked"}


def test_names_of_many_take_one_query(count_queries: Any) -> None:
    people = {person.id: person.full_name for person in (make_person() for _ in range(3))}
    with count_queries() as counted:
        names = queries.names_of([*people, 10**6])
    assert counted.total == 1
    assert names == people
    assert queries.names_of([]) == {}
