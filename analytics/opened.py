"""An installation that is kept open for many answers at once, within bounds of memory and time."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from analytics import views
from analytics.caller import Caller
from analytics.completeness import Basis
from analytics.detect.findings import RESTS_ON
from analytics.fingerprints import Fingerprints
from analytics.installation import Installation, readable, within
from analytics.intelligence import store
from analytics.narrow import Need, block
from analytics.overdue import Overdue
from analytics.question import columns_read, questions
from analytics.summary import Received, Summary
from schemas.errors import LimitError
from schemas.finding import RELATIONS as JUDGED

if TYPE_CHECKING:
    from ingest.lake import DataFile, Table
    from ingest.spool import Spool

_LEARNT_AT_ONCE = 4  # files that an answer waits for to be learnt; others are read
_STATED_FOR = timedelta(seconds=5)
_ENDING_S = 10.0  # so long `close` waits for answers that it has broken off
_PERIODS = 256  # of which is remembered what answers about them rest on
_Files = tuple[tuple[str, int, int], ...]  # path, time of change in ns, bytes


@dataclass(frozen=True)
class Opened(Installation):
    """One DuckDB for all answers: they share MEMORY_BYTES, and an answer that takes longer than LIMIT_S is broken off.

    What is known beside the events is read again when a file of it has changed. All share the handles of the lake's
    tables, so that a commit is read once. Memory: MEMORY_BYTES, the tables beside the events, and the list of files.
    """

    memory_bytes: int = 2 << 30
    limit_s: float = 30.0
    _engine: duckdb.DuckDBPyConnection = field(init=False, repr=False, compare=False)
    _known: dict[str, Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    _lock: threading.Lock = field(init=False, repr=False, compare=False, default_factory=threading.Lock)
    _handles: dict[str, "Table"] = field(init=False, repr=False, compare=False, default_factory=dict)
    _closed: threading.Event = field(init=False, repr=False, compare=False, default_factory=threading.Event)
    _handling: threading.Lock = field(init=False, repr=False, compare=False, default_factory=threading.Lock)
    _bases: OrderedDict[tuple[datetime | None, datetime | None], tuple[datetime, Basis]] = field(
        init=False, repr=False, compare=False, default_factory=OrderedDict
    )
    _overdue: Overdue = field(init=False, repr=False, compare=False)
    _fingerprints: Fingerprints = field(init=False, repr=False, compare=False)
    _local: threading.local = field(init=False, repr=False, compare=False, default_factory=threading.local)

    def __post_init__(self) -> None:
        engine = views.connect(self.memory_bytes, spill=self.root / "scratch")
        engine.execute("SET GLOBAL TimeZone = 'UTC'")  # a session's own would not reach the cursors
        engine.execute(f"SET max_temp_directory_size = '{self.memory_bytes}B'")
        object.__setattr__(self, "_engine", engine)
        object.__setattr__(self, "_overdue", Overdue(self.limit_s))
        object.__setattr__(self, "_fingerprints", Fingerprints(self.root / "cache"))

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one answer. Errors: LimitError if the answer takes too long or too much memory."""
        cursor = self._cursor()
        with self._bounded(cursor):
            try:
                yield cursor
            finally:
                cursor.close()

    @contextmanager
    def asking(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """As `connect`, but the thread's own, which keeps its views for the answer that follows."""
        cursor = None if self._closed.is_set() else self._local.__dict__.get("cursor")
        cursor = cursor or self._cursor()
        self._local.cursor = None  # what goes wrong may leave anything behind
        with self._bounded(cursor):
            yield cursor
        self._local.cursor = cursor

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._closed.is_set():
                raise LimitError("no more answers: this is ending")
            return self._engine.cursor()

    @contextmanager
    def _bounded(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        try:
            with readable(), self._overdue.within(cursor.interrupt):
                yield
        except duckdb.InterruptException:
            if self._closed.is_set():
                raise LimitError("broken off: this is ending") from None
            raise LimitError(f"took longer than {self.limit_s:g} s; ask about a shorter period or less") from None
        except duckdb.OutOfMemoryException:
            raise LimitError("would take more memory than an answer may; ask about a shorter period or less") from None

    def scope(
        self,
        connection: duckdb.DuckDBPyConnection,
        who: Caller,
        normalised: str,
        tables: Mapping[str, pa.Table],
        names: Iterable[str],
    ) -> None:
        """As of an installation that is opened once; what the connection of `asking` has already is left as it is."""
        had: _Scoped | None = self._local.__dict__.get("scoped")
        self._local.scoped = None  # what goes wrong may leave anything behind
        wanted = _Scoped(connection, who.scope, frozenset(names), tables)
        if had is None or not had.has(wanted):
            # And what it had: else a page that asks twice would make its views anew each time.
            if had is not None and (had.connection, had.scope) == (connection, who.scope):
                wanted = replace(wanted, names=wanted.names | had.names, tables={**had.tables, **tables})
            if had is not None and had.connection is connection:
                views.release(connection, had.kept)
            super().scope(connection, who, normalised, wanted.tables, wanted.names)
            had = replace(wanted, kept=views.keep(connection, wanted.names))
        else:
            views.over(connection, normalised)
        self._local.scoped = had

    def _among(self, table: "Table", needs: Sequence[Need]) -> list["DataFile"]:
        """As of an installation that is opened once; besides only files that may hold the values."""
        found: dict[str, DataFile] = {}
        for each in needs:
            files = [file for file in table.files.values() if within(file, each)]
            wanted = [*each.groups, *([{block(*each.address)}] if each.address else [])]
            if wanted and files:
                self._learn(table, files)
                groups = [self._fingerprints.hashes(self.connect, sorted(group)) for group in wanted]
                files = self._fingerprints.among(files, groups)
            found.update((file.path, file) for file in files)
        return list(found.values())

    def _learn(self, table: "Table", files: Sequence["DataFile"]) -> None:
        """Learn of some of those of FILES that aren't known."""
        if new := self._fingerprints.unknown(files):
            with self.connect() as connection:
                self._fingerprints.learn(connection, table, new[:_LEARNT_AT_ONCE])

    @cached_property
    def spool(self) -> "Spool":
        """The same for all answers: it remembers where its streams end."""
        return super().spool

    @property
    def summary(self) -> Summary:
        """The same for all answers: it keeps in memory what it holds."""
        found = super().summary  # it reads what was committed
        with self._lock:
            kept: Summary = self._known.setdefault("summary", found)
        return kept

    @property
    def received(self) -> Received:
        """As `summary`."""
        found = super().received
        with self._lock:
            kept: Received = self._known.setdefault("received", found)
        return kept

    def waiting(self) -> int:
        """As of an installation that is opened once; at most some seconds old."""
        now = time.monotonic()
        until, number = self._known.get("waiting", (0.0, 0))
        if now >= until:
            number = super().waiting()
            self._known["waiting"] = (now + _STATED_FOR.total_seconds(), number)
        return int(number)

    def _basis(
        self, connection: duckdb.DuckDBPyConnection, start: datetime | None, stop: datetime | None, now: datetime
    ) -> Basis:
        """As of an installation opened once; of the same period at most some seconds old."""
        with self._lock:
            known = self._bases.get((start, stop))
        if known is not None and now - known[0] < _STATED_FOR and known[0] <= now:
            return known[1]
        found = super()._basis(connection, start, stop, now)
        with self._lock:
            self._bases[start, stop] = (now, found)
            while len(self._bases) > _PERIODS:
                self._bases.popitem(last=False)
        return found

    def prepare(self) -> None:
        """What questions read and detections are: to parse all of them takes a second."""
        for file in questions().values():
            if not self._closed.is_set():
                columns_read(file)
        self.tables(JUDGED)

    def learn(self) -> None:
        """Learn of every file which values it may hold: a tenth of a second a new file. Ends with `close`."""
        table = self._table("normalised")
        self._fingerprints.forget(table.files)
        for file in self._fingerprints.unknown(table.files.values()):
            if self._closed.is_set():
                return
            with suppress(duckdb.Error, LimitError), self.connect() as connection:
                self._fingerprints.learn(connection, table, [file])

    def tables(self, judged: Iterable[str] = ()) -> dict[str, pa.Table]:
        """As of an installation that is opened once; the same tables as long as no file of them changes."""
        with self._lock:
            files = _files(self)
            if self._known.get("files") != files:
                tables = super().tables()
                numbered = {name: views.GIVEN[name].numbered(rows) for name, rows in tables.items()}
                self._known.update(tables=numbered, files=files)
            found: dict[str, pa.Table] = dict(self._known["tables"])
        return found | self._judged(judged, found)

    def _judged(self, names: Iterable[str], known: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
        """As of an installation that is opened once; the same tables as long as nothing was judged or decided."""
        found = {}
        for name in names:
            versions, people = [self._version(each) for each in RESTS_ON[name]], known["people"]
            with self._lock:
                had = self._known.get(f"judged {name}")
            if had is None or had[0] != versions or had[1] is not people:
                had = (versions, people, super()._judged([name], known)[name])
                with self._lock:
                    self._known[f"judged {name}"] = had
            found[name] = had[2]
        return found

    def _version(self, name: str) -> int:
        """That of the lake's table NAME; -1 if there is none yet."""
        return self._table(name).version if (self.root / name).exists() else -1

    def _table(self, name: str) -> "Table":
        with self._handling:
            if name not in self._handles:
                self._handles[name] = super()._table(name)
            else:
                self._handles[name].refresh()
            return self._handles[name]

    def close(self) -> None:
        """Let go of DuckDB. Answers that are being computed end with an error, and are waited for.

        A thread that is still in DuckDB when the process ends takes it down by a signal.
        """
        with self._lock:
            self._closed.set()
        self._overdue.end(_ENDING_S)
        self._engine.close()


@dataclass(frozen=True, slots=True)
class _Scoped:
    """What a connection has: whose scope, which relations, the tables that they show, and what it KEPT of them."""

    connection: duckdb.DuckDBPyConnection
    scope: str
    names: frozenset[str]
    tables: Mapping[str, pa.Table]
    kept: Sequence[str] = ()

    def has(self, wanted: "_Scoped") -> bool:
        """Whether all that is WANTED is there already: the very same tables, which are never changed."""
        return (
            self.connection is wanted.connection
            and self.scope == wanted.scope
            and self.names >= wanted.names
            and all(self.tables.get(name) is table for name, table in wanted.tables.items())
        )


def _files(home: Installation) -> _Files:
    """What the tables beside the events are read from, as it stands on disk."""
    settings = home.settings
    named = [*settings.register.assets, *settings.register.rules]
    named += [*settings.people.people, *settings.people.accounts, *settings.people.units]
    folders = [folder for folder in (settings.people.folder, settings.context.folder) if folder]
    named += [path for folder in folders if folder.is_dir() for path in folder.iterdir()]
    named += [settings.identity.key or home.root / "identity.key", store.place(home.root)]
    found = []
    for path in sorted(named):
        with suppress(OSError):
            stat = path.stat()
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(found)
