"""How much may be sent to us at once."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboards.server.refusals import Refused

# A browser reads no answer before it has sent all: so much, in limits, it may still send for nothing.
_READ_OUT = 16


class BodyLimit:
    """A request's body is at most MOST_BYTES: more is refused (413), where its length is told before it is read."""

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self.app = app
        self.most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it. Errors: Refused."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "0")
        said = int(told) if told.isascii() and told.isdigit() else self.most_bytes + 1
        self._hold(said, close=said > _READ_OUT * self.most_bytes)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            self._hold(seen, close=True)
            return message

        await self.app(scope, counted, send)

    def _hold(self, size: int, *, close: bool) -> None:
        if size > self.most_bytes:
            raise Refused(413, "is too large", "body", close=close)
