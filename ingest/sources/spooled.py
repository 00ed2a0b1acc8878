"""The lake's spool as a source: what was appended there, on its way to the writer."""

import pyarrow as pa

from ingest.decoders.frame import RECORDS
from ingest.mapping import decoder_for, decoders, mapping
from ingest.normalise import Context
from ingest.spool import Block, Spool
from ingest.streams import HEAD_BYTES, Batch, addressed
from ingest.writer import Writer
from schemas.errors import MappingError
from schemas.source import Source

# Our own acts: questions, decisions, settings (design §4).
OWN = Source(name="sparhund", mapping="sparhund", system="sparhund", logs=("read", "search", "config_change"))

BATCH_RECORDS = 100_000  # as of files
BATCH_BYTES = 24 << 20


def drain(writer: Writer, spool: Spool) -> int:
    """Take what waits in the SPOOL's streams into the lake, then forget it there. Shape: how many records.

    Memory: BATCH_BYTES of records until they are committed.
    """
    taken = 0
    for name in spool.sources():
        source = writer.sources.get(name)
        if source is None or not (shard := spool.shard(name)):
            continue
        start = position = writer.next_position(source, shard)
        waiting: list[Batch] = []
        for block in spool.read(name, position):
            waiting.append(_batch(block, source, shard))
            position = block.position + len(block.records)
            if (
                sum(len(batch.records) for batch in waiting) >= BATCH_RECORDS
                or sum(batch.records.nbytes for batch in waiting) >= BATCH_BYTES
            ):
                writer.write(waiting)
                waiting = []
        if position > start:
            writer.write(waiting)
            spool.trim(name, position)
        taken += position - start
    return taken


def _batch(block: Block, source: Source, shard: str) -> Batch:
    """BLOCK's records, framed already by who received them; their decoder is told by the look of the first."""
    count = len(block.records)
    records = pa.record_batch(
        [pa.array(block.records, pa.binary()), pa.nulls(count, pa.int64()), pa.nulls(count, pa.string())],
        schema=RECORDS,
    )
    known, head = mapping(source.mapping), block.records[0][:HEAD_BYTES] + b"\n"
    try:
        decoder = decoder_for(known, head, source.decoder)
    except MappingError:
        decoder = decoders(known)[0]  # which says of each record why it can't be read
    # As declared: what one sender's record begins with must not decide for those of the others.
    context = Context(decoder=decoder, encoding=str(source.framing.get("encoding", "utf-8")))
    return Batch(source, addressed(records, shard, block.position, block.received), (context,))
