"""What collectors over HTTP share: the server, whose token it is, bodies within bounds, and refusals of one shape."""

import asyncio
import base64
import binascii
import contextlib
import hashlib
import hmac
import io
import logging
import secrets
import socket
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Any

import h11
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from ingest import tcp
from ingest.decoders import compression
from ingest.sources.intake import Intake
from ingest.sources.remembered import Remembered
from ingest.tls import server
from schemas.collectors.web import Sender, Web
from schemas.errors import LakeError, SettingsError

_IDLE_S = 75  # a connection without a request is closed
_STOP_S = 10  # requests that were begun are answered within it when we are told to stop
_LINGER_S = 1.0  # a sender that is refused before it has sent all may read that for so long
_LINGER_BYTES = 1 << 20
_ENCODED = {"gzip": b"\x1f\x8b", "x-gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}  # and how they begin

log = logging.getLogger("sparhund.collect")


class Refused(Exception):  # noqa: N818 - the answer that it becomes
    """A request that isn't taken. `error` and `field` name no value."""

    def __init__(self, status: int, error: str, field: str | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.field = field


Shape = Callable[[Refused], Any]  # what the body of a refusal says
Endpoint = Callable[[Request], Awaitable[Response]]


class WebCollector:
    """One address that senders deliver to. A kind says its ROUTES, and the SHAPE and HEADERS of its answers."""

    def __init__(self, settings: Web, routes: list[BaseRoute], shape: Shape, headers: Mapping[str, str]) -> None:
        self.settings = settings
        self.remembered = Remembered(settings.remember_s, settings.remember_records)
        self.intake: Intake
        self._shape = shape
        self._headers = headers
        self._slots = asyncio.Semaphore(settings.max_requests)
        self._tokens = _Tokens(settings.senders.values())
        self._socket: socket.socket
        self._app = Starlette(
            routes=routes,
            exception_handlers={
                HTTPException: self._unrouted,
                Refused: self._refused,
                ClientDisconnect: self._broken_off,
                Exception: self._failed,
            },
        )

    async def open(self) -> None:
        """Bind, and read the certificate. Errors: SettingsError."""
        settings = self.settings
        host, port = settings.address
        context = server(settings.place, settings.certificate, settings.key) if settings.certificate else None
        self._config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            http=partial(_Protocol, self.settings, self.count, Counter()),  # type: ignore[arg-type]
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_IDLE_S,
            timeout_graceful_shutdown=_STOP_S,
            ssl_context_factory=(lambda _config, _default: context) if context else None,
        )
        self._config.load()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server(
                (host, port), family=family, backlog=1024, dualstack_ipv6=family is socket.AF_INET6
            )
            tcp.at_once(self._socket)
        except OSError as error:
            reason = error.strerror or "can't be bound"
            raise SettingsError(settings.place, "listen", f"{settings.listen}: {reason}") from None

    @property
    def port(self) -> int:
        """Where it listens, also when the settings say 0."""
        return int(self._socket.getsockname()[1])

    async def run(self, intake: Intake, stopped: asyncio.Event) -> None:
        """Answer until STOPPED, and then what was begun."""
        log.info("%s: listens to %s port %d", self.settings.place, *self._socket.getsockname()[:2])
        self.intake = intake
        await asyncio.to_thread(self.remembered.load, intake.spool, sorted(self.settings.sources()))
        server = _Server(self._config)
        serving = asyncio.create_task(server.serve(sockets=[self._socket]))
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        waiting.cancel()
        await serving

    def sender(self, request: Request) -> Sender:
        """Whose token the REQUEST carries. Errors: Refused."""
        sender = self._tokens.sender(request.headers.get("authorization", ""))
        if sender is None:
            raise Refused(401, "no such token", "Authorization")
        return sender

    @contextlib.asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """The REQUEST's body, decompressed, while few enough others are held. Errors: Refused."""
        settings = self.settings
        if int(request.headers.get("content-length", 0)) > settings.max_body_bytes:
            raise Refused(413, f"more than {settings.max_body_bytes} bytes", "body")
        encoding = request.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", *_ENCODED}:
            raise Refused(415, "want gzip, zstd or none", "Content-Encoding")
        try:
            await asyncio.wait_for(self._slots.acquire(), settings.body_s)
        except TimeoutError:
            raise Refused(503, "too many requests at once; come again") from None
        try:
            yield await self._read(request, encoding)
        finally:
            self._slots.release()

    async def _read(self, request: Request, encoding: str) -> bytes:
        most = self.settings.max_body_bytes
        data = bytearray()
        try:
            async with asyncio.timeout(self.settings.body_s):
                async for piece in request.stream():
                    data += piece
                    if len(data) > most:
                        raise Refused(413, f"more than {most} bytes", "body")
        except TimeoutError:
            raise Refused(408, "it did not end in time", "body") from None
        if encoding == "identity":
            return bytes(data)
        return await asyncio.to_thread(_decompressed, bytes(data), encoding, most)

    @contextlib.contextmanager
    def storing(self) -> Iterator[None]:
        """What can't be made durable is refused for now: the sender has it, and comes again."""
        try:
            yield
        except (OSError, LakeError):
            raise Refused(503, "the spool can't be written now; come again") from None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with contextlib.suppress(Exception):  # `_failed` has told it, and the framework raises it once more
                await self._app(scope, receive, send)
        except asyncio.CancelledError:  # we end, and can't wait for it any longer: a status would say more than we know
            scope["state"]["cut"]()
            raise

    async def _failed(self, _request: Request, error: Exception) -> Response:
        """An error of ours: the answer shows a number, and the log no value."""
        incident = secrets.token_hex(4)
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{where.filename}:{where.lineno}"
        log.error("%s: incident %s: %s at %s", self.settings.place, incident, type(error).__name__, place)
        return self.response(Refused(500, f"our fault; incident {incident}"))

    async def _broken_off(self, _request: Request, _error: Exception) -> Response:
        return self.response(Refused(400, "broken off by the sender", "body"))

    async def _refused(self, _request: Request, refused: Exception) -> Response:
        assert isinstance(refused, Refused)
        return self.response(refused)

    async def _unrouted(self, _request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return self.response(Refused(error.status_code, error.detail.lower()))

    def response(self, refused: Refused) -> Response:
        """The answer to a request that isn't taken, which is counted."""
        self.count(f"requests: {refused.status} {refused.error.partition(';')[0]}")
        headers = dict(self._headers)
        if refused.status == 401:  # noqa: PLR2004 (HTTP)
            headers["www-authenticate"] = 'Basic realm="sparhund", charset="UTF-8"'
        if refused.status == 503:  # noqa: PLR2004 (HTTP)
            headers["retry-after"] = "1"
        return _Last(self._shape(refused), refused.status, headers)

    def count(self, reason: str) -> None:
        """One more refusal, for a REASON that names no value."""
        self.intake.trouble[self.settings.name].refused[reason] += 1


class _Last(JSONResponse):
    """An answer that may come before the request has ended: the sender gets time to read it, then the line is cut."""

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        headers = [*self.raw_headers, (b"connection", b"close")]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                taken = 0
                while taken < _LINGER_BYTES:
                    message = await receive()
                    taken += len(message.get("body", b""))
                    if not message.get("more_body"):
                        break
        await send({"type": "http.response.body", "body": b""})


class Cut(Response):
    """No answer: the line is cut, after a while, which every sender takes as a reason to come again."""

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        """Cut it, and wait until it is."""
        await asyncio.sleep(_LINGER_S)
        scope["state"]["cut"]()
        while (await receive())["type"] != "http.disconnect":
            pass


class _Tokens:
    """The senders by what their requests carry. All are compared, and in constant time."""

    def __init__(self, senders: Any) -> None:
        self._bearers = [(_hash(each.token.reveal().encode()), each) for each in senders]
        self._pairs = [(_hash(f"{each.name}:{each.token.reveal()}".encode()), each) for each in senders]

    def sender(self, authorization: str) -> Sender | None:
        """Whose it is: `Bearer TOKEN`, or `Basic` or `ApiKey` with the sender's name and token."""
        scheme, _, text = authorization.partition(" ")
        given, known = text.strip().encode(), self._bearers
        if scheme.lower() in {"basic", "apikey"}:
            known = self._pairs
            try:
                given = base64.b64decode(given, validate=True)
            except binascii.Error:
                return None
        elif scheme.lower() != "bearer":
            return None
        given = _hash(given)
        found = [sender for expected, sender in known if hmac.compare_digest(expected, given)]
        return found[0] if found else None


class _Protocol(H11Protocol):
    """A connection whose request's head does not come in time is closed: uvicorn would wait for ever."""

    def __init__(self, settings: Web, count: Callable[[str], None], of_sender: Counter[str], **given: Any) -> None:
        super().__init__(**given)
        self.settings = settings
        self.count = count
        self.of_sender = of_sender  # connections by address, of all
        self.host = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.host = self.client[0] if self.client else ""
        self.of_sender[self.host] += 1
        many = self.of_sender[self.host] > self.settings.max_connections_per_sender
        if many or len(self.connections) > self.settings.max_connections:
            self.count("connections: too many at once")
            transport.abort()
            return
        self.app_state = {**self.app_state, "cut": transport.abort}
        self.timeout_keep_alive_task = self.loop.call_later(self.settings.head_s, self._silent)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.of_sender[self.host] -= 1
        if not self.of_sender[self.host]:
            del self.of_sender[self.host]

    def _silent(self) -> None:
        self.count("connections: no whole request's head in time")
        self.timeout_keep_alive_handler()

    def _unset_keepalive_if_required(self) -> None:
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            super()._unset_keepalive_if_required()


class _Server(uvicorn.Server):
    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        """None: the command that runs all collectors has them."""
        return contextlib.nullcontext()


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _decompressed(data: bytes, encoding: str, most: int) -> bytes:
    """Errors: Refused for more than MOST bytes, and for what isn't what ENCODING says."""
    if not data.startswith(_ENCODED[encoding]):
        raise Refused(400, f"is not {encoding}", "body")
    (member,) = compression.members(io.BytesIO(data))
    expanded = member.stream.read(most + 1)
    if len(expanded) > most:
        raise Refused(413, f"more than {most} bytes, decompressed", "body")
    if member.stream.damage:
        raise Refused(400, str(member.stream.damage), "body")
    return expanded
