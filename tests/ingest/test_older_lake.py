"""A lake that a version of sparhund began which didn't know a column yet."""

from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from analytics.summary import Summary
from ingest.compaction import compact
from ingest.lake import PARTITIONS, TABLES, Lake
from ingest.table import Table
from schemas.event import NORMALISED

DAY = date(2026, 3, 1)
OLD = pa.schema([column for column in NORMALISED if column.name not in {"device", "changes"}])


@pytest.fixture
def older(tmp_path, monkeypatch):
    """A lake with one row of an older version."""
    with monkeypatch.context() as patch:
        patch.setitem(TABLES, "normalised", (OLD, True))
        table = Lake.create(tmp_path / "lake").table("normalised")
        add(table, 0)
    return tmp_path / "lake"


def add(table, position):
    """A commit of one row."""
    at = datetime(2026, 3, 1, position, tzinfo=UTC)
    row = {"kind": "event", "source": "s", "shard": "a", "position": position, "time": at, "received": at}
    row |= {"device": f"d{position}", "changes": [{"field": "f", "before": None, "after": "1"}]}
    known = {name: value for name, value in row.items() if name in table.schema.names}
    table.append([table.write(pa.Table.from_pylist([known], schema=table.schema), "standard", DAY)])


def devices(table, **chosen):
    return duckdb.sql(
        f"SELECT position, device, changes[1].after FROM {table.scan(**chosen)} ORDER BY position"
    ).fetchall()


def test_a_column_that_no_file_has_is_empty_before_this_version_wrote(older):
    table = Lake.open(older).table("normalised")
    assert devices(table) == devices(table, files=list(table.files.values())) == [(0, None, None)]
    assert set(duckdb.sql(f"SELECT * FROM {table.scan()}").columns) == {
        *NORMALISED.names,
        *(f.name for f in PARTITIONS),
    }


def test_old_and_new_files_answer_together_and_when_they_are_merged(older):
    lake = Lake.open(older)
    table = lake.table("normalised")
    add(table, 1)
    assert devices(Lake.open(older).table("normalised")) == [(0, None, None), (1, "d1", "1")]
    assert [made.rows for made in compact(lake, datetime(2026, 3, 3, tzinfo=UTC)) if made.table == "normalised"] == [2]
    assert devices(Lake.open(older).table("normalised")) == [(0, None, None), (1, "d1", "1")]


def test_a_writer_that_looked_before_another_added_the_column_goes_on(older):
    first, second = (Lake.open(older).table("normalised") for _ in range(2))
    add(first, 1)
    second.append([])
    add(second, 2)
    assert [position for position, *_ in devices(second)] == [0, 1, 2]
    assert isinstance(first, Table)
    first.refresh()
    assert devices(first) == devices(second)


def test_the_files_are_told_apart_and_pruned(older):
    table = Lake.open(older).table("normalised")
    add(table, 1)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE sources (source VARCHAR, mapping VARCHAR, silent_after_s BIGINT)")
    summary = Summary(table, older / "cache" / "summary.parquet").rows(connection)
    assert set(summary["file"].to_pylist()) == {path.rpartition("/")[2] for path in table.files}
    noon = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    assert devices(table, start=noon, stop=noon + timedelta(hours=2)) == [(1, "d1", "1")]
