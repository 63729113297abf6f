"""Ages, signatures, clocks, secrets."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.errors import ForbiddenTransition
from mobility.people import kinds, rules
from mobility.people.errors import BirthDateImpossible, RepresentativeMissing, SecondSecretWeak, TooYoung
from mobility.people.kinds import (
    LegalProtection,
    RepresentativeKind,
    RetentionAction,
    RetentionMove,
    RetentionState,
    RightsAction,
    RightsState,
)
from mobility.people.rules import Mandate, SignsWith

TODAY = date(2026, 11, 22)
days = st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 1, 1))


@pytest.mark.parametrize(
    ("born_on", "on", "age"),
    [
        (date(2008, 11, 22), date(2026, 11, 21), 17),
        (date(2008, 11, 22), date(2026, 11, 22), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
    ],
)
def test_age_is_counted_in_birthdays(born_on: date, on: date, age: int) -> None:
    assert rules.age_on(born_on, on) == age


@given(days, st.integers(0, 40_000))
def test_age_never_goes_back(born_on: date, passed: int) -> None:
    on = born_on + timedelta(days=passed)
    assert 0 <= rules.age_on(born_on, on) <= rules.age_on(born_on, on + timedelta(days=1))


@pytest.mark.parametrize(
    ("born_on", "error"),
    [
        (date(2026, 11, 23), BirthDateImpossible),
        (date(1915, 1, 1), BirthDateImpossible),
        (date(2010, 11, 23), TooYoung),
        (date(2026, 11, 22), TooYoung),
        (date(2010, 11, 22), None),
        (date(1990, 1, 1), None),
    ],
)
def test_birth_dates_are_plausible(born_on: date, error: type[Exception] | None) -> None:
    if error is None:
        rules.check_birth_date(born_on, today=TODAY)
        return
    with pytest.raises(error):
        rules.check_birth_date(born_on, today=TODAY)


ADULT, MINOR = date(1990, 1, 1), date(2009, 6, 1)
P, R = LegalProtection, RepresentativeKind


@pytest.mark.parametrize(
    ("born_on", "protection", "signs"),
    [
        (ADULT, P.NONE, SignsWith.ALONE),
        (ADULT, P.CURATORSHIP, SignsWith.WITH_REPRESENTATIVE),
        (ADULT, P.GUARDIANSHIP, SignsWith.BY_REPRESENTATIVE),
        (ADULT, P.FAMILY, SignsWith.BY_REPRESENTATIVE),
        (MINOR, P.NONE, SignsWith.BY_REPRESENTATIVE),
        (MINOR, P.CURATORSHIP, SignsWith.BY_REPRESENTATIVE),
    ],
)
def test_who_signs(born_on: date, protection: LegalProtection, signs: SignsWith) -> None:
    assert rules.signs_with(born_on=born_on, legal_protection=protection, on=TODAY) is signs


@pytest.mark.parametrize(
    ("born_on", "protection", "kinds_held", "lacks"),
    [
        (ADULT, P.NONE, (), False),
        (MINOR, P.NONE, (), True),
        (MINOR, P.NONE, (R.PARENT,), False),
        (MINOR, P.NONE, (R.INSTITUTION,), False),
        (MINOR, P.NONE, (R.CURATOR,), True),
        (ADULT, P.GUARDIANSHIP, (R.PARENT,), True),
        (ADULT, P.GUARDIANSHIP, (R.GUARDIAN,), False),
        (ADULT, P.CURATORSHIP, (R.GUARDIAN,), True),
        (ADULT, P.CURATORSHIP, (R.CURATOR,), False),
        (ADULT, P.FAMILY, (R.FAMILY,), False),
        (ADULT, P.FAMILY, (R.INSTITUTION,), True),
    ],
)
def test_a_representative_fits_the_measure(
    born_on: date, protection: LegalProtection, kinds_held: tuple[RepresentativeKind, ...], lacks: bool
) -> None:
    mandates = [Mandate(kind, date(2026, 1, 1), None) for kind in kinds_held]
    facts = {"born_on": born_on, "legal_protection": protection, "mandates": mandates, "on": TODAY}
    assert rules.lacks_representative(**facts) is lacks
    if lacks:
        with pytest.raises(RepresentativeMissing):
            rules.check_may_sign(**facts)
    else:
        rules.check_may_sign(**facts)


@pytest.mark.parametrize(
    ("start", "end", "stands"),
    [
        (TODAY, None, True),
        (TODAY, TODAY, True),
        (TODAY + timedelta(days=1), None, False),
        (date(2026, 1, 1), TODAY - timedelta(days=1), False),
    ],
)
def test_a_mandate_stands_between_its_dates_both_included(start: date, end: date | None, stands: bool) -> None:
    assert Mandate(R.PARENT, start, end).stands_on(TODAY) is stands


@pytest.mark.parametrize(
    ("received", "extended", "due"),
    [
        (date(2026, 11, 22), False, date(2026, 12, 22)),
        (date(2026, 1, 31), False, date(2026, 2, 28)),
        (date(2028, 1, 31), False, date(2028, 2, 29)),
        (date(2026, 12, 15), False, date(2027, 1, 15)),
        (date(2026, 11, 30), True, date(2027, 2, 28)),
    ],
)
def test_the_clock_of_a_request(received: date, extended: bool, due: date) -> None:
    assert rules.rights_due_on(received, extended=extended) == due


@given(days, st.integers(-500, 500))
def test_months_keep_the_day_or_end_the_month(day: date, months: int) -> None:
    moved = rules.add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == min(day.day, monthrange(moved.year, moved.month)[1])


def test_a_file_is_due_so_many_months_after_the_last_contact() -> None:
    assert rules.last_contact_due(on=date(2026, 11, 20), months=24) == date(2024, 11, 20)
    assert rules.last_contact_due(on=date(2026, 3, 31), months=1) == date(2026, 2, 28)


@given(days, st.integers(1, 120))
def test_a_longer_time_makes_no_file_due_earlier(day: date, months: int) -> None:
    assert rules.last_contact_due(on=day, months=months + 1) < rules.last_contact_due(on=day, months=months) < day


@pytest.mark.parametrize(
    ("until", "restricted", "action"),
    [
        (None, False, RetentionAction.ERASE),
        (None, True, RetentionAction.ERASE),
        (TODAY - timedelta(days=1), True, RetentionAction.ERASE),
        (TODAY, False, RetentionAction.RESTRICT),
        (TODAY, True, None),
        (date(2030, 1, 1), False, RetentionAction.RESTRICT),
    ],
)
def test_what_becomes_of_a_file(until: date | None, restricted: bool, action: RetentionAction | None) -> None:
    assert rules.retention_action(keep_until_on=until, restricted=restricted, on=TODAY) is action


@pytest.mark.parametrize("state", RightsState)
@pytest.mark.parametrize("action", RightsAction)
def test_a_request_moves_only_while_it_is_open(state: RightsState, action: RightsAction) -> None:
    if state is RightsState.OPEN:
        assert rules.RIGHTS_MOVES.after(state, action) in RightsState
    else:
        with pytest.raises(ForbiddenTransition):
            rules.RIGHTS_MOVES.after(state, action)


@pytest.mark.parametrize("state", RetentionState)
@pytest.mark.parametrize("move", RetentionMove)
def test_nothing_is_carried_out_that_nobody_confirmed(state: RetentionState, move: RetentionMove) -> None:
    allowed = {
        (RetentionState.PLANNED, RetentionMove.CONFIRM): RetentionState.CONFIRMED,
        (RetentionState.PLANNED, RetentionMove.ABANDON): RetentionState.ABANDONED,
        (RetentionState.CONFIRMED, RetentionMove.CARRY_OUT): RetentionState.DONE,
    }
    if (state, move) in allowed:
        assert rules.RETENTION_MOVES.after(state, move) is allowed[state, move]
    else:
        with pytest.raises(ForbiddenTransition):
            rules.RETENTION_MOVES.after(state, move)


KNOWN = rules.known_of("Amel", "Ben Ali", date(1990, 5, 17), "Denain")


@pytest.mark.parametrize("secret", ["tournesol", "Été 1998 !", "4821-7735", "محمد-سري-1"])
def test_a_secret_of_one_s_own_is_taken(secret: str) -> None:
    assert rules.check_secret(secret, known=KNOWN) == rules.check_secret(secret.upper(), known=KNOWN)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "abc",
        "ben ali",
        "Amel Ben-Ali",
        "BenAli Amel",
        "17/05/1990",
        "17-05-90",
        "17 mai 1990",
        "121212",
        "123456",
        "987654",
        "denain",
    ],
)
def test_a_secret_that_the_file_gives_away_is_refused(secret: str) -> None:
    with pytest.raises(SecondSecretWeak):
        rules.check_secret(secret, known=KNOWN)


def test_without_birth_date_the_rest_is_known() -> None:
    assert rules.known_of("Amel", "Ben Ali", None, None)[-1] is None


@pytest.mark.parametrize(
    ("enum", "labels"),
    [
        (kinds.PersonStatus, kinds.STATUS_LABELS),
        (kinds.ReadingEase, kinds.READING_LABELS),
        (kinds.LegalProtection, kinds.PROTECTION_LABELS),
        (kinds.LicenceCategory, kinds.LICENCE_LABELS),
        (kinds.ConsentKind, kinds.CONSENT_LABELS),
        (kinds.ConsentManner, kinds.MANNER_LABELS),
        (kinds.RepresentativeKind, kinds.REPRESENTATIVE_LABELS),
        (kinds.NoteKind, kinds.NOTE_LABELS),
        (kinds.RightsKind, kinds.RIGHTS_LABELS),
        (kinds.RightsState, kinds.RIGHTS_STATE_LABELS),
        (kinds.RequestChannel, kinds.CHANNEL_LABELS),
        (kinds.RetentionState, kinds.RETENTION_STATE_LABELS),
        (kinds.RetentionAction, kinds.RETENTION_ACTION_LABELS),
        (kinds.RetentionOutcome, kinds.RETENTION_OUTCOME_LABELS),
        (SignsWith, rules.SIGNS_LABELS),
    ],
)
def test_every_value_has_its_french_label(enum: object, labels: dict[object, str]) -> None:
    assert set(labels) == set(enum)  # type: ignore[call-overload]
    assert all(labels.values())
