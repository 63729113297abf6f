"""What people type about plans: steps, commitments, reasons, signatures, templates. All works without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField

from mobility.core.web.forms import (
    Form,
    VersionedForm,
    checkboxes,
    day,
    euros,
    integer,
    line,
    radios,
    select,
    text,
    tick,
)
from mobility.pathway.models import Plan, Step
from mobility.pathway.plan.rules.lines import DAYS_MAX, NAME_MAX, NOTE_MAX, OFFSET_MAX, TITLE_MAX
from mobility.pathway.plan.rules.terms import DOER_LABELS, STEP_KIND_LABELS, Doer, Manner, Party, StepKind
from mobility.pathway.services.plans import REASON_MAX
from mobility.pathway.services.signing import Mark

AID_SEPARATOR = "|"
PLAIN = ("title", "note", "doer_name", "planned_from_on", "planned_until_on", "objective_id")


class StepForm(VersionedForm):
    """One step: what, who, when, after which others. What it is (an aid, a meeting, a task) the page says."""

    aid = select("Quelle aide ?")
    meeting_type_id = select("Quel rendez-vous ?", ids=True)
    title = line(
        "Ce qu’il faut faire", required=False, limit=TITLE_MAX, hint="Par exemple : demander le relevé de points."
    )
    note = text("Comment faire", limit=NOTE_MAX, hint="Des mots simples : la personne les lit dans son espace.")
    doer = radios("Qui s’en occupe ?", [(doer.value, label) for doer, label in DOER_LABELS.items()])
    doer_name = line("Nom du partenaire", required=False, limit=NAME_MAX, hint="Par exemple : CCAS de Denain.")
    planned_from_on = day("À partir du", required=False)
    planned_until_on = day("Jusqu’au", required=False, hint="Pour une démarche : le jour où elle doit être faite.")
    objective_id = select("Pour quel objectif ?", required=False, ids=True)
    needs = checkboxes("Après quelles étapes ?", hint="Ce qui doit être fait avant.")

    def shape(self, kind: StepKind, *, stands: bool) -> None:
        """Leave out what does not concern such a step; what a step is does not change once it stands."""
        if kind is not StepKind.AID or stands:
            del self.aid
        if kind is not StepKind.MEETING or stands:
            del self.meeting_type_id

    def offer(
        self,
        *,
        objectives: Sequence[tuple[int, str]],
        steps: Sequence[tuple[int, str]],
        aids: Sequence[tuple[str, str, str]] = (),
        types: Sequence[tuple[int, str]] = (),
    ) -> None:
        """List what can be chosen."""
        if "aid" in self:
            self.aid.choices = [("", "—"), *((f"{kind}{AID_SEPARATOR}{key}", label) for kind, key, label in aids)]
        if "meeting_type_id" in self:
            self.meeting_type_id.choices = [("", "—"), *types]
        self.objective_id.choices = [("", "—"), *objectives]
        self.needs.choices = [(str(step_id), title) for step_id, title in steps]

    def show(self, step: Step, needs: Sequence[int]) -> None:
        """Fill in from a step."""
        self.show_version(step)
        for name in PLAIN:
            self[name].data = getattr(step, name)
        self.doer.data = step.doer.value
        self.needs.data = [str(need) for need in needs]

    def facts(self) -> dict[str, Any]:
        """Return the values as the services take them."""
        found = {
            **self.values(*PLAIN),
            "doer": Doer(self.doer.data),
            "needs": [int(need) for need in self.needs.data or ()],
        }
        if "aid" in self:
            found["aid_kind"], _, found["option_key"] = str(self.aid.data or "").partition(AID_SEPARATOR)
            found["title"] = found["title"] or _label(self.aid)
        if "meeting_type_id" in self:
            found["meeting_type_id"] = self.meeting_type_id.data
            found["title"] = found["title"] or _label(self.meeting_type_id)
        return found


def _label(field: Any) -> str:
    """Return the words of what was chosen."""
    return next((str(label) for value, label in field.choices if str(value) == str(field.data)), "")


class ReasonForm(VersionedForm):
    """An act that may need its reason."""

    reason = text("Pourquoi ?", limit=REASON_MAX, hint="En quelques mots. La personne peut le lire.")


class CommitmentsForm(VersionedForm):
    """What each side commits to, and the person's budget."""

    person_commitment = text("La personne s’engage à", hint="Une phrase par ligne, dans ses mots.")
    desk_commitment = text("La plateforme s’engage à", hint="Une phrase par ligne.")
    monthly_budget_cents = euros(
        "Budget de la personne par mois",
        required=False,
        hint="Ce qu’elle peut mettre dans ses déplacements. Facultatif.",
    )

    def show(self, plan: Plan) -> None:
        """Fill in from a plan."""
        self.show_version(plan)
        self.person_commitment.data = plan.person_commitment
        self.desk_commitment.data = plan.desk_commitment
        self.monthly_budget_cents.data = plan.monthly_budget_cents


class SignForm(Form):
    """A name, a yes, and a drawing if one likes. At the desk: who represents, and whether it was signed by hand."""

    representative_id = select("Qui signe ?", required=False, ids=True)
    name = line("Prénom et nom", required=False, limit=160)
    agreed = tick("J’ai lu et je suis d’accord")
    on_paper = tick(
        "Signé à la main sur le papier imprimé", hint="Ajoutez ensuite le papier signé aux documents de la personne."
    )
    ink = HiddenField()

    def shape(self, *, representatives: Sequence[tuple[int, str]] = (), at_desk: bool = False) -> None:
        """Leave out what does not concern this signature; a single representative is chosen already."""
        if representatives:
            self.representative_id.choices = [("", "—"), *representatives]
            if len(representatives) == 1 and not self.is_submitted():
                self.representative_id.data = representatives[0][0]
        else:
            del self.representative_id
        if not at_desk:
            del self.on_paper

    @property
    def is_on_paper(self) -> bool:
        """Tell whether it was signed by hand."""
        return "on_paper" in self and bool(self.on_paper.data)

    @property
    def chosen_id(self) -> int | None:
        """Return the representative who was chosen, if one can be."""
        return self.representative_id.data if "representative_id" in self else None

    def mark(self, party: Party, manner: Manner, *, representative_id: int | None = None) -> Mark:
        """Return what whoever signs leaves; ``representative_id`` is told by a link, and else chosen."""
        return Mark(
            party,
            Manner.PAPER if self.is_on_paper else manner,
            self.name.data,
            self.ink.data,
            bool(self.agreed.data),
            self.chosen_id if representative_id is None else representative_id,
        )


class TakeTemplateForm(Form):
    """Which template, for which objective, from when."""

    template_id = radios("Quel modèle ?")
    objective_id = select("Pour quel objectif ?", required=False, ids=True)
    starts_on = day("À partir du")


TEMPLATE_ROWS = 8
ROW_FIELDS = ("title", "kind", "aid", "type", "doer", "doer_name", "after", "offset", "days", "note")


class TemplateForm(VersionedForm):
    """A template: its name, where and when it holds, and its lines. Rows without a title are left out."""

    label = line("Nom du modèle", limit=80, hint="Par exemple : permis et véhicule en attendant.")
    description = line("Pour qui, en une phrase", required=False, limit=300)
    desk_id = select("Antenne", required=False, ids=True, hint="Vide : toutes les antennes.")
    valid_from_on = day("Proposé à partir du")
    valid_until_on = day("Proposé jusqu’au", required=False)

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of fields, one dict a line."""
        return [{name: self[f"{name}{number}"] for name in ROW_FIELDS} for number in range(1, TEMPLATE_ROWS + 1)]


def _row(number: int) -> dict[str, Any]:
    return {
        f"title{number}": line("Ce qu’il faut faire", required=False, limit=TITLE_MAX),
        f"kind{number}": select(
            "C’est", [(kind.value, label) for kind, label in STEP_KIND_LABELS.items()], required=False
        ),
        f"aid{number}": select("Quelle aide", required=False),
        f"type{number}": select("Quel rendez-vous", required=False, ids=True),
        f"doer{number}": select("Qui", [(doer.value, label) for doer, label in DOER_LABELS.items()], required=False),
        f"doer_name{number}": line("Nom du partenaire", required=False, limit=NAME_MAX),
        f"after{number}": line("Après les étapes", required=False, limit=40, hint="Leurs numéros : 1, 2"),
        f"offset{number}": integer("Jours d’attente", required=False, high=OFFSET_MAX),
        f"days{number}": integer("Durée en jours", required=False, high=DAYS_MAX),
        f"note{number}": line("Comment faire", required=False, limit=NOTE_MAX),
    }


for _number in range(1, TEMPLATE_ROWS + 1):
    for _name, _field in _row(_number).items():
        setattr(TemplateForm, _name, _field)
