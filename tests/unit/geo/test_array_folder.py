"""Folders of arrays: what was written is read, and nothing else is taken for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mobility.geo import array_folder
from mobility.geo.array_folder import BrokenFolder

ARRAYS = {"times": np.arange(100, dtype=np.int32), "none": np.empty((0, 2))}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    folder = tmp_path / "deep" / "kept"
    array_folder.write(folder, ARRAYS, kind="tests-1", facts={"revision": 7})
    return folder


def test_what_was_written_is_read_and_cannot_be_changed(kept: Path) -> None:
    found = array_folder.read(kept, kind="tests-1")
    assert found.facts == {"revision": 7}
    assert found.arrays["times"].tolist() == list(range(100))
    assert found.arrays["none"].shape == (0, 2)
    with pytest.raises(ValueError, match="read-only"):
        found.arrays["times"][0] = 1
    assert [path.name for path in kept.parent.iterdir()] == ["kept"]


def test_a_folder_takes_the_place_of_an_older_one_and_whoever_mapped_that_keeps_it(kept: Path) -> None:
    before = array_folder.read(kept, kind="tests-1")
    array_folder.write(kept, {"times": np.zeros(3)}, kind="tests-1", facts={})
    assert array_folder.read(kept, kind="tests-1").arrays["times"].tolist() == [0, 0, 0]
    assert before.arrays["times"].sum() == 4950
    assert [path.name for path in kept.parent.iterdir()] == ["kept"]


def test_what_cannot_be_written_leaves_the_older_one(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_options: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="no space left"):
        array_folder.write(kept, {"times": np.zeros(3)}, kind="tests-1", facts={})
    assert array_folder.read(kept, kind="tests-1").arrays["times"].sum() == 4950
    assert [path.name for path in kept.parent.iterdir()] == ["kept"]


def _cut(folder: Path) -> None:
    path = folder / "times.npy"
    path.write_bytes(path.read_bytes()[:-10])


def _flip(folder: Path) -> None:
    path = folder / "times.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _other_array(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["arrays"]["times"]["dtype"] = "<i8"
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "harm",
    [
        _cut,
        _flip,
        _other_array,
        lambda folder: (folder / "times.npy").unlink(),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "manifest.json").write_text("{"),
        lambda folder: (folder / "manifest.json").write_text("[]"),
        lambda folder: (folder / "manifest.json").write_text('{"kind": "tests-1"}'),
        lambda folder: (folder / "manifest.json").write_text('{"kind": "tests-1", "facts": {}, "arrays": {"times": 3}}'),
    ],
)  # fmt: skip
def test_a_damaged_folder_is_refused(kept: Path, harm: Callable[[Path], object]) -> None:
    harm(kept)
    with pytest.raises(BrokenFolder):
        array_folder.read(kept, kind="tests-1")


def test_a_quick_look_finds_what_is_torn_but_not_every_changed_byte(kept: Path) -> None:
    _flip(kept)
    array_folder.read(kept, kind="tests-1", verify=False)
    _cut(kept)
    with pytest.raises(BrokenFolder, match="size"):
        array_folder.read(kept, kind="tests-1", verify=False)


def test_another_kind_and_what_is_not_there_are_refused(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(BrokenFolder, match="another kind"):
        array_folder.read(kept, kind="tests-2")
    with pytest.raises(BrokenFolder):
        array_folder.read(tmp_path / "nowhere", kind="tests-1")
