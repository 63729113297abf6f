"""Headers of every answer: a strict Content-Security-Policy with a nonce, and the usual ones."""

from __future__ import annotations

import secrets

from flask import Flask, Response, abort, current_app, g, request


def csp_nonce() -> str:
    """Return this request's nonce; made on first use."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def allow_images(origin: str) -> None:
    """Let this answer show pictures of another origin (``https://tiles.example.org``): tiles of a map."""
    g.setdefault("image_origins", set()).add(origin)


def _set_headers(response: Response) -> Response:
    nonce = csp_nonce()
    images = " ".join(["'self'", "data:", *sorted(g.get("image_origins", ()))])
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; "
        f"script-src 'nonce-{nonce}'; style-src 'self'; img-src {images}; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "assets.file" or response.status_code >= 400:
        # Pages show personal data: a shared computer must not keep them.
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _refuse_nul() -> None:
    """Refuse a path with a NUL in it: no page has one, and PostgreSQL cannot even be asked for it.

    Questions (``?q=``) are cleaned by the page that reads them; the API names the field that is wrong.
    """
    if "\x00" in request.path:
        abort(404)


def init_app(app: Flask) -> None:
    """Refuse what no page asks for, set the headers of every answer, and give templates the nonce."""
    app.before_request(_refuse_nul)
    app.after_request(_set_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
