"""Compressed files: gzip, zstd, bzip2 and zip, known by their first bytes."""

import bz2
import io
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import zstandard

from schemas.errors import DecodeError

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_READ_BYTES = 1 << 16
_PIECE_BYTES = 1 << 20  # decompressed at once: bounds memory whatever a file claims
_ZSTD_READ_BYTES = 1 << 11  # zstd's objects can't bound what they give: 2 KiB are at most 64 MiB
_ZSTD_WINDOW_BYTES = 1 << 27
_LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")


class Stream(io.RawIOBase):
    """Decompressed bytes up to the end or to the damage, which `damage` then names; never raises for the content.

    A stream goes forwards only: to resume at an offset, open it again and `skip` to there.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._held = b""
        self._at = 0
        self.damage: DecodeError | None = None

    def readable(self) -> bool:
        """True: a stream is for reading."""
        return True

    def read(self, size: int = -1) -> bytes:
        """SIZE bytes, fewer only at the end."""
        parts: list[bytes] = []
        want = size if size >= 0 else 1 << 62
        while want:
            if self._at >= len(self._held):
                try:
                    self._held, self._at = next(self._pieces), 0
                except StopIteration:
                    break
                except DecodeError as error:
                    self.damage = error
                    break
            part = self._held[self._at : self._at + want]
            self._at += len(part)
            want -= len(part)
            parts.append(part)
        return b"".join(parts)

    def peek(self, size: int) -> bytes:
        """Up to SIZE bytes that the next read gives again."""
        head = self.read(size)
        self.unread(head)
        return head

    def unread(self, data: bytes) -> None:
        """Put DATA back, so that the next read gives it."""
        self._held, self._at = data + self._held[self._at :], 0

    def skip(self, size: int) -> None:
        """Go forwards by SIZE bytes."""
        while size and (part := self.read(min(size, _PIECE_BYTES))):
            size -= len(part)


@dataclass(frozen=True, slots=True)
class Member:
    """One stream of a file: its name within an archive, or "" if the file is one stream."""

    name: str
    stream: Stream


def compressed(head: bytes) -> bool:
    """Whether a file that begins so is none that stands as it is."""
    return head.startswith(ZIP) or _opened(raw := Stream(iter(())), head) is not raw


def members(file: BinaryIO) -> Iterator[Member]:
    """The streams of FILE, decompressed; each must be read before the next is asked for.

    Shape:   a plain file is one member as it stands; of a zip every file is one, in the archive's order, and may be
             compressed itself. FILE may be a pipe; only a zip is then put into a temporary file.
    Errors:  none is raised: a truncated or damaged stream gives all before it, and `Stream.damage` says why it ended.
    """
    raw = Stream(_plain(file))
    head = raw.peek(6)
    if head.startswith(ZIP):
        if _seekable(file):
            yield from _zipped(file)
        else:
            with tempfile.TemporaryFile() as spool:
                shutil.copyfileobj(raw, spool, _PIECE_BYTES)
                yield from _zipped(spool)
    else:
        yield Member("", _opened(raw, head))


def _opened(raw: Stream, head: bytes) -> Stream:
    if head.startswith(b"\x1f\x8b"):
        return Stream(_decompressed(raw, lambda: zlib.decompressobj(31), "gzip"))
    if head.startswith(b"BZh") and head[3:4].isdigit():
        return Stream(_decompressed(raw, bz2.BZ2Decompressor, "bzip2"))
    if head.startswith(b"\x28\xb5\x2f\xfd") or (head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F):  # noqa: PLR2004
        return Stream(_zstd(raw))
    return raw


def _plain(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE_BYTES):
        yield piece


def _seekable(file: BinaryIO) -> bool:
    try:
        file.seek(0)
    except (OSError, AttributeError):
        return False
    return True


def _decompressed(raw: Stream, start: Callable[[], Any], kind: str) -> Iterator[bytes]:
    """Streams of zlib's or bz2's kind, one after another; zeros at the end are padding."""
    data = raw.read(_READ_BYTES)
    while data:
        decoder = start()
        while not decoder.eof:
            try:
                piece = decoder.decompress(data, _PIECE_BYTES)
            except (zlib.error, OSError, EOFError, ValueError):
                raise DecodeError(f"{kind}: damaged") from None
            if piece:
                yield piece
            data = b"" if kind == "bzip2" else decoder.unconsumed_tail
            if decoder.eof:
                data = decoder.unused_data
            elif not data and getattr(decoder, "needs_input", True) and len(piece) < _PIECE_BYTES:
                data = raw.read(_READ_BYTES)
                if not data:
                    raise DecodeError(f"{kind}: the file ends too early")
        data = (data or raw.read(_READ_BYTES)).lstrip(b"\0")
        while not data and (more := raw.read(_READ_BYTES)):
            data = more.lstrip(b"\0")


def _zstd(raw: Stream) -> Iterator[bytes]:
    data = raw.read(_ZSTD_READ_BYTES)
    while data:
        decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).decompressobj()
        while not decoder.eof:
            if not data:
                raise DecodeError("zstd: the file ends too early")
            try:
                piece = decoder.decompress(data)
            except zstandard.ZstdError:
                raise DecodeError("zstd: damaged") from None
            if piece:
                yield piece
            data = decoder.unused_data if decoder.eof else raw.read(_ZSTD_READ_BYTES)
        data = data or raw.read(_ZSTD_READ_BYTES)


def _zipped(file: BinaryIO) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError):
        # Without its directory at the end an archive can still be read from its beginning.
        file.seek(0)
        yield from _zipped_forwards(Stream(_plain(file)))
        return
    with archive:
        for info in archive.infolist():
            if not info.is_dir() and not info.filename.startswith("__MACOSX/"):
                inner = Stream(_unzipped(archive, info))
                yield Member(info.filename, _opened(inner, inner.peek(6)))


def _unzipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    if info.flag_bits & 1:
        raise DecodeError("zip: a member is encrypted")
    try:
        with archive.open(info) as member:
            while piece := member.read(_PIECE_BYTES):
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
        raise DecodeError("zip: a member is damaged or the file ends too early") from None


def _zipped_forwards(raw: Stream) -> Iterator[Member]:
    """The members of an archive that lost its directory, until what was lost."""
    while raw.peek(4) == b"PK\x03\x04":
        header = raw.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size:
            break
        _, _, flags, method, _, _, _, size, _, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
        name = raw.read(name_bytes).decode("utf-8", "replace")
        raw.read(extra_bytes)
        inner = Stream(_forwards(raw, flags, method, size))
        if not name.endswith("/"):
            yield Member(name, inner)
        inner.skip(1 << 62)
        if inner.damage:
            return
        if flags & 8:
            raw.read(16 if raw.peek(4) == b"PK\x07\x08" else 12)
    yield Member("", Stream(_lost("zip: the file ends too early")))


def _forwards(raw: Stream, flags: int, method: int, size: int) -> Iterator[bytes]:
    if flags & 1:
        raise DecodeError("zip: a member is encrypted")
    if method == 0 and not flags & 8:
        while size:
            piece = raw.read(min(size, _PIECE_BYTES))
            if not piece:
                raise DecodeError("zip: the file ends too early")
            size -= len(piece)
            yield piece
        return
    if method != zipfile.ZIP_DEFLATED:
        raise DecodeError("zip: a member's compression is unknown")
    decoder = zlib.decompressobj(-15)
    while not decoder.eof:
        data = decoder.unconsumed_tail or raw.read(_READ_BYTES)
        if not data:
            raise DecodeError("zip: the file ends too early")
        try:
            piece = decoder.decompress(data, _PIECE_BYTES)
        except zlib.error:
            raise DecodeError("zip: a member is damaged") from None
        if piece:
            yield piece
    raw.unread(decoder.unused_data)


def _lost(reason: str) -> Iterator[bytes]:
    raise DecodeError(reason)
    yield b""
