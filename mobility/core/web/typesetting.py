"""Every page leaves with the spaces of French, whatever template, translation or message its words come from."""

from __future__ import annotations

from flask import Flask, Response
from flask_babel import get_locale

from mobility.core.typography import typeset_html


def _typeset(response: Response) -> Response:
    """Typeset a page in French; files, JSON and streams pass as they are."""
    if response.mimetype != "text/html" or response.direct_passthrough or response.is_streamed:
        return response
    locale = get_locale()
    if locale is not None and locale.language == "fr":
        response.set_data(typeset_html(response.get_data(as_text=True)))
    return response


def init_app(app: Flask) -> None:
    """Typeset the pages of the application."""
    app.after_request(_typeset)
