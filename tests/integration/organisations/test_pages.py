from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.accounts.policy import Role
from mobility.organisations import figures, queries
from mobility.organisations.rules import OrganisationKind
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.organisations import make_agreement, make_organisation, make_siret

KIND = OrganisationKind


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


FORM = {"kind": "employer", "name": "Toyota", "siret": make_siret(5), "street": "Parc 1", "commune": "Onnaing"}


def test_the_list_searches_filters_and_pages(manager):
    for number in range(60):
        make_organisation(KIND.EMPLOYER, f"Entreprise {number:02d}")
    make_organisation(KIND.GARAGE, "Garage de l’Étoile")
    page = manager.get("/organisations").text
    assert "1 à 50 sur 61" in page
    assert "Garage de l’Étoile" in manager.get("/organisations?page=2").text
    found = manager.get("/organisations?q=etoile&type=garage").text
    assert "Garage de l’Étoile" in found
    assert "Entreprise" not in found
    assert "ne correspond" in manager.get("/organisations?q=zzz").text


@pytest.mark.parametrize(
    "query", ["type=boat", "page=x", "page=-3", "page=" + "9" * 50, "q=" + "%25" * 900, "q=%00", "q=%F0%9F%92%A5"]
)
def test_hostile_queries_do_not_break_the_list(manager, query):
    assert manager.get(f"/organisations?{query}").status_code == 200


def test_an_empty_list_says_what_to_do_first(manager):
    page = manager.get("/organisations").text
    assert "Ajoutez d’abord" in page
    assert "Ajouter une organisation" in page


def test_a_manager_adds_changes_and_archives_an_organisation(manager, session):
    answer = manager.post("/organisations/nouvelle", data=FORM)
    assert answer.status_code == 303
    row = queries.list_organisations()[0]
    assert (row.city, row.siret) == ("Onnaing", make_siret(5))
    url = f"/organisations/{row.id}"
    assert "Toyota" in manager.get(url).text
    edit = manager.get(f"{url}/modifier").text
    assert 'value="Onnaing (59264)"' in edit
    assert manager.post(f"{url}/modifier", data=FORM | {"name": "Toyota France", "version": "1"}).status_code == 303
    late = manager.post(f"{url}/modifier", data=FORM | {"name": "Autre", "version": "1"})
    assert late.status_code == 422
    assert manager.post(f"{url}/archiver").status_code == 303
    assert "Toyota" not in manager.get("/organisations").text
    assert "Toyota France" in manager.get("/organisations?archives=1").text
    assert manager.post(f"{url}/archiver").status_code == 303
    assert "Toyota France" in manager.get("/organisations").text
    logged = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [a for a in logged if a.startswith("organisation")] == [
        "organisation.create",
        "organisation.update",
        "organisation.archive",
        "organisation.restore",
    ]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": ""}, "Remplissez ce champ"),
        ({"name": "x" * 10_000}, "trop long"),
        ({"kind": "boat"}, "Choisissez une réponse"),
        ({"siret": "12345678901234"}, "pas un SIRET"),
        ({"siret": "1" * 10_000}, "trop long"),
        ({"commune": "Nulle-Part"}, "n’est pas connue"),
        ({"phone": "💥"}, "numéro de téléphone"),
        ({"email": "=1+1"}, "adresse e-mail"),
        ({"street": "2 69 05 49 588 157 80"}, "sécurité sociale"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(manager, changed, message):
    answer = manager.post("/organisations/nouvelle", data=FORM | changed)
    assert answer.status_code == 422
    assert message in answer.text
    assert queries.list_organisations() == []


def test_a_siret_that_is_taken_is_said_beside_its_field(manager):
    make_organisation(siret=make_siret(5))
    answer = manager.post("/organisations/nouvelle", data=FORM)
    assert answer.status_code == 422
    assert 'href="#siret"' in answer.text


def test_an_agreement_is_added_and_changed(manager, desk):
    funder = make_organisation(KIND.FUNDER)
    url = f"/organisations/{funder.id}/conventions"
    data = {"name": "FSE+ 2026", "valid_from_on": "2026-01-01", "valid_until_on": "31/12/2026", "desks": [str(desk.id)]}
    assert manager.get(f"{url}/nouvelle").status_code == 200
    assert manager.post(f"{url}/nouvelle", data=data).status_code == 303
    card = queries.list_agreements([funder.id])[0]
    page = manager.get(f"/organisations/{funder.id}").text
    assert "FSE+ 2026" in page
    assert "En cours" in page
    edit = manager.get(f"{url}/{card.id}").text
    assert "checked" in edit
    assert manager.post(f"{url}/{card.id}", data=data | {"desks": [], "version": "1"}).status_code == 303
    assert queries.list_agreements([funder.id])[0].desk_ids == frozenset()


@pytest.mark.parametrize(
    "changed",
    [
        {"valid_until_on": "2025-01-01"},
        {"valid_from_on": ""},
        {"desks": ["999"]},
        {"desks": ["x"]},
        {"desks": ["9" * 60]},
        {"name": "é" * 10_000},
    ],
)
def test_wrong_agreements_are_refused(manager, changed):
    funder = make_organisation(KIND.FUNDER)
    data = {"name": "FSE+", "valid_from_on": "2026-01-01"} | changed
    answer = manager.post(f"/organisations/{funder.id}/conventions/nouvelle", data=data)
    assert answer.status_code == 422
    assert queries.list_agreements([funder.id]) == []


def test_an_agreement_is_found_only_under_its_own_organisation(manager):
    funder, other = make_organisation(KIND.FUNDER), make_organisation(KIND.FUNDER)
    number = make_agreement(funder.id).id
    assert manager.get(f"/organisations/{funder.id}/conventions/{number}").status_code == 200
    assert manager.get(f"/organisations/{other.id}/conventions/{number}").status_code == 404


@pytest.mark.parametrize(
    ("role", "sees", "manages"),
    [
        (Role.ADVISER, 200, 403),
        (Role.FLEET_OFFICER, 200, 403),
        (Role.MANAGER, 200, 200),
        (Role.ADMINISTRATOR, 200, 200),
        (Role.AUDITOR, 200, 403),
    ],
)
def test_who_sees_and_who_manages(app, desk, role, sees, manages):
    row = make_organisation()
    client = signed_in(app, make_user(role, desk_id=desk.id))
    assert client.get("/organisations").status_code == sees
    assert client.get(f"/organisations/{row.id}").status_code == sees
    for page in ("nouvelle", f"{row.id}/modifier", f"{row.id}/archiver", f"{row.id}/conventions/nouvelle"):
        assert client.get(f"/organisations/{page}").status_code == manages, page


@pytest.mark.parametrize("number", [0, 999, 2**31, 10**30])
def test_hostile_ids_are_not_found(manager, number):
    assert manager.get(f"/organisations/{number}").status_code == 404
    assert manager.get(f"/organisations/{number}/modifier").status_code == 404
    assert manager.get(f"/organisations/{number}/conventions/{number}").status_code == 404


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=1+1", "Éloïse 🚲", "שלום"])
def test_odd_names_are_shown_as_text(manager, name):
    assert manager.post("/organisations/nouvelle", data=FORM | {"name": name}).status_code == 303
    assert "<script>alert" not in manager.get("/organisations").text


def test_pages_take_the_same_queries_whatever_the_number(manager, count_queries):
    row = make_organisation()
    make_agreement(row.id)
    pages = ("/organisations", f"/organisations/{row.id}")
    for page in pages:
        manager.get(page)
    with count_queries() as few:
        for page in pages:
            manager.get(page)
    for _ in range(20):
        make_organisation()
        make_agreement(row.id, desk_ids=[make_desk().id])
    with count_queries() as many:
        for page in pages:
            manager.get(page)
    assert many.total == few.total


# ---- the funders' page


@pytest.fixture
def counted(app, monkeypatch):
    """Two figures: one of each desk and day, one too small to show."""
    monkeypatch.setitem(app.extensions, figures._KEY, {})
    seen = []

    def rides(windows):
        seen.append(list(windows))
        return figures.fold(windows, [(1, date(2026, 5, 1), 7), (2, date(2026, 5, 1), 20), (1, date(2025, 5, 1), 400)])

    figures.register(app, "rides", "Trajets", rides)
    figures.register(app, "people", "Personnes", lambda windows: {w.agreement_id: 3 for w in windows}, order=1)
    return seen


@pytest.fixture
def funder(app):
    return make_organisation(KIND.FUNDER, "Département du Nord")


@pytest.fixture
def funder_client(app, funder):
    return signed_in(app, make_user(Role.FUNDER, organisation_id=funder.id))


def test_a_funder_sees_the_figures_of_its_own_agreements_alone(app, funder, funder_client, counted):
    one, two = make_desk("Denain"), make_desk("Caudry")
    assert (one.id, two.id) == (1, 2)
    make_agreement(funder.id, desk_ids=[one.id], name="Convention Denain")
    make_agreement(make_organisation(KIND.FUNDER, "Région").id, name="Convention d’un autre")
    page = funder_client.get("/financeur").text
    assert "Convention Denain" in page
    assert "Convention d’un autre" not in page
    assert ">7<" in page
    assert "moins de 5" in page
    assert ">3<" not in page
    assert page.index("Personnes") < page.index("Trajets")


def test_a_year_is_chosen_among_the_last_ones(funder, funder_client, counted):
    make_agreement(funder.id, valid_from_on=date(2024, 1, 1))
    assert ">400<" in funder_client.get("/financeur?annee=2025").text
    for hostile in ("1", "3000", "x", "-1", "9" * 50, ""):
        page = funder_client.get(f"/financeur?annee={hostile}")
        assert page.status_code == 200
        assert "Mes conventions en 2026" in page.text


def test_a_funder_without_agreement_reads_why_the_page_is_empty(funder_client, counted):
    assert "Aucune convention en 2026" in funder_client.get("/financeur").text
    assert counted == []


def test_every_figure_is_asked_once_whatever_the_number_of_agreements(funder, funder_client, counted, count_queries):
    make_agreement(funder.id)
    funder_client.get("/financeur")
    with count_queries() as few:
        funder_client.get("/financeur")
    for _ in range(10):
        make_agreement(funder.id)
    counted.clear()
    with count_queries() as many:
        funder_client.get("/financeur")
    assert [len(windows) for windows in counted] == [11]
    assert many.total == few.total


@pytest.mark.parametrize("role", [Role.ADVISER, Role.MANAGER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_nobody_else_opens_the_funders_page(app, desk, role):
    assert signed_in(app, make_user(role, desk_id=desk.id)).get("/financeur").status_code == 403


def test_a_funder_opens_nothing_of_the_teams(funder, funder_client):
    for page in (
        "/organisations",
        f"/organisations/{funder.id}",
        "/administration/antennes",
        "/administration/parametres",
    ):
        assert funder_client.get(page).status_code == 403


def test_a_figure_is_named_once(app, counted):
    with pytest.raises(RuntimeError, match="rides"):
        figures.register(app, "rides", "Trajets", lambda _windows: {})
