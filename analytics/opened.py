"""An installation that is kept open for many answers at once, within bounds of memory and time."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from analytics import views
from analytics.installation import Installation
from analytics.intelligence import store
from schemas.errors import LimitError

if TYPE_CHECKING:
    from ingest.lake import Table

_Files = tuple[tuple[str, int, int], ...]  # path, time of change in ns, bytes


@dataclass(frozen=True)
class Opened(Installation):
    """One DuckDB for all answers: they share MEMORY_BYTES, and an answer that takes longer than LIMIT_S is broken off.

    What is known beside the events is read again when a file of it has changed. Of threads each has its own handles of
    the lake's tables. Memory: MEMORY_BYTES, the tables beside the events once, and a list of files a thread.
    """

    memory_bytes: int = 2 << 30
    limit_s: float = 30.0
    _engine: duckdb.DuckDBPyConnection = field(init=False, repr=False, compare=False)
    _known: dict[str, Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    _lock: threading.Lock = field(init=False, repr=False, compare=False, default_factory=threading.Lock)
    _local: threading.local = field(init=False, repr=False, compare=False, default_factory=threading.local)

    def __post_init__(self) -> None:
        engine = views.connect(self.memory_bytes)
        engine.execute("SET GLOBAL TimeZone = 'UTC'")  # a session's own would not reach the cursors
        spill = self.root / "scratch"
        engine.execute(f"SET temp_directory = {_quoted(spill)}; SET max_temp_directory_size = '{self.memory_bytes}B'")
        object.__setattr__(self, "_engine", engine)

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one answer. Errors: LimitError if the answer takes too long or too much memory."""
        cursor = self._engine.cursor()
        late = _Late(self.limit_s, cursor.interrupt)
        late.start()
        try:
            yield cursor
        except duckdb.InterruptException:
            raise LimitError(f"took longer than {self.limit_s:g} s; ask about a shorter period or less") from None
        except duckdb.OutOfMemoryException:
            raise LimitError("would take more memory than an answer may; ask about a shorter period or less") from None
        finally:
            late.cancel()
            cursor.close()

    def tables(self, judged: Iterable[str] = ()) -> dict[str, pa.Table]:
        """As of an installation that is opened once; the same tables as long as no file of them changes."""
        with self._lock:
            files = _files(self)
            if self._known.get("files") != files:
                tables = super().tables()
                numbered = {name: views.GIVEN[name].numbered(rows) for name, rows in tables.items()}
                self._known.update(tables=numbered, files=files)
            found: dict[str, pa.Table] = dict(self._known["tables"])
        return found | self._judged(judged)

    def _table(self, name: str) -> "Table":
        tables: dict[str, Table] = self._local.__dict__.setdefault("tables", {})
        if name not in tables:
            tables[name] = super()._table(name)
        else:
            tables[name].refresh()
        return tables[name]

    def close(self) -> None:
        """Let go of DuckDB. Answers that are being computed end with an error."""
        self._engine.close()


class _Late(threading.Timer):
    """Interrupts again and again: DuckDB forgets what comes between two statements."""

    def run(self) -> None:
        wait_s = self.interval
        while not self.finished.wait(wait_s):
            self.function()
            wait_s = 0.1


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


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
