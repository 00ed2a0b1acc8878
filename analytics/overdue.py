"""What takes longer than it may is broken off: one thread looks after all answers."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from schemas.errors import LimitError

_AGAIN_S = 0.1  # DuckDB forgets an interruption that comes between two statements


class Overdue:
    """Breaks off what takes longer than LIMIT_S. Safe for threads; a thread an answer would have to be waited for."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._running: dict[object, tuple[float, Callable[[], None]]] = {}  # in the order of their ends
        self._lock = threading.Lock()
        self._wanted = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    @contextmanager
    def within(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Call INTERRUPT, again and again, if the block takes longer; never once it has ended.

        Errors: LimitError after `end`.
        """
        key = object()
        with self._lock:
            if self._ended.is_set():
                raise LimitError("no more answers: this is ending")
            self._running[key] = (time.monotonic() + self._limit_s, interrupt)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="overdue", daemon=True)
                self._thread.start()
            self._wanted.notify()
        try:
            yield
        finally:
            with self._lock:
                del self._running[key]

    def end(self, patience_s: float) -> None:
        """Break off all that runs, and wait for it, at most PATIENCE_S."""
        with self._lock:
            self._ended.set()
        until = time.monotonic() + patience_s
        while self._break_off(lambda _end: True) and time.monotonic() < until:
            time.sleep(_AGAIN_S / 2)
        with self._lock:
            self._wanted.notify()

    def _watch(self) -> None:
        while not self._ended.is_set():
            with self._lock:
                while not self._running and not self._ended.is_set():
                    self._wanted.wait()
                first = next(iter(self._running.values()), (0.0, None))[0]
            # Who comes meanwhile ends later, so that nobody needs to wake this.
            self._ended.wait(max(first - time.monotonic(), 0))
            if self._break_off(lambda end: end <= time.monotonic()):
                self._ended.wait(_AGAIN_S)

    def _break_off(self, chosen: Callable[[float], bool]) -> bool:
        """Interrupt those whose end is CHOSEN; whether there are any."""
        with self._lock:
            found = [interrupt for end, interrupt in self._running.values() if chosen(end)]
            for interrupt in found:
                with suppress(Exception):  # it has come to its end by itself; no other goes without a limit for it
                    interrupt()
        return bool(found)
