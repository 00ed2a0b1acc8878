"""Which answers are compressed."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

_WITHOUT_SECRETS = ("/api/", "/static/")


class Compressed(GZipMiddleware):
    """Compresses the API's answers and what is static, and no page.

    A page carries its session's token beside what the visitor typed, and from the lengths of many compressed ones
    somebody on the way could guess it (BREACH).
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http" and scope["path"].startswith(_WITHOUT_SECRETS):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)
