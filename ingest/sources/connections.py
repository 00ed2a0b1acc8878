"""What collectors over TCP share: accepting within limits, TLS, whose source it is, and an end that loses nothing."""

import asyncio
import contextlib
import logging
import socket
import ssl
from asyncio import sslproto
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

from ingest import tcp
from ingest.sources.intake import Intake, Trouble
from ingest.sources.intake import context as intake_context
from ingest.sources.senders import Senders, called
from ingest.tls import server
from schemas.collectors.base import Listening
from schemas.collectors.syslog import SyslogTcp
from schemas.errors import SettingsError

_CHUNK_BYTES = 256 << 10  # a sender of whom so much waits is not read from
_BACKLOG = 1024
_QUIET_S = 0.2  # a sender that is silent for so long after we were told to stop has sent what it had
_STOP_S = 1.0  # a sender that goes on is read for so long
_ANSWER_S = 30.0  # a sender that takes no answers for so long is left
_CLOSE_S = 2.0  # for the last answer to be taken, and TLS to be ended
_ACCEPT_AGAIN_S = 0.1
_KEEPALIVE = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 6))  # dead: known in 2 min

# asyncio allots it to each TLS connection before the first byte: with its own 256 KiB, 10,000 half-open ones take 3 GB.
sslproto.SSLProtocol.max_size = 32 << 10

log = logging.getLogger("sparhund.collect")


class Connection(asyncio.Protocol):
    """One sender's connection. What it sent before it was cut off can still be read."""

    def __init__(self, settings: SyslogTcp, intake: Intake) -> None:
        self.name = settings.name
        self.intake = intake
        self.source = ""  # of the sender's records
        self.context = b""  # of them (`intake.context`)
        self.transport: asyncio.Transport | None = None
        self._settings = settings
        self._chunks: list[bytes] = []
        self._size = 0
        self._began = False
        self._ended = False
        self._stop_at: float | None = None
        self._timer: asyncio.Timeout | None = None
        self._come = asyncio.Event()
        self._writable = asyncio.Event()
        self._lost = asyncio.Event()
        self._writable.set()

    @property
    def trouble(self) -> Trouble:
        """Where to count what its collector can't take."""
        return self.intake.trouble[self.name]

    async def read(self) -> bytes:
        """What has come. Empty: the sender has closed or is gone, is silent beyond its limit, or we are to stop."""
        if not self._size and not self._ended:
            self._come.clear()
            try:
                async with self.limit(self._settings.idle_s if self._began else self._settings.first_s):
                    await self._come.wait()
            except TimeoutError:
                if self._stop_at is None:
                    self.trouble.refused["idle connections" if self._began else "connections that sent nothing"] += 1
                return b""
        elif self._stop_at is not None and asyncio.get_running_loop().time() > self._stop_at:
            return b""
        data = b"".join(self._chunks)
        self._began = True
        self._chunks.clear()
        self._size = 0
        if self.transport and not self._ended:
            self.transport.resume_reading()
        return data

    async def answer(self, data: bytes) -> bool:
        """Send DATA; False if the sender takes none."""
        if self.transport is None or self.transport.is_closing():
            return False
        self.transport.write(data)
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self._writable.wait()
        except TimeoutError:
            return False
        return not self.transport.is_closing()

    @contextlib.asynccontextmanager
    async def limit(self, seconds: float) -> AsyncIterator[None]:
        """TimeoutError after SECONDS, or sooner if we are to stop."""
        if self._stop_at is not None:
            seconds = min(_QUIET_S, self._stop_at - asyncio.get_running_loop().time())
        self._timer = timer = asyncio.timeout(seconds)
        async with timer:
            try:
                yield
            finally:
                self._timer = None

    def stop(self) -> None:
        """Read on only what has been sent already."""
        now = asyncio.get_running_loop().time()
        self._stop_at = now + _STOP_S
        if self._timer and not self._timer.expired():
            self._timer.reschedule(now + _QUIET_S)

    async def close(self) -> None:
        """Send what was not sent, and end."""
        if self.transport:
            self.transport.close()
            try:
                async with asyncio.timeout(_CLOSE_S):
                    await self._lost.wait()
            except TimeoutError:
                self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As asyncio has it."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """As asyncio has it."""
        self._chunks.append(data)
        self._size += len(data)
        if self._size >= _CHUNK_BYTES and self.transport:
            self.transport.pause_reading()
        self._come.set()

    def eof_received(self) -> None:
        """As asyncio has it."""
        self._ended = True
        self._come.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - whatever cut it off, it has ended
        """As asyncio has it."""
        self._ended = True
        self._come.set()
        self._writable.set()
        self._lost.set()

    def pause_writing(self) -> None:
        """As asyncio has it."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """As asyncio has it."""
        self._writable.set()


class Listener:
    """Accepts senders within the limits of SETTINGS, and lets SERVE read each."""

    def __init__(self, settings: SyslogTcp, serve: Callable[[Connection], Awaitable[None]]) -> None:
        self.settings = settings
        self.serve = serve
        self.senders = Senders(settings)
        self.socket: socket.socket | None = None
        self._tls: ssl.SSLContext | None = None
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._of_sender: Counter[str] = Counter()

    async def open(self) -> None:
        """Bind. Errors: SettingsError for an address, certificate or key that can't be used."""
        self._tls = tls(self.settings)
        self.socket = bound(self.settings, socket.SOCK_STREAM)
        self.socket.listen(_BACKLOG)

    async def run(self, intake: Intake, stopped: asyncio.Event) -> None:
        """Accept until STOPPED. What has been sent by then is read."""
        assert self.socket
        log.info("%s: listens to %s port %d", self.settings.place, *self.socket.getsockname()[:2])
        fault: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        accepting = asyncio.create_task(self._accept(self.socket, intake, fault))
        stopping = asyncio.create_task(stopped.wait())
        ends: list[asyncio.Future[Any]] = [accepting, stopping, fault]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        accepting.cancel()
        stopping.cancel()
        with contextlib.suppress(OSError):
            while True:  # those whom the kernel has let in may have sent something
                self._begin(*self.socket.accept(), intake, fault)
        self.socket.close()
        for connection in self._connections.values():
            connection.stop()
        await asyncio.gather(*self._connections, return_exceptions=True)
        for task in (accepting, fault):
            if task.done() and not task.cancelled():
                task.result()
        fault.cancel()

    async def _accept(self, listening: socket.socket, intake: Intake, fault: "asyncio.Future[None]") -> None:
        while True:
            try:
                accepted, address = await asyncio.get_running_loop().sock_accept(listening)
            except OSError as error:  # out of descriptors: whoever waits in the backlog waits on
                intake.trouble[self.settings.name].odd[f"attempts to accept: {error.strerror}"] += 1
                await asyncio.sleep(_ACCEPT_AGAIN_S)
            else:
                self._begin(accepted, address, intake, fault)

    def _begin(
        self, accepted: socket.socket, address: tuple[str, int], intake: Intake, fault: "asyncio.Future[None]"
    ) -> None:
        host = address[0]
        if reason := self._refusal(host):
            intake.trouble[self.settings.name].refused[reason] += 1
            accepted.close()
            return
        accepted.setblocking(False)
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE:
            accepted.setsockopt(socket.IPPROTO_TCP, option, value)
        connection = Connection(self.settings, intake)
        task = asyncio.create_task(self._handle(connection, accepted, host))
        self._connections[task] = connection
        self._of_sender[host] += 1

        def ended(task: "asyncio.Task[None]") -> None:
            del self._connections[task]
            self._of_sender[host] -= 1
            if not self._of_sender[host]:
                del self._of_sender[host]
            if not fault.done() and not task.cancelled() and (error := task.exception()):
                fault.set_exception(error)

        task.add_done_callback(ended)

    def _refusal(self, host: str) -> str | None:
        if len(self._connections) >= self.settings.max_connections:
            return "connections above max_connections"
        if self._of_sender[host] >= self.settings.max_connections_per_sender:
            return "connections above max_connections_per_sender"
        if not self.senders.names and self.senders.by_address(host) is None:
            return "connections of unknown senders"
        return None

    async def _handle(self, connection: Connection, accepted: socket.socket, host: str) -> None:
        try:
            if await self._establish(connection, accepted, host):
                await self.serve(connection)
        finally:
            await connection.close()

    async def _establish(self, connection: Connection, accepted: socket.socket, host: str) -> bool:
        """Do the TLS handshake and find the sender's source. False: it is refused, and counted."""
        refused = connection.trouble.refused
        try:
            async with connection.limit(self.settings.first_s):
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: connection,
                    accepted,
                    ssl=self._tls,
                    ssl_handshake_timeout=self.settings.first_s if self._tls else None,
                    ssl_shutdown_timeout=_CLOSE_S if self._tls else None,
                )
        except ssl.SSLError as error:
            refused[f"TLS handshakes: {error.reason or 'broken off'}"] += 1
            return False
        except OSError:  # closed, reset, or TimeoutError
            refused["connections that ended before their TLS handshake did"] += 1
            return False
        assert connection.transport
        certificate = connection.transport.get_extra_info("peercert")
        source = self.senders.by_certificate(certificate, host)
        if source is None:
            refused["connections of unknown senders"] += 1
            return False
        connection.source = source
        connection.context = intake_context(sender=called(certificate, host))
        return True


def tls(settings: SyslogTcp) -> ssl.SSLContext | None:
    """What the certificate, key and `client_ca` of SETTINGS come to.

    Errors:  SettingsError naming the one that can't be used.
    """
    if settings.certificate is None:
        return None
    return server(settings.place, settings.certificate, settings.key, settings.client_ca)


def bound(settings: Listening, kind: socket.SocketKind) -> socket.socket:
    """A socket at the address that SETTINGS name. Errors: SettingsError."""
    host, port = settings.address
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    made.setblocking(False)
    try:
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tcp.at_once(made)
        made.bind((host, port))
    except OSError as error:
        made.close()
        reason = error.strerror or "can't be bound"
        raise SettingsError(settings.place, "listen", f"{settings.listen}: {reason}") from None
    return made
