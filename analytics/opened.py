"""An installation that is kept open for many answers at once, within bounds of memory and time."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from analytics import completeness, views
from analytics.caller import Caller
from analytics.completeness import Basis
from analytics.detect.findings import RESTS_ON
from analytics.fingerprints import Fingerprints
from analytics.installation import OWN, Installation, readable, within
from analytics.intelligence import store
from analytics.narrow import Need, block
from analytics.overdue import Overdue
from analytics.question import columns_read, questions
from analytics.summary import Received, Summary
from schemas.errors import LimitError, SparhundError
from schemas.finding import RELATIONS as JUDGED

if TYPE_CHECKING:
    from ingest.lake import DataFile, Table
    from ingest.spool import Spool

_LEARN_S = 1.0  # so often `keep_learning` looks for new files
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
    _idle: list[duckdb.DuckDBPyConnection] = field(init=False, repr=False, compare=False, default_factory=list)
    _scoped: dict[int, "_Scoped | None"] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        engine = views.connect(self.memory_bytes, spill=self.root / "scratch")
        engine.execute("SET GLOBAL TimeZone = 'UTC'")  # a session's own would not reach the cursors
        engine.execute(f"SET max_temp_directory_size = '{self.memory_bytes}B'")
        # Small answers from files that the system has in memory: nobody need read ahead. But rows keep their order
        # (`preserve_insertion_order`): without it those of a large answer come as they are ready, sorted or not.
        engine.execute("SET GLOBAL async_threads = 0")
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
        """As `connect`, but one that is kept with its views: the last that was given back, so that few have to be made.

        Who is the only one to ask finds what the answer before needed, whichever thread that was in.
        """
        with self._lock:
            cursor = self._idle.pop() if self._idle and not self._closed.is_set() else None
        cursor = cursor or self._cursor()
        self._scoped.setdefault(id(cursor), None)
        try:
            with self._bounded(cursor):
                yield cursor
        except BaseException:
            del self._scoped[id(cursor)]  # what goes wrong may leave anything behind
            raise
        with self._lock:
            self._idle.append(cursor)

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
        had = self._scoped.get(id(connection)) or _Scoped(who.scope)
        if had.scope != who.scope:
            views.release(connection, had.kept)
            had = _Scoped(who.scope)
        # The very same table is never changed.
        changed = {name for name, table in tables.items() if had.tables.get(name) is not table}
        other = views.resting(changed) & had.names
        views.release(connection, had.kept & other)
        there, wanted, shown = had.names - other, other.union(names), {**had.tables, **tables}
        views.scoped(connection, who, normalised, shown, wanted, there)
        if id(connection) in self._scoped:
            new = views.made(wanted) - there
            kept = (had.kept - other) | views.keep(connection, new)
            self._scoped[id(connection)] = _Scoped(who.scope, there | new, shown, kept)

    def _among(self, table: "Table", needs: Sequence[Need]) -> list["DataFile"]:
        """As of an installation that is opened once; besides only files that may hold the values."""
        found: dict[str, DataFile] = {}
        for each in needs:
            files = [file for file in table.files.values() if within(file, each)]
            wanted = [*each.groups, *([{block(*each.address)}] if each.address else [])]
            if wanted and files:
                groups = [self._fingerprints.hashes(self.connect, sorted(group)) for group in wanted]
                files = self._fingerprints.among(files, groups)
            found.update((file.path, file) for file in files)
        return list(found.values())

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

    def keep_learning(self) -> None:
        """`learn`, and again soon after each commit, until `close`; who asks meanwhile reads what isn't known yet."""
        learnt = None
        while True:
            with suppress(SparhundError, duckdb.Error):  # that there is no lake any more, who asks is told
                version = self._table("normalised").version
                if version != learnt:
                    self._sum()
                    self.learn()
                    learnt = version  # not before: what went wrong is tried again
            if self._closed.wait(_LEARN_S):
                return

    def _sum(self) -> None:
        """Sum up what came, before somebody waits for what an answer rests on."""
        with self.asking() as connection:
            self.scope(connection, Caller(OWN), self.narrowed([]), self.tables(), completeness.NEEDS)
            self.summary.rows(connection)

    def learn(self) -> None:
        """Learn of every file which values it may hold: 15 ms a small file, 0.1 s a day's. Ends with `close`."""
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
    """What a connection has: whose SCOPE, which relations, the tables that they show, and what it KEPT of them."""

    scope: str
    names: frozenset[str] = frozenset()
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()


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
