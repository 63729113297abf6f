"""What a plan is made of: lines that hold together, contents compared in words, signatures that are nothing but lines."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.pathway.errors import InkInvalid, NameMissing, TemplateInvalid
from mobility.pathway.plan.rules.content import (
    Content,
    ContentObjective,
    ContentStep,
    changes,
    digest,
    freeze,
    same_promises,
)
from mobility.pathway.plan.rules.dependencies import dates_from
from mobility.pathway.plan.rules.lines import MAX_LINES, StepLine, check_lines, from_json, to_json
from mobility.pathway.plan.rules.signature import (
    HEIGHT,
    MAX_LENGTH,
    MAX_STROKES,
    WIDTH,
    check_name,
    read_ink,
    strokes_of,
)
from mobility.pathway.plan.rules.signers import box_label, may_sign, missing, needed
from mobility.pathway.plan.rules.terms import Doer, Party, StepKind
from mobility.people.rules import SignsWith

JOB = ContentObjective(1, "Préparateur", "Emploi", "Aubry", "à partir du 1er décembre")
LOAN = ContentStep(11, 1, "Prêt d’une voiture", "Une aide", "Camille", "du 1er au 30", "Le permis suffit.")
CLASS = ContentStep(12, 1, "Leçons", "Une aide", "la personne", after=("Prêt d’une voiture",))
PLAN = Content(
    person="Inès Martin",
    adviser="Camille",
    desk="Denain",
    desk_address="1 rue de la Gare",
    desk_phone="",
    objectives=(JOB,),
    steps=(LOAN, CLASS),
    person_commitment="Je viens.",
    desk_commitment="Nous prévenons.",
)


def said(after: Content, before: Content = PLAN) -> list[str]:
    return changes(freeze(before), freeze(after))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (PLAN, []),
        (replace(PLAN, objectives=(JOB, replace(JOB, id=2, title="Formation"))), ["Nouvel objectif : Formation"]),
        (replace(PLAN, objectives=()), ["Objectif retiré : Préparateur"]),
        (
            replace(PLAN, objectives=(replace(JOB, title="Cariste"),)),
            ["L’objectif « Préparateur » devient « Cariste »"],
        ),
        (
            replace(PLAN, objectives=(replace(JOB, when=""),)),
            ["Préparateur : sans dates au lieu de à partir du 1er décembre"],
        ),
        (replace(PLAN, objectives=(replace(JOB, place="Lens"),)), ["Préparateur : le lieu change"]),
        (replace(PLAN, steps=(LOAN, CLASS, replace(CLASS, id=13, title="Aide"))), ["Nouvelle étape : Aide"]),
        (replace(PLAN, steps=(LOAN,)), ["Étape retirée : Leçons"]),
        (
            replace(PLAN, steps=(LOAN, replace(CLASS, title="Code"))),
            ["L’étape « Leçons » devient « Code »"],
        ),
        (replace(PLAN, steps=(replace(LOAN, done=True), CLASS)), ["Étape terminée : Prêt d’une voiture"]),
        (
            replace(PLAN, steps=(replace(LOAN, when=""), CLASS)),
            ["Prêt d’une voiture, dates : à préciser (avant : du 1er au 30)"],
        ),
        (
            replace(PLAN, steps=(replace(LOAN, who="la personne"), CLASS)),
            ["Prêt d’une voiture, qui s’en occupe : la personne (avant : Camille)"],
        ),
        (replace(PLAN, steps=(replace(LOAN, note=""), CLASS)), ["Prêt d’une voiture : l’explication change"]),
        (replace(PLAN, steps=(LOAN, replace(CLASS, after=()))), ["Leçons : vient après aucune autre étape"]),
        (replace(PLAN, monthly_budget_cents=5_000), ["Le budget par mois change"]),
        (replace(PLAN, adviser="Nour", desk="Lens"), ["Le conseiller ou la conseillère change", "L’antenne change"]),
    ],
)
def test_what_a_version_changes_is_said_in_words(after: Content, words: list[str]) -> None:
    assert said(after) == words
    assert (digest(freeze(after)) == digest(freeze(PLAN))) == (not words)


def test_a_step_that_was_done_since_is_no_other_promise() -> None:
    done = freeze(replace(PLAN, steps=(replace(LOAN, done=True), CLASS)))
    assert same_promises(freeze(PLAN), done)
    assert not same_promises(freeze(PLAN), freeze(replace(PLAN, steps=(replace(LOAN, note="Autre"), CLASS))))


TASK = StepLine("1", StepKind.TASK, "Demander le relevé de points")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "Écrivez au moins une étape."),
        ([replace(TASK, key=str(n)) for n in range(MAX_LINES + 1)], "Vingt étapes au plus"),
        ([TASK, TASK], "Deux étapes portent le même numéro."),
        ([replace(TASK, title=" ")], "dites en quelques mots"),
        ([replace(TASK, doer=Doer.PARTNER)], "nommez le partenaire."),
        ([replace(TASK, kind=StepKind.AID)], "choisissez l’aide."),
        ([replace(TASK, aid_kind="loan")], "choisissez l’aide."),
        ([replace(TASK, meeting_type_id=3)], "seul un rendez-vous a un type."),
        ([replace(TASK, after=("9",))], "l’étape attendue n’est pas dans la liste."),
        ([replace(TASK, after=("1",))], "l’étape attendue n’est pas dans la liste."),
        ([replace(TASK, offset_days=731)], "le délai se compte en jours"),
        ([replace(TASK, days=-1)], "la durée se compte en jours"),
        ([replace(TASK, after=("2",)), replace(TASK, key="2", after=("1",))], "Des étapes s’attendent l’une l’autre"),
    ],
)
def test_lines_that_do_not_hold_together_are_refused_in_words(lines: list[StepLine], words: str) -> None:
    with pytest.raises(TemplateInvalid) as refused:
        check_lines(lines)
    assert words in str(refused.value)


def test_lines_are_kept_as_json_and_read_back() -> None:
    lines = [TASK, StepLine("2", StepKind.AID, "Prêt", aid_kind="loan", option_key="car", after=("1",), days=30)]
    check_lines(lines)
    assert from_json(json.loads(json.dumps(to_json(lines)))) == lines


def test_lines_that_wait_for_one_another_have_no_dates() -> None:
    with pytest.raises(ValueError, match="wait for one another"):
        dates_from(date(2026, 12, 1), [("a", 0, 1), ("b", 0, 1)], {"a": ["b"], "b": ["a"]})


@pytest.mark.parametrize(
    "ink",
    [
        "x" * (MAX_LENGTH + 1),
        "not json",
        "[" * 30_000,
        "{}",
        "[1]",
        "[[]]",
        "[[1,2,3]]",
        "[[1.5,2]]",
        "[[true,2]]",
        f"[[{WIDTH + 1},2]]",
        f"[[1,{HEIGHT + 1}]]",
        "[[-1,2]]",
        json.dumps([[1, 1]] * (MAX_STROKES + 1)),
        json.dumps([[1, 1] * 3_001]),
    ],
)
def test_ink_that_is_no_drawing_is_refused(ink: str) -> None:
    with pytest.raises(InkInvalid):
        read_ink(ink)


@pytest.mark.parametrize("ink", [None, "", "  ", "[]", "[[10,10]]"])
def test_an_empty_pad_and_a_dot_are_no_signature(ink: str | None) -> None:
    assert read_ink(ink) == ""
    assert strokes_of("") == []


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT)), min_size=4, max_size=20),
        min_size=1,
        max_size=10,
    )
)
def test_a_drawing_is_kept_as_it_was_drawn(strokes: list[list[tuple[int, int]]]) -> None:
    flat = [[number for point in stroke for number in point] for stroke in strokes]
    assert strokes_of(read_ink(json.dumps(flat))) == flat


@pytest.mark.parametrize("name", [None, "", "  ", "12 34", "A" * 161])
def test_a_signature_without_a_name_is_refused(name: str | None) -> None:
    with pytest.raises(NameMissing):
        check_name(name)


def test_a_name_is_kept_on_one_line() -> None:
    assert check_name("  Inès \n Martin ") == "Inès Martin"


@pytest.mark.parametrize("signs", list(SignsWith))
def test_whoever_must_sign_may_and_the_person_always_may(signs: SignsWith) -> None:
    assert set(needed(signs)) <= set(may_sign(signs))
    assert may_sign(signs)[0] is Party.PERSON
    assert len(set(may_sign(signs))) == len(may_sign(signs))
    assert missing(signs, needed(signs)) == []
    assert missing(signs, ()) == list(needed(signs))
    assert len({box_label(party, signs) for party in may_sign(signs)}) == len(may_sign(signs))


def test_a_representative_signs_beside_or_in_the_stead_of_the_person() -> None:
    assert Party.REPRESENTATIVE not in may_sign(SignsWith.ALONE)
    assert needed(SignsWith.WITH_REPRESENTATIVE) == (Party.PERSON, Party.REPRESENTATIVE, Party.ADVISER)
    assert needed(SignsWith.BY_REPRESENTATIVE) == (Party.REPRESENTATIVE, Party.ADVISER)
    assert box_label(Party.PERSON, SignsWith.BY_REPRESENTATIVE) == "La personne, si elle le souhaite"
    assert box_label(Party.REPRESENTATIVE, SignsWith.WITH_REPRESENTATIVE) == "Avec la personne"
