"""What senders hold to be true: each record's fate, written down as it is known."""

import csv
import hashlib
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

ONCE, AGAIN, UNSAID = "once", "again", "unsaid"  # what a protocol promises of a record, see `Truth`
ACCEPTED, UNANSWERED, SENT = "accepted", "unanswered", "sent"
COLUMNS = ("source", "promise", "hash", "state", "sends", "sent", "mark")
BOUND_S = 1.0  # of the traffic that may be lost where nothing is answered


class Sent(NamedTuple):
    """A record and how it was sent last."""

    mark: str
    record: bytes
    sends: int
    at: float  # seconds since the epoch


class Truth:
    """One sender's file. PROMISE says what may come of its records.

    once:    what was accepted stands once; what was sent and not answered, once or not at all
    again:   as often as it was sent, at most
    unsaid:  the sender is told nothing: it may be lost when the receiving end goes down, and never stands twice
    """

    def __init__(self, folder: Path, sender: str, source: str, promise: str) -> None:
        self.sender = sender
        self.source = source
        self.promise = promise
        self.accepted = 0
        self._file = (folder / f"{sender}.csv").open("w", newline="", encoding="utf-8")
        self._rows = csv.writer(self._file)

    def add(self, state: str, records: Sequence[Sent]) -> None:
        """RECORDS have come to STATE, and won't to another."""
        for mark, record, sends, at in records:
            digest = hashlib.sha256(record).hexdigest()
            self._rows.writerow((self.source, self.promise, digest, state, sends, f"{at:.4f}", mark))
        self.accepted += len(records) if state == ACCEPTED else 0

    def close(self) -> None:
        """Written out."""
        self._file.close()


@dataclass(slots=True)
class Window:
    """A time when something between senders and spool stood still, or was gone."""

    target: str  # "collector", or a sender whose line was cut
    begin: float  # seconds since the epoch
    end: float = 0.0
    loses: bool = False  # what was under way was thrown away


class Windows:
    """All of them."""

    def __init__(self) -> None:
        self.all: list[Window] = []
        self._lock = threading.Lock()

    @contextmanager
    def open(self, target: str, *, loses: bool) -> Iterator[Window]:
        """One that lasts as long as the block."""
        window = Window(target, time.time(), loses=loses)
        with self._lock:
            self.all.append(window)
        try:
            yield window
        finally:
            window.end = time.time()

    def write(self, path: Path) -> None:
        """Into a file, for who looks for a fault."""
        lines = (f"{each.begin:.3f} {each.end:.3f} {each.target} {each.loses}" for each in self.all)
        path.write_text("\n".join(lines), encoding="utf-8")

    def merged(self, targets: Collection[str]) -> list[Window]:
        """Those of TARGETS. Two with less than BOUND_S between are one: what piled up may not be read yet."""
        found: list[Window] = []
        for each in sorted((each for each in self.all if each.target in targets), key=lambda each: each.begin):
            if found and each.begin - found[-1].end < BOUND_S:
                found[-1].end = max(found[-1].end, each.end)
                found[-1].loses |= each.loses
            else:
                found.append(replace(each))
        return found
