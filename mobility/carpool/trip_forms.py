"""What is typed about matches and their days."""

from __future__ import annotations

from mobility.carpool.models import CarpoolMatch
from mobility.carpool.services.agreeing import REASON_MAX
from mobility.carpool.services.complaints import TEXT_MAX
from mobility.core.web.forms import Form, VersionedForm, day, line, text, tick


class ActForm(VersionedForm):
    """A button, and a reason where one is given."""

    reason = line("Raison", required=False, limit=REASON_MAX)


class ChangeForm(VersionedForm):
    """Which ways are made, and until when."""

    there = tick("L’aller")
    back = tick("Le retour")
    ends_on = day("Dernier jour", required=False)

    def show(self, match: CarpoolMatch) -> None:
        """Show what holds today."""
        self.there.data, self.back.data, self.ends_on.data = match.there, match.back, match.ends_on


class ProblemForm(Form):
    """A problem, in somebody's words."""

    text = text(
        "Que s’est-il passé ?", required=True, limit=TEXT_MAX, message="Expliquez le problème en quelques mots."
    )
    block = tick("Je ne veux plus voyager avec cette personne")


class CancelForm(Form):
    """One way of a day, or the whole day."""

    whole_day = tick("Toute la journée : l’aller et le retour")


class AnswerForm(Form):
    """What the staff did about a report."""

    answer = text("Ce qui a été fait", required=True, limit=TEXT_MAX, message="Écrivez ce qui a été fait.")
