"""What local aids refuse."""

from __future__ import annotations

from mobility.core.errors import RuleViolation


class EntryInvalid(RuleViolation):
    """An entry of the catalogue that does not hold together."""

    code = "local_aid_invalid"
    field = "label"
    template = "Donnez un nom à cette aide."


class EntryGone(RuleViolation):
    """The entry is no longer offered, or not at this desk."""

    code = "local_aid_gone"
    template = "Cette aide n’est plus proposée ici. Choisissez-en une autre."


class ReasonMissing(RuleViolation):
    """A refusal and a giving up say why."""

    code = "reason_missing"
    field = "reason"
    template = "Écrivez pourquoi, en quelques mots."
