"""The routes of the pages: each admits its visitor, reads the request, and renders what its handler gives."""

from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles

from dashboards.auth import sessions
from dashboards.auth.store import SESSION_S
from dashboards.auth.visitor import Visitor, cookie_of, session_of, visitor
from dashboards.server.desk import Desk
from dashboards.server.refusals import Refused
from dashboards.server.texts import hold_charset, hold_text
from dashboards.web.entrance import goal, onward, with_purpose
from dashboards.web.language import choose, language_of
from dashboards.web.page import Download, Goto, Page, Shown, View
from dashboards.web.render import render, words
from dashboards.web.share import shares
from dashboards.web.table import pages
from dashboards.web.typed import is_number
from dashboards.web.unsent import unsent
from schemas.errors import LakeError
from schemas.terms import LANGUAGES

_STATIC = Path(__file__).with_name("static")
_MOST_FIELDS = 200
_SIGNIN = "/signin"
_NEXT, _NEXT_S = "sparhund_next", 900  # the cookie that remembers what somebody who must sign in wanted to see


def routes() -> list[BaseRoute]:
    """Of every page, and of the way in."""
    found: list[BaseRoute] = [
        Route(_SIGNIN, _signin, methods=["GET", "POST"], name="signin"),
        Route("/language", _language, methods=["GET", "POST"], name="language"),
    ]
    for page in pages():
        methods = ["GET", "POST"] if page.post else ["GET"]
        found.append(Route(page.path, _page(page), methods=methods, name=page.name))
    return found


class _Static(StaticFiles):
    def file_response(self, *given: Any, **named: Any) -> Response:
        response = super().file_response(*given, **named)
        response.headers["Cache-Control"] = "max-age=3600"  # nothing of anybody's stands there
        return response


def static() -> StaticFiles:
    """Style, script and icon: our own, so that no page needs another host."""
    return _Static(directory=_STATIC)


def _page(page: Page) -> Any:
    async def handler(request: Request) -> Response:
        desk: Desk = request.app.state.desk
        address = _address(request)
        who = _admitted(request, desk)
        if who is None and request.method == "POST":
            raise Refused(401, "nobody is signed in any longer", "session")
        if who is None:
            return _remembering(RedirectResponse(_way_in(address), 303), request, address)
        if request.method != "POST":
            page.hold(request.query_params.multi_items())
        required = desk.home.settings.questions.purpose_required
        unsaid = page.may == "persons" and required and not who.purpose and who.may("persons")
        if unsaid and request.method != "POST":
            return RedirectResponse("/purpose?" + urlencode({"next": address}), 303)
        who.hold(page.may, purpose=required and not unsaid)
        form, files = await _form(request, who) if request.method == "POST" else ((), {})
        query, language = request.query_params.multi_items(), language_of(request)
        view = View(desk, who, address, request.path_params, query, form, files, language)
        handle = page.post if request.method == "POST" else page.get
        assert handle is not None

        def work() -> Response:
            said = with_purpose(view) if unsaid else view
            return _response(view, said) if isinstance(said, Shown) else _response(said, handle(said))

        return await desk.answer(work)

    return handler


def _way_in(address: str) -> str:
    return f"{_SIGNIN}?{urlencode({'next': address})}"


def _remembering(response: Response, request: Request, address: str) -> Response:
    """RESPONSE to who must sign in and wants ADDRESS: the link that signs in comes from elsewhere and knows nothing."""
    secure = _secure(request)
    response.set_cookie(_NEXT, quote(address), max_age=_NEXT_S, secure=secure, httponly=True, samesite="lax")
    return response


def _address(request: Request) -> str:
    """What was asked for as an address again: a path may hold what would end it, or turn the text around.

    A personal number that somebody typed into it is not carried on; what is left in its place finds nothing.
    """
    query = request.url.query
    pairs = request.query_params.multi_items()
    if any(is_number(text) for _, text in pairs):
        query = urlencode([(name, "…" if is_number(text) else text) for name, text in pairs])
    return onward(quote(request.url.path, safe="/:@,;=+~") + (f"?{query}" if query else ""))


def _admitted(request: Request, desk: Desk) -> Visitor | None:
    """Whose session it is. A token is for programs: it is refused here, so that no page works by a leaked one."""
    if request.headers.get("authorization") is not None:
        raise Refused(401, "pages are for signed-in persons", "Authorization")
    found = visitor(request, desk.store)
    if found is None:
        desk.turned.take(request.client.host if request.client else "")
    else:
        desk.rate.take(found.key)
    return found


async def _form(request: Request, who: Visitor) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """The fields and files of a form that was ours. Errors: Refused (400, 403, 415)."""
    hold_charset(request)
    async with request.form(max_files=4, max_fields=_MOST_FIELDS) as form:
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        if who.session is None or dict(pairs).get("csrf") != who.session.csrf:
            raise Refused(403, "the form is not of this session; open the page again", "csrf")
        hold_text(form.multi_items())
        files = {name: (value, await value.read()) for name, value in form.multi_items() if not isinstance(value, str)}
    return [(name, value) for name, value in pairs if name != "csrf"], files


def _response(view: View, found: Shown | Goto | Download) -> Response:
    match found:
        case Goto(address):
            return RedirectResponse(address, 303)
        case Download(body, media, headers):
            return Response(body, media_type=media, headers=dict(headers))
        case Shown(template, values, status):
            said = {"overall_share": shares(view.desk).of(), **values}
            return Response(
                render(template, view.language, view.visitor, view.address, said), status, media_type="text/html"
            )


async def _signin(request: Request) -> Response:
    """GET shows the button, POST spends the link: a program that only looks at links must not use it up."""
    desk: Desk = request.app.state.desk
    if request.method == "GET":
        return _way_in_page(request, _address(request), {"code": request.query_params.get("code", "")})
    whence = request.client.host if request.client else None
    desk.signing.take(whence or "")
    form = await _small_form(request)
    before = session_of(request, desk.store)
    cookie = await run_in_threadpool(
        sessions.begin, desk.home, desk.store, form.get("code", ""), address=whence, before=before, nobodys=desk.nobodys
    )
    if cookie is None:
        return _way_in_page(request, _SIGNIN, {"spent": True}, 401)
    response = RedirectResponse(goal({"next": unquote(request.cookies.get(_NEXT, "/"))}), 303)
    if _NEXT in request.cookies:
        response.delete_cookie(_NEXT)
    name, secure = cookie_of(request), _secure(request)
    response.set_cookie(name, cookie, max_age=SESSION_S, secure=secure, httponly=True, samesite="lax", path="/")
    return response


def _way_in_page(request: Request, address: str, values: dict[str, Any], status: int = 200) -> Response:
    body = render("signin.html", language_of(request), None, address, values)
    return Response(body, status, media_type="text/html")


async def _language(request: Request) -> Response:
    """POST chooses the browser's language, signed in or not: it is no session's, so none's token is asked for."""
    _admitted(request, request.app.state.desk)
    if request.method == "GET":
        return RedirectResponse("/", 303)
    form = await _small_form(request)
    language = form.get("language", "")
    if language not in LANGUAGES:
        raise Refused(400, f"want one of {', '.join(LANGUAGES)}", "language")
    response = RedirectResponse(goal(form), 303)
    choose(response, language, secure=_secure(request))
    return response


async def _small_form(request: Request) -> dict[str, str]:
    """The texts of a form that needs no session. Errors: Refused (400, 415)."""
    hold_charset(request)
    form = await request.form(max_files=0, max_fields=3)
    hold_text(form.multi_items())
    return {name: str(text) for name, text in form.multi_items()}


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


async def refusal(request: Request, found: Refused) -> Response:
    """A page that says why there is none, and of a form what it held."""
    desk: Desk = request.app.state.desk
    try:
        who = visitor(request, desk.store)
    except (Refused, LakeError):
        who = None
    own = f"refusal.{found.status}"
    like = "refusal.500" if found.status >= 500 else "refusal.400"  # noqa: PLR2004 - whose fault it is
    address = _address(request)
    form = await unsent(request, found, address) if request.url.path != _SIGNIN else None  # its code is a secret
    values = {"refusal": found, "heading_key": own if own in words() else like, "unsent": form}
    body = render("refusal.html", language_of(request), who, address, values | {"way_in": _way_in(address)})
    response = Response(body, found.status, headers=found.headers, media_type="text/html")
    return _remembering(response, request, address) if form and found.field == "session" else response
