"""The grants that may pay a project: dated configuration, and how it is read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from mobility.funding.rules import Grant, Purpose
from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Column, Kind, Scope

GRANTS = "funding.grants"

_COLUMNS = (
    Column("code", "Code"),
    Column("label", "Nom"),
    Column("purposes", "Pour", required=False),
    Column("ceiling_cents", "Au plus", Kind.MONEY),
    Column("share", "Part du projet", Kind.PERCENT),
    Column("min_age", "Âge minimum", Kind.INTEGER, required=False),
    Column("max_age", "Âge maximum", Kind.INTEGER, required=False),
    Column("statuses", "Situations", required=False),
    Column("communes", "Communes", required=False),
    Column("excludes", "Ne va pas avec", required=False),
    Column("rank", "Rang", Kind.INTEGER),
    Column("note", "À vérifier", required=False),
    Column("by_hand", "Seulement à la main", Kind.BOOLEAN, required=False),
    Column("cofunded", "Ou avec un tiers", Kind.BOOLEAN, required=False),
)


def _row(code: str, label: str, ceiling_euros: int, rank: int, **values: Any) -> dict[str, Any]:
    usual = {"purposes": "licence", "share": "100", "min_age": None, "max_age": None}
    empty = dict.fromkeys(("statuses", "communes", "excludes", "note", "by_hand", "cofunded"))
    return {
        **usual, **empty, "code": code, "label": label, "ceiling_cents": ceiling_euros * 100, "rank": rank, **values,
    }  # fmt: skip


# What is known of November 2026; the operator corrects it, with a date, on the page of the settings. The amounts of the
# youth fund and of Activ’emploi are no public ones: an order of size, to be replaced by the department's.
USUAL: tuple[dict[str, Any], ...] = (
    # Since 2026 for jobseekers, or beside a third party's part. How much there is, the account says.
    _row(
        "cpf", "CPF (compte personnel de formation)", 5000, 10, statuses="job_seeker", by_hand=True, cofunded=True,
        note="Le solde se lit avec la personne sur Mon compte formation ; un plafond peut s’y ajouter.",
    ),
    _row("hauts_de_france", "Aide au permis de la Région Hauts-de-France", 1350, 20, share="90"),
    _row("anzin", "Aide au permis d’Anzin", 800, 30, communes="59014"),
    _row("cambrai", "Aide au permis de Cambrai", 400, 31, min_age=18, max_age=25, communes="59122"),
    _row("le_cateau", "Aide au permis du Cateau-Cambrésis", 400, 32, min_age=18, max_age=25, communes="59136"),
    _row("msa", "Aide au permis de la MSA", 400, 40, note="La personne relève de la MSA."),
    _row(
        "faj", "Fonds d’aide aux jeunes", 500, 50, purposes="licence, repair, insurance, equipment", min_age=18,
        max_age=25, note="Le montant dépend du Département : à vérifier.",
    ),
    _row(
        "activ_emploi", "Activ’emploi (Département du Nord)", 400, 60, purposes="", statuses="rsa",
        note="Reprise d’emploi ou de formation. Le montant est à vérifier.",
    ),
    # Subsidiary: it pays what the others leave.
    _row(
        "france_travail", "Aide au permis de France Travail", 1200, 90, min_age=18, statuses="job_seeker",
        note="Inscription depuis 6 mois ; demande avant l’inscription à l’auto-école ; versée en trois fois.",
    ),
)  # fmt: skip


def words_of(text: str | None) -> tuple[str, ...]:
    """Return the codes of a list that is typed in one cell."""
    return tuple(part for part in (text or "").replace(",", " ").replace(";", " ").split() if part)


def grant_of(row: dict[str, Any]) -> Grant:
    """Return a row of the configuration as a grant; purposes that are no purposes are left out."""
    known = set(Purpose)
    return Grant(
        code=str(row["code"]),
        label=str(row["label"]),
        purposes=tuple(Purpose(code) for code in words_of(row["purposes"]) if code in known),
        ceiling_cents=int(row["ceiling_cents"]),
        share=Decimal(row["share"]),
        min_age=row["min_age"],
        max_age=row["max_age"],
        statuses=words_of(row["statuses"]),
        communes=words_of(row["communes"]),
        excludes=words_of(row["excludes"]),
        rank=int(row["rank"]),
        note=str(row.get("note") or ""),
        by_hand=bool(row.get("by_hand")),
        cofunded=bool(row.get("cofunded")),
    )


def grants(*, on: date, desk_id: int | None = None) -> tuple[Grant, ...]:
    """Return the grants in force at a desk on a day, in their order; of one code the first row holds."""
    found: dict[str, Grant] = {}
    for row in queries.value(GRANTS, on=on, desk_id=desk_id):
        grant = grant_of(row)
        found.setdefault(grant.code, grant)
    return tuple(sorted(found.values(), key=lambda one: (one.rank, one.code)))


def declare() -> None:
    """Declare the settings."""
    registry.declare(
        Parameter(
            GRANTS,
            "Aides qui peuvent payer un projet",
            Kind.TABLE,
            list(USUAL),
            "",
            "Montants et conditions à vérifier auprès de chaque financeur. Pour : licence, purchase, repair, insurance, "
            "equipment ; vide : tout. Situations et communes (codes INSEE) : vide, tous. Le rang donne l’ordre d’emploi. "
            "« Seulement à la main » : jamais proposée, son montant est celui que la personne a. « Ou avec un tiers » : "
            "hors de ces situations, à côté de la part d’un autre.",
            columns=_COLUMNS,
            scopes=(Scope.EVERYWHERE, Scope.DESK),
        ),
    )
