"""The columns of a file of prescriptions, and how its lines are read (``core.tables``). Pure."""

from __future__ import annotations

from mobility.core import tables
from mobility.core.tables import Line
from mobility.organisations.rules import search_key

ROWS_MAX = 200

# What the first line may call each column, without accents or case.
HEADINGS: dict[str, tuple[str, ...]] = {
    "last_name": ("nom", "nom de famille", "nom d usage"),
    "first_name": ("prenom",),
    "born_on": ("date de naissance", "naissance", "ne le", "nee le"),
    "phone": ("telephone", "tel", "portable", "mobile"),
    "email": ("e mail", "email", "mail", "courriel"),
    "street": ("rue", "adresse", "numero et rue"),
    "commune": ("commune", "ville", "code postal", "cp"),
    "language": ("langue", "langue parlee"),
    "discreet": ("messages discrets", "discret", "discretion"),
    "consent": ("accord", "consentement", "accord de la personne"),
    "shares_back": ("retour au prescripteur", "accord pour le retour"),
    "needs": ("besoin", "besoins"),
    "need_text": ("precisions", "commentaire", "explication"),
    "deadline_on": ("date importante", "debut", "date de debut", "prise de poste"),
    "deadline_kind": ("ce qui commence", "nature de la date", "type de date"),
    "constraints_text": ("contraintes", "contrainte"),
    "said": ("dit a la personne", "ce qui lui a ete dit"),
    "referent_name": ("referent", "prescripteur", "conseiller", "professionnel"),
    "referent_role": ("fonction du referent", "fonction"),
    "referent_email": ("e mail du referent", "email referent", "mail referent", "e mail referent"),
    "referent_phone": ("telephone du referent", "telephone referent", "tel referent"),
}
# How people read them.
TITLES = {
    "last_name": "Nom",
    "first_name": "Prénom",
    "born_on": "Date de naissance",
    "phone": "Téléphone",
    "email": "E-mail",
    "street": "Rue",
    "commune": "Commune",
    "language": "Langue",
    "discreet": "Messages discrets",
    "consent": "Accord",
    "shares_back": "Retour au prescripteur",
    "needs": "Besoins",
    "need_text": "Précisions",
    "deadline_on": "Date importante",
    "deadline_kind": "Ce qui commence",
    "constraints_text": "Contraintes",
    "said": "Ce qui lui a été dit",
    "referent_name": "Référent",
    "referent_role": "Fonction du référent",
    "referent_email": "E-mail du référent",
    "referent_phone": "Téléphone du référent",
}
NEEDED = ("last_name", "first_name", "born_on", "commune", "consent")
COLUMNS = tables.Columns(
    HEADINGS,
    TITLES,
    NEEDED,
    search_key,
    ROWS_MAX,
    "Ce fichier n’a que sa première ligne. Ajoutez une ligne par personne.",
)


def read(data: bytes) -> list[Line]:
    """Return the lines of a file by column. Raises FileUnreadable with what to do."""
    return tables.read(data, COLUMNS)
