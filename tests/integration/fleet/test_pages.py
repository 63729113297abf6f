"""The pages: each by those who may, none by the others, and what they refuse."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db, load
from mobility.documents.models import Document
from mobility.fleet import services
from mobility.fleet.kinds import Category, CritAir, InspectionResult, PaperKind, ReservationKind, StopReason
from mobility.fleet.models import OdometerReading, Vehicle, VehiclePaper, VehicleReservation
from tests.factories.documents import picture
from tests.factories.fleet import a_desk, a_reading, a_reservation, a_vehicle

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Enter = Callable[[Role, int | None], FlaskClient]


@pytest.fixture
def desk(app: Any) -> int:
    return a_desk()


@pytest.fixture
def officer(desk: int, sign_in: Enter) -> FlaskClient:
    return sign_in(Role.FLEET_OFFICER, desk)


def full_vehicle(desk: int) -> int:
    now = clock.now()
    vehicle = a_vehicle(desk, equipment=["tow_bar"], note="Rayure à droite")
    a_reading(vehicle, 1000, now - DAY)
    a_reservation(vehicle, now - 3 * DAY, now - 2 * DAY, label="prêt 7")
    a_reservation(vehicle, now + DAY, now + 2 * DAY, label="prêt 8")
    services.add_paper(
        vehicle_id=vehicle,
        kind=PaperKind.INSPECTION,
        done_on=clock.today() - DAY,
        result=InspectionResult.MAJOR,
        actor_id=None,
        now=now,
    )
    services.stop_vehicle(
        vehicle_id=vehicle,
        starts_at=now + 5 * DAY,
        ends_at=None,
        reason=StopReason.SERVICE,
        actor_id=None,
        now=now,
    )
    return vehicle


GETS = ("", "/modifier", "/papiers/nouveau", "/compteur", "/arreter", "/transferer", "/sortir-du-parc", "/photo")


def test_every_page_of_a_vehicle_opens_for_the_officer_of_its_desk(officer: FlaskClient, desk: int) -> None:
    vehicle = full_vehicle(desk)
    for tail in GETS:
        answer = officer.get(f"/parc/vehicules/{vehicle}{tail}")
        assert answer.status_code == 200, tail
    page = officer.get(f"/parc/vehicules/{vehicle}").text
    for said in (
        "prêt 7",
        "prêt 8",
        "Révision ou réparation",
        "Contre-visite à passer",
        "1\u202f000\u00a0km",
        "Rayure à droite",
    ):
        assert said in page


@pytest.mark.parametrize("category", list(Category))
def test_a_bare_vehicle_of_each_category_has_its_page(officer: FlaskClient, desk: int, category: Category) -> None:
    vehicle = a_vehicle(desk, category, papers=False)
    for tail in GETS:
        assert officer.get(f"/parc/vehicules/{vehicle}{tail}").status_code == 200, tail


def test_lists_open_empty_and_filled(officer: FlaskClient, desk: int) -> None:
    for filled in (False, True):
        if filled:
            full_vehicle(desk)
            a_vehicle(desk, Category.BIKE)
        for address in ("/parc", "/parc/planning", "/parc/echeances", "/parc/vehicules/nouveau"):
            assert officer.get(address).status_code == 200, address
    assert "Le parc est vide" not in officer.get("/parc").text
    assert "prêt 8" in officer.get("/parc/planning").text


@pytest.mark.parametrize(
    "arguments",
    [
        "q=%00%F0%9F%9A%97", "desk=99999999999999", "desk=x", "category=tank", "sort=;drop", "page=-5", "page=1e9",
        "from=2026-02-30", "from=9999-12-31", "from=0001-01-01", "days=-1", "days=28", "within=abc", "within=0",
        "q=" + "a" * 5000, "state=retired", "desk=\u0663",
    ],
)  # fmt: skip
def test_hostile_arguments_never_break_a_list(officer: FlaskClient, desk: int, arguments: str) -> None:
    a_vehicle(desk)
    for address in ("/parc", "/parc/planning", "/parc/echeances", "/parc/export.csv"):
        assert officer.get(f"{address}?{arguments}").status_code == 200


POSTS = (
    "/modifier", "/papiers/nouveau", "/papiers/1/retirer", "/compteur", "/compteur/1/annuler", "/arreter",
    "/arrets/1/terminer", "/transferer", "/sortir-du-parc", "/remettre-au-parc", "/photo", "/photo/retirer",
)  # fmt: skip


def test_a_vehicle_of_another_desk_is_not_found(officer: FlaskClient, app: Any) -> None:
    vehicle = full_vehicle(a_desk("Caudry"))
    for tail in GETS:
        assert officer.get(f"/parc/vehicules/{vehicle}{tail}").status_code == 404, tail
    for tail in POSTS:
        assert officer.post(f"/parc/vehicules/{vehicle}{tail}").status_code == 404, tail
    assert str(load(Vehicle, vehicle).plate) not in officer.get("/parc").text
    assert str(load(Vehicle, vehicle).plate) not in officer.get("/parc/export.csv").text


@pytest.mark.parametrize("identity", ["0", "999999", "2147483648", "9" * 30, "-1", "x"])
def test_a_hostile_id_is_not_found(officer: FlaskClient, identity: str) -> None:
    assert officer.get(f"/parc/vehicules/{identity}").status_code == 404


@pytest.mark.parametrize("tail", ["/papiers/{}/retirer", "/compteur/{}/annuler", "/arrets/{}/terminer"])
@pytest.mark.parametrize("identity", [0, 999_999, 2**31, 10**30])
def test_a_hostile_inner_id_is_not_found(officer: FlaskClient, desk: int, tail: str, identity: int) -> None:
    vehicle = a_vehicle(desk)
    assert officer.post(f"/parc/vehicules/{vehicle}{tail.format(identity)}").status_code == 404


def test_an_adviser_looks_and_does_not_touch(sign_in: Enter, desk: int) -> None:
    adviser = sign_in(Role.ADVISER, desk)
    vehicle = full_vehicle(desk)
    page = adviser.get(f"/parc/vehicules/{vehicle}")
    assert page.status_code == 200
    assert "Modifier le véhicule" not in page.text
    assert "Retirer" not in page.text
    for tail in GETS[1:]:
        assert adviser.get(f"/parc/vehicules/{vehicle}{tail}").status_code == 403, tail
    for tail in POSTS:
        assert adviser.post(f"/parc/vehicules/{vehicle}{tail}").status_code == 403, tail


def test_an_administrator_and_a_stranger_have_no_fleet(sign_in: Enter, client: FlaskClient, desk: int) -> None:
    administrator = sign_in(Role.ADMINISTRATOR, None)
    for address in ("/parc", "/parc/planning", "/parc/echeances", "/parc/export.xlsx", "/parc/vehicules/nouveau"):
        assert administrator.get(address).status_code == 403
        assert client.get(address).status_code in {302, 303, 401}


TYPED = {
    "category": "car",
    "plate": "ab 123 cd",
    "make": "Renault",
    "model": "Clio",
    "energy": "petrol",
    "gearbox": "manual",
    "seats": "5",
    "first_registered_on": "2023-02-01",
    "equipment": ["tow_bar"],
    "odometer_km": "42 000",
}


def test_a_vehicle_is_added_then_changed(officer: FlaskClient, desk: int) -> None:
    answer = officer.post("/parc/vehicules/nouveau", data={**TYPED, "desk_id": desk})
    assert answer.status_code == 303
    vehicle = db.session.scalars(select(Vehicle)).one()
    assert (vehicle.plate, vehicle.equipment) == ("AB-123-CD", ["tow_bar"])
    changed = {**TYPED, "model": "Zoé", "version": "1"}
    assert officer.post(f"/parc/vehicules/{vehicle.id}/modifier", data=changed).status_code == 303
    db.session.expire_all()
    assert load(Vehicle, vehicle.id).model == "Zoé"
    stale = officer.post(f"/parc/vehicules/{vehicle.id}/modifier", data={**changed, "model": "Twingo"})
    assert stale.status_code == 422
    assert "modifié cette fiche" in stale.text
    assert "Twingo" in stale.text
    again = officer.post(f"/parc/vehicules/{vehicle.id}/modifier", data={**changed, "version": "2"})
    assert again.status_code == 303
    for version in ("", "x", "9" * 40, "-1"):
        refused = officer.post(f"/parc/vehicules/{vehicle.id}/modifier", data={**changed, "version": version})
        assert refused.status_code == 422


def test_two_edits_at_once_are_shown_side_by_side(officer: FlaskClient, desk: int) -> None:
    vehicle = a_vehicle(desk, make="Renault", model="Clio", seats=5, equipment=["tow_bar"], critair=CritAir.C1)
    form = {**TYPED, "version": "1", "plate": load(Vehicle, vehicle).plate}
    first = {**form, "model": "Zoé", "equipment": ["child_seat", "tow_bar"], "critair": "1"}
    url = f"/parc/vehicules/{vehicle}/modifier"
    assert officer.post(url, data=first).status_code == 303
    stale = officer.post(url, data={**form, "model": "Twingo", "equipment": ["roof_rack"]})
    assert stale.status_code == 422
    table = " ".join(stale.text[stale.text.index("<table") : stale.text.index("</table>")].split())
    assert "Les deux versions, côte à côte" in table
    for label, mine, theirs in [
        ("Modèle", "Twingo", "Zoé"),
        ("Équipements", "Galerie de toit", "Siège enfant, Attelage"),
        ("Vignette Crit’Air", "(vide)", "Crit’Air 1"),
    ]:
        assert f'<th scope="row">{label}</th><td>{mine}</td><td>{theirs}</td>' in table
    assert "Marque" not in table
    assert 'name="version" type="hidden" value="2"' in stale.text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("plate", "SS-123-AA", "lettres SS"),
        ("plate", "A" * 10_000, "trop long"),
        ("make", "x" * 10_000, "trop long"),
        ("make", "", "Remplissez"),
        ("note", "x" * 10_000, "trop long"),
        ("category", "tank", "Choisissez"),
        ("desk_id", "999999", "Choisissez"),
        ("desk_id", "x", "Choisissez"),
        ("seats", "9" * 30, "nombre"),
        ("seats", "0", "entre"),
        ("first_registered_on", "2023-02-30", "n’existe pas"),
        ("first_registered_on", "2199-01-01", "futur"),
        ("gearbox", "none", "vélo"),
        ("equipment", ["jetpack"], "liste"),
    ],
)
def test_a_wrong_answer_is_told_and_what_was_typed_stays(
    officer: FlaskClient, desk: int, field: str, typed: Any, said: str
) -> None:
    answer = officer.post("/parc/vehicules/nouveau", data={**TYPED, "desk_id": desk, field: typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert "Clio" in answer.text
    assert db.session.scalars(select(Vehicle)).all() == []


def test_a_vehicle_cannot_be_added_to_a_desk_of_others(officer: FlaskClient) -> None:
    other = a_desk("Caudry")
    assert officer.post("/parc/vehicules/nouveau", data={**TYPED, "desk_id": other}).status_code == 422


def test_strange_names_are_shown_as_they_are(officer: FlaskClient, desk: int) -> None:
    data = {**TYPED, "desk_id": desk, "make": "🚗 <b>", "model": "\u202eسيارة"}
    assert officer.post("/parc/vehicules/nouveau", data=data).status_code == 303
    page = officer.get("/parc").text
    assert "🚗 &lt;b&gt;" in page
    assert "<b>" not in page


def test_papers_and_odometer_are_noted_and_taken_back(officer: FlaskClient, desk: int) -> None:
    vehicle = a_vehicle(desk, papers=False)
    base = f"/parc/vehicules/{vehicle}"
    insurance = {"kind": "insurance", "done_on": "2026-01-01", "valid_until_on": "2027-12-31"}
    assert officer.post(f"{base}/papiers/nouveau", data=insurance).status_code == 303
    nonsense = officer.post(f"{base}/papiers/nouveau", data={**insurance, "outcome": "major"})
    assert nonsense.status_code == 422
    assert "Sans objet" in nonsense.text
    paper = db.session.scalars(select(VehiclePaper)).one()
    assert officer.post(f"{base}/papiers/{paper.id}/retirer").status_code == 303
    db.session.expire_all()
    assert load(VehiclePaper, paper.id).removed_at is not None

    reading = {"km": "12 500", "read_on": clock.today().isoformat(), "read_time": "0:01"}
    assert officer.post(f"{base}/compteur", data=reading).status_code == 303
    back = officer.post(f"{base}/compteur", data={**reading, "km": "12 400", "read_time": "0 h 02"})
    assert back.status_code == 422
    assert "reculer" in back.text
    [row] = db.session.scalars(select(OdometerReading)).all()
    assert officer.post(f"{base}/compteur/{row.id}/annuler").status_code == 303
    assert "Annulé" in officer.get(base).text


def stop_data(start: date, end: date | None) -> dict[str, str]:
    return {
        "kind": "out_of_service",
        "reason": "breakdown",
        "starts_on": start.isoformat(),
        "starts_time": "09:00",
        "ends_on": end.isoformat() if end else "",
        "ends_time": "18:00" if end else "",
    }


def test_a_stop_lists_what_is_in_its_way_and_can_be_ended(officer: FlaskClient, desk: int) -> None:
    vehicle = a_vehicle(desk)
    base, today = f"/parc/vehicules/{vehicle}", clock.today()
    loan = a_reservation(vehicle, clock.now() + 2 * DAY, clock.now() + 3 * DAY, label="prêt 12")
    refused = officer.post(f"{base}/arreter", data=stop_data(today + DAY, today + 9 * DAY))
    assert refused.status_code == 422
    assert "prêt 12" in refused.text
    half = officer.post(f"{base}/arreter", data={**stop_data(today + DAY, None), "ends_time": "18:00"})
    assert half.status_code == 422
    assert "aucun des deux" in half.text
    assert officer.post(f"{base}/arreter", data=stop_data(today + 20 * DAY, None)).status_code == 303
    stopped = db.session.scalars(
        select(VehicleReservation).where(VehicleReservation.kind == ReservationKind.OUT_OF_SERVICE)
    ).one()
    assert "Remettre en service" in officer.get(base).text
    assert officer.post(f"{base}/arrets/{stopped.id}/terminer").status_code == 303
    db.session.expire_all()
    assert load(VehicleReservation, stopped.id).released_at is not None
    for identity, said in ((stopped.id, "déjà terminé"), (loan, "n’est pas un arrêt")):
        assert officer.post(f"{base}/arrets/{identity}/terminer").status_code == 303
        assert said in officer.get(base).text


def test_a_transfer_page_offers_other_vehicles_and_moves_all_or_nothing(officer: FlaskClient, desk: int) -> None:
    target = a_desk("Caudry")
    vehicle, other = a_vehicle(desk), a_vehicle(desk, model="Kangoo")
    loan = a_reservation(vehicle, clock.now() + DAY, clock.now() + 2 * DAY, label="prêt 12")
    base = f"/parc/vehicules/{vehicle}/transferer"
    assert "Kangoo" in officer.get(base).text
    refused = officer.post(base, data={"to_desk_id": target, "move-x": "1", f"move-{10**30}": "1", "move-5": "é"})
    assert refused.status_code == 422
    assert officer.post(base, data={"to_desk_id": target, f"move-{loan}": str(vehicle)}).status_code == 422
    assert officer.post(base, data={"to_desk_id": target, f"move-{loan}": str(other)}).status_code == 303
    db.session.expire_all()
    assert load(Vehicle, vehicle).desk_id == target
    assert load(VehicleReservation, loan).vehicle_id == other


def test_a_vehicle_leaves_the_fleet_and_comes_back(officer: FlaskClient, desk: int) -> None:
    vehicle = a_vehicle(desk)
    base, today = f"/parc/vehicules/{vehicle}", clock.today()
    a_reservation(vehicle, clock.now() + DAY, clock.now() + 2 * DAY, label="prêt 12")
    data = {"retired_on": today.isoformat(), "reason": "Vendu"}
    refused = officer.post(f"{base}/sortir-du-parc", data=data)
    assert refused.status_code == 422
    assert "prêt 12" in refused.text
    data["retired_on"] = (today + 5 * DAY).isoformat()
    assert officer.post(f"{base}/sortir-du-parc", data=data).status_code == 303
    assert officer.post(f"{base}/remettre-au-parc").status_code == 303
    db.session.expire_all()
    assert load(Vehicle, vehicle).retired_on is None


FORMULAS = ["=1+1", "+33", "-2", "@SUM(A1)", '=HYPERLINK("http://x")', "\uff1d1+1"]


def test_no_exported_cell_is_a_formula(officer: FlaskClient, desk: int) -> None:
    for text in FORMULAS:
        a_vehicle(desk, make=text, note=f"\t{text}")
    answer = officer.get("/parc/export.xlsx")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(answer.data)).active
    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert set(FORMULAS) <= {cell.value for cell in cells}
    text = officer.get("/parc/export.csv").data.decode("utf-8-sig")
    assert len(text.splitlines()) == 1 + len(FORMULAS)
    for line in text.splitlines():
        for cell in line.strip('"').split('";"'):
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))


def test_the_number_of_queries_of_a_page_does_not_grow(officer: FlaskClient, desk: int, count_queries: Any) -> None:
    vehicle = full_vehicle(desk)
    addresses = (
        "/parc",
        "/parc/planning",
        "/parc/echeances",
        f"/parc/vehicules/{vehicle}",
        f"/parc/vehicules/{vehicle}/transferer",
    )
    seen: dict[str, list[int]] = {address: [] for address in addresses}
    for turn in range(2):
        for address in addresses:
            officer.get(address)
            with count_queries() as counted:
                assert officer.get(address).status_code == 200
            seen[address].append(counted.total)
        if turn:
            break
        for n in range(8):
            full_vehicle(desk)
            start = clock.now() + DAY * 2 + n * HOUR
            a_reservation(vehicle, start + HOUR / 4, start + HOUR / 2, label=f"prêt {n}")
            a_reading(vehicle, 1100 + n, clock.now() + n * HOUR)
    for address, (few, many) in seen.items():
        assert few == many, address


def a_file(data: bytes, name: str = "photo.png") -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), name


def test_a_photo_is_shown_replaced_and_taken_away(officer: FlaskClient, sign_in: Enter, desk: int) -> None:
    vehicle = a_vehicle(desk)
    base = f"/parc/vehicules/{vehicle}"
    refused = officer.post(f"{base}/photo", data={"photo": a_file(b"MZ not a picture", "virus.exe")})
    assert refused.status_code == 422
    seen = []
    for shade in ((200, 0, 0), (0, 200, 0)):
        assert officer.post(f"{base}/photo", data={"photo": a_file(picture(colour=shade))}).status_code == 303
        db.session.expire_all()
        seen.append(load(Vehicle, vehicle).photo_document_id)
        assert f"/documents/{seen[-1]}" in officer.get(base).text
        assert officer.get(f"/documents/{seen[-1]}").status_code == 200
    assert officer.get(f"/documents/{seen[0]}").status_code == 404, "the photo before is erased"
    stranger = sign_in(Role.FLEET_OFFICER, a_desk("Caudry"))
    assert stranger.get(f"/documents/{seen[1]}").status_code == 404
    assert officer.post(f"{base}/photo/retirer").status_code == 303
    db.session.expire_all()
    assert load(Vehicle, vehicle).photo_document_id is None


def test_a_paper_keeps_its_scan_and_a_refused_one_leaves_none(officer: FlaskClient, desk: int) -> None:
    vehicle = a_vehicle(desk, papers=False)
    base = f"/parc/vehicules/{vehicle}"
    insurance = {"kind": "insurance", "done_on": "2026-01-01", "valid_until_on": "2027-12-31"}
    late = {**insurance, "valid_until_on": "2025-01-01", "scan": a_file(picture())}
    assert officer.post(f"{base}/papiers/nouveau", data=late).status_code == 422
    assert db.session.scalars(select(Document)).all() == []
    assert officer.post(f"{base}/papiers/nouveau", data={**insurance, "scan": a_file(picture())}).status_code == 303
    paper = db.session.scalars(select(VehiclePaper)).one()
    assert f"/documents/{paper.document_id}" in officer.get(base).text
    assert load(Document, paper.document_id or 0).valid_until_on == date(2027, 12, 31)
