"""Rows as who asks wants them: page by page as JSON, or all at once as a file; with what they rest on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from starlette.responses import JSONResponse, Response

from analytics.answer import stated
from dashboards.api.endpoints import PAGE, Call, optional
from dashboards.api.shapes import MEDIA, as_file, document, file_headers
from dashboards.server.held import Found
from dashboards.server.refusals import Refused

MOST_ROWS = 100_000  # of what is read by pages, and of a file
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


def filed(found: Found, kind: str, language: str, said: Sequence[str] = ()) -> Response:
    """All that was FOUND, as a file of KIND (MEDIA), with what is SAID of it. Errors: Refused if there is more."""
    if found.more:
        raise Refused(422, f"there are more than {MOST_ROWS} rows; ask about a shorter period or less", FORMAT.name)
    lines = [*said, *found.statement.lines(language)]
    headers = file_headers(found.name.removeprefix("list_"), kind, found.statement, language, said)
    return Response(as_file(found.rows, kind, lines), media_type=MEDIA[kind], headers=headers)


def listed(call: Call, rows: pa.Table, **beside: Any) -> Found:
    """ROWS of how things stand or are declared, with what the whole lake rests on.

    They name nobody, and must be told also when nothing can be written down: so they are no act.
    """
    return Found(call.endpoint, rows, stated(call.desk.home, who=call.visitor.caller), beside=beside)
