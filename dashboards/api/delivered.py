"""Rows as who asks wants them: page by page as JSON, or all at once as a file; with what they rest on."""

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
from starlette.responses import JSONResponse, Response

from analytics.answer import stated
from dashboards.api.endpoints import PAGE, Call, optional
from dashboards.api.shapes import document, filed
from dashboards.server.held import Found

FORMAT = optional("format", "TEXT", "a file has all rows at once", "json")
DELIVERY = (*PAGE, FORMAT)  # the parameters of whatever is delivered


def delivered(call: Call, name: str, params: Mapping[str, Any], find: Callable[[], Found]) -> Response:
    """What NAME lists with PARAMS, as the CALL wants it: what FIND gives, or a page more of what it gave before.

    Errors: Refused; those of FIND.
    """
    language, size, cursor = call.language, call.given.get("page_size", 100), call.given.get("cursor")
    if cursor is not None:
        found, key, first = call.desk.held.find(cursor, name, params, call.visitor.key)
    else:
        found, key, first = find(), "", 0
    kind = call.given.get(FORMAT.name, "json")
    if kind != "json":
        return filed(found, kind, language)
    rest = len(found.rows) > first + size
    if rest and not key:
        key = call.desk.held.keep(found, params, call.visitor.key)
    following = f"{key}.{first + size}" if rest else None
    return JSONResponse(document(found, found.rows.slice(first, size), language, following))


def listed(call: Call, rows: pa.Table, **beside: Any) -> Found:
    """ROWS of how things stand or are declared, with what the whole lake rests on.

    They name nobody, and must be told also when nothing can be written down: so they are no act.
    """
    return Found(call.listed, rows, stated(call.desk.home, who=call.visitor.caller), beside=beside)
