import io
import time
import tracemalloc

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders import DECODERS, Framing, frame, lines
from tests.ingest.decoders.resume import holds, records, rows, split


@given(
    text=st.text("ab å\r\n\0\u0a0a\u0d0a", max_size=40),
    batch=st.integers(1, 16),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-16", "utf-32-le"]),
    start=st.sampled_from(["", "a"]),
    mark=st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_any_text_gives_its_lines_wherever_reading_went_on(text, batch, encoding, start, mark):
    plain = "utf-16-le" if encoding == "utf-16" else encoding
    data = (("\ufeff" if mark else "") + text).encode(plain)
    framing = Framing(encoding=encoding, start=start)
    found = holds("lines", data, framing, batch_bytes=batch, batch_records=2)
    if not start:
        want = [line for each in text.split("\n") if (line := each.removesuffix("\r").removesuffix("\r"))]
        assert [row[0].decode(plain) for row in found] == want
    opened = DECODERS["lines"].open(
        pa.table({"record": pa.array([row[0] for row in found], pa.binary())}), None, framing
    )
    assert opened["record"].to_pylist() == [row[0].decode(plain) for row in found]


def test_a_record_goes_on_until_the_next_start():
    data = b"2026 a\n  more\n2026 b\nmore\r\n"
    assert records("lines", data, Framing(start=r"\d{4} ")) == [b"2026 a\n  more", b"2026 b\nmore"]


def test_the_last_record_waits_while_a_file_is_followed():
    assert [row[0] for row in rows(split("lines", b"a\nb", Framing(final=False)))] == [b"a"]
    assert [row[0] for row in rows(split("lines", b"2 a\n2 b\n", Framing(final=False, start="2")))] == [b"2 a"]


def test_a_line_of_50_mb_is_one_record_and_one_beyond_the_limit_comes_in_pieces(monkeypatch):
    assert [len(record) for record in records("lines", b"a\n" + b"x" * 50_000_000 + b"\nb\n")] == [1, 50_000_000, 1]
    monkeypatch.setattr(frame, "MAX_RECORD_BYTES", 1000)
    monkeypatch.setattr(frame, "BATCH_BYTES", 300)
    found = rows(split("lines", b"a\n" + b"x" * 5000 + b"\nb\n", Framing()))
    assert [row[0] for row in found if not row[2]] == [b"a", b"b"]
    assert b"".join(row[0] for row in found if row[2]).rstrip() == b"x" * 5000
    frames = split("lines", b"a\n" + b"x" * 5000 + b"\nb\n", Framing())
    for number, each in enumerate(frames):
        rest = split("lines", b"a\n" + b"x" * 5000 + b"\nb\n", Framing(), each.resume, each.state)
        assert b"".join(row[0] for row in rows(rest)) == b"".join(row[0] for row in rows(frames[number + 1 :]))


def test_what_is_not_text_is_broken_and_the_rest_stays():
    table = pa.table({"record": pa.array([b"a", b"\xff\xfe", b"b\0c"], pa.binary())})
    assert DECODERS["lines"].open(table, None, Framing()).to_pylist() == [
        {"record": "a", "fields": None, "broken": None},
        {"record": None, "fields": None, "broken": "record: not utf-8 text"},
        {"record": "b\0c", "fields": None, "broken": None},
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_text_too_long_to_be_mapped_is_broken_and_the_rest_stays(monkeypatch, encoding):
    monkeypatch.setattr(lines, "MAX_TEXT_BYTES", 2 << 20)
    table = pa.table({"record": pa.array([b"a", b"x" * ((2 << 20) + 1), b"y" * (2 << 20)], pa.binary())})
    opened = DECODERS["lines"].open(table, None, Framing(encoding=encoding)).to_pylist()
    assert [row["broken"] for row in opened] == [None, "record: longer than 2 MiB", None]
    assert [len(row["record"] or "") for row in opened] == [1, 0, 2 << 20]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_speed_and_memory(end):
    data = (b"x" * 199 + end) * 500_000
    stream = io.BytesIO(data)
    began = time.perf_counter()
    assert sum(each.records.num_rows for each in DECODERS["lines"].split(stream, Framing(), 0, {})) == 500_000
    assert len(data) / (time.perf_counter() - began) > 50e6  # measured 1 GB/s alone; the floor is for busy machines
    tracemalloc.start()
    for _ in DECODERS["lines"].split(io.BytesIO(data), Framing(), 0, {}):
        pass
    assert tracemalloc.get_traced_memory()[1] < 10 * frame.BATCH_BYTES
    tracemalloc.stop()
