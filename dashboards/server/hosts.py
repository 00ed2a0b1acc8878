"""By which names the server may be reached: a page elsewhere must not reach it by a name of its own (DNS rebinding)."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class Hosts:
    """Requests for another host than NAMES are refused (400)."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self.app = app
        self.names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http":
            host = Headers(scope=scope).get("host", "").lower()
            name = host[: host.rfind("]") + 1] if host.startswith("[") else host.partition(":")[0]
            if name not in self.names:
                body = {"error": "this server goes by another name", "field": "Host", "status": 400}
                await JSONResponse(body, 400)(scope, receive, send)
                return
        await self.app(scope, receive, send)
