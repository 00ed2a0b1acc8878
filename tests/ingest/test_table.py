import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from ingest import table as tables
from ingest.lake import Lake, engine
from schemas.errors import LakeError

# What copying 300 MB of rows adds to the most that the process had taken, in MiB; DuckDB may use 128 of them.
GROWTH = """
import sys
from pathlib import Path
from ingest.lake import Lake, engine
def most():
    return int(Path("/proc/self/status").read_text(encoding="ascii").partition("VmHWM:")[2].split()[0]) >> 10
table = Lake.create(sys.argv[1]).table("contexts")
select = "SELECT i::VARCHAR AS id, repeat(md5(i::VARCHAR), 320) AS context FROM range({}) AS r (i)"
connection = engine(threads=1, memory_limit="128MB")
table.copy(connection, select.format(10))
before = most()
table.copy(connection, select.format(30_000))
print(most() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells what a process has taken")
def test_copying_takes_no_more_memory_than_a_row_group_and_what_duckdb_may_use(tmp_path):
    words = [sys.executable, "-W", "ignore", "-c", GROWTH, tmp_path / "lake"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 250


def test_a_row_group_is_bounded_by_bytes_and_every_row_is_in_one(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROW_GROUP_BYTES", 500_000)
    table = Lake.create(tmp_path).table("contexts")
    made = table.copy(engine(), "SELECT i::VARCHAR AS id, repeat('x', 100) AS context FROM range(10_000) AS r (i)")
    file = pq.ParquetFile(tmp_path / "contexts" / made.path)
    groups = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
    assert groups == [4096, 4096, 1808]
    assert file.read()["id"].to_pylist() == [str(number) for number in range(10_000)]


def test_a_file_of_no_rows_has_the_tables_columns(tmp_path):
    table = Lake.create(tmp_path).table("contexts")
    made = table.copy(engine(), "SELECT '' AS id, '' AS context WHERE false")
    read = pq.read_table(tmp_path / "contexts" / made.path)
    assert (len(read), read.schema.names) == (0, table.schema.names)


def test_a_table_that_goes_while_it_is_opened_is_told_as_one_that_is_gone(tmp_path, monkeypatch):
    lake = Lake.create(tmp_path / "lake")

    def read_and_gone(root):
        found = DeltaTable(root)
        (tmp_path / "lake").rename(tmp_path / "away")
        return found

    monkeypatch.setattr(tables, "DeltaTable", read_and_gone)
    with pytest.raises(LakeError, match="contexts: the log can't be read: No such file"):
        lake.table("contexts")
