# ruff: noqa: E501 - statements and tables read better on one line
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from analytics import views
from analytics.caller import Caller, caller
from schemas.errors import LakeError
from schemas.event import NORMALISED
from schemas.tables import TABLES

WHO = Caller("test")


def opened(times=(), tables=None):
    rows = [{"kind": "event", "time": time, "shard": "a", "position": n, "part": 0} for n, time in enumerate(times)]
    return views.scoped(views.connect(), WHO, pa.Table.from_pylist(rows, schema=NORMALISED), tables or {})


def test_the_swedish_clock_is_icus_at_every_hour():
    connection = views.connect()
    connection.register("none", NORMALISED.empty_table())
    connection.execute(
        "CREATE TABLE hours AS SELECT * FROM none UNION ALL BY NAME "
        "SELECT 'event' AS kind, 'a' AS shard, i AS position, 0 AS part, TIMESTAMPTZ '1955-01-01' + i * INTERVAL 1 HOUR AS time FROM range(24 * 366 * 150) AS t (i)"
    )
    views.scoped(connection, WHO, "hours", {}, ())
    local = "timezone('Europe/Stockholm', time)"
    wrong = connection.sql(
        f"SELECT min(time) AS first FROM events WHERE local_hour <> hour({local}) OR local_weekday <> isodow({local}) OR local_day <> {local}::DATE"
    ).to_arrow_table()
    assert wrong["first"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("time", "day", "hour", "weekday"),
    [
        (datetime(1601, 1, 1, tzinfo=UTC), "1601-01-01", 0, 1),
        (datetime(9999, 12, 31, 12, tzinfo=UTC), "9999-12-31", 13, 5),
        (datetime(2026, 10, 25, 0, 59, 59, 999999, tzinfo=UTC), "2026-10-25", 2, 7),
        (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "2026-10-25", 2, 7),
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "2026-03-29", 1, 7),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29", 3, 7),
    ],
)
def test_the_swedish_clock_at_its_edges(time, day, hour, weekday):
    [row] = opened([time]).sql("SELECT local_day::VARCHAR, local_hour, local_weekday FROM events").fetchall()
    assert row == (day, hour, weekday)


def test_every_relation_is_there_even_if_nothing_was_given():
    connection = opened()
    for name in sorted(views.RELATIONS):
        assert connection.sql(f"SELECT count(*) FROM {name}").fetchall()[0][0] == (814 if name == "calendar" else 0), (
            name
        )
        assert views.schema(name).names


def test_an_unknown_scope_sees_nothing():
    with pytest.raises(LakeError, match="scope nämnd"):
        views.scoped(views.connect(), Caller("x", "nämnd"), NORMALISED.empty_table(), {})


def test_the_caller_is_the_account_that_runs_the_process(monkeypatch):
    named = caller()
    monkeypatch.setenv("USER", "somebody.else")
    monkeypatch.setenv("LOGNAME", "somebody.else")
    assert caller() == named
    assert named.scope == "all"


def test_aliases_are_by_lower_case_and_by_the_time_in_which_both_accounts_were_held():
    def at(year):
        return datetime(year, 1, 1, tzinfo=UTC)

    rows = [
        {"account": "Kassa", "person": "P1", "valid_from": at(2025), "valid_to": at(2026)},
        {"account": "anna", "person": "P1", "valid_from": at(2024), "valid_to": None},
        {"account": "robot", "person": None, "valid_from": at(2024), "valid_to": None},
    ]
    connection = opened(tables={"accounts": pa.Table.from_pylist(rows, schema=TABLES["accounts"].schema)})
    found = connection.sql(
        "SELECT person, account, year(valid_from), year(valid_to) FROM aliases WHERE key = 'kassa' ORDER BY ALL"
    ).fetchall()
    assert found == [("P1", "Kassa", 2025, 2026), ("P1", "anna", 2025, 2026)]
    assert connection.sql("SELECT count(*) FROM aliases WHERE key IN ('robot', 'P1')").fetchall() == [(0,)]


def test_what_a_connection_keeps_has_the_rows_of_what_it_keeps_and_gives_way_to_others(monkeypatch):
    def accounts(*names):
        rows = [{"account": name, "person": "P1", "valid_from": datetime(2024, 1, 1, tzinfo=UTC)} for name in names]
        return {"accounts": pa.Table.from_pylist(rows, schema=TABLES["accounts"].schema)}

    def rows(name):
        return connection.sql(f"SELECT * FROM {name} ORDER BY ALL").to_arrow_table().to_pylist()

    connection = opened(tables=accounts("anna", "kassa"))
    names = ("accounts", "people", "aliases", "workplaces")
    before = {name: rows(name) for name in names}
    kept = views.keep(connection, names)
    assert set(names) <= set(kept)
    assert {name: rows(name) for name in names} == before
    views.release(connection, kept)
    views.scoped(connection, WHO, NORMALISED.empty_table(), accounts("berit"))
    monkeypatch.setattr(views, "_KEPT_ROWS", 0)
    kept = views.keep(connection, names)  # empty ones alone
    assert ("people" in kept, "accounts" in kept, "aliases" in kept) == (True, False, False)
    assert connection.sql("SELECT account FROM accounts").fetchall() == [("berit",)]
