"""Logs without personal data, metrics, health."""

from __future__ import annotations

import hmac
import ipaddress
import logging
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import structlog
from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mobility.core import clock
from mobility.core.db import db
from mobility.core.errors import AccessRefused
from mobility.core.web.access import public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

log = structlog.get_logger("mobility.request")
bp = Blueprint("observe", __name__)

_DETAILS = "mobility.health_details"
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "mobility_requests_total", "Answers by endpoint and status", ["endpoint", "method", "status"], registry=REGISTRY
)
SECONDS = Histogram("mobility_request_seconds", "Time to answer", ["endpoint"], registry=REGISTRY)


def setup_logging(level: str, shape: str) -> None:
    """Send structured logs to standard error: console for people, json for machines."""
    renderer: Any = (
        structlog.processors.JSONRenderer() if shape == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        # Looked up at each line: standard error may be another one than when the application was made.
        logger_factory=lambda *_args: structlog.PrintLogger(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def _before() -> None:
    g.started = time.perf_counter()
    g.request_id = uuid4().hex[:16]
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _after(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    endpoint = request.endpoint or "unknown"
    REQUESTS.labels(endpoint, request.method, response.status_code).inc()
    SECONDS.labels(endpoint).observe(seconds)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if endpoint != "assets.file":
        # The endpoint and not the path: paths hold tokens and searches hold names.
        log.info(
            "request", endpoint=endpoint, method=request.method, status=response.status_code, ms=round(seconds * 1000)
        )
    return response


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Tell whether this process can serve: it reaches its database."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(status="database unreachable"), 503
    return jsonify(status="ready")


@bp.get("/healthz")
@public
def health() -> ResponseReturnValue:
    """Tell whether the platform is well: the database answers and no scheduled job is late."""
    from mobility.core import jobs

    try:
        late = [state.name for state in jobs.late(clock.now())]
    except SQLAlchemyError:
        return jsonify(status="database unreachable"), 503
    details = {name: tell() for name, tell in current_app.extensions.get(_DETAILS, {}).items()}
    return jsonify(status="late jobs" if late else "ok", late_jobs=late, **details), 503 if late else 200


def register_health(app: Flask, name: str, tell: Callable[[], dict[str, str]]) -> None:
    """Add what a room says of itself to /healthz. It does not change the status: the platform serves without it."""
    app.extensions.setdefault(_DETAILS, {})[name] = tell


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Show counters in Prometheus' format, to the token or to this machine only."""
    token = str(current_app.config["METRICS_TOKEN"])
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token:
        if not hmac.compare_digest(token.encode(), given.encode()):
            raise AccessRefused("metrics")
    elif not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104 - compared, not bound
        raise AccessRefused("metrics")
    return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def init_app(app: Flask) -> None:
    """Log and count every request; serve health and metrics."""
    setup_logging(str(app.config["LOG_LEVEL"]), str(app.config["LOG_FORMAT"]))
    app.before_request(_before)
    app.after_request(_after)
    app.register_blueprint(bp)
