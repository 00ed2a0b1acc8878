"""Who may reach the server through a browser: not pages elsewhere, by a name of their own or by a form of theirs."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboards.server.refusals import Refused

_READS = {"GET", "HEAD"}


class Hosts:
    """Requests for another host than NAMES are refused (400: DNS rebinding), and what another site's page sends (403).

    A browser says of itself where it comes from (Sec-Fetch-Site); programs say nothing, and have a token. That is
    besides the session's token, for what has none yet: the way in.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self.app = app
        self.names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it. Errors: Refused."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            host = headers.get("host", "").lower()
            name = host[: host.rfind("]") + 1] if host.startswith("[") else host.partition(":")[0]
            if name not in self.names:
                raise Refused(400, "this server goes by another name", "Host")
            if scope["method"] not in _READS and headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
                raise Refused(403, "was sent by a page of another site", "Sec-Fetch-Site")
        await self.app(scope, receive, send)
