from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.fleet import kinds, rules
from mobility.fleet.errors import OdometerBackwards, OdometerRefused, WrongPaper, WrongVehicle
from mobility.fleet.inspections import Inspection
from mobility.fleet.kinds import Category, Energy, Gearbox, InspectionResult, LicenceCategory
from mobility.fleet.rules import NEVER, Insured, PaperFacts, Reading

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
D = date


def facts(**changes: object) -> PaperFacts:
    known: dict[str, object] = {
        "category": Category.CAR,
        "first_registered_on": D(2024, 3, 1),
        "insurances": (Insured(D(2026, 1, 1), D(2026, 12, 31)),),
    }
    return PaperFacts(**{**known, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "enum"),
    [
        (kinds.CATEGORY_LABELS, kinds.Category),
        (kinds.ENERGY_LABELS, kinds.Energy),
        (kinds.GEARBOX_LABELS, kinds.Gearbox),
        (kinds.CRITAIR_LABELS, kinds.CritAir),
        (kinds.LICENCE_LABELS, kinds.LicenceCategory),
        (kinds.EQUIPMENT_LABELS, kinds.Equipment),
        (kinds.PAPER_LABELS, kinds.PaperKind),
        (kinds.INSPECTION_RESULT_LABELS, kinds.InspectionResult),
        (kinds.RESERVATION_LABELS, kinds.ReservationKind),
        (kinds.ODOMETER_LABELS, kinds.OdometerSource),
        (kinds.STOP_LABELS, kinds.StopReason),
    ],
)
def test_every_kind_has_a_french_label(labels: dict, enum: type) -> None:
    assert set(labels) == set(enum)


@pytest.mark.parametrize(
    ("category", "licence"),
    [
        (Category.CAR, LicenceCategory.B),
        (Category.ADAPTED, LicenceCategory.B),
        (Category.LIGHT_CAR, LicenceCategory.AM),
        (Category.MOPED, LicenceCategory.AM),
        (Category.EBIKE, None),
        (Category.BIKE, None),
    ],
)
def test_the_licence_follows_the_category(category: Category, licence: LicenceCategory | None) -> None:
    assert rules.licence_needed(category) is licence


@pytest.mark.parametrize(
    ("category", "gearbox", "full"),
    [
        (Category.CAR, Gearbox.MANUAL, True),
        (Category.CAR, Gearbox.AUTOMATIC, False),
        (Category.ADAPTED, Gearbox.MANUAL, True),
        (Category.MOPED, Gearbox.MANUAL, False),
        (Category.BIKE, Gearbox.NONE, False),
    ],
)
def test_code_78_matters_only_with_licence_b_and_a_manual_gearbox(
    category: Category, gearbox: Gearbox, full: bool
) -> None:
    assert rules.needs_full_licence(category, gearbox) is full


@pytest.mark.parametrize(
    ("papers", "on", "until"),
    [
        (facts(), TODAY, D(2026, 12, 31)),
        (facts(insurances=()), TODAY, NEVER),
        (facts(insurances=(Insured(D(2025, 1, 1), D(2025, 12, 31)),)), TODAY, NEVER),
        (facts(insurances=(Insured(D(2026, 11, 23), D(2027, 12, 31)),)), TODAY, NEVER),
        # A renewal that begins the day after carries on; one that leaves a day out does not.
        (
            facts(insurances=(Insured(D(2026, 1, 1), D(2026, 12, 31)), Insured(D(2027, 1, 1), D(2027, 12, 31)))),
            TODAY,
            D(2027, 12, 31),
        ),
        (
            facts(insurances=(Insured(D(2026, 1, 1), D(2026, 12, 31)), Insured(D(2027, 1, 2), D(2027, 12, 31)))),
            TODAY,
            D(2026, 12, 31),
        ),
        (
            facts(insurances=(Insured(D(2026, 6, 1), D(2026, 12, 31)), Insured(D(2026, 1, 1), D(2027, 5, 1)))),
            TODAY,
            D(2027, 5, 1),
        ),
        (facts(insurances=(Insured(D(2026, 1, 1), date.max),)), TODAY, D(2028, 3, 1)),
        # The first visit (4 years) or the last result ends before the insurance.
        (facts(first_registered_on=D(2022, 12, 1)), TODAY, D(2026, 12, 1)),
        (facts(first_registered_on=D(2022, 11, 22)), TODAY, D(2026, 11, 22)),
        (facts(first_registered_on=D(2022, 11, 21)), TODAY, NEVER),
        (
            facts(inspections=(Inspection(D(2026, 10, 30), InspectionResult.MAJOR, False, D(2026, 12, 30)),)),
            TODAY,
            D(2026, 12, 30),
        ),
        (
            facts(inspections=(Inspection(D(2026, 11, 21), InspectionResult.CRITICAL, False, D(2026, 11, 21)),)),
            TODAY,
            NEVER,
        ),
        (facts(retired_on=D(2026, 12, 1)), TODAY, D(2026, 11, 30)),
        (facts(retired_on=TODAY), TODAY, NEVER),
        (facts(retired_on=date.min), TODAY, NEVER),
        (PaperFacts(Category.BIKE, None), TODAY, None),
        (PaperFacts(Category.EBIKE, D(2020, 1, 1)), TODAY, None),
        (PaperFacts(Category.BIKE, None, retired_on=D(2026, 12, 1)), TODAY, D(2026, 11, 30)),
    ],
)
def test_a_vehicle_is_lendable_while_all_its_papers_hold(papers: PaperFacts, on: date, until: date | None) -> None:
    assert rules.lendable_until(papers, on) == until


def test_a_loan_may_end_on_the_last_day_and_not_one_later() -> None:
    assert rules.can_lend(facts(), TODAY, D(2026, 12, 31))
    assert not rules.can_lend(facts(), TODAY, D(2027, 1, 1))
    assert rules.can_lend(PaperFacts(Category.BIKE, None), TODAY, D(2099, 1, 1))


spans = st.tuples(st.dates(D(2025, 1, 1), D(2028, 1, 1)), st.integers(0, 500)).map(
    lambda span: Insured(span[0], span[0] + timedelta(days=span[1]))
)


@given(st.lists(spans, max_size=6), st.dates(D(2025, 1, 1), D(2028, 1, 1)))
def test_cover_is_unbroken_to_the_day_told_and_broken_the_day_after(papers: list[Insured], on: date) -> None:
    def covered(day: date) -> bool:
        return any(paper.from_on <= day <= paper.until_on for paper in papers)

    until = rules.insured_until(papers, on)
    if until == NEVER:
        assert not covered(on)
        return
    assert all(covered(on + timedelta(days=n)) for n in range((until - on).days + 1))
    assert not covered(until + timedelta(days=1))


GOOD_CAR = {
    "category": Category.CAR,
    "energy": Energy.PETROL,
    "gearbox": Gearbox.MANUAL,
    "seats": 5,
    "first_registered_on": D(2020, 2, 29),
    "fiscal_power_cv": 4,
    "today": TODAY,
}
GOOD_BIKE = {
    "category": Category.BIKE,
    "energy": Energy.HUMAN,
    "gearbox": Gearbox.NONE,
    "seats": 1,
    "first_registered_on": None,
    "fiscal_power_cv": None,
    "today": TODAY,
}


@pytest.mark.parametrize("described", [GOOD_CAR, GOOD_BIKE, {**GOOD_CAR, "category": Category.MOPED, "seats": 2}])
def test_a_coherent_vehicle_passes(described: dict) -> None:
    rules.check_vehicle(**described)


@pytest.mark.parametrize(
    ("described", "field"),
    [
        ({**GOOD_CAR, "energy": Energy.HUMAN}, "energy"),
        ({**GOOD_BIKE, "energy": Energy.ELECTRIC}, "energy"),
        ({**GOOD_BIKE, "category": Category.EBIKE, "energy": Energy.PETROL}, "energy"),
        ({**GOOD_CAR, "gearbox": Gearbox.NONE}, "gearbox"),
        ({**GOOD_BIKE, "gearbox": Gearbox.MANUAL}, "gearbox"),
        ({**GOOD_BIKE, "fiscal_power_cv": 3}, "fiscal_power_cv"),
        ({**GOOD_CAR, "first_registered_on": None}, "first_registered_on"),
        ({**GOOD_CAR, "first_registered_on": TODAY + timedelta(days=1)}, "first_registered_on"),
        ({**GOOD_CAR, "first_registered_on": D(1949, 12, 31)}, "first_registered_on"),
        ({**GOOD_CAR, "seats": 10}, "seats"),
        ({**GOOD_CAR, "seats": 0}, "seats"),
        ({**GOOD_CAR, "category": Category.LIGHT_CAR, "seats": 3}, "seats"),
    ],
)
def test_a_vehicle_that_contradicts_itself_is_refused_on_its_field(described: dict, field: str) -> None:
    with pytest.raises(WrongVehicle) as refusal:
        rules.check_vehicle(**described)
    assert refusal.value.field == field
    assert "%" not in refusal.value.message


def test_an_insurance_has_an_end_after_its_beginning() -> None:
    assert rules.check_insurance(TODAY, TODAY) == TODAY
    for end in (None, TODAY - timedelta(days=1)):
        with pytest.raises(WrongPaper):
            rules.check_insurance(TODAY, end)


def reading(km: int, hours: float) -> Reading:
    return Reading(km, NOW + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("new", "refusal"),
    [
        (reading(1000, -40), None),
        (reading(1200, -20), None),
        (reading(1500, 0), None),
        (reading(900, -60), None),
        (reading(999, -30), OdometerBackwards),
        (reading(1201, -30), OdometerBackwards),
        (reading(1199, 0), OdometerBackwards),
        (reading(1001, -60), OdometerBackwards),
        (reading(1199, -20), OdometerBackwards),
        (reading(1300, 1), OdometerRefused),
        (reading(-1, 0), OdometerRefused),
        (reading(2_000_001, 0), OdometerRefused),
        (reading(15_000, 0), OdometerRefused),
    ],
)
def test_a_reading_fits_between_its_neighbours(new: Reading, refusal: type[Exception] | None) -> None:
    known = [reading(1200, -20), reading(1000, -40)]
    if refusal is None:
        rules.check_reading(new, known, now=NOW)
        return
    with pytest.raises(refusal):
        rules.check_reading(new, known, now=NOW)


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(-100, 0)), max_size=12))
def test_accepted_readings_never_fall_as_time_goes(typed: list[tuple[int, int]]) -> None:
    kept: list[Reading] = []
    for km, hours in typed:
        try:
            rules.check_reading(reading(km, hours), kept, now=NOW)
        except (OdometerBackwards, OdometerRefused):
            continue
        kept.append(reading(km, hours))
    ordered = sorted(kept, key=lambda r: (r.read_at, r.km))
    assert [r.km for r in ordered] == sorted(r.km for r in ordered)
    assert len({(r.read_at, r.km) for r in kept}) >= len({r.read_at for r in kept})
    by_instant = {}
    for r in kept:
        assert by_instant.setdefault(r.read_at, r.km) == r.km


@pytest.mark.parametrize(
    ("until", "word", "said"),
    [
        (None, "none", "sans échéance"),
        (NEVER, "lapsed", "jamais noté"),
        (TODAY, "soon", "aujourd’hui"),
        (TODAY + timedelta(days=1), "soon", "demain"),
        (TODAY + timedelta(days=45), "soon", "dans 45 jours"),
        (TODAY + timedelta(days=46), "fine", "dans 46 jours"),
        (TODAY + timedelta(days=100), "fine", "dans 3 mois"),
        (TODAY + timedelta(days=800), "fine", "dans 2 ans"),
        (TODAY - timedelta(days=1), "lapsed", "dépassé depuis hier"),
        (TODAY - timedelta(days=12), "lapsed", "dépassé depuis 12 jours"),
    ],
)
def test_a_due_date_is_told_in_words(until: date | None, word: str, said: str) -> None:
    assert rules.urgency(until, TODAY) == word
    assert rules.in_words(until, TODAY) == said
