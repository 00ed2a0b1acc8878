"""The completeness statement, what an answer rests on: sources, how far each has come, what may be missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from analytics.summary import SUMMARY, Summary

_SQL = Path(__file__).with_name("completeness.sql")
_SWEDEN = ZoneInfo("Europe/Stockholm")
_SHOWN = 5  # of silences and assets by name; the rest are counted

# Files whose spans the period's edges cut: only of these are rows read.
_CUT = """
SELECT DISTINCT file FROM summary
WHERE ($start IS NOT NULL AND first < $start AND last >= $start)
   OR ($stop IS NOT NULL AND event AND first < $stop AND last >= $stop)
"""
_WITHIN = "($start IS NULL OR {0} >= $start) AND ($stop IS NULL OR NOT event OR {1} < $stop)"
_SILENCES = """
WITH acts AS (SELECT source, bucket, min(first) AS first, max(last) AS last FROM spans WHERE event GROUP BY source, bucket),
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
    not_logged: tuple[str, ...]  # actions of the question that the source doesn't declare to log
    logs_unknown: bool  # it doesn't declare what it logs
    silences: tuple[tuple[datetime, datetime], ...]  # longer than the source declares


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What an answer rests on. `lines` says it in words; the rest is for programs."""

    start: datetime | None
    stop: datetime | None
    sources: tuple[SourceState, ...]
    unread_assets: tuple[str, ...]  # of K level 2 and 3, in a system without a source that declares reads
    waiting: int  # sparhund's own events that no ingest has taken yet

    @property
    def faults(self) -> bool:
        """Whether something in the period may be missing."""
        return bool(self.unread_assets) or not self.sources or any(_faulty(state, self.stop) for state in self.sources)

    def lines(self, language: str = "sv") -> list[str]:
        """The statement in Swedish (sv) or English (en): one line when all is well."""
        return list(_lines(self, _WORDS[language]))

    def __str__(self) -> str:
        return "\n".join(self.lines())


def statement(
    connection: duckdb.DuckDBPyConnection,
    *,
    start: datetime | None = None,
    stop: datetime | None = None,
    actions: Iterable[str] = (),
    system: str | None = None,
    now: datetime | None = None,
    waiting: int = 0,
    summary: Summary | None = None,
) -> Statement:
    """The statement for acts with START <= time < STOP (None: open), ACTIONS (none: all) and SYSTEM (None: every).

    CONNECTION has `normalised`, `sources` and `assets` (`analytics.views.scoped`); SUMMARY is the lake's, by default
    computed from `normalised`. A source that declares less than a minute is judged by the minute.
    """
    now = now or datetime.now(UTC)
    until = min(stop, now) if stop else now
    _put_spans(connection, summary or Summary(), {"start": start, "stop": stop})
    sql = _SQL.read_text(encoding="utf-8")
    rows = connection.sql(sql, params={"start": start, "stop": stop}).to_arrow_table().to_pylist()
    rows = [row for row in rows if system is None or row["system"] in {None, system}]
    silences: dict[str, list[tuple[datetime, datetime]]] = {}
    found = connection.sql(_SILENCES, params={"start": start, "until": until}).to_arrow_table()
    for row in found.to_pylist():
        silences.setdefault(row["source"], []).append((row["silent_from"], row["silent_to"]))
    asked = tuple(actions)
    unread = []
    if not asked or "read" in asked:
        since = start or datetime(1601, 1, 1, tzinfo=UTC)
        unread = connection.sql(_UNREAD, params={"until": until, "since": since}).to_arrow_table()["asset"].to_pylist()
    return Statement(
        start=start,
        stop=stop,
        sources=tuple(_state(row, asked or ("read",), silences.get(row["source"], [])) for row in rows),
        unread_assets=tuple(unread),
        waiting=waiting,
    )


NEEDS = frozenset({"sources", "assets"})


def _put_spans(connection: duckdb.DuckDBPyConnection, summary: Summary, period: dict[str, Any]) -> None:
    """Give CONNECTION `summary`, and `spans`: its rows within PERIOD, exact to the instant."""
    rows = summary.rows(connection)
    connection.register("summary", rows)
    cut = [file for (file,) in connection.execute(_CUT, period).fetchall()]
    where = _WITHIN.format("moment", "moment")
    exact = summary.exactly(connection, cut, where, period) if cut else SUMMARY.empty_table()
    connection.register("exact", exact)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE spans AS SELECT * FROM exact UNION ALL "
        f"SELECT * FROM summary WHERE NOT list_contains($cut::VARCHAR[], file) AND {_WITHIN.format('first', 'last')}",
        {**period, "cut": cut},
    )
    connection.unregister("exact")


def as_table(statement: Statement) -> pa.Table:
    """A row for each source, for programs and pages."""
    names = list(SourceState.__dataclass_fields__)
    return pa.Table.from_pylist(
        [{name: getattr(state, name) for name in names if name != "silences"} for state in statement.sources]
    )


def _state(row: Mapping[str, Any], asked: tuple[str, ...], silences: list[tuple[datetime, datetime]]) -> SourceState:
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
        not_logged=tuple(action for action in asked if action not in logs) if logs else (),
        logs_unknown=not logs,
        silences=tuple(silences),
    )


def _behind(state: SourceState, stop: datetime | None) -> bool:
    """The source hasn't come to the period's end: what it will still send may belong to the period."""
    return stop is not None and (state.reach_utc is None or state.reach_utc < stop - timedelta(days=1))


def _faulty(state: SourceState, stop: datetime | None) -> bool:
    return bool(
        state.rejects or state.gaps or state.silences or state.not_logged or state.logs_unknown or not state.events
    ) or _behind(state, stop)


_WORDS: dict[str, dict[str, Any]] = {
    "sv": {
        "head": "Vad svaret bygger på: {sources}, {events}, {period}; uppgifter till och med {reach}.",
        "nothing": "Vad svaret bygger på: ingen källa. Svaret säger ingenting om vad som har hänt.",
        "well": "Inga luckor, inga otolkade poster och ingen tystnad under perioden.",
        "no_row": "Ingen rad betyder att ingen händelse finns i sparhund, inte att ingen åtkomst har skett.",
        "all": "hela tiden", "from": "från {0}", "to": "till {0}", "never": "aldrig",
        "none": "{source}: ingen händelse under perioden; har kommit till {reach}.",
        "behind": "{source}: har bara kommit till {reach}; det som hände därefter saknas ännu.",
        "gaps": "{source}: {gaps}, {missing} kom aldrig fram.",
        "gaps_unknown": "{source}: {gaps}, minst {missing} kom aldrig fram; hur många är inte känt.",
        "rejects": "{source}: {rejects} kan dölja händelser.",
        "silence": "{source}: tyst från {0} till {1}.", "more": "{source}: och {0} tystnader till.",
        "not_logged": "{source}: loggar inte {0}.", "logs_unknown": "Okänt vad dessa källor loggar: {0}.",
        "unread": "Informationstillgångar på nivå 2-3 utan källa som loggar läsning: {0}.",
        "waiting": "{0} egna händelser väntar på att läsas in (sparhund ingest).", "and_more": "{0} och {1} till",
        "source": ("källa", "källor"), "event": ("händelse", "händelser"), "gap": ("lucka", "luckor"),
        "record": ("post", "poster"), "reject": ("otolkad post", "otolkade poster"),
    },
    "en": {
        "head": "What the answer rests on: {sources}, {events}, {period}; data until {reach}.",
        "nothing": "What the answer rests on: no source. The answer says nothing about what has happened.",
        "well": "No gaps, no rejects and no silence in the period.",
        "no_row": "No row means that no event is in sparhund, not that there was no access.",
        "all": "all time", "from": "from {0}", "to": "to {0}", "never": "never",
        "none": "{source}: no event in the period; has come to {reach}.",
        "behind": "{source}: has only come to {reach}; what happened after that is not here yet.",
        "gaps": "{source}: {gaps}, {missing} never arrived.",
        "gaps_unknown": "{source}: {gaps}, at least {missing} never arrived; how many is not known.",
        "rejects": "{source}: {rejects} may hide events.",
        "silence": "{source}: silent from {0} to {1}.", "more": "{source}: and {0} more silences.",
        "not_logged": "{source}: does not log {0}.", "logs_unknown": "Not known what these sources log: {0}.",
        "unread": "Information assets of level 2-3 without a source that logs reads: {0}.",
        "waiting": "{0} own events wait to be read (sparhund ingest).", "and_more": "{0} and {1} more",
        "source": ("source", "sources"), "event": ("event", "events"), "gap": ("gap", "gaps"),
        "record": ("record", "records"), "reject": ("record that could not be read", "records that could not be read"),
    },
}  # fmt: skip


def _lines(statement: Statement, words: Mapping[str, Any]) -> Iterable[str]:
    live = [state for state in statement.sources if state.reach_utc is not None]
    if not live:
        yield words["nothing"]
    else:
        reach = min(state.reach_utc for state in live if state.reach_utc)
        yield words["head"].format(
            sources=_counted(len(statement.sources), words["source"]),
            events=_counted(sum(state.events for state in statement.sources), words["event"]),
            period=_period(statement, words),
            reach=_local(reach, words),
        )
    for state in statement.sources:
        yield from _of_source(state, statement.stop, words)
    unknown = [state.source for state in statement.sources if state.logs_unknown]
    if unknown:
        yield words["logs_unknown"].format(_names(unknown, words))
    if statement.unread_assets:
        yield words["unread"].format(_names(statement.unread_assets, words))
    if statement.waiting:
        yield words["waiting"].format(statement.waiting)
    if live and not statement.faults:
        yield words["well"]
    yield words["no_row"]


def _of_source(state: SourceState, stop: datetime | None, words: Mapping[str, Any]) -> Iterable[str]:
    given = {
        "source": state.source,
        "reach": _local(state.reach_utc, words),
        "gaps": _counted(state.gaps, words["gap"]),
        "missing": _counted(state.missing, words["record"]),
    }
    if not state.events:
        yield words["none"].format(**given)
    elif _behind(state, stop):
        yield words["behind"].format(**given)
    if state.gaps:
        yield words["gaps_unknown" if state.unknown_length else "gaps"].format(**given)
    if state.rejects:
        yield words["rejects"].format(source=state.source, rejects=_counted(state.rejects, words["reject"]))
    for silent_from, silent_to in state.silences[:_SHOWN]:
        yield words["silence"].format(_local(silent_from, words), _local(silent_to, words), source=state.source)
    if len(state.silences) > _SHOWN:
        yield words["more"].format(len(state.silences) - _SHOWN, source=state.source)
    if state.not_logged:
        yield words["not_logged"].format(", ".join(state.not_logged), source=state.source)


def _counted(number: int, forms: tuple[str, str]) -> str:
    """A number with its noun, thousands apart."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}") + " " + forms[number != 1]


def _names(names: Iterable[str], words: Mapping[str, Any]) -> str:
    named = list(names)
    shown = ", ".join(named[:_SHOWN])
    return words["and_more"].format(shown, len(named) - _SHOWN) if len(named) > _SHOWN else shown


def _period(statement: Statement, words: Mapping[str, Any]) -> str:
    parts = [
        words[key].format(_local(value, words))
        for key, value in (("from", statement.start), ("to", statement.stop))
        if value
    ]
    return " ".join(parts) or words["all"]


def _local(instant: datetime | None, words: Mapping[str, Any]) -> str:
    """Swedish wall clock with its offset, since the October hour stands twice."""
    if instant is None:
        return str(words["never"])
    return instant.astimezone(_SWEDEN).isoformat(" ", "seconds")
