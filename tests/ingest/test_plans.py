from datetime import UTC, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import normalise as module
from ingest.identity import Key
from ingest.knowledge import Knowledge
from ingest.mapping import connect
from ingest.normalise import ADDRESSED, Context, Rules, normalise
from ingest.plans import forget, run, slot
from schemas.people import Directory
from schemas.source import Source
from schemas.sqlfile import Param, SqlFile
from schemas.tables import ALWAYS, TABLES

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NUMBERS = pa.schema([("n", pa.int64())])
# `anna` is an event, `anna 3` three, and what begins with ! is a reject.
SQL = """
SELECT position, (n - 1)::INTEGER AS part, split_part(record, ' ', 1) AS actor_account, 'read' AS action,
       $outcome AS outcome, 'content' AS proves, CASE WHEN record LIKE '!%' THEN 'line: unreadable' END AS reject
FROM raw, unnest(range(1, 1 + coalesce(try_cast(split_part(record, ' ', 2) AS INTEGER), 1))) AS r (n)
"""
OUTCOME = Param("outcome", "TEXT", "", None, required=True)


@pytest.fixture
def connection():
    made = connect(threads=2)
    yield made
    made.close()


def rows(connection, lines, knowledge=None, outcome="success"):
    mapping = SqlFile("mapping", "plain", None, {"decoders": "lines"}, (OUTCOME,), SQL, ())
    source = Source(name="plain", mapping="plain", params={"outcome": outcome})
    columns = [["s"] * len(lines), range(len(lines)), [NOW] * len(lines), [line.encode() for line in lines]]
    columns += [[None] * len(lines), [0] * len(lines)]
    table = pa.table([pa.array(c, f.type) for c, f in zip(columns, ADDRESSED, strict=True)], schema=ADDRESSED)
    rules = Rules(source, mapping, version="v", knowledge=knowledge or Knowledge())
    found = normalise(connection, table, [Context()], rules)
    return found.select(["position", "part", "kind", "actor_account", "actor_person", "outcome"]).to_pylist()


def test_a_plan_is_made_once_and_reads_the_rows_of_now():
    connection, made = duckdb.connect(), []

    def total(*numbers):
        slot(connection, "numbers", NUMBERS).table = pa.table({"n": pa.array(numbers, pa.int64())})
        return run(connection, ("sum",), lambda: made.append(1) or "SELECT sum(n) AS n FROM numbers")["n"].to_pylist()

    assert [total(1, 2), total(4), total(5, 5)] == [[3], [4], [10]]
    assert len(made) == 1
    forget(connection)
    assert total(1) == [1]
    assert len(made) == 2


def test_the_oldest_plan_goes_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr("ingest.plans._PLANS", 2)
    connection = duckdb.connect()
    for number in (1, 2, 3, 1):
        assert run(connection, (str(number),), lambda n=number: f"SELECT {n} AS n")["n"].to_pylist() == [number]
    assert connection.sql("SELECT count(*) FROM duckdb_prepared_statements()").fetchall() == [(2,)]


def test_people_that_change_between_batches_are_those_of_each_batch(connection):
    def known(person):
        accounts = [{"account": "anna", "person": person, "valid_from": ALWAYS, "known_from": ALWAYS}]
        table = pa.Table.from_pylist(accounts, schema=TABLES["accounts"].schema)
        return Knowledge(people=Directory(accounts=table), key=Key(bytes(32)))

    one, other = known("p1"), known("p2")
    found = [rows(connection, ["anna"], each)[0]["actor_person"] for each in (one, other, one, Knowledge())]
    assert found == ["p1", "p2", "p1", None]


def test_each_value_of_a_parameter_has_its_own_plan(connection):
    found = [rows(connection, ["anna"], outcome=each)[0]["outcome"] for each in ("success", "failure", "success")]
    assert found == ["success", "failure", "success"]


def test_events_and_rejects_stand_in_the_order_of_their_records(connection):
    found = rows(connection, ["anna", "!", "bo 3", "", "! 1", "cia"])
    assert [(row["position"], row["part"], row["kind"], row["actor_account"]) for row in found] == [
        (0, 0, "event", "anna"),
        (1, 0, "reject", None),
        (2, 0, "event", "bo"),
        (2, 1, "event", "bo"),
        (2, 2, "event", "bo"),
        (3, 0, "event", ""),
        (4, 0, "reject", None),
        (5, 0, "event", "cia"),
    ]


def test_a_batch_in_pieces_gives_what_it_gives_whole(connection, monkeypatch):
    lines = ["anna", "!", "bo 3", "x" * 50, "cia 2", "!", "d"] * 5
    whole = rows(connection, lines)
    monkeypatch.setattr(module, "_PIECE_RECORDS", 3)
    monkeypatch.setattr(module, "_PIECE_BYTES", 40)
    assert rows(connection, lines) == whole


@given(st.lists(st.integers(1, 3), min_size=1, max_size=30), st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_rows_come_into_order_whoever_handed_them_in(parts, seed, pieces):
    row = np.repeat(np.arange(len(parts)), parts)
    part = np.concatenate([np.arange(count) for count in parts])
    generator = np.random.default_rng(seed)
    cuts = np.array_split(np.arange(len(row)), pieces)
    for order in (
        generator.permutation(len(row)),
        np.concatenate([cuts[place] for place in generator.permutation(pieces)]),
    ):
        shuffled = pa.table({"row": row[order], "part": part[order]})
        assert module._in_order(shuffled).to_pydict() == {"row": row.tolist(), "part": part.tolist()}
