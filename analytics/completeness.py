"""The completeness statement, what an answer rests on: sources, how far each has come, what may be missing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from analytics import wording
from analytics.summary import SUMMARY, Summary
from schemas.sqltext import literal

_SQL = Path(__file__).with_name("completeness.sql")

# Files whose spans the period's edges cut: only of these are rows read.
_CUT = """
SELECT DISTINCT file FROM summary
WHERE ($start IS NOT NULL AND first < $start AND last >= $start)
   OR ($stop IS NOT NULL AND event AND first < $stop AND last >= $stop)
"""
_WITHIN = "({start} IS NULL OR {first} >= {start}) AND ({stop} IS NULL OR NOT event OR {last} < {stop})"
_SILENCES = """
WITH acts AS (
  SELECT source, bucket, min(first) AS first, max(heard) AS last FROM spans WHERE event AND heard IS NOT NULL GROUP BY source, bucket
),
pairs AS (
  SELECT source, last AS silent_from, lead(first) OVER (PARTITION BY source ORDER BY bucket) AS silent_to
  FROM acts
  UNION ALL
  SELECT source, $start, min(first) FROM acts WHERE $start IS NOT NULL GROUP BY source
)
SELECT p.source, p.silent_from, coalesce(p.silent_to, $until) AS silent_to
FROM pairs AS p JOIN sources AS d USING (source)
WHERE coalesce(p.silent_to, $until) - p.silent_from > d.silent_after_s * INTERVAL 1 SECOND
ORDER BY ALL
"""  # noqa: E501 - SQL
_UNREAD = """
SELECT DISTINCT a.asset FROM (SELECT *, unnest(systems) AS system FROM assets) AS a
WHERE a.k >= 2 AND a.valid_from < $until AND (a.valid_to IS NULL OR a.valid_to > $since)
  AND NOT EXISTS (SELECT 1 FROM sources AS d WHERE d.system = a.system AND list_contains(d.logs, 'read'))
ORDER BY ALL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """One source in the period: its events, how far it has come, and what may be missing from it."""

    source: str
    system: str | None
    declared: bool  # in the settings
    events: int  # in the period
    first_utc: datetime | None  # of the period's events
    last_utc: datetime | None
    reach_utc: datetime | None  # the latest event of all: how far the source has come
    received_utc: datetime | None  # the latest receipt of a record
    rejects: int  # records that couldn't be read, received from the period's start on
    gaps: int
    missing: int  # records in those gaps, as far as their lengths are known
    unknown_length: bool  # a gap's length isn't known
    wrong_clock: int  # events of all with a time that can't be: later than received, or before 2000
    clears: int  # of its logs, from the period's start on: what hadn't been fetched by then is gone
    cleared_utc: datetime | None  # the last time of them
    not_logged: tuple[str, ...]  # actions of the question that the source doesn't declare to log
    logs_unknown: bool  # it doesn't declare what it logs
    silences: tuple[tuple[datetime, datetime], ...]  # longer than the source declares

    def behind(self, stop: datetime | None) -> bool:
        """Whether it hasn't come to the period's end: what it will still send may belong to the period."""
        return stop is not None and (self.reach_utc is None or self.reach_utc < stop - timedelta(days=1))

    def faulty(self, stop: datetime | None) -> bool:
        """Whether something of it may be missing in the period."""
        return bool(
            self.rejects
            or self.gaps
            or self.wrong_clock
            or self.clears
            or self.silences
            or self.not_logged
            or self.logs_unknown
            or not self.events
        ) or self.behind(stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What an answer rests on. `lines` says it in words; the rest is for programs."""

    start: datetime | None
    stop: datetime | None
    sources: tuple[SourceState, ...]
    unread_assets: tuple[str, ...]  # of K level 2 and 3, in a system without a source that declares reads
    waiting: int  # sparhund's own events that no ingest has taken yet
    strangers: bool = False  # an employee who was asked about is none of the staff directory

    @property
    def faults(self) -> bool:
        """Whether something in the period may be missing."""
        return bool(self.unread_assets) or not self.sources or any(state.faulty(self.stop) for state in self.sources)

    def lines(self, language: str = "sv") -> list[str]:
        """The statement in Swedish (sv) or English (en): one line when all is well."""
        return list(wording.lines(self, language))

    def __str__(self) -> str:
        return "\n".join(self.lines())


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a lake holds, and what may be missing from it, in a period: what all statements about it rest on."""

    start: datetime | None
    stop: datetime | None
    rows: tuple[Mapping[str, Any], ...]  # of completeness.sql
    silences: Mapping[str, tuple[tuple[datetime, datetime], ...]]  # by source
    unread_assets: tuple[str, ...]


def basis(
    connection: duckdb.DuckDBPyConnection,
    *,
    start: datetime | None = None,
    stop: datetime | None = None,
    now: datetime | None = None,
    summary: Summary | None = None,
) -> Basis:
    """That of START <= time < STOP (None: open).

    CONNECTION has `normalised`, `sources` and `assets` (`analytics.views.scoped`); SUMMARY is the lake's, by default
    computed from `normalised`. A source that declares less than a minute is judged by the minute.
    """
    now = now or datetime.now(UTC)
    until = min(stop, now) if stop else now
    _put_spans(connection, summary or Summary(), {"start": start, "stop": stop})

    def rows(sql: str, **params: datetime | None) -> list[dict[str, Any]]:
        table: pa.Table = connection.execute(sql, params).to_arrow_table()
        found: list[dict[str, Any]] = table.to_pylist()
        return found

    silences: dict[str, tuple[tuple[datetime, datetime], ...]] = {}
    for row in rows(_SILENCES, start=start, until=until):
        silences[row["source"]] = (*silences.get(row["source"], ()), (row["silent_from"], row["silent_to"]))
    since = start or datetime(1601, 1, 1, tzinfo=UTC)
    return Basis(
        start=start,
        stop=stop,
        rows=tuple(rows(_SQL.read_text(encoding="utf-8"), start=start, stop=stop)),
        silences=silences,
        unread_assets=tuple(row["asset"] for row in rows(_UNREAD, until=until, since=since)),
    )


def statement(basis: Basis, *, actions: Collection[str] = (), system: str | None = None, waiting: int = 0) -> Statement:
    """The statement for acts of BASIS' period, of ACTIONS (none: all) and SYSTEM (None: every)."""
    asked = tuple(actions) or ("read",)
    rows = [row for row in basis.rows if system is None or row["system"] in {None, system}]
    return Statement(
        start=basis.start,
        stop=basis.stop,
        sources=tuple(_state(row, asked, basis.silences.get(row["source"], ())) for row in rows),
        unread_assets=basis.unread_assets if "read" in asked else (),
        waiting=waiting,
    )


NEEDS = frozenset({"sources", "assets"})


def _put_spans(connection: duckdb.DuckDBPyConnection, summary: Summary, period: dict[str, Any]) -> None:
    """Give CONNECTION `summary`, and `spans`: its rows within PERIOD, exact to the instant."""
    rows = summary.rows(connection)
    connection.register("summary", rows)
    cut = [file for (file,) in connection.execute(_CUT, period).fetchall()]
    where = _WITHIN.format(first="moment", last="moment", start="$start", stop="$stop")
    exact = summary.exactly(connection, cut, where, period) if cut else SUMMARY.empty_table()
    connection.register("exact", exact)
    within = _WITHIN.format(first="first", last="last", **{name: literal(value) for name, value in period.items()})
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW spans AS SELECT * FROM exact UNION ALL "
        f"SELECT * FROM summary WHERE NOT list_contains({literal(cut)}::VARCHAR[], file) AND {within}"
    )


def as_table(statement: Statement) -> pa.Table:
    """A row for each source, for programs and pages."""
    names = list(SourceState.__dataclass_fields__)
    return pa.Table.from_pylist(
        [{name: getattr(state, name) for name in names if name != "silences"} for state in statement.sources]
    )


def _state(
    row: Mapping[str, Any], asked: tuple[str, ...], silences: tuple[tuple[datetime, datetime], ...]
) -> SourceState:
    logs = tuple(row["logs"] or ())
    return SourceState(
        source=row["source"],
        system=row["system"],
        declared=row["declared"],
        events=row["events"],
        first_utc=row["first_utc"],
        last_utc=row["last_utc"],
        reach_utc=row["reach_utc"],
        received_utc=row["received_utc"],
        rejects=row["rejects"],
        gaps=row["gaps"],
        missing=row["missing"],
        unknown_length=row["unknown_length"],
        wrong_clock=row["wrong_clock"],
        clears=row["clears"],
        cleared_utc=row["cleared_utc"],
        not_logged=tuple(action for action in asked if action not in logs) if logs else (),
        logs_unknown=not logs,
        silences=silences,
    )
