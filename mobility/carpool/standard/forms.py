"""What is typed about other services."""

from __future__ import annotations

from mobility.core.web.forms import Form, radios

YES, NO = "yes", "no"


class AnswerForm(Form):
    """Yes or no to what somebody of another service asks."""

    answer = radios("Votre réponse", [(YES, "Oui, je suis d’accord"), (NO, "Non")])

    @property
    def accepts(self) -> bool:
        """Tell whether it is yes."""
        return bool(self.answer.data == YES)
