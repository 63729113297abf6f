"""What the journal refuses."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class NoteTooLong(RuleViolation):
    """The note is longer than a note."""

    code = "note_too_long"
    field = "note"
    template = "Cette note est trop longue : 5000 caractères au plus. Gardez l’essentiel."


class NoteEmpty(RuleViolation):
    """A note without a word."""

    code = "note_empty"
    field = "note"
    template = "Écrivez quelques mots avant d’enregistrer la note."
