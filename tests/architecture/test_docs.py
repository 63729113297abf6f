"""What the documentation promises is there, and what is there is documented."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from mobility.cli import cli
from mobility.core.config import SETTINGS

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _commands(group: click.Group, path: tuple[str, ...] = ("mobility",)) -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        here = (*path, name)
        found |= _commands(command, here) if isinstance(command, click.Group) else {" ".join(here): command}
    return found


COMMANDS = _commands(cli)


def test_settings_and_their_page_name_the_same() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|$", _read("docs/settings.md"), re.MULTILINE)
    assert [name for name, *_ in rows] == [setting.name for setting in SETTINGS]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_settings_default_is_the_documented_one(setting: object) -> None:
    name, default = setting.name, setting.default  # type: ignore[attr-defined]
    row = re.search(rf"^\| `{name}` \| (.*?) \|", _read("docs/settings.md"), re.MULTILINE)
    assert row is not None
    assert row[1] == (f"`{default}`" if default else "(empty)")


def test_commands_and_their_page_name_the_same() -> None:
    headed = re.findall(r"^## `(mobility [a-z -]+?)`", _read("docs/operating/cli.md"), re.MULTILINE)
    assert sorted(headed) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_options_are_documented(name: str) -> None:
    section = _read("docs/operating/cli.md").split(f"## `{name}`", 1)[1].split("\n## ", 1)[0]
    for parameter in COMMANDS[name].params:
        shown = parameter.opts[0] if isinstance(parameter, click.Option) else str(parameter.name).upper()
        assert f"`{shown}" in section, f"{name} {shown}"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself(name: str) -> None:
    assert COMMANDS[name].help


def test_make_help_lists_every_target_that_the_readme_names() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", _read("Makefile"), re.MULTILINE))
    assert {"help", "install", "run", "test", "lint", "format", "soak", "clean", "migration"} <= targets
    for page in PAGES:
        named = set(re.findall(r"`(?:[A-Z]+=\S+ )?make ([a-z-]+)", page.read_text(encoding="utf-8")))
        assert named <= targets, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "package-lock.json"])
def test_a_lock_holds_no_address_and_every_hash(name: str) -> None:
    text = _read(name)
    assert not re.search(
        r"https?://(?!(?:github\.com|opencollective\.com|tidelift|www\.patreon|feross)[/.])\S*", text
    ) or (name == "package-lock.json" and '"resolved"' not in text)
    if name.startswith("requirements"):
        packages = re.findall(r"^[a-z0-9._-]+==", text, re.MULTILINE | re.IGNORECASE)
        assert packages
        assert len(re.findall(r"^[a-z0-9].*\\\n    --hash=sha256:", text, re.MULTILINE | re.IGNORECASE)) == len(
            packages
        )


def test_the_runtime_lock_is_part_of_the_other_one() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9._-]+==[^ ;\\]+)", _read(name), re.MULTILINE | re.IGNORECASE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_decisions_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert names
    assert len({name[:4] for name in names}) == len(names), "two decisions share a number"
