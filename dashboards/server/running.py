"""The server as a process: where it listens, and the link by which a local user signs in."""

import asyncio
import gc
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette

from analytics.caller import caller
from analytics.installation import Installation
from dashboards.auth.store import Store
from dashboards.server.app import make, opened
from dashboards.server.crowd import MOST
from ingest import tcp, tls
from ingest.operations.operations import Operations, asked_to_end, running
from schemas.errors import LakeError, SettingsError
from schemas.operations import address
from schemas.serve import ServeSettings

_BEAT_S = 5.0
_STOP_S = 5  # answers that were begun may end within it


def serve(home: Installation, listen: str | None, say: Callable[[str], None], *, with_link: bool = True) -> None:
    """Answer until stopped by a signal. SAY is told the address, and WITH_LINK a link to sign in.

    Errors:  SettingsError for an address that other machines reach without a certificate; LakeError if it is taken.
    """
    settings = home.settings.serve
    text = settings.listen if listen is None else listen
    host, port = address("serve", "listen", text)
    if settings.certificate is None and not ipaddress.ip_address(host).is_loopback:
        raise SettingsError("serve", "certificate", "missing: without one only this machine's own address is served")
    desk = opened(home)
    taken = _socket(host, port)
    config = configured(make(desk), settings)
    place = _place(settings, taken.getsockname()[:2])
    say(f"sparhund: {place}/")
    if with_link:
        say(_link(desk.store, place))
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    with running("serve", home.settings.operations) as watched, _settled():
        watched.add(desk.requests)
        asyncio.run(_answer(_Server(config), taken, watched))


@contextmanager
def _settled() -> Iterator[None]:
    """What is loaded by now lives as long as the process: to look it through for garbage took 5 % of each answer."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class _Server(uvicorn.Server):
    """Signals are ours: uvicorn's own handlers would end the process by the signal that it was asked with."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them."""
        yield


async def _answer(server: _Server, taken: socket.socket, watched: Operations) -> None:
    def ending() -> None:
        watched.ending()
        server.should_exit = True

    async def beat() -> None:
        while True:
            watched.beat()
            await asyncio.sleep(_BEAT_S)

    told, loop = asked_to_end(ending), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told, number)
    watched.begun()
    beating = asyncio.create_task(beat())
    try:
        await server.serve(sockets=[taken])
    finally:
        beating.cancel()


def configured(app: Starlette, settings: ServeSettings) -> uvicorn.Config:
    """How APP is served. Errors: SettingsError for a certificate or key that can't be used."""
    context = None
    if settings.certificate:
        context = tls.server("serve", settings.certificate, settings.certificate_key, key_field="certificate_key")
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # addresses would stand there; who asked what stands in our own log
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_STOP_S,
        limit_concurrency=2 * MOST,  # connections: who comes beyond is told so by uvicorn itself, in plain text
        ssl_context_factory=(lambda _config, _default: context) if context else None,
        h11_max_incomplete_event_size=64 << 10,
    )


def link(home: Installation) -> str:
    """A link by which whoever runs this signs in to the server that the settings describe."""
    settings = home.settings.serve
    home.relation("normalised")
    return _link(Store(home.root), _place(settings, address("serve", "listen", settings.listen)))


def _link(store: Store, place: str) -> str:
    return f"{place}/signin?code={store.add_link(caller().name, datetime.now(UTC))}"


def _place(settings: ServeSettings, where: tuple[str, int]) -> str:
    host, port = where
    unspecified = ipaddress.ip_address(host).is_unspecified
    name = settings.hosts[0] if unspecified or settings.certificate else f"[{host}]" if ":" in host else host
    return f"{'https' if settings.certificate else 'http'}://{name}:{port}"


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.at_once(found)
        found.bind((host, port))
        found.listen()  # so that who follows the printed link at once is not refused
    except OSError as error:
        found.close()
        raise LakeError(f"serve: can't listen: {error.strerror}") from None
    return found
