"""Streams to addressed records: what a source's bytes become before a mapping sees them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, cast

import pyarrow as pa

from ingest.decoders import DECODERS, Frame, Framing
from ingest.decoders.compression import members
from ingest.mapping import decoder_for
from ingest.normalise import ADDRESSED, Context
from schemas.source import Source
from schemas.sqlfile import SqlFile

if TYPE_CHECKING:
    from schemas.errors import DecodeError

HEAD_BYTES = 64 << 10  # what decoders are shown to know a stream by its look


@dataclass(frozen=True, slots=True)
class Batch:
    """Records with their addresses, the context that they share, and the frame that they came from."""

    records: pa.Table
    context: Context
    frame: Frame


def batches(
    stream: BinaryIO,
    mapping: SqlFile,
    source: Source,
    *,
    shard: str,
    received: datetime,
    path: str | None = None,
    mtime: datetime | None = None,
) -> Iterator[Batch]:
    """Read a whole stream, decompressed as it needs. Shape: `records` has the schema ADDRESSED, positions from 0.

    Errors:  DecodeError for a truncated or damaged compression, after all that came before it; as `decoder_for`.
    """
    position = 0
    damage: DecodeError | None = None
    for member in members(stream):
        head = member.stream.peek(HEAD_BYTES)
        damage = damage or (member.stream.damage if not head else None)
        if not head and (member.name or member.stream.damage):
            continue
        name = decoder_for(mapping, head, source.decoder)
        framing = framing_of(source, head, mapping.header.get("start") if name == "lines" else None)
        place = "!".join(part for part in (path, member.name) if part) or None
        for frame in DECODERS[name].split(cast("BinaryIO", member.stream), framing, 0, {}):
            context = Context(header=frame.header, path=place, mtime=mtime, decoder=name, encoding=framing.encoding)
            yield Batch(addressed(frame, shard, position, received), context, frame)
            position += frame.records.num_rows
        damage = damage or member.stream.damage
    if damage:
        raise damage


def framing_of(source: Source, head: bytes, start: str | None = None) -> Framing:
    """The source's framing, with the mapping's START where it names none.

    A byte order mark decides the encoding; an XML declaration does where the source names none.
    """
    framing = {"start": start, **source.framing} if start else dict(source.framing)
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            framing["encoding"] = encoding
            break
    else:
        if str(framing.get("encoding", "")).lower() in {"utf-16", "utf16", "utf_16"}:
            framing["encoding"] = "utf-16-be" if head[:1] == b"\0" else "utf-16-le"
        said = re.match(rb"<\?xml[^>]*\bencoding=[\"']([A-Za-z0-9._-]+)", head)
        if said and "encoding" not in framing:
            framing["encoding"] = said[1].decode().lower()
    return Framing.of(f"sources.{source.name}", framing)


def addressed(frame: Frame, shard: str, position: int, received: datetime) -> pa.Table:
    """A frame's records as evidence keeps them, the first at POSITION."""
    count = frame.records.num_rows
    return pa.Table.from_arrays(
        [
            pa.repeat(pa.scalar(shard), count),
            pa.array(range(position, position + count), pa.int64()),
            pa.repeat(pa.scalar(received, ADDRESSED.field("received").type), count),
            frame.records["record"],
            frame.records["broken"],
            pa.repeat(pa.scalar(0, pa.int32()), count),
        ],
        schema=ADDRESSED,
    )
