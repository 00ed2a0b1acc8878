"""The API's routes: each reads a request strictly, and gives it to its endpoint's handler."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from analytics.question import typed
from dashboards.api.endpoints import PREFIX, Call, Endpoint, hold
from dashboards.api.openapi import description
from dashboards.api.table import endpoints
from dashboards.auth.visitor import Visitor, visitor
from dashboards.given import given, hold_dash
from dashboards.server.desk import Desk
from dashboards.server.refusals import Refused
from dashboards.server.texts import hold_text, named
from schemas.errors import QuestionError


def routes() -> list[Route]:
    """Every endpoint, and their description, which needs no token."""
    found = [Route(PREFIX + each.path, _endpoint(each), methods=[each.method], name=each.name) for each in endpoints()]
    return [*_merged(found), Route(f"{PREFIX}/openapi.json", _description, name="openapi")]


def _merged(found: list[Route]) -> list[Route]:
    """One route a path, so that another method is refused as such and not as an address that there isn't."""
    by_path: dict[str, dict[str, Any]] = {}
    for route in found:
        for method in route.methods or ():
            by_path.setdefault(route.path, {})[method] = route.endpoint
    return [Route(path, _by_method(handlers), methods=sorted(handlers)) for path, handlers in by_path.items()]


def _by_method(handlers: dict[str, Any]) -> Any:
    async def handler(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        answer: Response = await handlers[method](request)
        return answer

    return handler


async def _description(_request: Request) -> Response:
    return JSONResponse(description())


def _endpoint(endpoint: Endpoint) -> Any:
    async def handler(request: Request) -> Response:
        desk: Desk = request.app.state.desk
        who = await admitted(request, desk)
        who.hold(endpoint.may, purpose=desk.home.settings.questions.purpose_required)
        if endpoint.body:
            values = await _body(request, endpoint, who)
        else:
            values = given(endpoint.name, endpoint.params, request.query_params.multi_items())
        for name, value in values.items():
            hold_dash(endpoint.name, name, value)
        hold(values)
        call = Call(desk, who, endpoint.name, request.path_params, values, typed=endpoint.body)
        return await desk.answer(lambda: endpoint.handler(call))

    return handler


async def admitted(request: Request, desk: Desk) -> Visitor:
    """Who asks, within how often that may be. Errors: Refused (401, 429)."""
    address = request.client.host if request.client else ""
    try:
        found = visitor(request, desk.store)
    except Refused:
        desk.entrance.take(address)
        raise
    if found is None:
        desk.entrance.take(address)
        raise Refused(401, "no token or session that is in force", "Authorization")
    desk.rate.take(found.key)
    return found


async def _body(request: Request, endpoint: Endpoint, who: Visitor) -> dict[str, Any]:
    """The object that the body holds, its values typed. Errors: Refused; QuestionError for a value."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "want application/json", "Content-Type")
    if who.session is not None and request.headers.get("x-csrf-token") != who.session.csrf:
        raise Refused(403, "want the session's token, which another site can't know", "X-CSRF-Token")
    if request.query_params:
        raise Refused(400, "unknown filter; the parameters stand in the body", named(next(iter(request.query_params))))
    try:
        document = json.loads(await request.body(), object_pairs_hook=_object, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(400, "is not JSON", "body") from None
    if not isinstance(document, dict):
        raise Refused(400, "want an object", "body")
    hold_text(document.items())
    declared = {param.name: param for param in endpoint.params}
    for name in document:
        if name not in declared:
            raise QuestionError(endpoint.name, named(name), f"unknown parameter; there are {', '.join(declared)}")
    missing = [param.name for param in endpoint.params if param.required and document.get(param.name) is None]
    if missing:
        raise QuestionError(endpoint.name, missing[0], "missing")
    return {name: typed(endpoint.name, declared[name], _whole(value)) for name, value in document.items()}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values of one name neither is the one that was meant."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Refused(400, "is given twice", named(name))
        found[name] = value
    return found


def _whole(value: Any) -> Any:
    """In JSON 1.0 is the number 1."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _no_number(_text: str) -> Any:
    """NaN and Infinity, which JSON hasn't."""
    raise ValueError
