import json

import pytest

from ingest.knowledge import Knowledge
from ingest.lake import FencedError, Lake
from ingest.sources.files import ingest
from ingest.spool import Spool
from ingest.writer import Writer
from schemas.errors import LakeError
from schemas.source import Source

WEB = Source(name="web", mapping="web_access")
LINE = '192.0.2.{0} - anna [01/Mar/2026:08:14:07 +0100] "GET /{0} HTTP/1.1" 200 5 "-" "curl"\n'


def writer(lake):
    return Writer(Lake.open(lake), [WEB], Knowledge())


def positions(lake, table="normalised"):
    opened = Lake.open(lake)
    connection = writer(lake).connection
    where = "WHERE kind = 'event'" if table == "normalised" else ""
    rows = connection.sql(f"SELECT shard, position FROM {opened.table(table).scan()} {where} ORDER BY ALL")
    return [row["position"] for row in rows.to_arrow_table().to_pylist()]


@pytest.fixture
def lake(tmp_path):
    Lake.create(tmp_path / "lake")
    return tmp_path / "lake"


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "access.log"
    path.write_text("".join(LINE.format(number) for number in range(5)))
    return path


def test_a_file_read_twice_stands_once_and_what_it_grew_by_is_added(lake, log):
    assert [read.records for read in ingest(writer(lake), WEB, [log])] == [5]
    assert [read.again for read in ingest(writer(lake), WEB, [log])] == [True]
    with log.open("a") as file:
        file.write(LINE.format(5))
    assert [read.records for read in ingest(writer(lake), WEB, [log])] == [1]
    assert positions(lake) == positions(lake, "evidence") == list(range(6))


def test_a_renamed_copy_is_the_same_file(lake, log, tmp_path):
    list(ingest(writer(lake), WEB, [log]))
    (tmp_path / "access.log.1").write_bytes(log.read_bytes())
    assert [read.again for read in ingest(writer(lake), WEB, [tmp_path / "access.log.1"])] == [True]


def test_a_stop_between_evidence_and_events_is_healed(lake, log, monkeypatch):
    stopped = writer(lake)
    monkeypatch.setattr(stopped, "_commit_normalised", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        list(ingest(stopped, WEB, [log]))
    assert positions(lake) == []
    assert writer(lake).catch_up() == 5
    assert writer(lake).catch_up() == 0
    list(ingest(writer(lake), WEB, [log]))
    assert positions(lake) == positions(lake, "evidence") == list(range(5))


def test_a_commit_that_another_came_before_is_refused(lake):
    first, second = Lake.open(lake).table("files"), Lake.open(lake).table("files")
    first.commit([], expect={"s/1": None}, positions={"s/1": 5})
    with pytest.raises(FencedError):
        second.commit([], expect={"s/1": None}, positions={"s/1": 7})
    with pytest.raises(FencedError):
        second.commit([], expect={"s/1": None}, positions={"s/1": 7})
    assert Lake.open(lake).table("files").positions == {"s/1": 5}


def test_positions_outlive_a_checkpoint(lake):
    table = Lake.open(lake).table("files")
    for number in range(1, 103):
        table.commit([], expect={}, positions={f"s/{number % 3}": number})
    assert (lake / "files" / "_delta_log" / "_last_checkpoint").exists()
    assert Lake.open(lake).table("files").positions == table.positions == {"s/0": 102, "s/1": 100, "s/2": 101}


def test_a_lake_of_a_newer_version_is_refused(lake):
    (lake / "lake.json").write_text(json.dumps({"format": 2}))
    with pytest.raises(LakeError, match="newer"):
        Lake.open(lake)


def test_what_a_crash_tore_off_the_spool_is_cut_and_positions_go_on(tmp_path):
    spool = Spool(tmp_path)
    assert list(spool.append("a", [b"1", b"22"])) == [0, 1]
    with next((tmp_path / "a").glob("*.seg")).open("ab") as file:
        file.write(b"SPB1 half a block")
    assert list(spool.append("a", [b"333"])) == [2]
    assert [record for block in spool.read("a", 1) for record in block.records] == [b"22", b"333"]
    spool.trim("a", 3)
    assert (spool.waiting("a"), spool.next_position("a")) == (0, 3)
    assert list(spool.append("a", [b"4"])) == [3]
    assert spool.waiting("a") == 1
