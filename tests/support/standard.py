"""The public specification « standard covoiturage », where it is at hand: it is no part of the project (Apache-2.0)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from mobility.carpool.standard.server import PREFIX

ROOT = Path(__file__).resolve().parent.parent.parent


def specification() -> dict[str, Any]:
    """Return the specification of the folder that SHARED_DATA names, else of ../shared/data; skip without it."""
    folder = Path(os.environ.get("SHARED_DATA") or ROOT.parent / "shared" / "data")
    path = folder / "standard-covoiturage.yaml"
    if not path.is_file():
        pytest.skip(f"!!! NOT TESTED: {path} is not there; SHARED_DATA names the folder that holds it")
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


class AtItsRoot:
    """The application's standard covoiturage at the root, beside its specification: as schemathesis asks for it."""

    def __init__(self, app: Flask, content: dict[str, Any]) -> None:
        self.app, self.content = app, json.dumps(content, default=str).encode()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer a request."""
        if environ["PATH_INFO"] == "/openapi.json":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [self.content]
        return self.app(environ | {"PATH_INFO": PREFIX + environ["PATH_INFO"]}, start_response)
