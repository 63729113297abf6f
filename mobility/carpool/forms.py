"""What members type about themselves. Everything works without JavaScript."""

from __future__ import annotations

from typing import Any

from wtforms import ValidationError

from mobility.carpool.models import CarpoolMember
from mobility.carpool.services.members import Self
from mobility.core.web.forms import VersionedForm, integer, line, phone_line, radios, select, tick
from mobility.people.kinds import MANNER_LABELS


class AboutForm(VersionedForm):
    """What a member says of themselves."""

    woman = radios(
        "Pour les trajets « entre femmes »",
        [("yes", "Une femme"), ("no", "Un homme"), ("", "Ne pas le dire")], required=False,
        hint="Facultatif. Ces trajets ne sont proposés qu’aux femmes qui l’ont dit ici, car des passagères le demandent. "
        "Les autres lisent aussi « une conductrice » ou « un conducteur ».",
    )  # fmt: skip
    declared = tick(
        "J’ai un permis de conduire valable, et ma voiture est assurée",
        hint="Obligatoire pour conduire, inutile sinon.",
    )
    car = line("Ma voiture", required=False, limit=80, hint="Par exemple : Clio bleue.")
    fiscal_power_cv = integer(
        "Puissance fiscale", required=False, low=1, high=60, hint="En chevaux (CV) : case P.6 de la carte grise."
    )
    electric = tick("Voiture électrique")
    smokes_in_car = tick("Je fume dans ma voiture")
    shared = tick(
        "Montrer mes trajets à d’autres services de covoiturage", hint="Jamais mon nom ni mon adresse exacte."
    )

    def show(self, member: CarpoolMember) -> None:
        """Fill in from a member."""
        self.show_version(member)
        self.woman.data = {True: "yes", False: "no"}.get(member.is_woman) if member.is_woman is not None else None
        self.declared.data, self.shared.data = member.declared_at is not None, member.shared_at is not None
        for name in ("car", "fiscal_power_cv", "electric", "smokes_in_car"):
            self[name].data = getattr(member, name)

    def about(self) -> Self:
        """Return what was said."""
        return Self(
            is_woman={"yes": True, "no": False}.get(self.woman.data or ""),
            smokes_in_car=bool(self.smokes_in_car.data),
            fiscal_power_cv=self.fiscal_power_cv.data,
            electric=bool(self.electric.data),
            car=self.car.data or "",
            declared=bool(self.declared.data),
            shared=bool(self.shared.data),
        )


class JoinForm(AboutForm):
    """A person joins: staff say how they agreed, the person says it themselves."""

    manner = radios("Comment la personne a-t-elle donné son accord ?", [(one.value, label) for one, label in MANNER_LABELS.items()])  # fmt: skip


class OwnJoinForm(AboutForm):
    """A person joins by themselves."""

    agrees = tick("Je suis d’accord pour que mes trajets servent à me proposer des covoiturages")

    def validate_agrees(self, field: Any) -> None:
        """Nobody takes part without agreeing."""
        if not field.data:
            raise ValidationError("Cochez cette case pour participer.")


class RegisterForm(AboutForm):
    """A volunteer or an employer's staff, by the hand of the desk."""

    kind = radios("Qui est-ce ?", [("volunteer", "Une personne bénévole"), ("staff", "Un salarié d’une entreprise")])
    desk_id = select("Antenne", ids=True)
    organisation_id = select("Entreprise", required=False, ids=True, hint="Pour un salarié.")
    name = line("Prénom et nom", limit=160)
    phone = phone_line(hint="Un portable : le lien y est envoyé.")
    email = line("E-mail", required=False, limit=254)
    agrees = tick("La personne est d’accord pour participer, et pour recevoir son lien")

    def validate_agrees(self, field: Any) -> None:
        """Nobody takes part without agreeing."""
        if not field.data:
            raise ValidationError("Sans son accord, la personne ne peut pas participer.")

    def validate_organisation_id(self, field: Any) -> None:
        """Staff are somebody's."""
        if self.kind.data == "staff" and field.data is None:
            raise ValidationError("Choisissez l’entreprise.")
