"""The lake's spool as a source: what was appended there, on its way to the writer."""

import json
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from ingest.mapping import decoder_for, decoders, mapping
from ingest.normalise import ADDRESSED, Context
from ingest.spool import Block, Spool
from ingest.streams import HEAD_BYTES, Batch
from ingest.writer import Writer
from schemas.errors import MappingError
from schemas.source import Source

# Our own acts: questions, decisions, settings, and who signed in to the pages (design §4).
_LOGS = ("read", "search", "config_change", "login", "logout")
OWN = Source(name="sparhund", mapping="sparhund", system="sparhund", logs=_LOGS)

BATCH_RECORDS = 100_000  # as of files
BATCH_BYTES = 24 << 20


def drain(writer: Writer, spool: Spool, names: Collection[str] | None = None) -> int:
    """Take what waits in the SPOOL's streams into the lake, then forget it there. Shape: how many records.

    Of the sources NAMES only, if they are given.

    Memory: BATCH_BYTES of records until they are committed.
    """
    taken = 0
    for name in spool.sources():
        if names is not None and name not in names:
            continue
        source = writer.sources.get(name)
        if source is None or not (shard := spool.shard(name)):
            continue
        start = position = writer.next_position(source, shard)
        waiting: list[Block] = []
        size = 0
        for block in spool.read(name, position):
            waiting.append(block)
            size += sum(map(len, block.records))
            position = block.position + len(block.records)
            if size >= BATCH_BYTES or position - waiting[0].position >= BATCH_RECORDS:
                writer.write([gathered(waiting, source, shard)])
                waiting, size = [], 0
        if position > start:
            writer.write([gathered(waiting, source, shard)] if waiting else [])
            spool.trim(name, position)
        taken += position - start
    return taken


def gathered(blocks: Sequence[Block], source: Source, shard: str) -> Batch:
    """The records of BLOCKS as one batch. They are framed already, by who received them.

    The decoder of a block whose context doesn't say it is told by the look of its first record.
    """
    told = [(block.context, said(block.context).get("decoder") or _decoder(source, block)) for block in blocks]
    looks = {look: number for number, look in enumerate(dict.fromkeys(told))}
    counts = [len(block.records) for block in blocks]
    which = np.repeat(np.arange(len(blocks)), counts)  # block of each record
    place = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)  # and where it stands in it
    received = np.array([round(block.received.timestamp() * 1_000_000) for block in blocks])
    columns = {
        "shard": pa.repeat(pa.scalar(shard), len(which)),
        "position": pa.array(np.array([block.position for block in blocks])[which] + place),
        "received": pa.array(received[which], pa.timestamp("us", tz="UTC")),
        "record": pa.array([record for block in blocks for record in block.records], pa.binary()),
        "broken": pa.array([block.broken or None for block in blocks], pa.string()).take(pa.array(which)),
        "context": pa.array(np.array([looks[look] for look in told], np.int32)[which]),
    }
    contexts = tuple(_context(source, *look) for look in looks)
    return Batch(source, pa.table([columns[name] for name in ADDRESSED.names], schema=ADDRESSED), contexts)


@lru_cache(256)
def said(context: bytes) -> dict[str, Any]:
    """What the CONTEXT of a block tells. Errors: ValueError if it is no JSON object."""
    told = json.loads(context) if context else {}
    if not isinstance(told, dict):
        raise ValueError("context")  # noqa: TRY004 - as of all else that is no JSON object
    return told


def _context(source: Source, context: bytes, decoder: str) -> Context:
    # The encoding as declared: what one sender's record begins with must not decide for those of the others.
    encoding = str(source.framing.get("encoding", "utf-8"))
    return Context.of({"encoding": encoding, **said(context), "decoder": decoder})


def _decoder(source: Source, block: Block) -> str:
    if name := said(block.context).get("decoder"):
        return str(name)
    known = mapping(source.mapping)
    try:
        return decoder_for(known, block.records[0][:HEAD_BYTES] + b"\n", source.decoder)
    except MappingError:
        return decoders(known)[0]  # which says of each record why it can't be read
