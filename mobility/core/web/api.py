"""What every endpoint of the JSON API shares: declaration, pages, ETags, once-only keys, problems, limits.

A room's ``api.py`` makes ``blp = blueprint("desks", "…")`` and declares each endpoint in one line::

    @get(blp, "/desks", scope="desks:read", permission=Permission.DESK_VIEW, query=PageQuery, answer=DeskPage)
    def list_all(query: Values) -> Values:
        return paged(…)

The declaration checks the token's scope and the rows named in the path, reads and checks the input, documents
itself in ``/api/v1/openapi.json``, and answers errors as problem+json (RFC 9457).
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, g, jsonify, request
from flask_limiter import Limiter
from flask_smorest import Api, Blueprint
from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnprocessableEntity, UnsupportedMediaType

from mobility.core.clock import now
from mobility.core.web.access import Permission, actor, public, requires_scope
from mobility.core.web.asking import limit_question, on_too_large
from mobility.core.web.handlers import problem
from mobility.core.web.once import find_result, run_once
from mobility.core.web.pagination import Page

PREFIX = "/api/v1"
PER_PAGE, PER_PAGE_MAX = 50, 200
PROBLEM = "application/problem+json"
KEY = re.compile(r"[\x21-\x7e]{1,100}")
FIRST_INSTANT, LAST_INSTANT = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
ID_MAX = 2**31 - 1

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

Values = dict[str, Any]
View = TypeVar("View", bound=Callable[..., Any])
Once = Callable[[Callable[[], Values], int], Response]


# -- What is read and answered ----------------------------------------------------------------------------


class Identity(fields.Integer):
    """The id of a row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=1, max=ID_MAX), **options)


class QueryIdentity(fields.Integer):
    """The id of a row in the query string, where numbers are text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=validate.Range(min=1, max=ID_MAX), **options)


class Instant(fields.AwareDateTime):
    """An instant with its offset, such as ``2026-11-23T05:00:00+01:00``; answered in UTC."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", validate=validate.Range(min=FIRST_INSTANT, max=LAST_INSTANT), **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs).astimezone(UTC)
        except OverflowError:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from None


def storable(text: str) -> None:
    """Refuse what no database column holds: NUL and half of a surrogate pair."""
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValidationError("Contains characters that cannot be stored.")


class Text(fields.String):
    """A text of ``shortest`` to ``limit`` characters."""

    def __init__(self, *, limit: int, shortest: int = 0, **options: Any) -> None:
        super().__init__(validate=[validate.Length(min=shortest, max=limit), storable], **options)


class PageQuery(Schema):
    """Which page of a list is wanted."""

    page = fields.Integer(
        load_default=1, validate=validate.Range(min=1, max=100_000), metadata={"description": "Page, from 1."}
    )
    per_page = fields.Integer(
        load_default=PER_PAGE,
        validate=validate.Range(min=1, max=PER_PAGE_MAX),
        metadata={"description": "Items of a page."},
    )


class ProblemSchema(Schema):
    """An error, as RFC 9457 describes it."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(metadata={"description": "What to do, in French where a rule of the platform refuses."})
    code = fields.String(metadata={"description": "Stable name of the reason."})
    field = fields.String(metadata={"description": "The input that the reason concerns."})
    errors = fields.Dict(metadata={"description": "Problems by field, where the input is refused (422)."})
    reasons = fields.List(fields.Dict(), metadata={"description": "Reasons against a loan, with what would lift each."})
    proposals = fields.List(fields.Dict(), metadata={"description": "What could be booked instead."})
    index = fields.Integer(metadata={"description": "Which of the places sent the reason concerns, from 0."})


def page_schema(item: type[Schema]) -> type[Schema]:
    """Return the schema of a page of such items."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "page": fields.Integer(required=True),
            "per_page": fields.Integer(required=True),
            "total": fields.Integer(required=True),
        },
        name=item.__name__.removesuffix("Schema") + "Page",
    )


def paged(page: Page[Any], wanted: Values) -> Values:
    """Return the answer of a list; beyond the last page it is empty. The Link header is set on the way out."""
    beyond = wanted["page"] > page.pages
    g.api_pages = page.pages
    return {
        "items": [] if beyond else list(page.rows),
        "page": wanted["page"],
        "per_page": page.per_page,
        "total": page.total,
    }


# -- Declaration ------------------------------------------------------------------------------------------


def blueprint(name: str, description: str) -> Any:
    """Return the blueprint of one resource, with the habits of every endpoint."""
    blp = Blueprint(f"api_{name}", f"mobility.api.{name}", url_prefix=PREFIX, description=description)
    blp.before_request(_check_post)
    blp.after_request(_finish)
    blp.register_error_handler(BadRequest, _on_bad_request)
    blp.register_error_handler(UnprocessableEntity, _on_unprocessable)
    blp.register_error_handler(RequestEntityTooLarge, on_too_large)
    return blp


def get(
    blp: Any,
    rule: str,
    *,
    scope: str,
    permission: Permission,
    answer: type[Schema],
    query: type[Schema] | None = None,
    **rows: str,
) -> Callable[[View], View]:
    """Declare a reading endpoint; the view takes the query's values, if any, then the path's."""

    def declare(view: View) -> View:
        made: Any = blp.response(200, answer)(requires_scope(scope, permission, **rows)(view))
        if query is not None:
            made = blp.arguments(query, location="query")(made)
        blp.route(rule, methods=["GET"])(blp.doc(security=[{"token": [scope]}])(made))
        return view

    return declare


def post(
    blp: Any,
    rule: str,
    *,
    scope: str,
    permission: Permission,
    answer: type[Schema],
    body: type[Schema] | None = None,
    status: int = 200,
    again: Callable[[Once], Once] = lambda once: once,
    **rows: str,
) -> Callable[[View], View]:
    """Declare an acting endpoint; the view takes the body's values, if any, then the path's, and acts.

    The act and its answer are written in one transaction, under the request's Idempotency-Key: a repeated request
    gets the first answer again. ``again`` may wrap it, to try again what the database asks to.
    """

    def declare(view: View) -> View:
        @functools.wraps(view)
        def acting(*arguments: Any, **path: Any) -> Response:
            return again(_once)(lambda: _plain(answer, view(*arguments, **path)), status)

        made: Any = blp.response(status, answer)(requires_scope(scope, permission, **rows)(acting))
        if body is not None:
            made = blp.arguments(body, location="json")(made)
        made = blp.doc(security=[{"token": [scope]}], parameters=[_KEY_PARAMETER])(made)
        blp.route(rule, methods=["POST"])(made)
        return view

    return declare


_KEY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"},
    "description": "A text of your own, a new one for each act. Sent again, it gives the first answer again.",
}


# -- Acting once ------------------------------------------------------------------------------------------


class KeyMissing(BadRequest):
    """A POST came without a once-only key."""


class KeyReused(UnprocessableEntity):
    """A once-only key came again with another request."""


def refuse_field(name: str, reason: str) -> NoReturn:
    """Refuse the input (422), naming the field that only the database could judge."""
    refusal = UnprocessableEntity()
    refusal.data = {"messages": {"json": {name: [reason]}}}  # type: ignore[attr-defined]
    raise refusal


def _plain(schema: type[Schema], answer: Any) -> Values:
    """Return the answer as it is sent, so that it can be kept and sent again to the letter."""
    plain: Values = json.loads(json.dumps(schema().dump(answer)))
    return plain


def _fingerprint() -> str:
    content = json.dumps(request.get_json(silent=True), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{request.method} {request.path}\n{content}".encode()).hexdigest()


def _once(act: Callable[[], Values], status: int) -> Response:
    key = request.headers["Idempotency-Key"]
    scope = f"api:{getattr(actor(), 'token_id', 0)}"
    fingerprint = _fingerprint()
    answer, repeated = run_once(scope, key, act, now=now(), fingerprint=fingerprint)
    if repeated:
        earlier = find_result(scope, key)
        if earlier is not None and earlier.fingerprint != fingerprint:
            raise KeyReused
    response = jsonify(answer)
    response.status_code = status
    if status == 201:
        response.headers["Location"] = f"{request.path}/{answer['id']}"
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _check_post() -> None:
    if request.method != "POST":
        return
    computes = limit_question()
    if request.get_data(cache=True) and not request.is_json:
        raise UnsupportedMediaType
    if not computes and not KEY.fullmatch(request.headers.get("Idempotency-Key", "")):
        raise KeyMissing


# -- On the way out ---------------------------------------------------------------------------------------


def _finish(response: Response) -> Response:
    """Add the Link header of a list, and the ETag of what was read."""
    if request.method not in {"GET", "HEAD"} or response.status_code != 200:
        return response
    if "api_pages" in g:
        response.headers["Link"] = ", ".join(f'<{url}>; rel="{name}"' for name, url in _links(g.api_pages))
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _links(pages: int) -> Iterator[tuple[str, str]]:
    number = request.args.get("page", 1, type=int)
    targets = {"first": 1, "prev": min(number - 1, pages), "next": number + 1, "last": pages}
    for name, target in targets.items():
        if 1 <= target <= pages:
            yield name, f"{request.path}?{urlencode({**request.args.to_dict(), 'page': target})}"


def _on_unprocessable(error: UnprocessableEntity) -> Any:
    if isinstance(error, KeyReused):
        detail = "This Idempotency-Key was used for another request."
        return problem(422, detail=detail, code="key_reused", field="Idempotency-Key")
    by_field: Values = {}
    for place in getattr(error, "data", {}).get("messages", {}).values():
        by_field.update(place if isinstance(place, Mapping) else {"_": place})
    return problem(422, detail="Some fields are missing or unreadable.", code="invalid", errors=by_field)


def _on_bad_request(error: BadRequest) -> Any:
    if isinstance(error, KeyMissing):
        detail = "A POST needs a header Idempotency-Key of 1 to 100 visible ASCII characters."
        return problem(400, detail=detail, code="key_missing", field="Idempotency-Key")
    return problem(400, detail="The request cannot be read.", code="unreadable")


# -- The whole --------------------------------------------------------------------------------------------


class _Api(Api):  # type: ignore[misc]
    """flask-smorest's documentation and reading of input, with our own errors."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Leave errors to ``core.web.handlers``, the one place where they meet HTTP."""

    def _register_responses(self) -> None:
        content = {PROBLEM: {"schema": ProblemSchema}}
        self.spec.components.response("DEFAULT_ERROR", {"description": "An error.", "content": content}, lazy=True)
        for status in HTTPStatus:
            self.spec.components.response(status.name, {"description": status.phrase, "content": content}, lazy=True)


def _who() -> str:
    return str(getattr(actor(), "token_id", None) or request.remote_addr)


def init_app(app: Flask, blueprints: Iterable[Any], *, others: Iterable[Any] = ()) -> None:
    """Serve the API and its description; ``others`` are APIs of a shape that is not ours, held to the same limit."""
    app.config.update(
        API_TITLE="Mobility platform",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        RATELIMIT_STORAGE_URI=app.config["RATE_LIMIT_STORAGE"],
        RATELIMIT_HEADERS_ENABLED=True,
        # A counter that fails is logged and never fails a request: two threads that start the expiry timer of the
        # storage in memory at once make one of them raise (seen once in 12 500 racing requests).
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    token = {"type": "http", "scheme": "bearer", "description": "Made by `mobility token create`."}
    api = _Api(app, spec_kwargs={"components": {"securitySchemes": {"token": token}}})
    describe: Any = app.view_functions["api-docs.openapi_json"]

    @public
    def description() -> ResponseReturnValue:
        answer: Response = describe()
        return answer

    app.view_functions["api-docs.openapi_json"] = description
    limiter = Limiter(key_func=_who, app=app)
    for blp in blueprints:
        limiter.limit(str(app.config["API_RATE_LIMIT"]))(blp)
        app.extensions["csrf"].exempt(blp)
        api.register_blueprint(blp)
    for blp in others:
        limiter.limit(str(app.config["API_RATE_LIMIT"]))(blp)
        app.extensions["csrf"].exempt(blp)
        app.register_blueprint(blp)
