import re
from datetime import date

import pytest
import time_machine

from mobility.accounts.policy import Role
from mobility.core.clock import now
from mobility.desks import queries, services
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk, make_permanence, make_three_desks


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel("2026-11-23T09:00:00+01:00", tick=False):
        yield


@pytest.fixture
def desk(app):
    return make_desk("Denain")


@pytest.fixture
def manager(app, desk):
    return signed_in(app, make_user(Role.MANAGER, desk_id=desk.id))


@pytest.fixture
def administrator(app):
    return signed_in(app, make_user(Role.ADMINISTRATOR))


def test_anybody_reads_where_the_desks_are_and_when_they_open(client, desk):
    make_permanence()
    services.close_days(
        desk_id=desk.id, first_on=date(2026, 12, 1), last_on=None, reason="Inventaire", actor_id=None, now=now()
    )
    page = client.get("/antennes").text
    assert "Ouvert aujourd’hui" in page
    assert "1er et 3e jeudis du mois" in page
    assert "Inventaire" in page
    assert "tel:+33639980001" in page
    assert "En mairie" in page
    assert "Noël" in page  # within the coming weeks


def test_a_closed_desk_says_when_it_opens(client, app):
    make_permanence()
    page = client.get("/antennes").text
    assert "Fermé aujourd’hui" in page
    assert "jeudi 3 décembre" in page


def test_without_a_desk_the_page_says_so(client, app):
    assert "Aucune antenne" in client.get("/antennes").text


def test_the_public_page_takes_the_same_queries_whatever_the_number_of_desks(client, app, count_queries):
    make_three_desks()
    client.get("/antennes")
    with count_queries() as few:
        client.get("/antennes")
    for _ in range(10):
        make_desk(closed_on=[date(2026, 12, 1)])
    with count_queries() as many:
        client.get("/antennes")
    assert many.total == few.total <= 4


def test_the_search_for_communes_answers_to_anybody(client, app):
    assert client.get("/communes?q=dena").json[0] == {
        "insee_code": "59172",
        "name": "Denain",
        "label": "Denain (59220)",
    }
    assert client.get("/communes?q=" + "x" * 10_000).json == []


@pytest.mark.parametrize(
    ("role", "sees", "manages"),
    [
        (Role.ADVISER, 200, 403),
        (Role.FLEET_OFFICER, 200, 403),
        (Role.AUDITOR, 200, 403),
        (Role.ADMINISTRATOR, 200, 200),
        (Role.MANAGER, 200, 200),
    ],
)
def test_who_sees_and_who_manages(app, desk, role, sees, manages):
    client = signed_in(app, make_user(role, desk_id=desk.id))
    assert client.get("/administration/antennes").status_code == sees
    assert client.get(f"/administration/antennes/{desk.id}").status_code == sees
    for page in ("modifier", "horaires", "fermer", "horaires-exceptionnels", "communes"):
        assert client.get(f"/administration/antennes/{desk.id}/{page}").status_code == manages, page


def test_a_manager_does_not_touch_another_desk_nor_create_one(app, manager):
    other = make_desk("Caudry", insee_code="59139")
    for page in ("modifier", "horaires", "fermer", "horaires-exceptionnels", "communes"):
        assert manager.get(f"/administration/antennes/{other.id}/{page}").status_code == 404
    assert manager.post(f"/administration/antennes/{other.id}/communes/retirer").status_code == 404
    assert manager.post(f"/administration/antennes/{other.id}/exceptions/retirer").status_code == 404
    assert manager.get("/administration/antennes/nouvelle").status_code == 403
    assert "Créer une antenne" not in manager.get("/administration/antennes").text


@pytest.mark.parametrize("desk_id", [0, 999, 2**31, 10**30])
def test_hostile_ids_are_not_found(administrator, desk_id):
    assert administrator.get(f"/administration/antennes/{desk_id}").status_code == 404
    assert administrator.post(f"/administration/antennes/{desk_id}/communes/retirer").status_code == 404


FORM = {
    "name": "Anzin",
    "kind": "part_time",
    "street": "1 place de la République",
    "commune": "anzin",
    "phone": "06 39 98 00 02",
    "email": "",
    "place_note": "",
}


def test_an_administrator_creates_a_desk_then_gives_it_hours(administrator):
    answer = administrator.post("/administration/antennes/nouvelle", data=FORM)
    assert answer.status_code == 303
    desk = queries.list_desks()[0]
    assert answer.location == f"/administration/antennes/{desk.id}/horaires"
    assert (desk.insee_code, desk.city) == ("59014", "Anzin")
    assert desk.latitude == pytest.approx(50.3753)
    empty = administrator.get(f"/administration/antennes/{desk.id}").text
    assert "Aucun horaire" in empty
    data = {f"hours_{day}": "" for day in range(7)} | {f"weeks_{day}": "31" for day in range(7)}
    data |= {"hours_3": "9h-12h et 14 h à 16 h 30", "weeks_3": "5"}
    assert administrator.post(answer.location, data=data).status_code == 303
    page = administrator.get(f"/administration/antennes/{desk.id}").text
    assert "1er et 3e jeudis du mois" in page
    again = administrator.get(answer.location).text
    assert "9\u00a0h – 12\u00a0h, 14\u00a0h – 16\u00a0h\u00a030" in again


def test_a_form_shows_a_phone_as_it_is_said_and_keeps_what_was_typed(administrator):
    administrator.post("/administration/antennes/nouvelle", data=FORM)
    desk = queries.list_desks()[0]
    address = f"/administration/antennes/{desk.id}/modifier"
    shown = administrator.get(address).text
    assert 'value="06\u00a039\u00a098\u00a000\u00a002"' in shown
    assert "+336" not in shown
    version = str(desk.version)
    typed = FORM | {"version": version, "phone": "06\u00a039\u00a098\u00a000\u00a002"}
    assert administrator.post(address, data=typed).status_code == 303
    assert queries.list_desks()[0].phone == "+33639980002"
    refused = administrator.post(address, data=FORM | {"version": version, "phone": "0639 98", "name": ""})
    assert 'value="0639 98"' in refused.text
    stale = administrator.post(address, data=FORM | {"version": "77", "phone": "+33 6 39 98 00 02", "name": "Autre"})
    assert "<td>Autre</td><td>Anzin</td>" in " ".join(stale.text.split())
    assert '<th scope="row">Téléphone</th>' not in stale.text


def test_a_double_click_creates_one_desk(administrator):
    for _ in range(2):
        assert administrator.post("/administration/antennes/nouvelle", data=FORM | {"once": "k1"}).status_code == 303
    assert len(queries.list_desks()) == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"commune": "Saint-Martin"}, "Plusieurs communes correspondent"),
        ({"commune": "Valencienes"}, "n’est pas connue"),
        ({"commune": "Valencienne"}, "Vouliez-vous dire Valenciennes"),
        ({"commune": ""}, "Remplissez ce champ"),
        ({"name": ""}, "Remplissez ce champ"),
        ({"name": "x" * 10_000}, "trop long"),
        ({"kind": "boat"}, "Choisissez une réponse"),
        ({"phone": "12"}, "numéro de téléphone"),
        ({"email": "anzin"}, "adresse e-mail"),
        ({"place_note": "💥" * 10_000}, "trop long"),
        ({"street": "1 84 12 76 451 089 46"}, "sécurité sociale"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_kept(administrator, changed, message):
    answer = administrator.post("/administration/antennes/nouvelle", data=FORM | changed)
    assert answer.status_code == 422
    assert message in answer.text
    assert "1 place de la République" in answer.text or "street" in changed
    assert queries.list_desks() == []


@pytest.mark.parametrize("name", ["Éloïse 🚲", "שלום", "<script>alert(1)</script>", "=1+1", "a\u202eb"])
def test_odd_names_are_kept_and_shown_as_text(administrator, client, name):
    assert administrator.post("/administration/antennes/nouvelle", data=FORM | {"name": name}).status_code == 303
    page = client.get("/antennes").text
    assert "<script>alert" not in page


def test_an_edit_from_an_older_page_is_refused(administrator, desk):
    page = administrator.get(f"/administration/antennes/{desk.id}/modifier").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page).group(1)
    url = f"/administration/antennes/{desk.id}/modifier"
    assert administrator.post(url, data=FORM | {"version": version}).status_code == 303
    late = administrator.post(url, data=FORM | {"version": version, "name": "Autre"})
    assert late.status_code == 422
    assert "Quelqu’un d’autre a modifié" in late.text
    assert f"<td>Autre</td><td>{FORM['name']}</td>" in late.text
    newer = re.search(r'name="version"[^>]*value="(\d+)"', late.text).group(1)
    assert administrator.post(url, data=FORM | {"version": newer, "name": "Autre"}).status_code == 303
    for hostile in ("", "x", "-1", "9" * 50, "²"):
        assert administrator.post(url, data=FORM | {"version": hostile}).status_code == 422


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ("demain", "ne se lisent pas"),
        ("9h-25h", "ne se lisent pas"),
        ("12h-9h", "doit venir après"),
        ("9h-12h, 11h-17h", "se chevauchent"),
        ("9" * 10_000, "ne se lisent pas"),
    ],
)
def test_unreadable_hours_are_refused_beside_their_day(manager, desk, hours, message):
    data = {f"hours_{day}": "" for day in range(7)} | {f"weeks_{day}": "31" for day in range(7)}
    answer = manager.post(f"/administration/antennes/{desk.id}/horaires", data=data | {"hours_2": hours})
    assert answer.status_code == 422
    assert message in answer.text
    assert 'href="#hours_2"' in answer.text
    assert len(queries.list_openings(desk.id)) == 10


def test_a_manager_closes_days_and_opens_one_then_takes_them_back(manager, desk):
    base = f"/administration/antennes/{desk.id}"
    close = {"first_on": "2026-12-24", "last_on": "31/12/2026", "reason": "Congés"}
    assert manager.post(f"{base}/fermer", data=close).status_code == 303
    special = {"day_on": "2026-12-05", "hours": "10h-12h", "reason": "Portes ouvertes"}
    assert manager.post(f"{base}/horaires-exceptionnels", data=special).status_code == 303
    assert manager.post(f"{base}/horaires-exceptionnels", data=special | {"once": "z"}).status_code == 422
    page = manager.get(base).text
    assert "Portes ouvertes" in page
    assert page.count("Congés") == 8
    ids = re.findall(r'name="exception" value="(\d+)"', page)
    assert len(ids) == 9
    assert manager.post(f"{base}/exceptions/retirer", data={"exception": [*ids, "x", "9" * 40]}).status_code == 303
    assert queries.list_exceptions(desk.id, from_on=date(2026, 1, 1)) == []


@pytest.mark.parametrize(
    "data",
    [
        {"first_on": "2026-11-22"},
        {"first_on": "2026-12-24", "last_on": "2026-12-23"},
        {"first_on": "2026-12-24", "last_on": "2027-12-24"},
        {"first_on": "31/02/2027"},
        {"first_on": ""},
    ],
)
def test_impossible_closures_are_refused_on_the_page(manager, desk, data):
    assert manager.post(f"/administration/antennes/{desk.id}/fermer", data=data).status_code == 422


def test_a_manager_adds_communes_by_name_postcode_and_distance(manager, desk):
    base = f"/administration/antennes/{desk.id}"
    assert manager.post(f"{base}/communes", data={"names": "Anzin\n59540\n"}).status_code == 303
    served = queries.served_codes(desk.id)
    assert {"59014", "59139", "59172"} <= served
    assert manager.post(f"{base}/communes", data={"names": "", "within_km": "6"}).status_code == 303
    assert len(queries.served_codes(desk.id)) > len(served)
    page = manager.get(base).text
    assert "Anzin (59410)" in page
    assert manager.post(f"{base}/communes/retirer", data={"commune": ["59014", "nope"]}).status_code == 303
    assert "59014" not in queries.served_codes(desk.id)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"names": "Nulle-Part"},
        {"names": "\n".join(["Denain"] * 301)},
        {"within_km": "-3"},
        {"within_km": "999999999999999"},
        {"names": "é" * 10_000},
    ],
)
def test_what_is_no_commune_is_refused(manager, desk, data):
    assert manager.post(f"/administration/antennes/{desk.id}/communes", data=data).status_code == 422
    assert queries.served_codes(desk.id) == {"59172"}


def test_only_the_administration_archives_and_reopens(manager, administrator, client, desk):
    url = f"/administration/antennes/{desk.id}/archiver"
    assert manager.get(url).status_code == 404
    assert administrator.get(url).status_code == 200
    assert administrator.post(url, data={}).status_code == 303
    assert "Denain" not in client.get("/antennes").text
    assert "Archivée" in administrator.get("/administration/antennes").text
    assert administrator.post(url, data={}).status_code == 303
    assert "Denain" in client.get("/antennes").text


def test_the_list_takes_the_same_queries_whatever_the_number_of_desks(administrator, count_queries):
    make_desk()
    administrator.get("/administration/antennes")
    with count_queries() as few:
        administrator.get("/administration/antennes")
    for _ in range(10):
        make_desk()
    with count_queries() as many:
        administrator.get("/administration/antennes")
    assert many.total == few.total
