"""The built front end: hashed files, served with a long life."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, g, send_from_directory, url_for

from mobility.core.errors import ConfigError
from mobility.core.paths import resource_dir
from mobility.core.web.access import public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("assets", __name__)


@lru_cache(maxsize=4)
def _read_manifest(_stamp: int) -> dict[str, str]:
    content: dict[str, str] = json.loads(
        (resource_dir("static") / "dist" / "manifest.json").read_text(encoding="utf-8")
    )
    return content


def manifest() -> dict[str, str]:
    """Return the map from logical name to hashed file. Raises ConfigError before the first build."""
    path = resource_dir("static") / "dist" / "manifest.json"
    try:
        return _read_manifest(path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise ConfigError("the front end is not built: run `make install`") from None


def asset(name: str) -> str:
    """Return the address of a built file by its logical name, such as ``app.css``.

    Looked up once per context: a page names the file of its icons dozens of times.
    """
    known: dict[str, str] = g.setdefault("asset_addresses", {})
    if name not in known:
        known[name] = url_for("assets.file", filename=manifest()[name])
    return known[name]


@bp.get("/assets/<path:filename>")
@public
def file(filename: str) -> ResponseReturnValue:
    """Serve a built file; its name holds a hash of its content, so it may be kept for a year."""
    response: Response = send_from_directory(resource_dir("static") / "dist", filename, max_age=31536000)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def init_app(app: Flask) -> None:
    """Serve the built files and give templates ``asset()``."""
    app.register_blueprint(bp)
    app.jinja_env.globals["asset"] = asset
