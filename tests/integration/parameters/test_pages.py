import re
from datetime import date

import pytest
import time_machine

from mobility.accounts.policy import Role
from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Column, Kind, Scope
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.organisations import make_organisation
from tests.factories.parameters import make_value

TODAY = date(2026, 11, 23)
URL = "/administration/parametres"


@pytest.fixture(autouse=True)
def declared(app, monkeypatch):
    monkeypatch.setattr(registry, "_parameters", dict(registry._parameters))
    registry.declare(
        Parameter("test.price", "Prix d’essai", Kind.MONEY, 500, hint="Par jour", group="Essais"),
        Parameter("test.open", "Ouvert", Kind.BOOLEAN, True, group="Essais", scopes=(Scope.EVERYWHERE,)),
        Parameter("test.mode", "Mode", Kind.CHOICE, "a", group="Essais", choices=[("a", "Rapide"), ("b", "Lent")]),
        Parameter(
            "test.table",
            "Barème",
            Kind.TABLE,
            (),
            group="Essais",
            columns=[Column("n", "N", Kind.INTEGER), Column("t", "T")],
        ),
        Parameter("test.days", "Rappels", Kind.INTEGERS, (-1,), group="Essais"),
    )
    with time_machine.travel("2026-11-23T09:00:00+01:00", tick=False):
        yield


@pytest.fixture
def administrator(app):
    return signed_in(app, make_user(Role.ADMINISTRATOR, name="Ada"))


def test_the_page_lists_every_parameter_by_group(administrator):
    make_value("test.price", 1250)
    make_value("test.price", 900, desk_id=make_desk().id)
    make_value("test.price", 1500, valid_from_on=date(2027, 1, 1))
    page = administrator.get(URL).text
    assert "Essais" in page
    assert "12,50" in page
    assert "1 valeur particulière" in page
    assert "Change le 1er janvier" in page
    assert "(valeur de départ)" in page


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("test.price", "12,50", 1250),
        ("test.open", "non", False),
        ("test.mode", "b", "b"),
        ("test.table", "1;a\n2;b", ({"n": 1, "t": "a"}, {"n": 2, "t": "b"})),
        ("test.days", "-3, -1", (-3, -1)),
        ("test.days", "", ()),
    ],
)
def test_each_kind_of_value_is_set_from_its_page(administrator, key, value, expected):
    assert administrator.get(f"{URL}/{key}").status_code == 200
    data = {"value": value, "scope": "everywhere", "valid_from_on": "2026-11-23"}
    answer = administrator.post(f"{URL}/{key}", data=data)
    assert answer.status_code == 303, answer.text
    assert queries.value(key, on=TODAY) == expected
    page = administrator.get(f"{URL}/{key}").text
    assert "En vigueur" in page
    assert "Ada" in page


def test_a_value_is_planned_for_a_desk_then_cancelled(administrator):
    desk = make_desk("Denain")
    data = {"value": "7", "scope": f"desk:{desk.id}", "valid_from_on": "01/12/2026"}
    assert administrator.post(f"{URL}/test.price", data=data).status_code == 303
    assert queries.value("test.price", on=date(2026, 12, 1), desk_id=desk.id) == 700
    page = administrator.get(f"{URL}/test.price").text
    assert "Prévue" in page
    number = re.search(r"valeurs/(\d+)/annuler", page).group(1)
    assert administrator.post(f"{URL}/test.price/valeurs/{number}/annuler").status_code == 303
    assert queries.history("test.price", on=TODAY) == []


def test_the_value_of_an_organisation_is_given_up(administrator):
    partner = make_organisation()
    row = make_value("test.price", 900, organisation_id=partner.id)
    other = make_value("test.days", [1], organisation_id=partner.id)
    page = administrator.get(f"{URL}/test.price").text
    assert partner.name in page
    assert administrator.post(f"{URL}/test.price/valeurs/{other.id}/abandonner").status_code == 404
    assert administrator.post(f"{URL}/test.price/valeurs/{row.id}/abandonner").status_code == 303
    assert queries.value("test.price", on=TODAY, organisation_id=partner.id) == 500
    assert administrator.post(f"{URL}/test.price/valeurs/{row.id}/abandonner").status_code == 303
    assert "valeur générale s’applique déjà" in administrator.get(f"{URL}/test.price").text


@pytest.mark.parametrize(
    ("key", "changed", "message"),
    [
        ("test.price", {"value": "douze"}, "montant en euros"),
        ("test.price", {"value": ""}, "Remplissez ce champ"),
        ("test.price", {"value": "x" * 10_000}, "trop long"),
        ("test.price", {"scope": "desk:999"}, "dans la liste"),
        ("test.price", {"scope": "desk:" + "9" * 40}, "dans la liste"),
        ("test.price", {"scope": ""}, "Choisissez une réponse"),
        ("test.price", {"valid_from_on": "2026-11-22"}, "à partir d’aujourd’hui"),
        ("test.price", {"valid_from_on": "31/02/2027"}, "existe pas"),
        ("test.open", {"value": "peut-être"}, "Choisissez une réponse"),
        ("test.mode", {"value": "c"}, "Choisissez une réponse"),
        ("test.table", {"value": "1;a;b"}, "2 cellules"),
        ("test.days", {"value": "💥"}, "nombre entier"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(administrator, key, changed, message):
    data = {"value": "1", "scope": "everywhere", "valid_from_on": "2026-11-23"} | changed
    answer = administrator.post(f"{URL}/{key}", data=data)
    assert answer.status_code == 422
    assert message in answer.text
    assert queries.history(key, on=TODAY) == []


def test_two_plans_for_one_day_are_refused_beside_the_date(administrator):
    data = {"value": "1", "scope": "everywhere", "valid_from_on": "2026-12-01"}
    assert administrator.post(f"{URL}/test.price", data=data).status_code == 303
    answer = administrator.post(f"{URL}/test.price", data=data)
    assert answer.status_code == 422
    assert 'href="#valid_from_on"' in answer.text


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR])
def test_managers_and_auditors_read_but_do_not_change(app, role):
    client = signed_in(app, make_user(role, desk_id=make_desk().id))
    row = make_value("test.price", 900, valid_from_on=date(2027, 1, 1))
    assert client.get(URL).status_code == 200
    page = client.get(f"{URL}/test.price")
    assert page.status_code == 200
    assert "Prévoir une valeur" not in page.text
    assert client.post(f"{URL}/test.price", data={"value": "1"}).status_code == 403
    assert client.post(f"{URL}/test.price/valeurs/{row.id}/annuler").status_code == 403
    assert client.post(f"{URL}/test.price/valeurs/{row.id}/abandonner").status_code == 403


def test_advisers_do_not_even_read(app):
    client = signed_in(app, make_user(Role.ADVISER, desk_id=make_desk().id))
    assert client.get(URL).status_code == 403


@pytest.mark.parametrize("key", ["nobody.knows", "x" * 5000, "..%2f..%2fetc", "%F0%9F%92%A5", "test.price%00"])
def test_unknown_keys_are_not_found(administrator, key):
    assert administrator.get(f"{URL}/{key}").status_code == 404


@pytest.mark.parametrize("number", [0, 999, 2**31, 10**30])
def test_hostile_value_ids_are_not_found(administrator, number):
    assert administrator.post(f"{URL}/test.price/valeurs/{number}/annuler").status_code == 404
    assert administrator.post(f"{URL}/test.price/valeurs/{number}/abandonner").status_code == 404


def test_a_value_in_force_is_not_cancelled(administrator):
    row = make_value("test.price", 900)
    assert administrator.post(f"{URL}/test.price/valeurs/{row.id}/annuler").status_code == 409


def test_the_pages_take_the_same_queries_whatever_the_number_of_values(administrator, count_queries):
    desks = [make_desk().id for _ in range(3)]
    make_value("test.price", 100, desk_id=desks[0])
    administrator.get(URL)
    with count_queries() as few:
        administrator.get(URL)
        administrator.get(f"{URL}/test.price")
    for month in range(1, 12):
        for desk in desks:
            make_value("test.price", 100, valid_from_on=date(2026, month, 2), desk_id=desk)
    with count_queries() as many:
        administrator.get(URL)
        administrator.get(f"{URL}/test.price")
    assert many.total == few.total
