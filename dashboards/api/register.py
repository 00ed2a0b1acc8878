"""The asset register over HTTP, with its history."""

from collections.abc import Iterator

from starlette.responses import JSONResponse, Response

from dashboards.api.endpoints import LANGUAGE, Call, Endpoint
from dashboards.api.shapes import columns
from dashboards.cells import plain


def endpoints() -> Iterator[Endpoint]:
    """Of the register."""
    yield Endpoint(
        method="GET", path="/assets", name="list_assets", summary="Every information asset, a row a period.", may="ask",
        handler=_assets, answers="Rows", params=(LANGUAGE,), tags=("register",),
    )  # fmt: skip


def _assets(call: Call) -> Response:
    rows = call.desk.home.tables()["assets"]
    return JSONResponse(
        {"rows": [plain(row) for row in rows.to_pylist()], "columns": columns(rows.schema, call.language)}
    )
