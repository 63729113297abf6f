"""What a desk has for its appointments (rooms, interpreters), who translates at one, and who is back from a visit."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.accounts.queries import names_of
from mobility.agenda import queries, services
from mobility.agenda.errors import InterpreterTaken
from mobility.agenda.forms import InterpreterForm, PlainForm, RoomForm, VisitInterpreterForm
from mobility.agenda.models import AgendaRoom, Interpreter
from mobility.agenda.queries import resources
from mobility.agenda.services import InterpreterValues
from mobility.agenda.services.resources import WORRY_FOR
from mobility.agenda.views.blueprints import bp
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, actor, check_permission, requires
from mobility.desks.queries import desk_choices
from mobility.people.kinds import LANGUAGES
from mobility.people.models import Person
from mobility.people.queries import get_person_card

MANAGE, BOOK, VIEW = Permission.MEETING_TYPE_MANAGE, Permission.AGENDA_BOOK, Permission.AGENDA_VIEW


def _desk() -> tuple[int, list[tuple[int, str]]]:
    """Return the desk that the address asks for among those that the actor manages. Raises NotFound."""
    desks = desk_choices(actor().desk_ids(MANAGE))
    asked = request.args.get("antenne", type=int)
    known = [identity for identity, _name in desks]
    if not known:
        raise NotFound("desk")
    return (asked if asked in known and asked is not None else known[0]), desks


@bp.route("/agenda/ressources", methods=["GET", "POST"])
@requires(MANAGE)
def resources_of_desk() -> ResponseReturnValue:
    """List the rooms and the interpreters of a desk; add a room."""
    desk_id, desks = _desk()
    check_permission(MANAGE, desk=desk_id)
    form = RoomForm()
    if form.submits(
        lambda: services.add_room(desk_id=desk_id, name=form.name.data, actor_id=actor().user_id, now=now())
    ):
        flash(_("La salle est ajoutée."), "success")
        return redirect(url_for("agenda.resources_of_desk", antenne=desk_id), 303)
    page = render_template(
        "agenda/resources.html",
        form=form,
        plain=PlainForm(),
        desk_id=desk_id,
        desks=desks,
        rooms=resources.list_rooms(desk_id),
        interpreters=resources.list_interpreters(desk_id),
        languages=LANGUAGES,
    )
    return page, form.status


@bp.post("/agenda/salles/<int:room_id>/retirer")
@requires(MANAGE, agenda_room="room_id")
def archive_room(room_id: int) -> ResponseReturnValue:
    """Receive in that room no more."""
    desk_id = load(AgendaRoom, room_id).desk_id
    form = PlainForm()
    if form.submits(lambda: services.archive_room(room_id=room_id, actor_id=actor().user_id, now=now())):
        flash(_("La salle n’est plus proposée. Les rendez-vous déjà pris y restent."), "success")
    return redirect(url_for("agenda.resources_of_desk", antenne=desk_id), 303)


@bp.route("/agenda/interpretes/nouveau", methods=["GET", "POST"])
@requires(MANAGE)
def new_interpreter() -> ResponseReturnValue:
    """Note an interpreter."""
    desk_id, _desks = _desk()
    return _interpreter_page(desk_id, None)


@bp.route("/agenda/interpretes/<int:interpreter_id>", methods=["GET", "POST"])
@requires(MANAGE, interpreter="interpreter_id")
def edit_interpreter(interpreter_id: int) -> ResponseReturnValue:
    """Change an interpreter."""
    row = load(Interpreter, interpreter_id)
    return _interpreter_page(row.desk_id, row)


def _interpreter_page(desk_id: int, row: Interpreter | None) -> ResponseReturnValue:
    check_permission(MANAGE, desk=desk_id)
    form = InterpreterForm()

    def act() -> int:
        said = form.values("name", "languages", "on_site", "by_phone", "adult")
        return services.save_interpreter(
            desk_id=desk_id,
            values=InterpreterValues(**said, phone=form.phone.data or "", hours=form.hours.data or ""),
            actor_id=actor().user_id,
            now=now(),
            interpreter_id=row.id if row is not None else None,
            version=form.typed_version() if row is not None else None,
        )

    if form.submits(act):
        flash(_("L’interprète est enregistré."), "success")
        return redirect(url_for("agenda.resources_of_desk", antenne=desk_id), 303)
    if not form.is_submitted() and row is not None:
        for name in ("name", "languages", "on_site", "by_phone", "phone", "hours", "adult"):
            form[name].data = getattr(row, name)
        form.show_version(row)
    return render_template("agenda/interpreter_form.html", form=form, row=row, desk_id=desk_id), form.status


@bp.post("/agenda/interpretes/<int:interpreter_id>/retirer")
@requires(MANAGE, interpreter="interpreter_id")
def archive_interpreter(interpreter_id: int) -> ResponseReturnValue:
    """Call on that interpreter no more."""
    desk_id = load(Interpreter, interpreter_id).desk_id
    form = PlainForm()
    if form.submits(
        lambda: services.archive_interpreter(interpreter_id=interpreter_id, actor_id=actor().user_id, now=now())
    ):
        flash(_("L’interprète n’est plus proposé."), "success")
    return redirect(url_for("agenda.resources_of_desk", antenne=desk_id), 303)


@bp.route("/rendez-vous/<int:attendance_id>/interprete", methods=["GET", "POST"])
@requires(BOOK, visit="attendance_id")
def interpreter(attendance_id: int) -> ResponseReturnValue:
    """Say who translates at the appointment."""
    visit = queries.get_visit(attendance_id)
    person = load(Person, visit.attendance.person_id)
    language = person.language if person.language != "fr" else None
    known = resources.list_interpreters(visit.appointment.desk_id, language=language)
    taken = resources.interpreters_taken(visit.appointment, [row.id for row in known])
    form = VisitInterpreterForm()
    form.choice.choices = [
        *((str(row.id), _label(row)) for row in known if row.id not in taken),
        ("relative", _("une personne majeure qui vient avec elle")),
        ("none", _("personne, ce n’est pas nécessaire")),
    ]

    def act() -> None:
        choice = str(form.choice.data)
        if choice.isdecimal() and int(choice) in taken:
            raise InterpreterTaken(field="choice")
        services.set_interpreter(
            attendance_id=attendance_id,
            interpreter_id=int(choice) if choice.isdecimal() else None,
            companion=(form.companion.data or str(_("un proche"))) if choice == "relative" else "",
            adult=form.adult.data,
            actor_id=actor().user_id,
            now=now(),
            version=form.typed_version(),
        )

    if form.submits(act):
        flash(_("C’est noté."), "success")
        return redirect(url_for("agenda.visit", attendance_id=attendance_id), 303)
    if not form.is_submitted():
        appointment = visit.appointment
        form.companion.data, form.adult.data = appointment.companion, appointment.companion_adult
        form.choice.data = str(appointment.interpreter_id or ("relative" if appointment.companion else ""))
        form.show_version(visit.attendance)
    page = render_template(
        "agenda/interpreter.html",
        form=form,
        visit=visit,
        card=get_person_card(person.id),
        language=LANGUAGES.get(person.language, person.language),
        none_known=not known,
    )
    return page, form.status


def _label(row: Interpreter) -> str:
    how = [word for yes, word in ((row.on_site, _("sur place")), (row.by_phone, _("par téléphone"))) if yes]
    return " – ".join(part for part in (row.name, ", ".join(how), row.hours) if part)


@bp.get("/agenda/visites")
@requires(VIEW)
def visits_out() -> ResponseReturnValue:
    """List the home visits of one's desks that nobody is back from."""
    desks = actor().desk_ids(VIEW)
    rows = [row for row in resources.list_out(now=now(), within=WORRY_FOR) if row.desk_id in desks]
    own = resources.own_visits_out(actor().user_id or 0, now=now(), within=WORRY_FOR)
    shown = {row.id: row for row in (*own, *rows)}
    return render_template(
        "agenda/visits_out.html",
        rows=list(shown.values()),
        names=names_of([row.adviser_id for row in shown.values()]),
        own_id=actor().user_id,
        form=PlainForm(),
    )


@bp.post("/agenda/visites/<int:appointment_id>/rentre")
@requires(BOOK, appointment="appointment_id")
def say_back(appointment_id: int) -> ResponseReturnValue:
    """Say that one is back."""
    form = PlainForm()
    if form.submits(lambda: services.say_back(appointment_id=appointment_id, actor_id=actor().user_id, now=now())):
        flash(_("C’est noté : tout va bien."), "success")
    return redirect(url_for("agenda.visits_out"), 303)
