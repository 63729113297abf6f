"""The legal pages, and the operator's name for every template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, current_app, render_template

from mobility.core import clock
from mobility.core.web.access import public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("legal", __name__)
_CLOCKS = "mobility.retention_clocks"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the platform, from the settings OPERATOR_*."""

    name: str
    legal_form: str
    address: str
    email: str
    phone: str
    dpo_email: str
    publication_director: str
    hosting: str


def operator() -> Operator:
    """Return the operator of this installation."""
    return Operator(**{name: str(current_app.config[f"OPERATOR_{name.upper()}"]) for name in Operator.__slots__})


@bp.get("/mentions-legales")
@public
def notice() -> ResponseReturnValue:
    """Show the legal notice."""
    return render_template("legal/mentions.html")


@bp.get("/donnees-personnelles")
@public
def privacy() -> ResponseReturnValue:
    """Show the notice on personal data."""
    told: list[Callable[[date], str]] = current_app.extensions.get(_CLOCKS, [])
    return render_template("legal/donnees_personnelles.html", clocks=[words(clock.today()) for words in told])


@bp.get("/accessibilite")
@public
def accessibility() -> ResponseReturnValue:
    """Show the accessibility declaration."""
    return render_template("legal/accessibilite.html")


def tell_clock(app: Flask, words: Callable[[date], str]) -> None:
    """Let a room say in the notice on personal data how long it keeps what it holds, as it stands on a day."""
    app.extensions.setdefault(_CLOCKS, []).append(words)


def init_app(app: Flask) -> None:
    """Register the pages and the template context."""
    app.register_blueprint(bp)
    app.context_processor(lambda: {"operator": operator(), "demo_mode": bool(app.config["DEMO"])})
