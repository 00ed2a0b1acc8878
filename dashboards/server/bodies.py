"""How much may be sent to us at once."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.server.refusals import Refused

# A browser reads no answer before it has sent all: so much, in limits, it may still send for nothing.
_READ_OUT = 16
QUESTION_BYTES = 256 << 10  # of a body of the API: no file comes there, and JSON is read where all requests pass


class BodyLimit:
    """A request's body is at most MOST_BYTES, of the API QUESTION_BYTES.

    More is refused (413), where its length is told before it is read.
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self.app = app
        self.most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it. Errors: Refused."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = min(self.most_bytes, QUESTION_BYTES) if scope["path"].startswith("/api/") else self.most_bytes
        told = Headers(scope=scope).get("content-length", "0")
        said = int(told) if told.isascii() and told.isdigit() else self.most_bytes + 1
        _hold(said, most, close=said > _READ_OUT * self.most_bytes)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            _hold(seen, most, close=True)
            return message

        await self.app(scope, counted, send)


def _hold(size: int, most: int, *, close: bool) -> None:
    if size > most:
        raise Refused(413, "is too large", "body", close=close)
