"""Which questions' answers are drawn, and how: one table, a question a line.

A picture names the columns that it is drawn of, and a test holds them to what the question returns, so that none loses
its picture unseen. It counts all rows of the answer up to MOST_ROWS, and has its numbers beside it as a table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from markupsafe import Markup

from analytics.answer import Answer
from analytics.question import question
from dashboards.cells import cell, heading
from dashboards.web import charts, counts, links, naming, panels, rows, told
from dashboards.web.charts import Point
from dashboards.web.page import MOST_ROWS as SHOWN
from dashboards.web.panels import Beside, Part
from dashboards.web.render import percent
from dashboards.web.rows import Cell, Rows

Row = Mapping[str, Any]
MOST_ROWS = 100_000
_MOST_BARS, _MOST_COLUMNS = 12, 120


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each value of BY, the first of these columns that isn't empty: the sum of OF, or how many rows.

    With PART, how many per cent PART is of OF, the lowest first. ORDERED: by the value; else the largest first.
    """

    by: tuple[str, ...]
    of: str = ""
    part: str = ""
    ordered: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that it is drawn of."""
        return (*self.by, *filter(None, (self.of, self.part)))

    def parts(self, found: Answer, beside: Beside) -> tuple[Part, ...]:
        """The chart with its table; nothing where there is nothing to compare."""
        points = _points(self, found, beside)
        if self.part:
            points.sort(key=lambda point: (point.value, point.label))
        elif not self.ordered:
            points.sort(key=lambda point: (-point.value, point.label))
        drawn = points[:_MOST_BARS]
        named = _named(self, beside)
        caption = beside.say("picture.bars", named, heading(self.by[0], beside.language))
        if len(points) > len(drawn):
            caption = beside.say("picture.lowest" if self.part else "picture.most", caption, len(drawn), len(points))
        return _part(
            self, drawn, charts.bars(drawn, caption, "%" if self.part else "", 100 if self.part else 0), caption, beside
        )


@dataclass(frozen=True, slots=True)
class Trend:
    """A column for each value of BY in its order, as high as the sum of OF; with PART, its share of OF in per cent."""

    by: tuple[str, ...]
    of: str
    part: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """As of `Bars`."""
        return (*self.by, *filter(None, (self.of, self.part)))

    def parts(self, found: Answer, beside: Beside) -> tuple[Part, ...]:
        """As of `Bars`; the latest."""
        drawn = _points(self, found, beside)[-_MOST_COLUMNS:]
        caption = beside.say("picture.bars", _named(self, beside), heading(self.by[0], beside.language))
        return _part(self, drawn, charts.trend(drawn, caption), caption, beside)


@dataclass(frozen=True, slots=True)
class Panel:
    """As pages about something draw it (panels), of these COLUMNS; ALL rows of the answer, or those that are shown."""

    draw: Callable[[Answer, Beside], tuple[Part, ...]]
    columns: tuple[str, ...]
    all: bool

    def parts(self, found: Answer, beside: Beside) -> tuple[Part, ...]:
        """As of `Bars`."""
        return self.draw(found, beside) if len(found.rows) else ()


Picture = Bars | Trend | Panel


def _strip(found: Answer, beside: Beside) -> tuple[Part, ...]:
    times = found.rows["time_utc"]
    rising = times[0].as_py() < times[len(times) - 1].as_py()
    more = "picture.strip.first" if rising else "panel.strip.more"
    return (panels.strip(found.rows, beside, beside.say(more if found.more else "panel.strip", len(found.rows))),)


_STRIP = Panel(_strip, panels.MARKED, all=False)
_SPREAD = Panel(
    lambda found, beside: panels.activity(found, beside, (), 0),
    ("action", "local_day", "local_weekday", "local_hour", "events"),
    all=True,
)
_WHO = ("actor_person", "actor_account")
_ACTORS = Bars(_WHO, "events")

PICTURES: Mapping[str, tuple[Picture, ...]] = {
    "access_by_level": (Bars(("k",), "events", ordered=True), Bars(("action",), "events")),
    "access_outside_hours": (_ACTORS, Bars(("why",), "events")),
    "account_changes": (_STRIP,),
    "activity": (_SPREAD,),
    "activity_about": (_SPREAD,),
    "actors": (_ACTORS,),
    "coverage_by_asset": (Bars(("state",), ordered=True),),
    "coverage_by_share": (Bars(("state",), ordered=True),),
    "events": (_STRIP,),
    "events_about": (_STRIP,),
    "events_in_share": (_STRIP,),
    "events_outside_hours": (_STRIP,),
    "evidence": (_STRIP,),
    "explained_share": (
        Trend(("month",), "accesses", "explained"),
        Bars(("system",), "accesses", "explained"),
        Bars(("unit",), "accesses", "explained"),
    ),
    "exports_and_prints": (_ACTORS, Bars(("asset",), "events")),
    "failed_logins": (Bars(_WHO, "failures"), Bars(("src_ip",), "failures")),
    "findings": (Bars(("detection",)), Bars(("severity",))),
    "logins": (Bars(("outcome",), "events"), _ACTORS),
    "needing_explanation": (_STRIP,),
    "permission_changes": (_STRIP,),
    "review": (Bars(("actor_unit",), "findings"),),
    "review_month": (Trend(("month",), "items"), Trend(("month",), "open")),
    "threat_trend": (Trend(("month",), "findings"), Trend(("month",), "accesses", "explained")),
    "timeline": (_STRIP,),
    "touched": (Bars(("asset",), "events"),),
    "unclassified_access": (Bars(("system",), "events"),),
    "unknown_actors": (Bars(("actor_account",), "events"),),
    "usual_work": (Trend(("local_day",), "events"),),
    "what_did_person_do": (_STRIP,),
    "who_else": (Bars(_WHO, "things"),),
    "who_accessed_object": (_ACTORS,),
    "who_accessed_subject": (_ACTORS,),
}


def most(name: str) -> int:
    """How many rows of the answer to the question NAME its page asks for."""
    every = any(not isinstance(each, Panel) or each.all for each in PICTURES.get(name, ()))
    return MOST_ROWS if every else SHOWN


def drawn(found: Answer, beside: Beside) -> list[Part]:
    """The pictures of an answer."""
    return [part for picture in PICTURES.get(found.question.name, ()) for part in picture.parts(found, beside)]


def weight(parts: list[Part]) -> int:
    """The bytes of PARTS on a page, roughly."""
    return sum(len(part.chart or "") + (rows.weight(part.table) if part.table else 0) for part in parts)


def _named(picture: Bars | Trend, beside: Beside) -> str:
    """What is counted, in words."""
    of = heading(picture.of, beside.language) if picture.of else beside.say("picture.rows")
    return beside.say("picture.share", heading(picture.part, beside.language), of) if picture.part else of


def _part(picture: Bars | Trend, drawn: list[Point], chart: Markup, caption: str, beside: Beside) -> tuple[Part, ...]:
    if len(drawn) < 2:  # noqa: PLR2004 - nothing to compare
        return ()
    body = tuple(
        (
            Cell(point.label),
            Cell(
                percent(point.value, beside.language) if picture.part else charts.number(point.value),
                point.href,
                number=True,
            ),
        )
        for point in drawn
    )
    headings = (heading(picture.by[0], beside.language), _named(picture, beside))
    return (Part(caption, chart, Rows(headings, body), folded=True),)


def _points(picture: Bars | Trend, found: Answer, beside: Beside) -> list[Point]:
    """A point for each value, in their order; what is empty comes last."""
    sums = _sums(found.rows, picture.by, picture.of, picture.part)
    alike = _alike(found.rows, picture.by, counts.alike(found.question.name, picture.of))
    labels = _labels(found.rows, picture.by, beside)
    points = []
    for key in sorted(sums, key=lambda key: tuple((value is None, value) for value in key)):
        whole, some = sums[key]
        if picture.part and not whole:
            continue
        value = some * 1000 // whole / 10 if picture.part else whole
        row = {**dict(zip(picture.by, key, strict=False)), **(alike[key] or {}), picture.of: whole}
        leads = not picture.part and alike[key] is not None
        points.append(Point(labels(key), value, _leads(picture, found, row, beside) if leads else None))
    return points


def _sums(found: pa.Table, by: tuple[str, ...], of: str, part: str) -> dict[tuple[Any, ...], tuple[int, int]]:
    """By the values of BY, up to the first that isn't empty: the sum of OF (how many rows), and of PART."""
    sums: dict[tuple[Any, ...], tuple[int, int]] = {}
    columns = [found[name].to_pylist() for name in by]
    wholes = found[of].to_pylist() if of else [1] * len(found)
    parts = found[part].to_pylist() if part else [0] * len(found)
    for *values, whole, some in zip(*columns, wholes, parts, strict=True):
        key = _key(values)
        before = sums.get(key, (0, 0))
        sums[key] = (before[0] + (whole or 0), before[1] + (some or 0))
    return sums


def _key(values: Sequence[Any]) -> tuple[Any, ...]:
    """VALUES up to the first that isn't empty."""
    first = next((place for place, value in enumerate(values) if value is not None), len(values) - 1)
    return tuple(values[: first + 1])


def _alike(found: pa.Table, by: tuple[str, ...], columns: tuple[str, ...]) -> dict[tuple[Any, ...], Row | None]:
    """By the values of BY as of `_sums`: what all its rows have in COLUMNS; None where they differ."""
    rows: dict[tuple[Any, ...], Row | None] = {}
    for *values, row in zip(*(found[name].to_pylist() for name in by), found.select(columns).to_pylist(), strict=True):
        key = _key(values)
        rows[key] = row if rows.setdefault(key, row) == row else None
    return rows


def _labels(found: pa.Table, by: tuple[str, ...], beside: Beside) -> Callable[[tuple[Any, ...]], str]:
    known = naming.called(beside.tables, by[0], found[by[0]].unique().to_pylist()) if naming.names(by[0]) else {}

    def label(key: tuple[Any, ...]) -> str:
        value, column = key[-1], by[len(key) - 1]
        if value is None:
            return beside.say("picture.untold")
        if column == "detection":
            return told.rule_title({"detection": value}, beside.language)
        if value in known:
            return naming.with_id(known[value], value) if column == "actor_person" else known[value]
        return cell(column, value, beside.language)

    return label


def _leads(picture: Bars | Trend, found: Answer, row: Row, beside: Beside) -> str | None:
    """Where the rows of a bar are; None where what the question was given can't be asked for there.

    Nor does a bar lead that doesn't count all that there is: of an answer that was cut.
    """
    name = found.question.name
    if found.more:
        return None
    if not picture.of:
        (column,) = picture.by
        can = row[column] is not None and any(param.name == column for param in found.question.params)
        return panels.whole(found, {**beside.given, column: row[column]}) if can else None
    count = counts.listed(name, picture.of, {**beside.given, **row})
    if count is None or not beside.given.keys() <= {param.name for param in question(count.question).params}:
        return None
    return links.rows_of(picture.of, row, beside.given, name)
