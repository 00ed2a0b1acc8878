"""Conditions that nobody asked for are left out, and nothing else."""

import duckdb
import pytest

from analytics.question import questions
from analytics.unasked import asked


@pytest.mark.parametrize(
    ("sql", "values", "want", "named"),
    [
        ("a WHERE ($x IS NULL OR x = $x) AND y", {"x": None}, "a WHERE TRUE AND y", {}),
        ("a WHERE ($x IS NULL OR x = $x) AND y", {"x": 1}, "a WHERE ($x IS NULL OR x = $x) AND y", {"x": 1}),
        ("(NOT $b OR f(x, (1))) AND $n", {"b": False, "n": 2}, "TRUE AND $n", {"n": 2}),
        ("(NOT $b OR x) AND ($b IS NULL OR y)", {"b": None}, "(NOT $b OR x) AND TRUE", {"b": None}),
        ("($x IS NULL OR ')' || \"(\" = $x -- (\n) AND z", {"x": None}, "TRUE AND z", {}),
        ("($x IS NULL OR ($y IS NULL OR y = $y)) AND z", {"x": 1, "y": None}, "($x IS NULL OR TRUE) AND z", {"x": 1}),
        ("($x IS NULL OR ($y IS NULL OR y = $y)) AND z", {"x": None, "y": 1}, "TRUE AND z", {}),
        ("($x IS NULL AND y) OR x > $x", {"x": None}, "($x IS NULL AND y) OR x > $x", {"x": None}),
        ("(NOT $b OR x)", {"b": 0}, "(NOT $b OR x)", {"b": 0}),
        ("x FROM events AS e JOIN events", {}, "x FROM clockless_events AS e JOIN clockless_events", {}),
        ("count(*), a FROM events", {}, "count(*), a FROM clockless_events", {}),
        ("e.* FROM events AS e", {}, "e.* FROM events AS e", {}),
        ("local_day FROM events", {}, "local_day FROM events", {}),
        ("f($x IS NULL OR x = $x)", {"x": None}, "f($x IS NULL OR x = $x)", {"x": None}),
        ("x FROM events_seen", {}, "x FROM events_seen", {}),
        ("($h IS NULL OR local_hour = $h) FROM events", {"h": None}, "TRUE FROM clockless_events", {}),
    ],
)
def test_only_what_holds_for_all_is_left_out(sql, values, want, named):
    assert asked(sql, values) == (want, named)


def test_every_question_is_still_sql_when_nothing_is_asked():
    for file in questions().values():
        text, given = asked(file.sql, {param.name: None for param in file.params})
        assert len(duckdb.extract_statements(text)) == 1, file.name
        assert set(given) <= {param.name for param in file.params}, file.name
