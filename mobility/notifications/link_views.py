"""Pages behind links of messages, and the doors of the SMS providers.

A link shows a page on GET and acts on POST. The one-click unsubscription of mail readers (RFC 8058)
posts without any cookie, as do providers: the token in the address is their authority, so these views
ask for no CSRF token. A provider that knows the operator's token may also call by GET, where that is its
only way (OVHcloud): no link leads there, so no preview and no mail scanner can follow one.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup, escape

from mobility.core import links
from mobility.core.clock import now
from mobility.core.web.access import signed_link
from mobility.notifications import inbound, queries, render, services, short_links
from mobility.notifications.forms import PreferencesForm
from mobility.notifications.kinds import Channel
from mobility.notifications.views import bp

PROVIDERS = frozenset({"ovh", "brevo"})
# Those that put what they tell into the query string.
TELL_BY_GET = frozenset({"ovh"})


@bp.route("/messages/preferences/<token>", methods=["GET", "POST"])
@signed_link
def preferences(token: str) -> ResponseReturnValue:
    """Let somebody choose how to be written to."""
    recipient_id = int(links.read(render.PREFERENCES, token, now=now())["recipient"])
    recipient, points = queries.get_recipient(recipient_id), queries.list_points(recipient_id)
    form = PreferencesForm()
    form.offer(recipient, points, submitted=form.is_submitted())
    if form.submits(lambda: _keep(recipient_id, form, {point.id for point in points})):
        flash(_("Vos choix sont enregistrés."), "success")
        return redirect(url_for("notifications.preferences", token=token), 303)
    return render_template("notifications/preferences.html", form=form, points=points), form.status


def _keep(recipient_id: int, form: PreferencesForm, point_ids: set[int]) -> None:
    at = now()
    wanted = {int(value) for value in form.points.data or ()}
    services.keep_preferences(
        recipient_id=recipient_id,
        preferred_channel=Channel(form.preferred.data) if form.preferred.data else None,
        digest=bool(form.digest.data),
        wanted_point_ids=wanted & point_ids,
        now=at,
    )


@bp.route("/messages/desabonnement/<token>", methods=["GET", "POST"])
@signed_link
def unsubscribe(token: str) -> ResponseReturnValue:
    """Stop the messages to one address, after a button or by a mail reader's one click."""
    point = queries.get_point(int(links.read(render.UNSUBSCRIBE, token, now=now())["point"]))
    done = request.method == "POST"
    if done:
        services.opt_out(contact_point_id=point.id, now=now())
    return render_template(
        "notifications/unsubscribe.html",
        shown=queries.mask(point.channel, point.value),
        done=done,
        already=point.opted_out_at is not None,
        preferences_url=render.preferences_url(point.recipient_id, now()),
    )


@bp.get("/l/<code>")
@signed_link
def short_link(code: str) -> ResponseReturnValue:
    """Lead to the long address; nothing else happens."""
    path = short_links.resolve(code, now=now())
    body = Markup('<!doctype html><title>→</title><a href="{0}">{0}</a>').format(escape(path))
    answer = Response(body, 302, content_type="text/html; charset=utf-8")
    answer.headers["Location"] = path
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _may_tell() -> bool:
    """Tell whether the caller knows the token that the operator gave to the provider."""
    expected = str(current_app.config["SMS_INBOUND_TOKEN"])
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    given = bearer or request.args.get("token", "")
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def _check_method(provider: str) -> None:
    """Refuse GET by a provider that posts, and HEAD by all: it must change nothing."""
    if request.method != "POST" and (request.method != "GET" or provider not in TELL_BY_GET):
        abort(405)


def _payload() -> Mapping[str, Any]:
    if request.method == "GET":
        return {name: value for name, value in request.args.items() if name != "token"}
    content = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    return content if isinstance(content, dict) else {}


@bp.route("/notifications/sms/<provider>/reponses", methods=["GET", "POST"])
@signed_link
def sms_reply(provider: str) -> ResponseReturnValue:
    """Take an answer by SMS from the provider."""
    _check_method(provider)
    if not _may_tell():
        return "", 403
    reply = inbound.read_reply(_payload())
    if provider not in PROVIDERS or reply is None:
        return "", 400
    reference, sender, text = reply
    inbound.receive_reply(provider=provider, provider_ref=reference, from_value=sender, body=text, now=now())
    return "", 204


@bp.route("/notifications/sms/<provider>/accuses", methods=["GET", "POST"])
@signed_link
def sms_report(provider: str) -> ResponseReturnValue:
    """Take a delivery report from the provider."""
    _check_method(provider)
    if not _may_tell():
        return "", 403
    report = inbound.read_report(provider, _payload()) if provider in PROVIDERS else None
    if report is None:
        return "", 400
    inbound.receive_report(report, now=now())
    return "", 204


def exempt_from_csrf(app: Flask) -> None:
    """Let these views be called without a session."""
    for view in (unsubscribe, sms_reply, sms_report):
        app.extensions["csrf"].exempt(view)
