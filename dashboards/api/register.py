"""The asset register over HTTP, with its history."""

from collections.abc import Iterator

from starlette.responses import Response

from dashboards.api.delivered import DELIVERY, delivered, listed
from dashboards.api.endpoints import LANGUAGE, Call, Endpoint


def endpoints() -> Iterator[Endpoint]:
    """Of the register."""
    yield Endpoint(
        method="GET", path="/assets", name="list_assets", summary="Every information asset, a row a period.", may="ask",
        handler=_assets, answers="Rows", params=(*DELIVERY, LANGUAGE), files=True, tags=("register",),
    )  # fmt: skip


def _assets(call: Call) -> Response:
    return delivered(call, call.listed, {}, lambda: listed(call, call.desk.home.tables()["assets"]))
