"""Endpoints of the JSON API that only compute, and take POST because their question is long.

Nothing is written, so that no Idempotency-Key is needed; each says how large its question may be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request
from marshmallow import Schema
from werkzeug.exceptions import RequestEntityTooLarge

from mobility.core.web.access import Permission, requires_scope
from mobility.core.web.handlers import problem

View = TypeVar("View", bound=Callable[..., Any])
_MOST_MEGABYTES = "__most_megabytes__"


def ask(
    blp: Any,
    rule: str,
    *,
    scope: str,
    permission: Permission,
    answer: type[Schema],
    body: type[Schema],
    most_megabytes: str,
    query: type[Schema] | None = None,
) -> Callable[[View], View]:
    """Declare such an endpoint of a blueprint of ``core.web.api``.

    The view reads the body itself (``request.get_data()``), of at most as many megabytes as the setting
    ``most_megabytes`` tells; ``body`` only describes it.
    """

    def declare(view: View) -> View:
        made: Any = blp.response(200, answer)(requires_scope(scope, permission)(view))
        if query is not None:
            made = blp.arguments(query, location="query")(made)
        content = {"application/json": {"schema": body}}
        made = blp.doc(security=[{"token": [scope]}], requestBody={"required": True, "content": content})(made)
        setattr(made, _MOST_MEGABYTES, most_megabytes)
        blp.route(rule, methods=["POST"])(made)
        return view

    return declare


def limit_question() -> bool:
    """Tell whether this request is for such an endpoint, and hold it to its size."""
    setting = getattr(current_app.view_functions[str(request.endpoint)], _MOST_MEGABYTES, None)
    if setting is None:
        return False
    request.max_content_length = int(current_app.config[setting]) * 1_000_000
    return True


def on_too_large(_error: RequestEntityTooLarge) -> Any:
    """Answer 413."""
    return problem(413, detail=f"The body is larger than {request.max_content_length} bytes.", code="too_large")
