import json
import multiprocessing
import os
import time
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from deltalake.exceptions import DeltaError

from ingest.lake import FencedError, Lake, engine
from schemas.errors import LakeError


def test_a_commit_that_another_came_before_is_refused(town):
    first, second = Lake.open(town.root).table("files"), Lake.open(town.root).table("files")
    first.commit([], expect={"s/1": None}, positions={"s/1": 5})
    with pytest.raises(FencedError):
        second.commit([], expect={"s/1": None}, positions={"s/1": 7})
    with pytest.raises(FencedError):
        second.commit([], expect={"s/1": None}, positions={"s/1": 7})
    assert Lake.open(town.root).table("files").positions == {"s/1": 5}


def test_a_file_is_removed_once(town):
    first, second = Lake.open(town.root).table("files"), Lake.open(town.root).table("files")
    first.append([first.write(first.schema.empty_table())])
    second.refresh()
    (file,) = first.files.values()
    first.commit([], expect={}, positions={}, remove=[file])
    for _ in range(2):
        with pytest.raises(FencedError):
            second.commit([], expect={}, positions={}, remove=[file])
    assert second.positions == {"rewrite": 1}


def test_positions_outlive_a_checkpoint(town):
    table = Lake.open(town.root).table("files")
    for number in range(1, 103):
        table.commit([], expect={}, positions={f"s/{number % 3}": number})
    assert (town.root / "files" / "_delta_log" / "_last_checkpoint").exists()
    assert Lake.open(town.root).table("files").positions == table.positions == {"s/0": 102, "s/1": 100, "s/2": 101}


def test_a_cleaned_log_keeps_the_last_commits_and_an_old_handle_reads_on(town, monkeypatch):
    monkeypatch.setattr("ingest.table.LOG_COMMITS", 50)
    old, table = Lake.open(town.root).table("files"), Lake.open(town.root).table("files")
    for number in range(1, 260):
        table.commit([], expect={}, positions={"s/1": number})
    log = town.root / "files" / "_delta_log"
    assert table.clean_log(datetime.now(UTC)) == 0  # all of the last hour stays
    assert table.clean_log(datetime.now(UTC) + timedelta(hours=2)) > 100
    assert not (log / f"{198:020d}.json").exists()
    assert all((log / f"{version:020d}.json").exists() for version in range(210, 260))
    assert Lake.open(town.root).table("files").positions == {"s/1": 259}
    old.refresh()
    assert (old.version, old.positions) == (259, {"s/1": 259})


def test_a_scan_leaves_out_files_of_other_times_and_none_whose_rows_have_no_time(town):
    table = Lake.open(town.root).table("normalised")
    day = datetime(2026, 3, 1, tzinfo=UTC)
    for hours, kind in ((0, "event"), (24, "event"), (None, "reject")):
        time_ = None if hours is None else day + timedelta(hours=hours)
        row = {"kind": kind, "source": "web", "shard": "s", "position": 0, "part": 0, "received": day, "time": time_}
        table.append([table.write(type(table.schema.empty_table()).from_pylist([row], table.schema), "k", day.date())])
    table.refresh()
    later = table.scan(start=day + timedelta(hours=1))
    sql = f"SELECT kind, time IS NULL AS timeless FROM {later} ORDER BY ALL"
    found = town.writer().connection.sql(sql).fetchall()
    assert found == [("event", False), ("reject", True)]


def test_a_lake_of_a_newer_version_is_refused(town):
    (town.root / "lake.json").write_text(json.dumps({"format": 2}))
    with pytest.raises(LakeError, match="newer"):
        Lake.open(town.root)


def test_a_table_that_is_gone_is_refused_and_not_made_anew(town):
    (town.root / "normalised").rename(town.root / "elsewhere")
    with pytest.raises(LakeError, match="the table normalised is gone"):
        Lake.open(town.root).table("normalised")
    assert not (town.root / "normalised").exists()


@pytest.mark.parametrize("kind", [OSError, DeltaError])
def test_a_full_disk_is_named_whatever_the_library_calls_it(town, monkeypatch, kind):
    table = Lake.open(town.root).table("files")
    said = "\x1b[31mKernel error: Unable to copy data to file: No space left on device (os error 28)"
    monkeypatch.setattr(table, "_delta", FullDisk(table._delta, kind(said)))
    with pytest.raises(LakeError, match=r"^files: the commit failed: No space left on device$"):
        table.commit([], expect={}, positions={"s/1": 1})


class FullDisk:
    def __init__(self, delta, error):
        self._delta, self._error = delta, error

    def __getattr__(self, name):
        return getattr(self._delta, name)

    def create_write_transaction(self, *_, **__):
        raise self._error


def test_what_memory_does_not_hold_goes_where_it_was_told_or_nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    more = "SELECT count(*) FROM (SELECT DISTINCT hash(i), i FROM range(3_000_000) AS t (i))"
    with pytest.raises(duckdb.OutOfMemoryException):
        engine(memory_limit="30MB", threads=1).sql(more).fetchall()
    connection = engine(tmp_path / "scratch", memory_limit="30MB", threads=1)
    assert connection.sql(more).fetchall() == [(3_000_000,)]
    connection.close()
    assert not list(tmp_path.iterdir())


def test_a_second_writer_is_told_of_the_first(town):
    first, second = Lake.open(town.root), Lake.open(town.root)
    with first.announced() as alone, second.announced() as other:
        assert alone is None
        assert f"process {os.getpid()}" in other
    with second.announced() as other:
        assert other is None


def _hold(root):
    with Lake.open(root).turn():
        (root / "held").touch()
        time.sleep(0.3)
        (root / "done").touch()


def test_a_turn_holds_the_others_off(town):
    other = multiprocessing.get_context("spawn").Process(target=_hold, args=(town.root,))
    other.start()
    while other.is_alive() and not (town.root / "held").exists():
        time.sleep(0.01)
    assert (town.root / "held").exists()
    with Lake.open(town.root).turn():
        assert (town.root / "done").exists()
    other.join()


def test_no_other_account_comes_into_a_new_lake(tmp_path):
    before = os.umask(0o022)
    try:
        Lake.create(tmp_path / "new" / "lake")
        (tmp_path / "old").mkdir(mode=0o755)
        Lake.create(tmp_path / "old")
    finally:
        os.umask(before)
    assert (tmp_path / "new" / "lake").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "old").stat().st_mode & 0o777 == 0o755  # what somebody made is as they made it
