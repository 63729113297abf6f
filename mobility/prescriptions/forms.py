"""What prescribers and staff type. A NIR is refused in every text by the fields themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import request
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import MultiDict
from wtforms import ValidationError

from mobility.core import clock
from mobility.core.clock import at_paris
from mobility.core.errors import RuleViolation
from mobility.core.privacy import find_nir
from mobility.core.web.forms import (
    Form,
    VersionedForm,
    checkboxes,
    clock_time,
    day,
    line,
    phone_line,
    radios,
    select,
    text,
    tick,
)
from mobility.documents.uploads import file_field
from mobility.geo import communes
from mobility.people.forms import CommuneForm, choices
from mobility.people.kinds import LANGUAGES, MANNER_LABELS, ConsentManner
from mobility.people.names import NAME_MAX
from mobility.prescriptions import services
from mobility.prescriptions.errors import ConsentNeeded, DeadlineHalf, PersonUnreachable
from mobility.prescriptions.kinds import DEADLINE_LABELS, MISSING_LABELS, NEED_LABELS, DeadlineKind, Missing, Need
from mobility.prescriptions.models import OutsideReferent
from mobility.prescriptions.rules.referents import SEES_LABELS, Sees
from mobility.prescriptions.rules.states import REFUSAL_LABELS
from mobility.prescriptions.services import Intake, ReferentDetails

NOTE = 2000
PAPERS = ("paper_1", "paper_2", "paper_3")
_NOT_KEPT = frozenset({"csrf_token", "once", "act", "version", *PAPERS})
_MANNERS = [pair for pair in choices(MANNER_LABELS) if pair[0] != ConsentManner.ONLINE.value]


class _Deadline(CommuneForm):
    """A date that matters, whole or not at all."""

    deadline_kind = select(
        "Une date importante ?", [("", "Aucune pour l’instant"), *choices(DEADLINE_LABELS)], required=False
    )
    deadline_on = day("Le", required=False, hint="Le jour où l’emploi, la formation ou l’entretien commence.")

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, then what several of them say together: a field left empty is asked nothing by itself."""
        right = bool(super().validate(extra_validators))
        for name, message in self.lacks():
            field = self._fields[name]
            if not field.errors:
                field.errors = [message]
                right = False
        return right

    def lacks(self) -> Iterator[tuple[str, str]]:
        """Yield (field, message) of what is missing beside what was given."""
        if self.deadline_kind.data and self.deadline_on.data is None:
            yield "deadline_on", DeadlineHalf.template
        if self.deadline_on.data is not None and not self.deadline_kind.data:
            yield "deadline_kind", DeadlineHalf.template


class PrescriptionForm(_Deadline):
    """Somebody who is sent: one page in blocks."""

    referent_name = line("Votre prénom et votre nom", limit=NAME_MAX)
    referent_role = line("Votre fonction", required=False, limit=120, hint="Par exemple : conseillère en insertion.")
    referent_email = line("Votre e-mail", limit=254, hint="Nous vous y envoyons le lien de suivi.")
    referent_phone = phone_line("Votre téléphone")

    last_name = line("Nom de la personne", limit=NAME_MAX)
    first_name = line("Prénom de la personne", limit=NAME_MAX)
    born_on = day("Date de naissance")
    phone = phone_line("Téléphone de la personne")
    email = line("E-mail de la personne", required=False, limit=254)
    discreet = tick(
        "Quelqu’un d’autre peut lire ses messages",
        hint="Nos messages ne diront alors rien du sujet.",
    )
    street = line("Numéro et rue", required=False)
    commune = line("Commune où elle habite", limit=100, hint="Par exemple : Denain (59220).")
    desk_id = select(
        "Envoyer quand même à", ids=True, required=False, hint="Aucune antenne n’intervient dans cette commune."
    )
    language = select("Langue", choices(LANGUAGES), default="fr")

    consent = tick(
        "La personne est d’accord pour que je vous transmette ces informations et que vous la contactiez",
    )
    consent_manner = radios("Elle l’a dit", _MANNERS, default=ConsentManner.SPOKEN.value)
    shares_back = tick(
        "Elle est d’accord pour que vous me disiez la date du premier rendez-vous et comment l’accompagnement se termine",
        hint="Sans cet accord, vous verrez seulement : reçue, commencée, terminée.",
    )

    needs = checkboxes("De quoi a-t-elle besoin ?", choices(NEED_LABELS), required=True)
    need_text = text(
        "Expliquez en quelques mots", required=False, limit=NOTE, hint="Où aller, à quelles heures, depuis quand."
    )
    constraints_text = text(
        "Contraintes",
        required=False,
        limit=NOTE,
        hint="Horaires, garde d’enfants, « pas la nuit », « pas plus de 30 minutes ». Jamais de maladie ni de diagnostic.",
    )
    said = text("Ce que vous avez dit de nous à la personne", required=False, limit=NOTE)
    paper_1 = file_field("Document", required=False, hint="Photo ou PDF, par exemple une promesse d’embauche.")
    paper_2 = file_field("Autre document", required=False)
    paper_3 = file_field("Autre document", required=False)

    def offer_desks(self) -> None:
        """Let a desk be chosen where none serves the commune that was typed."""
        found = communes.match(self.commune.data or "")
        outside = services.outside_choices(found[0].insee_code) if len(found) == 1 else []
        self.desk_id.choices = [("", "Choisissez"), *outside] if outside else []

    @property
    def asks_desk(self) -> bool:
        """Tell whether a desk is to be chosen."""
        return bool(self.desk_id.choices)

    def chosen_desk(self) -> int | None:
        """Return the desk that was chosen; None: that of the commune."""
        return self.desk_id.data if self.asks_desk else None

    def validate_consent(self, field: Any) -> None:
        """Refuse to take anything without the person's agreement."""
        if not field.data:
            raise ValidationError(ConsentNeeded.template)

    def lacks(self) -> Iterator[tuple[str, str]]:
        """Ask for one way at least to reach the person too."""
        yield from super().lacks()
        if not (self.phone.data or self.email.data or self.street.data):
            yield "phone", PersonUnreachable.template

    def intake(self) -> Intake:
        """Return what was typed."""
        return Intake(
            first_name=self.first_name.data,
            last_name=self.last_name.data,
            born_on=self.born_on.data,
            insee_code=self.commune_code or "",
            consent=self.consent.data,
            consent_manner=ConsentManner(self.consent_manner.data),
            shares_back=self.shares_back.data,
            needs=[Need(code) for code in self.needs.data or ()],
            phone=self.phone.data,
            email=self.email.data,
            discreet=self.discreet.data,
            street=self.street.data,
            language=self.language.data,
            need_text=self.need_text.data,
            deadline_kind=DeadlineKind(self.deadline_kind.data) if self.deadline_kind.data else None,
            deadline_on=self.deadline_on.data,
            constraints_text=self.constraints_text.data,
            said=self.said.data,
            referent_name=self.referent_name.data,
            referent_role=self.referent_role.data,
            referent_phone=self.referent_phone.data,
            referent_email=self.referent_email.data,
        )

    def typed(self) -> dict[str, str | list[str]]:
        """Return what stands in the fields, as it was typed, for a draft."""
        found: dict[str, str | list[str]] = {}
        for name in self._fields:
            if name in _NOT_KEPT:
                continue
            values = request.form.getlist(name)
            found[name] = values if name == "needs" else (values[0] if values else "")
        return found

    def refuses_draft(self) -> bool:
        """Tell whether a field holds what may not even be kept as a draft, and say so beside it."""
        refused = False
        for name, value in self.typed().items():
            if find_nir(value if isinstance(value, str) else " ".join(value)):
                self.add_violation(
                    RuleViolation(
                        "Ce texte contient un numéro de sécurité sociale. Retirez-le : "
                        "il ne doit pas être enregistré ici.",
                        field=name,
                    )
                )
                refused = True
        return refused

    def show(self, kept: Mapping[str, Any]) -> None:
        """Fill the form with a draft."""
        once = self.once.data
        typed: MultiDict[str, str] = MultiDict()
        for name, value in kept.items():
            if name in self._fields and name not in _NOT_KEPT:
                for one in [value] if isinstance(value, str) else value:
                    typed.add(name, one)
        typed["once"] = str(once)
        self.process(formdata=typed)


class DeskPrescriptionForm(PrescriptionForm):
    """The same, filled in by staff on the phone: who sends may be unknown, and the desk may be chosen."""

    organisation_id = select("Organisation qui oriente", ids=True, required=False)
    referent_name = line("Professionnel qui oriente", required=False, limit=NAME_MAX)
    referent_role = line("Sa fonction", required=False, limit=120)
    referent_email = line("Son e-mail", required=False, limit=254)
    referent_phone = phone_line("Son téléphone")
    consent = tick("La personne est d’accord pour être contactée et que ces informations soient gardées")
    shares_back = tick(
        "Elle est d’accord pour que le prescripteur sache la date du premier rendez-vous et comment cela se termine"
    )
    said = text("Ce qui a été dit à la personne", required=False, limit=NOTE)
    desk_id = select(
        "Antenne", ids=True, required=False, hint="Vide : celle de la commune, la plus proche s’il y en a plusieurs."
    )


class OwnPrescriptionForm(PrescriptionForm):
    """The same, for somebody with an account."""

    organisation_id = select("Votre structure", ids=True)


class AnswerForm(_Deadline):
    """What was missing; only the fields that were asked for are shown."""

    phone = phone_line("Téléphone de la personne")
    email = line("E-mail de la personne", required=False, limit=254)
    street = line("Numéro et rue", required=False)
    commune = line("Commune où elle habite", required=False, limit=100, hint="Par exemple : Denain (59220).")
    need_text = text("Le besoin, plus en détail", required=False, limit=NOTE)
    constraints_text = text(
        "Horaires et contraintes", required=False, limit=NOTE, hint="Jamais de maladie ni de diagnostic."
    )
    note = text("Votre réponse", required=False, limit=NOTE)
    paper_1 = file_field("Document", required=False, hint="Photo ou PDF.")

    def answered(self) -> dict[str, Any]:
        """Return what was typed."""
        names = ("phone", "email", "street", "deadline_kind", "deadline_on", "need_text", "constraints_text", "note")
        return {**self.values(*names), "insee_code": self.commune_code}


class LinkForm(Form):
    """A new link for an organisation."""

    label = line(
        "Pour qui ?", required=False, limit=120, hint="Par exemple : l’accueil de Denain. Vous seuls le verrez."
    )


class AssignForm(VersionedForm):
    """Whose it becomes."""

    user_id = select("Qui s’en occupe ?", ids=True)


class TransferForm(VersionedForm):
    """Which desk takes it over."""

    desk_id = select("Vers quelle antenne ?", ids=True)
    note = text("Pourquoi ?", required=True, limit=NOTE, hint="Lu par la nouvelle antenne.")


class AskForm(VersionedForm):
    """What is missing."""

    missing = checkboxes("Qu’est-ce qui manque ?", choices(MISSING_LABELS), required=True)
    note = text("Précisez", required=False, limit=NOTE, hint="Le prescripteur lira ces mots dans son message.")

    def codes(self) -> list[Missing]:
        """Return what was ticked."""
        return [Missing(code) for code in self.missing.data or ()]


class RefuseForm(VersionedForm):
    """Why not."""

    reason_code = radios("Raison", choices(REFUSAL_LABELS))
    note = text(
        "Expliquez, et dites qui peut aider",
        required=True,
        limit=NOTE,
        hint="La personne et le prescripteur lisent ces mots dans leur message.",
    )


class MeetingForm(VersionedForm):
    """When the first meeting is."""

    day_on = day("Jour du premier rendez-vous")
    at_time = clock_time("Heure")

    def meeting_at(self) -> datetime:
        """Return the instant."""
        return at_paris(self.day_on.data, self.at_time.data)


class StartForm(VersionedForm):
    """When the first meeting was held."""

    met_on = day("Le premier rendez-vous a eu lieu le", default=clock.today)


class CloseForm(VersionedForm):
    """How it ended."""

    outcome = radios("Comment cela s’est-il terminé ?")
    note = text("Note pour l’équipe", required=False, limit=NOTE)


class ReopenForm(VersionedForm):
    """Why it goes on."""

    note = text("Pourquoi la rouvrir ?", required=True, limit=NOTE, hint="Lu par l’équipe seulement.")


class AcceptForm(VersionedForm):
    """Which file the person has, or that it is a new one."""

    choice = radios("Fiche de la personne")


class ReferentForm(VersionedForm):
    """A professional of another organisation who follows the person too."""

    organisation_name = line("Structure", limit=200, hint="Par exemple : Département du Nord, France Travail, CCAS.")
    name = line("Prénom et nom", limit=NAME_MAX)
    role = line("Fonction", required=False, limit=120, hint="Par exemple : conseiller, travailleuse sociale.")
    email = line("E-mail", required=False, limit=254)
    phone = phone_line("Téléphone")
    sees = radios("Avec l’accord de la personne, nous lui disons", choices(SEES_LABELS), default=Sees.NOTHING.value)
    consent_manner = radios("La personne l’a dit", _MANNERS, default=ConsentManner.SPOKEN.value)

    def show(self, row: OutsideReferent) -> None:
        """Fill in from a referent."""
        for name in ("organisation_name", "name", "role", "email", "phone"):
            self[name].data = getattr(row, name)
        self.sees.data = row.sees.value
        self.consent_manner.data = (row.consent_manner or ConsentManner.SPOKEN).value
        self.show_version(row)

    def details(self) -> ReferentDetails:
        """Return what was typed."""
        typed = self.values("organisation_name", "name", "email", "phone")
        return ReferentDetails(
            **typed,
            role=self.role.data or "",
            sees=Sees(self.sees.data),
            manner=ConsentManner(self.consent_manner.data),
        )


class ImportForm(Form):
    """A file of prescriptions."""

    organisation_id = select("Organisation qui oriente", ids=True)
    file = FileField(
        "Fichier CSV ou XLSX",
        description="Un mégaoctet au plus.",
        validators=[FileRequired("Choisissez un fichier.")],
        render_kw={"accept": ".csv,.xlsx,text/csv"},
    )


class ConfirmImportForm(Form):
    """The lines to import."""

    lines = checkboxes("Lignes à importer")


class ConfirmForm(Form):
    """Nothing to fill in: only the will to act."""
