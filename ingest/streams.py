"""Streams to addressed records: what a source's bytes become before a mapping sees them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import pyarrow as pa

from ingest.decoders import DECODERS, Framing
from ingest.decoders.compression import members
from ingest.mapping import cut_at, decoder_for
from ingest.normalise import ADDRESSED, Context
from schemas.source import Source
from schemas.sqlfile import SqlFile

if TYPE_CHECKING:
    from schemas.errors import DecodeError

HEAD_BYTES = 64 << 10  # what decoders are shown to know a stream by its look


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one source with their addresses (ADDRESSED), and the contexts that they name by index.

    Reading of their stream goes on at byte `resume` with the decoder's `state`. `resumes` are positions of other
    application ids that move in the same commit: a broker's offsets.
    """

    source: Source
    records: pa.Table
    contexts: tuple[Context, ...]
    resume: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    resumes: dict[str, int] = field(default_factory=dict)

    @property
    def context(self) -> Context:
        """The only one, of a batch that was cut from one stream."""
        (only,) = self.contexts
        return only


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a stream's records are born, and what the settings say of it."""

    source: Source
    shard: str
    received: datetime
    path: str | None = None
    mtime: datetime | None = None  # of the file, where it says more than `received`


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
        place = "!".join(part for part in (path, member.name) if part) or None
        origin = Origin(source=source, shard=shard, received=received, path=place, mtime=mtime)
        for batch in resumed(cast("BinaryIO", member.stream), head, mapping, origin, position=position):
            yield batch
            position += len(batch.records)
        damage = damage or member.stream.damage
    if damage:
        raise damage


def resumed(
    stream: BinaryIO,
    head: bytes,
    mapping: SqlFile,
    origin: Origin,
    *,
    position: int = 0,
    offset: int = 0,
    state: dict[str, Any] | None = None,
    final: bool = True,
) -> Iterator[Batch]:
    """Read a plain STREAM, which begins with HEAD and stands at byte OFFSET, from record POSITION on.

    FINAL: the stream has ended, so what it ends with is a record too; else an unfinished one is left for later.

    Errors:  as `decoder_for`.
    """
    source = origin.source
    name = decoder_for(mapping, head, source.decoder)
    framing = replace(framing_of(source, head, mapping.header.get("start") if name == "lines" else None), final=final)
    limit = cut_at(mapping, name) if final and offset == 0 else None
    read, held = 0, None
    for frame in DECODERS[name].split(stream, framing, offset, state or {}):
        context = Context(
            header=frame.header, path=origin.path, mtime=origin.mtime, decoder=name, encoding=framing.encoding
        )
        records = addressed(frame.records, origin.shard, position + read, origin.received)
        read += len(records)
        if held:
            yield held
        held = Batch(source, records, (context,), frame.resume, frame.state)
        if limit is None:
            yield held
            held = None
    if held:
        # Only the end of a stream tells whether it holds just as many records as an export can.
        yield replace(held, contexts=(replace(held.context, cut=True),)) if read == limit else held


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


def addressed(records: pa.RecordBatch, shard: str, position: int, received: datetime) -> pa.Table:
    """RECORDS (of the schema RECORDS) as evidence keeps them, the first at POSITION."""
    count = records.num_rows
    return pa.Table.from_arrays(
        [
            pa.repeat(pa.scalar(shard), count),
            pa.array(np.arange(position, position + count)),
            pa.repeat(pa.scalar(received, ADDRESSED.field("received").type), count),
            records["record"],
            records["broken"],
            pa.repeat(pa.scalar(0, pa.int32()), count),
        ],
        schema=ADDRESSED,
    )
