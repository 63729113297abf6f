"""Everything about one person on one page."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.agenda.queries import next_visit_of
from mobility.caseload.queries import unread_about
from mobility.core.clock import day_of, now
from mobility.core.money import format_cents
from mobility.core.web.access import Permission, actor, requires
from mobility.diagnosis import queries as diagnoses
from mobility.diagnosis.words import card_of
from mobility.journal import services as journal
from mobility.ledger.queries import get_balance
from mobility.ledger.rules import Balance
from mobility.participation.queries import standing_of
from mobility.participation.rules.exits import OUTCOME_LABELS
from mobility.pathway import overview, queries, timeline
from mobility.pathway.aid import Alert, alerts_about, all_aids
from mobility.pathway.forms import NoteForm
from mobility.pathway.journeys import month_costs
from mobility.pathway.plan.view import brief_of
from mobility.pathway.views.blueprint import bp, link, note_view
from mobility.people.queries import PersonCard, current_id, family_ids, get_person_card
from mobility.prescriptions import access as prescriptions
from mobility.prescriptions.queries.of_person import Orientation, orientations_of
from mobility.prescriptions.queries.referents import list_referents

# The whole of a person fits in two screens of a desk (a browser test holds it): some weeks, and what happened last.
WEEKS, LATEST, NEXT_STEPS = 3, 4, 3


@bp.get("/personnes/<int:person_id>")
@requires(Permission.PERSON_VIEW, person="person_id")
def person(person_id: int) -> ResponseReturnValue:
    """Show who the person is, where they go, how they get there, what it costs, and what happened."""
    standing = current_id(person_id)
    if standing != person_id:
        return redirect(url_for("pathway.person", person_id=standing), 303)
    note_view(person_id)
    return _page(person_id, NoteForm())


@bp.post("/personnes/<int:person_id>/notes")
@requires(Permission.CONTACT_NOTE, person="person_id")
def add_note(person_id: int) -> ResponseReturnValue:
    """Keep a quick note."""
    form = NoteForm()
    person_id = current_id(person_id)
    if form.submits(
        lambda: journal.add_note(person_id=person_id, actor_id=actor().user_id, now=now(), note=form.note.data)
    ):
        flash(_("La note est enregistrée."), "success")
        return redirect(url_for("pathway.person", person_id=person_id), 303)
    return _page(person_id, form)


@bp.get("/personnes/<int:person_id>/historique")
@requires(Permission.PERSON_VIEW, person="person_id")
def history(person_id: int) -> ResponseReturnValue:
    """Show all that happened and what is planned."""
    person_id = current_id(person_id)
    note_view(person_id)
    instant = now()
    card = get_person_card(person_id, on=day_of(instant))
    steps = queries.list_steps(person_id)
    items = timeline.build(person_id=person_id, recipient_id=card.recipient_id, steps=steps, now=instant)
    return render_template("pathway/history.html", card=card, items=items)


def _page(person_id: int, form: NoteForm) -> ResponseReturnValue:
    instant = now()
    today = day_of(instant)
    start = overview.read_start(request.args.get("du"), today)
    card = get_person_card(person_id, on=today)
    objectives = overview.objective_views(person_id, now=instant, start=start, weeks=WEEKS)
    all_steps = queries.list_steps(person_id)
    steps = overview.step_views(all_steps)
    family = family_ids(person_id)
    next_visit = next_visit_of(family, now=instant)
    diagnosis = diagnoses.standing_of(family)
    balance = get_balance(person_id) if actor().permits(Permission.LEDGER_VIEW) else Balance()
    return render_template(
        "pathway/person.html",
        card=card,
        objectives=objectives,
        live_steps=[step for step in steps if step.is_live],
        past_steps=[step for step in steps if not step.is_live],
        shown_objective=request.args.get("objectif", type=int),
        costs=month_costs([view.id for view in objectives if view.is_open], month_on=today),
        plan=brief_of(person_id, all_steps, adviser_name=card.referent_name or "", today=today, most=NEXT_STEPS),
        next_visit=next_visit,
        orientations=_orientations(person_id, today),
        referents=list_referents(person_id),
        may_handle_orientations=actor().permits(Permission.PRESCRIPTION_HANDLE),
        departure=standing_of(person_id),
        outcome_labels=OUTCOME_LABELS,
        diagnosis=diagnosis,
        diagnosis_lines=card_of(diagnosis),
        balance=balance,
        alerts=_alerts(card, objectives, balance, alerts_about(person_id=person_id, now=instant, for_person=False)),
        actions=[action for aid in all_aids() for action in aid.actions(person_id=person_id, actor=actor())],
        items=timeline.build(
            person_id=person_id,
            recipient_id=card.recipient_id,
            steps=all_steps,
            now=instant,
            limit=LATEST,
            with_aids=False,
        ),
        span_title=overview.span_title(start, WEEKS),
        turns=overview.turns(start, WEEKS),
        today=today,
        form=form,
        may_edit=actor().permits(Permission.PATHWAY_EDIT),
        may_note=actor().permits(Permission.CONTACT_NOTE),
        links={
            "show": link("people.show", person_id=person_id),
            "contact_note": link("people.note_for", person_id=person_id),
            "add_contact": link("people.add_contact", person_id=person_id),
            "add_licence": link("people.add_licence", person_id=person_id),
            "statement": link("ledger.statement", person_id=person_id),
            "exit": link("participation.of_person", person_id=person_id),
            "diagnoses": link("diagnosis.of_person", person_id=person_id),
            "visits": link("agenda.of_person", person_id=person_id),
            "book_visit": link("agenda.book", person_id=person_id),
            "visit": link("agenda.visit", attendance_id=next_visit.attendance.id) if next_visit else "",
        },
    ), form.status


def _orientations(person_id: int, today: date) -> list[Orientation]:
    """Return who sent the person, for those who may see it."""
    if not actor().permits(Permission.PRESCRIPTION_VIEW):
        return []
    return orientations_of(person_id, on=today, visible=prescriptions.visible(actor()))


def _alerts(
    card: PersonCard, objectives: list[overview.ObjectiveView], balance: Balance, of_aids: list[Alert]
) -> list[Alert]:
    """Gather what must be seen first: the file's own alerts, gaps, hours to confirm, aids, money."""
    found = [Alert(alert.text, alert.tone) for alert in card.alerts]
    for row in unread_about(family_ids(card.id)):
        url = url_for("caseload.note", note_id=row.note.id)
        text = _("Note de passation de %(name)s, pas encore lue", name=row.author or _("un collègue"))
        found.append(Alert(text, "warning", "journal-arrow-down", url, _("Lire la note")))
    for view in objectives:
        if view.gap is not None:
            url = url_for("pathway.solutions", objective_id=view.id)
            found.append(Alert(view.gap_words, "danger", "calendar-x", url, _("Chercher une solution")))
        if view.needs_confirmation:
            url = url_for("pathway.roster", objective_id=view.id)
            found.append(
                Alert(
                    _("Horaires à confirmer : %(title)s", title=view.title), "warning", "clock", url, _("Mettre à jour")
                )
            )
    found.extend(of_aids)
    if balance.owed_cents > 0:
        url_of_account = url_for("ledger.statement", person_id=card.id)
        text = _("Reste à payer : %(amount)s", amount=format_cents(balance.owed_cents))
        found.append(Alert(text, "warning", "wallet2", url_of_account, _("Voir le compte")))
    return found
