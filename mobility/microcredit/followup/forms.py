"""What is typed about the follow-up."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired

from mobility.core.web.forms import Form, checkboxes


class StatementForm(Form):
    """A bank's file of payments."""

    file = FileField(
        "Fichier CSV ou XLSX",
        description="Un mégaoctet au plus.",
        validators=[FileRequired("Choisissez un fichier.")],
        render_kw={"accept": ".csv,.xlsx,text/csv"},
    )


class ConfirmStatementForm(Form):
    """The lines to note."""

    lines = checkboxes("Lignes à noter")
