"""What is sent and typed about papers."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import HiddenField

from mobility.core.web.forms import Form, checkboxes, day, line, tick
from mobility.microcredit.paperwork.services.deciding import REASON_MAX


class PageForm(Form):
    """One page of a paper: a photograph taken now, or a file that is there. ``act``: send, or take the last one back."""

    act = HiddenField()
    code = HiddenField()
    photo = FileField("Photo")
    file = FileField("Fichier")


class AskForm(Form):
    """Papers to ask the person for."""

    codes = checkboxes("Papiers à demander", hint="La personne reçoit un lien par SMS ou par e-mail.")


class TakeForm(Form):
    """Pages that are a paper."""

    code = HiddenField()
    dated_on = day("Date écrite sur la pièce")
    checked = tick("J’ai regardé chaque page : aucun numéro de sécurité sociale ne se voit")


class RefuseForm(Form):
    """Pages that are none."""

    code = HiddenField()
    reason = line("Pourquoi ?", limit=REASON_MAX, hint="La personne le lit : « La photo est floue. »")
