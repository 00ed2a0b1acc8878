"""Blocks by so many as are sent before they are waited for."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from ingest.spool import Block

GROUP_BYTES = 8 << 20
GROUP_RECORDS = 50_000
BIG_BYTES = 512 << 10  # a record that travels alone: if the broker refuses it, none has gone ahead of it
AROUND_BYTES = 64 << 10  # room for a record's address and context
TOO_LONG = "record: longer than kafka.max_record_bytes allows; what follows was cut off"

log = logging.getLogger("sparhund.forward")


def groups(blocks: Iterable[Block], max_record_bytes: int) -> Iterator[list[Block]]:
    """BLOCKS, cut as it takes. A record longer than brokers take (MAX_RECORD_BYTES with all around it) is cut short.

    Then it is broken, and becomes a reject. With the default none is: decoders and collectors cut before.
    """
    most = max(max_record_bytes // 2, max_record_bytes - AROUND_BYTES)
    group: list[Block] = []
    size = count = 0
    for piece in chain.from_iterable(_pieces(block, most) for block in blocks):
        length = sum(map(len, piece.records))
        alone = length > BIG_BYTES
        if group and (alone or size + length > GROUP_BYTES or count + len(piece.records) > GROUP_RECORDS):
            yield group
            group, size, count = [], 0, 0
        group.append(piece)
        size += length
        count += len(piece.records)
        if alone:
            yield group
            group, size, count = [], 0, 0
    if group:
        yield group


def _pieces(block: Block, most: int) -> Iterator[Block]:
    """BLOCK by at most BIG_BYTES; a record that is longer by itself, cut at MOST."""
    if sum(map(len, block.records)) <= min(BIG_BYTES, most) and len(block.records) <= GROUP_RECORDS:
        yield block
        return
    first = size = 0
    for place, record in enumerate(block.records):
        if place > first and (size + len(record) > BIG_BYTES or place - first >= GROUP_RECORDS):
            yield _piece(block, first, place, most)
            first, size = place, 0
        size += len(record)
    yield _piece(block, first, len(block.records), most)


def _piece(block: Block, first: int, stop: int, most: int) -> Block:
    records, broken = block.records[first:stop], block.broken
    if len(records) == 1 and len(records[0]) > most:
        log.error(
            "kafka: a record of %d bytes is longer than max_record_bytes allows, and is cut short", len(records[0])
        )
        records, broken = [records[0][:most]], TOO_LONG
    return replace(block, position=block.position + first, records=records, broken=broken)
