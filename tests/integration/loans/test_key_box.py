"""The borrower alone at the key box, and the desk that checks what they noted."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from mobility.accounts.models import AuditEntry, AuditValue
from mobility.core.db import db, load, transaction
from mobility.core.errors import ForbiddenTransition, NotFound
from mobility.desks import services as desks
from mobility.desks.models import Desk
from mobility.fleet.errors import OdometerBackwards, OdometerRefused
from mobility.fleet.models import OdometerReading
from mobility.fleet.queries import odometers_of
from mobility.journal.models import JournalEntry
from mobility.ledger.queries import get_balance
from mobility.loans import services
from mobility.loans.errors import (
    AlreadyChecked,
    NotByKeyBox,
    OdometerImplausible,
    TooEarly,
    VehicleNotBack,
)
from mobility.loans.models import LoanEvent, LoanInspection
from mobility.loans.queries.key_box import find_key_box
from mobility.loans.rules.key_box import KeyBoxStage
from mobility.loans.rules.policy import HandoverMode
from mobility.loans.rules.states import LoanAction, LoanState
from mobility.loans.services.vehicles import replacements
from mobility.notifications.kinds import MessageState
from mobility.notifications.models import OutboxMessage
from tests.factories.loans import DUE, NOW, START, Scene, get_loan, make_scene, paris

pytestmark = pytest.mark.usefixtures("app")
CODE = "4711"
OPENS = START - timedelta(minutes=30)


def key_box_scene(**values: Any) -> Scene:
    policy = {"handover": HandoverMode.KEY_BOX, **values.pop("policy", {})}
    scene = make_scene(policy=policy, key_box=True, **values)
    desks.set_key_box(desk_id=scene.desk.id, code=CODE, note="À droite de l’entrée", actor_id=None, now=NOW)
    return scene


def signed_loan(scene: Scene, **values: Any) -> int:
    loan_id = scene.book(**values)
    scene.sign(loan_id)
    return loan_id


def take(loan_id: int, **values: Any) -> None:
    known = {"odometer_km": 20000, "energy_percent": 75, "unreadable": False, "actor_id": None, "now": START}
    services.depart_alone(loan_id=loan_id, **{**known, **values})


def bring_back(loan_id: int, **values: Any) -> None:
    known = {"odometer_km": 20100, "energy_percent": 50, "unreadable": False, "actor_id": None, "now": DUE}
    services.return_alone(loan_id=loan_id, **{**known, **values})


def check(scene: Scene, loan_id: int, moment: str, **values: Any) -> bool:
    known = {"odometer_km": 20000, "energy_percent": 75, "actor_id": scene.adviser.id, "now": DUE}
    return services.check_inspection(loan_id=loan_id, moment=moment, **{**known, **values})


def stage(loan_id: int, now: Any) -> tuple[KeyBoxStage | None, str]:
    loan = get_loan(loan_id)
    box = find_key_box(loan, load(Desk, loan.desk_id), now=now)
    return (None, "") if box is None else (box.stage, box.code)


def inspection(loan_id: int, moment: str) -> LoanInspection:
    db.session.expire_all()
    return db.session.scalars(
        select(LoanInspection).where(LoanInspection.loan_id == loan_id, LoanInspection.moment == moment)
    ).one()


def test_the_borrower_takes_and_brings_back_alone_and_the_desk_confirms() -> None:
    scene = key_box_scene()
    loan_id = signed_loan(scene)
    take(loan_id, remarks="Rayure à gauche")
    assert get_loan(loan_id).state is LoanState.OUT
    out = inspection(loan_id, "departure")
    assert (out.odometer_km, out.by_person, out.checked_at, out.remarks) == (20000, True, None, "Rayure à gauche")
    bring_back(loan_id)
    assert get_loan(loan_id).state is LoanState.RETURNED
    assert odometers_of(scene.vehicle_ids) == {scene.vehicle_ids[0]: 20100}
    with pytest.raises(TooEarly, match="à vérifier"):
        services.settle(loan_id=loan_id, paid_cents=4500, actor_id=scene.adviser.id, now=DUE)
    assert check(scene, loan_id, "departure") is False
    assert check(scene, loan_id, "return", odometer_km=20100, energy_percent=50) is False
    seen = inspection(loan_id, "return")
    assert (seen.checked_at, seen.checked_by_id) == (DUE, scene.adviser.id)
    services.settle(loan_id=loan_id, paid_cents=4500, actor_id=scene.adviser.id, now=DUE)
    assert get_loan(loan_id).state is LoanState.SETTLED


def test_a_correction_strikes_the_reading_out_and_is_logged() -> None:
    scene = key_box_scene()
    loan_id = signed_loan(scene)
    take(loan_id)
    bring_back(loan_id, odometer_km=20900)
    assert get_balance(scene.person.id).owed_cents == 4500
    check(scene, loan_id, "departure")
    assert check(scene, loan_id, "return", odometer_km=20790, energy_percent=40, remarks="Vu avec la personne") is True
    km = db.session.execute(select(OdometerReading.km, OdometerReading.voided_at).order_by(OdometerReading.id)).all()
    assert [(row.km, row.voided_at is None) for row in km[-2:]] == [(20900, False), (20790, True)]
    # 750 km are included: 40 more, at 20 cents.
    assert get_balance(scene.person.id).owed_cents == 4500 + 800
    event = db.session.scalars(select(LoanEvent).order_by(LoanEvent.id.desc())).first()
    assert event is not None
    assert event.action is LoanAction.CHECK
    assert event.facts["corrected"] is True
    assert (event.facts["odometer_km_before"], event.facts["odometer_km"]) == (20900, 20790)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "loan.check").order_by(AuditEntry.id)
    ).all()
    values = db.session.scalars(select(AuditValue).where(AuditValue.entry_id == entry[-1].id)).all()
    assert {"odometer_km", "energy_percent"} <= {value.field for value in values}
    assert db.session.scalars(select(JournalEntry.kind).where(JournalEntry.kind == "loan.check")).all()
    assert inspection(loan_id, "return").remarks == "Vu avec la personne"


def test_kilometres_are_charged_once_after_the_last_check_whatever_its_order() -> None:
    scene = key_box_scene()
    loan_id = signed_loan(scene)
    take(loan_id)
    bring_back(loan_id, odometer_km=20760)
    check(scene, loan_id, "return", odometer_km=20760)
    assert get_balance(scene.person.id).owed_cents == 4500
    check(scene, loan_id, "departure")
    assert get_balance(scene.person.id).owed_cents == 4500 + 200
    with pytest.raises(AlreadyChecked):
        check(scene, loan_id, "departure")
    assert get_balance(scene.person.id).owed_cents == 4500 + 200


def test_a_wrong_departure_does_not_lock_the_borrower_out_of_the_return() -> None:
    scene = key_box_scene()
    loan_id = signed_loan(scene)
    take(loan_id, odometer_km=20900)
    with pytest.raises(OdometerBackwards) as refused:
        bring_back(loan_id, odometer_km=20100)
    assert refused.value.field == "odometer_km"
    bring_back(loan_id, odometer_km=None, unreadable=True)
    with pytest.raises(OdometerBackwards):
        check(scene, loan_id, "return", odometer_km=20100)
    assert check(scene, loan_id, "departure", odometer_km=20000) is True
    assert check(scene, loan_id, "return", odometer_km=20100, energy_percent=50) is False
    assert odometers_of(scene.vehicle_ids) == {scene.vehicle_ids[0]: 20100}


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"odometer_km": None}, OdometerImplausible),
        ({"odometer_km": 99}, OdometerBackwards),
        ({"odometer_km": 2_000_001}, OdometerRefused),
        ({"odometer_km": 900_000}, OdometerRefused),
        ({"now": OPENS - timedelta(minutes=1)}, TooEarly),
        ({"now": DUE}, TooEarly),
    ],
)
def test_bad_readings_and_wrong_hours_are_refused_in_plain_words(
    values: dict[str, Any], error: type[Exception]
) -> None:
    scene = key_box_scene()
    before = {"start_at": paris("2026-11-25"), "due_at": paris("2026-11-26", "17:00")}
    first = signed_loan(scene, person_id=scene.another().id, **before)
    scene.depart(first, now=paris("2026-11-25"), odometer_km=19000)
    scene.give_back(first, now=paris("2026-11-26", "16:00"), odometer_km=19050)
    loan_id = signed_loan(scene)
    with pytest.raises(error) as refused:
        take(loan_id, **values)
    assert str(refused.value)
    assert get_loan(loan_id).state is LoanState.CONTRACTED
    take(loan_id, now=OPENS)
    assert get_loan(loan_id).departed_at == OPENS


def test_without_contract_or_key_box_the_borrower_does_nothing_alone() -> None:
    scene = key_box_scene()
    loan_id = scene.book()
    with pytest.raises(ForbiddenTransition):
        take(loan_id)
    scene.sign(loan_id)
    with pytest.raises(ForbiddenTransition):
        bring_back(loan_id)
    with transaction() as session:
        session.execute(update(Desk).values(key_box=False))
    with pytest.raises(NotByKeyBox):
        take(loan_id)


def test_with_opening_hours_in_the_rules_the_key_box_is_closed() -> None:
    scene = make_scene(key_box=True)
    loan_id = signed_loan(scene)
    assert stage(loan_id, START) == (None, "")
    with pytest.raises(NotByKeyBox):
        take(loan_id)
    scene.depart(loan_id)
    with pytest.raises(NotByKeyBox):
        bring_back(loan_id)


def test_a_vehicle_that_somebody_else_still_has_is_not_taken_and_no_code_is_told() -> None:
    scene = key_box_scene()
    other = scene.another()
    first = signed_loan(scene, person_id=other.id, start_at=paris("2026-11-25"), due_at=paris("2026-11-26", "17:00"))
    scene.depart(first, now=paris("2026-11-25"))
    loan_id = signed_loan(scene)
    assert not replacements(get_loan(loan_id))
    assert stage(loan_id, START) == (KeyBoxStage.NOT_BACK, "")
    with pytest.raises(VehicleNotBack):
        take(loan_id)


def test_the_code_is_told_under_contract_in_its_window_only() -> None:
    scene = key_box_scene()
    loan_id = scene.book()
    assert stage(loan_id, START) == (KeyBoxStage.SIGN_FIRST, "")
    scene.sign(loan_id)
    assert stage(loan_id, OPENS - timedelta(seconds=1)) == (KeyBoxStage.SOON, "")
    assert stage(loan_id, OPENS) == (KeyBoxStage.TAKE, CODE)
    take(loan_id)
    assert stage(loan_id, START) == (KeyBoxStage.BRING_BACK, CODE)
    bring_back(loan_id)
    assert stage(loan_id, DUE) == (None, "")


def test_no_message_log_or_row_holds_the_code_and_one_announces_it() -> None:
    scene = key_box_scene()
    loan_id = signed_loan(scene)
    messages = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "loan_key_box")).all()
    assert [message.due_at for message in messages] == [OPENS]
    every = db.session.scalars(select(OutboxMessage.params)).all()
    written = json.dumps([*map(dict, every)])
    written += str(db.session.scalars(select(AuditValue.after)).all())
    written += str(db.session.scalars(select(Desk.key_box_code_encrypted)).all())
    assert CODE not in written
    take(loan_id)
    db.session.expire_all()
    states = db.session.scalars(select(OutboxMessage.state).where(OutboxMessage.template == "loan_key_box")).all()
    assert states == [MessageState.CANCELLED]


def test_nothing_is_checked_that_was_not_noted() -> None:
    scene = key_box_scene()
    loan_id = signed_loan(scene)
    with pytest.raises(NotFound):
        check(scene, loan_id, "departure")
    with pytest.raises(AlreadyChecked):
        scene.depart(loan_id)
        check(scene, loan_id, "departure")
