"""Stacks: the order of use, ceilings, what does not go together, and no euro twice."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.funding.parameters import USUAL, grant_of, words_of
from mobility.funding.rules import (
    LINES,
    ORDER,
    Asker,
    Grant,
    Line,
    LineState,
    Purpose,
    Source,
    against,
    propose,
    refusals,
    room_for,
    total,
    unfit,
)

A = Grant("a", "Aide A", (Purpose.LICENCE,), 120_000, rank=1)
B = Grant("b", "Aide B", (Purpose.LICENCE,), 135_000, share=Decimal(90), rank=2)
C = Grant("c", "Aide C", ceiling_cents=40_000, excludes=("a",), rank=3)
YOUNG = Asker(20, "rsa", "59014")


def test_what_is_given_comes_first_then_the_employer_then_ones_own_and_last_what_is_lent() -> None:
    lines = propose(300_000, [A, B], employer_cents=20_000, own_cents=10_000, lend_at_most_cents=500_000)
    assert [(line.source, line.code, line.amount_cents) for line in lines] == [
        (Source.GRANT, "a", 120_000),
        (Source.GRANT, "b", 135_000),
        (Source.EMPLOYER, "", 20_000),
        (Source.OWN, "", 10_000),
        (Source.MICROCREDIT, "", 15_000),
    ]


def test_a_grant_pays_no_more_than_what_the_others_leave() -> None:
    lines = propose(150_000, [A, B])
    assert [(line.code, line.amount_cents) for line in lines] == [("a", 120_000), ("b", 30_000)]


def test_of_grants_that_do_not_go_together_those_that_give_most_are_taken() -> None:
    assert {line.code for line in propose(300_000, [A, B, C])} == {"a", "b"}
    assert [line.code for line in propose(30_000, [A, C])] == ["a"]


def test_one_grant_is_preferred_to_two_that_give_no_more() -> None:
    small = Grant("s", "Petite", ceiling_cents=5_000, rank=0)
    assert [line.code for line in propose(100_000, [small, A])] == ["a"]


@pytest.mark.parametrize(
    ("line", "others", "why"),
    [
        (Line(Source.OWN, 5), [], ""),
        (Line(Source.GRANT, 120_000, "a"), [], ""),
        (Line(Source.GRANT, 1, "x"), [], "Cette aide n’est plus proposée."),
        (Line(Source.GRANT, 120_001, "a"), [], "Aide A paie au plus 1 200,00 € de ce projet."),
        (Line(Source.GRANT, 1, "a"), [Line(Source.GRANT, 1, "a")], "Aide A paie déjà une part de ce projet."),
        (Line(Source.GRANT, 1, "a"), [Line(Source.GRANT, 1, "a", LineState.REFUSED)], ""),
        (Line(Source.GRANT, 1, "a"), [Line(Source.GRANT, 1, "c")], "Aide A ne va pas avec Aide C."),
        (Line(Source.GRANT, 1, "c"), [Line(Source.GRANT, 1, "a")], "Aide C ne va pas avec Aide A."),
        (Line(Source.GRANT, 1, "c"), [Line(Source.GRANT, 1, "gone")], ""),
    ],
)
def test_what_stands_against_a_line_is_said(line: Line, others: list[Line], why: str) -> None:
    said = against(line, need_cents=200_000, others=others, grants=[A, B, C])
    assert said.replace("\u202f", " ").replace("\u00a0", " ") == why


@pytest.mark.parametrize(
    ("grant", "asker", "said"),
    [
        (A, YOUNG, ()),
        (Grant("g", "G", (Purpose.REPAIR,), 1), YOUNG, ("Ne paie pas : permis de conduire.",)),
        (Grant("g", "G", statuses=("student",)), YOUNG, ("Réservée à une autre situation.",)),
        (Grant("g", "G", communes=("59122",)), YOUNG, ("Réservée à d’autres communes.",)),
        (Grant("g", "G", min_age=21), YOUNG, ("À partir de 21 ans.",)),
        (Grant("g", "G", max_age=19), YOUNG, ("Jusqu’à 19 ans.",)),
        (Grant("g", "G", min_age=18, max_age=25), YOUNG, ()),
        (
            Grant("g", "G", min_age=18),
            Asker(None, "rsa", None),
            ("L’âge compte, et la date de naissance n’est pas connue.",),
        ),
    ],
)
def test_who_may_have_a_grant(grant: Grant, asker: Asker, said: tuple[str, ...]) -> None:
    assert refusals(grant, asker, Purpose.LICENCE) == said


def test_totals_leave_out_what_was_refused_or_withdrawn() -> None:
    lines = [
        Line(Source.GRANT, 100, "a", LineState.GRANTED),
        Line(Source.GRANT, 70, "b", LineState.REFUSED),
        Line(Source.OWN, 30, state=LineState.PAID),
        Line(Source.MICROCREDIT, 50, id=7),
    ]
    sums = total(200, lines)
    assert (sums.covered, sums.firm, sums.missing, sums.given, sums.own, sums.lent) == (180, 130, 20, 100, 30, 50)
    assert room_for(200, lines) == 20
    assert room_for(200, lines, but_id=7) == 70


def test_the_order_of_use_is_that_of_the_sources() -> None:
    assert ORDER[0] is Source.GRANT
    assert ORDER[-1] is Source.MICROCREDIT


def test_what_is_over_stays_over() -> None:
    assert LINES.final_states(LineState) == {LineState.PAID, LineState.REFUSED, LineState.DROPPED}


def test_the_usual_grants_read_as_grants() -> None:
    grants = [grant_of(row) for row in USUAL]
    assert len({grant.code for grant in grants}) == len(USUAL)
    region = next(grant for grant in grants if grant.code == "hauts_de_france")
    # 90 % up to 1 350 € (facts of November 2026).
    assert (region.most(100_000), region.most(200_000)) == (90_000, 135_000)
    # What is subsidiary is used last.
    assert max(grants, key=lambda grant: grant.rank).code == "france_travail"
    assert words_of(" a, b;c ") == ("a", "b", "c")
    assert words_of(None) == ()


GRANTS = st.lists(
    st.builds(
        Grant,
        code=st.sampled_from("abcdef"),
        label=st.just("Aide"),
        ceiling_cents=st.integers(0, 200_000),
        share=st.decimals(0, 100, places=2),
        excludes=st.lists(st.sampled_from("abcdef"), max_size=2).map(tuple),
        rank=st.integers(0, 9),
    ),
    max_size=5,
    unique_by=lambda grant: grant.code,
)


@given(st.integers(1, 1_000_000), GRANTS, st.integers(0, 300_000), st.integers(0, 300_000), st.integers(0, 800_000))
def test_no_euro_is_paid_twice_whatever_is_proposed(
    need: int, grants: list[Grant], employer: int, own: int, lend: int
) -> None:
    lines = propose(need, grants, employer_cents=employer, own_cents=own, lend_at_most_cents=lend)
    by_code = {grant.code: grant for grant in grants}
    assert sum(line.amount_cents for line in lines) <= need
    assert all(line.amount_cents > 0 for line in lines)
    assert [ORDER.index(line.source) for line in lines] == sorted(ORDER.index(line.source) for line in lines)
    used = [by_code[line.code] for line in lines if line.code]
    assert len({grant.code for grant in used}) == len(used)
    assert all(one.goes_with(other) for one, other in combinations(used, 2))
    for number, line in enumerate(lines):
        assert not against(line, need_cents=need, others=lines[:number], grants=grants)
    if lines and lines[-1].source is Source.MICROCREDIT:
        # Something is lent only where one's own and the employer's money is used up.
        assert sum(line.amount_cents for line in lines if line.source is Source.OWN) == own
        assert sum(line.amount_cents for line in lines if line.source is Source.EMPLOYER) == employer


@given(st.integers(1, 500_000), GRANTS)
def test_no_single_grant_gives_more_than_what_is_proposed(need: int, grants: list[Grant]) -> None:
    given_cents = sum(line.amount_cents for line in propose(need, grants))
    assert all(given_cents >= grant.most(need) for grant in grants)


def test_a_grant_pays_a_person_once_for_one_thing() -> None:
    grant = Grant("a", "Aide A", ceiling_cents=10_000)
    line = Line(Source.GRANT, 5_000, "a")
    assert against(line, need_cents=10_000, others=(), grants=[grant]) == ""
    said = against(line, need_cents=10_000, others=(), grants=[grant], elsewhere={"a"})
    assert "autre projet de la personne pour la même chose" in said


ACCOUNT = Grant(
    "cpf", "CPF", (Purpose.LICENCE,), 500_000, statuses=("job_seeker",), rank=0, by_hand=True, cofunded=True
)


def test_what_the_person_alone_knows_is_never_proposed() -> None:
    assert [line.code for line in propose(100_000, [ACCOUNT, A])] == ["a"]
    line = Line(Source.GRANT, 50_000, "cpf")
    assert against(line, need_cents=100_000, others=[], grants=[ACCOUNT]) == ""


@pytest.mark.parametrize(
    ("status", "beside", "fine"),
    [
        ("job_seeker", [], True),
        ("employee", [], False),
        ("employee", [Line(Source.EMPLOYER, 10_000)], True),
        ("employee", [Line(Source.GRANT, 10_000, "a")], True),
        ("employee", [Line(Source.OTHER, 10_000)], True),
        ("employee", [Line(Source.GRANT, 10_000, "cpf")], False),
        ("employee", [Line(Source.OWN, 10_000), Line(Source.MICROCREDIT, 10_000)], False),
        ("employee", [Line(Source.EMPLOYER, 10_000, state=LineState.REFUSED)], False),
    ],
)
def test_outside_its_situations_a_cofunded_grant_wants_a_third_partys_part(
    status: str, beside: list[Line], fine: bool
) -> None:
    assert (refusals(ACCOUNT, Asker(30, status, None), Purpose.LICENCE, beside) == ()) is fine


@pytest.mark.parametrize(
    ("line", "need_cents", "purpose", "elsewhere", "said"),
    [
        (Line(Source.GRANT, 90_000, "b"), 100_000, Purpose.LICENCE, (), ""),
        (Line(Source.GRANT, 90_000, "b"), 99_999, Purpose.LICENCE, (), "paierait alors"),
        (Line(Source.GRANT, 90_000, "b", LineState.GRANTED), 99_999, Purpose.LICENCE, (), "paierait alors"),
        (Line(Source.GRANT, 90_000, "b", LineState.PAID), 99_999, Purpose.LICENCE, (), ""),
        (Line(Source.GRANT, 90_000, "b", LineState.DROPPED), 99_999, Purpose.REPAIR, (), ""),
        (Line(Source.GRANT, 90_000, "b", LineState.PAID), 100_000, Purpose.REPAIR, (), "ne paie pas"),
        (Line(Source.GRANT, 40_000, "c"), 100_000, Purpose.REPAIR, (), ""),
        (Line(Source.GRANT, 40_000, "c"), 100_000, Purpose.REPAIR, ("c",), "un autre projet"),
        (Line(Source.GRANT, 90_000, "no_more"), 1, Purpose.REPAIR, (), ""),
        (Line(Source.OWN, 90_000), 1, Purpose.REPAIR, (), ""),
    ],
)
def test_a_new_cost_or_purpose_is_held_against_the_grants_of_the_stack(
    line: Line, need_cents: int, purpose: Purpose, elsewhere: tuple[str, ...], said: str
) -> None:
    found = unfit([line], need_cents=need_cents, purpose=purpose, grants=[A, B, C], elsewhere=elsewhere)
    assert (said in found) if said else (found == "")
