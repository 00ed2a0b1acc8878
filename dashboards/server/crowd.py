"""How many requests are taken at once."""

from starlette.types import ASGIApp, Receive, Scope, Send

from dashboards.server.refusals import Refused
from dashboards.server.requests import Requests

MOST = 512


class Crowd:
    """At most MOST requests are under way, as REQUESTS counts them; who comes beyond is told to come again (503)."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self.app = app
        self.requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it. Errors: Refused."""
        if scope["type"] == "http" and self.requests.under_way > MOST:
            raise Refused(503, "too many requests are under way", retry_s=2)
        await self.app(scope, receive, send)
