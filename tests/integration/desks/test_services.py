from datetime import UTC, date, datetime, time
from types import SimpleNamespace

import pytest

from mobility.core.db import transaction
from mobility.core.errors import NotFound, StaleVersion
from mobility.desks import queries, services
from mobility.desks.errors import (
    ClosureBackwards,
    ClosureTooLong,
    DayAlreadyExcepted,
    DeskNameTaken,
    HoursBackwards,
    OverlappingHours,
    UnknownCommune,
)
from mobility.desks.hooks import changes
from mobility.desks.rules import ALL_MONTH_WEEKS, DeskKind
from mobility.desks.services import DeskDetails
from mobility.geo.distance import Position
from mobility.geo.geocoding import Place, Precision
from mobility.notifications.errors import EmailInvalid, PhoneInvalid
from tests.factories.desks import make_desk

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HERE = Position(50.33, 3.39)
PLACE = Place(HERE, Precision.HOUSE, "59172")


def details(**changed):
    values = {
        "name": "Denain",
        "kind": DeskKind.MAIN,
        "street": "12 rue de Villars",
        "insee_code": "59172",
        "phone": "06 39 98 00 01",
        "email": "denain@plateforme.example",
        "place_note": "",
        "key_box": False,
    }
    return DeskDetails(**(values | changed))


def create(**changed):
    return services.create_desk(details=details(**changed), place=PLACE, actor_id=None, now=NOW)


@pytest.fixture
def told(monkeypatch):
    seen = []
    monkeypatch.setattr(changes, "_listeners", [lambda **facts: seen.append(SimpleNamespace(**facts))])
    return seen


def test_a_desk_is_created_with_its_commune_and_serves_it(session, told):
    desk = queries.get_desk(create())
    assert (desk.slug, desk.city, desk.postcode) == ("denain", "Denain", "59220")
    assert (desk.latitude, desk.longitude) == HERE
    assert desk.phone == "+33639980001"
    assert queries.served_codes(desk.id) == {"59172"}
    assert [(entry.action, entry.subject_id) for entry in told] == [("desk.create", desk.id)]


def test_a_name_is_used_once_among_the_desks_in_use(session):
    first = create()
    with pytest.raises(DeskNameTaken):
        create(name="DENAIN")
    services.archive_desk(desk_id=first, actor_id=None, now=NOW)
    second = create(name="Denain")
    assert queries.get_desk(second).slug == "denain-2"
    with pytest.raises(DeskNameTaken):
        services.reopen_desk(desk_id=first, actor_id=None, now=NOW)


@pytest.mark.parametrize("name", ["💥", "שלום", "---", "%_%"])
def test_a_name_without_letters_of_ours_has_a_slug_too(session, name):
    assert queries.get_desk(create(name=name)).slug.startswith("antenne")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"insee_code": "99999"}, UnknownCommune),
        ({"phone": "12"}, PhoneInvalid),
        ({"email": "denain"}, EmailInvalid),
    ],
)
def test_wrong_details_are_refused_and_nothing_is_kept(session, changed, error):
    with pytest.raises(error):
        create(**changed)
    assert queries.list_desks() == []


def test_a_change_is_told_with_what_was_before(session, told):
    desk_id = create()
    told.clear()
    services.update_desk(desk_id=desk_id, details=details(phone=""), version=1, place=None, actor_id=None, now=NOW)
    assert told[0].changes == {"phone": ("+33639980001", "")}
    assert queries.get_desk(desk_id).latitude == HERE.latitude


def test_a_new_address_brings_a_new_position(session):
    desk_id = create()
    services.update_desk(
        desk_id=desk_id,
        details=details(street="", insee_code="59139"),
        version=1,
        place=Place(Position(50.1, 3.4), Precision.STREET, "59139"),
        actor_id=None,
        now=NOW,
    )
    desk = queries.get_desk(desk_id)
    assert (desk.latitude, desk.longitude, desk.city, desk.postcode) == (50.1, 3.4, "Caudry", "59540")


def test_an_edit_from_an_older_page_is_noticed(session):
    desk_id = create()
    change = {"desk_id": desk_id, "place": None, "actor_id": None, "now": NOW}
    services.update_desk(details=details(place_note="Au fond"), version=1, **change)
    with pytest.raises(StaleVersion):
        services.update_desk(details=details(place_note="Devant"), version=1, **change)
    assert queries.get_desk(desk_id).place_note == "Au fond"


def hours(desk_id):
    return [(row.weekday, row.opens, row.closes, row.month_weeks) for row in queries.list_openings(desk_id)]


def test_the_weekly_hours_are_replaced_whole(session, told):
    desk = make_desk()
    new = [(0, time(9), time(12), ALL_MONTH_WEEKS), (0, time(13), time(17), ALL_MONTH_WEEKS), (3, time(9), time(10), 5)]
    services.set_openings(desk_id=desk.id, openings=new, actor_id=None, now=NOW)
    assert hours(desk.id) == new
    assert "lundi de 9" in told[0].changes["hours"][1]
    told.clear()
    services.set_openings(desk_id=desk.id, openings=new, actor_id=None, now=NOW)
    assert told == []


@pytest.mark.parametrize(
    ("openings", "error"),
    [
        ([(0, time(9), time(12), 31), (0, time(11), time(17), 31)], OverlappingHours),
        ([(0, time(9), time(12), 0b00001), (0, time(11), time(17), 0b00011)], OverlappingHours),
        ([(0, time(12), time(9), 31)], HoursBackwards),
    ],
)
def test_wrong_weekly_hours_leave_the_old_ones(session, openings, error):
    desk = make_desk()
    before = hours(desk.id)
    with pytest.raises(error):
        services.set_openings(desk_id=desk.id, openings=openings, actor_id=None, now=NOW)
    assert hours(desk.id) == before


def test_ranges_of_different_weeks_of_the_month_may_overlap(session):
    desk = make_desk()
    openings = [(0, time(9), time(12), 0b00001), (0, time(11), time(17), 0b00010)]
    services.set_openings(desk_id=desk.id, openings=openings, actor_id=None, now=NOW)
    assert len(hours(desk.id)) == 2


def close(desk_id, first, last=None):
    return services.close_days(desk_id=desk_id, first_on=first, last_on=last, reason="Congés", actor_id=None, now=NOW)


def test_a_closure_covers_both_its_ends_and_is_made_once(session):
    desk = make_desk()
    assert close(desk.id, date(2026, 12, 24), date(2026, 12, 31)) == 8
    assert close(desk.id, date(2026, 12, 30), date(2027, 1, 2)) == 2
    assert not queries.get_calendar(desk.id).is_open_day(date(2026, 12, 31))
    assert close(desk.id, date(2027, 2, 1)) == 1


def test_a_closure_over_hours_of_its_own_wins(session):
    desk = make_desk()
    day = date(2026, 11, 28)
    services.open_specially(
        desk_id=desk.id, day_on=day, ranges=[(time(9), time(12))], reason="", actor_id=None, now=NOW
    )
    assert queries.get_calendar(desk.id).is_open_day(day)
    close(desk.id, day)
    assert not queries.get_calendar(desk.id).is_open_day(day)


@pytest.mark.parametrize(
    ("last", "error"), [(date(2026, 12, 23), ClosureBackwards), (date(2027, 12, 24), ClosureTooLong)]
)
def test_impossible_closures_are_refused(session, last, error):
    desk = make_desk()
    with pytest.raises(error):
        close(desk.id, date(2026, 12, 24), last)


def test_a_day_has_one_set_of_hours_of_its_own(session):
    desk = make_desk()
    give = {"desk_id": desk.id, "day_on": date(2026, 12, 5), "reason": "", "actor_id": None, "now": NOW}
    services.open_specially(ranges=[(time(9), time(12)), (time(14), time(16))], **give)
    with pytest.raises(DayAlreadyExcepted):
        services.open_specially(ranges=[(time(8), time(9))], **give)
    assert len(queries.list_exceptions(desk.id, from_on=date(2026, 1, 1))) == 2


def test_exceptions_of_another_desk_are_never_removed(session):
    own, other = make_desk(closed_on=[date(2026, 12, 24)]), make_desk(closed_on=[date(2026, 12, 24)])
    ids = [queries.list_exceptions(desk.id, from_on=date(2026, 1, 1))[0].id for desk in (own, other)]
    assert services.remove_exceptions(desk_id=own.id, exception_ids=[*ids, 2**70, -1], actor_id=None, now=NOW) == 1
    assert len(queries.list_exceptions(other.id, from_on=date(2026, 1, 1))) == 1


def test_communes_are_added_once_and_taken_away(session, told):
    desk = make_desk()
    add = {"desk_id": desk.id, "actor_id": None, "now": NOW}
    assert services.serve_communes(insee_codes=["59172", "59606", "59606"], **add) == 1
    assert services.serve_communes(insee_codes=["59606"], **add) == 0
    assert services.stop_serving(insee_codes=["59606", "00000", "' OR 1=1"], **add) == 1
    assert queries.served_codes(desk.id) == {"59172"}
    with pytest.raises(UnknownCommune):
        services.serve_communes(insee_codes=["59139", "x" * 10_000], **add)
    assert queries.served_codes(desk.id) == {"59172"}
    assert [entry.action for entry in told] == ["desk.serve_communes", "desk.stop_serving"]


@pytest.mark.parametrize("desk_id", [0, 999, 2**40])
def test_nothing_is_done_to_a_desk_that_is_not_there(session, desk_id):
    with pytest.raises(NotFound):
        close(desk_id, date(2026, 12, 24))
    with pytest.raises(NotFound):
        services.archive_desk(desk_id=desk_id, actor_id=None, now=NOW)
    with pytest.raises(NotFound):
        services.communes_within(desk_id=desk_id, km=5)


def test_archiving_twice_is_told_once(session, told):
    desk = make_desk()
    for _ in range(2):
        services.archive_desk(desk_id=desk.id, actor_id=None, now=NOW)
    services.reopen_desk(desk_id=desk.id, actor_id=None, now=NOW)
    assert [entry.action for entry in told] == ["desk.archive", "desk.reopen"]


def test_the_change_and_what_listens_share_one_transaction(session, monkeypatch):
    desk = make_desk()

    def fail(**_facts):
        raise RuntimeError("the log is full")

    monkeypatch.setattr(changes, "_listeners", [fail])
    with pytest.raises(RuntimeError):
        close(desk.id, date(2026, 12, 24))
    with transaction():
        assert queries.list_exceptions(desk.id, from_on=date(2026, 1, 1)) == []


def test_a_slug_taken_at_the_same_instant_is_refused_in_words(session, monkeypatch):
    create()
    monkeypatch.setattr(services, "_check_name_free", lambda *_args, **_facts: None)  # what the slower one saw
    monkeypatch.setattr(services, "_free_slug", lambda _name: "denain")
    with pytest.raises(DeskNameTaken):
        create()
    assert len(queries.list_desks()) == 1


def test_a_desk_is_found_by_its_slug(session):
    assert queries.find_desk_by_slug("denain") is None
    number = create()
    assert queries.find_desk_by_slug("denain").id == number
