"""Proposed plans: what is never broken, what never comes first, and what is said."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.diagnosis.barriers import Barrier, FoundBarrier, Limits
from mobility.pathway.plan.rules import planning
from mobility.pathway.plan.rules.options import Option, Request, cost_words, monthly_of, refusal
from mobility.pathway.plan.rules.planning import holds, measure, propose, scores_of
from mobility.pathway.plan.rules.settings import USUAL_WEIGHTS, PlanSettings, Profile, Weights

TODAY = date(2026, 11, 24)
BARRIERS = [Barrier.LICENCE, Barrier.VEHICLE, Barrier.MONEY, Barrier.HOURS]


def found(barrier: Barrier, severity: int = 3) -> FoundBarrier:
    return FoundBarrier(barrier, severity, "Parce que.")


def option(key: str, *lifts: Barrier, days: int = 0, **values: object) -> Option:
    return Option("test", key, key.capitalize(), frozenset(lifts), TODAY + timedelta(days=days), **values)  # type: ignore[arg-type]


def request(*needs: FoundBarrier, starts_in: int | None = None, **values: object) -> Request:
    starts_on = None if starts_in is None else TODAY + timedelta(days=starts_in)
    facts: dict[str, object] = {"limits": Limits(), "starts_on": starts_on, **values}
    return Request(TODAY, needs, **facts)  # type: ignore[arg-type]


options_drawn = st.lists(
    st.builds(
        Option,
        aid_kind=st.just("test"),
        option_key=st.text("abcdefgh", min_size=1, max_size=3),
        label=st.just("Aide"),
        lifts=st.frozensets(st.sampled_from(BARRIERS), min_size=1, max_size=3),
        ready_on=st.integers(0, 200).map(lambda days: TODAY + timedelta(days=days)),
        lasting=st.booleans(),
        reasons=st.sampled_from([(), (), ("Réservé aux moins de 26 ans.",)]),
        person_once_cents=st.sampled_from([0, 0, 3000, 60000]),
        person_monthly_cents=st.sampled_from([0, 1000, 4000, 9000]),
        funder_cents=st.sampled_from([0, 20000, 150000]),
        group=st.sampled_from(["", "", "vehicle"]),
        needs=st.sampled_from([frozenset(), frozenset(), frozenset({"test|a"})]),
        person_drives=st.booleans(),
        journey_minutes=st.sampled_from([None, 20, 50]),
    ),
    max_size=9,
    unique_by=lambda one: one.option_key,
)
requests_drawn = st.builds(
    Request,
    today=st.just(TODAY),
    needs=st.lists(
        st.builds(FoundBarrier, st.sampled_from(BARRIERS), st.integers(1, 3), st.just("Parce que.")),
        min_size=1,
        max_size=4,
        unique_by=lambda one: one.barrier,
    ).map(tuple),
    limits=st.builds(
        Limits,
        no_night=st.booleans(),
        max_minutes=st.sampled_from([None, 30]),
        monthly_cents=st.sampled_from([None, 0, 5000, 12000]),
    ),
    starts_on=st.sampled_from([None, TODAY + timedelta(days=7), TODAY + timedelta(days=60), TODAY - timedelta(days=9)]),
    ends_on=st.sampled_from([None, TODAY + timedelta(days=120)]),
    at_night=st.booleans(),
    settings=st.builds(
        PlanSettings,
        weights=st.fixed_dictionaries(
            dict.fromkeys(Profile, st.builds(Weights, *[st.integers(0, 100)] * 4)),
        )
        | st.just(USUAL_WEIGHTS),
        spread_months=st.sampled_from([1, 6, 6, 24]),
        longest_wait_days=st.sampled_from([7, 180, 180]),
        dear_cents=st.sampled_from([100, 300_000]),
    ),
)


@settings(max_examples=150, deadline=None)
@given(requests_drawn, options_drawn)
def test_no_proposal_breaks_a_budget_a_date_or_an_eligibility(asked: Request, options: list[Option]) -> None:
    for plan in propose(asked, options).plans:
        chosen = plan.options
        assert not any(one.reasons for one in chosen)
        if asked.limits.monthly_cents is not None:
            once = sum(one.person_once_cents for one in chosen)
            assert (
                sum(one.person_monthly_cents for one in chosen) + once / asked.settings.spread_months
                <= asked.limits.monthly_cents
            )
        assert asked.ends_on is None or all(one.ready_on <= asked.ends_on for one in chosen)
        for need in asked.needs:
            if need.severity == 3:
                days = [one.ready_on for one in chosen if need.barrier in one.lifts]
                assert days
                assert asked.starts_on is None or asked.starts_on <= TODAY or min(days) <= asked.starts_on
        if asked.limits.no_night and asked.at_night:
            assert not any(one.person_drives for one in chosen)
        if asked.limits.max_minutes is not None:
            assert all((one.journey_minutes or 0) <= asked.limits.max_minutes for one in chosen)
        keys = {one.key for one in chosen}
        assert all(one.needs <= keys for one in chosen)
        groups = [one.group for one in chosen if one.group]
        assert len(groups) == len(set(groups))


@settings(max_examples=100, deadline=None)
@given(requests_drawn, options_drawn)
def test_a_dominated_plan_is_never_first(asked: Request, options: list[Option]) -> None:
    """Every set of the options is looked at by brute force: none that holds is better in everything."""
    every = [
        chosen for size in range(1, len(options) + 1) for chosen in combinations(options, size) if holds(asked, chosen)
    ]
    result = propose(asked, options)
    assert bool(result.plans) == bool(every)
    for plan in result.plans:
        assert not any(measure(asked, other).dominates(plan.measures) for other in every)


@settings(max_examples=100, deadline=None)
@given(requests_drawn, options_drawn)
def test_every_option_is_either_in_a_plan_or_told_why_not(asked: Request, options: list[Option]) -> None:
    result = propose(asked, options)
    shown = [*result.plans, *([result.later] if result.later else [])]
    taken = {one.key for plan in shown for one in plan.options}
    assert len(result.left_out) == len(options) - len(taken)
    assert all(left.why for left in result.left_out)
    assert bool(result.plans) != bool(result.sorry)
    assert sorted(profile for plan in result.plans for profile in plan.profiles) == (
        sorted(Profile) if result.plans else []
    )


def test_a_help_in_the_meantime_and_a_lasting_one_stand_side_by_side() -> None:
    bike = option("vélo", Barrier.LICENCE, Barrier.VEHICLE, person_monthly_cents=3000)
    lessons = option("permis", Barrier.LICENCE, days=150, lasting=True, funder_cents=120_000)
    result = propose(request(found(Barrier.LICENCE), starts_in=10), [bike, lessons])
    by_profile = {profile: plan for plan in result.plans for profile in plan.profiles}
    assert by_profile[Profile.LASTING].options == (bike, lessons)
    assert by_profile[Profile.CHEAP].options == (bike,)
    assert "en attendant" in by_profile[Profile.LASTING].because[0]
    assert "pour de bon" in by_profile[Profile.LASTING].because[1]


def test_it_is_said_honestly_when_nobody_can_begin_that_day() -> None:
    lessons = option("permis", Barrier.LICENCE, days=150, lasting=True)
    result = propose(request(found(Barrier.LICENCE), starts_in=7), [lessons])
    assert result.plans == ()
    assert result.sorry[0] == "Aucun plan ne permet de commencer le 1er décembre 2026."
    assert "au plus tôt le 23 avril 2027" in result.sorry[1]
    assert result.later is not None
    assert result.later.options == (lessons,)


def test_a_barrier_without_any_help_is_named() -> None:
    result = propose(request(found(Barrier.HOURS)), [option("x", Barrier.MONEY)])
    assert result.later is None
    assert "aucune aide possible ne lève ce frein" in result.sorry[1]
    assert result.left_out[0].why == "Ne lève aucun des freins trouvés."


def test_a_budget_that_takes_only_one_of_two_is_told() -> None:
    pair = [
        option("a", Barrier.LICENCE, person_monthly_cents=4000),
        option("b", Barrier.HOURS, person_monthly_cents=4000),
    ]
    asked = request(found(Barrier.LICENCE), found(Barrier.HOURS), limits=Limits(monthly_cents=5000))
    result = propose(asked, pair)
    assert result.plans == ()
    assert "pas tous à la fois avec ce budget" in result.sorry[1]


def test_each_limit_says_its_own_refusal() -> None:
    limits = Limits(no_night=True, max_minutes=30, max_walk_minutes=10, no_motorway=True, monthly_cents=1000)
    asked = request(found(Barrier.VEHICLE), limits=limits, at_night=True, ends_on=TODAY + timedelta(days=30))
    refused = {
        "conduit pas la nuit": option("a", person_drives=True),
        "autoroute": option("b", uses_motorway=True),
        "Le trajet dure 50": option("c", journey_minutes=50),
        "marcher 20": option("d", walk_minutes=20),
        "après la fin": option("e", days=60),
        "par mois à la personne": option("f", person_once_cents=9000),
        "Pas pour elle": option("g", reasons=("Pas pour elle.",)),
    }
    for words, one in refused.items():
        assert words in refusal(asked, one)
    assert refusal(asked, option("h", person_once_cents=6000)) == ""


def test_without_barriers_nothing_is_proposed() -> None:
    assert propose(request(), []).sorry == ("Le diagnostic n’a trouvé aucun frein : il n’y a rien à proposer.",)


def test_what_is_paid_once_is_spread_over_half_a_year() -> None:
    assert monthly_of([option("a", person_once_cents=100), option("b", person_monthly_cents=5)], spread_months=6) == 22
    assert cost_words(option("a", person_once_cents=100, person_monthly_cents=5)).endswith("pour la personne")


def test_a_long_list_is_searched_by_its_best() -> None:
    many = [option(f"o{number:02}", Barrier.LICENCE, days=number, person_monthly_cents=number) for number in range(40)]
    asked = request(found(Barrier.LICENCE), starts_in=7)
    assert len(planning.shortlist(asked, many)) == planning.SHORTLIST
    result = propose(asked, many)
    assert result.plans[0].options == (many[0],)
    assert {left.why.split(",")[0] for left in result.left_out} >= {"D’autres aides lèvent les mêmes freins plus tôt"}


@given(requests_drawn, options_drawn)
def test_every_note_lies_between_nought_and_a_hundred(asked: Request, options: list[Option]) -> None:
    for profile in Profile:
        scores = scores_of(asked, measure(asked, options), profile)
        assert all(
            0 <= part <= 100 for part in (scores.lift, scores.speed, scores.thrift, scores.lasting, scores.whole)
        )


def test_a_desk_that_counts_only_costs_has_the_cheapest_first() -> None:
    """The same options, in another order: what a desk weighs is what is put first."""
    bus = option("bus", Barrier.HOURS, days=6, person_monthly_cents=500)
    taxi = option("taxi", Barrier.HOURS, person_monthly_cents=6_000)
    thrifty = PlanSettings(weights=dict.fromkeys(Profile, Weights(0, 0, 1, 0)))
    asked = request(found(Barrier.HOURS))
    fast = {profile: plan for plan in propose(asked, [bus, taxi]).plans for profile in plan.profiles}[Profile.FAST]
    assert fast.options == (taxi,)
    (only,) = propose(request(found(Barrier.HOURS), settings=thrifty), [bus, taxi]).plans
    assert only.options == (bus,)
    assert set(only.profiles) == set(Profile)


def test_a_budget_holds_over_the_months_that_a_desk_spreads_it() -> None:
    once = option("permis", Barrier.LICENCE, person_once_cents=12_000)
    within = Limits(monthly_cents=1_000)
    assert refusal(request(found(Barrier.LICENCE), limits=within, settings=PlanSettings(spread_months=12)), once) == ""
    refused = refusal(request(found(Barrier.LICENCE), limits=within), once)
    assert "20,00" in refused


def test_the_night_is_what_the_desk_says() -> None:
    usual, early = PlanSettings(), PlanSettings(day_from_hour=5, day_until_hour=20)
    assert [hour for hour in range(24) if usual.is_night(hour)] == [0, 1, 2, 3, 4, 5, 21, 22, 23]
    assert not early.is_night(5)
    assert early.is_night(20)


def test_what_another_aid_builds_on_comes_along_though_it_lifts_nothing_itself() -> None:
    ground = option("ground", Barrier.CHILDCARE)
    built = option("built", Barrier.VEHICLE, needs=frozenset({ground.key}))
    found_plans = propose(request(found(Barrier.VEHICLE)), [ground, built])
    assert any({one.key for one in plan.options} == {ground.key, built.key} for plan in found_plans.plans)
