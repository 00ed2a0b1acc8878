# ruff: noqa: E501 - SQL reads better on one line
"""Which events many rules match, in one pass over them.

1  The events are read once, a batch at a time. Each is put into a class by its family (and, for Windows, by channel and
   event id), which says which checks can be true of it, and of the fields that those need only are read from its JSON.
2  The distinct values of each field go through one matcher that holds the literals of all checks. A check is a candidate
   for an event if each of its clauses (`condition.clauses`) has a test that the event passes; one without a literal is a
   candidate for every event of its classes.
3  The exact SQL of each check is run on its candidates, and on nothing else.

The answer is that of each check's SQL on all events: stage 2 leaves out only what can't be true (a test compares them).
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.sigma.condition import TEXT, Clause, Term, clauses, fields, sql, values
from analytics.sigma.matcher import Matcher
from analytics.sigma.rule import Check
from analytics.sigma.sources import Family, families, opened, paths, placed
from ingest.lake import engine
from schemas.sqltext import literal

BATCH_ROWS = 1 << 17
# Candidates are judged when so many are waiting, or when their events' JSON is so large: this and a batch bound memory.
_WAITING = 400_000
_WAITING_BYTES = 192 << 20
_SEEN_ENOUGH = 20_000  # events of a class, after which the clauses that hold for fewest are looked for alone
_MOST_CLAUSES = 3
_SELDOM = 1e-4  # a clause that holds for no more of the events needs no second one beside it
_STREAMED = "64MB"
_JUDGES = 2  # statements at a time: each runs on one thread

# Whose act it is, by what the event says: matches of one key are one finding.
KEY = "coalesce(actor_account, target_account, src_host, src_ip, device, source)"

HITS = pa.schema(
    [
        ("check", pa.int64()),
        ("event_id", pa.string()),
        ("key", pa.string()),
        ("time", pa.timestamp("us", tz="UTC")),
        ("said", pa.list_(pa.string())),  # the values of the check's own fields, in their order
    ]
)


def scan(connection: duckdb.DuckDBPyConnection, checks: Sequence[Check], where: str) -> pa.Table:
    """The events of CONNECTION's relation `events`, as far as WHERE holds, for which CHECKS are true.

    Shape:   HITS, `check` a number within CHECKS; in no order.
    Memory:  a batch of BATCH_ROWS events, the candidates that wait, and the hits.
    """
    return _Pass(checks).run(connection, where)


def reference(check: Check, events: str) -> str:
    """The SQL of CHECK alone on the relation EVENTS: `event_id` of each for which it is true."""
    family = families()[check.family]
    return (
        f"SELECT event_id FROM ({_read(family, family.opened(events), sorted(fields(check.condition)), 'event_id')}) "
        f"WHERE {sql(check.condition)}"
    )


def _judge() -> duckdb.DuckDBPyConnection:
    """A database of its own for candidates: small statements, so that one thread each is quickest."""
    return engine(threads=1, memory_limit="1GB")


def _ahead(connection: duckdb.DuckDBPyConnection, relation: str) -> Iterator[pa.RecordBatch]:
    """The batches of RELATION; the next one is made while one is looked at."""
    connection.execute(f"SET streaming_buffer_size = '{_STREAMED}'")
    reader = connection.sql(relation).to_arrow_reader(BATCH_ROWS)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, reader, None)
        while (batch := waiting.result()) is not None:
            waiting = pool.submit(next, reader, None)
            yield batch


def _read(family: Family, relation: str, names: Sequence[str], others: str) -> str:
    """SQL: OTHERS (columns) and the fields NAMES, as columns of these names, of RELATION, which has `document`."""
    expressions = {name: family.field(name) for name in names}
    wanted = paths(expressions.values())
    read = {path: f"f[{number}]" for number, path in enumerate(wanted, start=1)}
    columns = "".join(
        f', {placed(expression, read)} AS "{name.replace(chr(34), chr(34) * 2)}"'
        for name, expression in expressions.items()
    )
    parsed = f"json_extract_string(document, {literal(wanted)})" if wanted else "NULL"
    return f"SELECT {others}{columns} FROM (SELECT *, {parsed} AS f FROM ({relation}))"


@dataclass(slots=True)
class _Class:
    """Events of which the same checks can be true.

    Attributes: `fields` are those that clauses test, in the order in which they are read; `needs` are the clauses of
    each check; `seen` counts the events while `held` counts, for each clause, those for which it holds.
    """

    family: Family
    checks: tuple[int, ...]
    fields: list[str]
    needs: dict[int, list[Clause]]
    always: list[int]
    seen: int = 0
    chosen: bool = False
    held: dict[Clause, int] = field(default_factory=dict)
    matchers: list[tuple[int, Matcher, list[list[tuple[int, int]]]]] | None = None

    def choose(self) -> None:
        """Keep, of each check, the clauses that held for fewest events."""
        for check, found in self.needs.items():
            ranked = sorted(found, key=lambda clause: self.held.get(clause, 0))
            upto = 1
            while upto < min(len(ranked), _MOST_CLAUSES) and self.held.get(ranked[upto - 1], 0) > self.seen * _SELDOM:
                upto += 1
            self.needs[check] = ranked[:upto]
        self.chosen, self.matchers = True, None

    def prepared(self) -> list[tuple[int, Matcher, list[list[tuple[int, int]]]]]:
        """Of each field that is looked at: its place, the matcher, and which clauses of which checks each test is of."""
        if self.matchers is None:
            users: dict[str, dict[Term, list[tuple[int, int]]]] = {}
            for check, found in self.needs.items():
                for number, clause in enumerate(found):
                    for test in clause:
                        users.setdefault(test.field, {}).setdefault(test, []).append((check, number))
            self.matchers = [
                (self.fields.index(name), matcher, [of_field[test] for test in matcher.tests])
                for name, of_field in users.items()
                for matcher in [Matcher(of_field)]
            ]
        return self.matchers


class _Pass:
    """One pass over the events: which may be true of which check."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = checks
        whole = any(TEXT in fields(check.condition) for check in checks if check.family == "windows")
        used = {check.family for check in checks}
        self.families = [family for name, family in families().items() if name in used]
        self.carried = sorted({name for family in self.families for name in family.carried})
        self.columns = ["document", *(["details"] if whole else []), *self.carried]
        self.needs = [self._needs(check) for check in checks]
        self.classes: list[_Class] = []
        self.numbers: dict[tuple[int, ...], int] = {}
        self.hits: list[pa.Table] = []
        self.events: list[pa.Table] = []
        self.pairs: list[tuple[np.ndarray, np.ndarray]] = []
        self.waiting_events = self.waiting = self.waiting_bytes = 0
        self.statements: dict[int, str] = {}

    def run(self, connection: duckdb.DuckDBPyConnection, where: str) -> pa.Table:
        """The hits among CONNECTION's `events`, as far as WHERE holds."""
        relation = self._classified(where)
        if self.classes:
            self.judge = _judge()
            try:
                for batch in _ahead(connection, relation):
                    self._take(batch)
                self._settle()
            finally:
                self.judge.close()
        return pa.concat_tables([HITS.empty_table(), *self.hits])

    # 1: events into classes

    def _classified(self, where: str) -> str:
        """SQL of the pass: class, id, key and time of each event, its JSON, and the values of its class's fields."""
        gates = " OR ".join(family.gate() for family in self.families)
        marked = self._marked(opened(f"(SELECT * FROM events WHERE ({where}) AND ({gates}))"))
        said, lists = [], []
        for number, each in enumerate(self.classes):
            expressions = ["details" if name == TEXT else each.family.field(name) for name in each.fields]
            wanted = paths(expressions)
            read = {path: f"f[{place}]" for place, path in enumerate(wanted, start=1)}
            placed_in = [placed(expression, read) for expression in expressions]
            if wanted:
                lists.append(f"WHEN {number} THEN json_extract_string(document, {literal(wanted)})")
            if placed_in:
                plain = placed_in == list(read.values())
                said.append(f"WHEN {number} THEN {'f' if plain else '[' + ', '.join(placed_in) + ']'}")
        f = f"CASE class {' '.join(lists)} END" if lists else "NULL::VARCHAR[]"
        said_values = f"CASE class {' '.join(said)} END" if said else "NULL::VARCHAR[]"
        # Of most events `details` is the document.
        apart = [
            str(number)
            for number, each in enumerate(self.classes)
            if each.family.name == "windows"
            and any(TEXT in fields(self.checks[check].condition) for check in each.checks)
        ]
        given = {name: name for name in self.columns}
        if apart:
            given["details"] = f"CASE WHEN class IN ({', '.join(apart)}) THEN details END"
        kept = ", ".join(
            f"CASE WHEN class IS NOT NULL THEN {sql} END AS {name}"
            for name, sql in (("event_id", "event_id"), ("key", KEY), *given.items())
        )
        # Nothing is filtered by class here: DuckDB would compute all that the class rests on once more for it.
        return f"SELECT class, time, {kept}, {said_values} AS said FROM (SELECT *, {f} AS f FROM ({marked}))"

    def _class(self, family: Family, checks: tuple[int, ...]) -> int | None:
        """The number of the class of CHECKS, which are of FAMILY; None for the class of none."""
        if checks and checks not in self.numbers:
            needs = {check: found for check in checks if (found := self.needs[check])}
            looked_at = {test.field for found in needs.values() for clause in found for test in clause}
            always = [check for check in checks if check not in needs]
            self.numbers[checks] = len(self.classes)
            self.classes.append(_Class(family, checks, sorted(looked_at), needs, always))
        return self.numbers.get(checks)

    def _needs(self, check: Check) -> list[Clause]:
        """The clauses of CHECK, without those that say of which class an event is."""
        gates = {"EventID", "Channel"} if check.family == "windows" else set()
        return [clause for clause in clauses(check.condition) if not {test.field for test in clause} <= gates]

    def _marked(self, relation: str) -> str:
        """SQL that marks RELATION with classes: by family, and Windows' by channel and event id."""
        others = []
        for family in self.families:
            mine = tuple(number for number, check in enumerate(self.checks) if check.family == family.name)
            if family.name != "windows":
                others.append(f"WHEN {family.gate()} THEN {literal(self._class(family, mine))}")
        plain = f"CASE {' '.join(others)} END" if others else "NULL::INTEGER"
        windows = families()["windows"]
        if windows not in self.families:
            return f"SELECT *, {plain} AS class FROM ({relation})"
        listed = ", ".join(
            f"({literal(channel)}, {literal(event)}, {literal(number)}::INTEGER)"
            for channel, event, number in self._places(windows)
        )
        there = "CASE WHEN of_windows THEN json_extract_string(document, ['$.System.Channel', '$.System.EventID']) END"
        return f"""WITH places(place_channel, place_event, place) AS (VALUES {listed})
          SELECT o.*, CASE WHEN NOT of_windows THEN {plain}
                           WHEN named.place_channel IS NOT NULL THEN coalesce(both_named.place, named.place)
                           ELSE coalesce(event_named.place, (SELECT place FROM places WHERE place_channel IS NULL AND place_event IS NULL)) END AS class
          FROM (SELECT *, lower(said_where[1]) AS said_channel, said_where[2] AS said_event
                FROM (SELECT *, {there} AS said_where FROM (SELECT *, {windows.gate()} AS of_windows FROM ({relation})))) AS o
          LEFT JOIN (SELECT * FROM places WHERE place_channel IS NOT NULL AND place_event IS NULL) AS named ON o.said_channel = named.place_channel
          LEFT JOIN (SELECT * FROM places WHERE place_channel IS NOT NULL AND place_event IS NOT NULL) AS both_named
                 ON o.said_channel = both_named.place_channel AND o.said_event = both_named.place_event
          LEFT JOIN (SELECT * FROM places WHERE place_channel IS NULL AND place_event IS NOT NULL) AS event_named ON o.said_event = event_named.place_event"""

    def _places(self, windows: Family) -> Iterator[tuple[str | None, str | None, int | None]]:
        """The classes of Windows' events: channel and event id (None: any that isn't named), and the class's number."""
        gates = {
            number: (values(check.condition, "Channel"), values(check.condition, "EventID"))
            for number, check in enumerate(self.checks)
            if check.family == "windows"
        }
        channels = {channel for told, _ in gates.values() for channel in told or ()}
        for channel in (*sorted(channels), None):
            here = {n: ids for n, (told, ids) in gates.items() if told is None or channel in told}
            for event in (*sorted({i for ids in here.values() for i in ids or ()}), None):
                mine = tuple(n for n, ids in here.items() if ids is None or event in ids)
                yield channel, event, self._class(windows, mine)

    # 2: candidates

    def _take(self, batch: pa.RecordBatch) -> None:
        """Find the candidates of BATCH."""
        marks = batch.column("class").fill_null(-1).to_numpy(zero_copy_only=False)
        order = np.argsort(marks, kind="stable")
        ends = np.searchsorted(marks[order], np.arange(len(self.classes) + 1))
        said = batch.column("said")
        rows: list[np.ndarray] = []
        found: list[np.ndarray] = []
        for each, (first, last) in zip(self.classes, pairwise(ends.tolist()), strict=True):
            if first == last:
                continue
            mine = order[first:last]
            columns = said.take(pa.array(mine)) if each.fields else None
            for check, hit in self._candidates(each, columns, last - first):
                rows.append(mine[hit])
                found.append(np.full(len(hit), check, np.int64))
        if not rows:
            return
        wanted, place = np.unique(np.concatenate(rows), return_inverse=True)
        table = pa.Table.from_batches([batch]).drop_columns(["class", "said"]).take(pa.array(wanted))
        self.pairs.append((np.concatenate(found), place + self.waiting_events))
        self.events.append(table)
        self.waiting += len(place)
        self.waiting_events += len(wanted)
        self.waiting_bytes += table.nbytes
        if self.waiting > _WAITING or self.waiting_bytes > _WAITING_BYTES:
            self._settle()

    def _candidates(self, each: _Class, columns: pa.Array | None, count: int) -> Iterator[tuple[int, np.ndarray]]:
        """The checks of a class and the places, among COUNT of its events, at which they may be true."""
        for check in each.always:
            yield check, np.arange(count)
        if columns is None:
            return
        holds: dict[tuple[int, int], list[np.ndarray]] = {}
        for place, matcher, users in each.prepared():
            coded = pc.list_element(columns, place).dictionary_encode()
            numbers, hit = matcher.passed(coded.dictionary)
            if not len(numbers):
                continue
            where = _Places(coded.indices.fill_null(-1).to_numpy(zero_copy_only=False), len(coded.dictionary))
            tested, starts = np.unique(numbers, return_index=True)
            for number, (begin, end) in zip(tested.tolist(), pairwise([*starts.tolist(), len(hit)]), strict=True):
                places = where.of(hit[begin:end])
                for user in users[number]:
                    holds.setdefault(user, []).append(places)
        if not each.chosen:
            for (check, number), events in holds.items():
                clause = each.needs[check][number]
                each.held[clause] = max(each.held.get(clause, 0), sum(map(len, events)))
        yield from _all_hold(each.needs, holds, count)
        each.seen += count
        if not each.chosen and each.seen >= _SEEN_ENOUGH:
            each.choose()

    # 3: the exact SQL

    def _settle(self) -> None:
        """Judge what waits."""
        if not self.pairs:
            return
        checks = np.concatenate([found for found, _ in self.pairs])
        rows = np.concatenate([each for _, each in self.pairs])
        events = pa.concat_tables(self.events)
        self.pairs, self.events = [], []
        self.waiting = self.waiting_events = self.waiting_bytes = 0
        order = np.lexsort((rows, checks))
        checks, rows = checks[order], rows[order]
        waiting = events.take(pa.array(rows)).append_column("check_number", pa.array(checks))
        self.judge.register("waiting", waiting)
        details = "coalesce(details, document)" if "details" in self.columns else "document"
        self.judge.execute(
            f"CREATE OR REPLACE TABLE candidates AS SELECT * REPLACE ({details} AS details) FROM "
            f"(SELECT check_number, row_number() OVER () - 1 AS place, {', '.join(self.columns)} FROM waiting)"
            if "details" in self.columns
            else "CREATE OR REPLACE TABLE candidates AS SELECT check_number, row_number() OVER () - 1 AS place, "
            f"{', '.join(self.columns)}, document AS details FROM waiting"
        )
        self.judge.unregister("waiting")
        with ThreadPoolExecutor(_JUDGES) as pool:
            cursors = [self.judge.cursor() for _ in range(_JUDGES)]
            touched = np.unique(checks).tolist()
            shares = [(cursor, touched[number::_JUDGES]) for number, cursor in enumerate(cursors)]
            for found in pool.map(lambda share: [self._judged(share[0], check) for check in share[1]], shares):
                for check, places, said in found:
                    if len(places):
                        self.hits.append(_hits(waiting.take(pa.array(places)), check, said))
            for cursor in cursors:
                cursor.close()
        self.judge.execute("DROP TABLE candidates")

    def _judged(self, cursor: duckdb.DuckDBPyConnection, check: int) -> tuple[int, np.ndarray, pa.Array | None]:
        """CHECK, the places of the candidates for which it is true, and what their own fields say."""
        if not self.checks[check].fields:
            return check, np.asarray(cursor.execute(self._statement(check)).fetchnumpy()["place"]), None
        found = cursor.sql(self._statement(check)).to_arrow_table()
        said = found["said"].cast(pa.list_(pa.string())).combine_chunks()
        return check, found["place"].to_numpy(), said

    def _statement(self, check: int) -> str:
        """The exact SQL of CHECK on its rows of `candidates`."""
        if check not in self.statements:
            given = self.checks[check]
            own = list(given.fields.values())
            names = sorted(fields(given.condition) | set(own))
            waiting = f"SELECT * FROM candidates WHERE check_number = {check}"
            quoted = ['"' + name.replace('"', '""') + '"' for name in own]
            said = f", [{', '.join(quoted)}] AS said" if own else ""
            # Materialised, so that the fields are read once for a row and not once for each test.
            self.statements[check] = (
                f"WITH read AS MATERIALIZED ({_read(families()[given.family], waiting, names, 'place')}) "
                f"SELECT place{said} FROM read WHERE {sql(given.condition)}"
            )
        return self.statements[check]


class _Places:
    """At which places of a column each of its distinct values stands."""

    def __init__(self, codes: np.ndarray, count: int) -> None:
        self._order = np.argsort(codes, kind="stable")
        self._starts = np.searchsorted(codes[self._order], np.arange(count + 1))

    def of(self, codes: np.ndarray) -> np.ndarray:
        """The places at which one of CODES, each of them given once, stands."""
        starts = self._starts[codes]
        counts = self._starts[codes + 1] - starts
        before = np.concatenate(([0], np.cumsum(counts)[:-1]))
        return np.asarray(self._order[np.repeat(starts - before, counts) + np.arange(counts.sum())])


def _all_hold(
    needs: dict[int, list[Clause]], holds: dict[tuple[int, int], list[np.ndarray]], count: int
) -> Iterator[tuple[int, np.ndarray]]:
    """The checks all of whose clauses HOLD somewhere among COUNT events, and where all do."""
    for check in dict.fromkeys(check for check, _ in holds):
        each = [holds.get((check, number)) for number in range(len(needs[check]))]
        if None in each:
            continue
        ranked = sorted((told for told in each if told is not None), key=lambda told: sum(map(len, told)))
        places = np.unique(np.concatenate(ranked[0])) if len(ranked[0]) > 1 else ranked[0][0]
        for told in ranked[1:]:
            held = np.zeros(count, bool)
            for events in told:
                held[events] = True
            places = places[held[places]]
        if len(places):
            yield check, places


def _hits(events: pa.Table, check: int, said: pa.Array | None) -> pa.Table:
    count = len(events)
    return pa.table(
        [
            pa.repeat(pa.scalar(check, pa.int64()), count),
            events["event_id"].cast(pa.string()),
            events["key"].cast(pa.string()),
            events["time"].cast(pa.timestamp("us", tz="UTC")),
            pa.nulls(count, pa.list_(pa.string())) if said is None else said,
        ],
        schema=HITS,
    )
