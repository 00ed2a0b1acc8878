"""What is fetched from a partition, as batches for the writer.

Records of our own topics carry their address: where they were born, not where they lie. Those of topics that others
fill have the partition for a shard and their offset for a position.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from ingest.kafka.client import Fetched, Headers
from ingest.mapping import decoders, mapping
from ingest.normalise import Context
from ingest.sources.spooled import gathered, said
from ingest.spool import Block
from ingest.streams import Batch
from schemas.source import Source, is_encoding

_NO_ADDRESS = "headers: no address of ours"
_NO_VALUE = "value: missing"
_ID_LENGTH = 64
_POSITIONS = 1 << 62  # more than a stream can ever have, and less than a lake can count
_LOOKS = (b"{", b"[", b"<")


def sent(block: Block) -> tuple[Sequence[bytes], list[Headers]]:
    """BLOCK's records, and the headers by which `own` knows where each was born."""
    same: list[tuple[str, bytes]] = [("received", b"%d" % round(block.received.timestamp() * 1_000_000))]
    if block.context:
        same.append(("context", block.context))
    if block.broken:
        same.append(("broken", block.broken.encode()))
    positions = range(block.position, block.position + len(block.records))
    return block.records, [[("position", b"%d" % position), *same] for position in positions]


def blocks(batch: Batch) -> Iterator[Block]:
    """The records of BATCH, which was cut from one stream, with all that their mapping may use.

    That an export was cut is said of its last record only: a batch doesn't stay together on its way.
    """
    records, context = batch.records, batch.context
    position, last = records["position"][0].as_py(), len(records) - 1
    received = records["received"][0].as_py()
    rows = enumerate(zip(records["record"].to_pylist(), records["broken"].to_pylist(), strict=True))
    for (broken, cut), run in groupby(rows, lambda row: (row[1][1] or "", context.cut and row[0] == last)):
        found = [record for _, (record, _) in run]
        said = replace(context, cut=cut).text.encode()
        yield Block(records=found, position=position, received=received, context=said, broken=broken)
        position += len(found)


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
        mark = (key, told.get("received"), told.get("context"), told.get("broken"), told.get("position"))
        reason = ""
        if run is None or mark != last or value is None:
            try:
                stream, run = _begun(source, *mark)
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
        last = (*mark[:-1], b"%d" % ends[stream])
        if reason:
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
    source: Source,
    key: bytes | None,
    received: bytes | None,
    context: bytes | None,
    broken: bytes | None,
    position: bytes | None,
) -> tuple[str, Block]:
    """The stream and the block that a record with this address begins.

    Errors:  ValueError, with the reason, for what no forwarder sends.
    """
    try:
        stream = (key or b"").decode("ascii")
        moment = datetime.fromtimestamp(int(received or b"") / 1_000_000, UTC)
        first = int(position or b"")
        reason = (broken or b"").decode()
        sound = _is_sound(context or b"", source.mapping)
    except (ValueError, OverflowError, OSError, RecursionError):
        raise ValueError(_NO_ADDRESS) from None
    if not (stream.isalnum() and len(stream) <= _ID_LENGTH and 0 <= first < _POSITIONS and sound):
        raise ValueError(_NO_ADDRESS)
    return stream, Block(records=[], position=first, received=moment, context=context or b"", broken=reason)


@lru_cache(1024)
def _is_sound(context: bytes, name: str) -> bool:
    """Whether the mapping NAME can use a CONTEXT that came so. Errors: ValueError if not, too."""
    told, known = Context.of(said(context)), decoders(mapping(name))
    told.text.encode()  # a lone surrogate can't be kept
    return ("decoder" not in said(context) or told.decoder in known) and is_encoding(told.encoding)


def _told(key: bytes | None, headers: Headers) -> bytes:
    told: dict[str, str] = {}
    if key is not None:
        told["key"] = key.decode("utf-8", "backslashreplace")
    if headers:
        texts = [[name, (value or b"").decode("utf-8", "backslashreplace")] for name, value in headers]
        told["headers"] = json.dumps(texts, ensure_ascii=False)
    return json.dumps(told, ensure_ascii=False).encode() if told else b""
