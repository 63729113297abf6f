from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import IntegrityError

from mobility.core.db import transaction
from mobility.core.errors import NotFound, StaleVersion
from mobility.notifications.errors import EmailInvalid, PhoneInvalid
from mobility.organisations import queries, services
from mobility.organisations.errors import InvalidAgreementPeriod, InvalidSiret, SiretTaken, UnknownCommune
from mobility.organisations.hooks import changes
from mobility.organisations.models import Agreement, Organisation
from mobility.organisations.rules import OrganisationKind, search_key
from mobility.organisations.services import AgreementDetails, OrganisationDetails
from tests.factories.desks import make_desk
from tests.factories.organisations import make_agreement, make_organisation, make_siret

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = date(2026, 11, 23)
WHO = {"actor_id": None, "now": NOW}
KIND = OrganisationKind


@pytest.fixture
def told(monkeypatch):
    seen = []
    monkeypatch.setattr(changes, "_listeners", [lambda **facts: seen.append(SimpleNamespace(**facts))])
    return seen


def details(**changed):
    values = {"kind": KIND.EMPLOYER, "name": "Toyota Onnaing", "siret": make_siret(1), "insee_code": "59447"}
    return OrganisationDetails(**(values | changed))


def create(**changed):
    return services.create_organisation(details=details(**changed), **WHO)


def test_an_organisation_is_kept_clean(session, told):
    row = queries.get_organisation(create(phone="06 39 98 00 10", email="RH@Exemple.fr"))
    assert (row.city, row.postcode, row.phone, row.email) == ("Onnaing", "59264", "+33639980010", "RH@exemple.fr")
    assert row.search_key == "toyota onnaing"
    assert told[0].changes["name"] == (None, "Toyota Onnaing")


def test_an_organisation_without_place_or_number_is_fine(session):
    row = queries.get_organisation(create(siret="", insee_code=""))
    assert (row.siret, row.city, row.insee_code) == (None, "", "")
    create(siret="", insee_code="")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"siret": "12345678901234"}, InvalidSiret),
        ({"insee_code": "99999"}, UnknownCommune),
        ({"phone": "1"}, PhoneInvalid),
        ({"email": "rh"}, EmailInvalid),
    ],
)
def test_wrong_details_are_refused(session, changed, error):
    with pytest.raises(error):
        create(**changed)
    assert queries.list_organisations() == []


def test_a_siret_is_borne_once_in_each_part(session):
    first = create()
    create(kind=KIND.PRESCRIBER)
    with pytest.raises(SiretTaken):
        create(name="Autre")
    other = create(name="Autre", siret="")
    with pytest.raises(SiretTaken):
        services.update_organisation(organisation_id=other, details=details(name="Autre"), version=1, **WHO)
    services.update_organisation(organisation_id=first, details=details(name="Toyota"), version=1, **WHO)


def test_a_change_is_told_and_an_older_page_is_noticed(session, told):
    number = create()
    told.clear()
    services.update_organisation(organisation_id=number, details=details(name="Toyota"), version=1, **WHO)
    assert told[0].changes == {"name": ("Toyota Onnaing", "Toyota")}
    with pytest.raises(StaleVersion):
        services.update_organisation(organisation_id=number, details=details(), version=1, **WHO)


def test_an_archived_organisation_leaves_the_lists_but_not_the_files(session, told):
    number = create()
    for archived in (True, True, False):
        services.set_archived(organisation_id=number, archived=archived, **WHO)
    assert [entry.action for entry in told[1:]] == ["organisation.archive", "organisation.restore"]
    services.set_archived(organisation_id=number, archived=True, **WHO)
    assert queries.list_organisations() == queries.organisation_choices(KIND.EMPLOYER) == []
    assert queries.organisation_names([number]) == {number: "Toyota Onnaing"}
    assert queries.get_organisation(number).id == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mission", ["Mission locale de Denain", "Mission locale du Cambrésis"]),
        ("cambresis", ["Mission locale du Cambrésis"]),
        ("LOC camb", ["Mission locale du Cambrésis"]),
        ("ission", []),
        ("", ["Étape", "Mission locale de Denain", "Mission locale du Cambrésis"]),
        ("etape", ["Étape"]),
        ("100000", ["Étape"]),
        ("%", ["Étape", "Mission locale de Denain", "Mission locale du Cambrésis"]),
        ("_", ["Étape", "Mission locale de Denain", "Mission locale du Cambrésis"]),
        ("' OR 1=1", []),
        ("x" * 10_000, []),
        ("\x00", ["Étape", "Mission locale de Denain", "Mission locale du Cambrésis"]),
    ],
)
def test_search_finds_the_beginnings_of_words(session, text, found):
    make_organisation(KIND.PRESCRIBER, "Mission locale du Cambrésis")
    make_organisation(KIND.PRESCRIBER, "Mission locale de Denain")
    make_organisation(KIND.EMPLOYER, "Étape", siret=make_siret(3))
    assert [row.name for row in queries.list_organisations(text=text)] == found


def test_lists_keep_to_the_kinds_asked_for(session):
    make_organisation(KIND.PRESCRIBER, "A")
    make_organisation(KIND.GARAGE, "B")
    assert [name for _, name in queries.organisation_choices(KIND.GARAGE)] == ["B"]
    assert [row.name for row in queries.list_organisations(KIND.PRESCRIBER, limit=5)] == ["A"]


def agreement(**changed):
    values = {
        "name": "FSE+ 2026",
        "reference": "2026-12",
        "valid_from_on": date(2026, 1, 1),
        "valid_until_on": date(2026, 12, 31),
        "desk_ids": frozenset(),
    }
    return AgreementDetails(**(values | changed))


def test_an_agreement_covers_the_desks_that_are_told_or_all(session):
    denain, caudry = make_desk().id, make_desk().id
    funder = make_organisation(KIND.FUNDER).id
    one = services.create_agreement(organisation_id=funder, details=agreement(desk_ids=frozenset({denain})), **WHO)
    every = services.create_agreement(organisation_id=funder, details=agreement(), **WHO)
    assert {card.id for card in queries.agreements_in_force(on=TODAY, desk_id=denain)} == {one, every}
    assert {card.id for card in queries.agreements_in_force(on=TODAY, desk_id=caudry)} == {every}
    assert queries.agreements_in_force(on=date(2027, 1, 1), desk_id=denain) == []
    assert queries.agreements_in_force(on=TODAY, desk_id=denain, organisation_id=funder + 1) == []


def test_a_change_of_desks_alone_is_told_and_raises_the_version(session, told):
    desk = make_desk().id
    funder = make_organisation(KIND.FUNDER).id
    number = services.create_agreement(organisation_id=funder, details=agreement(), **WHO)
    told.clear()
    put = {"organisation_id": funder, "agreement_id": number, **WHO}
    services.update_agreement(details=agreement(desk_ids=frozenset({desk})), version=1, **put)
    assert told[0].action == "agreement.update"
    assert queries.list_agreements([funder])[0].version == 2
    with pytest.raises(StaleVersion):
        services.update_agreement(details=agreement(), version=1, **put)
    services.update_agreement(details=agreement(desk_ids=frozenset({desk})), version=2, **put)
    assert len(told) == 1


def test_wrong_agreements_are_refused(session):
    funder, other = make_organisation(KIND.FUNDER).id, make_organisation(KIND.FUNDER).id
    backwards = agreement(valid_until_on=date(2025, 12, 31))
    with pytest.raises(InvalidAgreementPeriod):
        services.create_agreement(organisation_id=funder, details=backwards, **WHO)
    for desk_ids in ({999}, {2**40}, {-1}):
        with pytest.raises(NotFound):
            services.create_agreement(organisation_id=funder, details=agreement(desk_ids=frozenset(desk_ids)), **WHO)
    number = make_agreement(funder).id
    with pytest.raises(NotFound):
        services.update_agreement(organisation_id=other, agreement_id=number, details=agreement(), version=1, **WHO)
    with pytest.raises(InvalidAgreementPeriod):
        services.update_agreement(organisation_id=funder, agreement_id=number, details=backwards, version=1, **WHO)


def test_agreements_take_two_queries_whatever_their_number(session, count_queries):
    desks = [make_desk().id for _ in range(3)]
    funders = [make_organisation(KIND.FUNDER).id for _ in range(5)]
    for funder in funders:
        make_agreement(funder, desk_ids=desks)
    with count_queries() as seen:
        assert len(queries.list_agreements(funders)) == 5
    assert seen.total == 2
    assert queries.list_agreements([]) == []


@pytest.mark.parametrize("number", [-1, 0, 999, 2**31, 10**30])
def test_hostile_ids_are_not_found(session, number):
    assert queries.find_organisation(number) is None
    for act in (queries.get_organisation, queries.get_agreement):
        with pytest.raises(NotFound):
            act(number)


def test_the_database_refuses_impossible_rows(session):
    with pytest.raises(IntegrityError, match="siret_length"):
        make_organisation(siret="123")
    with pytest.raises(IntegrityError, match="name_given"), transaction():
        session.add(Organisation(kind=KIND.OTHER, name="", search_key=search_key("")))
    make_organisation(siret=make_siret(8))
    with pytest.raises(IntegrityError):
        make_organisation(siret=make_siret(8))
    with pytest.raises(IntegrityError, match="period_forward"), transaction():
        session.add(
            Agreement(
                organisation_id=make_organisation().id,
                name="x",
                valid_from_on=TODAY,
                valid_until_on=date(2026, 11, 22),
            )
        )


def test_a_siret_taken_at_the_same_instant_is_refused_in_words(session, monkeypatch):
    other = create(name="Autre", siret="")
    create()
    monkeypatch.setattr(services, "_check_siret_free", lambda *_args, **_facts: None)  # what the slower one saw
    with pytest.raises(SiretTaken):
        create(name="Encore")
    with pytest.raises(SiretTaken):
        services.update_organisation(organisation_id=other, details=details(), version=1, **WHO)
    assert queries.get_organisation(other).siret is None
