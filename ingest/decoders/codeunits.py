"""Scanning text for ASCII marks in any encoding, without decoding it: one byte stands for one code unit."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingest.decoders import frame
from ingest.decoders.frame import RECORDS, Frame

Positions = npt.NDArray[np.int64]

_ORDERS = {
    "utf-16": "<u2",
    "utf-16-le": "<u2",
    "utf-16-be": ">u2",
    "utf-32": "<u4",
    "utf-32-le": "<u4",
    "utf-32-be": ">u4",
}
_MARKS = {"<u2": b"\xff\xfe", ">u2": b"\xfe\xff", "<u4": b"\xff\xfe\0\0", ">u4": b"\0\0\xfe\xff", "u1": b"\xef\xbb\xbf"}


def _order(encoding: str) -> str:
    name = encoding.lower().replace("_", "-")
    return _ORDERS.get(name.replace("utf16", "utf-16").replace("utf32", "utf-32").replace("16le", "16-le"), "u1")


def width(encoding: str) -> int:
    """Bytes in a code unit of ENCODING: 2 for UTF-16, 4 for UTF-32, else 1. Plain `utf-16` is little-endian here."""
    return int(np.dtype(_order(encoding)).itemsize)


def mark(encoding: str) -> bytes:
    """The byte order mark of ENCODING (UTF-8's for all narrow ones: nothing else begins with those three bytes)."""
    return _MARKS[_order(encoding)]


def narrow(data: bytes, encoding: str) -> bytes:
    """DATA with one byte for each code unit: ASCII stays, all else of a wide encoding is 0x7F."""
    order = _order(encoding)
    if order == "u1":
        return data
    # Half a unit at the end is left for later.
    units = np.frombuffer(data, order, len(data) // np.dtype(order).itemsize)
    return np.where(units < 0x7F, units, 0x7F).astype(np.uint8).tobytes()  # noqa: PLR2004


def frames(
    held: bytes,
    starts: Positions,
    ends: Positions,
    resumes: Positions,
    *,
    offset: int,
    width: int,
    header: str | None = None,
    state: dict[str, Any],
    reasons: dict[int, str] | None = None,
) -> Iterator[Frame]:
    """Frames of at most BATCH_RECORDS of the records HELD[start:end] (positions in code units).

    Shape:   OFFSET is where HELD stands in the stream, in bytes; RESUMES where reading goes on after each record, in
             code units of HELD; REASONS why the record of an ordinal is broken.
    """
    for first in range(0, len(starts), frame.BATCH_RECORDS):
        upto = min(first + frame.BATCH_RECORDS, len(starts))
        begin, end = starts[first:upto] * width, ends[first:upto] * width
        values = [held[s:e] for s, e in zip(begin.tolist(), end.tolist(), strict=True)]
        broken: Any = pa.nulls(upto - first, pa.string())
        if reasons:
            broken = pa.array([reasons.get(ordinal) for ordinal in range(first, upto)], pa.string())
        batch = pa.record_batch(
            [pa.array(values, pa.binary()), pa.array(begin + offset, pa.int64()), broken], schema=RECORDS
        )
        yield Frame(batch, offset + int(resumes[upto - 1]) * width, header, state)


def piece(
    held: bytes, offset: int, reason: str, *, resume: int, header: str | None = None, state: dict[str, Any]
) -> Frame:
    """A frame of one broken record, HELD."""
    columns = [pa.array([held], pa.binary()), pa.array([offset], pa.int64()), pa.array([reason])]
    return Frame(pa.record_batch(columns, schema=RECORDS), resume, header, state)


def too_long() -> str:
    """The reason of a record that is kept in pieces."""
    return f"record: longer than {frame.MAX_RECORD_BYTES >> 20} MiB, kept in pieces"
