"""Text lines: one record a line, or from one line that matches `start` to the next."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.decoders.frame import BATCH_BYTES, MAX_RECORD_BYTES, OPENED, RECORDS, Frame, Framing

_BOM = b"\xef\xbb\xbf"
_WIDE = {"utf-16": (b"\xff\xfe", b"\xfe\xff")}


def matches(head: bytes) -> bool:
    """Any text will do: lines come last in every mapping's list of decoders."""
    return b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))


def split(stream: BinaryIO, framing: Framing, offset: int, state: dict[str, Any]) -> Iterator[Frame]:
    """Frame lines, ended by LF, CRLF or the stream's end; blank lines are no records.

    Shape:   columns of RECORDS; a line's bytes are without its end and without a byte order mark.
    Errors:  a line longer than MAX_RECORD_BYTES comes in pieces, each broken.
    """
    newline, state = _newline(stream, framing, offset, state)
    begins = re.compile(framing.start.encode()) if framing.start else None
    held = b""
    while True:
        chunk = stream.read(BATCH_BYTES)
        held += chunk
        end = _last_end(held, newline, begins) if chunk else (len(held) if framing.final else _last_end(held, newline, None))
        if not chunk and begins and not framing.final:
            end = _last_end(held, newline, begins)
        if end == 0 and len(held) >= MAX_RECORD_BYTES:
            piece = held[:MAX_RECORD_BYTES]
            held, offset = held[MAX_RECORD_BYTES:], offset + MAX_RECORD_BYTES
            yield Frame(_broken(piece, offset - MAX_RECORD_BYTES), offset, state=state)
            continue
        if end:
            records = _records(held[:end], offset, newline, begins)
            held, offset = held[end:], offset + end
            if records.num_rows:
                yield Frame(records, offset, state=state)
        if not chunk:
            return


def open(records: pa.Table, header: str | None, framing: Framing) -> pa.Table:  # noqa: A001, ARG001
    """The record as text in the declared encoding; `fields` is NULL. A record that isn't text in it is broken."""
    text, broken = decoded(records["record"], framing.encoding)
    return pa.Table.from_arrays([text, pa.nulls(len(records), pa.string()), broken], schema=OPENED)


def decoded(values: pa.ChunkedArray, encoding: str) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """VALUES as text, and for each why it isn't text, or NULL. UTF-8 costs one check; other encodings Python per record."""
    none = pa.chunked_array([pa.nulls(len(values), pa.string())])
    if encoding.lower().replace("_", "-") in {"utf-8", "utf8", "ascii", "us-ascii"}:
        try:
            text = values.cast(pa.string())
        except pa.ArrowInvalid:
            pass
        else:
            return text, none
    texts: list[str | None] = []
    reasons: list[str | None] = []
    for value in values.to_pylist():
        try:
            texts.append(value.decode(encoding))
            reasons.append(None)
        except UnicodeDecodeError:
            texts.append(None)
            reasons.append(f"record: not {encoding} text")
    return pa.chunked_array([pa.array(texts, pa.string())]), pa.chunked_array([pa.array(reasons, pa.string())])


def _newline(stream: BinaryIO, framing: Framing, offset: int, state: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """The bytes that end a line. Wide encodings name their byte order by encoding, or by a mark at the start."""
    if "newline" in state:
        return bytes.fromhex(state["newline"]), state
    newline = "\n".encode(framing.encoding.replace("utf-16", "utf-16-le") if framing.encoding == "utf-16" else framing.encoding)
    return newline, {"newline": newline.hex()}


def _last_end(held: bytes, newline: bytes, begins: re.Pattern[bytes] | None) -> int:
    """Where the last whole record ends in HELD: 0 if none does."""
    width = len(newline)
    end = held.rfind(newline)
    while width > 1 and end % width:  # a wide newline must stand on a character's border
        end = held.rfind(newline, 0, end + width - 1)
    if begins is None or end < 0:
        return 0 if end < 0 else end + width
    # The record that begins last may go on in what has not been read yet.
    while end >= 0:
        if begins.match(held, end + width):
            return end + width
        end = held.rfind(newline, 0, end)
    return 0


def _records(block: bytes, offset: int, newline: bytes, begins: re.Pattern[bytes] | None) -> pa.RecordBatch:
    if len(newline) == 1:
        data = np.frombuffer(block, np.uint8)
        ends = np.flatnonzero(data == newline[0]) + 1
    else:
        words = np.frombuffer(block[: len(block) // len(newline) * len(newline)], f"u{len(newline)}")
        ends = (np.flatnonzero(words == np.frombuffer(newline, words.dtype)[0]) + 1) * len(newline)
    if not len(ends) or ends[-1] != len(block):
        ends = np.append(ends, len(block))
    starts = np.concatenate(([0], ends[:-1]))
    if begins is not None:
        first = np.fromiter((begins.match(block, start) is not None for start in starts.tolist()), bool, len(starts))
        first[0] = True
        starts = starts[first]
        ends = np.append(starts[1:], len(block))
    lines = pa.BinaryArray.from_buffers(
        pa.binary(), len(starts), [None, pa.py_buffer(np.append(starts, len(block)).astype(np.int32)), pa.py_buffer(block)]
    )
    text = _stripped(lines, newline, first=offset == 0)
    keep = pc.greater(pc.binary_length(text), 0)
    records = pa.record_batch(
        [text, pa.array(starts + offset, pa.int64()), pa.nulls(len(starts), pa.string())], schema=RECORDS
    )
    return records if pc.all(keep).as_py() else records.filter(keep)


def _stripped(lines: pa.BinaryArray, newline: bytes, *, first: bool) -> pa.BinaryArray:
    """LINES without their ends, and the first of a stream without its byte order mark."""
    if len(newline) == 1:
        # Arrow trims text only; the bytes are not looked at, so calling them text does no harm.
        text = pa.StringArray.from_buffers(len(lines), lines.buffers()[1], lines.buffers()[2])
        lines = pc.ascii_rtrim(text, characters="\r\n").view(pa.binary()) if len(lines) else lines
        mark = _BOM
    else:
        carriage = newline.replace(b"\n", b"\r")
        lines = pa.array([_strip_wide(line, newline, carriage) for line in lines.to_pylist()], pa.binary())
        mark = b"\xff\xfe" if newline[0] == ord("\n") else b"\xfe\xff"
    if first and len(lines) and lines[0].as_py().startswith(mark):
        lines = pa.concat_arrays([pa.array([lines[0].as_py().removeprefix(mark)], pa.binary()), lines[1:]])
    return lines


def _strip_wide(line: bytes, newline: bytes, carriage: bytes) -> bytes:
    return line.removesuffix(newline).removesuffix(carriage)


def _broken(piece: bytes, offset: int) -> pa.RecordBatch:
    reason = f"record: longer than {MAX_RECORD_BYTES >> 20} MiB, kept in pieces"
    return pa.record_batch([pa.array([piece], pa.binary()), pa.array([offset], pa.int64()), pa.array([reason])], schema=RECORDS)
