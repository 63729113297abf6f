"""Files in forms, for the rooms whose pages take them.

::

    class LicenceForm(Form):
        scan = file_field("Photo du permis")

    form = LicenceForm()
    with take(form, "scan") as prepared:
        if form.submits(lambda: services.add_licence(prepared=prepared, **form.values(…))):
            return redirect(…)

A refusal stands beside the field. The file is checked and written before the transaction begins, and
deleted where the form is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_wtf.file import FileField
from wtforms import ValidationError

from mobility.core.web.forms import Form
from mobility.documents import services
from mobility.documents.errors import UploadRefused
from mobility.documents.services import Prepared

ACCEPT_PICTURES = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif"
ACCEPT_ALL = f"{ACCEPT_PICTURES},application/pdf"
_REFUSAL = "_upload_refusal"


def _no_refusal(_form: Any, field: Any) -> None:
    refusal: str | None = getattr(field, _REFUSAL, None)
    if refusal:
        raise ValidationError(refusal)


class _Given:
    """Refuse a form without its file."""

    field_flags = {"required": True}  # noqa: RUF012 - WTForms reads this very attribute

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data is None:
            raise ValidationError("Choisissez un fichier.")


def file_field(label: str, *, required: bool = True, hint: str = "", pictures_only: bool = False) -> Any:
    """A file: a picture or a PDF, or pictures only."""
    accept = ACCEPT_PICTURES if pictures_only else ACCEPT_ALL
    validators = [_Given(), _no_refusal] if required else [_no_refusal]
    return FileField(label, description=hint, validators=validators, render_kw={"accept": accept})


@contextmanager
def take(form: Form, name: str, *, pictures_only: bool = False, paper: bool = False) -> Iterator[Prepared | None]:
    """Give the file of a field, checked and written, or None where none was sent or it is refused.

    ``paper``: it will be sent on (``services.prepare_bytes``).
    """
    field: Any = form[name]
    if not form.is_submitted() or field.data is None:
        yield None
        return
    try:
        prepared = services.prepare_bytes(
            services.read_limited(field.data.stream),
            field.data.filename or "",
            pictures_only=pictures_only,
            paper=paper,
        )
    except UploadRefused as refusal:
        setattr(field, _REFUSAL, refusal.message)
        yield None
        return
    try:
        yield prepared
    finally:
        if not prepared.taken:
            services.discard(prepared)
