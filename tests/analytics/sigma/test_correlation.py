# ruff: noqa: E501 - a case on a line
from datetime import timedelta

import pytest

from analytics.sigma.matches import matches
from tests.analytics.sigma.made import NOON, connection_of, converted, made_rows, reason, rule

FAILED, LOGGED_ON = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
BASES = (
    rule("product: windows, service: security", "{EventID: 4625}", FAILED)
    + "---\n"
    + rule("product: windows, service: security", "{EventID: 4624}", LOGGED_ON)
    + "---\n"
)


def correlation(kind, *, rules=(FAILED,), condition="{gte: 3}", group="[TargetUserName]", more=""):
    return (
        f"{BASES}title: C\nid: 00000000-0000-4000-8000-000000000009\ncorrelation:\n  type: {kind}\n  rules: [{', '.join(rules)}]\n  group-by: {group}\n"
        f"  timespan: 5m\n{more}" + (f"  condition: {condition}\n" if condition else "")
    )


def logons(*given):
    """Events: seconds after noon, event id, account and address."""
    tables = []
    for number, (seconds, event, account, address) in enumerate(given):
        details = {
            "System": {"Provider": {"@Name": "P"}, "EventID": str(event), "Channel": "Security"},
            "EventData": {"TargetUserName": account, "IpAddress": address},
        }
        tables.append(
            made_rows(
                "windows_security", details, shard=f"e{number}", time=NOON + timedelta(seconds=seconds), batch=number
            )
        )
    return connection_of(*tables)


def found(text, connection, where="true"):
    return [
        (row["key"], [event.split("-")[0] for event in row["evidence"]])
        for row in matches(connection, converted(text), where).to_pylist()
    ]


def test_a_count_of_events_within_the_time_and_of_one_group():
    connection = logons(
        (0, 4625, "a", "1"),
        (100, 4625, "b", "1"),
        (200, 4625, "a", "1"),
        (300, 4625, "a", "1"),
        (601, 4625, "a", "1"),
        (602, 4625, None, "1"),
    )
    assert found(correlation("event_count"), connection) == [("a", ["e0", "e2", "e3"])]


def test_a_microsecond_too_late_is_silent():
    connection = logons((0, 4625, "a", "1"), (10, 4625, "a", "1"), (300.000001, 4625, "a", "1"))
    assert found(correlation("event_count"), connection) == []


def test_windows_that_overlap_are_one_answer_and_others_are_not():
    times = [0, 1, 2, 200, 302, 1000, 1001, 1002]
    connection = logons(*((seconds, 4625, "a", "1") for seconds in times))
    assert found(correlation("event_count"), connection) == [
        ("a", ["e0", "e1", "e2", "e3", "e4"]),
        ("a", ["e5", "e6", "e7"]),
    ]


def test_a_count_of_values():
    connection = logons(
        (0, 4625, "a", "1"),
        (1, 4625, "b", "1"),
        (2, 4625, "b", "1"),
        (3, 4625, "a", "2"),
        (4, 4625, "b", "2"),
        (5, 4625, "c", "2"),
    )
    assert found(
        correlation("value_count", condition="{gte: 3, field: TargetUserName}", group="[IpAddress]"), connection
    ) == [("2", ["e3", "e4", "e5"])]


def test_rules_that_fire_together_and_one_after_the_other():
    both = (FAILED, LOGGED_ON)
    connection = logons(
        (0, 4624, "a", "1"), (10, 4625, "a", "1"), (500, 4625, "b", "1"), (510, 4624, "b", "1"), (2000, 4625, "c", "1")
    )
    assert found(correlation("temporal", rules=both, condition=""), connection) == [
        ("a", ["e0", "e1"]),
        ("b", ["e2", "e3"]),
    ]
    assert found(correlation("temporal_ordered", rules=both, condition=""), connection) == [("b", ["e2", "e3"])]


def test_a_field_of_another_name_in_each_rule():
    alias = f"  aliases:\n    who:\n      {FAILED}: TargetUserName\n      {LOGGED_ON}: IpAddress\n"
    connection = logons((0, 4625, "a", "x"), (1, 4624, "y", "a"), (2, 4624, "a", "z"))
    assert found(
        correlation("temporal", rules=(FAILED, LOGGED_ON), condition="", group="[who]", more=alias), connection
    ) == [("a", ["e0", "e1"])]


@pytest.mark.parametrize(("kind", "condition", "hit"), [
    ("value_sum", "{gt: 29, field: IpAddress}", True), ("value_sum", "{gt: 30, field: IpAddress}", False), ("value_avg", "{gte: 15, field: IpAddress}", True),
    ("value_median", "{lt: 15, field: IpAddress}", False),
])  # fmt: skip
def test_numbers(kind, condition, hit):
    connection = logons((0, 4625, "a", "10"), (1, 4625, "a", "20"))
    assert any(len(events) == 2 for _, events in found(correlation(kind, condition=condition), connection)) is hit


def test_a_window_reaches_out_of_where_but_rests_on_something_within():
    connection = logons((0, 4625, "a", "1"), (1, 4625, "a", "1"), (2, 4625, "a", "1"), (1000, 4625, "b", "1"))
    assert found(correlation("event_count"), connection, "batch = 2") == [("a", ["e0", "e1", "e2"])]
    assert found(correlation("event_count"), connection, "batch = 3") == []


def test_the_rules_that_serve_a_correlation_are_silent_unless_it_says_otherwise():
    connection = logons((0, 4625, "a", "1"))
    assert found(correlation("event_count"), connection) == []
    assert [key for key, _ in found(correlation("event_count", more="  generate: true\n"), connection)] == ["s"]


@pytest.mark.parametrize(("change", "said"), [
    ((FAILED, "00000000-0000-4000-8000-00000000000f"), "refers to is not in what was given"), (("timespan: 5m", "timespan: 5y5"), "timespan"),
    (("event_count", "unheard_of"), "no valid Sigma correlation type"),
])  # fmt: skip
def test_a_correlation_that_cannot_be_is_named(change, said):
    text = correlation("event_count").removeprefix(BASES)
    assert said in reason(text.replace(*change))
