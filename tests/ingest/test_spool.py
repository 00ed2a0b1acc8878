import multiprocessing
import os
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from ingest.lake import Lake
from ingest.sources.spooled import OWN, drain
from ingest.spool import Delivery, Spool
from schemas.errors import LakeError
from schemas.source import Source

ACT = b'{"time": "2026-03-01T08:00:00Z", "act": "asked", "ask": "a%d", "account": "anna", "question": "logins"}'


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "spool")


def held(spool, position=0, source="a"):
    return [record for block in spool.read(source, position) for record in block.records]


def test_what_a_crash_tore_off_is_cut_and_positions_go_on(spool):
    assert list(spool.append("a", Delivery(records=[b"1", b"22"]))) == [0, 1]
    with next((spool.root / "a").glob("*.seg")).open("ab") as file:
        file.write(b"SPB2 half a block")
    assert list(spool.append("a", Delivery(records=[b"333"]))) == [2]
    assert held(spool, 1) == [b"22", b"333"]


def test_a_trimmed_stream_counts_on(spool, monkeypatch):
    monkeypatch.setattr("ingest.spool.SEGMENT_BYTES", 100)
    for number in range(10):
        spool.append("a", Delivery(records=[b"%d" % number * 40]))
    assert len(list((spool.root / "a").glob("*.seg"))) > 2
    spool.trim("a", 7)
    assert spool.waiting("a") == 3
    assert len(list((spool.root / "a").glob("*.seg"))) <= 2
    spool.trim("a", 10)
    assert (spool.waiting("a"), spool.next_position("a")) == (0, 10)
    assert list(spool.append("a", Delivery(records=[b"4"]))) == [10]
    assert held(spool, 10) == [b"4"]


def test_a_note_outlives_its_records_and_is_never_without_them(spool, monkeypatch):
    monkeypatch.setattr("ingest.spool.SEGMENT_BYTES", 100)
    began = datetime.now(UTC)
    for number in range(4):
        spool.append("a", Delivery(records=[b"without"]))
        spool.append("a", Delivery(records=[b"%d" % number * 40], note=b"note %d" % number))
    spool.trim("a", 5)
    assert held(spool, 5)[-1] == b"3" * 40
    assert [block.note for block in Spool(spool.root).notes("a", began)] == [b"note %d" % number for number in range(4)]
    torn = max((spool.root / "a").glob("*.seg"))
    torn.write_bytes(torn.read_bytes()[:-1])
    assert [block.note for block in Spool(spool.root).notes("a", began)][-1] == b"note 2"
    monkeypatch.setattr("ingest.spool.NOTES_KEPT_S", -1)
    spool.trim("a", 6)
    assert list((spool.root / "a").glob("*.notes")) == []
    assert spool.notes("a", datetime.now(UTC) + timedelta(hours=1)) == []


def test_damage_within_a_stream_is_an_error_and_no_end(spool):
    spool.append("a", Delivery(records=[b"first record"]))
    spool.append("a", Delivery(records=[b"second record"]))
    segment = next((spool.root / "a").glob("*.seg"))
    data = bytearray(segment.read_bytes())
    data[data.index(b"first")] ^= 1
    segment.write_bytes(data)
    with pytest.raises(LakeError, match="damaged"):
        held(spool)


def test_a_torn_block_whose_records_look_like_a_block_is_cut(spool):
    spool.append("a", Delivery(records=[b"1"]))
    segment = next((spool.root / "a").glob("*.seg"))
    whole = segment.read_bytes()
    spool.append("a", Delivery(records=[b"SPB2 is how a block begins", b"2"]))
    segment.write_bytes(segment.read_bytes()[:-1])
    again = Spool(spool.root)
    assert held(again) == [b"1"]
    assert list(again.append("a", Delivery(records=[b"3"]))) == [1]
    assert segment.read_bytes().startswith(whole)
    assert held(Spool(spool.root)) == [b"1", b"3"]


def test_what_other_processes_append_is_seen(spool):
    other = Spool(spool.root)
    for number in range(3):
        spool.append("a", Delivery(records=[b"s%d" % number]))
        other.append("a", Delivery(records=[b"o%d" % number]))
    assert held(spool) == held(other) == [b"s0", b"o0", b"s1", b"o1", b"s2", b"o2"]
    spool.append("a", Delivery(records=[b"s3"]))
    assert held(other, 6) == [b"s3"]
    assert held(other, 2)[0] == b"s1"


def _append(root, name, count):
    for number in range(count):
        Spool(root).append("a", Delivery(records=[f"{name}-{number}".encode()]))


def test_many_processes_append_each_record_once(spool):
    context = multiprocessing.get_context("spawn")  # what native threads held when they are copied is held for ever
    processes = [context.Process(target=_append, args=(spool.root, name, 30)) for name in "xyz"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    found = held(spool)
    assert sorted(found) == sorted(f"{name}-{number}".encode() for name in "xyz" for number in range(30))
    assert spool.next_position("a") == 90


def test_our_own_acts_go_into_the_lake_once(town):
    spool = Spool(town.root / "spool")
    spool.append(OWN.name, Delivery(records=[ACT % 1, ACT % 2]))
    assert drain(town.writer(OWN), spool) == 2
    assert (spool.waiting(OWN.name), drain(town.writer(OWN), spool)) == (0, 0)
    spool.append(OWN.name, Delivery(records=[ACT % 3]))
    assert drain(town.writer(OWN), spool) == 1
    assert town.rows("position, source") == [{"position": n, "source": "sparhund"} for n in range(3)]
    assert town.rows(where="kind <> 'event'") == []


def test_a_stream_that_somebody_makes_just_now_or_died_of_is_none_yet(town):
    spool = Spool(town.root / "spool")
    folder = spool.root / OWN.name
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    (folder / "stream.new").touch()
    assert (spool.sources(), drain(town.writer(OWN), spool)) == ([], 0)
    spool.append(OWN.name, Delivery(records=[ACT % 1]))
    assert (spool.sources(), drain(town.writer(OWN), spool)) == ([OWN.name], 1)


def test_how_far_a_stream_was_trimmed_may_be_lost_in_a_power_cut(town):
    spool = Spool(town.root / "spool")
    spool.append(OWN.name, Delivery(records=[ACT % 1]))
    assert drain(town.writer(OWN), spool) == 1
    (spool.root / OWN.name / "trimmed").write_bytes(b"")
    spool.append(OWN.name, Delivery(records=[ACT % 2]))
    assert drain(town.writer(OWN), Spool(spool.root)) == 1
    assert spool.waiting(OWN.name) == 0


def test_each_stream_is_read_by_its_mappings_own_decoder(town):
    linux = Source(name="linux", mapping="linux_auth")
    audit = Source(name="m365", mapping="m365_audit")
    spool = Spool(town.root / "spool")
    line = b"<38>1 2026-03-01T08:00:00Z web1 sshd 7 - - Accepted password for anna from 192.0.2.1 port 5000 ssh2"
    spool.append("linux", Delivery(records=[line, line]))
    spool.append("linux", Delivery(records=[b"\xff\xfe no text", line]))
    found = [b'{"Id": "a", "CreationTime": "2026-03-01T08:00:00", "Operation": "FileAccessed"}', b"no JSON"]
    spool.append("m365", Delivery(records=found))
    assert drain(town.writer(linux, audit), spool) == 6
    found = town.rows("source, position, kind", where="true")
    assert [(row["source"], row["kind"]) for row in found] == [
        ("linux", "event"),
        ("linux", "event"),
        ("linux", "reject"),
        ("linux", "event"),
        ("m365", "event"),
        ("m365", "reject"),
    ]
    assert Lake.open(town.root).table("evidence").version == 2


def test_evidence_tells_who_sent_a_record_and_when(town):
    spool = Spool(town.root / "spool")
    moments = [datetime(2026, 3, 1, 8, minute, tzinfo=UTC) for minute in range(3)]
    senders = [b'{"sender": "192.0.2.1"}', b'{"sender": "192.0.2.2", "path": "logs"}', b""]
    spool.append(
        OWN.name,
        *(
            Delivery(records=[ACT % number, ACT % number], received=moment, context=context)
            for number, (moment, context) in enumerate(zip(moments, senders, strict=True))
        ),
    )
    assert drain(town.writer(OWN), spool) == 6
    lake = Lake.open(town.root)
    evidence, contexts = (lake.table(name).scan() for name in ("evidence", "contexts"))
    found = duckdb.sql(
        "SELECT position, epoch_us(received), context->>'sender', context->>'path' "
        f"FROM (SELECT position, received, context AS id FROM {evidence}) JOIN {contexts} USING (id) ORDER BY position"
    ).fetchall()
    names = [("192.0.2.1", None), ("192.0.2.2", "logs"), (None, None)]
    at = [int(moment.timestamp() * 1_000_000) for moment in moments]
    assert found == [(number, at[number // 2], *names[number // 2]) for number in range(6)]


def test_a_stream_without_a_source_waits(town):
    spool = Spool(town.root / "spool")
    spool.append("other", Delivery(records=[b"1"]))
    assert drain(town.writer(OWN), spool) == 0
    assert spool.waiting("other") == 1


def test_no_other_account_comes_into_a_new_spool(tmp_path):
    before = os.umask(0o022)
    try:
        Spool(tmp_path / "new" / "spool").append("a", Delivery(records=[b"1"]))
    finally:
        os.umask(before)
    assert (tmp_path / "new" / "spool").stat().st_mode & 0o777 == 0o750
