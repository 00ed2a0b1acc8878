"""A collector over HTTP that runs in a thread of its own, and a line to it that loses answers."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx

from ingest.sources.collectors import collector as made
from ingest.sources.intake import Intake
from ingest.sources.web import WebCollector
from ingest.spool import Spool
from schemas import settings

DEADLINE_S = 60
TOKEN = "anna-och-bertil-1"
OTHER = "cecilia-och-david"
SENDERS = {"journalen": {"token": TOKEN, "sources": ["a", "b"]}, "webben": {"token": OTHER, "sources": ["b"]}}
SOURCES = {name: {"mapping": "web_access"} for name in "abc"}


def declared(kind: str, **keys: Any) -> Any:
    section = {"kind": kind, "listen": "127.0.0.1:0", "senders": SENDERS, **keys}
    return settings.parse({"sources": SOURCES, "collect": {"x": section}}, Path("sparhund.toml")).collect["x"]


class Running:
    """What a test sees of a running collector."""

    def __init__(self, collector: WebCollector, intake: Intake) -> None:
        self.port = collector.port
        self.spool = intake.spool
        self.trouble = intake.trouble["x"]
        tls = collector.settings.certificate is not None
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._begin: dict[str, int] = {}

    def begin(self) -> None:
        """What was stored and refused so far is another test's."""
        self._begin = {source: self.spool.next_position(source) for source in self.spool.sources()}
        self.trouble.refused.clear()
        self.trouble.odd.clear()

    def stored(self, source: str) -> list[bytes]:
        spool, begin = Spool(self.spool.root), self._begin.get(source, 0)
        return [record for block in spool.read(source, begin) for record in block.records]

    def client(self, **keys: Any) -> httpx.Client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.Client(base_url=self.url, timeout=DEADLINE_S, headers=headers, trust_env=False, **keys)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), DEADLINE_S)


@contextmanager
def collecting(spool: Spool, kind: str, **keys: Any) -> Iterator[Running]:
    """Run the collector until the block ends. KEYS: its settings."""
    ready = threading.Event()
    held: dict[str, Any] = {}

    async def run() -> None:
        described = declared(kind, **keys)
        collector = made(described)
        await collector.open()
        stopped = asyncio.Event()
        held["stop"] = partial(asyncio.get_running_loop().call_soon_threadsafe, stopped.set)
        async with Intake(spool, stopped) as intake:
            held["running"] = Running(collector, intake)
            ready.set()
            await collector.run(intake, stopped)

    def work() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # noqa: BLE001 - told to the test
            held["error"] = error
            ready.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(DEADLINE_S)
    try:
        if "running" in held:
            yield held["running"]
    finally:
        if "stop" in held:
            held["stop"]()
        thread.join(DEADLINE_S)
        if "error" in held:
            raise held["error"]
    assert not thread.is_alive()


class Losing:
    """A port that leads to another, but cuts the line instead of giving the first ANSWERS to bulk requests."""

    def __init__(self, port: int, answers: int) -> None:
        self.to = port
        self.left = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        request = bytearray()
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", self.to), DEADLINE_S) as server:
            threading.Thread(target=self._forward, args=(client, server, request), daemon=True).start()
            while piece := server.recv(1 << 16):
                with self._lock:
                    cut = self.left > 0 and b"_bulk" in request
                    self.left -= cut
                if cut:
                    break
                request.clear()
                client.sendall(piece)
            client.shutdown(socket.SHUT_RDWR)

    def _forward(self, client: socket.socket, server: socket.socket, request: bytearray) -> None:
        with suppress(OSError):
            while piece := client.recv(1 << 16):
                request += piece
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)
