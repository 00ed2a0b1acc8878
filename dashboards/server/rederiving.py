"""What computing a source's events again would change: shown beforehand, by a process of its own, one at a time.

`sparhund rederive --dry-run` for somebody who has no terminal: nothing is written to the lake but files that no table
knows, which go when it ends. As a process it takes no memory nor turns from the answers, and can be stopped.
"""

import json
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from analytics.acts import Act
from analytics.caller import Caller
from analytics.opened import Opened
from schemas.errors import SettingsError, SparhundError

MOST_DAYS = 7
LIMIT_S = 600.0
_KEPT = 50  # results
_NICE = 10  # answers come first


@dataclass(frozen=True, slots=True)
class Preview:
    """One run: of SOURCE, what was received on the days from FIRST to LAST. `changes` are `ingest.rederive.Change`s."""

    source: str
    first: date
    last: date
    began: datetime
    ended: datetime | None = None
    fault: str | None = None  # a word of the pages: `late`, `failed` or `stopped`
    changes: tuple[dict[str, Any], ...] = field(default=())

    @property
    def differs(self) -> bool:
        """Whether anything would change."""
        return any(change["changed"] or change["gone"] or change["new"] for change in self.changes)


class Previews:
    """The run that goes on, and the last result of each source. Safe for threads. Nothing of it outlives the server."""

    def __init__(self, home: Opened) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._running: Preview | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._results: OrderedDict[str, Preview] = OrderedDict()
        self._closed = False

    @property
    def possible(self) -> bool:
        """Whether another process can open this installation: only if its settings stand in a file."""
        return self._home.settings.path is not None

    @property
    def running(self) -> Preview | None:
        """The run that goes on."""
        with self._lock:
            return self._running

    def result(self, source: str) -> Preview | None:
        """What the last run of SOURCE came to."""
        with self._lock:
            return self._results.get(source)

    def start(self, source: str, first: date, last: date, *, who: Caller, purpose: str | None) -> bool:
        """Begin a run, unless one goes on: then False. WHO began it is recorded. Errors: LakeError if it can't be."""
        if (last - first).days >= MOST_DAYS or not self.possible:
            raise ValueError("a few days of an installation that has a settings file")
        now = datetime.now(UTC)
        params = {"source": source, "first": first.isoformat(), "last": last.isoformat()}
        act = Act(home=self._home, who=who, question="rederive", params=params, purpose=purpose)
        with self._lock:
            if self._running is not None or self._closed:
                return False
            act.write("asked", now)
            self._running = Preview(source, first, last, now)
        threading.Thread(target=self._run, args=(self._running, act), daemon=True, name="rederive").start()
        return True

    def close(self) -> None:
        """Stop the run that goes on."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                with suppress(ProcessLookupError):
                    self._process.kill()

    def _run(self, begun: Preview, act: Act) -> None:
        try:
            done = self._compared(begun)
        except (OSError, ValueError, KeyError):
            done = replace(begun, fault="failed")
        done = replace(done, ended=datetime.now(UTC))
        with suppress(SparhundError):
            act.write("failed" if done.fault else "answered", datetime.now(UTC), len(done.changes))
        with self._lock:
            self._results[begun.source] = done
            self._results.move_to_end(begun.source)
            while len(self._results) > _KEPT:
                self._results.popitem(last=False)
            self._running = self._process = None

    def _compared(self, begun: Preview) -> Preview:
        given = {
            "config": str(self._home.settings.path), "lake": str(self._home.root), "source": begun.source,
            "first": begun.first.isoformat(), "last": begun.last.isoformat(),
        }  # fmt: skip
        with self._lock:
            if self._closed:
                return replace(begun, fault="stopped")
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        with self._process as process:
            try:
                out, _ = process.communicate(json.dumps(given).encode(), LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                return replace(begun, fault="late")
        if process.returncode:
            return replace(begun, fault="failed")
        return replace(begun, changes=tuple(json.loads(line) for line in out.splitlines()))


def compare(given: dict[str, str]) -> None:
    """Print a change a line, as JSON: GIVEN names settings, lake, source and days. Errors: SparhundError."""
    from pathlib import Path  # noqa: PLC0415 - the server itself needs no writer

    from analytics.installation import installation  # noqa: PLC0415
    from ingest.lake import Lake  # noqa: PLC0415
    from ingest.opening import open_writer  # noqa: PLC0415
    from ingest.rederive import Chosen, rederive  # noqa: PLC0415

    home = installation(Path(given["lake"]), Path(given["config"]))
    Lake.open(home.root)  # a lake that isn't there is not made here, nor is a key
    if home.key is None:
        raise SettingsError("identity", "key", "is not there")
    writer = open_writer(home.settings, home.root, [])
    chosen = Chosen(
        sources=[writer.sources[given["source"]]],
        first=date.fromisoformat(given["first"]),
        last=date.fromisoformat(given["last"]),
    )
    for change in rederive(writer, chosen, apply=False):
        print(json.dumps({**asdict(change), "day": change.day.isoformat()}), flush=True)  # noqa: T201 - to who started it


if __name__ == "__main__":
    os.nice(_NICE)
    try:
        compare(json.load(sys.stdin))
    except (SparhundError, KeyError):
        sys.exit(2)
