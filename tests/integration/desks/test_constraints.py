"""What the database itself refuses."""

from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy.exc import IntegrityError

from mobility.core.db import transaction
from mobility.desks.models import DeskCommune, DeskException, DeskOpening
from mobility.geo.geocoding import Precision
from tests.factories.desks import make_desk

DAY = date(2026, 12, 24)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"weekday": 7, "opens": time(9), "closes": time(12)}, "weekday_range"),
        ({"weekday": -1, "opens": time(9), "closes": time(12)}, "weekday_range"),
        ({"weekday": 5, "opens": time(12), "closes": time(12)}, "opens_before_closes"),
        ({"weekday": 5, "opens": time(12), "closes": time(9)}, "opens_before_closes"),
        ({"weekday": 5, "opens": time(9), "closes": time(12), "month_weeks": 0}, "month_weeks_range"),
        ({"weekday": 5, "opens": time(9), "closes": time(12), "month_weeks": 32}, "month_weeks_range"),
        ({"weekday": 0, "opens": time(9), "closes": time(11)}, "weekday"),
    ],
)
def test_impossible_openings_are_refused(session, fields, constraint):
    desk = make_desk()
    with pytest.raises(IntegrityError, match=constraint), transaction():
        session.add(DeskOpening(desk_id=desk.id, **fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"closed": True, "opens": time(9), "closes": time(12)},
        {"closed": True, "opens": time(9)},
        {"closed": False},
        {"closed": False, "opens": time(9)},
        {"closed": False, "opens": time(12), "closes": time(9)},
    ],
)
def test_an_exception_is_closed_or_has_hours(session, fields):
    desk = make_desk()
    with pytest.raises(IntegrityError, match="closed_or_hours"), transaction():
        session.add(DeskException(desk_id=desk.id, day_on=DAY, **fields))


def test_a_day_is_closed_once(session):
    desk = make_desk(closed_on=[DAY])
    with pytest.raises(IntegrityError), transaction():
        session.add(DeskException(desk_id=desk.id, day_on=DAY, closed=True))


def test_a_commune_is_served_once_by_a_desk(session):
    desk = make_desk()
    with pytest.raises(IntegrityError), transaction():
        session.add(DeskCommune(desk_id=desk.id, insee_code="59172"))


@pytest.mark.parametrize(
    ("latitude", "longitude", "constraint"),
    [(50.0, None, "position_whole"), (None, 3.0, "position_whole"), (91.0, 3.0, "position_on_earth")],
)
def test_a_position_is_whole_and_on_earth(session, latitude, longitude, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make_desk(placed=False, latitude=latitude, longitude=longitude, position_precision=Precision.POINT)


@pytest.mark.parametrize("values", [{"key_box_code_encrypted": "x"}, {"key_box_code_set_at": NOW}])
def test_a_code_has_its_day_and_a_day_its_code(session, values):
    with pytest.raises(IntegrityError, match="key_box_code_dated"):
        make_desk(**values)


def test_an_unknown_kind_is_refused(session):
    from sqlalchemy import text

    desk = make_desk()
    with pytest.raises(IntegrityError, match="desk_kind"), transaction():
        session.execute(text("UPDATE desk SET kind = 'boat' WHERE id = :id"), {"id": desk.id})


def test_two_desks_never_share_a_slug(session):
    make_desk(slug="denain")
    with pytest.raises(IntegrityError):
        make_desk(slug="denain")
