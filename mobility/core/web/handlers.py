"""Errors as pages (or problem+json in the API). The one place where business errors meet HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from mobility.core.db import end_read
from mobility.core.errors import AccessRefused, NotFound, RuleViolation, StaleVersion
from mobility.core.web.access import SignInNeeded

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

log = structlog.get_logger(__name__)
PAGES = (400, 403, 404, 409, 413, 429, 500)
TITLES = {
    400: "Demande illisible",
    401: "Connexion nécessaire",
    403: "Accès refusé",
    404: "Page introuvable",
    405: "Action impossible ici",
    409: "Action impossible maintenant",
    413: "Fichier trop lourd",
    422: "Données à corriger",
    429: "Trop de demandes",
    500: "Erreur de notre côté",
}


def wants_json() -> bool:
    """Tell whether the request is for the API."""
    return request.path.startswith("/api/")


def problem(status: int, *, detail: str = "", code: str = "", **extra: Any) -> ResponseReturnValue:
    """Return a problem+json answer (RFC 9457)."""
    body = {
        "type": "about:blank",
        "title": TITLES.get(status, "Erreur"),
        "status": status,
        "detail": detail,
        "code": code,
        **extra,
    }
    response = jsonify({key: value for key, value in body.items() if value not in ("", None)})
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def error_page(status: int, message: str = "", code: str = "") -> ResponseReturnValue:
    """Return the friendly page of a status, or its problem+json in the API."""
    if wants_json():
        return problem(status, detail=message, code=code)
    page = status if status in PAGES else (400 if status < 500 else 500)
    return render_template(f"errors/{page}.html", message=message, status=status), status


def _on_rule(error: RuleViolation) -> ResponseReturnValue:
    sentence = gettext(error.message_template, **error.params) if error.params else gettext(error.message_template)
    if wants_json():
        return problem(409, detail=sentence, code=error.error_code, field=error.field)
    return error_page(409, sentence, error.error_code)


def _on_access(error: AccessRefused) -> ResponseReturnValue:
    if isinstance(error, SignInNeeded):
        if wants_json():
            answer = current_app.make_response(problem(401, detail="A bearer token is needed.", code="token_needed"))
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        if request.method == "GET":
            return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")), 303)
        flash(gettext("Votre session est terminée. Connectez-vous, puis recommencez."), "warning")
        return redirect(url_for("accounts.sign_in"), 303)
    log.warning("access_refused", endpoint=request.endpoint, reason=str(error))
    return error_page(403)


def _on_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error
    answer = current_app.make_response(error_page(status))
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        for value in error.get_response().headers.getlist(name):
            answer.headers[name] = value
    return answer


def _on_crash(error: Exception) -> ResponseReturnValue:
    end_read()
    # The page must show without asking the database who is there: it may be what broke.
    g._login_user = current_app.extensions["mobility.login_manager"].anonymous_user()
    log.error("unhandled_error", endpoint=request.endpoint, error=type(error).__name__, exc_info=error)
    return error_page(500)


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(RuleViolation, _on_rule)
    app.register_error_handler(StaleVersion, _on_rule)
    app.register_error_handler(AccessRefused, _on_access)
    app.register_error_handler(NotFound, lambda _error: error_page(404))
    app.register_error_handler(
        CSRFError,
        lambda _error: error_page(
            400,
            gettext(
                "Cette page était ouverte depuis trop longtemps. Revenez en arrière, rechargez-la, puis recommencez."
            ),
        ),
    )
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_crash)
