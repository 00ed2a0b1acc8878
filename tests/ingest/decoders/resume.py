"""What every decoder must hold: reading on from any frame gives precisely the records that follow."""

import io
from typing import Any

from ingest.decoders import DECODERS, Frame, Framing, frame

Row = tuple[bytes, int, str | None, str | None]


def split(
    name: str, data: bytes, framing: Framing, offset: int = 0, state: dict[str, Any] | None = None
) -> list[Frame]:
    stream = io.BytesIO(data)
    stream.seek(offset)
    return list(DECODERS[name].split(stream, framing, offset, state or {}))


def rows(frames: list[Frame]) -> list[Row]:
    """Each record with its offset, why it is broken, and the header in force."""
    return [
        (row["record"], row["offset"], row["broken"], each.header)
        for each in frames
        for row in each.records.to_pylist()
    ]


def records(name: str, data: bytes, framing: Framing | None = None) -> list[bytes]:
    """The records of DATA, none of them broken."""
    found = rows(split(name, data, framing or Framing()))
    assert [row[2] for row in found if row[2]] == []
    return [row[0] for row in found]


def holds(name: str, data: bytes, framing: Framing, *, batch_bytes: int, batch_records: int = 1 << 16) -> list[Row]:
    """In one go = in small batches = from each frame on = as the file grows. Gives the records."""
    whole = rows(split(name, data, framing))
    small, many = frame.BATCH_BYTES, frame.BATCH_RECORDS
    frame.BATCH_BYTES, frame.BATCH_RECORDS = batch_bytes, batch_records
    try:
        frames = split(name, data, framing)
        assert rows(frames) == whole
        for number, each in enumerate(frames):
            assert rows(split(name, data, framing, each.resume, each.state)) == rows(frames[number + 1 :]), number
        assert grown(name, data, framing, batch_bytes) == whole
    finally:
        frame.BATCH_BYTES, frame.BATCH_RECORDS = small, many
    return whole


def grown(name: str, data: bytes, framing: Framing, step: int) -> list[Row]:
    """The records of a file that grows by STEP bytes, read each time from where the last frame ended."""
    found: list[Row] = []
    offset, state = 0, {}
    settings = {slot: getattr(framing, slot) for slot in Framing.__slots__}
    for size in [*range(0, len(data), max(step, len(data) // 8 + 1)), len(data)]:
        for each in split(name, data[:size], Framing(**{**settings, "final": False}), offset, state):
            found += rows([each])
            offset, state = each.resume, each.state
    for each in split(name, data, framing, offset, state):
        found += rows([each])
    return found
