"""A small HTTP server for those who watch: few at once, each for a short time, whatever they do."""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, NamedTuple, Self

from schemas.errors import SettingsError

AT_ONCE = 8  # one more is sent away
DEADLINE_S = 5.0  # from connection to the end of the answer


class Answer(NamedTuple):
    """What a path is answered with."""

    status: int
    body: bytes
    kind: str = "text/plain; charset=utf-8"


Routes = Mapping[str, Callable[[], Answer]]


class Server:
    """Answers GET of ROUTES at ADDRESS from threads of its own. `with` it.

    Errors:  SettingsError naming PLACE and KEY if the address can't be bound.
    """

    def __init__(self, address: tuple[str, int], routes: Routes, place: str, key: str) -> None:
        try:
            self._server = _Server(address, routes)
        except OSError as error:
            reason = error.strerror or "can't be bound"
            raise SettingsError(place, key, f"{address[0]}:{address[1]}: {reason}") from None
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), name="operations-http")

    @property
    def port(self) -> int:
        """Where it listens, also when the settings say 0."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], routes: Routes) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.routes = routes
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._deadlines: dict[socket.socket, float] = {}
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """As socketserver has it."""
        if not self._slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        self._deadlines[request] = time.monotonic() + DEADLINE_S
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """As socketserver has it."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._deadlines.pop(request, None)
            self._slots.release()

    def service_actions(self) -> None:
        """As socketserver has it: a few times a second. Whoever takes too long is cut off, and its thread wakes."""
        now = time.monotonic()
        for request, deadline in self._deadlines.copy().items():
            if now > deadline:
                self._deadlines.pop(request, None)
                try:
                    request.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """As socketserver has it: a watcher that breaks off is no event of ours."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "sparhund"
    sys_version = ""

    def do_GET(self) -> None:
        """As http.server has it."""
        route = self.server.routes.get(self.path.partition("?")[0])
        answer = route() if route else Answer(404, b"there are " + ", ".join(self.server.routes).encode() + b"\n")
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Who asked, and what, is not logged."""
