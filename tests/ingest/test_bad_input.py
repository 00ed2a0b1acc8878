"""What no program should have written: a reject for each record, or a named problem of the file; the rest goes on."""

import gzip
import io
import random
import zipfile

import pytest

from ingest.simulator.evtx_writer import EvtxRecord, EvtxTemplate, write_evtx
from ingest.sources.files import ingest
from schemas.source import Source
from tests.ingest.conftest import LINE

GOOD = LINE.format(15).encode()
NOISE = random.Random(1)
WEB = Source(name="s", mapping="web_access")
TABLE = Source(
    name="s", mapping="table_csv", params={"columns": '{"time": "time", "actor_account": "who", "object_id": "what"}'}
)
DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n"
UNREAD = "web_access: the file does not look like json_array or lines"


def mapped(name):
    return Source(name="s", mapping=name)


def at(year):
    return GOOD.replace(b"2026", year)


def zipped(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.log", data)
    return out.getvalue()


# source, bytes, how many events, the reasons of the rejects, the file's problem
INPUTS = {
    "garbage bytes between lines": (
        WEB,
        GOOD + NOISE.randbytes(999).replace(b"\n", b"") + b"\n" + GOOD,
        2,
        ["record: not utf-8 text"],
        None,
    ),
    "a line of 50 MB": (WEB, GOOD + b"x" * 50_000_000 + b"\n" + GOOD, 2, ["record: longer than 1 MiB"], None),
    "another encoding": (WEB, GOOD.replace(b"anna", b"\xe5sa") + GOOD, 1, ["record: not utf-8 text"], None),
    "NUL within a line": (WEB, GOOD.replace(b"curl", b"cu\0rl") + GOOD, 2, [], None),
    "JSON cut and JSON between lines": (WEB, GOOD + b'{"status": 200, "req\n' + GOOD, 2, ["json: not valid"], None),
    "JSON of 100,000 levels": (WEB, DEEP + GOOD, 2, [], None),
    "JSON of 100,000 levels, for a mapping that looks inside": (
        mapped("entra_signin"),
        b'{"id": "1"}\n' + DEEP,
        2,
        [],
        None,
    ),
    "arrays of 100,000 levels": (WEB, b'{"request": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n" + GOOD, 2, [], None),
    "times of 1600, 1601 and 9999": (
        WEB,
        at(b"1600") + at(b"1601") + at(b"9999"),
        2,
        ["time: outside the years 1601 to 9999"],
        None,
    ),
    "a day that is none": (WEB, GOOD.replace(b"01/Mar", b"31/Feb") + GOOD, 1, ["time: not a time"], None),
    "an unknown event id": (
        mapped("windows_security"),
        b'{"EventID": 99999, "TimeCreated": "2026-03-01T07:14:07Z"}\n',
        1,
        [],
        None,
    ),
    "a row with a column too few": (
        TABLE,
        b"time;who;what\n2026-03-01T08:00:00Z;anna;1\n2026-03-01T08:00:00Z;bo\n",
        1,
        ["row: want 3 columns, has 2"],
        None,
    ),
    "a header that is no row": (TABLE, b'a\rb"\n1;2\n', 0, ["row: want 0 columns, has 1"], None),
    "a cut gzip": (
        WEB,
        gzip.compress(GOOD * 9 + NOISE.randbytes(9999).replace(b"\n", b""))[:-5000],
        9,
        ["record: not utf-8 text"],
        "gzip: the file ends too early",
    ),
    "an event log of garbage": (
        mapped("windows_security"),
        b"ElfFile\0" + NOISE.randbytes(100_000),
        0,
        ["evtx: a chunk can't be read"] * 2,
        None,
    ),
    "a picture among web logs": (WEB, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + NOISE.randbytes(5000), 0, [], UNREAD),
    "an event log among web logs": (WEB, b"ElfFile\0" + bytes(5000), 0, [], UNREAD),
    "a picture that should be XML": (
        mapped("riv_log"),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        0,
        ["xml: no element"],
        None,
    ),
    "nothing": (WEB, b"", 0, [], None),
    "blank lines and a mark of byte order": (WEB, b"\xef\xbb\xbf\r\n\n\r\n", 0, [], None),
    "a zip of nothing but zeros, and a thousand times its size": (WEB, zipped(bytes(150_000_000)), 0, [], UNREAD),
    "a zip of one endless line": (
        WEB,
        zipped(b"x" * 70_000_000),
        0,
        ["record: longer than 64 MiB, kept in pieces"] * 2,
        None,
    ),
}


@pytest.mark.parametrize("title", INPUTS)
def test_nothing_is_lost_and_the_next_file_is_read(town, title):
    source, data, events, rejects, problem = INPUTS[title]
    bad, good = town.logs / "bad", town.logs / "good"
    bad.write_bytes(data)
    good.write_bytes(GOOD)
    writer = town.writer(source, Source(name="web", mapping="web_access"))
    (found,) = ingest(writer, source, [bad])
    (after,) = ingest(writer, Source(name="web", mapping="web_access"), [good])
    assert (after.records, after.problem) == (1, None)
    mine = "source = 's' AND kind ="
    assert town.rows("reason", where=f"{mine} 'reject'") == sorted(rejects)
    assert len(town.rows(where=f"{mine} 'event'")) == events
    assert found.records == events + len(rejects) == len(town.rows(table="evidence", where="source = 's'"))
    assert (found.problem or "").endswith(problem or "")
    assert bool(found.problem) == bool(problem)


def test_an_event_log_with_a_damaged_chunk_keeps_its_good_events(town):
    logoff = EvtxTemplate(event_id=4634, task=12545, fields=(("TargetUserName", "string"), ("Blob", "string")))
    log = town.logs / "Security.evtx"
    write_evtx(
        log, (EvtxRecord(logoff, 1_772_349_247_000_000 + n, "DC01", (f"anna{n}", "x" * 200)) for n in range(300))
    )
    data = bytearray(log.read_bytes())
    data[4096 + 65_536 : 4096 + 65_536 * 2] = b"\xab" * 65_536
    log.write_bytes(data)
    source = mapped("windows_security")
    (found,) = ingest(town.writer(source), source, [log])
    kept = town.rows("actor_account")
    assert town.rows("reason", where="kind = 'reject'") == ["evtx: a chunk can't be read"]
    assert town.rows("length, reason", where="kind = 'gap'") == [
        {"length": None, "reason": "evtx: events of a damaged chunk"}
    ]
    assert found.records == len(kept) + 1
    assert 100 < len(kept) < 300
    assert {"anna0", "anna299"} < set(kept) < {f"anna{n}" for n in range(300)}


def test_what_a_damaged_chunk_lost_is_a_gap_of_so_many_once(town):
    logoff = EvtxTemplate(event_id=4634, task=12545, fields=(("TargetUserName", "string"), ("Blob", "string")))
    log = town.logs / "Security.evtx"
    write_evtx(log, (EvtxRecord(logoff, 1_772_349_247_000_000 + n, "DC01", (f"anna{n}", "x" * 200)) for n in range(99)))
    data = bytearray(log.read_bytes())
    event = data.index(b"**\0\0", 4096 + 20000)
    data[event + 24 : event + 64] = b"\xff" * 40
    log.write_bytes(data)
    source = mapped("windows_security")
    writer = town.writer(source)
    for _ in range(2):
        list(ingest(writer, source, [log]))
    (rejected,) = town.rows("position", where="kind = 'reject'")
    assert town.rows("position, length", where="kind = 'gap'") == [{"position": rejected, "length": 1}]
    assert len(town.rows()) == 98


@pytest.mark.parametrize(
    ("client", "address", "port"),
    [
        ("2001:DB8::7", "2001:db8::7", None),
        ("::ffff:192.0.2.7", "192.0.2.7", None),
        ("[::FFFF:192.0.2.7]:443", "192.0.2.7", 443),
        ("fe80::1%eth0", "fe80::1", None),
        ("::", None, None),
        ("0.0.0.0", None, None),
        ("999.1.1.1", None, None),
    ],
)
def test_addresses_of_version_6_and_of_4_within_6(town, client, address, port):
    log = town.logs / "access.log"
    log.write_bytes(GOOD.replace(b"192.0.2.15", client.encode()))
    (found,) = ingest(town.writer(WEB), WEB, [log])
    assert (found.records, found.problem) == (1, None)
    assert town.rows("src_ip, src_port") == [{"src_ip": address, "src_port": port}]
