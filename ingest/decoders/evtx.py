"""Windows event log files (EVTX): each event rendered as XML."""

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from evtx import PyEvtxParser

from ingest.decoders import frame, xml
from ingest.decoders.frame import RECORDS, Frame, Framing

_MAGIC = b"ElfFile\0"
_CHUNK_MAGIC = b"ElfChnk\0"
_FILE_HEADER_BYTES = 4096
_CHUNK_BYTES = 1 << 16
_LEAST_RECORD_BYTES = 28
_TOLD = re.compile(r"evtx: (\d+) of \d+ events of a chunk can't be read")
_UNTOLD = "evtx: a chunk can't be read"
# Chunks hold all that their events need, so each is read behind a header of ours: a damaged one costs nothing.
_HEADER = _MAGIC + struct.pack("<QQQIHHHH", 0, 0, 1, 128, 1, 3, _FILE_HEADER_BYTES, 1) + bytes(_FILE_HEADER_BYTES - 44)


def matches(head: bytes) -> bool:
    """The signature of an event log, or that of a chunk where a file header would end."""
    return head.startswith(_MAGIC) or head[_FILE_HEADER_BYTES:].startswith(_CHUNK_MAGIC)


def split(stream: BinaryIO, framing: Framing, offset: int, state: dict[str, Any]) -> Iterator[Frame]:
    """Frame an event log, chunk by chunk (64 KiB), so that any stream will do and memory stays small.

    Shape:   columns of RECORDS; a record is the event as XML in UTF-8, its offset that of its chunk (events share
             strings and templates, so no bytes are one event's own). State "skip": how many of the chunk were given.
    Errors:  events that can't be read cost only themselves: their chunk's bytes follow its good events as one
             broken record which says how many they are, where the chunk tells (`missing` reads it).
    Source:  J. Metz, "Windows XML Event Log (EVTX) format"; [MS-EVEN6] 2.2.12.
    """
    if offset < _FILE_HEADER_BYTES:
        header = stream.read(_FILE_HEADER_BYTES - offset)
        if offset + len(header) < _FILE_HEADER_BYTES:
            if header and framing.final:
                reason = "evtx: the file ends within its header"
                yield Frame(_table([header], [offset], [reason]), offset + len(header))
            return
        offset = _FILE_HEADER_BYTES
    skip = int(state.get("skip", 0))
    records: list[bytes] = []
    offsets: list[int] = []
    reasons: list[str | None] = []
    chunk = stream.read(_CHUNK_BYTES)
    size = 0
    while chunk and (framing.final or len(chunk) == _CHUNK_BYTES):
        following = stream.read(_CHUNK_BYTES)
        good, lost = _events(chunk)
        given = good[skip:]
        told: list[str | None] = [None] * len(given)
        # The last chunk may still be written to: what isn't readable in it may be so later.
        if lost and (following or framing.final) and skip <= len(good):
            given = [*given, chunk]
            told.append(f"evtx: {lost} of {lost + len(good)} events of a chunk can't be read" if lost > 0 else _UNTOLD)
        records += given
        reasons += told
        offsets += [offset] * len(given)
        size += sum(map(len, given))
        if following:
            skip, offset = 0, offset + len(chunk)
        else:
            skip += len(given)
        if records and (not following or size >= frame.BATCH_BYTES or len(records) >= frame.BATCH_RECORDS):
            yield Frame(_table(records, offsets, reasons), offset, None, {"skip": skip} if skip else {})
            records, offsets, reasons, size = [], [], [], 0
        chunk = following


def open(records: pa.Table, header: str | None, framing: Framing) -> pa.Table:  # noqa: A001
    """As `xml.open`, whose `fields` an event log shares; rendered events are UTF-8 whatever the source declares."""
    return xml.open(records, header, replace(framing, encoding="utf-8"))


def missing(broken: pa.ChunkedArray) -> Iterator[tuple[int, int | None]]:
    """Of reasons why records are BROKEN, those of damaged chunks: each one's place, and how many events are lost."""
    for place in np.flatnonzero(pc.starts_with(broken, "evtx: ").fill_null(False).to_numpy()).tolist():
        told = _TOLD.match(broken[place].as_py())
        if told or broken[place].as_py() == _UNTOLD:
            yield place, int(told[1]) if told else None


def _events(chunk: bytes) -> tuple[list[bytes], int]:
    """The events of a chunk as XML, and how many can't be read; -1 if some can't, and nothing tells how many."""
    if not chunk.strip(b"\0"):
        return [], 0
    good: list[bytes] = []
    lost = 0
    whole = _CHUNK_MAGIC + chunk[8:] + bytes(_CHUNK_BYTES - len(chunk))
    events: Any = PyEvtxParser(io.BytesIO(_HEADER + whole), 1).records()
    while True:
        try:
            text = next(events)["data"]
        except StopIteration:
            break
        except RuntimeError:  # all that the parser raises for damage, one for each event or for the chunk
            lost += 1
            continue
        good.append(text[text.find("<Event") :].rstrip().encode())
    first, last = struct.unpack_from("<QQ", whole, 8)
    said = last - first + 1
    if not good and not chunk.startswith(_CHUNK_MAGIC):
        lost = -1
    elif 0 < said <= _CHUNK_BYTES // _LEAST_RECORD_BYTES:
        lost = max(lost, said - len(good))
    elif lost:
        lost = -1
    return good, lost


def _table(records: list[bytes], offsets: list[int], reasons: list[str | None]) -> pa.RecordBatch:
    columns = [pa.array(records, pa.binary()), pa.array(np.array(offsets, np.int64)), pa.array(reasons, pa.string())]
    return pa.record_batch(columns, schema=RECORDS)
