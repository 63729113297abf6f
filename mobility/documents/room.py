"""Wire the room of documents into the application."""

from __future__ import annotations

from flask import Flask

from mobility.core import jobs
from mobility.core.web.access import register_row
from mobility.documents import unmasked
from mobility.documents.access import may_touch_document, person_of_document
from mobility.documents.jobs import JOBS
from mobility.documents.views import bp


def init_app(app: Flask) -> None:
    """Register the download, the row answers, the setting and the clean-up."""
    app.register_blueprint(bp)
    register_row(app, "document", may_touch_document, person=person_of_document)
    jobs.register(*JOBS)
    unmasked.declare()
