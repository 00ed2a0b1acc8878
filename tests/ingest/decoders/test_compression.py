import bz2
import gzip
import io
import zipfile

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders.compression import members

DATA = b"".join(b"line %d\n" % number for number in range(200_000))
HALF = len(DATA) // 2


def zipped(*files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


KINDS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "zstd": zstandard.compress,
    "zip": lambda data: zipped(("a.log", data)),
}


class Pipe:
    """What can't seek and gives little at a time."""

    def __init__(self, data):
        self._inner = io.BytesIO(data)

    def read(self, size):
        return self._inner.read(min(size, 7000))


def read(file):
    return [(each.name, each.stream.read(), str(each.stream.damage or "")) for each in members(file)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("opened", [io.BytesIO, Pipe])
def test_each_kind_gives_its_bytes_from_a_file_and_from_a_pipe(kind, opened):
    assert read(opened(KINDS[kind](DATA))) == [("a.log" if kind == "zip" else "", DATA, "")]


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "zstd"])
def test_several_streams_in_one_file_are_one(kind):
    pack = KINDS[kind]
    padding = b"\0" * 70_000 if kind == "gzip" else b""
    assert read(io.BytesIO(pack(DATA[:HALF]) + pack(b"") + pack(DATA[HALF:]) + padding)) == [("", DATA, "")]


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "zstd", "zip"])
def test_a_cut_file_gives_what_came_before_and_names_the_damage(kind):
    packed = KINDS[kind](DATA)
    found = read(io.BytesIO(packed[: len(packed) * 2 // 3]))
    got = b"".join(data for _, data, _ in found)
    assert DATA.startswith(got)
    assert len(got) > (0 if kind == "bzip2" else HALF // 2) or kind == "bzip2"
    assert [damage for _, _, damage in found if damage] == [f"{kind}: the file ends too early"]


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "zstd", "zip"])
@given(at=st.floats(0.05, 0.95), noise=st.binary(min_size=4, max_size=64))
@settings(max_examples=15, deadline=None)
def test_damage_is_never_a_crash(kind, at, noise):
    packed = bytearray(KINDS[kind](DATA[:50_000]))
    begin = int(len(packed) * at)
    packed[begin : begin + len(noise)] = noise
    for _, data, damage in read(io.BytesIO(bytes(packed))):
        assert damage or data is not None


def test_every_file_of_a_zip_is_a_stream_and_may_be_compressed_itself():
    packed = zipped(
        ("a/", b""), ("a/1.log", b"one\n"), ("__MACOSX/x", b"no"), ("2.log.gz", gzip.compress(b"two\n")), ("3", b"")
    )
    assert read(io.BytesIO(packed)) == [("a/1.log", b"one\n", ""), ("2.log.gz", b"two\n", ""), ("3", b"", "")]


def test_a_zip_without_its_directory_is_read_from_the_beginning():
    packed = zipped(("1", DATA[:HALF]), ("2", DATA[HALF:]))
    found = read(io.BytesIO(packed[: packed.index(b"PK\x01\x02")]))
    assert [(name, data) for name, data, _ in found] == [("1", DATA[:HALF]), ("2", DATA[HALF:]), ("", b"")]
    assert found[-1][2] == "zip: the file ends too early"


def test_skipping_gets_to_an_offset():
    (member,) = members(io.BytesIO(gzip.compress(DATA)))
    member.stream.skip(1_000_000)
    assert member.stream.peek(5) == DATA[1_000_000:1_000_005]
    assert member.stream.read() == DATA[1_000_000:]


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "zstd"])
def test_a_small_file_that_is_large_within_takes_little_memory(kind):
    packed = KINDS[kind](bytes(100_000_000))
    (member,) = members(io.BytesIO(packed))
    assert sum(len(iter_part) for iter_part in iter(lambda: member.stream.read(1 << 20), b"")) == 100_000_000
