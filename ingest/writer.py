"""Records into the lake: evidence first, then what was normalised of it, each record once whatever happens.

A crash before the evidence commit leaves files that no commit names. A crash after it is healed by `catch_up`:
normalised positions lag behind evidence positions, and what lies between is read back from evidence.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest import compaction, evidence, repeats
from ingest.decoders import evtx
from ingest.evidence import WANTED, Contexts
from ingest.knowledge import Knowledge
from ingest.lake import FencedError, Lake
from ingest.lanes import Lanes
from ingest.mapping import connect, mapping
from ingest.normalise import ADDRESSED, Context, Rules
from ingest.streams import Batch
from ingest.table import DataFile, Table
from schemas.errors import LakeError, MappingError
from schemas.event import NORMALISED
from schemas.source import Source

if TYPE_CHECKING:
    import duckdb

BATCH = "batch"  # the application id whose version is the order of commits on `normalised`
_TRIES = 100  # of a commit that others come before; each lost race means that another writer got on
_AT_ONCE = 3  # groups that are on their way while the caller reads the next: one is committed, two are normalised
NEVER_CAME = "position: records before this never came"
DAMAGED = "evtx: events of a damaged chunk"
CUT = "export: it holds as many records as its system gives, so what follows was cut off"


@dataclass(frozen=True, slots=True)
class Rows:
    """What was normalised of one source's batches."""

    source: Source
    table: pa.Table


@dataclass(frozen=True, slots=True)
class _Group:
    """Batches on their way: what the lake had not of them, and what their commit rests on."""

    batches: Sequence[Batch]
    fresh: Sequence[Batch]
    expect: Mapping[str, int | None]  # where each shard stood when `fresh` was chosen
    evidence: Future[list[DataFile]]
    pieces: Sequence[tuple[Source, Sequence[Future[pa.Table]]]]

    def rows(self) -> list[Rows]:
        """Waits for them. Errors: MappingError."""
        return [Rows(source, pa.concat_tables(each.result() for each in found)) for source, found in self.pieces]


class Writer:
    """The one way into the lake's evidence and normalised tables.

    While one group of batches is committed, the next is normalised and its evidence compressed, and the caller may read
    the one after: no core waits for a disk. Commits come in the order in which groups were begun.

    Memory: the bytes and rows of four groups, and what DuckDB may use; nothing grows with a file's or the lake's size.
    """

    def __init__(
        self, lake: Lake, sources: Iterable[Source], knowledge: Knowledge, *, memory_bytes: int = 512 << 20
    ) -> None:
        self.lake = lake
        self.sources = {source.name: source for source in sources}
        self.knowledge = knowledge
        self.lanes = Lanes(memory_bytes, spill=lake.scratch)
        # Finds repeats, while rows are committed.
        self.connection: duckdb.DuckDBPyConnection = connect(memory_bytes, spill=lake.scratch)
        self.rejects = 0  # rows of this kind that this writer has committed
        self._contexts = Contexts(lake)
        self._turn = threading.RLock()  # files and topics begin groups side by side
        self._beside, self._committing = (ThreadPoolExecutor(1, name) for name in ("beside", "committing"))
        self._begun: deque[Future[None]] = deque()  # groups that aren't known to be done
        self._fault: BaseException | None = None  # of one of them: those behind it rest on it
        self._ends: dict[str, int] = {}  # where this writer itself moves each shard

    def next_position(self, source: Source, shard: str) -> int:
        """The position that the shard's next record has in the lake."""
        return self.lake.table("evidence").positions.get(_name(source, shard), 0)

    def write(self, batches: Sequence[Batch]) -> None:
        """Make BATCHES durable and answerable. Records below a shard's next position are there already.

        Errors:  MappingError if a mapping is wrong: the evidence is safe, and normalised once it is mended;
                 LakeError if the lake can't be written.
        """
        with self._turn:
            self.begin(batches)
            self.finish()

    @property
    def ready(self) -> bool:
        """Whether `begin` would not wait for a group that is on its way."""
        return sum(not each.done() for each in tuple(self._begun)) < _AT_ONCE

    def begin(self, batches: Sequence[Batch]) -> None:
        """As `write`, done when `finish` returns. Errors: those of groups that were begun before, too.

        A writer that failed is at an end, and says so to all who use it: what they read counts for nothing, and is read
        again by the lake's positions.
        """
        with self._turn:
            while len(self._begun) >= _AT_ONCE:
                self._begun.popleft().result()
            kept = self.lake.table("evidence").positions
            foreign = [name for name in _ends(batches) if kept.get(name, 0) > self._ends.get(name, 0)]
            if foreign:
                self.finish()
                self._heal(foreign)
            group = self._group(batches, self._ends)
            if group:
                self._ends |= _ends(group.fresh)
                self._begun.append(self._committing.submit(self._commit, group))

    def finish(self) -> None:
        """Wait until all that was begun is done. Errors: as `write`."""
        with self._turn:
            while self._begun:
                self._begun.popleft().result()
            if self._fault:
                raise self._fault

    def skip(self, source: Source, shard: str, position: int) -> None:
        """The records of SHARD before POSITION will never come: what is missing of them becomes a gap.

        Errors:  as `write`.
        """
        with self._turn:
            self.finish()
            name, table = _name(source, shard), self.lake.table("evidence")
            for _ in range(_TRIES):
                table.refresh()
                known = table.positions.get(name)
                if (known or 0) >= position:
                    return
                with suppress(FencedError):
                    table.commit([], expect={name: known}, positions={name: position})
                    break
            else:
                raise LakeError("evidence: others came first too many times")
            self._ends[name] = position
            self.catch_up()

    def _group(self, batches: Sequence[Batch], moved: Mapping[str, int]) -> _Group | None:
        """BATCHES begun, where MOVED says what is on its way already; None if there is nothing new in them."""
        kept = self.lake.table("evidence").positions
        seen = {name: max(kept.get(name, 0), moved.get(name, 0)) or kept.get(name) for name in _ends(batches)}
        fresh = _fresh(batches, seen)
        if not fresh and all(kept.get(name, 0) >= at for name, at in _resumes(batches).items()):
            return None
        ids = [self._contexts.keep(batch.contexts) for batch in fresh]
        return _Group(
            batches,
            fresh,
            {name: seen[name] for name in _ends(fresh)},
            self._beside.submit(self._evidence, fresh, ids),
            [(source, _pieces(self.lanes, members, self.knowledge)) for source, members in _by_source(fresh)],
        )

    def _commit(self, group: _Group) -> None:
        """Evidence and rows of GROUP, when those of the groups before it are committed."""
        if self._fault:
            raise self._fault
        try:
            self._commit_both(group)
        except BaseException as error:
            self._fault = error
            raise

    def _commit_both(self, group: _Group | None) -> None:
        for _ in range(_TRIES):
            if group is None:
                return
            rows: list[Rows] = []
            fault: MappingError | None = None
            try:
                rows = group.rows()
            except MappingError as error:
                fault = error
            if self._commit_evidence(group):
                break
            self._heal(list(_ends(group.batches)))
            group = self._group(group.batches, {})
        else:
            raise LakeError("evidence: others came first too many times")
        if fault:
            raise fault
        self._commit_normalised(group.fresh, rows)

    def catch_up(self) -> int:
        """Normalise evidence that has no rows yet (after a crash, or a mended mapping). Shape: how many records.

        Errors:  MappingError if a mapping is wrong, after all that others can read.
        """
        kept, normalised = self.lake.table("evidence"), self.lake.table("normalised")
        kept.refresh()
        normalised.refresh()
        behind: list[dict[str, Any]] = [
            {"source": source, "shard": shard, "first": done, "stop": stop}
            for name, stop in kept.positions.items()
            if (done := normalised.positions.get(name, 0)) < stop
            for source, _, shard in [name.partition("/")]
            if source in self.sources and shard
        ]
        if not behind:
            return 0
        done = 0
        faults: dict[str, MappingError] = {}
        with compaction.connection(self.lake) as reading:
            for batch in evidence.read(self.lake, reading, pa.Table.from_pylist(behind, WANTED), self.sources):
                if batch.source.name in faults:
                    continue
                try:
                    rows = normalise_batches(self.lanes, [batch], self.knowledge)
                    self._commit_normalised([batch], [Rows(batch.source, rows)])
                except MappingError as error:
                    faults[batch.source.name] = error
                else:
                    done += len(batch.records)
        for each in behind:
            source = self.sources[each["source"]]
            if source.name not in faults and normalised.positions.get(_name(source, each["shard"]), 0) < each["stop"]:
                self._commit_skipped(source, each["shard"], each["stop"])
        for fault in faults.values():
            raise fault
        return done

    def _commit_skipped(self, source: Source, shard: str, stop: int) -> None:
        """A gap for what of SHARD has a position below STOP in evidence, but no record."""
        name, table = _name(source, shard), self.lake.table("normalised")
        following = pa.Table.from_pylist([{"shard": shard, "received": datetime.now(UTC)}], schema=ADDRESSED)
        for _ in range(_TRIES):
            with self.lake.turn():
                table.refresh()
                known, batch = (table.positions.get(each) for each in (name, BATCH))
                if (known or 0) >= stop:
                    return
                gap = _gap(source, following, known or 0, stop - (known or 0), NEVER_CAME)
                next_batch = (batch or 0) + 1
                files = self._files(table, [], [], pa.Table.from_pylist([gap], schema=NORMALISED), next_batch)
                with suppress(FencedError):
                    table.commit(files, expect={name: known, BATCH: batch}, positions={name: stop, BATCH: next_batch})
                    return
        raise LakeError("normalised: others came first too many times")

    def _heal(self, names: Sequence[str]) -> None:
        """What others left in the shards of NAMES must have its rows before more comes, lest it be taken for a gap."""
        kept, normalised = self.lake.table("evidence").positions, self.lake.table("normalised").positions
        if any(normalised.get(name, 0) < kept.get(name, 0) for name in names):
            self.catch_up()

    def _evidence(self, batches: Sequence[Batch], ids: Sequence[list[str]]) -> list[DataFile]:
        """Files, durable but named by no commit."""
        table = self.lake.table("evidence")
        parts: dict[tuple[str, date], list[pa.Table]] = defaultdict(list)
        for batch, names in zip(batches, ids, strict=True):
            for day, rows in _by_day(evidence.rows(batch, names)):
                parts[batch.source.keep, day].append(rows)
        return [table.write(pa.concat_tables(rows), *place) for place, rows in parts.items()]

    def _commit_evidence(self, group: _Group) -> bool:
        """Whether it was done; if not, others moved a shard of GROUP, and nothing of it is to be used."""
        table, files = self.lake.table("evidence"), group.evidence.result()
        resumes = _resumes(group.batches)
        for _ in range(_TRIES):
            with self.lake.turn():
                try:
                    table.refresh()
                    # Whoever reads a broker's partition too may have come further: its records are fenced, not this.
                    further = {name: max(at, table.positions.get(name, 0)) for name, at in resumes.items()}
                    table.commit(files, expect=group.expect, positions={**_ends(group.fresh), **further})
                except FencedError:
                    if any(table.positions.get(name) != value for name, value in group.expect.items()):
                        return False
                else:
                    return True
        raise LakeError("evidence: others came first too many times")

    def _commit_normalised(self, batches: Sequence[Batch], rows: Sequence[Rows]) -> None:
        """Rows of records whose evidence is committed, and gaps beside them."""
        table = self.lake.table("normalised")
        ends = _ends(batches)
        for _ in range(_TRIES):
            with self.lake.turn():
                table.refresh()
                known = {name: table.positions.get(name) for name in ends}
                if all((known[name] or 0) >= end for name, end in ends.items()):
                    return  # another writer caught up for us
                whole = [repeats.mark(self.connection, _beyond(each, known), each.source, table) for each in rows]
                batch = table.positions.get(BATCH, 0) + 1
                files = self._files(table, whole, rows, _gaps(known, batches), batch)
                try:
                    table.commit(
                        files,
                        expect={**known, BATCH: table.positions.get(BATCH)},
                        positions={**{name: max(end, known[name] or 0) for name, end in ends.items()}, BATCH: batch},
                    )
                except FencedError:
                    continue
            self.rejects += sum(pc.sum(pc.equal(each["kind"], "reject")).as_py() or 0 for each in whole)
            return
        raise LakeError("normalised: others came first too many times")

    def _files(
        self, table: Table, whole: Sequence[pa.Table], rows: Sequence[Rows], gaps: pa.Table, batch: int
    ) -> list[DataFile]:
        """A file for each keep class and day."""
        parts: dict[tuple[str, date], list[pa.Table]] = defaultdict(list)
        keeps = {each.source.name: each.source.keep for each in rows}
        for each, name in [(each, found.source.name) for each, found in zip(whole, rows, strict=True)]:
            for day, part in _by_day(each):
                parts[keeps[name], day].append(part)
        for name in pc.unique(gaps["source"]).to_pylist():
            for day, part in _by_day(gaps.filter(pc.equal(gaps["source"], name))):
                parts[keeps.get(name, self.sources[name].keep), day].append(part)
        return [table.write(_numbered(pa.concat_tables(tables), batch), *place) for place, tables in parts.items()]


def normalise_batches(lanes: Lanes, batches: Sequence[Batch], knowledge: Knowledge) -> pa.Table:
    """The rows (NORMALISED) of BATCHES of one source; one statement for all that share decoder, encoding and header."""
    return pa.concat_tables(each.result() for each in _pieces(lanes, batches, knowledge))


def _pieces(lanes: Lanes, batches: Sequence[Batch], knowledge: Knowledge) -> list[Future[pa.Table]]:
    """As `normalise_batches`, on their way."""
    source = batches[0].source
    rules = Rules(source, mapping(source.mapping), knowledge=knowledge)
    groups: dict[tuple[str, str, str | None], tuple[list[Context], list[pa.Table]]] = {}
    for batch in batches:
        looks = [(context.decoder, context.encoding, context.header) for context in batch.contexts]
        for look in dict.fromkeys(looks):
            contexts, tables = groups.setdefault(look, ([], []))
            places = [place for place, each in enumerate(looks) if each == look]
            index = np.full(len(looks), -1, np.int32)
            index[places] = np.arange(len(places)) + len(contexts)
            contexts += [batch.contexts[place] for place in places]
            tables.append(_renumbered(batch.records, index, whole=len(places) == len(looks)))
    return lanes.begin(((pa.concat_tables(tables), contexts) for contexts, tables in groups.values()), rules)


def _by_source(batches: Sequence[Batch]) -> list[tuple[Source, list[Batch]]]:
    found: dict[str, list[Batch]] = defaultdict(list)
    for batch in batches:
        found[batch.source.name].append(batch)
    return [(members[0].source, members) for members in found.values()]


def _fresh(batches: Sequence[Batch], seen: Mapping[str, int | None]) -> list[Batch]:
    """What of BATCHES lies beyond where shards were SEEN to end: a log and its copy may have been read side by side."""
    found = []
    ends: dict[str, int] = {}
    for batch in batches:
        records = batch.records
        for shard in pc.unique(records["shard"]).to_pylist():
            name = _name(batch.source, shard)
            known = ends.get(name, seen[name] or 0)
            old = pc.and_(pc.equal(records["shard"], shard), pc.less(records["position"], known))
            if pc.any(old).as_py():
                records = records.filter(pc.invert(old))
        if len(records):
            found.append(batch if records is batch.records else replace(batch, records=records))
            ends |= _ends(found[-1:])
    return found


def _renumbered(records: pa.Table, index: np.ndarray[Any, Any], *, whole: bool) -> pa.Table:
    """RECORDS whose context has an index, under that one."""
    context = pa.array(index[records["context"].to_numpy()], pa.int32())
    records = records.set_column(ADDRESSED.get_field_index("context"), ADDRESSED.field("context"), context)
    return records if whole else records.filter(pc.greater_equal(records["context"], 0))


def _name(source: Source, shard: str) -> str:
    return f"{source.name}/{shard}"


def _resumes(batches: Sequence[Batch]) -> dict[str, int]:
    """Where BATCHES move a broker's offsets, also those that hold nothing new: a forwarder may send again."""
    return {name: position for batch in batches for name, position in batch.resumes.items()}


def _ends(batches: Sequence[Batch]) -> dict[str, int]:
    """Where BATCHES move each shard's position."""
    positions: dict[str, int] = {}
    for batch in batches:
        last = batch.records.group_by("shard").aggregate([("position", "max")])
        for shard, position in zip(last["shard"].to_pylist(), last["position_max"].to_pylist(), strict=True):
            name = _name(batch.source, shard)
            positions[name] = max(positions.get(name, 0), position + 1)
    return positions


def _beyond(rows: Rows, known: Mapping[str, int | None]) -> pa.Table:
    """ROWS without those of records that have theirs already."""
    table = rows.table
    for shard in pc.unique(table["shard"]).to_pylist():
        old = pc.and_(
            pc.equal(table["shard"], shard), pc.less(table["position"], known[_name(rows.source, shard)] or 0)
        )
        if pc.any(old).as_py():
            table = table.filter(pc.invert(old))
    return table


def _by_day(rows: pa.Table) -> list[tuple[date, pa.Table]]:
    days = pc.cast(rows["received"], pa.date32())
    found = pc.unique(days).to_pylist()
    if len(found) == 1:
        return [(found[0], rows)]
    return [(day, rows.filter(pc.equal(days, pa.scalar(day, pa.date32())))) for day in sorted(found)]


def _gaps(known: Mapping[str, int | None], batches: Sequence[Batch]) -> pa.Table:
    """A row for each jump in a shard's positions, cut export, damaged chunk, and loss that a collector tells of."""
    rows: list[dict[str, Any]] = []
    positions: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for batch in batches:
        source, records = batch.source, batch.records
        addresses = records.select(["shard", "position", "received"])
        for shard in pc.unique(records["shard"]).to_pylist():
            mine = addresses.filter(pc.equal(addresses["shard"], shard))
            positions[source.name, shard].append((source, mine))
        rows += _lost(known, batch)
        rows += _told(known, batch)
    for (name, shard), members in positions.items():
        if "/" in shard:
            continue  # a broker's offsets have holes, of compaction and transactions (`Writer.skip` tells what is gone)
        mine = pa.concat_tables([table for _, table in members]).sort_by("position")
        at = mine["position"].to_numpy()
        before = np.concatenate(([(known[f"{name}/{shard}"] or 0) - 1], at[:-1]))
        for place in np.flatnonzero(at - before > 1).tolist():
            first = int(before[place]) + 1
            rows.append(_gap(members[0][0], mine.slice(place, 1), first, int(at[place]) - first, NEVER_CAME))
    return pa.Table.from_pylist(rows, schema=NORMALISED)


def _told(known: Mapping[str, int | None], batch: Batch) -> Iterator[dict[str, Any]]:
    """A gap behind what was cut, and before what a collector tells of a loss with: nobody knows how long."""
    for place, context in enumerate(batch.contexts):
        if not (context.cut or context.lost):
            continue
        mine = batch.records.filter(pc.equal(batch.records["context"], place))
        if context.cut and len(mine):
            yield _gap(batch.source, mine.slice(len(mine) - 1), mine["position"][-1].as_py() + 1, None, CUT)
        if context.lost and len(mine):
            position = mine["position"][0].as_py()
            if position >= (known[_name(batch.source, mine["shard"][0].as_py())] or 0):
                yield _gap(batch.source, mine, position, None, context.lost)


def _lost(known: Mapping[str, int | None], batch: Batch) -> Iterator[dict[str, Any]]:
    """A gap for the events that each damaged chunk lost, at the address where its bytes are kept."""
    if batch.records["broken"].null_count < len(batch.records):
        for place, length in evtx.missing(batch.records["broken"]):
            chunk = batch.records.slice(place, 1)
            position = chunk["position"][0].as_py()
            if position >= (known[_name(batch.source, chunk["shard"][0].as_py())] or 0):
                yield _gap(batch.source, chunk, position, length, DAMAGED)


def _numbered(rows: pa.Table, batch: int) -> pa.Table:
    at = NORMALISED.get_field_index("batch")
    return rows.set_column(at, NORMALISED.field(at), pa.repeat(pa.scalar(batch, pa.int64()), len(rows)))


def _gap(source: Source, following: pa.Table, position: int, length: int | None, reason: str) -> dict[str, Any]:
    return {
        "kind": "gap",
        "source": source.name,
        "system": source.system,
        "shard": following["shard"][0].as_py(),
        "position": position,
        "part": 0,
        "received": following["received"][0].as_py().astimezone(UTC),
        "reason": reason,
        "length": length,
    }
