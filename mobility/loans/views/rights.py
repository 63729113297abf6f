"""Rights to loans: seen, opened, closed by advisers."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import now, today
from mobility.core.db import load
from mobility.core.web.access import Permission, acting_user, requires
from mobility.fleet.kinds import CATEGORY_LABELS, Category
from mobility.loans import services
from mobility.loans.forms import CATEGORY_ICONS, ConfirmForm, RightForm
from mobility.loans.models import LoanRight
from mobility.loans.queries import pages
from mobility.loans.queries.facts import get_person
from mobility.loans.views.blueprints import bp
from mobility.people.models import display_name

DEFAULT_LENGTH = timedelta(days=182)
DEFAULT_DAYS = 60


@bp.route("/prets/personnes/<int:person_id>/droits", methods=["GET", "POST"])
@requires(Permission.LOAN_RIGHT_OPEN, person="person_id")
def open_right(person_id: int) -> ResponseReturnValue:
    """Show the rights of a person and open another."""
    person = get_person(person_id)
    form = RightForm()
    if form.submits(
        lambda: services.open_right(
            person_id=person_id,
            categories=[Category(code) for code in form.categories.data],
            starts_on=form.starts_on.data,
            ends_on=form.ends_on.data,
            days_allowed=form.days_allowed.data,
            note=form.note.data,
            actor_id=acting_user(),
            now=now(),
        )
    ):
        flash(_("Le droit est ouvert : la personne peut réserver elle-même."), "success")
        if request.args.get("suite") == "reserver":
            return redirect(url_for("loans.book_dates", person_id=person_id), 303)
        return redirect(url_for("loans.open_right", person_id=person_id), 303)
    if not form.is_submitted():
        form.starts_on.data, form.ends_on.data = today(), today() + DEFAULT_LENGTH
        form.days_allowed.data = DEFAULT_DAYS
    return render_template(
        "loans/rights.html",
        form=form,
        person=person,
        person_name=display_name(person.id, person.first_name, person.last_name),
        rights=pages.list_rights(person_id),
        labels=CATEGORY_LABELS,
        icons=CATEGORY_ICONS,
        today=today(),
    ), form.status


@bp.route("/prets/droits/<int:right_id>/fermer", methods=["GET", "POST"])
@requires(Permission.LOAN_RIGHT_OPEN, loan_right="right_id")
def close_right(right_id: int) -> ResponseReturnValue:
    """Close a right."""
    right = load(LoanRight, right_id)
    person_id = right.person_id
    form = ConfirmForm()
    if form.submits(lambda: services.close_right(right_id=right_id, actor_id=acting_user(), now=now())):
        flash(_("Le droit est fermé. Les prêts déjà faits restent."), "success")
        return redirect(url_for("loans.open_right", person_id=person_id), 303)
    return render_template("loans/close_right.html", form=form, right=right, labels=CATEGORY_LABELS), form.status
