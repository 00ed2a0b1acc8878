"""How logs come in: the page of all sources, and one for each, with what a fault means and what to do about it."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from analytics import status
from analytics.answer import stated
from analytics.installation import OWN
from dashboards import standing
from dashboards.feeds import clues, feed
from dashboards.health import MOST_GAPS, Fault, Health, Sources
from dashboards.server.rederiving import MOST_DAYS, Preview, Previews
from dashboards.server.refusals import Refused
from dashboards.web import counts, links, rows
from dashboards.web.page import Goto, Page, Shown, View
from dashboards.web.render import duration, say
from schemas.errors import QuestionError
from schemas.event import TIMESTAMP

_SHAPES = "shapes"  # of rejects: they are read from the original records, which takes longer
_UNHEARD = frozenset({"silent", "never", "waiting"})
_SPANS = {"silent_s": "silent_for", "waiting_s": "waited_for", "lag_s": "lag", "most_lag_s": "most_lag"}
_SILENCES = pa.schema(
    [("source", pa.string()), ("after_utc", TIMESTAMP), ("until_utc", TIMESTAMP), ("silent_s", pa.int64())]
)
_CHANGES = pa.schema(
    [
        ("day", pa.string()), ("keep", pa.string()),
        *((name, pa.int64()) for name in ("rows_before", "rows_after", "changed", "new", "gone")),
        ("rejects_before", pa.int64()), ("rejects_after", pa.int64()), ("changed_columns", pa.string()),
    ]
)  # fmt: skip


def pages() -> Iterator[Page]:
    """All sources, and each."""
    yield Page(path="/health", name="health", may="ask", get=_health, takes=())
    yield Page(path="/health/{source}", name="source", may="ask", get=_source, post=_preview, takes=(_SHAPES,))


def _health(view: View) -> Shown:
    health = view.desk.keep(Health)
    sources, running = health.sources(), health.processes()
    language = view.language
    return Shown(
        "health.html",
        {
            "at": sources.at,
            "faults": grouped(sources, language),
            "faulty": len({fault.source for fault in sources.faults()}),
            "unread": len(sources.unread()),
            "count": len(sources.rows),
            "sources": rows.rows(
                _declared(sources, health, language),
                language,
                without=("last_position", "repeats"),
                asked=counts.STATUS,
            ),
            "rejects": rows.rows(health.rejects(), language, asked=counts.REJECTS),
            "gaps": _gaps(sources, health, language),
            "silences": silences(sources, language),
            "told": rows.rows(health.context_faults(), language, asked="context_faults"),
            "processes": running,
            "collectors": rows.rows(standing.collectors(running), language),
            "topics": rows.rows(standing.topics(running), language),
            "statement": stated(view.desk.home, who=view.visitor.caller),
        },
    )


def grouped(sources: Sources, language: str) -> list[tuple[str, rows.Rows]]:
    """The faults of SOURCES by kind, each kind with its sources as a table."""
    return [
        (kind, _table(sources, list(faults), language))
        for kind, faults in groupby(sources.faults(), key=lambda fault: fault.kind)
    ]


def _table(sources: Sources, faults: Sequence[Fault], language: str) -> rows.Rows:
    parts = [sources.of(fault.source)[0].select(["source", *fault.columns]) for fault in faults]
    return rows.rows(_spoken(pa.concat_tables(parts), language), language, asked=counts.STATUS)


def _gaps(sources: Sources, health: Health, language: str) -> rows.Rows | None:
    """The latest gaps, with between which times they lie; None if there are none, which costs nothing to tell."""
    if not any(sources.rows["gaps"].to_pylist()):
        return None
    found = health.gaps()
    listed = found.select(["source", "after_utc", "until_utc", "records", "reason", "received_utc"])
    return rows.rows(listed.slice(0, MOST_GAPS), language, more=len(found) > MOST_GAPS, asked="gaps")


def silences(sources: Sources, language: str, name: str | None = None) -> rows.Rows:
    """The latest silences of all SOURCES, or of the one called NAME; one that goes on has no end."""
    listed = [
        {
            "source": state.source,
            "after_utc": silent_from,
            "until_utc": None if silent_from == state.reach_utc else silent_to,
            "silent_s": int((silent_to - silent_from).total_seconds()),
        }
        for state in sources.statement.sources
        for silent_from, silent_to in state.silences
        if name in {None, state.source}
    ]
    listed.sort(key=lambda row: (row["after_utc"], row["source"]), reverse=True)
    found = _spoken(pa.Table.from_pylist(listed[:MOST_GAPS], _SILENCES), language)
    return rows.rows(found, language, without=() if name is None else ("source",), more=len(listed) > MOST_GAPS)


def _with_lag(found: pa.Table, health: Health) -> pa.Table:
    """FOUND with how long its events of the last day took."""
    lags = {row["source"]: row for row in health.lag().to_pylist()}
    place = found.column_names.index("last_received_utc")
    for column in ("most_lag_s", "lag_s"):  # each before the former
        told = [lags.get(source, {}).get(column) for source in found["source"].to_pylist()]
        found = found.add_column(place + 1, column, pa.array(told, pa.int64()))
    return found


def _declared(sources: Sources, health: Health, language: str) -> pa.Table:
    """The rows of SOURCES with each one's system, whether it says that it logs reads, and its lag."""
    known = {row["source"]: row for row in sources.declared.to_pylist()}
    held = [known.get(name, {}) for name in sources.names()]
    told = [say(language, "yes" if "read" in each["logs"] else "no") if each.get("logs") else None for each in held]
    found = _with_lag(sources.rows, health).add_column(
        1, "system", pa.array([each.get("system") for each in held], pa.string())
    )
    return _spoken(found.add_column(2, "logs_reads", pa.array(told, pa.string())), language)


def _spoken(found: pa.Table, language: str) -> pa.Table:
    """FOUND with spans of time in words instead of seconds."""
    for name, said in _SPANS.items():
        if name in found.column_names:
            spans = [None if seconds is None else duration(language, seconds) for seconds in found[name].to_pylist()]
            found = found.set_column(found.column_names.index(name), said, pa.array(spans, pa.string()))
    return found


def _source(view: View) -> Shown:
    return _shown(view)


def _shown(view: View, error: QuestionError | None = None) -> Shown:
    name, health = view.path["source"], view.desk.keep(Health)
    sources = health.sources()
    if name not in sources.names():
        raise Refused(404, "there is nothing here")
    language = view.language
    row, declared = sources.of(name)
    found = row.to_pylist()[0]
    shapes = dict(view.query).get(_SHAPES) == "1"
    who = view.visitor.caller
    rejects = status.rejects(view.desk.home, name, shapes=shapes, who=who) if found["rejects"] else None
    previews = view.desk.keep(Previews)
    faults = [fault for fault in sources.faults() if fault.source == name]
    unheard = not _UNHEARD.isdisjoint(fault.kind for fault in faults)
    return Shown(
        "source.html",
        {
            "name": name,
            "at": sources.at,
            "row": found,
            "unread": name in sources.unread(),
            "own": name == OWN,
            "clues": list(clues(found, feed(view.desk.home, name))) if unheard else [],
            "declared": (declared.to_pylist() or [None])[0],
            "faults": [(fault.kind, list(_numbers(fault, found))) for fault in faults],
            "standing": rows.rows(
                _spoken(_with_lag(row, health), language), language, without=("source",), asked=counts.STATUS
            ),
            "rejects": rows.rows(rejects, language, without=("source",), asked=counts.REJECTS)
            if rejects is not None
            else None,
            "shapes": shapes,
            "silences": silences(sources, language, name),
            "possible": previews.possible and name != OWN,
            "running": previews.running,
            "result": previews.result(name),
            "changes": _changes(previews.result(name), language),
            "most_days": MOST_DAYS,
            "days": _days(view, found),
            **({"error": error} if error else {}),
        },
        400 if error else 200,
    )  # fmt: skip


def _numbers(fault: Fault, found: dict[str, Any]) -> Iterator[tuple[str, Any, str | None]]:
    """Each number that tells how large FAULT is, with its column and the address of what it counts."""
    for column in fault.columns:
        if column not in _SPANS and found[column] is not None:
            yield column, found[column], links.rows_of(column, found, {}, counts.STATUS) if found[column] else None


def _days(view: View, found: dict[str, Any]) -> tuple[str, str]:
    """The texts of the form's fields: as they were typed, else the last day on which something came."""
    typed = dict(view.form)
    last = found["last_received_utc"]
    day = last.date().isoformat() if last else ""
    return typed.get("first", day), typed.get("last", day)


def _preview(view: View) -> Shown | Goto:
    """Begin to compare. What is there already stays to be read meanwhile."""
    name = view.path["source"]
    sources = view.desk.keep(Health).sources()
    previews = view.desk.keep(Previews)
    if name not in sources.names() or name == OWN or not previews.possible:
        raise Refused(404, "there is nothing here")
    typed = dict(view.form)
    try:
        first, last = _period(typed)
    except QuestionError as error:
        return _shown(view, error)
    previews.start(name, first, last, who=view.visitor.caller, purpose=view.visitor.purpose)
    return Goto(f"/health/{quote(name, safe='')}#rederive")


def _period(typed: dict[str, str]) -> tuple[date, date]:
    first, last = _day(typed, "first"), _day(typed, "last")
    if last < first:
        raise QuestionError("rederive", "last", "is before the first")
    if last - first >= timedelta(days=MOST_DAYS):
        raise QuestionError("rederive", "last", "is too far from the first")
    return first, last


def _day(typed: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(typed.get(name, "").strip())
    except ValueError:
        raise QuestionError("rederive", name, "want a date: 2026-03-01") from None


def _changes(found: Preview | None, language: str) -> rows.Rows:
    changes = [
        {**change, "changed_columns": _columns(change["columns"])} for change in (found.changes if found else ())
    ]
    return rows.rows(pa.Table.from_pylist(changes, _CHANGES), language)


def _columns(counts: dict[str, int]) -> str:
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} ({number})" for name, number in most) or ""
