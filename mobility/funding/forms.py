"""What is typed about projects and what pays them."""

from __future__ import annotations

from mobility.core import clock
from mobility.core.web.forms import Form, VersionedForm, day, euros, line, radios, select, tick
from mobility.documents.uploads import file_field
from mobility.funding.rules import PURPOSE_LABELS, SOURCE_LABELS, Purpose, Source
from mobility.funding.services import REASON_MAX, TITLE_MAX, ProjectDetails, Quote

# What an adviser writes by hand; a micro-credit writes its own line.
WRITTEN = (Source.GRANT, Source.EMPLOYER, Source.OWN, Source.OTHER)


class ProjectForm(VersionedForm):
    """A project."""

    purpose = radios("Pour quoi faire ?", [(one.value, label) for one, label in PURPOSE_LABELS.items()])
    title = line("Le projet en quelques mots", limit=TITLE_MAX, hint="Par exemple : Clio d’occasion, garage Martin.")
    amount_cents = euros(
        "Coût", hint="Une estimation suffit : les devis choisis la remplacent.", low=100, high=100_000_00
    )
    objective_id = select("Pour quel objectif ?", required=False, ids=True)

    def details(self) -> ProjectDetails:
        """Return what was typed."""
        return ProjectDetails(
            Purpose(self.purpose.data), self.title.data, self.amount_cents.data, self.objective_id.data
        )


class QuoteForm(Form):
    """A quote, as read on the paper."""

    seller = line("Vendeur, garage ou auto-école", limit=TITLE_MAX)
    offered = line("Ce qui est proposé", required=False, limit=TITLE_MAX)
    quote_cents = euros("Montant du devis", low=1, high=100_000_00)
    dated_on = day("Daté du", default=clock.today)
    valid_until_on = day("Valable jusqu’au", required=False)
    file = file_field("Photo ou PDF du devis", required=False)

    def quote(self) -> Quote:
        """Return what was typed."""
        return Quote(
            seller=self.seller.data,
            amount_cents=self.quote_cents.data,
            dated_on=self.dated_on.data,
            label=self.offered.data or "",
            valid_until_on=self.valid_until_on.data,
        )


class LineForm(Form):
    """One source of money."""

    source = select("Qui paie ?", [(one.value, SOURCE_LABELS[one]) for one in WRITTEN])
    code = select("Quelle aide ?", required=False, hint="Pour une aide seulement.")
    precision = line("Précision", required=False, limit=TITLE_MAX, hint="Par exemple le nom de l’employeur.")
    line_cents = euros("Montant", low=1, high=100_000_00)


class ProposeForm(Form):
    """What the person and the employer put in, for a proposal."""

    own_cents = euros("Apport de la personne", required=False)
    employer_cents = euros("Part de l’employeur", required=False)


class MoveForm(Form):
    """One act on a line or a quote, with its reason where one is due."""

    reason = line("Pourquoi ?", required=False, limit=REASON_MAX)
    chosen = tick("Choisi")
