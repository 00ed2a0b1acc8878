"""What is fetched from a partition, as batches for the writer.

Records of our own topics carry their address: where they were born, not where they lie. Those of topics that others
fill have the partition for a shard and their offset for a position.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ingest.kafka.client import Fetched, Headers
from ingest.sources.spooled import gathered
from ingest.spool import Block
from ingest.streams import Batch
from schemas.source import Source

_CONTEXT = {"sender", "path", "header"}  # what the context of a record on its way to us may tell
_NO_ADDRESS = "headers: no address of ours"
_NO_VALUE = "value: missing"
_LOOKS = (b"{", b"[", b"<")


def sent(block: Block) -> tuple[Sequence[bytes], list[Headers]]:
    """BLOCK's records, and the headers by which `own` knows where each was born."""
    same: list[tuple[str, bytes]] = [("received", b"%d" % round(block.received.timestamp() * 1_000_000))]
    if block.context:
        same.append(("context", block.context))
    positions = range(block.position, block.position + len(block.records))
    return block.records, [[("position", b"%d" % position), *same] for position in positions]


def own(fetched: Fetched, source: Source, shard: str) -> dict[str, Batch]:
    """The records of a partition of our own topic, a batch for each stream, by its shard.

    What a forwarder sent twice is left out. A record without an address that can be read is a reject at its offset in
    SHARD, the partition.
    """
    streams: dict[str, list[Block]] = {}
    ends: dict[str, int] = {}
    last: tuple[Any, ...] = ()  # how the record would be that goes on with `run`
    stream, run = "", None
    for offset, value, key, headers in zip(fetched.offsets, fetched.values, fetched.keys, fetched.headers, strict=True):
        told = dict(headers)
        mark = (key, told.get("received"), told.get("context"), told.get("position"))
        if run is None or mark != last or value is None:
            try:
                stream, run = _begun(*mark)
            except ValueError as error:
                stream, run, reason = shard, None, str(error)
                position = offset
            else:
                reason = _NO_VALUE if value is None else ""
                position = run.position
            if position < ends.get(stream, 0):
                run = None
                continue
            if reason:
                run = Block(records=[], position=position, received=datetime.now(UTC), broken=reason)
            assert run
            streams.setdefault(stream, []).append(run)
        assert isinstance(run.records, list)
        run.records.append(value or b"")
        ends[stream] = run.position + len(run.records)
        last = (*mark[:3], b"%d" % ends[stream])
        if run.broken:
            run = None
    return {each: gathered(blocks, source, each) for each, blocks in streams.items()}


def foreign(fetched: Fetched, source: Source, shard: str) -> list[Batch]:
    """The records of a partition that others fill: one batch. Their contexts tell keys and headers."""
    now = datetime.now(UTC)
    contexts = [b""] * len(fetched.keys)
    if any(fetched.headers) or any(key is not None for key in fetched.keys):
        contexts = [_told(key, headers) for key, headers in zip(fetched.keys, fetched.headers, strict=True)]
    blocks: list[Block] = []
    follows: tuple[Any, ...] = ()
    for offset, value, context in zip(fetched.offsets, fetched.values, contexts, strict=True):
        # Many senders may share a topic; what begins alike is read by one decoder.
        look = value if value is None else value[:1] if value[:1] in _LOOKS else b""
        if (offset, context, look) != follows:
            broken = _NO_VALUE if value is None else ""
            blocks.append(Block(records=[], position=offset, received=now, context=context, broken=broken))
        records = blocks[-1].records
        assert isinstance(records, list)
        records.append(value or b"")
        follows = (offset + 1, context, look)
    return [gathered(blocks, source, shard)] if blocks else []


def _begun(
    key: bytes | None, received: bytes | None, context: bytes | None, position: bytes | None
) -> tuple[str, Block]:
    """The stream and the block that a record with this address begins.

    Errors:  ValueError, with the reason, for what no forwarder sends.
    """
    try:
        stream = (key or b"").decode("ascii")
        moment = datetime.fromtimestamp(int(received or b"") / 1_000_000, UTC)
        first = int(position or b"")
        told = json.loads(context) if context else {}
        sound = told.keys() <= _CONTEXT and all(isinstance(each, str) for each in told.values())
    except (ValueError, OverflowError, OSError, AttributeError):
        raise ValueError(_NO_ADDRESS) from None
    if not stream.isalnum() or first < 0 or not sound:
        raise ValueError(_NO_ADDRESS)
    return stream, Block(records=[], position=first, received=moment, context=context or b"")


def _told(key: bytes | None, headers: Headers) -> bytes:
    told: dict[str, str] = {}
    if key is not None:
        told["key"] = key.decode("utf-8", "backslashreplace")
    if headers:
        texts = [[name, (value or b"").decode("utf-8", "backslashreplace")] for name, value in headers]
        told["headers"] = json.dumps(texts, ensure_ascii=False)
    return json.dumps(told, ensure_ascii=False).encode() if told else b""
