"""The server: API and pages over one lake."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import duckdb
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount

from analytics.installation import Installation
from analytics.opened import Opened
from dashboards.api import app as api
from dashboards.auth.store import Store
from dashboards.health import Health
from dashboards.server.bodies import BodyLimit
from dashboards.server.compressed import Compressed
from dashboards.server.crowd import Crowd
from dashboards.server.desk import Desk
from dashboards.server.headers import SecurityHeaders
from dashboards.server.hosts import Hosts
from dashboards.server.refusals import Refused, refused
from dashboards.server.requests import Counted
from dashboards.server.unforeseen import Unforeseen
from dashboards.web import app as web
from schemas.errors import SparhundError

_PREPARED_S = 30.0


def opened(home: Installation) -> Desk:
    """A desk over HOME's lake. Errors: LakeError if there is none; SettingsError for a table in fault."""
    serve = home.settings.serve
    kept = Opened(home.settings, home.root, memory_bytes=serve.memory_bytes, limit_s=serve.limit_s)
    kept.hold()
    kept.tables()
    return Desk(kept, Store(home.root))


def _prepare(desk: Desk) -> None:
    """What the first who come would wait for, or read more files than they need for want of it; and that as it grows.

    Whatever goes wrong here is told to those who ask.
    """
    with suppress(SparhundError, duckdb.Error):
        desk.home.prepare()
        health = desk.keep(Health)
        health.sources()
        health.rejects()
    desk.home.keep_learning()


def make(desk: Desk) -> Starlette:
    """The application that answers at DESK."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        preparing = threading.Thread(target=_prepare, args=(desk,), daemon=True, name="prepare")
        preparing.start()
        yield
        desk.close()
        preparing.join(_PREPARED_S)  # it holds connections, which must not outlive the process's end

    routes: list[BaseRoute] = [*api.routes(), *web.routes(), Mount("/static", web.static(), name="static")]
    handlers: dict[Any, Any] = dict.fromkeys((HTTPException, Refused, SparhundError), _answered)
    app = Starlette(
        routes=routes,
        exception_handlers=handlers,
        lifespan=lifespan,
        middleware=[
            Middleware(Counted, requests=desk.requests),
            Middleware(SecurityHeaders),
            Middleware(Unforeseen, answer=_answered),
            Middleware(Crowd, requests=desk.requests),
            Middleware(Hosts, names=desk.settings.hosts),
            Middleware(BodyLimit, most_bytes=desk.settings.body_bytes),
            Middleware(Compressed, minimum_size=1024),
        ],
    )
    app.state.desk = desk
    return app


async def _answered(request: Request, error: Exception) -> Response:
    """A refusal, as JSON or as a page: programs and people each get their own."""
    found = refused(error)
    if not request.url.path.startswith("/api/"):
        return await web.refusal(request, found)
    return JSONResponse(found.body, found.status, headers=found.headers)
