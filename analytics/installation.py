"""What `ask` and the commands open: the settings, the lake, and what is known beside it."""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from analytics import completeness, views
from analytics.caller import Caller
from analytics.completeness import Basis, Statement
from analytics.narrow import Need
from analytics.summary import Received, Summary
from ingest import identity, knowledge
from ingest.lake import engine
from schemas import settings as settings_file
from schemas.errors import LakeError, MovedError, SettingsError
from schemas.settings import Settings

if TYPE_CHECKING:
    from ingest.lake import DataFile, Table
    from ingest.spool import Spool

OWN = "sparhund"  # the source of our own acts


@dataclass(frozen=True)
class Installation:
    """One lake with its settings."""

    settings: Settings
    root: Path

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one answer, without relations yet."""
        connection = views.connect(spill=self.root / "scratch")
        try:
            with readable():
                yield connection
        finally:
            connection.close()

    @property
    def received(self) -> Received:
        """How many records the files of `evidence` hold, kept beside them."""
        return Received(self._table("evidence"), self.root / "cache" / "received.parquet")

    @contextmanager
    def asking(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for the answer to questions."""
        with self.connect() as connection:
            yield connection

    def scope(
        self,
        connection: duckdb.DuckDBPyConnection,
        who: Caller,
        normalised: str,
        tables: Mapping[str, pa.Table],
        names: Iterable[str],
    ) -> None:
        """Give CONNECTION the relations NAMES, as far as WHO may see them; see `analytics.views.scoped`."""
        views.scoped(connection, who, normalised, tables, names)

    def hold(self) -> None:
        """Errors: LakeError if there is no lake, or none that can be read."""
        self._table("normalised")

    def relation(self, table: str) -> str:
        """The lake's TABLE as an SQL relation. Errors: LakeError if there is no lake."""
        return self._table(table).scan()

    def narrowed(self, needs: Sequence[Need]) -> str:
        """The files of `normalised` that may hold events of NEEDS, as an SQL relation. Errors: as `relation`."""
        return self.parted([needs])[0]

    def parted(self, parts: Iterable[Sequence[Need]]) -> list[str]:
        """As `narrowed`, of each of PARTS, all of one state of the table."""
        table = self._table("normalised")
        return [table.scan(files=self._among(table, needs)) for needs in parts]

    def may_hold(self, each: Need) -> bool:
        """Whether any file may hold events of EACH. Errors: as `relation`."""
        return bool(self._among(self._table("normalised"), [each]))

    def _among(self, table: "Table", needs: Sequence[Need]) -> list["DataFile"]:
        return [file for file in table.files.values() if any(within(file, each) for each in needs)]

    @property
    def summary(self) -> Summary:
        """What the files of `normalised` hold, kept beside them."""
        return Summary(self._table("normalised"), self.root / "cache" / "summary.parquet")

    def record(self, position: int, days: Collection[date]) -> str:
        """The files of `evidence` that may hold a record at POSITION, received on one of DAYS (UTC; none: any)."""
        table = self._table("evidence")
        need = Need(address=("", position))
        files = [file for file in table.files.values() if within(file, need)]
        return table.scan(lambda day: not days or day in days, files=files)

    def _table(self, name: str) -> "Table":
        from ingest.lake import Lake  # noqa: PLC0415 - help and lists need no lake

        return Lake.open(self.root).table(name)

    @property
    def spool(self) -> "Spool":
        """Where our own acts are written before the lake takes them."""
        from ingest.spool import Spool  # noqa: PLC0415 - as above

        return Spool(self.root / "spool")

    @property
    def key(self) -> identity.Key | None:
        """The key of the tokens, if it is there."""
        path = self.settings.identity.key or self.root / "identity.key"
        return identity.read_key(path) if path.exists() else None

    def waiting(self) -> int:
        """Own acts that no ingest has taken yet."""
        return self.spool.waiting(OWN)

    def statement(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        start: datetime | None,
        stop: datetime | None,
        actions: tuple[str, ...],
        system: str | None,
        now: datetime,
    ) -> Statement:
        """What an answer rests on; see `analytics.completeness.statement`."""
        basis = self._basis(connection, start, stop, now)
        return completeness.statement(basis, actions=actions, system=system)

    def _basis(
        self, connection: duckdb.DuckDBPyConnection, start: datetime | None, stop: datetime | None, now: datetime
    ) -> Basis:
        return completeness.basis(connection, start=start, stop=stop, now=now, summary=self.summary)

    def token(self, text: str) -> str:
        """What `subject` and the like hold for TEXT, which somebody typed: a token for a personal number.

        Errors:  SettingsError without the key, or if TEXT is empty.
        """
        key = self.key
        if key is None:
            raise SettingsError("identity", "key", "is not there, so a number can't become a token")
        connection = engine()
        try:
            identity.prepare(connection, key)
            return identity.tokenise(connection, text)
        finally:
            connection.close()

    def tables(self, judged: Iterable[str] = ()) -> dict[str, pa.Table]:
        """The relations beside the events, by name; of schemas.finding.RELATIONS those that are JUDGED.

        Errors:  SettingsError for a register or people table in fault.
        """
        from analytics.intelligence import store  # noqa: PLC0415 - as above

        found = knowledge.tables(self.settings, knowledge.load(self.settings, self.key))
        found["indicators"] = store.read(self.root)
        return found | self._judged(judged, found)

    def _judged(self, names: Iterable[str], known: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
        from analytics.detect.findings import standing  # noqa: PLC0415 - as above
        from ingest.lake import Lake  # noqa: PLC0415

        return {name: standing(Lake.open(self.root), name, known) for name in names}


@contextmanager
def readable() -> Iterator[None]:
    """What DuckDB says of a file that it can't read, as ours: compaction has removed it since it was listed.

    Errors:  MovedError; DuckDB's own message would hold a path.
    """
    try:
        yield
    except duckdb.IOException:
        raise MovedError("a file of the lake could not be read; if the lake was just compacted, ask again") from None


def within(file: "DataFile", need: Need) -> bool:
    """Whether FILE may have rows of NEED's period, and of the position of its record."""
    if need.address and file.positions and not file.positions[0] <= need.address[1] <= file.positions[1]:
        return False
    if need.start is None and need.stop is None:
        return True
    late = need.start is not None and file.last is not None and file.last < need.start
    early = need.stop is not None and file.first is not None and file.first >= need.stop
    return not (late or early)


def installation(lake: Path | str | None = None, config: Path | str | Settings | None = None) -> Installation:
    """The installation of the settings CONFIG with the lake in the folder LAKE, by default the settings' own.

    Errors:  SettingsError for wrong settings; LakeError if neither is given.
    """
    if isinstance(config, Settings):
        settings = config
    elif config is not None:
        settings = settings_file.load(Path(config))
    elif lake is not None:
        settings = settings_file.parse({})
    else:
        raise LakeError("which lake? Give --lake FOLDER or --config FILE")
    root = Path(lake) if lake is not None else settings.lake.root
    if root != settings.lake.root:
        settings = dataclasses.replace(settings, lake=dataclasses.replace(settings.lake, root=root))
    return Installation(settings, root)
