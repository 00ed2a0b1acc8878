"""What every hop tells of itself: counts that are true, positions that outlive a restart, and a balance of both."""

import asyncio
import logging
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from deltalake import DeltaTable

from ingest import compaction
from ingest.lake import Lake
from ingest.operations import collected, followed, spooled
from ingest.operations import lake as watching
from ingest.operations.collected import Collected
from ingest.operations.followed import Followed
from ingest.operations.lake import LakeWatch, Stalled
from ingest.operations.operations import Operations
from ingest.operations.part import Part
from ingest.operations.spooled import Disk, Spooled
from ingest.sources.files import Files
from ingest.sources.intake import Intake
from ingest.sources.spooled import drain
from ingest.spool import Delivery, Spool
from schemas import settings
from schemas.errors import LakeError
from schemas.operations import OperationsSettings
from tests.ingest.conftest import LINE, WEB, lines
from tests.ingest.test_writer import AUDIT, RECORD, batch, web

SETTINGS = {
    "sources": {"web": {"mapping": "web_access"}, "other": {"mapping": "web_access"}},
    "collect": {"net": {"kind": "syslog_tcp", "listen": "127.0.0.1:0", "senders": {"::1": "web", "::2": "other"}}},
}


def told(part):
    """What PART tells, by name and labels (without shards, which are random)."""
    found = {}
    for family in part.collect():
        for sample in family.samples:
            labels = ",".join(value for name, value in sample.labels.items() if name != "shard")
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def looked(part):
    part.sample()
    return told(part)


def between(numbers, source="web"):
    """The balance of the spool's hop and of the lake's, as the rules have them."""
    spool = [f"sparhund_spool_{name}{{{source}}}" for name in ("end_position", "taken_position", "waiting_records")]
    names = ("evidence_records_total", "normalised_records_total", "unnormalised_records")
    lake = [f"sparhund_lake_{name}{{{source}}}" for name in names]
    return [
        numbers[what[0]] - numbers[what[1]] - numbers[what[2]]
        for what in (spool, lake)
        if any(n in numbers for n in what)
    ]


def append(spool, count, source="web", received=None):
    records = [LINE.format(number).strip().encode() for number in range(count)]
    spool.append(source, Delivery(records=records, received=received or datetime.now(UTC)))


@pytest.fixture
def spool(town):
    return Spool(town.root / "spool")


# Collectors.


def intake_of(spool, work, after=lambda _: None):
    async def run():
        async with Intake(spool, asyncio.Event()) as intake:
            await work(intake)
            after(intake)

    asyncio.run(run())


def test_what_collectors_took_and_could_not_take_is_told_by_collector_source_and_reason(spool):
    part = Collected(settings.parse(SETTINGS), spool)
    before = looked(part)
    assert before["sparhund_collect_records_total{net,web}"] == before["sparhund_collect_bytes_total{net,other}"] == 0

    async def work(intake):
        await intake.append("net", "web", [b"abc", b"d"], datetime(2026, 3, 1, tzinfo=UTC))
        intake.trouble["net"].lost["datagrams that the kernel had no room for"] += 3
        intake.trouble["net"].refused["connections of unknown senders"] += 2
        intake.trouble["net"].odd["records that their sender cut short"] += 1

    intake_of(spool, work, part.look)
    assert looked(part) == {
        "sparhund_collect_records_total{net,web}": 2,
        "sparhund_collect_records_total{net,other}": 0,
        "sparhund_collect_bytes_total{net,web}": 4,
        "sparhund_collect_bytes_total{net,other}": 0,
        "sparhund_collect_last_received_timestamp_seconds{net,web}": datetime(2026, 3, 1, tzinfo=UTC).timestamp(),
        "sparhund_collect_refused_total{net,connections of unknown senders}": 2,
        "sparhund_collect_lost_records_total{net,datagrams that the kernel had no room for}": 3,
        "sparhund_collect_odd_total{net,records that their sender cut short}": 1,
        "sparhund_collect_waiting_bytes": 0,
        "sparhund_collect_position{web}": 2,
        "sparhund_collect_position{other}": 0,
    }


def test_what_was_told_to_be_durable_is_in_the_spool_whatever_restarted(spool):
    async def work(intake):
        await intake.append("net", "web", [b"1", b"2", b"3"])

    for run in range(1, 3):
        part, stream = Collected(settings.parse(SETTINGS), spool), Spooled(spool)
        intake_of(spool, work, part.look)
        assert looked(part)["sparhund_collect_position{web}"] == 3 * run
        assert looked(stream)["sparhund_spool_end_position{web}"] == 3 * run
    shutil.rmtree(spool.root / "web")
    assert "sparhund_spool_end_position{web}" not in looked(stream)


def test_many_reasons_make_no_more_series_than_are_good(spool, monkeypatch):
    monkeypatch.setattr(collected, "REASONS", 2)
    part = Collected(settings.parse(SETTINGS), spool)

    async def work(intake):
        for number in range(1, 5):
            intake.trouble["net"].refused[f"reason {number}"] = number

    intake_of(spool, work, part.look)
    found = {name: value for name, value in looked(part).items() if "refused" in name}
    assert found == {
        "sparhund_collect_refused_total{net,reason 1}": 1,
        "sparhund_collect_refused_total{net,reason 2}": 2,
        "sparhund_collect_refused_total{net,other}": 7,
    }


def test_a_spool_that_can_not_be_written_is_a_problem_until_it_can(spool, monkeypatch):
    part = Collected(settings.parse(SETTINGS), spool)
    append_to = Spool.append

    def full(*_):
        raise OSError(28, "No space left on device")

    async def work(intake):
        monkeypatch.setattr(Spool, "append", full)
        with pytest.raises(OSError, match="No space"):
            await intake.append("net", "web", [b"1"])
        part.look(intake)
        assert list(part.problems()) == ["the spool can't be written: web"]
        monkeypatch.setattr(Spool, "append", append_to)
        await intake.append("net", "web", [b"1"])

    intake_of(spool, work, part.look)
    assert list(part.problems()) == []


# The spool.


def test_the_spool_tells_how_far_it_goes_what_waits_and_how_long(town, spool):
    writer = town.writer()
    part = Spooled(spool, lambda source, shard: writer.next_position(replace(WEB, name=source), shard))
    assert not [name for name in looked(part) if "position" in name]
    append(spool, 3, received=datetime.now(UTC) - timedelta(minutes=2))
    append(spool, 2)
    numbers = looked(part)
    assert [numbers[f"sparhund_spool_{name}{{web}}"] for name in ("end_position", "taken_position")] == [5, 0]
    assert numbers["sparhund_spool_waiting_records{web}"] == 5
    assert 119 < numbers["sparhund_spool_lag_seconds{web}"] < 240
    assert numbers["sparhund_spool_bytes{web}"] == sum(path.stat().st_size for path in spool.root.glob("web/*.seg"))
    assert numbers["sparhund_spool_disk_size_bytes"] > numbers["sparhund_spool_disk_free_bytes"] > 0
    assert between(numbers) == [0]
    drain(writer, spool)
    append(spool, 1)
    numbers = looked(part)
    assert [numbers[f"sparhund_spool_{name}{{web}}"] for name in ("end_position", "taken_position")] == [6, 5]
    assert numbers["sparhund_spool_waiting_records{web}"] == 1
    assert numbers["sparhund_spool_lag_seconds{web}"] < 60
    assert between(numbers) == [0]


def test_without_the_lake_the_spool_tells_what_was_trimmed(spool):
    append(spool, 5)
    spool.trim("web", 3)
    numbers = looked(Spooled(spool))
    assert numbers["sparhund_spool_taken_position{web}"] == 3
    assert numbers["sparhund_spool_waiting_records{web}"] == 2


def test_only_the_streams_that_the_next_hop_takes_are_told(spool):
    append(spool, 1)
    append(spool, 1, "other")
    part = Spooled(spool, lambda *_: 0, {"other"})
    assert [name for name in looked(part) if "end_position" in name] == ["sparhund_spool_end_position{other}"]


def test_records_that_vanish_from_the_spool_or_a_spool_from_before_break_the_balance(spool, tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.spool.SEGMENT_BYTES", 100)
    taken = {"web": 1}
    part = Spooled(spool, lambda source, _shard: taken[source])
    append(spool, 2)
    backup = shutil.copytree(spool.root / "web", tmp_path / "backup")
    for _ in range(3):
        append(spool, 2)
    assert between(looked(part)) == [0]
    # What is trimmed as it should be, between our look at the lake and that at the spool, is no loss.
    spool.trim("web", 4)
    assert between(looked(part)) == [0]
    taken["web"] = 4
    assert between(looked(part)) == [0]
    min(spool.root.glob("web/*.seg")).unlink()
    looked(part)
    assert between(looked(part)) == [2]
    shutil.rmtree(spool.root / "web")
    shutil.copytree(backup, spool.root / "web")
    part = Spooled(spool, lambda *_: 8)
    assert between(looked(part)) == [-6]


def test_a_damaged_stream_is_a_problem_and_hides_no_other(spool):
    append(spool, 2)
    append(spool, 2)
    append(spool, 2, "other")
    segment = next(spool.root.glob("web/*.seg"))
    damaged = bytearray(segment.read_bytes())
    damaged[60] ^= 1
    segment.write_bytes(damaged)
    part = Spooled(spool)
    numbers = looked(part)
    assert [numbers[f"sparhund_spool_readable{{{source}}}"] for source in ("web", "other")] == [0, 1]
    assert numbers["sparhund_spool_end_position{other}"] == 2
    assert list(part.problems()) == ["the spool can't be read: web"]


def test_a_spool_that_is_not_made_yet_has_a_disk(tmp_path):
    numbers = looked(Spooled(Spool(tmp_path.resolve() / "lake" / "spool")))
    assert numbers["sparhund_spool_disk_free_bytes"] > 0


def test_a_full_disk_is_a_problem(tmp_path, monkeypatch):
    room = SimpleNamespace(f_bavail=(spooled.FULL_BYTES >> 12) - 1, f_frsize=4096, f_blocks=1 << 30)
    monkeypatch.setattr(os, "statvfs", lambda _: room)
    disk = Disk("spool", tmp_path)
    assert list(disk.problems()) == []
    disk.sample()
    assert list(disk.problems()) == ["the disk of the spool is full"]
    room.f_bavail += 1
    disk.sample()
    assert list(disk.problems()) == []


# The lake.


def test_the_lake_tells_what_its_commits_hold(town):
    writer = town.writer(WEB, AUDIT)
    part = LakeWatch(town.root, [replace(WEB, silent_after_s=60), AUDIT])
    writer.write([web(0, 3), batch(WEB, ["no web line"], position=3)])
    writer.write([web(6, 2)])  # 4 and 5 never came
    # Two records in one, and one that came before.
    writer.write([batch(AUDIT, [RECORD.format("a", "08:00:00"), RECORD.format("b", "08:00:01")])])
    writer.write([batch(AUDIT, [RECORD.format("a", "08:00:00")], position=2)])
    numbers = looked(part)
    expected = {
        "evidence_records": (6, 3),
        "normalised_records": (6, 3),
        "events": (5, 2),
        "rejects": (1, 0),
        "repeats": (0, 1),
        "gaps": (1, 0),
        "missing_records": (2, 0),
    }
    for name, counts in expected.items():
        assert tuple(numbers[f"sparhund_lake_{name}_total{{{source}}}"] for source in ("web", "m365")) == counts, name
    assert numbers["sparhund_lake_unnormalised_records{web}"] == 0
    assert numbers["sparhund_lake_commits_total{evidence}"] == 4
    assert numbers["sparhund_lake_commit_seconds_count{normalised}"] == 4
    assert numbers["sparhund_lake_freshness_seconds_count{normalised}"] == 4
    assert numbers["sparhund_lake_evidence_bytes_total"] > 0
    assert numbers["sparhund_source_last_received_timestamp_seconds{web}"] == AUDIT_RECEIVED
    assert numbers["sparhund_source_silent_after_seconds{web}"] == 60
    assert "sparhund_source_silent_after_seconds{m365}" not in numbers
    assert numbers["sparhund_lake_readable"] == 1
    assert between(numbers) == [0]


AUDIT_RECEIVED = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


def test_merging_counts_nothing_and_who_begins_later_counts_from_then(town):
    writer = town.writer()
    part = LakeWatch(town.root, [WEB])
    for position in range(0, 8, 2):
        writer.write([web(position, 2)])
    names = [f"sparhund_lake_{name}_records_total{{web}}" for name in ("evidence", "normalised")]
    assert [looked(part)[name] for name in names] == [8, 8]
    compaction.tend(Lake.open(town.root), 2, datetime.now(UTC))
    assert [looked(part)[name] for name in names] == [8, 8]
    again = LakeWatch(town.root, [WEB])
    writer.write([web(8, 1)])
    for each, count in ((part, 9), (again, 1)):
        assert [looked(each)[name] for name in names] == [count, count]
        assert between(told(each)) == [0]


def test_a_foreign_topic_that_begins_late_and_has_holes_is_in_balance(town):
    """Its positions are offsets; a hole in them is recorded as a gap or is none, but no record."""
    part = LakeWatch(town.root, [WEB])
    writer = town.writer()
    writer.write([web(1_000_000, 2, shard="cluster/topic/0")])
    writer.write([web(1_000_010, 2, shard="cluster/topic/0")])
    numbers = looked(part)
    assert numbers["sparhund_lake_evidence_records_total{web}"] == 4
    assert between(numbers) == [0]
    assert looked(LakeWatch(town.root, [WEB]))["sparhund_lake_evidence_records_total{web}"] == 0
    # What isn't a source's is none: a broker's offset of one of our own topics.
    Lake.open(town.root).table("evidence").commit([], expect={}, positions={"@kafka/cluster/topic/0": 7})
    for each in (part, LakeWatch(town.root, [WEB])):
        assert not [name for name in looked(each) if "kafka" in name]


def test_evidence_without_rows_waits_until_somebody_normalises_it(town, monkeypatch):
    writer = town.writer()
    part = LakeWatch(town.root, [WEB])

    def fails(*_):
        raise LakeError("no room")

    monkeypatch.setattr(writer, "_commit_normalised", fails)
    with pytest.raises(LakeError):
        writer.write([web(0, 3)])
    numbers = looked(part)
    assert numbers["sparhund_lake_unnormalised_records{web}"] == 3
    assert between(numbers) == [0]
    restarted = LakeWatch(town.root, [WEB])
    assert between(looked(restarted)) == [0]
    town.writer().catch_up()
    for each in (part, restarted):
        assert looked(each)["sparhund_lake_unnormalised_records{web}"] == 0
        assert between(told(each)) == [0]


def test_a_commit_that_moves_a_position_without_its_rows_breaks_the_balance(town, monkeypatch):
    writer = town.writer()
    part = LakeWatch(town.root, [WEB])
    monkeypatch.setattr(writer, "_commit_normalised", lambda *_: None)
    writer.write([web(0, 3)])
    assert between(looked(part)) == [0]
    Lake.open(town.root).table("normalised").commit([], expect={}, positions={"web/s": 3})
    assert between(looked(part)) == [3]


def test_after_a_log_that_was_cleaned_while_we_slept_counting_begins_anew(town):
    writer = town.writer()
    part = LakeWatch(town.root, [WEB])
    for position in range(0, 6, 2):
        writer.write([web(position, 2)])
    for name in ("evidence", "normalised"):
        DeltaTable(town.root / name).create_checkpoint()
        for version in range(3):
            (town.root / name / "_delta_log" / f"{version:020d}.json").unlink()
    numbers = looked(part)
    assert numbers["sparhund_lake_evidence_records_total{web}"] == 0
    assert between(numbers) == [0]
    assert numbers["sparhund_lake_readable"] == 1
    writer.write([web(6, 2)])
    numbers = looked(part)
    assert numbers["sparhund_lake_evidence_records_total{web}"] == 2
    assert between(numbers) == [0]


def test_who_was_heard_before_we_began_is_known(town, monkeypatch):
    now = datetime.now(UTC).replace(microsecond=0)
    other = replace(WEB, name="other")
    town.writer(WEB, other).write([replace(web(0, 1, received=now - timedelta(days=3)), source=other)])
    town.writer(WEB, other).write([web(0, 1, received=now - timedelta(days=1)), web(1, 1, received=now)])

    def heard(part):
        prefix = "sparhund_source_last_received_timestamp_seconds"
        return {name.removeprefix(prefix): value for name, value in looked(part).items() if name.startswith(prefix)}

    part = LakeWatch(town.root, [WEB, other])
    # A day each time: a lake of many days holds nobody up.
    assert heard(part) == {"{web}": now.timestamp()}
    assert heard(part) == {"{web}": now.timestamp()}
    both = {"{web}": now.timestamp(), "{other}": (now - timedelta(days=3)).timestamp()}
    assert heard(part) == both
    assert heard(part) == both
    monkeypatch.setattr(watching, "BACK_DAYS", 2)
    part = LakeWatch(town.root, [WEB, other])
    for _ in range(4):
        assert heard(part) == {"{web}": now.timestamp()}


def test_a_lake_that_can_not_be_read_is_a_problem_and_what_was_seen_stays(town):
    writer = town.writer()
    part = LakeWatch(town.root, [WEB])
    writer.write([web(0, 3)])
    assert looked(part)["sparhund_lake_readable"] == 1
    log = town.root / "normalised" / "_delta_log"
    log.rename(town.root / "away")
    numbers = looked(part)
    assert numbers["sparhund_lake_readable"] == 0
    assert numbers["sparhund_lake_evidence_records_total{web}"] == 3
    assert list(part.problems()) == ["the lake can't be read"]
    (town.root / "away").rename(log)
    assert looked(part)["sparhund_lake_readable"] == 1
    assert list(part.problems()) == []


def test_a_stream_that_waits_and_does_not_move_is_stalled(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(watching.time, "monotonic", lambda: now[0])
    streams = {"web": SimpleNamespace(taken=5, waiting=1), "still": SimpleNamespace(taken=5, waiting=0)}
    part = Stalled(lambda: streams)
    part.sample()
    now[0] += watching.STALLED_S
    part.sample()
    assert list(part.problems()) == []
    now[0] += 0.1
    part.sample()
    assert list(part.problems()) == ["stalled: web"]
    streams["web"].taken = 6
    part.sample()
    assert list(part.problems()) == []


# Files.


def test_files_tell_what_of_them_was_not_read_yet_together_for_each_source(town, monkeypatch):
    monkeypatch.setattr(followed, "EVERY_S", 0)
    now = [1000.0]
    monkeypatch.setattr(followed.time, "monotonic", lambda: now[0])
    for name in "ab":
        (town.logs / f"{name}.log").write_text(lines(1))
    work = [(WEB, [str(town.logs / "*.log")])]
    with Files(town.writer()) as files:
        part = Followed(files, work)
        size = len(lines(1))
        assert looked(part) == {
            "sparhund_files{web}": 2,
            "sparhund_files_waiting_bytes{web}": 2 * size,
            "sparhund_files_lag_seconds{web}": 0,
        }
        now[0] += 30
        with (town.logs / "a.log").open("a") as log:
            log.write(lines(2))
        assert looked(part)["sparhund_files_lag_seconds{web}"] == 30
        files.follow(work)
        assert looked(part) == {
            "sparhund_files{web}": 2,
            "sparhund_files_waiting_bytes{web}": 0,
            "sparhund_files_lag_seconds{web}": 0,
        }
        # Growing all the time, and read all the time, is not behind.
        for _ in range(3):
            now[0] += 30
            with (town.logs / "a.log").open("a") as log:
                log.write(lines(3))
            files.follow(work)
            with (town.logs / "a.log").open("a") as log:
                log.write(lines(4))
            assert looked(part)["sparhund_files_lag_seconds{web}"] <= 30
        (town.logs / "a.log").unlink()
        (town.logs / "a.log").write_text(lines(1))  # another file: nothing of it was read
        assert looked(part)["sparhund_files_waiting_bytes{web}"] == size
        files.flush()


# All of them.


class Broken(Part):
    def sample(self):
        raise ValueError("19121212-1212")


def test_a_part_that_can_not_be_looked_at_is_a_problem_by_itself_and_hides_no_other(spool, caplog):
    append(spool, 2)
    operations = Operations("ingest", OperationsSettings(ingest="127.0.0.1:0"))
    stream = Spooled(spool)
    operations.add(Broken())
    operations.add(stream)
    operations.begun()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            operations.sample()
    assert operations.problems == ("broken: could not be looked at",)
    assert told(stream)["sparhund_spool_end_position{web}"] == 2
    assert len(caplog.records) == 2  # once that it failed and where, once that we are not ready
    assert "ValueError at " in caplog.text
    assert "19121212" not in caplog.text
