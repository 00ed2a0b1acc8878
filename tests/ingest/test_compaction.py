import threading
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from ingest import compaction
from ingest.lake import Lake
from ingest.table import SORTED
from tests.ingest.test_writer import crash, web

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOMORROW = AT + timedelta(days=1)


def files(town, table="normalised"):
    return list(Lake.open(town.root).table(table).files.values())


def write(town, commits, records=2, **more):
    writer = town.writer()
    for number in range(commits):
        writer.write([web(number * records, records, path=f"/log/{number}", **more)])


def test_small_files_of_the_open_day_are_merged_and_every_row_stays(town):
    write(town, 9)
    before = {table: town.rows("*", table, "true") for table in ("normalised", "evidence", "contexts")}
    assert compaction.tend(Lake.open(town.root), 8, AT) == 27
    assert [len(files(town, table)) for table in before] == [1, 1, 1]
    assert {table: town.rows("*", table, "true") for table in before} == before
    write(town, 10)
    assert len(town.rows()) == 20


def test_so_many_rows_are_sorted_at_a_time_as_memory_is_meant_for(town, monkeypatch):
    monkeypatch.setattr(compaction, "SORTED_ROWS", 6)
    write(town, 10)
    before = {table: town.rows("*", table, "true") for table in ("normalised", "evidence")}
    assert compaction.tend(Lake.open(town.root), 8, AT) == 9 + 9 + 10
    assert [sorted(file.rows for file in files(town, table)) for table in before] == [[2, 6, 6, 6]] * 2
    assert {table: town.rows("*", table, "true") for table in before} == before


def test_files_that_are_sorted_are_joined(town, monkeypatch):
    monkeypatch.setattr(compaction, "SORTED_ROWS", 4)
    write(town, 5)
    before = {table: town.rows("*", table, "true") for table in ("normalised", "evidence")}
    compaction.tend(Lake.open(town.root), 8, AT)
    assert [[file.rows for file in files(town, table)] for table in before] == [[10], [10]]
    assert {table: town.rows("*", table, "true") for table in before} == before


def test_two_files_of_unlike_size_become_one(town, monkeypatch):
    monkeypatch.setattr(compaction, "SORTED_ROWS", 12)
    town.writer().write([web(0, 8, path="/log/a")])
    town.writer().write([web(8, 1, path="/log/b")])
    compaction.tend(Lake.open(town.root), 2, AT)
    assert [[file.rows for file in files(town, table)] for table in ("normalised", "evidence")] == [[9], [9]]


def test_once_stopped_the_merge_at_hand_is_the_last(town, monkeypatch):
    write(town, 9)
    stopped, rewrite = threading.Event(), compaction.rewrite
    monkeypatch.setattr(compaction, "rewrite", lambda *given: stopped.set() or rewrite(*given))
    assert compaction.tend(Lake.open(town.root), 8, AT, stopped) == 9
    assert sorted(len(files(town, table)) for table in ("normalised", "evidence", "contexts")) == [1, 9, 9]


def test_few_files_are_left_alone(town):
    write(town, 3)
    assert compaction.tend(Lake.open(town.root), 8, AT) == 0
    assert len(files(town)) == 3


def test_a_closed_day_becomes_one_sorted_file_once_and_late_records_join_it(town):
    write(town, 3)
    lake = Lake.open(town.root)
    assert list(compaction.compact(lake, AT)) == []  # the day is not over
    done = list(compaction.compact(lake, TOMORROW))
    assert [(each.table, each.files, each.rows) for each in done] == [("evidence", 3, 6), ("normalised", 3, 6)]
    (file,) = files(town)
    assert file.path.rpartition("/")[2].startswith(SORTED)
    positions = pq.read_table(town.root / "normalised" / file.path)["position"].to_pylist()
    assert positions == list(range(6))
    assert list(compaction.compact(lake, TOMORROW)) == []
    town.writer().write([web(6, 1)])
    assert [each.files for each in compaction.compact(lake, TOMORROW)] == [2, 2]
    assert town.rows() == list(range(7))


def test_needles_can_be_skipped_by_bloom_filters(town):
    write(town, 1, records=500)
    list(compaction.compact(Lake.open(town.root), TOMORROW))
    (file,) = files(town)
    connection = town.writer().connection
    path = town.root / "normalised" / file.path
    sql = f"SELECT path_in_schema FROM parquet_metadata('{path}') WHERE bloom_filter_offset IS NOT NULL"
    assert {"object_path", "src_ip", "actor_account"} <= {row[0] for row in connection.execute(sql).fetchall()}


def test_a_merge_that_another_process_has_done_is_left(town, monkeypatch):
    write(town, 4)
    slow, fast = Lake.open(town.root), Lake.open(town.root)
    members = list(slow.table("normalised").files.values())
    copied = slow.table("normalised").copy

    def late(*given, **named):
        monkeypatch.undo()
        compaction._rewrite(fast, "normalised", members)
        return copied(*given, **named)

    monkeypatch.setattr(slow.table("normalised"), "copy", late)
    assert compaction._rewrite(slow, "normalised", members) is None
    assert len(files(town)) == 1
    assert town.rows() == list(range(8))
    on_disk = list((town.root / "normalised").rglob("*.parquet"))
    assert len([path for path in on_disk if "_delta_log" not in path.parts]) == 5  # four removed, one live


def test_what_comes_while_a_day_is_merged_is_kept(town, monkeypatch):
    write(town, 4)
    lake = Lake.open(town.root)
    copied = lake.table("normalised").copy

    def meanwhile(*given, **named):
        monkeypatch.undo()
        town.writer().write([web(8, 2)])
        return copied(*given, **named)

    monkeypatch.setattr(lake.table("normalised"), "copy", meanwhile)
    compaction.tend(lake, 4, AT)
    assert len(files(town)) == 2
    assert town.rows() == list(range(10))


def test_orphans_go_after_a_day_and_live_files_never(town, monkeypatch):
    write(town, 2)
    orphan = (
        Lake.open(town.root).table("normalised").write(Lake.open(town.root).table("normalised").schema.empty_table())
    )
    list(compaction.compact(Lake.open(town.root), TOMORROW))
    assert (town.root / "normalised" / orphan.path).exists()
    monkeypatch.setattr(compaction, "ORPHAN_HOURS", 0)
    list(compaction.compact(Lake.open(town.root), TOMORROW))
    assert not (town.root / "normalised" / orphan.path).exists()
    assert town.rows() == list(range(4))


def test_the_newest_row_of_each_file_is_kept(town):
    from ingest.sources.files import ingest  # noqa: PLC0415
    from tests.ingest.conftest import WEB, lines  # noqa: PLC0415

    path = town.logs / "a.log"
    for number in range(3):
        path.write_text(lines(*range(number + 1)))
        list(ingest(town.writer(), WEB, [path]))
    list(compaction.compact(Lake.open(town.root), TOMORROW))
    assert town.rows("records", "files", "true") == [3]
    assert [each.again for each in ingest(town.writer(), WEB, [path])] == [True]


def test_compaction_reads_what_a_crash_left_unnormalised_later(town, monkeypatch):
    crash(town, [web(0, 3)], monkeypatch)
    list(compaction.compact(Lake.open(town.root), TOMORROW))
    assert town.writer().catch_up() == 3
    assert town.rows() == [0, 1, 2]


@pytest.mark.parametrize("table", ["evidence", "normalised"])
def test_a_merged_file_has_the_tables_own_columns(town, table):
    write(town, 4)
    compaction.tend(Lake.open(town.root), 4, AT)
    (file,) = files(town, table)
    assert pq.read_schema(town.root / table / file.path).names == Lake.open(town.root).table(table).schema.names
