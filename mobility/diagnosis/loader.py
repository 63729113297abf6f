"""Read questionnaires from their files, and refuse everything that is not exactly meant.

An unknown key, a condition on a later item (so no cycle can be), a choice that does not exist, a code that means
something else than in an earlier version: each is refused by name, when the application starts and in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mobility.core.errors import ConfigError, NotFound
from mobility.diagnosis.barriers import Barrier
from mobility.diagnosis.conditions import AllOf, AnyOf, Condition, Has, Is, Not, Soon, Within
from mobility.diagnosis.questionnaire import (
    BEST,
    Block,
    Dimension,
    Item,
    ItemKind,
    Questionnaire,
    Rule,
    Strength,
)

FOLDER = Path(__file__).parent / "questionnaires"
# Every icon that a block may bear; the build takes them into the sprite from here.
ICONS = frozenset(
    {"flag", "person-vcard", "car-front", "wallet2", "person-arms-up", "book", "people", "signpost", "stars"}
)
# What other rooms can tell of the person, by the name that an item gives it.
SOURCES = frozenset({"status", "reading", "licence", "goal_kind", "goal_on", "goal_km", "vehicle", "uses", "lift"})
LIMITS: Mapping[str, type] = {
    "no_night": bool,
    "max_minutes": int,
    "max_walk_minutes": int,
    "no_motorway": bool,
    "monthly_cents": int,
}
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VERSION = re.compile(r"\d{4}-\d{2}(?:-\d{1,2})?")
_WORST_FINE = 3
NUMERIC = frozenset({ItemKind.NUMBER, ItemKind.MONEY})


class QuestionnaireInvalid(ConfigError):
    """A questionnaire's file says something that is not exactly meant."""


class _StrictLoader(yaml.SafeLoader):
    """Plain data only, and no key twice."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _value in node.value]
    doubled = {str(key) for key in keys if keys.count(key) > 1}
    if doubled:
        raise QuestionnaireInvalid(f"key twice: {', '.join(sorted(doubled))}")
    return loader.construct_mapping(node, deep=True)


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
# « yes » and « no » are codes here, and dates are texts; only « true » and « false » are what they say.
_StrictLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:float"}
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def plain(text: str) -> Any:
    """Return what a file of this room says, as plain data. Raises QuestionnaireInvalid."""
    try:
        return yaml.load(text, _StrictLoader)  # noqa: S506 - a safe loader, made stricter
    except (yaml.YAMLError, ValueError) as error:
        raise QuestionnaireInvalid(f"not readable: {error}") from None


def parse(text: str) -> Questionnaire:
    """Return the questionnaire that a file says. Raises QuestionnaireInvalid."""
    top = _keys(
        plain(text), "questionnaire", needed=("version", "title", "blocks", "dimensions", "strengths", "limits")
    )
    version = _text(top, "version", "questionnaire")
    if not _VERSION.fullmatch(version):
        raise QuestionnaireInvalid(f"version {version}: written as 2026-11")
    items: dict[str, Item] = {}
    blocks = tuple(_block(one, items) for one in _list(top, "blocks", "questionnaire"))
    _no_double((block.code for block in blocks), "block")
    dimensions = tuple(_dimension(one, items) for one in _list(top, "dimensions", "questionnaire"))
    _no_double((dimension.code for dimension in dimensions), "dimension")
    return Questionnaire(
        version=version,
        title=_text(top, "title", "questionnaire"),
        blocks=blocks,
        dimensions=dimensions,
        strengths=tuple(_strength(one, items) for one in _list(top, "strengths", "questionnaire")),
        limits=_limits(top["limits"], items),
    )


def check_history(versions: Sequence[Questionnaire]) -> None:
    """Refuse a code that means something else than in an earlier version. Raises QuestionnaireInvalid."""
    meanings: dict[str, object] = {}

    def keep(key: str, meaning: object, version: str) -> None:
        if meanings.setdefault(key, meaning) != meaning:
            raise QuestionnaireInvalid(f"{version}: {key} meant something else in an earlier version")

    for one in versions:
        for item in one.items.values():
            keep(f"item {item.code}", (item.kind, item.about, item.unit), one.version)
            for code, label in item.choices.items():
                keep(f"choice {item.code}.{code}", label, one.version)
        for dimension in one.dimensions:
            keep(f"dimension {dimension.code}", dimension.label, one.version)


def load_folder(folder: Path) -> Mapping[str, Questionnaire]:
    """Return every version of a folder, the oldest first. Raises QuestionnaireInvalid."""
    found: list[Questionnaire] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            one = parse(path.read_text(encoding="utf-8"))
        except QuestionnaireInvalid as error:
            raise QuestionnaireInvalid(f"{path.name}: {error}") from None
        if one.version != path.stem:
            raise QuestionnaireInvalid(f"{path.name} says that it is version {one.version}")
        found.append(one)
    if not found:
        raise QuestionnaireInvalid("no questionnaire")
    check_history(found)
    return {one.version: one for one in found}


@cache
def versions() -> Mapping[str, Questionnaire]:
    """Return the questionnaires of the application, read once a process."""
    return load_folder(FOLDER)


def get_questionnaire(version: str) -> Questionnaire:
    """Return one version. Raises NotFound."""
    try:
        return versions()[version]
    except KeyError:
        raise NotFound(f"questionnaire {version}") from None


def current() -> Questionnaire:
    """Return the version in which a new diagnosis is made."""
    return list(versions().values())[-1]


# ---- parts


def _keys(raw: Any, where: str, *, needed: Iterable[str], known: Iterable[str] = ()) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise QuestionnaireInvalid(f"{where}: a mapping is expected")
    given, wanted = set(raw), set(needed)
    if missing := wanted - given:
        raise QuestionnaireInvalid(f"{where}: {', '.join(sorted(missing))} is missing")
    if unknown := given - wanted - set(known):
        raise QuestionnaireInvalid(f"{where}: unknown key {', '.join(sorted(map(str, unknown)))}")
    return raw


def _list(raw: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = raw[key]
    if not isinstance(value, list) or not value:
        raise QuestionnaireInvalid(f"{where}: {key} is a list of at least one")
    return value


def _text(raw: Mapping[str, Any], key: str, where: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise QuestionnaireInvalid(f"{where}: {key} is a text")
    return value.strip()


def _whole(raw: Mapping[str, Any], key: str, where: str, default: int) -> int:
    value = raw.get(key, default)
    if not isinstance(value, int):
        raise QuestionnaireInvalid(f"{where}: {key} is a whole number")
    return value


def _code(value: Any, where: str) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise QuestionnaireInvalid(f"{where}: {value!r} is no code")
    return value


def _no_double(codes: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise QuestionnaireInvalid(f"{what} {code} stands twice")
        seen.add(code)


def _block(raw: Any, items: dict[str, Item]) -> Block:
    top = _keys(raw, "block", needed=("code", "title", "icon", "intro", "items"))
    code = _code(top["code"], "block")
    if top["icon"] not in ICONS:
        raise QuestionnaireInvalid(f"block {code}: icon {top['icon']} is not among those of the pages")
    own: list[Item] = []
    for one in _list(top, "items", f"block {code}"):
        item = _item(one, items)
        items[item.code] = item
        own.append(item)
    return Block(code, _text(top, "title", code), top["icon"], _text(top, "intro", code), tuple(own))


def _item(raw: Any, earlier: Mapping[str, Item]) -> Item:
    top = _keys(
        raw,
        "item",
        needed=("code", "kind", "about", "ask"),
        known=("tell", "hint", "choices", "none_of_these", "low", "high", "unit", "source", "when"),
    )
    code = _code(top["code"], "item")
    where = f"item {code}"
    if code in earlier:
        raise QuestionnaireInvalid(f"{where} stands twice")
    if top["kind"] not in list(ItemKind):
        raise QuestionnaireInvalid(f"{where}: kind {top['kind']} is unknown")
    kind = ItemKind(top["kind"])
    source = top.get("source")
    if source is not None and source not in SOURCES:
        raise QuestionnaireInvalid(f"{where}: source {source} is unknown")
    choices = _choices(top, kind, where)
    none_of_these = top.get("none_of_these")
    if none_of_these is not None and (kind is not ItemKind.SEVERAL or none_of_these not in choices):
        raise QuestionnaireInvalid(f"{where}: none_of_these is one of its several choices")
    low, high = _whole(top, "low", where, 0), _whole(top, "high", where, 10_000)
    if {"low", "high", "unit"} & set(top) and kind not in NUMERIC:
        raise QuestionnaireInvalid(f"{where}: bounds and units are for numbers")
    if low > high:
        raise QuestionnaireInvalid(f"{where}: its bounds are the wrong way round")
    return Item(
        code=code,
        kind=kind,
        about=_text(top, "about", where),
        ask=_text(top, "ask", where),
        tell=_text(top, "tell", where) if "tell" in top else None,
        hint=_text(top, "hint", where) if "hint" in top else "",
        choices=choices,
        none_of_these=none_of_these,
        low=low,
        high=high,
        unit=_text(top, "unit", where) if "unit" in top else "",
        source=source,
        when=_condition(top["when"], earlier, where) if "when" in top else None,
    )


def _choices(top: Mapping[str, Any], kind: ItemKind, where: str) -> dict[str, str]:
    raw = top.get("choices")
    if kind not in {ItemKind.CHOICE, ItemKind.SEVERAL}:
        if raw is not None:
            raise QuestionnaireInvalid(f"{where}: only choices have choices")
        return {}
    if not isinstance(raw, dict) or len(raw) < 2:
        raise QuestionnaireInvalid(f"{where}: at least two choices")
    return {_code(code, where): _text(raw, code, where) for code in raw}


def _condition(raw: Any, items: Mapping[str, Item], where: str) -> Condition:
    if not isinstance(raw, dict):
        raise QuestionnaireInvalid(f"{where}: a condition is a mapping")
    for key, several in (("all", AllOf), ("any", AnyOf)):
        if key in raw:
            top = _keys(raw, where, needed=(key,))
            make: Callable[[tuple[Condition, ...]], Condition] = several
            return make(tuple(_condition(one, items, where) for one in _list(top, key, where)))
    if "not" in raw:
        return Not(_condition(_keys(raw, where, needed=("not",))["not"], items, where))
    item = items.get(str(raw.get("item")))
    if item is None:
        raise QuestionnaireInvalid(f"{where}: a condition on {raw.get('item')!r}, which is no earlier item")
    return _about_item(raw, item, where)


def _about_item(raw: dict[str, Any], item: Item, where: str) -> Condition:
    if item.kind is ItemKind.CHOICE:
        return Is(item.code, _known(_keys(raw, where, needed=("item", "is"))["is"], item, where))
    if item.kind is ItemKind.SEVERAL:
        return Has(item.code, _known(_keys(raw, where, needed=("item", "has"))["has"], item, where))
    if item.kind in NUMERIC:
        top = _keys(raw, where, needed=("item",), known=("at_least", "at_most"))
        low = _whole(top, "at_least", where, 0) if "at_least" in top else None
        high = _whole(top, "at_most", where, 0) if "at_most" in top else None
        if low is None and high is None:
            raise QuestionnaireInvalid(f"{where}: at_least or at_most {item.code}?")
        return Within(item.code, low, high)
    if item.kind is ItemKind.DATE:
        return Soon(item.code, _whole(_keys(raw, where, needed=("item", "within_days")), "within_days", where, 0))
    raise QuestionnaireInvalid(f"{where}: no rule reads the text {item.code}")


def _known(value: Any, item: Item, where: str) -> frozenset[str]:
    codes = value if isinstance(value, list) else [value]
    if not codes or any(code not in item.choices for code in codes):
        raise QuestionnaireInvalid(f"{where}: {item.code} has no choice {value}")
    return frozenset(codes)


def _dimension(raw: Any, items: Mapping[str, Item]) -> Dimension:
    top = _keys(raw, "dimension", needed=("code", "label", "barriers", "needs", "fine", "rules"))
    code = _code(top["code"], "dimension")
    where = f"dimension {code}"
    barriers = tuple(_barrier(one, where) for one in _list(top, "barriers", where))
    needs = tuple(_list(top, "needs", where))
    if unknown := [one for one in needs if one not in items]:
        raise QuestionnaireInvalid(f"{where}: needs {unknown[0]}, which is no item")
    rules = tuple(_rule(one, items, barriers, where) for one in _list(top, "rules", where))
    return Dimension(code, _text(top, "label", where), barriers, needs, _text(top, "fine", where), rules)


def _barrier(value: Any, where: str) -> Barrier:
    if value not in list(Barrier):
        raise QuestionnaireInvalid(f"{where}: barrier {value} is unknown")
    return Barrier(value)


def _rule(raw: Any, items: Mapping[str, Item], barriers: Sequence[Barrier], where: str) -> Rule:
    top = _keys(raw, where, needed=("score", "when", "because"), known=("barrier",))
    score = _whole(top, "score", where, BEST)
    if not 0 <= score <= BEST:
        raise QuestionnaireInvalid(f"{where}: a score of {score}")
    if (score < _WORST_FINE) != ("barrier" in top):
        raise QuestionnaireInvalid(f"{where}: a score under {_WORST_FINE} is a barrier, and no other")
    barrier = _barrier(top["barrier"], where) if "barrier" in top else None
    if barrier is not None and barrier not in barriers:
        raise QuestionnaireInvalid(f"{where}: barrier {barrier.value} is not one of its own")
    return Rule(score, barrier, _condition(top["when"], items, where), _text(top, "because", where))


def _strength(raw: Any, items: Mapping[str, Item]) -> Strength:
    top = _keys(raw, "strength", needed=("when", "because"))
    return Strength(_condition(top["when"], items, "strength"), _text(top, "because", "strength"))


def _limits(raw: Any, items: Mapping[str, Item]) -> dict[str, Condition | str]:
    top = _keys(raw, "limits", needed=LIMITS)
    found: dict[str, Condition | str] = {}
    for name, kind in LIMITS.items():
        if kind is bool:
            found[name] = _condition(top[name], items, f"limit {name}")
            continue
        item = items.get(str(top[name]))
        wanted = ItemKind.MONEY if name.endswith("_cents") else ItemKind.NUMBER
        if item is None or item.kind is not wanted:
            raise QuestionnaireInvalid(f"limit {name}: {top[name]} is no {wanted.value} item")
        found[name] = item.code
    return found


__all__ = ["check_history", "current", "get_questionnaire", "load_folder", "parse", "versions"]
