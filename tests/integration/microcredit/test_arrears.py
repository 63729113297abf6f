"""A plan of arrears: prepared, signed by link, screen or paper, agreed to by the bank, kept, missed, not kept."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db, transaction
from mobility.microcredit.accords.errors import (
    AccordOutdated,
    AccordOver,
    BankPaperMissing,
    LinesInvalid,
    NothingLate,
)
from mobility.microcredit.accords.models import CreditAccord
from mobility.microcredit.accords.services import keeping, laying, signing
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.errors import ReasonMissing
from mobility.microcredit.dossiers.models import MicrocreditLog
from mobility.microcredit.followup.models import CreditSignal
from mobility.microcredit.followup.services import following, losses
from mobility.microcredit.rules.accords import AccordState
from mobility.microcredit.rules.arrears import Line
from mobility.microcredit.rules.signals import SignalKind
from mobility.microcredit.rules.states import Action, State
from mobility.notifications.models import OutboxMessage
from mobility.pathway.errors import AlreadySigned, NotAgreed, RepresentativeUnknown, SignersChanged
from mobility.pathway.plan.rules.terms import Manner, Party
from mobility.people import services as people
from mobility.people.kinds import LegalProtection, RepresentativeKind
from mobility.people.models import Person
from mobility.people.services.erasure import restrict_person
from mobility.people.services.representatives import Signatory
from tests.factories.accords import a_plan, agreed, arrears, bank_agreed, signed
from tests.factories.accounts import make_user, signed_in
from tests.factories.documents import PDF
from tests.factories.dossiers import NOW, TODAY, a_dossier, disbursed
from tests.factories.pathway import a_person

# Two instalments (1 January and 1 February, 88,57 € each) are missed.
LATE = NOW + timedelta(days=78)
CENTS = 2 * 8_857


@pytest.fixture
def person_id(app: Flask) -> int:
    return a_person(last_name="Benali")


@pytest.fixture
def dossier_id(person_id: int) -> int:
    made = a_dossier(person_id)
    disbursed(made)
    services.watch_due(now=LATE)
    return made


@pytest.fixture
def staff(app: Flask, person_id: int, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    return at(app, person_id, LATE, monkeypatch)


def at(app: Flask, person_id: int, instant: datetime, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """An adviser of the desk at an instant."""
    monkeypatch.setattr(clock, "source", lambda: instant)
    desk_id = db.session.get_one(Person, person_id).desk_id
    return signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))


def state(dossier_id: int) -> State:
    db.session.expire_all()
    return queries.get_dossier(dossier_id).state


def accord(accord_id: int) -> CreditAccord:
    db.session.expire_all()
    return db.session.get_one(CreditAccord, accord_id)


def pay(dossier_id: int, on: date, cents: int) -> None:
    services.note_payment(
        dossier_id=dossier_id,
        on=on,
        amount_cents=cents,
        actor_id=None,
        now=NOW.replace(year=on.year, month=on.month, day=on.day),
    )


def signals(dossier_id: int) -> list[SignalKind]:
    kept = select(CreditSignal.kind).where(CreditSignal.dossier_id == dossier_id).order_by(CreditSignal.id)
    return list(db.session.scalars(kept))


def watch(at: Any) -> None:
    services.watch_due(now=at)
    following.follow_loans(now=at)


def test_what_is_late_is_spread_and_the_instalments_go_on(dossier_id: int) -> None:
    found = arrears(dossier_id, now=LATE)
    assert found.cents == CENTS
    assert found.ahead[0].due_on == date(2027, 3, 1)
    accord_id = a_plan(dossier_id, now=LATE)
    lines = keeping.lines_of(accord_id)
    assert [one.due_on for one in lines] == [date(2027, 3, 1), date(2027, 4, 1), date(2027, 5, 1)]
    assert [one.amount_cents for one in lines] == [6_000, 6_000, 5_714]
    months = accord(accord_id).content["months"]
    assert [(one["current_cents"], one["arrears_cents"]) for one in months] == [
        (8_857, 6_000), (8_857, 6_000), (8_857, 5_714),
    ]  # fmt: skip
    assert all(one["left_cents"] is not None for one in months)


def test_a_plan_holds_with_both_agreements_and_a_kept_one_ends_the_incident(dossier_id: int) -> None:
    following.follow_loans(now=LATE)
    accord_id = a_plan(dossier_id, now=LATE)
    assert signed(accord_id, now=LATE) is AccordState.WAITING
    assert queries.ledger_of(dossier_id, on=LATE.date()).late_cents == CENTS
    assert bank_agreed(accord_id, now=LATE) is AccordState.IN_FORCE
    assert state(dossier_id) is State.INCIDENT
    ledger = queries.ledger_of(dossier_id, on=LATE.date())
    assert ledger.late_cents == 0
    before = signals(dossier_id)
    for month, cents in ((3, 8_857 + 6_000), (4, 8_857 + 6_000)):
        pay(dossier_id, date(2027, month, 1), cents)
        assert state(dossier_id) is State.INCIDENT
    pay(dossier_id, date(2027, 5, 1), 8_857 + 5_714)
    assert accord(accord_id).state is AccordState.KEPT
    assert state(dossier_id) is State.REPAYING
    # What was paid on time under the plan is not said to be late afterwards.
    following.follow_loans(now=NOW.replace(year=2027, month=5, day=3))
    assert signals(dossier_id) == before
    log = db.session.scalars(select(MicrocreditLog.action).where(MicrocreditLog.dossier_id == dossier_id))
    assert [one for one in log if one in {Action.AGREE_PLAN, Action.CURE}] == [Action.AGREE_PLAN, Action.CURE]


def test_a_missed_sum_is_told_before_the_next_and_a_second_one_ends_the_plan(
    app: Flask, staff: FlaskClient, person_id: int, dossier_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    accord_id = a_plan(dossier_id, now=LATE)
    agreed(accord_id, now=LATE)
    assert "Appeler avant la deuxième" not in staff.get("/a-faire").text
    pay(dossier_id, date(2027, 3, 1), 8_857)
    march = NOW.replace(year=2027, month=3, day=9)
    told = select(OutboxMessage.id).where(OutboxMessage.template == "credit_call_us")
    before = len(db.session.scalars(told).all())
    watch(march)
    assert signals(dossier_id)[-1] is SignalKind.PLAN
    assert len(db.session.scalars(told).all()) == before + 1
    assert accord(accord_id).state is AccordState.IN_FORCE
    staff = at(app, person_id, march, monkeypatch)
    assert "Somme du plan amiable non reçue" in staff.get("/a-faire").text
    assert "Une somme manque" in staff.get(f"/micro-credits/accords/{accord_id}").text
    april = NOW.replace(year=2027, month=4, day=9)
    watch(april)
    assert accord(accord_id).state is AccordState.BROKEN
    assert state(dossier_id) is State.INCIDENT
    staff = at(app, person_id, april, monkeypatch)
    assert "le plan amiable n’est plus tenu" in staff.get("/a-faire").text
    page = staff.get(f"/micro-credits/{dossier_id}/suivi").text
    for words in (
        "Préparer un plan amiable",
        "Préparer un nouvel échéancier",
        "Clore avec une perte",
        "et maintenant ?",
    ):
        assert words in page, words


def test_a_new_plan_takes_the_place_of_the_one_in_force(dossier_id: int) -> None:
    first = a_plan(dossier_id, now=LATE)
    agreed(first, now=LATE)
    later = NOW.replace(year=2027, month=3, day=2)
    pay(dossier_id, date(2027, 3, 1), 10_000)
    second = a_plan(dossier_id, now=later, months=4)
    # By the bank's schedule: two instalments less what came in; that of 1 March is not late yet.
    assert accord(second).arrears_cents == CENTS - 10_000
    agreed(second, now=later)
    assert (accord(first).state, accord(second).state) == (AccordState.REPLACED, AccordState.IN_FORCE)


def test_stopped_by_hand_dropped_and_over(dossier_id: int) -> None:
    accord_id = a_plan(dossier_id, now=LATE)
    laying.drop(accord_id=accord_id, actor_id=None, now=LATE)
    for act in (
        lambda: signed(accord_id, now=LATE),
        lambda: bank_agreed(accord_id, now=LATE),
        lambda: laying.drop(accord_id=accord_id, actor_id=None, now=LATE),
        lambda: signing.send_to_sign(accord_id=accord_id, actor_id=None, now=LATE),
        lambda: keeping.stop(accord_id=accord_id, reason="x", version=None, actor_id=None, now=LATE),
    ):
        with pytest.raises(AccordOver):
            act()
    living = a_plan(dossier_id, now=LATE)
    agreed(living, now=LATE)
    with pytest.raises(ReasonMissing):
        keeping.stop(accord_id=living, reason=" ", version=None, actor_id=None, now=LATE)
    keeping.stop(accord_id=living, reason="Fin du contrat", version=None, actor_id=None, now=LATE)
    assert accord(living).state is AccordState.BROKEN
    assert queries.ledger_of(dossier_id, on=LATE.date()).late_cents == CENTS


def test_a_loss_ends_the_plan_too(dossier_id: int) -> None:
    accord_id = a_plan(dossier_id, now=LATE)
    agreed(accord_id, now=LATE)
    losses.close_with_loss(
        dossier_id=dossier_id, on=TODAY, loss_cents=100, reason="x", version=None, actor_id=None, now=LATE
    )
    assert accord(accord_id).state is AccordState.REPLACED


def test_no_plan_without_arrears_reason_or_the_right_sums(person_id: int, dossier_id: int) -> None:
    facts: dict[str, Any] = {"dossier_id": dossier_id, "reason": "x", "version": None, "actor_id": None, "now": LATE}
    for lines, words in (
        ([], "au moins une somme"),
        ([Line(date(2027, 3, 1), CENTS - 1)], "il manque 0,01"),
        ([Line(date(2027, 3, 1), CENTS + 1)], "de trop"),
        ([Line(date(2027, 2, 1), CENTS)], "est passée"),
        ([Line(date(2034, 3, 1), CENTS)], "au plus tard"),
    ):
        with pytest.raises(LinesInvalid, match=words):
            laying.lay_plan(lines=lines, **facts)
    with pytest.raises(ReasonMissing):
        a_plan_without_reason = {**facts, "reason": " "}
        laying.lay_plan(lines=[Line(date(2027, 3, 1), CENTS)], **a_plan_without_reason)
    # Late by one day only: nothing is an arrear before the days of grace, though the loan stands as an incident.
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO microcredit_payment (dossier_id, paid_on, amount_cents, reference, from_bank, noted_at)"
                " VALUES (:id, '2027-02-02', :cents, 'x', false, '2027-02-02 00:00:00')"
            ),
            {"id": dossier_id, "cents": CENTS},
        )
    with pytest.raises(NothingLate):
        laying.lay_plan(lines=[Line(date(2027, 3, 1), 1)], **facts)


def test_a_plan_that_lay_too_long_is_made_again(dossier_id: int) -> None:
    accord_id = a_plan(dossier_id, now=LATE)
    later = NOW.replace(year=2027, month=3, day=20)
    for act in (signed, bank_agreed):
        with pytest.raises(AccordOutdated):
            act(accord_id, now=later)
    signed(accord_id, now=LATE)
    with pytest.raises(AlreadySigned):
        signed(accord_id, now=LATE)
    with pytest.raises(NotAgreed):
        signed(accord_id, now=LATE, agreed=False)
    for values, words in (
        ({"agreed_on": None, "prepared": None}, "date"),
        ({"agreed_on": LATE.date() + timedelta(days=1), "prepared": None}, "date"),
        ({"agreed_on": LATE.date(), "prepared": None}, "accord écrit"),
    ):
        with pytest.raises(BankPaperMissing, match=words):
            signing.note_bank(accord_id=accord_id, actor_id=None, now=LATE, **values)
    bank_agreed(accord_id, now=LATE)


# ---- who signs


def _represented(person_id: int, protection: LegalProtection, kind: RepresentativeKind) -> int:
    with transaction() as session:
        session.get_one(Person, person_id).legal_protection = protection
    signatory = Signatory(
        kind=kind,
        first_name="Anne",
        last_name="Dubois",
        valid_from_on=TODAY - timedelta(days=90),
        email="anne@x.example",
    )
    return people.add_representative(person_id=person_id, signatory=signatory, actor_id=None, now=NOW)


def test_a_curator_signs_too(person_id: int, dossier_id: int) -> None:
    curator = _represented(person_id, LegalProtection.CURATORSHIP, RepresentativeKind.CURATOR)
    accord_id = a_plan(dossier_id, now=LATE)
    bank_agreed(accord_id, now=LATE)
    assert signed(accord_id, now=LATE) is AccordState.WAITING
    with pytest.raises(RepresentativeUnknown):
        signed(accord_id, now=LATE, party=Party.REPRESENTATIVE)
    assert signing.send_to_sign(accord_id=accord_id, representative_id=curator, actor_id=None, now=LATE)
    assert signed(accord_id, now=LATE, party=Party.REPRESENTATIVE, representative_id=curator) is AccordState.IN_FORCE
    row = accord(accord_id)
    assert (row.representative_id, row.person_manner) == (curator, Manner.LINK)


def test_a_measure_that_came_since_asks_for_a_new_paper(person_id: int, dossier_id: int) -> None:
    accord_id = a_plan(dossier_id, now=LATE)
    _represented(person_id, LegalProtection.GUARDIANSHIP, RepresentativeKind.GUARDIAN)
    with pytest.raises(SignersChanged):
        signed(accord_id, now=LATE)
    with pytest.raises(SignersChanged):
        signed(a_plan(dossier_id, now=LATE), now=LATE, party=Party.ADVISER)


# ---- pages


def typed_version(page: str) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found
    return found[1]


def test_the_desk_prepares_signs_and_follows(staff: FlaskClient, person_id: int, dossier_id: int) -> None:
    url = f"/micro-credits/{dossier_id}/plan-amiable"
    page = staff.get(url).text
    assert "Mois par mois" in page
    rows = {"row_total": "3", "version": typed_version(page), "months": "2", "first_on": "2027-03-01"}
    again = staff.post(url, data={**rows, "act": "suggest", "months": "x"})
    assert again.status_code == 422
    again = staff.post(url, data={**rows, "act": "suggest", "reason": "Arrêt maladie"})
    assert again.status_code == 200
    assert 'value="2027-04-01"' in again.text
    assert "Arrêt maladie" in again.text
    two = {"on_1": "2027-03-01", "sum_1": "89", "on_2": "2027-04-01", "sum_2": "88,14"}
    seen = staff.post(url, data={**rows, **two, "act": "preview"})
    assert "Préparer le papier à signer" in seen.text
    wrong = staff.post(url, data={**rows, **two, "sum_2": "80", "act": "preview"}).text
    assert "il manque" in wrong
    assert "Préparer le papier à signer" not in wrong
    half = staff.post(url, data={**rows, **two, "on_3": "2027-05-01", "act": "preview"})
    assert "Écrivez la date et la somme" in half.text
    for bad in ({"sum_2": "80"}, {"reason": " "}):
        refused = staff.post(url, data={**rows, **two, "reason": "Arrêt maladie", **bad, "act": "save"})
        assert refused.status_code == 422
    saved = staff.post(url, data={**rows, **two, "reason": "Arrêt maladie", "act": "save"})
    assert saved.status_code == 303, saved.text
    shown = staff.get(saved.location).text
    assert "pas encore signé" in shown
    assert "Faire signer : plan amiable" in staff.get("/a-faire").text
    paper = staff.get(f"{saved.location}/accord.pdf")
    assert paper.data.startswith(b"%PDF")
    assert staff.get(f"{saved.location}/signer/representative").status_code == 200
    sign = f"{saved.location}/signer/person"
    assert "Signer" in staff.get(sign).text
    assert staff.post(sign, data={"name": "Nadia Benali"}).status_code == 422
    done = staff.post(sign, data={"name": "Nadia Benali", "agreed": "y", "on_paper": "y"})
    assert done.status_code == 303
    assert "Il n’y a rien à signer ici" in staff.get(sign).text
    assert "Demander l’accord écrit de la banque" in staff.get("/a-faire").text
    assert staff.post(saved.location, data={"act": "bank"}).status_code == 422
    bank = {"act": "bank", "agreed_on": LATE.date().isoformat(), "file": (io.BytesIO(PDF), "accord.pdf")}
    assert staff.post(saved.location, data=bank, content_type="multipart/form-data").status_code == 303
    running = staff.get(saved.location).text
    assert "Où en est le plan" in running
    assert "Changer le plan amiable" in staff.get(f"/micro-credits/{dossier_id}/suivi").text
    assert staff.post(saved.location, data={"act": "nothing"}).status_code == 400
    assert staff.post(saved.location, data={"act": "stop", "reason": ""}).status_code == 422
    stop = {"act": "stop", "reason": "Fin du contrat", "version": typed_version(running)}
    assert staff.post(saved.location, data=stop).status_code == 303
    assert "et maintenant ?" in staff.get(saved.location).text


def test_a_loan_without_trouble_has_no_plan_to_make(staff: FlaskClient, person_id: int) -> None:
    other = a_dossier(a_person())
    assert staff.get(f"/micro-credits/{other}/plan-amiable").status_code in {303, 404}


def test_sent_read_and_signed_on_the_phone(app: Flask, staff: FlaskClient, person_id: int, dossier_id: int) -> None:
    accord_id = a_plan(dossier_id, now=LATE)
    base = f"/micro-credits/accords/{accord_id}"
    assert staff.post(f"{base}/envoyer").status_code == 303
    assert "déjà parti" in staff.post(f"{base}/envoyer", follow_redirects=True).text
    assert staff.post(f"{base}/envoyer", data={"representative_id": "x"}).status_code == 404
    assert (
        "Choisissez qui signe"
        in staff.post(f"{base}/envoyer", data={"representative_id": "99"}, follow_redirects=True).text
    )
    params = db.session.scalars(select(OutboxMessage.params).where(OutboxMessage.template == "credit_accord")).one()
    path = "/accord/" + params["link"].split("/accord/")[1]
    phone = app.test_client()
    page = phone.get(path).text
    for words in ("Payer mon retard", "177,14", "Je suis d’accord, je signe"):
        assert words in page.replace("\u202f", " ").replace("\xa0", " "), words
    assert phone.get(f"{path}/accord.pdf").data.startswith(b"%PDF")
    assert phone.post(path, data={"name": "Nadia Benali"}).status_code == 422
    assert "Merci, c’est signé" in phone.post(path, data={"name": "Nadia Benali", "agreed": "y"}).text
    assert phone.get("/accord/x").status_code in {400, 403, 404, 409, 410}
    own = signed_in(app, make_user(role=Role.BENEFICIARY, person_id=person_id))
    assert "Voir ce que j’ai signé" in own.get("/mon-espace/micro-credit").text
    assert "Merci, c’est signé" in own.get("/mon-espace/micro-credit/accord").text
    assert own.get("/mon-espace/micro-credit/accord.pdf").data.startswith(b"%PDF")
    bank_agreed(accord_id, now=LATE)
    assert "petit à petit" in own.get("/mon-espace/micro-credit").text
    keeping.stop(accord_id=accord_id, reason="x", version=None, actor_id=None, now=LATE)
    assert own.get("/mon-espace/micro-credit/accord").status_code == 303
    assert own.get("/mon-espace/micro-credit/accord.pdf").status_code == 303
    waiting = a_plan(dossier_id, now=LATE)
    assert "Lire et signer un papier" in own.get("/mon-espace/micro-credit").text
    assert own.post("/mon-espace/micro-credit/accord", data={"name": "N B", "agreed": "y"}).status_code == 200
    assert accord(waiting).person_manner is Manner.PORTAL


def test_a_representatives_link_dies_with_the_mandate(
    app: Flask, staff: FlaskClient, person_id: int, dossier_id: int
) -> None:
    curator = _represented(person_id, LegalProtection.CURATORSHIP, RepresentativeKind.CURATOR)
    accord_id = a_plan(dossier_id, now=LATE)
    link = signing.link_of(accord(accord_id), representative_id=curator, now=LATE)
    path = "/accord/" + link.split("/accord/")[1]
    phone = app.test_client()
    assert "Vous signez pour" in phone.get(path).text
    with transaction() as session:
        session.get_one(Person, person_id).legal_protection = LegalProtection.NONE
    assert "Vous signez pour" not in phone.get(path).text


def test_the_link_of_an_archived_file_opens_nothing(app: Flask, person_id: int, dossier_id: int) -> None:
    link = signing.link_of(accord(a_plan(dossier_id, now=LATE)), now=LATE)
    path = "/accord/" + link.split("/accord/")[1]
    assert app.test_client().get(path).status_code == 200
    restrict_person(person_id=person_id, actor_id=None, now=LATE)
    for address in (path, f"{path}/accord.pdf"):
        assert app.test_client().get(address).status_code == 409
