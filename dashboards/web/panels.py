"""The panels of a page about something: an answer's rows as charts, each with its table beside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup

from analytics.answer import Answer
from analytics.question import SWEDEN
from dashboards.cells import cell, heading, printable
from dashboards.web import charts, links, naming, rows, told
from dashboards.web.assigned import assigned
from dashboards.web.charts import Mark, Point
from dashboards.web.explained import Explained
from dashboards.web.render import say
from dashboards.web.rows import Cell, Rows
from schemas.terms import term

_MOST_BARS = 12
_MOST_DAYS = 62  # that are drawn; a longer time is drawn by months
_TOKEN = 12  # characters of a token in a table
_LONGEST = 160  # letters of an object
_MOST_WHOLE = 500  # of one that is cut, beside it
_HEAVIEST = 50_000  # bytes of a panel's table: a page has four
_THIRD = 2  # where a column stands that says how a row is to be judged
_MOST_TOLD = 60  # marks of a strip, each with what it is and where it leads
_LANES = 8  # of the strip; what is rarer shares one


@dataclass(frozen=True, slots=True)
class Beside:
    """What a panel's page knows: its language, what it is about and when (as questions take it), and the directory."""

    language: str
    key: Mapping[str, Any]
    period: Mapping[str, str]
    tables: Mapping[str, pa.Table]
    # Whether the rows are others' acts, so that one may ask what else they did then.
    others: bool
    explained: Explained | None = None  # how the events stand, where that is asked for

    @property
    def given(self) -> dict[str, Any]:
        """Key and period."""
        return {**self.key, **self.period}

    def say(self, key: str, *given: Any) -> str:
        """A sentence of the page."""
        return say(self.language, key, *given)

    def rows_of(self, **row: Any) -> str | None:
        """The address of the events that have ROW's values."""
        return links.rows_of("events", {"events": 1, **row}, self.given)


@dataclass(frozen=True, slots=True)
class Part:
    """A chart with its caption, and the table beside: `folded` below the chart, or open."""

    caption: str
    chart: Markup | None = None
    table: Rows | None = None
    folded: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A panel: the key of its heading, its parts, and where the whole answer is."""

    heading: str
    parts: tuple[Part, ...]
    href: str
    total: int
    choices: Sequence[Mapping[str, Any]] = ()
    note: str | None = None


Draw = Callable[[Answer, Beside, Sequence[str], int], tuple[Part, ...]]


def table(found: Answer, beside: Beside, without: Sequence[str], most: int) -> tuple[Part, ...]:
    """The rows as they are."""
    more = found.more or len(found.rows) > most
    listed = _compact(found, found.rows.slice(0, most), beside, without, more=more)
    return (_table(found, beside, listed),)


def who(found: Answer, beside: Beside, without: Sequence[str], most: int) -> tuple[Part, ...]:
    """Bars of those who did most, and the rows, the latest first."""
    every = found.rows
    one = pc.coalesce(every["actor_person"], every["actor_account"])
    sums = every.append_column("who", one).group_by(["who", "actor_person"]).aggregate([("events", "sum")])
    top = sums.filter(pc.is_valid(sums["who"])).sort_by([("events_sum", "descending"), ("who", "ascending")])
    drawn = top.slice(0, _MOST_BARS).to_pylist()
    called = naming.called(beside.tables, "person", [row["actor_person"] for row in drawn])
    points = []
    for row in drawn:
        column = "actor_person" if row["actor_person"] else "actor_account"
        points.append(
            Point(
                naming.with_id(called.get(row["who"]), row["who"]),
                row["events_sum"],
                beside.rows_of(**{column: row["who"]}),
            )
        )
    caption = beside.say("panel.bars.who", len(top))
    bars = charts.bars(points, caption) if len(points) > 1 else None
    latest = every.sort_by([("last_utc", "descending")]).slice(0, most)
    listed = _compact(found, latest, beside, without, more=found.more or len(every) > most)
    of = (
        assigned(beside.tables, beside.key, latest.to_pylist())
        if beside.key.keys() & {"subject", "object_id"}
        else None
    )
    listed = _with_assigned(of, listed, beside) if of else listed
    note = beside.say("panel.assigned.note") if of else None
    return (Part(caption, bars), _table(found, beside, listed, note))


def events(found: Answer, beside: Beside, without: Sequence[str], most: int) -> tuple[Part, ...]:
    """A strip of time with a lane an action, and the rows."""
    latest = found.rows.slice(0, most)
    listed = _compact(found, latest, beside, without, more=found.more or len(found.rows) > most)
    if known := beside.explained:
        listed = known.beside(listed, latest, beside.language, _THIRD)
    if not len(latest):
        return (_table(found, beside, listed),)
    listed = rows.light(listed, _HEAVIEST)
    latest = latest.slice(0, len(listed))
    caption = beside.say("panel.strip.more" if listed.more else "panel.strip", len(latest))
    return (strip(latest, beside, caption), _table(found, beside, listed))


MARKED = ("time_utc", "action", "outcome", "system", "object_id", "object_path", "actor_account", "event_id")


def strip(found: pa.Table, beside: Beside, caption: str) -> Part:
    """The events FOUND on a strip of time, a lane for each of their commonest actions.

    Many lead nowhere, and say when alone: the table beside has the rest, and a page is no heavier than it may be.
    """
    counts = found["action"].value_counts().to_pylist()
    lanes = [each["values"] for each in sorted(counts, key=lambda each: -each["counts"])][:_LANES]
    other, few = beside.say("panel.other"), len(found) <= _MOST_TOLD
    marks = [
        Mark(
            row["time_utc"],
            cell("action", row["action"], beside.language) if row["action"] in lanes else other,
            _told(row, beside.language) if few else cell("time_utc", row["time_utc"]),
            links.page("time_utc", row) if few else None,
            "soft" if row["outcome"] == "failure" else "",
        )
        for row in found.select(MARKED).to_pylist()
    ]
    order = {cell("action", lane, beside.language): place for place, lane in enumerate(lanes)}
    marks.sort(key=lambda mark: (order.get(mark.lane, len(order)), mark.time))
    first, last = min(mark.time for mark in marks), max(mark.time for mark in marks)
    failed = beside.say("panel.strip.failed") if any(mark.kind for mark in marks) else None
    return Part(caption, charts.timeline(marks, first, last, caption), note=failed)


def activity(found: Answer, beside: Beside, without: Sequence[str], most: int) -> tuple[Part, ...]:
    """By action, by weekday and hour, and by day or month, all from one answer."""
    del without, most
    if not len(found.rows):
        return ()
    return (_by_action(found.rows, beside), _by_hour(found.rows, beside), _by_day(found.rows, beside))


def total(found: Answer) -> int:
    """How many events an answer of `activity` counts."""
    return int(pc.sum(found.rows["events"]).as_py() or 0)


def outside(found: pa.Table) -> int:
    """How many of the events that `activity` counts in FOUND `events` lists as outside office hours."""
    hours = found["local_hour"]
    free = pc.or_(pc.greater_equal(found["local_weekday"], 6), pc.or_(pc.less(hours, 6), pc.greater_equal(hours, 18)))
    return int(pc.sum(found.filter(free)["events"]).as_py() or 0)


def _by_action(found: pa.Table, beside: Beside) -> Part:
    sums = _sums(found, "action").sort_by([("events", "descending"), ("action", "ascending")])
    points = [
        Point(cell("action", row["action"], beside.language), row["events"], beside.rows_of(action=row["action"]))
        for row in sums.to_pylist()
    ]
    caption = beside.say("panel.bars.action")
    return Part(caption, charts.bars(points, caption), rows.rows(sums, beside.language, beside.given), folded=True)


def _by_hour(found: pa.Table, beside: Beside) -> Part:
    matrix = [[0] * 24 for _ in range(7)]
    hrefs: list[list[str | None]] = [[None] * 24 for _ in range(7)]
    for row in _sums(found, "local_weekday", "local_hour").to_pylist():
        day, hour = row["local_weekday"] - 1, row["local_hour"]
        matrix[day][hour] = row["events"]
        hrefs[day][hour] = beside.rows_of(local_weekday=row["local_weekday"], local_hour=hour)
    days = [beside.say(f"weekday.{day}") for day in range(1, 8)]
    headings = (beside.say("panel.weekday"), *(f"{hour:02d}" for hour in range(24)))
    body = tuple(
        (
            Cell(days[day]),
            *(
                Cell(charts.number(value) if value else "", hrefs[day][hour], number=True)
                for hour, value in enumerate(row)
            ),
        )
        for day, row in enumerate(matrix)
    )
    caption = beside.say("panel.heat")
    return Part(caption, charts.heat(matrix, days, caption, hrefs), Rows(headings, body), folded=True)


def _by_day(found: pa.Table, beside: Beside) -> Part:
    sums = _sums(found, "local_day").sort_by("local_day").to_pylist()
    first, last = sums[0]["local_day"], sums[-1]["local_day"]
    months = (last - first).days >= _MOST_DAYS
    counted: dict[tuple[date, date], int] = {}
    day = first.replace(day=1) if months else first
    while day <= last:  # also what nothing happened on
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1) if months else day + timedelta(days=1)
        counted[day, following - timedelta(days=1)] = 0
        day = following
    spans = iter(counted)
    span = next(spans)
    for row in sums:
        while row["local_day"] > span[1]:
            span = next(spans)
        counted[span] += row["events"]
    points, body = [], []
    for (begin, end), count in counted.items():
        label = f"{begin:%Y-%m}" if months else begin.isoformat()
        href = _within(beside, begin, end) if count else None
        points.append(Point(label, count, href))
        if count:
            body.append((Cell(label, href), Cell(charts.number(count), href, number=True)))
    caption = beside.say("panel.months" if months else "panel.days")
    listed = Rows(
        (beside.say("panel.month" if months else "panel.day"), beside.say("panel.events.number")), tuple(body)
    )
    return Part(caption, charts.trend(points, caption), listed, folded=True)


def _within(beside: Beside, begin: date, end: date) -> str | None:
    """The rows of these days, of the page's period: where it begins or ends within them, by that."""
    start, stop = beside.period.get("start", ""), beside.period.get("stop", "")
    first = start if start and _day(start) >= begin else begin.isoformat()
    last = stop if stop and _day(stop) <= end else end.isoformat()
    return replace(beside, period={"start": first, "stop": last}).rows_of()


def _day(text: str) -> date:
    """The day in Sweden of a date or an instant that the page's questions have taken."""
    return datetime.fromisoformat(text).astimezone(SWEDEN).date() if ":" in text else date.fromisoformat(text)


def whole(found: Answer, params: Mapping[str, Any]) -> str:
    """Where the whole answer is, with its files."""
    return f"/question/{found.question.name}?" + urlencode(
        {name: str(text).lower() if isinstance(text, bool) else str(text) for name, text in params.items()}
    )


def _sums(found: pa.Table, *columns: str) -> pa.Table:
    # Of a few hundred rows threads take three times as long.
    sums = found.group_by(list(columns), use_threads=False).aggregate([("events", "sum")])
    return sums.rename_columns(["events" if name == "events_sum" else name for name in sums.column_names])


def _compact(answer: Answer, found: pa.Table, beside: Beside, without: Sequence[str], *, more: bool) -> Rows:
    """FOUND of ANSWER with one column for the actor (name and id, else the account) and one for the object.

    Where the acts are others', a column leads to what the same actor did around that time.
    """
    dull = ["outcome"] if _only(found, "outcome", "success") else []
    left = (*without, *dull, *_OBJECT, "actor_person", *(beside.key.keys() & {"actor_account"}))
    names = rows.shown(found, left)
    asked = answer.question.name
    listed = rows.rows(found, beside.language, beside.given, without=left, tables=beside.tables, asked=asked)
    columns = {
        name: (listed.headings[place], [line[place] for line in listed.cells]) for place, name in enumerate(names)
    }
    for name in _TOKENS & columns.keys():
        columns[name] = (columns[name][0], [_token(each) for each in columns[name][1]])
    each = found.to_pylist()
    if not beside.key.keys() & set(_ACTOR) and "actor_account" in found.column_names:
        columns["actor"] = (heading("actor", beside.language), _actors(each, beside))
        if beside.others and "finding" not in found.column_names:
            leads = [links.around(row) for row in each]
            text = beside.say("panel.around")
            if any(leads):
                columns["around"] = (beside.say("panel.same"), [Cell(text if href else "", href) for href in leads])
    if "finding" in found.column_names:
        titles = [Cell(told.rule_title(row, beside.language), links.page("finding", row)) for row in each]
        columns["detection"] = (heading("finding", beside.language), titles)
    if set(_OBJECT) & set(rows.shown(found, without)):
        columns["object"] = (term("object", beside.language), [_object(row, beside.language) for row in each])
    order = [name for name in _FIRST if name in columns]
    order += [name for name in columns if name not in (*order, "actor_account")]
    if "actor_account" in columns and "finding" not in found.column_names:
        order.append("actor_account")  # the actor stands first already, by name
    body = tuple(zip(*(columns[name][1] for name in order), strict=True)) if each else ()
    return Rows(tuple(columns[name][0] for name in order), body, more)


def _with_assigned(found: Sequence[str], listed: Rows, beside: Beside) -> Rows:
    """LISTED with whose assignment it was, FOUND of each row, as its third column."""
    words = [Cell(beside.say(f"panel.assigned.{word}")) for word in found]
    return rows.with_column(listed, beside.say("panel.assigned"), words, _THIRD)


_ACTOR = ("actor_person", "actor_account")
_OBJECT = ("object_type", "object_id", "object_path")
_TOKENS = {"about", "subject"}
_FIRST = (
    *("time_utc", "risk", "severity", "detection", "about", "actor", "around", "actor_unit", "action", "actions"),
    *("events", "last_utc", "k", "system", "object", "subject"),
)


def _token(whole: Cell) -> Cell:
    """A token's beginning: one tells them apart by it, and it leads to the page that has it whole."""
    cut = len(whole.text) > _TOKEN
    return replace(whole, text=f"{whole.text[:_TOKEN]}…", whole=whole.text) if cut else whole


def _actors(each: Sequence[Mapping[str, Any]], beside: Beside) -> list[Cell]:
    called = naming.called(beside.tables, "person", [row["actor_person"] for row in each])
    found = []
    for row in each:
        person, account = row["actor_person"], row["actor_account"]
        text = naming.with_id(called.get(person), person or account or "")
        found.append(Cell(text, links.page("actor_person" if person else "actor_account", row)))
    return found


def _object(row: Mapping[str, Any], language: str) -> Cell:
    """What a reader knows an object by: its path, else its id; it leads by its id if it has one."""
    column = "object_id" if row.get("object_id") else "object_path"
    named = row.get("object_path") or row.get("object_id")
    kind = cell("object_type", row.get("object_type"), language)
    text = " ".join(filter(None, [kind, printable(named or "")]))
    cut = len(text) > _LONGEST
    whole = text if len(text) <= _MOST_WHOLE else f"{text[:_MOST_WHOLE]}…"
    return Cell(f"{text[:_LONGEST]}…" if cut else text, links.page(column, row), whole if cut else None)


def _only(found: pa.Table, column: str, value: str) -> bool:
    """Whether nothing else stands in the COLUMN, so that it needn't be shown."""
    if column not in found.column_names:
        return False
    return found[column].null_count == 0 and pc.all(pc.equal(found[column], value)).as_py() in (True, None)


def _told(row: Mapping[str, Any], language: str) -> str:
    """A mark in one line."""
    what = row["object_path"] or row["object_id"] or row["system"] or ""
    what = f"{what[:_LONGEST]}…" if len(what) > _LONGEST else what
    parts = [cell("time_utc", row["time_utc"]), row["actor_account"], cell("action", row["action"], language), what]
    return " · ".join(part for part in parts if part)


def _table(found: Answer, beside: Beside, listed: Rows, note: str | None = None) -> Part:
    asks = found.question.said("sv" if beside.language == "sv" else "asks")
    return Part(asks, table=rows.light(listed, _HEAVIEST), note=note)
