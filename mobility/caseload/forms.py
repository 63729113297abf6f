"""What people type about phases, transfers, handover and absences."""

from __future__ import annotations

from datetime import date

from mobility.caseload.rules import COMING_LABELS, NOTE_LENGTH, REASON_LENGTH, Coming
from mobility.core.web.forms import Form, VersionedForm, checkboxes, day, line, radios, select, text, tick
from mobility.people.kinds import PHASE_LABELS

NOTE_HINT = "Ce que votre collègue doit savoir pour prendre la suite. Pas de santé. La personne peut la lire."


class PhaseForm(VersionedForm):
    """Where the person stands."""

    phase = radios("Phase", [(phase.value, label) for phase, label in PHASE_LABELS.items()])
    since_on = day("Depuis le")
    reason = line("Précision", required=False, limit=REASON_LENGTH)


class TransferForm(VersionedForm):
    """Who takes the person over."""

    desk_id = select("Antenne", ids=True)
    referent_user_id = select("Nouveau conseiller référent", ids=True)
    reason = line("Pourquoi ?", required=False, limit=REASON_LENGTH, hint="Obligatoire si l’antenne change.")
    coming = radios(
        "Ses rendez-vous à venir",
        [(coming.value, label) for coming, label in COMING_LABELS.items()],
        default=Coming.KEEP.value,
    )
    note = text("Note de passation", required=False, limit=NOTE_LENGTH, hint=NOTE_HINT)


class HandoverForm(Form):
    """A note left to a colleague."""

    to_user_id = select("Pour", ids=True)
    text = text("Note de passation", required=True, limit=NOTE_LENGTH, hint=NOTE_HINT)


class BalanceForm(Form):
    """The proposals that a manager ticks."""

    moves = checkboxes("Propositions")


class AwayForm(Form):
    """What becomes of the appointments of a colleague who is away; a choice for each stands in ``rdv-<id>``."""

    note_absence = tick("Noter aussi l’absence : plus aucune heure ne sera proposée ces jours-là")
    note = text(
        "Note de passation pour les collègues qui reçoivent à sa place",
        required=False,
        limit=NOTE_LENGTH,
        hint=NOTE_HINT,
    )


def read_date(raw: str | None) -> date | None:
    """Return the day that an address asks for, or None."""
    try:
        return date.fromisoformat((raw or "")[:10])
    except ValueError:
        return None
