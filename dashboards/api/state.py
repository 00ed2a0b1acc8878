"""How everything stands, over HTTP: sources, rejects, running commands, and who asks."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from starlette.responses import JSONResponse, Response

from analytics import status
from analytics.context_faults import context_faults
from dashboards import standing
from dashboards.api.delivered import DELIVERY, delivered, listed
from dashboards.api.endpoints import LANGUAGE, Call, Endpoint, optional
from dashboards.cells import plain
from dashboards.server.held import Found
from dashboards.server.refusals import Refused
from schemas.errors import SettingsError


def endpoints() -> Iterator[Endpoint]:
    """Of the state of the lake and its commands."""
    source = optional("source", "TEXT", "only of this source")
    shapes = optional("shapes", "BOOLEAN", "also by what the record looks like: letters as x, digits as 9", "false")
    rows: tuple[tuple[Any, ...], ...] = (
        ("/status", "status", "How each source stands: the balance of records, gaps, silence, what waits.", _status,
         "Status", (*DELIVERY, LANGUAGE)),
        ("/sources", "list_sources", "The sources as they are declared, and what has come.", _sources, "Rows",
         (*DELIVERY, LANGUAGE)),
        ("/rejects", "list_rejects", "Records that could not be read, by reason.", _rejects, "Rows",
         (source, shapes, *DELIVERY, LANGUAGE)),
        ("/me", "me", "Who asks, and what may be seen.", _me, "Me", ()),
    )  # fmt: skip
    for path, name, summary, handler, answers, params in rows:
        yield Endpoint(
            method="GET", path=path, name=name, summary=summary, may="ask", handler=handler, answers=answers,
            params=params, files=LANGUAGE in params, tags=("state",),
        )  # fmt: skip


def _status(call: Call) -> Response:
    def find() -> Found:
        home, now = call.desk.home, datetime.now(UTC)
        rows = standing.with_waiting(status.status(home, now, call.visitor.caller), home, now)
        running = standing.processes(home.settings.operations)
        return listed(
            call,
            rows,
            balance=not list(status.faults(rows)),
            context_faults=_plain(context_faults(home)),
            collectors=_plain(standing.collectors(running)),
            topics=_plain(standing.topics(running)),
            processes=[
                {"command": each.command, "answers": each.answers, "not_ready": list(each.reasons)} for each in running
            ],
        )

    return delivered(call, call.listed, {}, find)


def _sources(call: Call) -> Response:
    return delivered(call, call.listed, {}, lambda: listed(call, status.sources(call.desk.home, call.visitor.caller)))


def _rejects(call: Call) -> Response:
    params = {name: call.given[name] for name in ("source", "shapes") if name in call.given}

    def find() -> Found:
        home, who = call.desk.home, call.visitor.caller
        try:
            return listed(call, status.rejects(home, params.get("source"), shapes=params.get("shapes", False), who=who))
        except SettingsError as error:
            raise Refused(404, error.reason, "source") from None

    return delivered(call, call.listed, params, find)


def _me(call: Call) -> Response:
    visitor = call.visitor
    return JSONResponse({"name": visitor.caller.name, "scope": visitor.scope, "purpose": visitor.purpose})


def _plain(rows: pa.Table) -> list[Any]:
    return [plain(row) for row in rows.to_pylist()]
