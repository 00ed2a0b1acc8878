"""Evidence: records as they were received, with their contexts; written by batches and read back by them."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.lake import CONTEXTS, EVIDENCE, Lake, engine
from ingest.normalise import ADDRESSED, Context
from ingest.streams import Batch
from schemas.source import Source

CHUNK_RECORDS = 100_000
CHUNK_BYTES = 24 << 20
_KNOWN = 200_000  # contexts that are remembered; what is forgotten is kept, or read, once more

# Where to cut each shard, so that no piece is above the bounds (but for one record that is so alone).
_PIECES = """
WITH sized AS (
  SELECT e.source, e.shard, e.position, octet_length(e.record) AS bytes,
         row_number() OVER shards AS n, sum(octet_length(e.record)) OVER shards AS upto
  FROM {evidence} AS e JOIN wanted AS w ON w.source = e.source AND w.shard = e.shard
  WHERE e.position >= w.first AND e.position < w.stop
  WINDOW shards AS (PARTITION BY e.source, e.shard ORDER BY e.position)
)
SELECT source, shard, min(position) AS first, max(position) + 1 AS stop, count(*) AS records,
       sum(bytes)::BIGINT AS bytes
FROM sized
GROUP BY source, shard, n // {records}, upto // {bytes}
ORDER BY source, shard, first
"""
_RECORDS = """
SELECT e.shard, e.position, e.received, e.record, e.broken, e.context
FROM {evidence} AS e JOIN pieces AS p ON p.source = e.source AND p.shard = e.shard
WHERE e.position >= p.first AND e.position < p.stop
ORDER BY e.shard, e.position
"""

WANTED = pa.schema(
    [("source", pa.string()), ("shard", pa.string()), ("first", pa.int64()), ("stop", pa.int64())]
)  # of each shard the positions first <= position < stop


def rows(batch: Batch, contexts: Sequence[str]) -> pa.Table:
    """The rows of BATCH, whose contexts have the ids CONTEXTS."""
    records = batch.records
    record, seal = sealed(records)
    columns = {
        "source": pa.repeat(pa.scalar(batch.source.name), len(records)),
        "context": pa.array(contexts, pa.string()).take(records["context"].combine_chunks()),
        "record": record,
        "seal": seal,
        **{name: records[name] for name in ("shard", "position", "received", "broken")},
    }
    return pa.table([columns[name] for name in EVIDENCE.names], schema=EVIDENCE)


def sealed(records: pa.Table) -> tuple[pa.ChunkedArray, pa.Array]:
    """The bytes of RECORDS (addresses and bytes, ADDRESSED) as they are kept, and each one's key id; empty = plain.

    All bytes pass here, and nowhere else, on their way into the lake. Nothing is sealed yet.
    """
    return records["record"], pa.repeat(pa.scalar(""), len(records))


def read(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    wanted: pa.Table,
    sources: Mapping[str, Source],
    days: Callable[[date], bool] | None = None,
) -> Iterator[Batch]:
    """The records that WANTED names, by source, in order of shard and position; each batch is of one source.

    Shape:   a batch holds at most about CHUNK_RECORDS and CHUNK_BYTES. Only records that were received on DAYS.
    """
    table = lake.table("evidence")
    table.refresh()  # whoever wants them may know of records that came after this handle was read
    evidence = table.scan(days)
    known = Contexts(lake)
    connection.register("wanted", wanted)
    pieces = connection.sql(
        _PIECES.format(evidence=evidence, records=CHUNK_RECORDS, bytes=CHUNK_BYTES)
    ).to_arrow_table()
    connection.unregister("wanted")
    for source, chunk in _chunks(pieces):
        connection.register("pieces", chunk)
        found = connection.sql(_RECORDS.format(evidence=evidence)).to_arrow_table()
        connection.unregister("pieces")
        coded = found["context"].combine_chunks().dictionary_encode()
        records = found.set_column(found.column_names.index("context"), "context", coded.indices.cast(pa.int32()))
        contexts = tuple(known.read(coded.dictionary.to_pylist()))
        yield Batch(sources[source], records.select(ADDRESSED.names).cast(ADDRESSED), contexts)


def _chunks(pieces: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """PIECES of one source that are read together."""
    for source in pc.unique(pieces["source"]).to_pylist():
        mine = pieces.filter(pc.equal(pieces["source"], source))
        counted = (
            np.cumsum(mine["records"].to_numpy()) // CHUNK_RECORDS + np.cumsum(mine["bytes"].to_numpy()) // CHUNK_BYTES
        )
        borders = [0, *(np.flatnonzero(np.diff(counted)) + 1).tolist(), len(mine)]
        for first, stop in pairwise(borders):
            yield source, mine.slice(first, stop - first)


class Contexts:
    """The table `contexts`: a context's id is its hash, so the same twice is harmless."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._kept: set[str] = set()
        self._known: dict[str, Context] = {}

    def keep(self, contexts: Sequence[Context]) -> list[str]:
        """The ids of CONTEXTS, which are in the lake when this returns."""
        texts = [context.text for context in contexts]
        ids = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        if len(self._kept) > _KNOWN:
            self._kept.clear()
        new = {name: text for name, text in zip(ids, texts, strict=True) if name not in self._kept}
        if new:
            table = self.lake.table("contexts")
            table.append([table.write(pa.table({"id": list(new), "context": list(new.values())}, schema=CONTEXTS))])
            self._kept |= set(new)
        return ids

    def read(self, ids: Sequence[str]) -> Iterator[Context]:
        """The contexts of IDS."""
        if not set(ids) <= set(self._known):
            if len(self._known) > _KNOWN:
                self._known.clear()
            table = self.lake.table("contexts")
            table.refresh()
            connection = engine()
            found = connection.execute(
                f"SELECT DISTINCT id, context FROM {table.scan()} WHERE id IN (SELECT unnest($1))", [list(ids)]
            ).fetchall()
            connection.close()
            self._known |= {name: Context.of(json.loads(text)) for name, text in found}
        return (self._known[name] for name in ids)
