"""The lake's spool as a source: what was appended there, on its way to the writer."""

import socket

import pyarrow as pa

from ingest.decoders.frame import RECORDS
from ingest.normalise import Context
from ingest.spool import Spool
from ingest.streams import Batch, addressed
from ingest.writer import Writer
from schemas.source import Source

# Our own acts: questions, decisions, settings (design §4).
OWN = Source(name="sparhund", mapping="sparhund", system="sparhund", logs=("read", "search", "config_change"))


def drain(writer: Writer, spool: Spool) -> int:
    """Take what waits in the SPOOL's streams into the lake, then forget it there. Shape: how many records."""
    taken = 0
    for name in spool.sources():
        source = writer.sources.get(name)
        if source is None or not (shard := spool.shard(name)):
            continue
        start = position = writer.next_position(source, shard)
        for block in spool.read(name, position):
            count = len(block.records)
            records = pa.record_batch(
                [pa.array(block.records, pa.binary()), pa.nulls(count, pa.int64()), pa.nulls(count, pa.string())],
                schema=RECORDS,
            )
            context = Context(decoder="ndjson", sender=socket.gethostname())
            writer.write([Batch(source, addressed(records, shard, block.position, block.received), (context,))])
            position = block.position + count
        if position > start:
            spool.trim(name, position)
        taken += position - start
    return taken
