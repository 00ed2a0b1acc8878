from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pyarrow as pa
import pytest

from analytics.answer import Answer
from analytics.completeness import Statement
from analytics.question import question
from dashboards.web import panels
from dashboards.web.panels import Beside

NOTHING = Statement(start=None, stop=None, sources=(), unread_assets=(), waiting=0)
KEY = {"system": "Lindan"}


def activity(*days: date, hour: int = 2) -> Answer:
    """One read on each of DAYS."""
    rows = [
        {"action": "read", "local_day": day, "local_weekday": day.isoweekday(), "local_hour": hour, "events": 1}
        for day in days
    ]
    schema = pa.schema(
        [
            ("action", pa.string()),
            ("local_day", pa.date32()),
            ("local_weekday", pa.int64()),
            ("local_hour", pa.int64()),
            ("events", pa.int64()),
        ]
    )
    return Answer(question("activity"), pa.Table.from_pylist(rows, schema), NOTHING)


def drawn(found: Answer, **period: str) -> tuple[Any, Any, Any]:
    by_action, by_hour, by_day = panels.activity(found, Beside("sv", KEY, period, {}, others=True), (), 0)
    return by_action, by_hour, by_day


def test_days_on_which_nothing_happened_have_a_column_too() -> None:
    *_, by_day = drawn(activity(date(2026, 3, 1), date(2026, 3, 4)))
    assert str(by_day.chart).count('class="hit"') == 4
    assert [line[0].text for line in by_day.table.cells] == ["2026-03-01", "2026-03-04"]


@pytest.mark.parametrize(
    ("days", "caption", "columns"), [(62, "per dag", 62), (63, "per månad", 3), (366, "per månad", 13)]
)
def test_a_long_time_is_drawn_by_months(days: int, caption: str, columns: int) -> None:
    first = date(2026, 1, 1)
    *_, by_day = drawn(activity(*(first + timedelta(days=day) for day in range(days))))
    assert caption in by_day.caption
    assert str(by_day.chart).count('class="hit"') == columns
    assert sum(int(line[1].text) for line in by_day.table.cells) == days


@pytest.mark.parametrize(
    ("period", "start", "stop"),
    [
        ({}, "2026-03-02", "2026-03-02"),
        ({"start": "2026-03-01", "stop": "2026-03-31"}, "2026-03-02", "2026-03-02"),
        ({"start": "2026-03-02T20:00:00+01:00", "stop": "2026-03-03"}, "2026-03-02T20:00:00+01:00", "2026-03-02"),
        # 23:30 UTC is the day after in Sweden.
        ({"start": "2026-03-01T23:30:00Z"}, "2026-03-01T23:30:00Z", "2026-03-02"),
        ({"stop": "2026-03-02T23:30:00Z"}, "2026-03-02", "2026-03-02"),
        ({"stop": "2026-03-02T08:00:00+01:00"}, "2026-03-02", "2026-03-02T08:00:00+01:00"),
    ],
)
def test_a_day_leads_to_its_rows_within_the_period(period: dict[str, str], start: str, stop: str) -> None:
    *_, by_day = drawn(activity(date(2026, 3, 2)), **period)
    found = dict(parse_qsl(by_day.table.cells[0][1].href.partition("?")[2]))
    assert found == {"system": "Lindan", "start": start, "stop": stop}


def test_an_hour_of_a_weekday_leads_to_its_rows() -> None:
    sunday = date(2026, 10, 25)  # its hour from two to three comes twice, and is one row
    _, by_hour, _ = drawn(activity(sunday, hour=2))
    line = by_hour.table.cells[6]
    assert line[0].text == "söndag"
    assert [(place, each.text) for place, each in enumerate(line[1:]) if each.text] == [(2, "1")]
    found = dict(parse_qsl(line[3].href.partition("?")[2]))
    assert found == {"system": "Lindan", "local_weekday": "7", "local_hour": "2"}


def test_nothing_is_drawn_of_nothing() -> None:
    assert panels.activity(activity(), Beside("sv", KEY, {}, {}, others=True), (), 0) == ()
    assert panels.total(activity()) == 0
