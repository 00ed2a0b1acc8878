"""Files of another host: into the lake through Kafka as if they had been read here, once."""

import gzip
import json
import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

import pyarrow as pa
import pytest

from ingest.kafka.client import Fetched, Place
from ingest.kafka.groups import AROUND_BYTES, BIG_BYTES, GROUP_BYTES, TOO_LONG, groups
from ingest.kafka.records import blocks, own, sent
from ingest.kafka.ship import Shipper
from ingest.normalise import ADDRESSED, Context
from ingest.operations.brokered import Forwarded
from ingest.operations.followed import Followed
from ingest.sources import files
from ingest.spool import Block
from ingest.streams import Batch
from schemas.settings import LakeSettings, Settings
from schemas.source import Source
from tests.ingest.conftest import WEB, lines
from tests.ingest.kafka.test_topics import reading, stored, thread, until

IIS = Source(name="iis", mapping="iis_w3c")
TABLE = Source(
    name="omsorg",
    mapping="table_csv",
    zone="Europe/Stockholm",
    params={"columns": {"time": "at", "actor_account": "who", "object_path": "what"}, "words": {}},
)
W3C = "#Fields: date time cs-uri-stem c-ip cs-method sc-status\n", "2026-03-01 08:14:07 /{} 192.0.2.15 GET 200\n"
CSV = "at;who;what\n", '2026-03-01 09:14:07;anna;"/{}"\n'


@pytest.fixture
def far(tmp_path, settings):
    """Makes shippers of another host, as its processes would be."""
    logs = tmp_path / "far" / "logs"
    logs.mkdir(parents=True)

    def made(stopped, **patterns):
        sources = {
            each.name: replace(each, shipped=tuple(str(logs / pattern) for pattern in patterns[each.name]))
            for each in (WEB, IIS, TABLE)
            if each.name in patterns
        }
        lake = LakeSettings(root=tmp_path / "far" / "lake")
        return Shipper(Settings(lake=lake, kafka=settings(), sources=sources), stopped)

    made.logs = logs
    return made


def told(part):
    """The samples of PART, by name and label."""
    return {(each.name, *each.labels.values()): each.value for family in part.collect() for each in family.samples}


def shipping(far, **patterns):
    return thread(lambda stopped: far(stopped, **patterns).run())


@pytest.mark.program("mvn")
def test_files_of_every_kind_come_as_if_they_had_been_read_here(town, settings, far, monkeypatch):
    monkeypatch.setattr(files, "ROTATED_S", 0.5)
    log = far.logs / "access.log"
    log.write_text(lines(*range(100)))
    (far.logs / "old.log.gz").write_bytes(gzip.compress(lines(*range(1000, 1500)).encode()))
    (far.logs / "u_ex.iis").write_text(W3C[0] + "".join(W3C[1].format(number) for number in range(2000, 2100)))
    (far.logs / "a.csv").write_text(CSV[0] + "".join(CSV[1].format(number) for number in range(3000, 3100)))
    everything = [*range(100), *range(1000, 1500), *range(2000, 2100), *range(3000, 3100)]
    patterns = {"web": ["*.log", "*.gz", "access.log.1"], "iis": ["*.iis"], "omsorg": ["*.csv"]}
    with reading(town, settings(), WEB, IIS, TABLE):
        with shipping(far, **patterns):
            until(lambda: town.paths() == everything)
            with log.open("a") as file:
                file.write(lines(100))
            log.rename(far.logs / "access.log.1")
            log.write_text(lines(101, 102))
            until(lambda: town.paths() == sorted([*everything, 100, 101, 102]))
        # Down while a file is renamed and packed, others grow, and one of no new content comes.
        with log.open("a") as file:
            file.write(lines(103)[:20])
        with (far.logs / "access.log.1.gz").open("wb") as file:
            file.write(gzip.compress((far.logs / "access.log.1").read_bytes()))
        (far.logs / "access.log.1").unlink()
        shutil.copy(far.logs / "old.log.gz", far.logs / "again.gz")
        with (far.logs / "u_ex.iis").open("a") as file:
            file.write(W3C[1].format(2100))
        with shipping(far, **patterns):
            until(lambda: 2100 in town.paths())
            with log.open("a") as file:
                file.write(lines(103)[20:])
            until(lambda: 103 in town.paths())
    assert town.paths() == sorted([*everything, 100, 101, 102, 103, 2100])
    assert town.rows("kind", where="kind <> 'event'") == []
    assert len(town.rows("DISTINCT shard", "evidence", "source = 'web'")) == 3
    # Only with its header a row of a table means something; and what is packed has the time that it was changed.
    told = [json.loads(text) for text in town.rows("context", "contexts", "true")]
    assert {each["decoder"] for each in told} == {"lines", "w3c", "csv"}
    assert all(each["path"].startswith(f"{far.logs}/") for each in told)
    assert all("mtime" in each for each in told if each["path"].endswith(".gz"))


@pytest.mark.program("mvn")
def test_files_wait_for_a_broker_and_an_end_is_in_order(town, settings, far, monkeypatch):
    (far.logs / "access.log").write_text(lines(*range(100)))
    chosen = settings()
    stopped = threading.Event()
    shipper = far(stopped, web=["*.log"])
    monkeypatch.setattr(shipper, "settings", replace(chosen, brokers=("127.0.0.1:1",)))
    with thread(lambda _: shipper.run()):
        until(lambda: not shipper.contact.reachable)
        stopped.set()
    stopped = threading.Event()
    shipper = far(stopped, web=["*.log"])
    with thread(lambda _: shipper.run()), reading(town, chosen, WEB):
        until(lambda: shipper.records["web"] == 100)
        stored(town, 100)
        followed = Followed(shipper.files, shipper.work)
        followed.sample()
        stopped.set()
    assert town.paths() == list(range(100))
    bytes_ = sum(map(len, lines(*range(100)).splitlines()))
    sent = told(Forwarded(shipper))
    assert (sent["sparhund_forward_records_total", "web"], sent["sparhund_forward_bytes_total", "web"]) == (100, bytes_)
    assert told(followed)["sparhund_files_waiting_bytes", "web"] == 0


def test_what_is_broken_or_cut_comes_so():
    moment = datetime(2026, 3, 1, 9, tzinfo=UTC)
    context = Context(path="/a.log", mtime=moment, encoding="latin-1", cut=True)
    rows = [(b"a", None), (b"b", "why"), (b"c", "why"), (b"d", None), (b"e", None)]
    table = pa.table(
        {
            "shard": ["s"] * 5,
            "position": range(7, 12),
            "received": [moment] * 5,
            "record": [record for record, _ in rows],
            "broken": [broken for _, broken in rows],
            "context": [0] * 5,
        }
    )
    found = list(blocks(Batch(WEB, table.cast(ADDRESSED), (context,))))
    messages = [each for block in found for each in zip(*sent(block), strict=True)]
    fetched = Fetched(
        Place("t", 0),
        list(range(5)),
        [value for value, _ in messages],
        [b"s"] * 5,
        [headers for _, headers in messages],
    )
    (batch,) = own(fetched, WEB, "partition").values()
    assert batch.records.drop_columns("context").to_pylist() == table.drop_columns("context").to_pylist()
    told = [batch.contexts[number] for number in batch.records["context"].to_pylist()]
    assert told == [replace(context, cut=False)] * 4 + [context]


def test_what_no_forwarder_says_of_a_record_is_refused():
    good = {"position": b"0", "received": b"1"}
    for wrong in (
        {"context": b'{"decoder": "xml"}'},
        {"context": b'{"decoder": "lines", "encoding": "rot13"}'},
        {"context": b'{"decoder": "lines", "mtime": "yesterday"}'},
        {"context": b'{"decoder": "lines", "cut": 1}'},
        {"context": b'{"decoder": "lines", "colour": "red"}'},
        {"context": b"[1]"},
        {"context": b"{"},
        {"broken": b"\xff"},
    ):
        headers = list({**good, **wrong}.items())
        assert list(own(Fetched(Place("t", 0), [3], [b"x"], [b"s"], [headers]), WEB, "partition")) == ["partition"], (
            wrong
        )


def test_blocks_are_sent_by_so_many_as_may_wait_and_big_records_alone():
    moment = datetime(2026, 3, 1, 9, tzinfo=UTC)
    big, huge = b"b" * (BIG_BYTES + 1), b"h" * (4 << 20)
    records = [b"a", b"b", big, b"c", *[b"x" * 400_000] * 30, huge]
    found = list(groups([Block(records=records, position=5, received=moment)], 3 << 20))
    assert [len(group) for group in found if len(group[0].records[0]) > BIG_BYTES] == [1, 1]
    assert all(sum(len(record) for block in group for record in block.records) <= GROUP_BYTES for group in found)
    flat = [
        (block.position + number, record, block.broken)
        for block in chain(*found)
        for number, record in enumerate(block.records)
    ]
    assert [position for position, _, _ in flat] == list(range(5, 5 + len(records)))
    assert [record for _, record, broken in flat if not broken] == records[:-1]
    assert flat[-1][1:] == (huge[: (3 << 20) - AROUND_BYTES], TOO_LONG)
