"""What rules find among the events of a connection."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from analytics.sigma.correlation import Hit, correlated
from analytics.sigma.rule import Check, Rule
from analytics.sigma.scan import scan
from ingest.lake import engine

MATCHES = pa.schema([("rule", pa.string()), ("key", pa.string()), ("evidence", pa.list_(pa.string()))])


def matches(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], where: str = "true") -> pa.Table:
    """What RULES find in the relation `events` of CONNECTION, as far as WHERE (SQL on its columns) holds.

    Shape:   MATCHES: the rule's id; whose act it is (the account; without one the target, host, address or source), or
             the values that a correlation groups by; and the events, sorted. A rule's events of one key are one row; a
             correlation has a row for each time at which it holds, and of those only such as rest on an event for which
             WHERE holds. Ordered by all three.
    Memory:  as `scan`, and the ids of what was found.
    """
    found = _of_rules(connection, [rule for rule in rules if rule.correlation is None and rule.generate], where)
    found += _of_correlations(connection, [rule for rule in rules if rule.correlation is not None], where)
    table = pa.Table.from_pylist(
        [{"rule": rule, "key": key, "evidence": events} for rule, key, events in sorted(found)], schema=MATCHES
    )
    assert table.schema == MATCHES
    return table


def _of_rules(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], where: str
) -> list[tuple[str, str, list[str]]]:
    checks = [(rule, check) for rule in rules for check in rule.checks]
    hits = scan(connection, [check for _, check in checks], where)
    ids = pa.table({"check": range(len(checks)), "rule": [rule.id for rule, _ in checks]}) if checks else None
    if ids is None or not len(hits):
        return []
    grouping = engine()
    try:
        grouping.register("hits", hits)
        grouping.register("ids", ids)
        return grouping.execute(
            "SELECT rule, coalesce(key, ''), list_sort(list(DISTINCT event_id)) "
            'FROM hits JOIN ids USING ("check") GROUP BY ALL'
        ).fetchall()
    finally:
        grouping.close()


def _of_correlations(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], where: str
) -> list[tuple[str, str, list[str]]]:
    """A window may reach out of WHERE: events as far away as the longest span are judged with it."""
    owners: list[tuple[Rule, int]] = []
    checks: list[Check] = []
    for rule in rules:
        assert rule.correlation is not None
        for number, of in enumerate(rule.correlation.of):
            owners += [(rule, number)] * len(of)
            checks += of
    if not checks:
        return []
    [(first, last)] = connection.execute(
        f"SELECT epoch_us(min(time)), epoch_us(max(time)) FROM events WHERE {where}"
    ).fetchall()
    if first is None:
        return []
    span = 1_000_000 * max(rule.correlation.span_s for rule in rules if rule.correlation)
    around = f"(time >= make_timestamptz({first - span}) AND time <= make_timestamptz({last + span}))"
    hits = scan(connection, checks, around)
    if not len(hits):
        return []
    mine = set(_ids_within(connection, where, hits["event_id"].unique()))
    by_rule: dict[str, list[Hit]] = {}
    for hit in hits.set_column(hits.column_names.index("time"), "time", hits["time"].cast(pa.int64())).to_pylist():
        rule, number = owners[hit["check"]]
        by_rule.setdefault(rule.id, []).append((number, hit["time"], hit["event_id"], tuple(hit["said"] or ())))
    return [
        (rule.id, key, events)
        for rule in rules
        if rule.correlation is not None
        for key, events in correlated(rule.correlation, by_rule.get(rule.id, []))
        if not mine.isdisjoint(events)
    ]


def _ids_within(connection: duckdb.DuckDBPyConnection, where: str, ids: pa.Array) -> list[str]:
    """Those of IDS whose events hold WHERE."""
    connection.register("sigma_correlated", pa.table({"event_id": ids}))
    try:
        found = connection.execute(
            f"SELECT event_id FROM events SEMI JOIN sigma_correlated USING (event_id) WHERE {where}"
        ).fetchall()
    finally:
        connection.unregister("sigma_correlated")
    return [event for (event,) in found]
