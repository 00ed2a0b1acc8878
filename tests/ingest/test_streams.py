import gzip
import io
import zipfile
from datetime import UTC, datetime

import pytest

from ingest.mapping import mapping
from ingest.streams import batches, framing_of
from schemas.errors import DecodeError
from schemas.source import Source

AT = datetime(2026, 3, 2, tzinfo=UTC)
SOURCE = Source(name="iis_w3c", mapping="iis_w3c")
HEADER = b"#Fields: date time c-ip cs-method cs-uri-stem sc-status\n"
ROWS = b"".join(b"2026-03-01 08:14:07 192.0.2.15 GET /%05d 200\n" % number for number in range(50_000))


def read(data):
    return batches(io.BytesIO(data), mapping("iis_w3c"), SOURCE, shard="-", received=AT)


def test_a_cut_gzip_gives_what_it_holds_and_then_the_reason():
    packed = gzip.compress(HEADER + ROWS)
    got = []
    with pytest.raises(DecodeError, match="gzip: the file ends too early"):
        got.extend(read(packed[: len(packed) // 2]))
    assert sum(len(batch.records) for batch in got) > 10_000


def test_the_files_of_a_zip_are_read_one_after_another_under_one_count():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("1.log", HEADER + ROWS[:460])
        archive.writestr("2.log", HEADER + ROWS[460:920])
    got = list(read(out.getvalue()))
    assert [batch.context.path for batch in got] == ["1.log", "2.log"]
    positions = [position for batch in got for position in batch.records["position"].to_pylist()]
    assert positions == list(range(len(positions)))


def test_what_decides_the_encoding():
    def encoding(head, **framing):
        return framing_of(Source(name="s", mapping="m", framing=framing), head).encoding

    assert encoding(b"\xff\xfea\0") == "utf-16-le"
    assert encoding(b"\xfe\xff\0a", encoding="latin-1") == "utf-16-be"
    assert encoding(b"\0a", encoding="utf-16") == "utf-16-be"
    assert encoding(b"a\0", encoding="utf-16") == "utf-16-le"
    assert encoding(b"<?xml version='1.0' encoding='ISO-8859-1'?>") == "iso-8859-1"
    assert encoding(b"<?xml version='1.0' encoding='ISO-8859-1'?>", encoding="utf-8") == "utf-8"
