"""The person's own micro-credits."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from mobility.core.clock import today
from mobility.core.db import load
from mobility.core.web.access import Permission, requires
from mobility.desks.models import Desk
from mobility.microcredit import parameters
from mobility.microcredit.accords.queries import waiting_of_person
from mobility.microcredit.dossiers import queries, waiting
from mobility.microcredit.rules.states import RUNNING, STATE_LABELS, STATE_TONES, TAKES_PAPERS, State
from mobility.people.access import own_file
from mobility.people.models import Person

portal_bp = Blueprint("my_microcredit", __name__)
# What comes next, in easy words.
NEXT: dict[State, str] = {
    State.ORIENTATION: "Nous regardons ensemble si un micro-crédit peut vous aider.",
    State.INSTRUCTION: "Nous préparons votre dossier. Apportez les papiers demandés, ou envoyez-les en photo.",
    State.COMPLETE: "Votre dossier est complet. Nous allons l’envoyer à la banque.",
    State.COMMITTEE: "Une commission regarde votre dossier.",
    State.TRANSMITTED: "La banque lit votre dossier. C’est elle qui décide.",
    State.MORE_INFORMATION: "La banque a une question. Votre conseiller vous appelle.",
    State.GRANTED: "La banque dit oui. Lisez l’offre avec votre conseiller avant de signer.",
    State.REFUSED: "La banque dit non. Nous cherchons une autre solution avec vous.",
    State.OFFER_SIGNED: "Vous avez signé l’offre. Vous pouvez encore changer d’avis pendant quelques jours.",
    State.DISBURSED: "La banque a payé le vendeur. Les mensualités vont commencer.",
    State.REPAYING: "Vous remboursez chaque mois.",
    State.INCIDENT: "Une mensualité manque. Appelez-nous vite : nous cherchons une solution avec vous.",
    State.RESCHEDULED: "Les mensualités ont changé. Vous remboursez chaque mois.",
    State.CLOSED: "Ce micro-crédit est terminé.",
    State.WITHDRAWN: "Ce dossier est arrêté.",
}


@portal_bp.get("/mon-espace/micro-credit")
@requires(Permission.PORTAL_VIEW)
def index() -> ResponseReturnValue:
    """Show one's micro-credits: where they stand, what is paid, what comes next."""
    person_id = own_file()
    rows = queries.dossiers_of(person_id)
    running = next((row for row in rows if row.state in RUNNING), None)
    accord = waiting_of_person(person_id) if running is not None else None
    ledger = None if running is None else queries.ledger_of(running.id, on=today())
    return render_template(
        "microcredit/portal.html",
        rows=rows,
        titles=queries.names_of_projects(rows),
        labels=STATE_LABELS,
        tones=STATE_TONES,
        next=NEXT,
        takes_papers=TAKES_PAPERS,
        waits=waiting.standing_debt_plans([row.id for row in rows]),
        running=running,
        desk=load(Desk, load(Person, person_id).desk_id),
        legal_sentence=parameters.legal_sentence(on=today()),
        ledger=ledger,
        accord=accord,
        in_plan=ledger is not None and ledger.in_plan,
    )
