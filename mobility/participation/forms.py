"""What is typed about exits."""

from __future__ import annotations

from typing import Any

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
from mobility.participation.rules.items import CURRENT, EVIDENCE_LABELS, Item, items_of


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


def _asked(code: str) -> Any:
    item = next(item for item in items_of(CURRENT) if item.code == code)
    return radios(item.label, item.answers, required=False, hint=item.hint)


class AnswersForm(VersionedForm):
    """The questions of an entry, all on one page; those without an answer may wait."""

    sex = _asked("sex")
    employment = _asked("employment")
    education = _asked("education")
    disability = _asked("disability")
    third_country = _asked("third_country")
    foreign_origin = _asked("foreign_origin")
    minority = _asked("minority")
    housing = _asked("housing")
    rural = _asked("rural")
    priority_district = _asked("priority_district")

    def asked(self) -> list[tuple[Item, Any]]:
        """Return the questions with their fields, in their order."""
        return [(item, self[item.code]) for item in items_of(CURRENT)]

    def answers(self) -> dict[str, str]:
        """Return what was answered."""
        return {item.code: str(field.data) for item, field in self.asked() if field.data}

    def propose(self, known: dict[str, str]) -> None:
        """Tick what is known already."""
        for item, field in self.asked():
            field.data = known.get(item.code)


class EntryForm(AnswersForm):
    """An entry into an operation."""

    agreement_id = select("Opération", ids=True)
    entered_on = day("Date d’entrée")


class EvidenceForm(Form):
    """A paper that was seen."""

    kind = select("Quel justificatif", list(EVIDENCE_LABELS.items()))
    dated_on = day("Date du document", hint="La date écrite dessus, pas celle d’aujourd’hui.")
    paper = file_field("Copie du document", required=False, hint="Une photo ou un PDF, 10 Mo au plus.")
