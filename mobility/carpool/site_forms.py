"""What is typed about employers' sites, and by those who come by their posters."""

from __future__ import annotations

from typing import Any

from wtforms import ValidationError

from mobility.carpool.journey_forms import OfferForm, commune_code
from mobility.carpool.models import CarpoolHub
from mobility.carpool.places import OTHER, commune_name
from mobility.carpool.services.members import Self
from mobility.core.clock import today
from mobility.core.web.forms import VersionedForm, line, phone_line, select, tick
from mobility.geo import communes


class HubForm(VersionedForm):
    """A site: an employer at a place."""

    desk_id = select("Antenne", ids=True)
    organisation_id = select("Entreprise", ids=True)
    name = line("Nom du lieu", limit=160, hint="Comme les salariés l’appellent : « Entrepôt d’Onnaing ».")
    street = line("Numéro et rue", required=False)
    commune = line("Commune", limit=100, hint="Par exemple : Onnaing (59264).")
    code: str | None = None

    def validate_commune(self, field: Any) -> None:
        """Find the commune."""
        self.code = commune_code(field.data)

    def show(self, hub: CarpoolHub) -> None:
        """Fill in from a site."""
        self.show_version(hub)
        self.name.data, self.street.data = hub.name, hub.street
        commune = communes.find(hub.insee_code)
        self.commune.data = commune.label if commune else commune_name(hub.insee_code)


class PosterForm(OfferForm):
    """A seat that somebody offers who saw a poster: who they are, where they come from, when."""

    name = line("Votre prénom et votre nom", limit=160)
    phone = phone_line(hint="Un portable : nous y envoyons un lien, pour confirmer que c’est vous.")
    email = line("Ou votre e-mail", required=False, limit=254)
    declared = tick("J’ai un permis de conduire valable, et ma voiture est assurée")
    car = line("Votre voiture", required=False, limit=80, hint="Par exemple : Clio bleue.")
    agrees = tick("Je suis d’accord pour que ces trajets soient proposés à des passagers")

    def begin_at(self, hub_id: int) -> None:
        """Fill in what is likely: from home to the site, in the week."""
        self.origin.data, self.destination.data = OTHER, f"hub:{hub_id}"
        self.ways.data, self.timing.data = ["there", "back"], "weekly"
        self.days.data = ["0", "1", "2", "3", "4"]
        self.starts_on.data = today()

    def validate_declared(self, field: Any) -> None:
        """Nobody drives without a licence."""
        if not field.data:
            raise ValidationError("Pour conduire quelqu’un, il faut un permis valable et une voiture assurée.")

    def validate_agrees(self, field: Any) -> None:
        """Nobody takes part without agreeing."""
        if not field.data:
            raise ValidationError("Cochez cette case pour participer.")

    def about(self) -> Self:
        """Return what was said."""
        return Self(declared=bool(self.declared.data), car=self.car.data or "")
