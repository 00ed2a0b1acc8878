import io
import json

import pytest

from ingest.decoders import DECODERS, Framing, evtx, frame
from ingest.simulator.evtx_writer import EvtxRecord, EvtxTemplate, write_evtx
from tests.ingest.decoders.resume import grown, records, rows, split

LOGOFF = EvtxTemplate(
    event_id=4634, task=12545, fields=(("TargetUserName", "string"), ("TargetLogonId", "hex64"), ("Blob", "string"))
)
CHUNK = 1 << 16
COUNT = 700


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    path = tmp_path_factory.mktemp("evtx") / "Security.evtx"
    made = (EvtxRecord(LOGOFF, number, "DC01", (f"anna{number}", number, "x" * 200)) for number in range(COUNT))
    write_evtx(path, made)
    data = path.read_bytes()
    assert len(data) > 4 * CHUNK
    return data


def names(found):
    table = DECODERS["evtx"].open(frame.pa.table({"record": [row[0] for row in found if not row[2]]}), None, Framing())
    return [json.loads(text)["EventData"]["TargetUserName"] for text in table["fields"].to_pylist()]


ALL = [f"anna{number}" for number in range(COUNT)]


def test_every_event_in_order_as_xml(log):
    found = rows(split("evtx", log, Framing()))
    assert names(found) == ALL
    assert all(row[0].startswith(b"<Event ") and row[0].endswith(b"</Event>") for row in found)
    assert len(records("evtx", log)) == COUNT


@pytest.mark.parametrize("batch", [1, 40_000, 1 << 20])
def test_reading_goes_on_from_any_frame(log, monkeypatch, batch):
    whole = rows(split("evtx", log, Framing()))
    monkeypatch.setattr(frame, "BATCH_BYTES", batch)
    frames = split("evtx", log, Framing())
    assert rows(frames) == whole
    for number, each in enumerate(frames):
        assert rows(split("evtx", log, Framing(), each.resume, each.state)) == rows(frames[number + 1 :])
    assert grown("evtx", log, Framing(), batch) == whole


def test_a_last_chunk_that_is_filled_later_gives_only_what_is_new(log, tmp_path):
    path = tmp_path / "short.evtx"
    write_evtx(path, (EvtxRecord(LOGOFF, n, "DC01", (f"anna{n}", n, "x" * 200)) for n in range(100)))
    first = split("evtx", path.read_bytes(), Framing(final=False))
    rest = split("evtx", log, Framing(), first[-1].resume, first[-1].state)
    assert names(rows(first + rest)) == ALL


def test_a_damaged_event_costs_itself_and_a_lost_chunk_its_own(log):
    data = bytearray(log)
    event = log.index(b"**\0\0", 4096 + 20000)
    data[event + 24 : event + 64] = b"\xff" * 40
    data[4096 + CHUNK : 4096 + 2 * CHUNK] = b"\xab" * CHUNK
    found = rows(split("evtx", bytes(data), Framing()))
    broken = [(row[1], row[2]) for row in found if row[2]]
    assert broken[0][0] == 4096
    assert broken[0][1].startswith("evtx: 1 of ")
    assert broken[1] == (4096 + CHUNK, "evtx: a chunk can't be read")
    reasons = frame.pa.chunked_array([[row[2] for row in found]])
    places = [place for place, row in enumerate(found) if row[2]]
    assert list(evtx.missing(reasons)) == [(places[0], 1), (places[1], None)]
    kept = names(found)
    assert set(kept) < set(ALL)
    assert kept[-1] == ALL[-1]
    assert len(kept) > COUNT * 2 // 3


def test_a_damaged_file_header_or_chunk_signature_costs_nothing(log):
    data = b"\0" * 4096 + b"XXXXXXXX" + log[4104:]
    assert names(rows(split("evtx", data, Framing()))) == ALL
    assert DECODERS["evtx"].matches(b"ElfFile\0")
    assert DECODERS["evtx"].matches(bytes(4096) + log[4096:5000])
    assert not DECODERS["evtx"].matches(b"<Event>")


def test_a_cut_file_gives_what_it_holds_and_says_how_many_are_missing(log):
    found = rows(split("evtx", log[: 4096 + CHUNK + 30000], Framing()))
    assert names(found) == ALL[: len(found) - 1]
    assert found[-1][2].endswith("events of a chunk can't be read")
    (short,) = rows(split("evtx", log[:100], Framing()))
    assert short[2] == "evtx: the file ends within its header"
    assert split("evtx", b"", Framing()) == []


def test_a_pipe_will_do(log):
    class Pipe(io.RawIOBase):
        source = io.BytesIO(log)

        def readable(self):
            return True

        def readinto(self, buffer):
            data = self.source.read(min(len(buffer), 1000))
            buffer[: len(data)] = data
            return len(data)

    stream = io.BufferedReader(Pipe())
    assert (
        len([row for each in DECODERS["evtx"].split(stream, Framing(), 0, {}) for row in each.records.to_pylist()])
        == COUNT
    )
