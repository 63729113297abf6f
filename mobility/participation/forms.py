"""What is typed about exits."""

from __future__ import annotations

from mobility.core.web.forms import Form, VersionedForm, day, radios, select, text
from mobility.documents.uploads import file_field
from mobility.participation.models import Departure
from mobility.participation.rules.exits import (
    LATER_LABELS,
    NOTE_LENGTH,
    OUTCOME_LABELS,
    PROOF_LABELS,
    Outcome,
    Proof,
)


class DepartureForm(VersionedForm):
    """The end of an accompaniment."""

    left_on = day("Date de la sortie")
    outcome = radios("Pour quoi", [(outcome.value, label) for outcome, label in OUTCOME_LABELS.items()], required=True)
    proof = select(
        "Justificatif",
        [("", "Pas encore"), *((proof.value, label) for proof, label in PROOF_LABELS.items())],
        required=False,
        hint="Utile pour un emploi, une formation ou un diplôme. Vous pourrez l’ajouter plus tard.",
    )
    paper = file_field("Le document", required=False, hint="Une photo ou un PDF, 10 Mo au plus.")
    note = text("Note", limit=NOTE_LENGTH, hint="Pas de santé. La personne peut lire cette note.")

    def show(self, row: Departure) -> None:
        """Fill the form with an exit."""
        self.left_on.data, self.outcome.data = row.left_on, row.outcome.value
        self.proof.data, self.note.data = row.proof.value if row.proof else "", row.note
        self.show_version(row)

    def typed_outcome(self) -> Outcome:
        """Return the outcome that was chosen."""
        return Outcome(self.outcome.data)

    def typed_proof(self) -> Proof | None:
        """Return the proof that was chosen, or None."""
        return Proof(self.proof.data) if self.proof.data else None


class ReturnForm(Form):
    """The person is back."""

    returned_on = day("Date du retour")


class LaterForm(Form):
    """What became of the person, some months later."""

    answer = radios("Aujourd’hui", [(later.value, label) for later, label in LATER_LABELS.items()])
