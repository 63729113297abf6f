from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts.models import AuditEntry, AuditValue
from mobility.core.db import transaction
from mobility.core.errors import NotFound
from mobility.parameters import queries, registry, services
from mobility.parameters.errors import (
    NothingToReset,
    ScopeNotAllowed,
    UnreadableValue,
    ValueAlreadyScheduled,
    ValueInForce,
    ValueInThePast,
)
from mobility.parameters.models import ParameterValue
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.organisations import make_organisation
from tests.factories.parameters import make_value

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = date(2026, 11, 23)
KEY = "test.price"


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    monkeypatch.setattr(registry, "_parameters", dict(registry._parameters))
    registry.declare(
        Parameter(KEY, "Prix", Kind.MONEY, 500, "cents", "Par jour"),
        Parameter("test.rate", "Part", Kind.PERCENT, Decimal(90), scopes=(Scope.EVERYWHERE,)),
        Parameter("test.days", "Jours", Kind.INTEGERS, (-3, -1)),
    )


def put(value, *, on=TODAY, key=KEY, **scope):
    return services.set_value(key=key, value=value, valid_from_on=on, actor_id=None, now=NOW, **scope)


def test_the_default_holds_until_something_else_is_said(session):
    assert queries.value(KEY, on=TODAY) == 500
    assert queries.value("test.rate", on=TODAY) == Decimal(90)
    assert queries.value("test.days", on=TODAY) == (-3, -1)


def test_an_unknown_key_is_not_found(session):
    with pytest.raises(NotFound):
        queries.value("nobody.declared", on=TODAY)
    with pytest.raises(NotFound):
        put(3, key="nobody.declared")


def test_a_value_holds_from_its_day_on_and_the_past_stays(session):
    make_value(KEY, 300, valid_from_on=date(2026, 3, 1))
    put(700, on=TODAY + timedelta(days=8))
    asked = {day: queries.value(KEY, on=day) for day in (date(2026, 2, 28), date(2026, 3, 1), TODAY)}
    assert list(asked.values()) == [500, 300, 300]
    assert queries.value(KEY, on=TODAY + timedelta(days=7)) == 300
    assert queries.value(KEY, on=TODAY + timedelta(days=8)) == 700


def test_the_desk_comes_first_then_the_organisation_then_everywhere(session):
    desk, partner = make_desk().id, make_organisation().id
    put(100)
    put(200, organisation_id=partner)
    assert queries.value(KEY, on=TODAY, desk_id=desk, organisation_id=partner) == 200
    put(300, desk_id=desk)
    assert queries.value(KEY, on=TODAY, desk_id=desk, organisation_id=partner) == 300
    assert queries.value(KEY, on=TODAY, organisation_id=partner) == 200
    assert queries.value(KEY, on=TODAY, desk_id=make_desk().id) == 100
    assert queries.value(KEY, on=TODAY) == 100


def test_a_desk_gives_up_its_own_value(session):
    desk = make_desk().id
    make_value(KEY, 300, desk_id=desk)
    services.reset_value(key=KEY, valid_from_on=TODAY, desk_id=desk, actor_id=None, now=NOW)
    assert queries.value(KEY, on=TODAY, desk_id=desk) == 500
    assert queries.value(KEY, on=TODAY - timedelta(days=1), desk_id=desk) == 300
    with pytest.raises(NothingToReset):
        services.reset_value(key=KEY, valid_from_on=TODAY + timedelta(days=1), desk_id=desk, actor_id=None, now=NOW)
    with pytest.raises(NothingToReset):
        services.reset_value(key=KEY, valid_from_on=TODAY, actor_id=None, now=NOW)


def test_nothing_is_written_into_the_past(session):
    with pytest.raises(ValueInThePast):
        put(1, on=TODAY - timedelta(days=1))


def test_today_is_the_day_of_paris(session):
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # already the 24th in Paris
    with pytest.raises(ValueInThePast):
        services.set_value(key=KEY, value=1, valid_from_on=TODAY, actor_id=None, now=late)


def test_a_slip_of_today_is_corrected_but_two_plans_for_one_day_are_refused(session):
    first = put(1)
    assert put(2) == first
    assert queries.value(KEY, on=TODAY) == 2
    put(3, on=TODAY + timedelta(days=1))
    with pytest.raises(ValueAlreadyScheduled):
        put(4, on=TODAY + timedelta(days=1))


@pytest.mark.parametrize("value", ["douze", -1, 10**20, True, None])
def test_a_value_that_does_not_fit_is_refused(session, value):
    with pytest.raises(UnreadableValue):
        put(value)


def test_scopes_that_the_parameter_has_not_are_refused(session):
    desk, partner = make_desk().id, make_organisation().id
    with pytest.raises(ScopeNotAllowed):
        put(50, key="test.rate", desk_id=desk)
    with pytest.raises(ScopeNotAllowed):
        put(50, desk_id=desk, organisation_id=partner)
    with pytest.raises(NotFound):
        put(50, desk_id=999)
    with pytest.raises(NotFound):
        put(50, organisation_id=2**40)


def test_a_plan_is_cancelled_a_value_in_force_is_not(session):
    plan = put(3, on=TODAY + timedelta(days=1))
    services.cancel_scheduled(value_id=plan, key=KEY, actor_id=None, now=NOW)
    assert queries.history(KEY, on=TODAY) == []
    begun = put(3)
    with pytest.raises(ValueInForce):
        services.cancel_scheduled(value_id=begun, key=KEY, actor_id=None, now=NOW)
    with pytest.raises(NotFound):
        services.cancel_scheduled(value_id=begun, key="test.days", actor_id=None, now=NOW)


def test_changes_are_in_the_audit_log_with_before_and_after(session):
    user = make_user()
    put(100)
    services.set_typed_value(key=KEY, typed="12,50", valid_from_on=TODAY, actor_id=user.id, now=NOW)
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.actor_user_id, entry.action, entry.subject_kind) == (user.id, "parameter.set", "parameter")
    values = session.scalars(select(AuditValue).where(AuditValue.entry_id == entry.id)).one()
    assert (values.before, values.after) == ("1,00", "12,50")


@pytest.mark.parametrize("scope", ["everywhere", "desk", "organisation"])
def test_the_database_refuses_two_values_that_begin_together(session, scope):
    ids = {"desk": {"desk_id": make_desk().id}, "organisation": {"organisation_id": make_organisation().id}}
    make_value(KEY, 1, **ids.get(scope, {}))
    with pytest.raises(IntegrityError):
        make_value(KEY, 2, **ids.get(scope, {}))


def test_the_database_refuses_a_value_for_a_desk_and_an_organisation_at_once(session):
    desk, partner = make_desk().id, make_organisation().id
    with pytest.raises(IntegrityError, match="one_scope"):
        make_value(KEY, 1, desk_id=desk, organisation_id=partner)


def test_the_same_day_is_free_for_each_scope(session):
    make_value(KEY, 1)
    for _ in range(2):
        make_value(KEY, 1, desk_id=make_desk().id)
        make_value(KEY, 1, organisation_id=make_organisation().id)


def test_a_request_reads_the_values_once_and_sees_its_own_change(app, session, count_queries):
    make_value(KEY, 100)
    with app.test_request_context("/"):
        with count_queries() as seen:
            for _ in range(5):
                assert queries.value(KEY, on=TODAY) == 100
                queries.value("test.days", on=TODAY)
        assert seen.total == 1
        put(200)
        assert queries.value(KEY, on=TODAY) == 200


def test_the_history_tells_what_was_what_is_and_what_comes(session):
    desk = make_desk().id
    make_value(KEY, 100, valid_from_on=date(2026, 1, 1))
    make_value(KEY, 200, valid_from_on=date(2026, 6, 1))
    make_value(KEY, 250, valid_from_on=date(2026, 6, 1), desk_id=desk)
    make_value(KEY, 300, valid_from_on=date(2027, 1, 1))
    lines = queries.history(KEY, on=TODAY)
    assert [(line.state, line.shown, line.scope) for line in lines] == [
        ("coming", "3,00\u00a0€", Scope.EVERYWHERE),
        ("current", "2,50\u00a0€", Scope.DESK),
        ("current", "2,00\u00a0€", Scope.EVERYWHERE),
        ("over", "1,00\u00a0€", Scope.EVERYWHERE),
    ]


def test_a_null_is_not_the_json_null(session):
    with transaction():
        row = make_value(KEY, None)
    assert session.scalar(select(ParameterValue.id).where(ParameterValue.value.is_(None))) == row.id


def test_two_plans_made_at_the_same_instant_are_one_plan_and_one_refusal(session, monkeypatch):
    monkeypatch.setattr(services, "_rows_of", lambda *_scope: [])  # what the slower one saw
    put(3, on=TODAY + timedelta(days=1))
    with pytest.raises(ValueAlreadyScheduled):
        put(4, on=TODAY + timedelta(days=1))
    assert queries.value(KEY, on=TODAY + timedelta(days=1)) == 3
