"""Records into the lake: evidence first, then what was normalised of it, each record once whatever happens.

A crash before the evidence commit leaves files that no commit names. A crash after it is healed by `catch_up`:
normalised positions lag behind evidence positions, and what lies between is read back from evidence.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from ingest.knowledge import Knowledge
from ingest.lake import CONTEXTS, EVIDENCE, DataFile, FencedError, Lake, Table
from ingest.mapping import connect, mapping
from ingest.normalise import ADDRESSED, Context, Rules
from ingest.normalise import normalise as normalise_records
from ingest.streams import Batch
from schemas.errors import LakeError
from schemas.event import NORMALISED
from schemas.source import Source

_BATCH = "batch"  # the application id whose version is the order of commits on `normalised`
_TRIES = 20  # of a commit that others come before; each lost race means that another writer got on


class Writer:
    """The one way into the lake's evidence and normalised tables.

    Memory: a batch's bytes and rows, and what DuckDB may use; nothing grows with a file's or the lake's size .
    """

    def __init__(
        self, lake: Lake, sources: Iterable[Source], knowledge: Knowledge, *, memory_bytes: int = 512 << 20
    ) -> None:
        self.lake = lake
        self.sources = {source.name: source for source in sources}
        self.knowledge = knowledge
        self.connection: duckdb.DuckDBPyConnection = connect(memory_bytes)
        self.rejects = 0  # rows of this kind that this writer has committed
        self._contexts: set[str] = set()

    def next_position(self, source: Source, shard: str) -> int:
        """The position that the shard's next record has in the lake."""
        return self.lake.table("evidence").positions.get(_shard(source.name, shard), 0)

    def write(self, batches: Sequence[Batch], source: Source) -> None:
        """Make BATCHES of one SOURCE durable and answerable. Records below a shard's next position are there already.

        Errors:  MappingError if the mapping is wrong: the evidence is safe, and normalised once it is mended;
                 LakeError if the lake can't be written.
        """
        evidence = self.lake.table("evidence")
        for _ in range(_TRIES):
            fresh = [piece for piece in (self._fresh(batch, source) for batch in batches) if len(piece[0])]
            if not fresh:
                return
            try:
                self._commit_evidence(evidence, fresh, source)
                break
            except FencedError:
                continue
        else:
            raise LakeError("evidence: others came first too many times")
        self._commit_normalised(fresh, source)

    def catch_up(self) -> int:
        """Normalise evidence that has no rows yet (after a crash, or a mended mapping). Shape: how many records."""
        evidence, normalised = self.lake.table("evidence"), self.lake.table("normalised")
        evidence.refresh()
        normalised.refresh()
        behind = {
            name: normalised.positions.get(name, 0)
            for name, position in evidence.positions.items()
            if "/" in name and normalised.positions.get(name, 0) < position
        }
        if not behind:
            return 0
        names = pa.table({"name": list(behind), "from_position": pa.array(behind.values(), pa.int64())})
        self.connection.register("behind", names)
        contexts = self._read_contexts()
        done = 0
        reader = self.connection.sql(
            f"""SELECT e.source, e.shard, e.position, e.received, e.context, e.broken, e.record
                FROM {evidence.scan()} AS e JOIN behind AS b
                  ON b.name = e.source || '/' || e.shard AND e.position >= b.from_position
                ORDER BY e.source, e.shard, e.position"""
        ).to_arrow_table()
        self.connection.unregister("behind")
        for name in pc.unique(reader["source"]).to_pylist():
            if name not in self.sources:
                continue
            mine = reader.filter(pc.equal(reader["source"], name))
            for start in range(0, len(mine), 100_000):
                chunk = mine.slice(start, 100_000)
                pieces = [
                    (_addressed(chunk.filter(pc.equal(chunk["context"], each))), contexts[each])
                    for each in pc.unique(chunk["context"]).to_pylist()
                ]
                self._commit_normalised(pieces, self.sources[name])
                done += len(chunk)
        return done

    def _fresh(self, batch: Batch, source: Source) -> tuple[pa.Table, Context]:
        """What of a batch the lake doesn't have."""
        records = batch.records
        if not len(records):
            return records, batch.context
        known = self.next_position(source, records["shard"][0].as_py())
        first = records["position"][0].as_py()
        return records.slice(max(0, known - first)), batch.context

    def _commit_evidence(self, table: Table, pieces: Sequence[tuple[pa.Table, Context]], source: Source) -> None:
        names = [self._context(context) for _, context in pieces]
        rows = pa.concat_tables(
            [_evidence(records, source, name) for (records, _), name in zip(pieces, names, strict=True)]
        )
        files = [table.write(part, source.keep, day) for day, part in _by_day(rows)]
        expect, positions = _moves(table, pieces, source)
        table.commit(files, expect=expect, positions=positions)

    def _commit_normalised(self, pieces: Sequence[tuple[pa.Table, Context]], source: Source) -> None:
        """Rows of records whose evidence is committed. Gaps are rows beside them, in the same commit."""
        table = self.lake.table("normalised")
        rules = Rules(source, mapping(source.mapping), knowledge=self.knowledge)
        rows = pa.concat_tables([self._normalised(group, contexts, rules) for group, contexts in _groups(pieces)])
        for _ in range(_TRIES):
            expect, positions = _moves(table, pieces, source)
            if all(table.positions.get(name, 0) >= position for name, position in positions.items()):
                return  # another writer caught up for us
            gaps = _gaps(table, pieces, source)
            batch = table.positions.get(_BATCH, 0) + 1
            whole = pa.concat_tables([rows, gaps]) if len(gaps) else rows
            whole = whole.set_column(
                whole.schema.get_field_index("batch"),
                NORMALISED.field("batch"),
                pa.repeat(pa.scalar(batch, pa.int64()), len(whole)),
            )
            files = [self._write(table, part, source.keep, day) for day, part in _by_day(whole)]
            try:
                table.commit(
                    files,
                    expect={**expect, _BATCH: table.positions.get(_BATCH)},
                    positions={**positions, _BATCH: batch},
                )
            except FencedError:
                continue
            self.rejects += pc.sum(pc.equal(rows["kind"], "reject")).as_py() or 0
            return
        raise LakeError("normalised: others came first too many times")

    def _normalised(self, records: pa.Table, contexts: list[Context], rules: Rules) -> pa.Table:
        return normalise_records(self.connection, records, contexts, rules)

    def _write(self, table: Table, rows: pa.Table, keep: str, day: date) -> DataFile:
        """Through DuckDB, on all cores, with the dictionaries that its Bloom filters need."""
        path, partition = table.new_file(keep, day)
        self.connection.register("written", rows)
        try:
            self.connection.execute(
                f"COPY (SELECT * FROM written) TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, "
                "COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880, "
                "STRING_DICTIONARY_PAGE_SIZE_LIMIT 4194304)"
            )
        except duckdb.IOException as error:
            raise LakeError(f"normalised: a file can't be written: {type(error).__name__}") from error
        finally:
            self.connection.unregister("written")
        return table.written(path, partition)

    def _context(self, context: Context) -> str:
        """The id of CONTEXT, which is in the lake when this returns. Twice the same is harmless: the id is its hash."""
        text = json.dumps(asdict(context), default=lambda value: value.isoformat(), sort_keys=True, ensure_ascii=False)
        name = hashlib.sha256(text.encode()).hexdigest()
        if name not in self._contexts:
            table = self.lake.table("contexts")
            file = table.write(pa.table({"id": [name], "context": [text]}, schema=CONTEXTS))
            for _ in range(_TRIES):
                try:
                    table.commit([file], expect={}, positions={})
                    break
                except FencedError:
                    continue
            else:
                raise LakeError("contexts: others came first too many times")
            self._contexts.add(name)
        return name

    def _read_contexts(self) -> dict[str, Context]:
        table = self.lake.table("contexts")
        table.refresh()
        found = self.connection.sql(f"SELECT DISTINCT id, context FROM {table.scan()}").to_arrow_table()
        return {
            name: _context_of(text)
            for name, text in zip(*(found[column].to_pylist() for column in ("id", "context")), strict=True)
        }


def _context_of(text: str) -> Context:
    fields = json.loads(text)
    if fields.get("mtime"):
        fields["mtime"] = datetime.fromisoformat(fields["mtime"])
    return Context(**fields)


def _shard(source: str, shard: str) -> str:
    return f"{source}/{shard}"


def _evidence(records: pa.Table, source: Source, context: str) -> pa.Table:
    """The rows of RECORDS. Their bytes pass here, and nowhere else, on their way in: the place for sealing."""
    count = len(records)
    columns = {
        "source": pa.repeat(pa.scalar(source.name), count),
        "context": pa.repeat(pa.scalar(context), count),
        "seal": pa.repeat(pa.scalar(""), count),
        **{name: records[name] for name in ("shard", "position", "received", "broken", "record")},
    }
    return pa.table([columns[name] for name in EVIDENCE.names], schema=EVIDENCE)


def _addressed(rows: pa.Table) -> pa.Table:
    return pa.table(
        [
            *(rows[name] for name in ADDRESSED.names if name != "context"),
            pa.repeat(pa.scalar(0, pa.int32()), len(rows)),
        ],
        schema=ADDRESSED,
    )


def _by_day(rows: pa.Table) -> list[tuple[date, pa.Table]]:
    days = pc.cast(rows["received"], pa.date32())
    found = pc.unique(days).to_pylist()
    if len(found) == 1:
        return [(found[0], rows)]
    return [(day, rows.filter(pc.equal(days, pa.scalar(day, pa.date32())))) for day in sorted(found)]


def _moves(
    table: Table, pieces: Sequence[tuple[pa.Table, Context]], source: Source
) -> tuple[dict[str, int | None], dict[str, int]]:
    """What a commit of PIECES expects of the shards' positions, and moves them to."""
    positions: dict[str, int] = {}
    for records, _ in pieces:
        name = _shard(source.name, records["shard"][0].as_py())
        positions[name] = max(positions.get(name, 0), records["position"][-1].as_py() + 1)
    return {name: table.positions.get(name) for name in positions}, positions


def _groups(pieces: Sequence[tuple[pa.Table, Context]]) -> list[tuple[pa.Table, list[Context]]]:
    """PIECES that one statement can normalise: those that share decoder, encoding and header."""
    found: dict[tuple[str, str, str | None], list[tuple[pa.Table, Context]]] = defaultdict(list)
    for records, context in pieces:
        found[context.decoder, context.encoding, context.header].append((records, context))
    groups = []
    for members in found.values():
        contexts = list(dict.fromkeys(context for _, context in members))
        at = ADDRESSED.get_field_index("context")
        tables = [
            records.set_column(
                at, ADDRESSED.field(at), pa.repeat(pa.scalar(contexts.index(context), pa.int32()), len(records))
            )
            for records, context in members
        ]
        groups.append((pa.concat_tables(tables), contexts))
    return groups


def _gaps(table: Table, pieces: Sequence[tuple[pa.Table, Context]], source: Source) -> pa.Table:
    """A row for each jump in a shard's positions: addresses that never came."""
    rows = []
    known: dict[str, int] = {}
    for records, _ in pieces:
        shard = records["shard"][0].as_py()
        first = records["position"][0].as_py()
        want = known.get(shard, table.positions.get(_shard(source.name, shard), 0))
        if first > want:
            rows.append(
                {
                    "kind": "gap",
                    "source": source.name,
                    "system": source.system,
                    "shard": shard,
                    "position": want,
                    "part": 0,
                    "received": records["received"][0].as_py().astimezone(UTC),
                    "reason": "position: records before this never came",
                    "length": first - want,
                }
            )
        known[shard] = records["position"][-1].as_py() + 1
    return pa.Table.from_pylist(rows, schema=NORMALISED)
