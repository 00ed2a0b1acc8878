import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from dashboards.web import charts
from dashboards.web.charts import Mark, Point

START = datetime(2026, 10, 24, 22, tzinfo=UTC)
DAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
HOSTILE = '<script>alert(1)</script>"\u202e&'
EMPTY = [[0] * 24 for _ in range(7)]


def drawn(found: Markup) -> ET.Element:
    """Well-formed, so that nothing in it was taken as markup."""
    return ET.fromstring(str(found))


@pytest.mark.parametrize(
    "chart",
    [
        charts.bars([Point(HOSTILE, 3, "/x?a=%3C&b")], HOSTILE),
        charts.trend([Point(HOSTILE, 3), Point("b", 1)], HOSTILE),
        charts.heat(EMPTY, [HOSTILE] * 7, HOSTILE),
        charts.timeline([Mark(START, HOSTILE, HOSTILE, "/x")], START, START, HOSTILE),
    ],
)
def test_names_from_records_steer_nothing(chart):
    svg = drawn(chart)
    assert not list(svg.iter("script"))
    assert "\u202e" not in str(chart)
    assert all(text for text in (svg.get("aria-label"), svg.get("role")))
    assert "style=" not in str(chart)  # the policy of the pages forbids it


def test_bars_are_as_long_as_their_values():
    svg = drawn(charts.bars([("läsning", 200), ("export", 50), ("noll", 0)], "per åtgärd", "st"))
    bars = [rect.get("width") for rect in svg.iter("rect") if (rect.get("class") or "").split()[0] == "bar"]
    assert bars == ["100.00%", "25.00%", "0.00%"]
    assert [text.text for text in svg.iter("text")] == ["läsning", "200 st", "export", "50 st", "noll", "0 st"]


@pytest.mark.parametrize(("points", "role"), [([Point("a", 1)], "img"), ([Point("a", 1, "/a")], "group")])
def test_a_chart_with_links_is_no_image(points, role):
    svg = drawn(charts.trend(points, "per dag"))
    assert svg.get("role") == role
    assert all(link.get("tabindex") == "-1" and link.get("aria-label") == "a: 1" for link in svg.iter("a"))


def test_columns_stand_in_order_and_few_labels_are_written():
    svg = drawn(charts.trend([(f"2026-10-{day:02d}", day) for day in range(1, 32)], "per dag"))
    heights = [float(rect.get("height") or 0) for rect in svg.iter("rect") if rect.get("class") == "bar"]
    assert heights == sorted(heights)
    assert max(heights) == 120
    assert [text.text for text in svg.iter("text")] == ["31", "2026-10-01", "2026-10-16", "2026-10-31"]


def test_a_few_among_many_are_still_seen():
    matrix = [row.copy() for row in EMPTY]
    matrix[0][2], matrix[6][23] = 1, 10_000
    svg = drawn(charts.heat(matrix, DAYS, "karta"))
    cells = [rect.get("class") for rect in svg.iter("rect")][: 7 * 24]
    assert cells[2] == "cell h1"
    assert cells[-1] == "cell h6"
    assert cells.count("cell h0") == 7 * 24 - 2
    assert "söndag 23-00: 10\N{NARROW NO-BREAK SPACE}000" in [title.text for title in svg.iter("title")]


def test_marks_that_fall_together_are_one_that_says_how_many():
    marks = [Mark(START + timedelta(seconds=second), "läste", "Anna", "/1") for second in range(3)]
    marks += [Mark(START + timedelta(hours=5), "läste", "Bo"), Mark(START + timedelta(hours=9), "läste", "utanför")]
    svg = drawn(charts.timeline(marks, START, START + timedelta(hours=6), "strip"))
    assert [title.text for title in svg.iter("title")] == ["Anna (+2)", "Bo"]


def test_the_hour_that_comes_twice_is_told_by_its_offset():
    """02:30 comes twice on 25 October: the ends of the strip are an hour apart, and say so."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    texts = [text.text for text in drawn(charts.timeline([], first, first + timedelta(hours=1), "x")).iter("text")]
    assert [text for text in texts if text and "02:30" in text] == ["02:30 +02:00", "02:30 +01:00"]


@pytest.mark.parametrize(
    "chart",
    [
        charts.bars([], "inget"),
        charts.trend([], "inget"),
        charts.heat(EMPTY, DAYS, "inget"),
        charts.timeline([], START, START, "inget"),
    ],
)
def test_nothing_is_drawn_as_nothing(chart):
    assert drawn(chart).get("role") == "img"
    assert not re.search("nan|inf", str(chart).lower().replace("inget", ""))


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (1234567, "1 234 567"), (2.5, "2,5"), (2.001, "2"), (10, "10")])
def test_numbers_are_written_as_in_swedish(value, text):
    assert charts.number(value) == text.replace(" ", "\N{NARROW NO-BREAK SPACE}")
