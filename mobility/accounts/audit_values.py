"""How the changes that the audit log keeps read in French: names of fields, values in words.

The log keeps columns and codes as they were; their words are given here for the columns, and by whoever
knows them for the codes (``declare``). What nobody named is shown as it stands.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from mobility.accounts.policy import ROLE_LABELS
from mobility.core.clock import format_instant
from mobility.core.money import format_cents
from mobility.core.web.filters import phone

NOTHING: Final = "rien"
SHOWN_MAX: Final = 120

FIELDS: Final[Mapping[str, str]] = {
    "address_note": "Complément d’adresse",
    "ads_until_on": "Attestation d’échange valable jusqu’au",
    "agreement": "Convention",
    "applies": "Prêt possible",
    "archived_at": "Archivé le",
    "assignee_id": "Confiée à (numéro de compte)",
    "birth_name": "Nom de naissance",
    "born_on": "Date de naissance",
    "categories": "Types de véhicule",
    "category": "Catégorie",
    "city": "Commune",
    "closed": "Fermé",
    "closed_day": "Jour clôturé",
    "closes": "Ferme à",
    "codes": "Codes du permis",
    "communes": "Communes servies",
    "country": "Pays",
    "critair": "Crit’Air",
    "days": "Jours",
    "deposit_cents": "Dépôt de garantie",
    "desk_id": "Antenne (numéro)",
    "digest": "Messages regroupés",
    "disabled_at": "Fermé le",
    "display_name": "Nom affiché",
    "document_id": "Document (numéro)",
    "done_on": "Fait le",
    "due_at": "Retour prévu",
    "email": "E-mail",
    "employer_id": "Partenaire employeur (numéro)",
    "employer_name": "Employeur",
    "ends_at": "Fin",
    "ends_on": "Fin",
    "energy": "Énergie",
    "energy_percent": "Carburant ou batterie (%)",
    "equipment": "Équipement",
    "exchange_due_on": "À échanger avant le",
    "first_name": "Prénom",
    "first_registered_on": "Première mise en circulation",
    "fiscal_power_cv": "Puissance fiscale",
    "france_travail_id": "Identifiant France Travail",
    "gearbox": "Boîte de vitesses",
    "grant": "Rôle",
    "holder": "À qui est ce contact",
    "holder_name": "Nom de cette personne",
    "hours": "Horaires",
    "insee_code": "Code de la commune",
    "insurer_min_age_years": "Âge demandé par l’assureur",
    "insurer_min_seniority_months": "Mois de permis demandés par l’assureur",
    "issued_on": "Obtenu le",
    "key_box": "Boîte à clés",
    "key_box_code": "Code de la boîte à clés",
    "key_box_note": "Où est la boîte à clés",
    "kind": "Genre",
    "km": "Kilomètres",
    "label": "Libellé",
    "language": "Langue",
    "last_name": "Nom d’usage",
    "late": "Retards constatés",
    "latitude": "Latitude",
    "legal_protection": "Protection juridique",
    "licence_category": "Permis demandé",
    "longitude": "Longitude",
    "make": "Marque",
    "marking": "Marquage",
    "meeting_at": "Rendez-vous",
    "merged_id": "Fiche réunie (numéro)",
    "model": "Modèle",
    "name": "Nom",
    "named_staff": "Fiche ouverte aux comptes (numéros)",
    "neph": "Numéro NEPH",
    "neutral": "Messages neutres",
    "note": "Note",
    "number": "Numéro",
    "odometer_km": "Compteur",
    "opens": "Ouvre à",
    "organisation_id": "Partenaire (numéro)",
    "own_means": "Moyen personnel",
    "paused_until_on": "Messages en pause jusqu’au",
    "phone": "Téléphone",
    "photo_document_id": "Photo (document)",
    "place_note": "Comment la trouver",
    "plate": "Immatriculation",
    "position_precision": "Précision de la position",
    "postcode": "Code postal",
    "preferred_channel": "Moyen préféré",
    "price_per_day_cents": "Prix par jour",
    "probation_until_on": "Probatoire jusqu’au",
    "protected": "Fiche protégée",
    "protection_reason": "Raison de la protection",
    "reading_ease": "Lecture",
    "reason": "Raison",
    "referent_user_id": "Référent (numéro de compte)",
    "reservation_id": "Réservation (numéro)",
    "retired_on": "Sorti du parc le",
    "roster": "Horaires de travail",
    "safe_from": "Joindre à partir de",
    "safe_until": "Joindre jusqu’à",
    "scopes": "Ce qu’il permet",
    "seats": "Places",
    "sms": "Téléphone",
    "start_at": "Départ",
    "starts_at": "Début",
    "starts_on": "Début",
    "state": "Étape",
    "status": "Situation",
    "street": "Adresse",
    "suspended_from_on": "Suspendu à partir du",
    "suspended_until_on": "Suspendu jusqu’au",
    "title": "Intitulé",
    "valid_from_on": "Valable à partir du",
    "valid_until_on": "Valable jusqu’au",
    "vehicle_id": "Véhicule (numéro)",
    "weekday": "Jour de la semaine (0 : lundi)",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_SIMPLE: Final = {"True": "oui", "False": "non", "": NOTHING}

# (subject, field) → words of the codes, and → name of the field where a subject has its own.
_codes: dict[tuple[str, str], Mapping[str, str]] = {}
_names: dict[tuple[str, str], str] = {}


def declare(subject: str, field: str, words: Mapping[Any, str], *, name: str | None = None) -> None:
    """Give the words of a field's codes, and its name where it differs from ``FIELDS``; later ones replace."""
    _codes[subject, field] = {str(code): word for code, word in words.items()}
    if name is not None:
        _names[subject, field] = name


def say_field(subject: str, field: str) -> str:
    """Return the French name of a field, or the column as it is."""
    return _names.get((subject, field)) or FIELDS.get(field, field)


def say_value(subject: str, field: str, value: str | None) -> str:
    """Return a kept value in words, cut to what a line holds."""
    text = NOTHING if value is None else _say(subject, field, value)
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1] + "…"


def _say(subject: str, field: str, value: str) -> str:
    words = _codes.get((subject, field), {})
    if value in words:
        return words[value]
    if value in _SIMPLE:
        return _SIMPLE[value]
    if value.startswith("[") and (items := _items(value)) is not None:
        return ", ".join(words.get(item, item) for item in items) or NOTHING
    if field == "grant":
        role, _, place = value.partition(" / ")
        return " / ".join(filter(None, (ROLE_LABELS.get(role, role), place)))  # type: ignore[call-overload]
    return _measure(field, value)


def _measure(field: str, value: str) -> str:
    if field in {"phone", "sms"}:
        return phone(value)
    try:
        if field.endswith("_cents"):
            return format_cents(int(value))
        if _DAY.fullmatch(value):
            return f"{date.fromisoformat(value):%d/%m/%Y}"
        if _INSTANT.match(value):
            at = datetime.fromisoformat(value)
            return format_instant(at if at.tzinfo else at.replace(tzinfo=UTC), year=0)
    except (ValueError, OverflowError):
        pass
    return value


def _items(value: str) -> list[str] | None:
    """Return the texts of a list that was kept as Python writes it, or None for anything else."""
    try:
        found = ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return [str(item) for item in found] if isinstance(found, list) else None
