"""An application served on loopback by a thread of ours, as long as a test needs it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from dashboards.server.running import configured
from ingest import tcp


@dataclass(frozen=True)
class Serving:
    """Where it answers."""

    address: str


@contextmanager
def serving(app: Starlette) -> Iterator[Serving]:
    """APP on a port that is free."""
    taken = socket.socket()
    tcp.at_once(taken)
    taken.bind(("127.0.0.1", 0))
    server = uvicorn.Server(configured(app, app.state.desk.settings))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive(), "the server ended"
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.02)
    try:
        yield Serving(f"http://127.0.0.1:{taken.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join(30)
        taken.close()
