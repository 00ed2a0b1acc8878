"""One event or finding, told: what happened, against which class, and why it is or is not explained."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics import views
from analytics.acts import Act
from analytics.answer import hold_purpose, hold_texts
from analytics.calendar import moved
from analytics.caller import Caller, caller
from analytics.detect.judging import Judging
from analytics.detect.knowledge import detections, explanations, reach_days
from analytics.detect.risk import Parts, parts
from analytics.detect.slices import Slice
from analytics.installation import Installation
from analytics.narrow import Need
from analytics.record import ADDRESS
from schemas.errors import QuestionError
from schemas.sqlfile import SqlFile
from schemas.sqltext import literal
from schemas.tables import DATED, ROW_ID, TABLES

MOST_EVENTS = 20  # that are told one by one; a finding may rest on more
_FINDING_ID = re.compile(r"[0-9a-f]{16}")
_COVERED = """
SELECT j.event_id, list(DISTINCT x.explanation ORDER BY x.explanation) AS names,
       j.event_id IN (SELECT event_id FROM own_reasons) AS own
FROM judged AS j LEFT JOIN explained AS x ON x.event_id = j.event_id WHERE j.fresh GROUP BY j.event_id
"""
_WHOLE = "SELECT about, group_key, facts FROM {findings} WHERE finding = $finding ORDER BY run DESC LIMIT 1"
_NAMED = ("actor_person", "object_id", "subject")
_SQL = Path(__file__).with_name("explain.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Reason:
    """An explanation that covers an event, and one row that it rests on."""

    explanation: SqlFile
    relation: str
    row_id: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """An event as a reviewer reads it (`fields`: explain.sql), what explains it, and the findings that rest on it."""

    fields: Mapping[str, Any]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What is told. `finding` and `decision` are rows of schemas.finding, None if an event was asked for.

    The finding has also what lists withhold.

    `shown` are the fields of `events` as a table. `more` events stand beside those; `resting` are the findings that
    rest on the event. So many explanations were `tried`; those of `untried` could explain nothing, since a table that
    they rest on is empty. `parts` are those of the finding's risk.
    """

    finding: Mapping[str, Any] | None
    detection: SqlFile | None
    decision: Mapping[str, Any] | None
    events: tuple[Event, ...]
    shown: pa.Table
    more: int
    resting: tuple[Mapping[str, Any], ...]
    tried: int
    untried: tuple[tuple[SqlFile, tuple[str, ...]], ...]
    parts: Parts | None


def explain(
    home: Installation,
    what: str,
    *,
    purpose: str | None = None,
    now: datetime | None = None,
    who: Caller | None = None,
    most: int = MOST_EVENTS,
) -> Told:
    """What the event or finding WHAT is, with no more than MOST of its events, computed from the lake as it stands now.

    Who asks and why is recorded, as for a question about a person.

    Errors:  QuestionError if there is no event or finding of that id, or no purpose; LakeError as for questions.
    """
    now, who = now or datetime.now(UTC), who or caller()
    hold_texts("explain", {"id": what})
    hold_purpose(home.settings, "explain", purpose)
    act = Act(home=home, who=who, question="explain", params={"id": what}, purpose=purpose)
    with act.asked(now):
        told = _told(home, what, who, most)
    act.write("answered", datetime.now(UTC), len(told.events))
    return told


@dataclass(frozen=True, slots=True)
class Covered:
    """The names of the explanations that cover an access. `own`: a duty of the employee's own is among them."""

    names: tuple[str, ...]
    own: bool

    def __bool__(self) -> bool:
        """Whether any does."""
        return bool(self.names)


def explained(home: Installation, events: pa.Table, who: Caller | None = None) -> dict[str, Covered]:
    """What covers each of EVENTS (event_id, time_utc, actor_person) that is an access.

    By what WHO (by default `caller()`) may see. Rows that an answer showed already, so it is no act of its own. Memory:
    the accesses of their actors, from the earliest event and as far before it as explanations look, to the last.
    """
    if not len(events):
        return {}
    tables = home.tables()
    ids = events["event_id"].to_pylist()
    span = Slice(pc.min(events["time_utc"]).as_py(), pc.max(events["time_utc"]).as_py(), len(ids))
    with home.connect() as connection:
        _judged(connection, home, tables, ids, span, events, who or caller())
        views.define(connection, "own_reasons")
        found = connection.sql(_COVERED).to_arrow_table().to_pylist()
    return {row["event_id"]: Covered(tuple(name for name in row["names"] if name), row["own"]) for row in found}


def _judged(
    connection: Any,
    home: Installation,
    tables: Mapping[str, pa.Table],
    ids: list[str],
    span: Slice,
    named: pa.Table,
    who: Caller,
) -> str:
    """Let CONNECTION's `judged` and `explained` hold the events IDS of SPAN; which those are, as a condition on `e`.

    NAMED has _NAMED of each, or some of them.
    """
    # By their time too, so that only the files of that time are looked through.
    within = f"({{0}}time >= {literal(span.first)} AND {{0}}time <= {literal(span.last)} AND {{0}}event_id IN ({{1}}))"
    listed = ", ".join(literal(each) for each in ids)
    needed = _Needed(home.narrowed(_needs(span, named)))
    judging = Judging(connection, needed, tables, within.format("", listed), reach_days([]), who)
    judging.open(span, alone=True)
    judging.explain()
    return within.format("e.", listed)


def _told(home: Installation, what: str, who: Caller, most: int) -> Told:
    tables = home.tables({"findings", "decisions"})
    held = tables["findings"]
    finding: dict[str, Any] | None = None
    made: Parts | None = None
    if _FINDING_ID.fullmatch(what):
        rows = held.filter(pc.equal(held["finding"], what)).to_pylist()
        if not rows:
            raise QuestionError("explain", "id", "there is no finding of that id")
        (finding,) = rows
    ids = finding["evidence"] if finding else [what]
    rule = detections().get(finding["detection"]) if finding else None
    with home.connect() as connection:
        if finding:  # who opens it is told about whom it is, whatever lists withhold
            finding |= _whole(connection, home, what)
            made = parts(connection, finding, rule.header["severity"] if rule else None)
        which = f"event_id IN ({', '.join(literal(each) for each in ids)})"
        span = Slice(finding["first"], finding["last"], 0) if finding else None
        named = _named(connection, home, tables, ids, which, span, who)
        span = span or Slice(named["time"][0].as_py(), named["time"][0].as_py(), 1)
        within = _judged(connection, home, tables, ids, span, named, who)
        shown = connection.sql(_SQL.format(which=within, most=most)).to_arrow_table()
        found = (
            connection.sql(f"SELECT DISTINCT * FROM explained WHERE {which} ORDER BY ALL").to_arrow_table().to_pylist()
        )
        reasons: dict[str, list[Reason]] = {each["event_id"]: [] for each in found}
        for each in found:
            reasons[each["event_id"]].append(_reason(each, tables))
    decided = tables["decisions"]
    decisions = decided.filter(pc.equal(decided["finding"], what)).to_pylist() if finding else []
    return Told(
        finding=finding,
        detection=rule,
        decision=decisions[0] if decisions else None,
        events=tuple(Event(fields, tuple(reasons.get(fields["event_id"], ()))) for fields in shown.to_pylist()),
        shown=shown,
        more=max(0, len(ids) - len(shown)),
        resting=() if finding else tuple(_resting(held, what)),
        tried=len(explanations()),
        untried=tuple(_untried(tables)),
        parts=made,
    )


def _whole(connection: Any, home: Installation, finding: str) -> dict[str, Any]:
    """What the relation `findings` withholds of FINDING (listed.sql)."""
    rows = connection.sql(_WHOLE.format(findings=home.relation("findings")), params={"finding": finding})
    found: list[dict[str, Any]] = rows.to_arrow_table().to_pylist()
    return found[0]


def _resting(held: pa.Table, event: str) -> list[dict[str, Any]]:
    """Those of the findings HELD that rest on EVENT."""
    evidence = held["evidence"].combine_chunks()
    places = pc.list_parent_indices(evidence).filter(pc.equal(pc.list_flatten(evidence), event))
    found: list[dict[str, Any]] = held.take(pc.unique(places)).to_pylist()
    return found


@dataclass(frozen=True, slots=True)
class _Needed:
    """The files that were chosen already, whatever period is asked for."""

    relation: str

    def scan(self, *, start: datetime | None = None, stop: datetime | None = None) -> str:  # noqa: ARG002 - as a table has it
        return self.relation


def _needs(span: Slice, named: pa.Table) -> list[Need]:
    """The events themselves, and what their employees did before to the same objects and persons (before.sql).

    Where NAMED doesn't tell of objects or persons: to whatever it was.
    """
    first = moved(span.first, -reach_days([]))
    held = [frozenset(named[name].drop_null().to_pylist()) for name in _NAMED if name in named.column_names]
    employees, things = held[0], frozenset[str]().union(*held[1:])
    groups = (employees, things) if len(held) == len(_NAMED) else (employees,)
    return [Need(span.first, span.last + timedelta(microseconds=1)), Need(first, span.last, groups)]


def _named(
    connection: Any,
    home: Installation,
    tables: Mapping[str, pa.Table],
    ids: list[str],
    which: str,
    span: Slice | None,
    who: Caller,
) -> pa.Table:
    """When the events took place, and _NAMED of each. Without SPAN it is one, wherever it stands.

    Errors:  QuestionError if there is none of that id.
    """
    if span is not None:
        relation = home.narrowed([Need(span.first, span.last + timedelta(microseconds=1))])
        which = f"{which} AND time >= {literal(span.first)} AND time <= {literal(span.last)}"
    else:
        match = ADDRESS.fullmatch(ids[0])
        if match is None:
            raise QuestionError("explain", "id", "is neither a finding's id nor an event's")
        relation = home.narrowed([Need(address=(match["shard"], int(match["position"])))])
        which = f"position = {int(match['position'])} AND {which}"
    views.scoped(connection, who, relation, tables, ())
    found: pa.Table = connection.sql(f"SELECT time, {', '.join(_NAMED)} FROM events WHERE {which}").to_arrow_table()
    if span is None and not len(found):
        raise QuestionError("explain", "id", "there is no event of that id")
    return found


def _reason(row: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> Reason:
    relation, row_id = row["relation"], row["row_id"]
    fields: Mapping[str, Any] = {}
    if relation in TABLES and relation in tables:
        rows = tables[relation]
        # Not by its place: rows before it may have been set aside.
        (fields,) = rows.filter(pc.equal(rows[ROW_ID.name], row_id)).drop_columns(ROW_ID.name).to_pylist()
    return Reason(explanations()[row["explanation"]], relation, row_id, fields)


def _untried(tables: Mapping[str, pa.Table]) -> Iterator[tuple[SqlFile, tuple[str, ...]]]:
    """The explanations that could explain nothing, since a table that they rest on is empty; and which."""
    for file in explanations().values():
        rests = [name.strip() for name in file.header["rests_on"].split(",")]
        if empty := tuple(name for name in rests if name in TABLES and not len(tables.get(name, ()))):
            yield file, empty


def shown_fields(reason: Reason) -> dict[str, Any]:
    """The columns of the row that are filled, without those of its period."""
    dated = {column.name for column in DATED}
    return {name: value for name, value in reason.row.items() if value is not None and name not in dated}
