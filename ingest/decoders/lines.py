"""Text lines: one record a line, or from one line that matches `start` to the next."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.decoders import codeunits, frame
from ingest.decoders.codeunits import Positions
from ingest.decoders.frame import OPENED, RECORDS, Frame, Framing

MAX_TEXT_BYTES = 1 << 20  # a mapping holds a text many times over, for all of a batch: a longer record is not opened

_LF, _CR = 10, 13


def matches(head: bytes) -> bool:
    """Any text will do: lines come last in every mapping's list of decoders.

    NULs that a power cut left in a log, at its beginning too, make it no binary file: that shows in the first words.
    """
    words = head.lstrip(b"\0")[:16]
    return (b"\0\0" not in words and bool(words or not head)) or head.startswith((b"\xff\xfe", b"\xfe\xff"))


def split(  # noqa: C901 (one loop over what is held)
    stream: BinaryIO, framing: Framing, offset: int, state: dict[str, Any]
) -> Iterator[Frame]:
    """Frame lines, ended by LF, CRLF or the stream's end; blank lines are no records.

    Shape:   columns of RECORDS; a line's bytes are without its end and without a mark of byte order. With `start`,
             a record goes on until the next line that matches it. State "tail": in the midst of a line
             that came in pieces.
    Errors:  a line longer than MAX_RECORD_BYTES comes in pieces, each broken. A NUL is a character like any other.
    """
    width = codeunits.width(framing.encoding)
    begins = re.compile(framing.start.encode()) if framing.start else None
    tail = bool(state.get("tail"))
    held: bytes = b""
    while True:
        chunk = stream.read(frame.BATCH_BYTES)
        held = held + chunk if held else chunk
        if offset == 0 and held.startswith(codeunits.mark(framing.encoding)):
            offset = len(codeunits.mark(framing.encoding))
            held = held[offset:]
        text = codeunits.narrow(held, framing.encoding)
        ended = not chunk and framing.final
        if tail:
            end = text.find(b"\n") + 1 or (len(text) if ended or len(held) >= frame.MAX_RECORD_BYTES else 0)
            if end:
                here, held, offset = held[: end * width], held[end * width :], offset + end * width
                tail = text[end - 1] != _LF and not ended
                kept = {"tail": True} if tail else {}
                yield codeunits.piece(here, offset - len(here), codeunits.too_long(), resume=offset, state=kept)
                text = text[end:]
            if tail:
                if not chunk:
                    return
                continue
        end = len(text) if ended else text.rfind(b"\n") + 1
        starts, ends, resumes = _lines(text[:end] if end < len(text) else text)
        if begins is not None:
            starts, ends, resumes = _joined(text, begins, starts, ends, resumes, ended=ended)
        if len(starts):
            for first in range(0, len(starts), frame.BATCH_RECORDS):
                part = slice(first, first + frame.BATCH_RECORDS)
                records = _records(held, starts[part] * width, ends[part] * width, offset)
                yield Frame(records, offset + int(resumes[part][-1]) * width)
        done = int(resumes[-1]) if begins is not None and len(resumes) else (end if begins is None else 0)
        held, offset = held[done * width :], offset + done * width
        if not chunk:
            return
        if len(held) >= frame.MAX_RECORD_BYTES:
            size = frame.MAX_RECORD_BYTES // width * width
            here, held, offset = held[:size], held[size:], offset + size
            tail = True
            yield codeunits.piece(here, offset - size, codeunits.too_long(), resume=offset, state={"tail": True})


def open(records: pa.Table, header: str | None, framing: Framing) -> pa.Table:  # noqa: A001, ARG001
    """The record as text in the declared encoding; `fields` is NULL. A record that isn't text in it is broken."""
    text, broken = decoded(records["record"], framing.encoding)
    return pa.Table.from_arrays([text, pa.nulls(len(records), pa.string()), broken], schema=OPENED)


def decoded(values: pa.ChunkedArray, encoding: str) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """VALUES as text, and for each why it isn't text or too much of it, or NULL. UTF-8 costs one check."""
    long = pc.greater(pc.binary_length(values), MAX_TEXT_BYTES)
    if pc.any(long).as_py():
        text, broken = decoded(pc.if_else(long, pa.scalar(b"", values.type), values), encoding)
        reason = pa.scalar(f"record: longer than {MAX_TEXT_BYTES >> 20} MiB")
        return pc.if_else(long, pa.scalar(None, pa.string()), text), pc.if_else(long, reason, broken)
    none = pa.chunked_array([pa.nulls(len(values), pa.string())])
    encoding = byte_order(encoding)
    if encoding.lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii"}:
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


def byte_order(encoding: str) -> str:
    """ENCODING, little-endian where it leaves that open: a mark has been read by then, and taken off."""
    name = encoding.lower().replace("_", "-")
    return {"utf-16": "utf-16-le", "utf16": "utf-16-le", "utf-32": "utf-32-le", "utf32": "utf-32-le"}.get(
        name, encoding
    )


def _lines(text: bytes) -> tuple[Positions, Positions, Positions]:
    """The lines of TEXT that aren't blank: where each begins, ends, and where the next begins."""
    data = np.frombuffer(text, np.uint8)
    after = np.flatnonzero(data == _LF) + 1
    if len(data) and data[-1] != _LF:
        after = np.append(after, len(data) + 1)
    starts = np.concatenate((np.zeros(1, np.int64), after[:-1])) if len(after) else after
    ends = after - 1
    if b"\r" in text:
        for _ in range(2):
            ends = ends - ((ends > starts) & (data[np.maximum(ends - 1, 0)] == _CR))
    full = ends > starts
    after = np.minimum(after, len(data))
    return (starts, ends, after) if full.all() else (starts[full], ends[full], after[full])


def _joined(
    text: bytes, begins: re.Pattern[bytes], starts: Positions, ends: Positions, resumes: Positions, *, ended: bool
) -> tuple[Positions, Positions, Positions]:
    """Lines joined to records, each from a line that matches BEGINS; the last may go on, so it waits for the end."""
    if not len(starts):
        return starts, ends, resumes
    first = np.fromiter((begins.match(text, start) is not None for start in starts.tolist()), bool, len(starts))
    first[0] = True
    heads = np.flatnonzero(first)
    tails = np.append(heads[1:], len(starts)) - 1
    if not ended:
        heads, tails = heads[:-1], tails[:-1]
    return starts[heads], ends[tails], resumes[tails]


def _records(held: bytes, starts: Positions, ends: Positions, offset: int) -> pa.RecordBatch:
    """The records HELD[start:end]: one array over all of it, cut at both ends of every line."""
    base, upto = int(starts[0]), int(ends[-1])
    columns = [pa.array(starts + offset, pa.int64()), pa.nulls(len(starts), pa.string())]
    # If each but the last ends in just one line feed, the lines without them stand one behind the other. Taking every
    # other piece, as below, costs twice as much.
    text = bytes(memoryview(held)[base:upto]).replace(b"\n", b"")
    if len(text) == int((ends - starts).sum()) == upto - base - len(starts) + 1:
        offsets = np.append(starts - base - np.arange(len(starts)), len(text)).astype(np.int32)
        whole = pa.BinaryArray.from_buffers(pa.binary(), len(starts), [None, pa.py_buffer(offsets), pa.py_buffer(text)])
        return pa.record_batch([whole, *columns], schema=RECORDS)
    borders = np.empty(2 * len(starts), np.int32)
    borders[0::2], borders[1::2] = starts - base, ends - base
    block = pa.py_buffer(memoryview(held)[base:upto])
    cut = pa.BinaryArray.from_buffers(pa.binary(), len(borders) - 1, [None, pa.py_buffer(borders), block])
    keep = pa.array(np.arange(0, len(borders) - 1, 2))
    return pa.record_batch([pc.take(cut, keep), *columns], schema=RECORDS)
