"""Charts of pages, drawn here as SVG: no script, any width, colours by CSS classes so that dark mode and print work.

Coordinates across are per cent of the chart's width and texts keep their size, so that a chart fits 320 px. A chart
whose parts lead nowhere is one image with a name (role `img`); one with links is a group of them. Its links are not in
the keyboard's order: the table that always stands beside has the same ones. Every text is escaped as it is put
in, by `escape`: a page has a thousand parts, and to let Markup look through each takes most of what drawing takes.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from dashboards.cells import printable

_SWEDEN: Final = ZoneInfo("Europe/Stockholm")
_LONGEST = 70  # letters of a label within a chart
_LEVELS = 6  # shades of a heat map beside "none"
_ROW_PX, _BAR_PX = 26, 22
_PLOT_PX, _TOP_PX, _FOOT_PX = 120, 18, 20
_CELL_PX = 20
_LANE_PX = 40
_BINS = 300  # of a lane: what falls together there is one mark
_MARKS = 900  # of a strip: so many lanes have fewer bins, else the page would be too heavy
_WRITTEN = 3  # labels below columns


@dataclass(frozen=True, slots=True)
class Point:
    """A value with its label; HREF is where it leads, KIND one more CSS class of the bar (low, high, bar-soft …)."""

    label: str
    value: float
    href: str | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at an instant on a timeline's LANE; `label` is what it says when pointed at."""

    time: datetime
    lane: str
    label: str
    href: str | None = None
    kind: str = ""


def bars(points: Iterable[Point | tuple[str, float]], name: str, unit: str = "", of: float = 0) -> Markup:
    """Horizontal bars, one below another, in the order given; NAME tells what the chart shows, UNIT follows a value.

    A bar as wide as the chart is the largest of the values, or OF.
    """
    drawn = _points(points)
    most = max(of, *(point.value for point in drawn), 0) or 1
    parts = []
    for row, point in enumerate(drawn):
        wide, y = 100 * max(0.0, point.value) / most, row * _ROW_PX
        value = f"{number(point.value)} {unit}".strip()
        body = _joined(
            _rect("back", 0, y, 100, _BAR_PX),
            _rect(f"bar-soft {point.kind}", 0, y, wide, _BAR_PX),
            _rect(f"bar {point.kind}", 0, y + _BAR_PX - 3, wide, 3),
            _text("6", y + 15, point.label),
            _text("99%", y + 15, value, "end"),
        )
        parts.append(_linked(body, f"{point.label}: {value}", point.href))
    return _svg("bars", parts, len(drawn) * _ROW_PX, name, [point.href for point in drawn])


def trend(points: Iterable[Point | tuple[str, float]], name: str) -> Markup:
    """Columns side by side, for days or months in order; the first label, the middle one and the last are written."""
    drawn = _points(points)
    most = max((point.value for point in drawn), default=0)
    foot = _TOP_PX + _PLOT_PX
    parts = [_across(_TOP_PX), _across(foot), _text("0", _TOP_PX - 5, number(most))]
    step = 100 / len(drawn) if drawn else 100.0
    for place, point in enumerate(drawn):
        high = max(_PLOT_PX * point.value / most, 1.5) if point.value > 0 else 0
        left, wide = place * step + step * 0.1, step * 0.8
        body = _joined(
            _rect("hit", left, _TOP_PX, wide, _PLOT_PX),
            _rect(f"bar {point.kind}", left, foot - high, wide, high),
        )
        parts.append(_linked(body, f"{point.label}: {number(point.value)}", point.href))
    for place in _few(len(drawn)):
        x, anchor = _ends(place, len(drawn), place * step + step / 2)
        parts.append(_text(x, foot + 15, drawn[place].label, anchor))
    return _svg("trend", parts, foot + _FOOT_PX, name, [point.href for point in drawn])


def heat(
    matrix: Sequence[Sequence[float]],
    days: Sequence[str],
    name: str,
    hrefs: Sequence[Sequence[str | None]] | None = None,
) -> Markup:
    """A map of 7 weekdays by 24 hours: MATRIX holds a row a weekday, Monday first; DAYS are their names.

    HREFS are where its cells lead, in the same shape. The darker a cell, the more; the scale stands below.
    """
    days = [printable(day) for day in days]
    most = max((value for row in matrix for value in row), default=0)
    left, step = 11.0, 89.0 / 24
    parts = [_text(_at(left + hour * step), 12, f"{hour:02d}") for hour in range(0, 24, 3)]
    flat: list[str | None] = []
    for day, row in enumerate(matrix):
        y = 18 + day * _CELL_PX
        parts.append(_text("0", y + 14, days[day][:3]))
        for hour, value in enumerate(row):
            href = hrefs[day][hour] if hrefs else None
            flat.append(href)
            cell = _rect(f"cell h{_level(value, most)}", left + hour * step, y, step * 0.94, _CELL_PX - 2)
            parts.append(_linked(cell, f"{days[day]} {hour:02d}-{(hour + 1) % 24:02d}: {number(value)}", href))
    foot = 18 + 7 * _CELL_PX + 6
    scale = left + 2 * step
    parts.append(_text(_at(left), foot + 11, "0"))
    parts += [_rect(f"cell h{level}", scale + level * step, foot, step * 0.94, 12) for level in range(_LEVELS + 1)]
    parts.append(_text(_at(scale + (_LEVELS + 1.5) * step), foot + 11, number(most)))
    return _svg("heat", parts, foot + 16, name, flat)


def timeline(marks: Iterable[Mark], start: datetime, stop: datetime, name: str) -> Markup:
    """A strip of time from START to STOP, with a lane for each of the marks' lanes in the order that they come.

    Marks of a kind that fall together are one, which says how many they are and leads where the first does.
    """
    lanes: dict[str, dict[tuple[int, str], list[Mark]]] = {}
    span = max(stop - start, timedelta(seconds=1))
    within = [mark for mark in marks if start <= mark.time <= start + span]
    bins = min(_BINS, max(30, _MARKS // max(len({mark.lane for mark in within}), 1)))
    for mark in within:
        place = (mark.time - start) / span
        lanes.setdefault(mark.lane, {}).setdefault((int(place * bins), mark.kind), []).append(mark)
    foot = len(lanes) * _LANE_PX
    parts: list[Markup] = []
    hrefs: list[str | None] = []
    for half in range(3):
        x, anchor = _ends(half, 3, half * 50)
        across = _at(half * 50)
        parts.append(_safe(f'<line class="axis" x1="{across}" x2="{across}" y1="0" y2="{foot}"/>'))
        when = (start + span * half / 2).astimezone(_SWEDEN)
        parts.append(_text(x, foot + 15, f"{when:%Y-%m-%d}" if half == 0 else f"{when:%m-%d}", anchor))
        parts.append(_text(x, foot + 29, when.isoformat()[11:16] + " " + when.isoformat()[-6:], anchor))
    for row, (lane, filled) in enumerate(lanes.items()):
        y = (row + 1) * _LANE_PX - 4
        parts += [_text("0", y - _LANE_PX + 17, printable(lane)), _across(y)]
        for (place, kind), together in sorted(filled.items(), key=lambda each: each[0]):
            first, count = together[0], len(together)
            high = min(20.0, 9 + 3 * math.log2(count))
            body = _bar(f"bar {kind}", _at(min(place / bins * 100, 99)), y - high, "4", high)
            parts.append(_linked(body, printable(first.label) + (f" (+{count - 1})" if count > 1 else ""), first.href))
            hrefs.append(first.href)
    return _svg("strip", parts, foot + 34, name, hrefs)


def number(value: float) -> str:
    """A number as Swedish writes it: thousands apart, a comma before decimals."""
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",")


def _points(points: Iterable[Point | tuple[str, float]]) -> list[Point]:
    """POINTS, whose labels steer nothing."""
    found = [point if isinstance(point, Point) else Point(*point) for point in points]
    return [replace(point, label=printable(point.label)) for point in found]


def _svg(kind: str, parts: Iterable[Markup], height_px: float, name: str, hrefs: Iterable[str | None]) -> Markup:
    role, said = "group" if any(hrefs) else "img", escape(printable(name))
    head = f'<svg class="chart {kind}" role="{role}" aria-label="{said}" width="100%" height="{height_px}">'
    return _safe(f"{head}{''.join(parts)}</svg>")


def _linked(body: Markup, label: str, href: str | None) -> Markup:
    """BODY with what it says when pointed at; a link if it leads anywhere."""
    said = escape(label[:300])
    if href is None:
        return _safe(f"<g><title>{said}</title>{body}</g>")
    return _safe(f'<a href="{escape(href)}" tabindex="-1" aria-label="{said}"><title>{said}</title>{body}</a>')


def _rect(kind: str, x: float, y: float, wide: float, high: float) -> Markup:
    """X and WIDE in per cent, Y and HIGH in pixels; what is there at all is wide enough to be seen."""
    return _bar(kind, _at(x), y, _at(max(wide, 0.1) if wide else 0), high)


def _bar(kind: str, x: str, y: float, wide: str, high: float) -> Markup:
    kind = escape(kind.strip())
    return _safe(f'<rect class="{kind}" x="{x}" y="{round(y, 1)}" width="{wide}" height="{round(high, 1)}"/>')


def _across(y: float) -> Markup:
    return _safe(f'<line class="axis" x1="0" x2="100%" y1="{y}" y2="{y}"/>')


def _text(x: str, y: float, text: str, anchor: str = "start") -> Markup:
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return _safe(f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>')


def _safe(markup: str) -> Markup:
    """MARKUP, whose every text whoever made it has escaped: here alone that is taken for granted."""
    return Markup(markup)  # noqa: S704 - see above


def _joined(*parts: Markup) -> Markup:
    return _safe("".join(parts))


def _at(percent: float) -> str:
    return f"{percent:.2f}%"


def _level(value: float, most: float) -> int:
    """By the root, so that few among many are still seen."""
    return math.ceil(_LEVELS * math.sqrt(value / most)) if value > 0 else 0


def _few(count: int) -> list[int]:
    """Which of COUNT columns have their label written."""
    return [0, count // 2, count - 1] if count > _WRITTEN else list(range(count))


def _ends(place: int, count: int, percent: float) -> tuple[str, str]:
    """Where a label stands, so that the first and the last don't reach outside."""
    if count > 1 and place == 0:
        return "0", "start"
    if count > 1 and place == count - 1:
        return "100%", "end"
    return _at(percent), "middle"
