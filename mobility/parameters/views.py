"""The administration page of the parameters."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.core.clock import now, today
from mobility.core.db import db
from mobility.core.errors import NotFound, RuleViolation
from mobility.core.web.access import Permission, actor, requires
from mobility.desks.queries import desk_choices, desk_names
from mobility.organisations.queries import organisation_choices, organisation_names
from mobility.parameters import queries, registry, rules, services
from mobility.parameters.forms import ResetForm, value_form
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Scope

bp = Blueprint("parameters", __name__, url_prefix="/administration/parametres")


@bp.get("")
@requires(Permission.PARAMETER_VIEW)
def index() -> ResponseReturnValue:
    """Show every parameter with what holds today, by group."""
    cards = queries.list_cards(on=today())
    groups = [(name, list(cards)) for name, cards in groupby(cards, key=lambda card: card.parameter.heading)]
    return render_template("parameters/list.html", groups=groups)


def _scopes(parameter: Parameter) -> list[tuple[str, str]]:
    scopes: list[tuple[str, str]] = []
    if Scope.EVERYWHERE in parameter.scopes:
        scopes.append((Scope.EVERYWHERE.value, "Partout"))
    if Scope.DESK in parameter.scopes:
        scopes += [(f"{Scope.DESK.value}:{number}", f"Antenne : {name}") for number, name in desk_choices()]
    if Scope.ORGANISATION in parameter.scopes:
        found = organisation_choices()
        scopes += [(f"{Scope.ORGANISATION.value}:{number}", f"Organisation : {name}") for number, name in found]
    return scopes


def _page(parameter: Parameter, form: object, status: int) -> ResponseReturnValue:
    lines = queries.history(parameter.key, on=today())
    authors = {line.author_id for line in lines if line.author_id is not None}
    names = dict(db.session.execute(select(User.id, User.display_name).where(User.id.in_(authors))).all())
    organisations = {line.scope_id for line in lines if line.scope is Scope.ORGANISATION and line.scope_id}
    return (
        render_template(
            "parameters/show.html",
            parameter=parameter,
            form=form,
            lines=lines,
            authors=names,
            desks=desk_names(),
            organisations=organisation_names(organisations),
            default_shown=rules.show(parameter.shape, rules.to_json(parameter.shape, parameter.default)),
            columns=parameter.columns,
        ),
        status,
    )


@bp.route("/<key>", methods=["GET", "POST"])
@requires(Permission.PARAMETER_VIEW)
def show(key: str) -> ResponseReturnValue:
    """Show a parameter's history; those who may, schedule a value."""
    parameter = registry.get(key)
    if not actor().permits(Permission.PARAMETER_MANAGE):
        return _page(parameter, None, 200 if request.method == "GET" else 403)
    form = value_form(parameter, _scopes(parameter))
    if form.submits(
        lambda: services.set_typed_value(
            key=key,
            typed=str(form.values()["value"] or ""),
            valid_from_on=form.values()["valid_from_on"],
            actor_id=actor().user_id,
            now=now(),
            **form.scope_ids(),
        )
    ):
        flash(_("La valeur est enregistrée."), "success")
        return redirect(url_for("parameters.show", key=key), 303)
    if not form.is_submitted():
        current = queries.value(key, on=today())
        form["value"].data = rules.as_typed(parameter.shape, rules.to_json(parameter.shape, current))
    return _page(parameter, form, form.status)


@bp.post("/<key>/valeurs/<int:value_id>/annuler")
@requires(Permission.PARAMETER_MANAGE)
def cancel(key: str, value_id: int) -> ResponseReturnValue:
    """Take away a value that has not begun."""
    services.cancel_scheduled(value_id=value_id, key=key, actor_id=actor().user_id, now=now())
    flash(_("La valeur prévue est annulée."), "success")
    return redirect(url_for("parameters.show", key=key), 303)


@bp.post("/<key>/valeurs/<int:value_id>/abandonner")
@requires(Permission.PARAMETER_MANAGE)
def reset(key: str, value_id: int) -> ResponseReturnValue:
    """Give up the value of a scope from today on."""
    row = queries.get_value_row(value_id)
    if row.key != key:
        raise NotFound("parameter value")
    if ResetForm().validate_on_submit():
        try:
            services.reset_value(
                key=key,
                valid_from_on=today(),
                desk_id=row.desk_id,
                organisation_id=row.organisation_id,
                actor_id=actor().user_id,
                now=now(),
            )
        except RuleViolation as violation:
            flash(violation.message, "warning")
        else:
            flash(_("La valeur plus générale s’applique à nouveau."), "success")
    return redirect(url_for("parameters.show", key=key), 303)
