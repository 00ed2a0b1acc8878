"""From aggregates to scored periods: the SQL steps in their order, then the judgement period by period."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from analytics.baselines.facts import SQL
from analytics.baselines.peers import Groups, learn
from analytics.baselines.score import Scorer, by_period
from ingest.lake import engine

if TYPE_CHECKING:
    import duckdb

BLOCK_DAYS = 7
_MEMORY_DAYS = 45.0 / np.log(2)  # what was part of one's periods is half forgotten after 45 days
MEMORY_BYTES = 1 << 30
_BATCH_ROWS = 100_000
_SPAN_ROWS = 2_000_000


class Habits:
    """The aggregates of a lake (or of any events) as tables of one connection, for periods of HOURS.

    RELATIONS are those of facts.KINDS. Memory: as given for DuckDB, which spills to SCRATCH, and the state of
    `score.Scorer`.
    """

    def __init__(
        self,
        relations: Mapping[str, str | pa.Table],
        hours: int,
        scratch: Path | None = None,
        memory_bytes: int = MEMORY_BYTES,
        threads: int | None = None,
    ) -> None:
        self.hours, self.block_periods = hours, BLOCK_DAYS * 24 // hours
        self.first = self.last = 0
        self._cursors: list[duckdb.DuckDBPyConnection] = []  # a reader ends with its cursor
        self.connection = engine(scratch, memory_limit=f"{memory_bytes}B")
        self.connection.execute("SET preserve_insertion_order = false")
        if threads:
            self.connection.execute(f"SET threads = {threads}")
        for name, relation in relations.items():
            if isinstance(relation, str):
                self.connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {relation}")
            else:
                self.connection.register(f"given_{name}", relation)
                self.connection.execute(f"CREATE TABLE {name} AS FROM given_{name}")  # seen by all cursors
        self._make("actors")
        self._make("act_numbers")
        self._make("aspects")
        first, last = self._one("SELECT min(hour), max(hour) FROM facts")
        self.empty = first is None
        self.first, self.last = (0, 0) if first is None else (first // hours, last // hours)

    @property
    def _params(self) -> dict[str, object]:
        return {
            "hours": self.hours,
            "days": self.hours / 24,
            "memory_days": float(_MEMORY_DAYS),
            "periods": self.block_periods,
            "first": self.first,
        }

    def scored(
        self,
        since: int,
        scorer: Scorer,
        groups: Groups,
        peers: pa.Table,
        reached: Callable[[int], None] = lambda _period: None,
    ) -> Iterator[pa.Table]:
        """SCORED of each period from SINCE on. SCORER, GROUPS and PEERS know what came before it.

        REACHED is told each period before it is judged.
        """
        if self.empty:
            return
        self._prepare(since, groups, peers)
        rows = {name: by_period(self._reader(name, since)) for name in ("odd", "hours", "volumes")}
        for (period, odd), (_, hours), (_, volumes) in zip(*rows.values(), strict=True):
            reached(period)
            yield scorer.judge(period, odd, hours, volumes)

    @property
    def facets(self) -> list[str]:
        """The facet of each aspect."""
        return [facet for (facet,) in self.connection.sql("SELECT facet FROM aspects ORDER BY aspect").fetchall()]

    def _prepare(self, since: int, groups: Groups, peers: pa.Table) -> None:
        self._make("elapsed")
        self._make("active")
        self._make("sizes")
        if since == self.first:
            self._make("traits")
            self.connection.execute("CREATE VIEW recent AS FROM traits")
        else:
            # Only of what is touched from then on must the past be known.
            self._make("traits", "recent", f"SELECT * FROM ({{}}) WHERE period >= {since}")
            self._make("traits", "traits", "SELECT t.* FROM ({}) AS t SEMI JOIN recent USING (aspect, item)")
        params = self.given("sketches", block_since=(since - self.first) // self.block_periods)
        self.learned = learn(self.connection, SQL["sketches"], params, groups, peers)
        self.connection.register("learned", self.learned)
        self._make("declared", "peers")
        self._make("groups")
        spans = self._spans()
        self._make_in_spans("familiar", spans)
        self.connection.execute("DROP TABLE traits")
        self._make_in_spans("fresh", spans)

    def _make(self, name: str, table: str | None = None, around: str = "{}") -> None:
        self.connection.execute(f"CREATE TABLE {table or name} AS {around.format(SQL[name])}", self.given(name) or None)

    def _spans(self) -> list[tuple[int, int]]:
        """Aspects some at a time, about _SPAN_ROWS of their traits together: so that sorting them stays in memory."""
        counts = dict(self.connection.sql("SELECT aspect, count(*) FROM traits GROUP BY aspect").fetchall())
        spans, low, rows = [], 0, 0
        for aspect in range(len(self.facets)):
            if rows and rows + counts.get(aspect, 0) > _SPAN_ROWS:
                spans.append((low, aspect))
                low, rows = aspect, 0
            rows += counts.get(aspect, 0)
        return [*spans, (low, len(self.facets))]

    def _make_in_spans(self, name: str, spans: list[tuple[int, int]]) -> None:
        for number, (low, high) in enumerate(spans):
            into = f"INSERT INTO {name}" if number else f"CREATE TABLE {name} AS"
            self.connection.execute(f"{into} {SQL[name]}", self.given(name, low=low, high=high))

    def holders(self) -> None:
        """Make the tables that `words` reads."""
        self._make("holders")

    def digest(self, period: int) -> str:
        """What the aggregates before PERIOD amount to."""
        [(said,)] = self.connection.sql(SQL["digest"], params={"until_hour": period * self.hours}).fetchall()
        return str(said)

    def given(self, name: str, **more: object) -> dict[str, object]:
        """What the SQL file NAME takes."""
        return {key: value for key, value in {**self._params, **more}.items() if f"${key}" in SQL[name]}

    def _reader(self, name: str, since: int) -> pa.RecordBatchReader:
        self._cursors.append(self.connection.cursor())
        return self._cursors[-1].sql(SQL[name], params=self.given(name, since=since)).to_arrow_reader(_BATCH_ROWS)

    def _one(self, sql: str) -> tuple[int, int]:
        [row] = self.connection.sql(sql).fetchall()
        return row
