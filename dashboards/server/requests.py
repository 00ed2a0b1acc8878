"""The server's requests, for Prometheus: how many, how they ended, and how long they took."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from prometheus_client import Histogram, Metric
from starlette.types import ASGIApp, Receive, Scope, Send

from ingest.operations.part import Part, counter, gauge
from schemas.errors import SparhundError

_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


class Requests(Part):
    """Counts what `Counted` sees. SEES raises a SparhundError if the lake can't be read. Safe for threads."""

    def __init__(self, sees: Callable[[], object]) -> None:
        self.under_way = 0
        self.ended: Counter[int] = Counter()
        self.seconds = Histogram(
            "sparhund_serve_seconds", "From a request's head to its answer's end.", buckets=_BUCKETS, registry=None
        )
        self._sees = sees
        self._problem = ""

    def sample(self) -> None:
        """Look whether there is a lake."""
        try:
            self._sees()
            self._problem = ""
        except SparhundError:
            self._problem = "the lake can't be read"

    def problems(self) -> Iterator[str]:
        """Why nothing can be answered."""
        yield from filter(None, [self._problem])

    def collect(self) -> Iterator[Metric]:
        """As Prometheus has it."""
        ended = [((str(status),), number) for status, number in sorted(self.ended.items())]
        yield counter("sparhund_serve_requests", "Requests that were answered.", ("status",), ended)
        yield gauge("sparhund_serve_under_way", "Requests that wait or are being answered.", (), [((), self.under_way)])
        yield from self.seconds.collect()


class Counted:
    """Tells REQUESTS of each request of APP."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self.app = app
        self.requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, begun = 500, time.monotonic()

        async def seen(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        self.requests.under_way += 1
        try:
            await self.app(scope, receive, seen)
        finally:
            self.requests.under_way -= 1
            self.requests.ended[status] += 1
            self.requests.seconds.observe(time.monotonic() - begun)
