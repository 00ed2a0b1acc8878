"""What watches one running command: its parts, whether its loop turns, and who is told."""

import contextlib
import faulthandler
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Self

from prometheus_client import CollectorRegistry, Metric, ProcessCollector, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from ingest.operations import logs, systemd
from ingest.operations.part import Part, gauge
from ingest.operations.server import Answer, Server
from schemas.errors import SparhundError
from schemas.operations import OperationsSettings, address

SAMPLE_S = 2.0  # how often the parts look
ALIVE_S = 60.0  # a loop that hasn't turned for so long is dead
_STDERR = 2


class Operations:
    """Watches COMMAND (one of schemas.operations.COMMANDS). `with` it.

    Without an address and systemd nobody asks, and nothing runs. Its thread samples the parts, its server tells of
    them. `beat` at each turn of the command's loop; `begun` when it takes work, `ending` when it takes no more.
    """

    def __init__(self, command: str, settings: OperationsSettings, listen: str | None = None) -> None:
        """LISTEN: an address in the place of the settings'."""
        text = listen or getattr(settings, command)
        self.address = address("operations", command, text) if text else None
        self.command = command
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.registry.register(_Itself(self))
        ProcessCollector(registry=self.registry)
        self._parts: list[Part] = []
        self._state = "starting"
        self._beaten_s = time.monotonic()
        self._problems: tuple[str, ...] = ()
        self._told: set[str] = set()
        self._stopped = threading.Event()
        self._scraped = threading.Lock()
        self._text: tuple[float, bytes] = (-1.0, b"")
        self._stack = contextlib.ExitStack()

    @property
    def watched(self) -> bool:
        """Whether anybody can ask."""
        return self.address is not None

    @property
    def alive(self) -> bool:
        """Whether the command's loop turns, if it has begun to."""
        return self._state == "starting" or time.monotonic() - self._beaten_s < ALIVE_S

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the command can't do its work now."""
        return self._problems if self._state == "working" else (self._state,)

    def add(self, part: Part) -> None:
        """Watch PART too. It is sampled after those that were added before it."""
        if self.watched:
            self.registry.register(part)
            self._parts.append(part)

    def beat(self) -> None:
        """The command's loop has turned, or its work has come on."""
        self._beaten_s = time.monotonic()

    def begun(self) -> None:
        """The command takes work now."""
        self.beat()
        self._state = "working"
        systemd.notify("READY=1", "STATUS=works")

    def ending(self) -> None:
        """The command takes no more work, and brings to its end what was begun."""
        self._state = "stopping"
        systemd.notify("STOPPING=1", "STATUS=brings to its end what was begun")

    @property
    def port(self) -> int:
        """Where it listens, also when the settings say 0."""
        assert self._server
        return self._server.port

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            if self.address:
                routes = {"/metrics": self._metrics, "/healthz": self._healthz, "/readyz": self._readyz}
                self._server = stack.enter_context(Server(self.address, routes, "operations", self.command))
            if self.address or os.environ.get("NOTIFY_SOCKET"):
                thread = threading.Thread(target=self._watch, name="operations")
                thread.start()
                stack.callback(thread.join)
                stack.callback(self._stopped.set)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _watch(self) -> None:
        pause = min(SAMPLE_S, (systemd.watchdog_s() or 4 * SAMPLE_S) / 4)
        sampled = 0.0
        while not self._stopped.wait(pause if sampled else 0):
            if self.alive:
                systemd.notify("WATCHDOG=1")
            if time.monotonic() - sampled >= SAMPLE_S:
                self.sample()
                sampled = time.monotonic()

    def sample(self) -> None:
        """Let each part look; what one can't see is a problem by itself."""
        problems = []
        for part in self._parts:
            try:
                part.sample()
                problems += list(part.problems())
            except Exception as error:  # noqa: BLE001 - watching must never end what is watched
                problems.append(f"{type(part).__name__.lower()}: could not be looked at")
                self._tell_once(f"{type(part).__name__}: {logs.fault(error)}")
        for reason in sorted({*problems} - {*self._problems}):
            logs.log.warning("not ready: %s", reason)
        for reason in sorted({*self._problems} - {*problems}):
            logs.log.info("no longer: %s", reason)
        self._problems = tuple(dict.fromkeys(problems))

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            logs.log.error("could not look at %s", text)

    def _metrics(self) -> Answer:
        with self._scraped:  # a look serves all who scrape within its second
            made, text = self._text
            if time.monotonic() - made > 1:
                text = generate_latest(self.registry)
                self._text = time.monotonic(), text
        return Answer(200, text, CONTENT_TYPE_PLAIN_0_0_4)

    def _healthz(self) -> Answer:
        return Answer(200, b"ok\n") if self.alive else Answer(503, f"no turn for {ALIVE_S:.0f} s\n".encode())

    def _readyz(self) -> Answer:
        reasons = self.problems
        return Answer(503, "".join(f"{each}\n" for each in reasons).encode()) if reasons else Answer(200, b"ok\n")


class _Itself(Collector):
    """What is told of every command."""

    def __init__(self, operations: Operations) -> None:
        self.operations = operations

    def collect(self) -> Iterator[Metric]:
        command = (self.operations.command,)
        build = (version("sparhund"), *command)
        yield gauge("sparhund_build_info", "The version that runs.", ("version", "command"), [(build, 1)])
        ready = not self.operations.problems
        yield gauge(
            "sparhund_ready", "Whether it can do its work; /readyz says why not.", ("command",), [(command, ready)]
        )


@contextlib.contextmanager
def running(command: str, settings: OperationsSettings, listen: str | None = None) -> Iterator[Operations]:
    """COMMAND's operations with its logs set up; an error that ends it is told there. SIGQUIT shows where it stands.

    Shape:   leaves by SystemExit(2) on an error that was named, as `main` does, but in the form that the logs have.
    """
    logs.set_up(settings.log)
    faulthandler.register(signal.SIGQUIT, file=_STDERR)
    try:
        with Operations(command, settings, listen) as operations:
            yield operations
    except SparhundError as error:
        if settings.log != "json":
            raise
        logs.log.critical("%s", error)
    except OSError as error:
        if settings.log != "json":
            raise
        place = f"{error.filename}: " if error.filename else ""
        logs.log.critical("%s%s", place, error.strerror or type(error).__name__)
    else:
        return
    raise SystemExit(2)


def asked_to_end(ending: Callable[[], object]) -> Callable[[int], None]:
    """What a signal that asks us to end does: ENDING, and the second time an end at once, as if killed.

    Nothing is lost by that: what was begun is durable, or nobody was told that it is.
    """
    asked: list[int] = []

    def note(number: int) -> None:
        asked.append(number)
        if len(asked) > 1:
            logs.log.warning("asked again to end (%s): ends at once", signal.Signals(number).name)
            os._exit(128 + number)
        ending()

    return note
