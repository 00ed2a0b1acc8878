"""What the lake's files hold, by file, source and span of time: so that an answer's statement reads few of them.

A data file never changes, so its summary is computed once and kept beside the tables. Without it, or where it can't be
written, everything is computed again; it is no evidence, and may be deleted at any time.
"""

import uuid
from collections import OrderedDict
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from schemas.event import TIMESTAMP

if TYPE_CHECKING:
    from ingest.lake import Table

SUMMARY = pa.schema(
    [
        pa.field("file", pa.string()),  # the data file's name, which is random
        pa.field("source", pa.string()),
        pa.field("bucket_s", pa.int64()),  # the span's length
        pa.field("bucket", pa.int64()),  # whole spans since 1970
        pa.field("event", pa.bool_()),  # spans are of events by their time; of rejects, repeats and gaps by receipt
        pa.field("first", TIMESTAMP),
        pa.field("last", TIMESTAMP),
        pa.field(
            "heard", TIMESTAMP
        ),  # as `last`, without events that are ahead or ancient: how far the source has come
        pa.field("received", TIMESTAMP),  # the latest receipt
        pa.field("records", pa.int64()),  # with events, rejects and repeats
        pa.field("last_position", pa.int64()),  # of those
        pa.field("events", pa.int64()),
        pa.field("ahead", pa.int64()),  # those later than they were received: a clock that runs ahead
        pa.field("ancient", pa.int64()),  # those before all logs: a clock that was never set
        pa.field("rejects", pa.int64()),
        pa.field("repeats", pa.int64()),
        pa.field("gaps", pa.int64()),
        pa.field("missing", pa.int64()),  # records in those gaps whose length is known
        pa.field("unknown_length", pa.bool_()),
        pa.field("cleared", pa.list_(TIMESTAMP)),  # when the source's log was; by receipt if that time can't be
        pa.field("mapping", pa.string()),  # the source's, by which it is told what a clearing is
    ]
)
BUCKETS_S = (60, 86_400)  # the shortest and longest; a source without a declared silence needs no short ones
_LONGEST_S = BUCKETS_S[1]
_PERIODS = 16  # of which the rows of files that they cut are kept: a day's at most, some MB each

# A silence longer than the bucket lies between two buckets, so the first and last time of each find it exactly.
_BUCKETS = f"""
SELECT source, mapping, CAST(least(greatest(coalesce(silent_after_s, {_LONGEST_S}), {BUCKETS_S[0]}), {_LONGEST_S}) AS BIGINT) AS bucket_s
FROM sources
"""  # noqa: E501 - SQL
# A log that was emptied, as the detection log_cleared has it: what it held is gone. Logging that only stopped took
# nothing away: by Windows' log service at each shutdown (1100, which names nobody), Linux' audit daemon, Microsoft 365.
_CLEARS = """coalesce(n.kind = 'event' AND n.action = 'log_clear' AND n.outcome IS DISTINCT FROM 'failure'
           AND n.object_type IS DISTINCT FROM 'adminauditlogconfig' AND b.mapping IS DISTINCT FROM 'auditd'
           AND NOT (n.actor_account IS NULL AND contains(coalesce(n.details, '-'), '1100')), false)"""
_ROWS = """
WITH buckets AS ({buckets}),
placed AS (
  SELECT {file} AS file, n.source, b.mapping, coalesce(b.bucket_s, {longest}) AS bucket_s, n.kind = 'event' AS event, n.kind,
         CASE WHEN n.kind = 'event' THEN n.time ELSE n.received END AS moment, n.received, n.length, n.part, n.position,
         coalesce(n.kind = 'event' AND n.time > n.received + INTERVAL 1 HOUR, false) AS ahead,
         coalesce(n.kind = 'event' AND n.time < TIMESTAMPTZ '2000-01-01 00:00:00+00', false) AS ancient,
         {clears} AS clears
  FROM {relation} AS n LEFT JOIN buckets AS b ON b.source = n.source
)
SELECT file, source, bucket_s, epoch_us(moment) // (bucket_s * 1000000) AS bucket, event, min(moment) AS first, max(moment) AS last,
       max(moment) FILTER (WHERE NOT ahead AND NOT ancient) AS heard, max(received) AS received, count(*) FILTER (WHERE kind IN ('reject', 'repeat') OR event AND part = 0) AS records,
       max(position) FILTER (WHERE kind <> 'gap') AS last_position,
       count(*) FILTER (WHERE event) AS events, count(*) FILTER (WHERE ahead) AS ahead,
       count(*) FILTER (WHERE ancient) AS ancient, count(*) FILTER (WHERE kind = 'reject') AS rejects,
       count(*) FILTER (WHERE kind = 'repeat') AS repeats,
       count(*) FILTER (WHERE kind = 'gap') AS gaps,
       CAST(coalesce(sum(length) FILTER (WHERE kind = 'gap'), 0) AS BIGINT) AS missing,
       coalesce(bool_or(kind = 'gap' AND length IS NULL), false) AS unknown_length,
       list_sort(list(CASE WHEN ahead OR ancient THEN received ELSE moment END) FILTER (WHERE clears)) AS cleared, mapping
FROM placed
WHERE {where}
GROUP BY file, source, mapping, bucket_s, bucket, event
"""  # noqa: E501 - SQL


RECEIVED = pa.schema(
    [
        pa.field("file", pa.string()),  # as above; of `evidence`
        pa.field("source", pa.string()),
        pa.field("records", pa.int64()),
    ]
)


class _Kept:
    """Rows of SCHEMA about each file of TABLE, kept in the file CACHE, and in memory until the table changes."""

    schema: pa.Schema

    def __init__(self, table: "Table | None", cache: Path | None) -> None:
        self._table = table
        self._cache = cache
        self._known: tuple[Any, pa.Table] = (None, self.schema.empty_table())

    def rows(self, connection: duckdb.DuckDBPyConnection) -> pa.Table:
        """Those of every file. CONNECTION has `sources`. Memory: 160 bytes a row."""
        if self._table is None or self._cache is None:
            return self._of(connection, [""])
        state = (self._table.version, self._asked(connection))
        known, held = self._known
        if known == state:
            return held
        live = set(map(_name, self._table.files))
        if known is None or known[1] != state[1]:
            held = self._held(connection)
        held = held.filter(pc.is_in(held["file"], pa.array(live, pa.string())))
        new = live - set(pc.unique(held["file"]).to_pylist())
        if new:
            held = pa.concat_tables([held, self._of(connection, new)])
            self._keep(held)
        self._known = state, held
        return held

    def _asked(self, _connection: duckdb.DuckDBPyConnection) -> Any:
        """What the rows rest on besides the table."""

    def _of(self, connection: duckdb.DuckDBPyConnection, files: Collection[str]) -> pa.Table:
        raise NotImplementedError

    def _scan(self, files: Collection[str]) -> str:
        assert self._table is not None
        chosen = [file for path, file in self._table.files.items() if _name(path) in files]
        return self._table.scan(files=chosen, filename=True)

    def _held(self, _connection: duckdb.DuckDBPyConnection) -> pa.Table:
        """What was kept, if it is of this schema."""
        assert self._cache is not None
        try:
            held = pq.read_table(self._cache)
        except (OSError, pa.ArrowInvalid):
            return self.schema.empty_table()
        return held if held.schema == self.schema else self.schema.empty_table()

    def _keep(self, rows: pa.Table) -> None:
        assert self._cache is not None
        temporary = self._cache.with_name(f"{self._cache.name}.{uuid.uuid4().hex}")
        with suppress(OSError):  # who may only read the lake computes it each time
            self._cache.parent.mkdir(exist_ok=True)
            pq.write_table(rows, temporary, compression="zstd")
            temporary.replace(self._cache)


def clears(event: Mapping[str, Any], mapping: str | None) -> bool:
    """Whether EVENT, a row of `normalised` of a source of MAPPING, is that a log was emptied (as statements count)."""
    names = ("kind", "action", "outcome", "object_type", "actor_account", "details")
    columns = ", ".join(f"CAST(${name} AS TEXT) AS {name}" for name in names)
    asks = f"SELECT {_CLEARS} FROM (SELECT {columns}) AS n, (SELECT CAST($mapping AS TEXT) AS mapping) AS b"
    with duckdb.connect() as connection:
        found = connection.execute(asks, {**{name: event[name] for name in names}, "mapping": mapping}).fetchone()
    return bool(found and found[0])


def _name(path: str) -> str:
    return path.rpartition("/")[2]


class Received(_Kept):
    """How many records of each source the files of one lake's `evidence` hold (RECEIVED)."""

    schema = RECEIVED

    def _of(self, connection: duckdb.DuckDBPyConnection, files: Collection[str]) -> pa.Table:
        sql = "SELECT parse_filename(filename) AS file, source, count(*) AS records FROM {} GROUP BY ALL"
        return connection.sql(sql.format(self._scan(files))).to_arrow_table().cast(RECEIVED)


class Summary(_Kept):
    """The summary of one lake's `normalised` (SUMMARY), or of the relation of that name on the connection."""

    schema = SUMMARY

    def __init__(self, table: "Table | None" = None, cache: Path | None = None) -> None:
        super().__init__(table, cache)
        self._exact: OrderedDict[Any, pa.Table] = OrderedDict()

    def _of(self, connection: duckdb.DuckDBPyConnection, files: Collection[str]) -> pa.Table:
        return self._summed(connection, files, "true", {})

    def exactly(
        self, connection: duckdb.DuckDBPyConnection, files: Collection[str], where: str, params: dict[str, object]
    ) -> pa.Table:
        """The summary of those rows of FILES that WHERE (over `event` and `moment`) picks.

        The same period is asked for again and again while the table grows, and its files don't change: the last
        _PERIODS are kept.
        """
        if self._table is None:
            return self._summed(connection, files, where, params)
        key = (frozenset(files), where, *params.items(), *sorted(self._asked(connection).items()))
        if (found := self._exact.get(key)) is None:
            found = self._exact[key] = self._summed(connection, files, where, params)
            while len(self._exact) > _PERIODS:
                self._exact.popitem(last=False)
        return found

    def _summed(
        self, connection: duckdb.DuckDBPyConnection, files: Collection[str], where: str, params: dict[str, object]
    ) -> pa.Table:
        relation, file = "normalised", "''"
        if self._table is not None:
            relation, file = self._scan(files), "parse_filename(n.filename)"
        sql = _ROWS.format(
            buckets=_BUCKETS, longest=_LONGEST_S, file=file, relation=relation, where=where, clears=_CLEARS
        )
        return connection.sql(sql, params=params or None).to_arrow_table().cast(SUMMARY)

    def _asked(self, connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str | None]]:
        """How long a span of each source is to be, and its mapping."""
        return {source: (bucket_s, mapping) for source, mapping, bucket_s in connection.sql(_BUCKETS).fetchall()}

    def _held(self, connection: duckdb.DuckDBPyConnection) -> pa.Table:
        """What was kept, if its spans are still as long as the sources ask for, and told by the mappings of today."""
        held = super()._held(connection)
        wanted = self._asked(connection)
        spans = held.group_by(["source", "bucket_s", "mapping"]).aggregate([])
        for span in spans.to_pylist():
            if wanted.get(span["source"], (_LONGEST_S, None)) != (span["bucket_s"], span["mapping"]):
                return SUMMARY.empty_table()
        return held
