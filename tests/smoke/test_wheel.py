"""The built wheel in a clean environment: one page, one asset, one command. What is not in it shows here."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

from mobility.core.config import SETTINGS

ROOT = Path(__file__).resolve().parent.parent.parent


def _call(*command: str | Path, cwd: Path, **environ: str) -> str:
    clean = {name: value for name, value in os.environ.items() if name not in {setting.name for setting in SETTINGS}}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**clean, **environ}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sources that git knows or would know, and the front end as built."""
    folder = tmp_path_factory.mktemp("wheel")
    _call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel and what the runtime lock names; returns its folder of programs."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    _call(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    assert uv, "uv is missing: run make install"
    python = folder / "bin" / "python"
    _call(
        uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", ROOT / "requirements.txt", cwd=folder
    )  # fmt: skip
    _call(uv, "pip", "install", "--quiet", "--python", python, "--no-deps", wheel, cwd=folder)
    return folder / "bin"


@pytest.fixture(scope="module")
def site(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The platform, served from the wheel; the address."""
    here = tmp_path_factory.mktemp("elsewhere")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    environ = {"VAR_DIR": str(here / "var"), "PORT": str(port), "PATH": f"{installed}:/usr/bin:/bin"}
    assert "to 0" in _call(installed / "mobility", "db", "upgrade", cwd=here, **environ)
    process = subprocess.Popen(
        [installed / "mobility", "serve"], cwd=here, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=5).close()
            break
        except (URLError, TimeoutError):
            time.sleep(0.1)
    yield address
    process.terminate()
    assert process.wait(30) == 0


def test_the_wheel_holds_pages_front_end_and_migrations(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    templates = {
        f"mobility/templates/{path.relative_to(ROOT / 'templates')}" for path in (ROOT / "templates").rglob("*.*")
    }
    assert templates <= names
    assert "mobility/static/dist/manifest.json" in names
    assert "mobility/migrations/script.py.mako" in names
    assert any(re.fullmatch(r"mobility/migrations/versions/0001_\w+\.py", name) for name in names)
    assert not [name for name in names if name.startswith(("tests/", "var/", "docs/")) or "/__pycache__/" in name]


def test_a_command_answers(installed: Path, tmp_path: Path) -> None:
    out = _call(installed / "mobility", "config", "show", cwd=tmp_path, VAR_DIR=str(tmp_path / "var"))
    assert f"VAR_DIR={tmp_path / 'var'}" in out


def test_a_page_is_served(site: str) -> None:
    with urllib.request.urlopen(f"{site}/connexion", timeout=10) as answer:
        page = answer.read().decode()
    assert answer.status == 200
    assert '<html lang="fr"' in page


def test_an_asset_is_served(site: str) -> None:
    with urllib.request.urlopen(f"{site}/connexion", timeout=10) as answer:
        (style,) = set(re.findall(r'href="(/assets/app-[^"]+\.css)"', answer.read().decode()))
    with urllib.request.urlopen(site + style, timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/css")
        assert len(answer.read()) > 10_000


def test_the_api_describes_itself(site: str) -> None:
    with urllib.request.urlopen(f"{site}/api/v1/openapi.json", timeout=10) as answer:
        assert json.load(answer)["openapi"] == "3.1.0"
