"""The life of a prescription through its services: who is told what, and what lands where."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.models import AuditEntry
from mobility.core.errors import ForbiddenTransition, RuleViolation
from mobility.desks.models import DeskCommune
from mobility.documents import services as documents
from mobility.documents.queries import list_for, list_for_person
from mobility.journal.models import JournalEntry
from mobility.notifications.models import ContactPoint, OutboxMessage
from mobility.parameters.services import set_value
from mobility.people.kinds import ConsentKind, ConsentManner
from mobility.people.models import Person, PersonConsent
from mobility.people.queries.duplicates import Scope
from mobility.people.services import give_consent, withdraw_consent
from mobility.prescriptions import errors, parameters, services
from mobility.prescriptions.kinds import DeadlineKind, Missing, Source
from mobility.prescriptions.models import Prescription, PrescriptionEvent
from mobility.prescriptions.queries.consent import may_tell_details
from mobility.prescriptions.rules.states import Action, Outcome, RefusalReason, State
from tests.factories.desks import make_desk
from tests.factories.documents import PDF
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.factories.prescriptions import DAY, NOW, House, bring_to, get, origin_of, receive, typed

EVERYWHERE = Scope(desk_ids=None, user_id=None)


def sent(session: Session) -> list[tuple[str, int]]:
    """What was queued: template and recipient, in order."""
    return [
        (row.template, row.recipient_id) for row in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    ]


def templates(session: Session) -> list[str]:
    return [template for template, _ in sent(session)]


def test_a_prescription_goes_to_the_desk_of_the_commune_and_both_are_told(house: House, session: Session) -> None:
    row = get(receive(house))
    assert (row.state, row.desk_id, row.city) == (State.RECEIVED, house.desk.id, "Denain")
    assert (row.target_on, row.due_on) == (date(2026, 12, 24), date(2026, 12, 24))
    assert row.phone == "+33639980001"
    assert sent(session) == [
        ("prescription_received", row.person_recipient_id),
        ("prescription_receipt", row.referent_recipient_id),
    ]
    # What goes to the prescriber names nobody.
    receipt = session.scalars(select(OutboxMessage).where(OutboxMessage.template == "prescription_receipt")).one()
    assert "Nadia" not in str(receipt.params)
    assert "Lef" not in str(receipt.params)


def test_the_target_is_dated_and_may_be_the_agreements_own(house: House) -> None:
    set_value(
        key=parameters.TARGET_DAYS, value=10, valid_from_on=NOW.date(), organisation_id=house.organisation.id,
        actor_id=None, now=NOW,
    )  # fmt: skip
    assert get(receive(house)).target_on == date(2026, 12, 4)
    other = make_organisation(kind=house.organisation.kind)
    number = services.send(intake=typed(), origin=origin_of(house, organisation_id=other.id), now=NOW)
    assert get(number).target_on == date(2026, 12, 24)


def test_a_job_that_starts_before_the_target_presses(house: House) -> None:
    row = get(receive(house, deadline_kind=DeadlineKind.JOB, deadline_on=date(2026, 12, 1)))
    assert (row.due_on, row.target_on) == (date(2026, 12, 1), date(2026, 12, 24))


def test_of_several_desks_the_nearest_is_taken(house: House, session: Session) -> None:
    far = make_desk("Valenciennes", insee_code="59606", serves=["59606", "59172"])
    assert get(receive(house)).desk_id == house.desk.id
    assert get(receive(house, insee_code="59606")).desk_id == far.id


def test_staff_may_choose_another_desk(house: House) -> None:
    assert get(receive(house, desk_id=house.other.id)).desk_id == house.other.id


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        ({"consent": False}, errors.ConsentNeeded, "consent"),
        ({"insee_code": "75056"}, errors.NoDeskServes, "commune"),
        ({"insee_code": "00000"}, RuleViolation, "commune"),
        ({"phone": None, "email": None, "street": None}, errors.PersonUnreachable, "phone"),
        ({"phone": "12"}, RuleViolation, "phone"),
        ({"email": "nadia"}, RuleViolation, "email"),
        ({"referent_email": "l@"}, RuleViolation, "referent_email"),
        ({"referent_phone": "abc"}, RuleViolation, "referent_phone"),
        ({"born_on": date(2026, 12, 1)}, RuleViolation, "born_on"),
        ({"first_name": "123"}, RuleViolation, "first_name"),
        ({"last_name": "--"}, RuleViolation, "last_name"),
        ({"deadline_on": date(2026, 12, 1)}, errors.DeadlineHalf, "deadline_kind"),
        ({"deadline_kind": DeadlineKind.JOB}, errors.DeadlineHalf, "deadline_on"),
        ({"need_text": "Son numéro : 2 94 03 59 172 001 50"}, RuleViolation, "need_text"),
    ],
)
def test_what_cannot_be_taken_is_refused_beside_its_field_and_leaves_nothing(
    house: House, session: Session, values: dict[str, Any], error: type[RuleViolation], field: str
) -> None:
    with pytest.raises(error) as refused:
        receive(house, **values)
    assert refused.value.field == field
    session.expire_all()
    assert session.scalars(select(Prescription)).all() == []
    assert sent(session) == []


def test_only_a_prescriber_that_is_not_archived_sends(house: House) -> None:
    employer = make_organisation()
    archived = make_organisation(kind=house.organisation.kind, archived_at=NOW)
    for organisation_id in (employer.id, archived.id, 999_999):
        with pytest.raises(errors.NotAPrescriber):
            services.send(intake=typed(), origin=origin_of(house, organisation_id=organisation_id), now=NOW)


def test_a_draft_keeps_every_word_and_becomes_the_prescription(house: House, session: Session) -> None:
    origin = origin_of(house)
    draft = services.save_draft(
        values={"first_name": "Nad", "born_on": "31/02/2026", "needs": ["licence"]}, origin=origin, now=NOW
    )
    row = get(draft)
    assert (row.state, row.draft_until_at) == (State.DRAFT, NOW + 14 * DAY)
    assert row.draft == {"first_name": "Nad", "born_on": "31/02/2026", "needs": ["licence"]}
    assert services.save_draft(values={"first_name": "Nadia"}, origin=origin, draft_id=draft, now=NOW + DAY) == draft
    assert services.send(intake=typed(), origin=origin, draft_id=draft, now=NOW + 2 * DAY) == draft
    row = get(draft)
    assert (row.state, row.draft, row.draft_until_at) == (State.RECEIVED, None, None)
    for act in (
        lambda: services.send(intake=typed(), origin=origin, draft_id=draft, now=NOW),
        lambda: services.save_draft(values={}, origin=origin, draft_id=draft, now=NOW),
    ):
        with pytest.raises(errors.DraftGone):
            act()


def test_a_draft_of_another_is_not_reached(house: House) -> None:
    draft = services.save_draft(values={"a": "b"}, origin=origin_of(house), now=NOW)
    link = services.make_link(organisation_id=house.organisation.id, label="", actor_id=None, now=NOW)
    other = make_organisation(kind=house.organisation.kind)
    for origin in (
        origin_of(house, source=Source.LINK, link_id=link),
        origin_of(house, organisation_id=other.id),
    ):
        with pytest.raises(errors.DraftGone):
            services.send(intake=typed(), origin=origin, draft_id=draft, now=NOW)


def test_a_draft_whose_time_is_over_vanishes_with_its_files(house: House, session: Session) -> None:
    with documents.prepare(_stream(), "promesse.pdf") as prepared:
        draft = services.save_draft(values={"a": "b"}, origin=origin_of(house), files=[prepared], now=NOW)
    with pytest.raises(errors.DraftGone):
        services.send(intake=typed(), origin=origin_of(house), draft_id=draft, now=NOW + 14 * DAY)
    assert services.forget_drafts(now=NOW + 13 * DAY) == 0
    assert services.forget_drafts(now=NOW + 14 * DAY) == 1
    assert session.scalars(select(Prescription)).all() == []
    assert list_for("prescription", draft) == []


def _stream() -> Any:
    from io import BytesIO

    return BytesIO(PDF)


def test_an_accepted_prescription_opens_a_file_with_all_that_is_known(house: House, session: Session) -> None:
    with documents.prepare(_stream(), "promesse.pdf") as prepared:
        number = services.send(
            intake=typed(shares_back=True, street="14 rue de Lourches"),
            origin=origin_of(house),
            files=[prepared],
            now=NOW,
        )
    services.assign(prescription_id=number, user_id=house.adviser.id, actor_id=house.adviser.id, now=NOW)
    person_id = services.accept(
        prescription_id=number, scope=EVERYWHERE, actor_id=house.adviser.id, now=NOW + timedelta(hours=1)
    )
    person = session.get_one(Person, person_id)
    assert (person.first_name, person.city, person.street) == ("Nadia", "Denain", "14 rue de Lourches")
    assert (person.desk_id, person.referent_user_id) == (house.desk.id, house.adviser.id)
    points = session.scalars(select(ContactPoint).where(ContactPoint.recipient_id == person.recipient_id)).all()
    assert {point.value for point in points} == {"+33639980001", "nadia@exemple.fr"}
    consent = session.scalars(select(PersonConsent).where(PersonConsent.person_id == person_id)).one()
    assert consent.kind is ConsentKind.SHARE_WITH_PRESCRIBER
    assert [document.filename for document in list_for_person(person_id)] == ["promesse.pdf"]
    kinds = session.scalars(select(JournalEntry.kind).where(JournalEntry.person_id == person_id)).all()
    assert kinds == ["prescription.accept"]
    assert ("prescription_accepted", person.recipient_id) in sent(session)


def test_a_discreet_contact_stays_discreet_in_the_file(house: House, session: Session) -> None:
    row = get(receive(house, discreet=True))
    first = session.scalars(select(ContactPoint).where(ContactPoint.recipient_id == row.person_recipient_id)).all()
    assert all(point.neutral for point in first)
    person_id = services.accept(prescription_id=row.id, scope=EVERYWHERE, actor_id=house.adviser.id, now=NOW)
    person = session.get_one(Person, person_id)
    points = session.scalars(select(ContactPoint).where(ContactPoint.recipient_id == person.recipient_id)).all()
    assert len(points) == 2
    assert all(point.neutral for point in points)


def test_a_file_that_looks_alike_asks_for_a_choice_and_is_linked(house: House, session: Session) -> None:
    known = make_person("Nadia", "Lefèvre", desk=house.desk, born_on=date(1994, 3, 2))
    number = receive(house)
    act: dict[str, Any] = {"prescription_id": number, "actor_id": house.adviser.id, "now": NOW}
    here = Scope(desk_ids=frozenset([house.desk.id]), user_id=house.adviser.id)
    assert [match.person_id for match in services.matches_of(get(number), scope=here)] == [known.id]
    with pytest.raises(errors.FileChoiceNeeded):
        services.accept(scope=here, **act)
    assert services.accept(scope=here, person_id=known.id, **act) == known.id
    assert session.scalars(select(Person.id)).all() == [known.id]


def test_a_file_that_the_actor_may_not_open_or_that_is_no_match_is_not_linked(house: House) -> None:
    far = make_person("Nadia", "Lefèvre", desk=house.other, born_on=date(1994, 3, 2))
    stranger = make_person("Paul", "Wattiez", desk=house.desk, born_on=date(1970, 1, 1))
    number = receive(house)
    here = Scope(desk_ids=frozenset([house.desk.id]), user_id=house.adviser.id)
    for person_id in (far.id, stranger.id):
        with pytest.raises(errors.FileUnknown):
            services.accept(prescription_id=number, scope=here, person_id=person_id, actor_id=house.adviser.id, now=NOW)
    assert get(number).person_id is None


def test_what_is_missing_is_asked_once_and_the_answer_lands_in_its_place(house: House, session: Session) -> None:
    number = bring_to(house, State.WAITING_INFO, phone=None)
    assert templates(session)[-1] == "prescription_question"
    services.answer(
        prescription_id=number,
        values={"phone": "06 39 98 00 77", "email": "intrus@exemple.fr", "note": "Joignable le soir."},
        now=NOW + DAY,
    )
    row = get(number)
    assert (row.state, row.phone, row.answer_note) == (State.ASSIGNED, "+33639980077", "Joignable le soir.")
    assert row.email == "nadia@exemple.fr", "only what was asked is written"
    points = session.scalars(select(ContactPoint).where(ContactPoint.recipient_id == row.person_recipient_id)).all()
    assert {point.value for point in points} == {"nadia@exemple.fr", "+33639980077"}
    with pytest.raises(errors.AlreadyAnswered):
        services.answer(prescription_id=number, values={"phone": "06 39 98 00 78"}, now=NOW + DAY)
    with pytest.raises(errors.AlreadyAsked):
        services.ask(prescription_id=number, missing=[Missing.EMAIL], note="", actor_id=house.adviser.id, now=NOW + DAY)


def test_an_answer_also_lands_after_a_transfer_and_not_after_the_end(house: House) -> None:
    number = bring_to(house, State.WAITING_INFO)
    services.transfer(prescription_id=number, desk_id=house.other.id, note="Elle a déménagé.", actor_id=None, now=NOW)
    services.answer(prescription_id=number, values={"phone": "06 39 98 00 79"}, now=NOW)
    assert (get(number).state, get(number).phone) == (State.RECEIVED, "+33639980079")
    ended = bring_to(house, State.WAITING_INFO, first_name="Ines")
    services.close(prescription_id=ended, outcome=Outcome.MOVED, note="", actor_id=house.adviser.id, now=NOW)
    with pytest.raises(errors.AlreadyAnswered):
        services.answer(prescription_id=ended, values={"phone": "06 39 98 00 79"}, now=NOW)


def test_nothing_is_asked_of_somebody_who_cannot_be_reached(house: House) -> None:
    number = receive(house, referent_email=None, referent_phone=None)
    with pytest.raises(errors.SenderUnreachable):
        services.ask(prescription_id=number, missing=[Missing.PHONE], note="", actor_id=house.adviser.id, now=NOW)
    assert get(number).state is State.RECEIVED, "the refused act took nothing either"


def test_a_transfer_waits_to_be_taken_elsewhere_and_keeps_its_target(house: House, session: Session) -> None:
    number = bring_to(house, State.ASSIGNED)
    before = get(number).target_on
    services.transfer(
        prescription_id=number, desk_id=house.other.id, note="Elle habite Caudry.", actor_id=None, now=NOW + DAY
    )
    row = get(number)
    assert (row.state, row.desk_id, row.assignee_id, row.target_on) == (
        State.RECEIVED, house.other.id, None, before,
    )  # fmt: skip
    assert templates(session)[-1] == "prescription_moved"
    for desk_id in (house.other.id, 999_999):
        with pytest.raises(errors.DeskNotChosen):
            services.transfer(prescription_id=number, desk_id=desk_id, note="non", actor_id=None, now=NOW)


def test_only_the_team_of_the_desk_is_given_a_prescription(house: House) -> None:
    number = receive(house)
    for user_id in (house.prescriber.id, 999_999):
        with pytest.raises(errors.AssigneeUnfit):
            services.assign(prescription_id=number, user_id=user_id, actor_id=None, now=NOW)


def test_a_refusal_carries_its_reason_inside_both_messages(house: House, session: Session) -> None:
    number = receive(house)
    with pytest.raises(errors.ReasonNeeded):
        services.refuse(
            prescription_id=number, reason=RefusalReason.OUTSIDE, note=" ", actor_id=house.adviser.id, now=NOW
        )
    services.refuse(
        prescription_id=number, reason=RefusalReason.OUTSIDE, note="Voyez le CCAS de Lens.",
        actor_id=house.adviser.id, now=NOW,
    )  # fmt: skip
    told = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.template.startswith("prescription_refused"))
        .order_by(OutboxMessage.id)
    ).all()
    assert [row.template for row in told] == ["prescription_refused", "prescription_refused_sender"]
    assert all(row.params["note"] == "Voyez le CCAS de Lens." for row in told)
    assert get(number).state is State.REFUSED
    with pytest.raises(ForbiddenTransition):
        services.close(prescription_id=number, outcome=Outcome.MOVED, note="", actor_id=house.adviser.id, now=NOW)


def test_the_first_meeting_is_booked_moved_cancelled_and_held(house: House, session: Session) -> None:
    number = bring_to(house, State.ACCEPTED)
    act: dict[str, Any] = {"prescription_id": number, "actor_id": house.adviser.id}
    for instant in (NOW - DAY, NOW + 400 * DAY):
        with pytest.raises(errors.MeetingUnfit):
            services.book_meeting(meeting_at=instant, now=NOW, **act)
    services.book_meeting(meeting_at=NOW + DAY, now=NOW, **act)
    services.book_meeting(meeting_at=NOW + 2 * DAY, now=NOW, **act)
    assert templates(session).count("prescription_meeting") == 2
    services.unbook_meeting(now=NOW, **act)
    assert (get(number).state, get(number).meeting_at) == (State.ACCEPTED, None)
    services.book_meeting(meeting_at=NOW + 3 * DAY, now=NOW, **act)
    for day in (NOW.date() - DAY, NOW.date() + 4 * DAY):
        with pytest.raises(errors.MeetingUnfit):
            services.start(met_on=day, now=NOW + 3 * DAY, **act)
    services.start(met_on=NOW.date() + 3 * DAY, now=NOW + 3 * DAY, **act)
    assert (get(number).state, get(number).met_on) == (State.STARTED, NOW.date() + 3 * DAY)
    assert templates(session)[-1] == "prescription_followed"


@pytest.mark.parametrize(("shares", "detail"), [(True, "Emploi trouvé ou gardé"), (False, "")])
def test_the_prescriber_learns_how_it_ended_only_where_the_person_agrees(
    house: House, session: Session, shares: bool, detail: str
) -> None:
    bring_to(house, State.CLOSED, shares_back=shares)
    last = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)).one()
    assert (last.template, last.params["word"], last.params["detail"]) == ("prescription_followed", "terminée", detail)


def test_an_agreement_that_was_taken_back_counts(house: House) -> None:
    row = get(bring_to(house, State.STARTED, shares_back=True))
    assert may_tell_details(row)
    assert row.person_id is not None
    withdraw_consent(person_id=row.person_id, kind=ConsentKind.SHARE_WITH_PRESCRIBER, actor_id=None, now=NOW)
    assert not may_tell_details(get(row.id))
    give_consent(
        person_id=row.person_id, kind=ConsentKind.SHARE_WITH_PRESCRIBER, manner=ConsentManner.SPOKEN, actor_id=None,
        now=NOW,
    )  # fmt: skip
    assert may_tell_details(get(row.id))


def test_nothing_is_closed_with_an_outcome_that_needs_a_meeting_before_there_was_one(house: House) -> None:
    number = bring_to(house, State.ACCEPTED)
    with pytest.raises(errors.OutcomeUnfit):
        services.close(prescription_id=number, outcome=Outcome.WORK, note="", actor_id=house.adviser.id, now=NOW)
    services.close(prescription_id=number, outcome=Outcome.WITHDREW, note="", actor_id=house.adviser.id, now=NOW)
    assert get(number).outcome is Outcome.WITHDREW


def test_each_step_is_logged_and_audited_in_its_transaction(house: House, session: Session) -> None:
    number = bring_to(house, State.CLOSED)
    actions = session.scalars(
        select(PrescriptionEvent.action)
        .where(PrescriptionEvent.prescription_id == number)
        .order_by(PrescriptionEvent.id)
    ).all()
    assert actions == [Action.SEND, Action.ASSIGN, Action.ACCEPT, Action.START, Action.CLOSE]
    audited = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject_kind == "prescription").order_by(AuditEntry.id)
    ).all()
    assert audited == [f"prescription.{action.value}" for action in actions]


def test_too_many_from_one_place_must_wait(house: House, session: Session) -> None:
    link = services.make_link(organisation_id=house.organisation.id, label="", actor_id=None, now=NOW)
    for number in range(30):
        services.save_draft(
            values={"a": str(number)},
            origin=origin_of(house, source=Source.LINK, link_id=link, sender="203.0.113.7"),
            now=NOW,
        )
    with pytest.raises(errors.TooMany):
        services.check_rate(link_id=link, sender="203.0.113.7", now=NOW + timedelta(minutes=59))
    services.check_rate(link_id=link, sender="203.0.113.8", now=NOW)
    services.check_rate(link_id=link, sender="203.0.113.7", now=NOW + timedelta(minutes=61))
    assert services.forget_senders(now=NOW + 2 * DAY) == 30
    assert session.scalars(select(Prescription.sender_hash)).all() == [None] * 30


def test_a_link_is_revoked_by_its_own_organisation_alone(house: House) -> None:
    link = services.make_link(organisation_id=house.organisation.id, label="Accueil", actor_id=None, now=NOW)
    other = make_organisation(kind=house.organisation.kind)
    with pytest.raises(Exception, match="prescription_link"):
        services.revoke_link(organisation_id=other.id, link_id=link, actor_id=None, now=NOW)
    services.check_link(link)
    services.revoke_link(organisation_id=house.organisation.id, link_id=link, actor_id=None, now=NOW)
    with pytest.raises(errors.LinkRevoked):
        services.check_link(link)


def test_a_commune_without_desk_is_told(house: House, session: Session) -> None:
    session.rollback()
    assert session.scalars(select(DeskCommune.insee_code)).all()
    with pytest.raises(errors.NoDeskServes):
        services.nearest_desk("59350")
