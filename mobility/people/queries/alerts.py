"""What to know about a person before anything else, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from mobility.core.clock import format_date
from mobility.notifications.kinds import Holder
from mobility.people.kinds import ReadingEase
from mobility.people.models import Person

if TYPE_CHECKING:
    from mobility.people.queries.card import ContactCard, LicenceCard


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to know before anything else. ``tone`` is that of a status tag."""

    code: str
    text: str
    tone: str = "warning"


def alerts_of(
    person: Person,
    *,
    contacts: Sequence[ContactCard],
    licences: Sequence[LicenceCard],
    lacks: bool,
    day: date,
) -> Iterable[Alert]:
    """Give the alerts of a file, the gravest first."""
    if person.erased_at or person.merged_into_id:
        return
    if person.protected:
        yield Alert("protected", "Fiche protégée : n’en parlez à personne d’autre, l’adresse est cachée.", "danger")
    if lacks:
        yield Alert("representative_missing", "Il manque un représentant : rien ne peut être signé.", "danger")
    if person.restricted_at:
        yield Alert("restricted", "Fiche archivée : ouverte aux responsables seulement.")
    yield from _contact_alerts(contacts)
    if person.reading_ease is ReadingEase.ORAL:
        yield Alert("oral", "Préfère qu’on lui parle plutôt qu’on lui écrive.", "info")
    yield from _licence_alerts(licences, day)


def _contact_alerts(contacts: Sequence[ContactCard]) -> Iterable[Alert]:
    if not contacts:
        yield Alert("no_contact", "Aucun téléphone ni e-mail : pensez à la carte papier.")
    if any(contact.bounced for contact in contacts):
        yield Alert("bounced", "Un contact ne reçoit plus nos messages. Vérifiez-le.")
    if any(contact.neutral for contact in contacts):
        yield Alert("neutral", "Messages neutres : ne dites rien du sujet à qui décroche.")
    if any(contact.holder is not Holder.SELF for contact in contacts):
        yield Alert("not_own", "Un contact n’est pas (seulement) celui de la personne.", "info")


def _licence_alerts(licences: Sequence[LicenceCard], day: date) -> Iterable[Alert]:
    for licence in licences:
        category = licence.category.value
        if (
            licence.suspended_from_on
            and licence.suspended_from_on <= day
            and (licence.suspended_until_on is None or day <= licence.suspended_until_on)
        ):
            yield Alert("licence_suspended", f"Permis {category} suspendu.", "danger")
        elif licence.valid_until_on and licence.valid_until_on < day:
            yield Alert("licence_over", f"Permis {category} expiré.", "danger")
        elif licence.exchange_due_on and licence.country != "FR":
            yield Alert(
                "licence_exchange",
                f"Permis {category} étranger : à échanger avant le {format_date(licence.exchange_due_on, year=day.year)}.",
            )
        if licence.checked_at is None:
            yield Alert("licence_unchecked", f"Permis {category} : le papier n’a pas encore été vu.")
