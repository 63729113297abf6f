"""The loader refuses everything that is not exactly meant, by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mobility.core.errors import NotFound
from mobility.diagnosis import loader
from mobility.diagnosis.barriers import Barrier
from mobility.diagnosis.loader import QuestionnaireInvalid, parse
from mobility.diagnosis.questionnaire import ItemKind

SMALL = """
version: "2026-01"
title: Petit
blocks:
  - code: one
    title: Un
    icon: flag
    intro: Le début.
    items:
      - {code: bus, kind: choice, about: Bus, ask: Un bus, tell: Un bus, choices: {yes: Oui, no: Non}}
      - {code: km, kind: number, about: Distance, ask: Combien, unit: km, when: {item: bus, is: no}}
      - {code: fears, kind: several, about: Peurs, ask: Quoi, none_of_these: none, choices: {dark: Noir, none: Rien}}
      - {code: euros, kind: money, about: Budget, ask: Combien}
      - {code: start, kind: date, about: Début, ask: Quand}
      - {code: wish, kind: text, about: Souhait, ask: Quoi}
dimensions:
  - code: territory
    label: Transports
    barriers: [territory]
    needs: [bus]
    fine: Il y a un bus.
    rules:
      - {score: 1, barrier: territory, when: {item: bus, is: no}, because: Pas de bus.}
      - {score: 3, when: {any: [{item: km, at_most: 2}, {not: {item: fears, has: dark}}]}, because: C’est court.}
strengths:
  - {when: {all: [{item: start, within_days: 10}, {item: euros, at_least: 100}]}, because: Prêt.}
limits:
  no_night: {item: fears, has: dark}
  max_minutes: km
  max_walk_minutes: km
  no_motorway: {item: bus, is: no}
  monthly_cents: euros
"""


def test_a_questionnaire_that_says_what_it_means_is_read() -> None:
    read = parse(SMALL)
    assert list(read.items) == ["bus", "km", "fears", "euros", "start", "wish"]
    assert read.items["km"].kind is ItemKind.NUMBER
    assert read.block("one") is read.blocks[0]
    assert read.block("two") is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title: Petit\n", "title: Petit\ncolour: red\n", "unknown key colour"),
        ("title: Petit\n", "", "title is missing"),
        ("title: Petit", "title: Petit\ntitle: Grand", "key twice: title"),
        ("title: Petit", "title: [Petit]", "title is a text"),
        ("title: Petit", "title: {", "not readable"),
        ('"2026-01"', '"première"', "written as 2026-11"),
        ("icon: flag", "icon: skull", "icon skull"),
        ("about: Bus,", "about: Bus, colour: red,", "unknown key colour"),
        ("kind: choice", "kind: slider", "kind slider is unknown"),
        ("kind: choice", "kind: text", "only choices have choices"),
        ("choices: {yes: Oui, no: Non}", "choices: {yes: Oui}", "at least two choices"),
        ("choices: {yes: Oui, no: Non}", "choices: {Yes: Oui, no: Non}", "'Yes' is no code"),
        ("{code: km", "{code: bus", "item bus stands twice"),
        ("{code: bus", "{code: 3", "3 is no code"),
        ("tell: Un bus, choices", "source: moon, choices", "source moon is unknown"),
        ("when: {item: bus, is: no}}", "when: {item: wish, is: no}}", "which is no earlier item"),
        ("when: {item: bus, is: no}}", "when: {item: km, at_least: 1}}", "which is no earlier item"),
        ("when: {item: bus, is: no}}", "when: always}", "a condition is a mapping"),
        ("when: {item: bus, is: no}}", "when: {item: bus, is: perhaps}}", "bus has no choice perhaps"),
        ("when: {item: bus, is: no}}", "when: {item: bus, is: []}}", "bus has no choice"),
        ("when: {item: bus, is: no}}", "when: {item: bus, has: no}}", "is is missing"),
        ("unit: km", "unit: km, low: 5, high: 2", "the wrong way round"),
        ("unit: km", "unit: km, low: much", "low is a whole number"),
        ("about: Bus,", "about: Bus, unit: km,", "bounds and units are for numbers"),
        ("none_of_these: none", "none_of_these: nothing", "one of its several choices"),
        ("score: 1, barrier: territory", "score: 1", "a score under 3 is a barrier"),
        ("score: 3, when", "score: 3, barrier: territory, when", "a score under 3 is a barrier"),
        ("score: 3, when", "score: 7, when", "a score of 7"),
        ("score: 1, barrier: territory", "score: 1, barrier: weather", "barrier weather is unknown"),
        ("score: 1, barrier: territory", "score: 1, barrier: money", "barrier money is not one of its own"),
        ("needs: [bus]", "needs: [train]", "needs train"),
        ("needs: [bus]", "needs: []", "a list of at least one"),
        ("{item: km, at_most: 2}", "{item: km}", "at_least or at_most km"),
        ("{item: km, at_most: 2}", "{item: wish, is: x}", "no rule reads the text wish"),
        ("max_minutes: km", "max_minutes: bus", "limit max_minutes: bus is no number item"),
        ("monthly_cents: euros", "monthly_cents: km", "limit monthly_cents: km is no money item"),
        ("  monthly_cents: euros\n", "", "monthly_cents is missing"),
        ("strengths:\n", "strengths: []\nothers:\n", "unknown key others"),
    ],
)
def test_a_file_that_is_not_exactly_meant_is_refused(old: str, new: str, message: str) -> None:
    assert old in SMALL
    with pytest.raises(QuestionnaireInvalid, match=re.escape(message)):
        parse(SMALL.replace(old, new, 1))


def test_a_block_or_a_dimension_stands_once() -> None:
    block = SMALL[SMALL.index("  - code: one") : SMALL.index("dimensions:")]
    with pytest.raises(QuestionnaireInvalid, match="item bus stands twice"):
        parse(SMALL.replace("dimensions:\n", block + "dimensions:\n"))
    with pytest.raises(QuestionnaireInvalid, match="block one stands twice"):
        parse(
            SMALL.replace("dimensions:\n", re.sub(r"code: (\w+), kind", r"code: \1_2, kind", block) + "dimensions:\n")
        )
    dimension = SMALL[SMALL.index("  - code: territory") : SMALL.index("strengths:")]
    with pytest.raises(QuestionnaireInvalid, match="dimension territory stands twice"):
        parse(SMALL.replace("strengths:\n", dimension + "strengths:\n"))


@pytest.mark.parametrize(
    "text", ["", "- a list", "3", "{[: ]", "!!python/object/apply:os.system ['true']", "? [a]\n: b"]
)
def test_what_is_no_questionnaire_at_all_is_refused(text: str) -> None:
    with pytest.raises(QuestionnaireInvalid):
        parse(text)


def _folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name.replace('v', '').replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{yes: Oui, no: Non}", "{yes: Non, no: Oui}", "choice bus.yes meant something else"),
        ("about: Distance", "about: Durée", "item km meant something else"),
        ("unit: km", "unit: min", "item km meant something else"),
        ("kind: date", "kind: text", "within_days"),
        ("label: Transports", "label: Permis", "dimension territory meant something else"),
    ],
)
def test_a_code_keeps_its_meaning_from_version_to_version(tmp_path: Path, old: str, new: str, message: str) -> None:
    later = SMALL.replace("2026-01", "2026-02").replace(old, new)
    folder = _folder(tmp_path, v2026_01=SMALL, v2026_02=later)
    if message == "within_days":
        with pytest.raises(QuestionnaireInvalid, match="no rule reads the text start"):
            loader.load_folder(folder)
        return
    with pytest.raises(QuestionnaireInvalid, match=re.escape(message)):
        loader.load_folder(folder)


def test_a_new_version_may_ask_more_and_in_other_words(tmp_path: Path) -> None:
    later = SMALL.replace("2026-01", "2026-02").replace("ask: Un bus", "ask: Y a-t-il un bus")
    later = later.replace("choices: {yes: Oui, no: Non}", "choices: {yes: Oui, no: Non, unknown: Je ne sais pas}")
    found = loader.load_folder(_folder(tmp_path, v2026_01=SMALL, v2026_02=later))
    assert list(found) == ["2026-01", "2026-02"]


def test_a_file_bears_the_name_of_its_version(tmp_path: Path) -> None:
    with pytest.raises(QuestionnaireInvalid, match="says that it is version"):
        loader.load_folder(_folder(tmp_path, v2026_07=SMALL))
    with pytest.raises(QuestionnaireInvalid, match="no questionnaire"):
        loader.load_folder(tmp_path / "elsewhere")


def test_an_unknown_version_is_not_found() -> None:
    with pytest.raises(NotFound):
        loader.get_questionnaire("1999-01")


# ---- the questionnaires of the application


def test_the_questionnaires_of_the_application_can_be_read() -> None:
    assert loader.current() is loader.get_questionnaire(loader.current().version)


def test_every_barrier_can_be_found_and_every_item_is_asked_in_plain_words() -> None:
    read = loader.current()
    assert {rule.barrier for one in read.dimensions for rule in one.rules if rule.barrier} == set(Barrier)
    for item in read.items.values():
        assert len(item.ask) < 110
        if item.tell is not None:
            assert len(item.tell) < 110
            assert "la personne" not in item.tell.lower()


# Words of medicine: capabilities are recorded, never the state of somebody's health (facts §9).
HEALTH = re.compile(
    r"handicap|malad|épileps|diabè|dépress|cancer|trouble|traitement|médic|invalid|psych|alcool|drogue|douleur|fauteuil",
    re.IGNORECASE,
)


def test_no_question_and_no_sentence_names_a_state_of_health() -> None:
    for path in loader.FOLDER.glob("*.yaml"):
        assert HEALTH.search(path.read_text(encoding="utf-8")) is None
