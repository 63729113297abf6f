"""Employers' sites for the desk, their poster, and the page to which it leads."""

from __future__ import annotations

import segno
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select

from mobility.carpool import links, services
from mobility.carpool.kinds import JourneyState
from mobility.carpool.models import CarpoolHub, CarpoolOffer, CarpoolRequest
from mobility.carpool.places import Known, commune_name
from mobility.carpool.rules.journeys import End
from mobility.carpool.site_forms import HubForm, PosterForm
from mobility.carpool.views.blueprints import bp, links_bp
from mobility.core.clock import now
from mobility.core.db import db, load
from mobility.core.errors import StaleVersion
from mobility.core.web.access import Permission, actor, requires, signed_link
from mobility.core.web.forms import Form
from mobility.desks.models import Desk
from mobility.desks.queries import desk_choices
from mobility.geo.geocoding import find_place
from mobility.organisations.models import Organisation
from mobility.organisations.queries import organisation_choices, organisation_names
from mobility.organisations.rules import OrganisationKind

HUBS_SHOWN = 200


@bp.get("/covoiturage/lieux")
@requires(Permission.CARPOOL_MANAGE)
def hubs() -> ResponseReturnValue:
    """List the sites of the actor's desks."""
    desks = dict(desk_choices(actor().desk_ids(Permission.CARPOOL_MANAGE)))
    rows = db.session.execute(
        select(CarpoolHub, Organisation.name.label("employer"))
        .join(Organisation, Organisation.id == CarpoolHub.organisation_id)
        .where(CarpoolHub.desk_id.in_(list(desks)))
        .order_by(CarpoolHub.archived_at.is_not(None), CarpoolHub.name, CarpoolHub.id)
        .limit(HUBS_SHOWN)
    ).all()
    return render_template("carpool/hubs.html", rows=rows, desks=desks, communes=commune_name)


@bp.route("/covoiturage/lieux/nouveau", methods=["GET", "POST"])
@requires(Permission.CARPOOL_MANAGE)
def hub_new() -> ResponseReturnValue:
    """Write a new site."""
    form = HubForm()
    desks = desk_choices(actor().desk_ids(Permission.CARPOOL_MANAGE))
    form.desk_id.choices = desks
    form.organisation_id.choices = [("", "—"), *organisation_choices(OrganisationKind.EMPLOYER)]
    if not form.is_submitted() and desks:
        form.desk_id.data = desks[0][0]
    place = find_place(form.street.data, insee_code=form.code) if form.validate_on_submit() else None
    if form.submits(
        lambda: services.save_hub(
            name=form.name.data,
            street=form.street.data,
            place=place,
            desk_id=form.desk_id.data,
            organisation_id=form.organisation_id.data,
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Le lieu est enregistré. Imprimez son affiche."), "success")
        return redirect(url_for("carpool.hub", hub_id=form.result), 303)
    return render_template("carpool/hub_form.html", form=form, hub=None), form.status


@bp.get("/covoiturage/lieux/<int:hub_id>")
@requires(Permission.CARPOOL_MANAGE, carpool_hub="hub_id")
def hub(hub_id: int) -> ResponseReturnValue:
    """Show a site: its address, who offers and asks there, its poster."""
    row = load(CarpoolHub, hub_id)
    standing = {
        name: db.session.scalar(select(func.count()).where(model.hub_id == hub_id, model.state == JourneyState.OPEN))
        for name, model in (("offers", CarpoolOffer), ("requests", CarpoolRequest))
    }
    return render_template(
        "carpool/hub.html",
        hub=row,
        employer=organisation_names([row.organisation_id])[row.organisation_id],
        desk=load(Desk, row.desk_id),
        commune=commune_name(row.insee_code),
        standing=standing,
        url=links.poster_url(row),
        form=Form(),
    )


@bp.route("/covoiturage/lieux/<int:hub_id>/modifier", methods=["GET", "POST"])
@requires(Permission.CARPOOL_MANAGE, carpool_hub="hub_id")
def hub_edit(hub_id: int) -> ResponseReturnValue:
    """Change a site."""
    row = load(CarpoolHub, hub_id)
    form = HubForm()
    del form.desk_id, form.organisation_id
    if not form.is_submitted():
        form.show(row)
    place = find_place(form.street.data, insee_code=form.code) if form.validate_on_submit() else None
    if form.submits(
        lambda: services.save_hub(
            hub_id=hub_id,
            name=form.name.data,
            street=form.street.data,
            place=place,
            version=form.typed_version(),
            actor_id=actor().user_id,
            now=now(),
        )
    ):
        flash(_("Le lieu est modifié."), "success")
        return redirect(url_for("carpool.hub", hub_id=hub_id), 303)
    row = load(CarpoolHub, hub_id)
    if isinstance(form.violation, StaleVersion):
        form.show_version(row)
    return render_template("carpool/hub_form.html", form=form, hub=row), form.status


@bp.get("/covoiturage/lieux/<int:hub_id>/affiche")
@requires(Permission.CARPOOL_MANAGE, carpool_hub="hub_id")
def hub_poster(hub_id: int) -> ResponseReturnValue:
    """Show the poster of a site, to be printed."""
    row = load(CarpoolHub, hub_id)
    url = links.poster_url(row)
    return render_template(
        "carpool/poster.html", hub=row, url=url, qr=segno.make(url, error="m").svg_data_uri(scale=8, border=4)
    )


@bp.post("/covoiturage/lieux/<int:hub_id>/lien")
@requires(Permission.CARPOOL_MANAGE, carpool_hub="hub_id")
def hub_renew(hub_id: int) -> ResponseReturnValue:
    """Make the posters of a site stop working."""
    form = Form()
    if form.submits(lambda: services.revoke_poster(hub_id=hub_id, actor_id=actor().user_id, now=now())):
        flash(_("Les anciennes affiches ne marchent plus. Imprimez la nouvelle."), "success")
    return redirect(url_for("carpool.hub", hub_id=hub_id), 303)


@bp.post("/covoiturage/lieux/<int:hub_id>/etat")
@requires(Permission.CARPOOL_MANAGE, carpool_hub="hub_id")
def hub_archive(hub_id: int) -> ResponseReturnValue:
    """Put a site away, or take it up again."""
    form, archived = Form(), load(CarpoolHub, hub_id).archived_at is None
    if form.submits(
        lambda: services.archive_hub(hub_id=hub_id, archived=archived, actor_id=actor().user_id, now=now())
    ):
        flash(_("Le lieu est rangé.") if archived else _("Le lieu est repris."), "success")
    return redirect(url_for("carpool.hub", hub_id=hub_id), 303)


@links_bp.route("/covoiturage/site/<token>", methods=["GET", "POST"], endpoint="hub")
@signed_link
def by_poster(token: str) -> ResponseReturnValue:
    """Let an employer's staff offer a seat, without an account."""
    row = links.read_poster(token, now=now())
    hub_id, commune = row.id, commune_name(row.insee_code)
    end = End(f"{row.name}, {commune}"[:200], row.insee_code, row.latitude, row.longitude)
    form = PosterForm()
    form.offer_choices([Known(f"hub:{hub_id}", f"{row.name}, {commune}", end, hub_id=hub_id)], [])
    if not form.is_submitted():
        form.begin_at(hub_id)
    ends = form.find_ends(None)
    if form.submits(
        lambda: services.offer_by_hub(
            hub_id=hub_id,
            name=form.name.data,
            phone=form.phone.data,
            email=form.email.data,
            about=form.about(),
            facts=form.facts(ends, None),
            now=now(),
        )
    ):
        return render_template("carpool/poster_done.html")
    row = load(CarpoolHub, hub_id)
    return render_template(
        "carpool/poster_form.html",
        form=form,
        hub=row,
        employer=organisation_names([row.organisation_id])[row.organisation_id],
        commune=commune,
    ), form.status
