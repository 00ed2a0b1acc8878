"""W3C extended log files: IIS, and others that name their columns in `#Fields:` lines."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow.compute as pc

from ingest.decoders import json_array, lines
from ingest.decoders.frame import Frame, Framing

open = lines.open  # noqa: A001
_FIELDS = b"#Fields:"


def matches(head: bytes) -> bool:
    """A directive (`#Software:`, `#Version:`, `#Date:`, `#Fields:`), or rows that begin with a date and a time."""
    first = json_array.begins(head).split(b"\n", 1)[0]
    if first.startswith(b"#"):
        return b":" in first
    date, _, rest = first.partition(b" ")
    return (
        len(date) == len("2026-03-01")
        and date[4:5] == date[7:8] == b"-"
        and rest[2:3] == rest[5:6] == b":"
        and rest[8:9] == b" "
    )


def split(stream: BinaryIO, framing: Framing, offset: int, state: dict[str, Any]) -> Iterator[Frame]:
    """Frame the rows below each `#Fields:` line.

    Shape:   columns of RECORDS; a line that begins with `#` is no record. `Frame.header` is what follows `#Fields:` in
             the line in force (a new frame begins where it changes), else `framing.header`, else NULL.
    Source:  W3C Working Draft WD-logfile-960323; IIS writes the directives anew when it restarts or its fields change.
    """
    header: str | None = state.get("fields", framing.header or None)
    inner = {key: value for key, value in state.items() if key != "fields"}
    for frame in lines.split(stream, framing, offset, inner):
        text = frame.records["record"]
        directive = np.flatnonzero(
            np.array(
                pc.and_(pc.starts_with(text, _hash(framing)), pc.is_null(frame.records["broken"])).to_pylist(), bool
            )
        )
        fields = [
            (at, value[len(_FIELDS) :].strip())
            for at in directive.tolist()
            if (value := text[at].as_py().decode(framing.encoding, "replace").encode()).startswith(_FIELDS)
        ]
        keep = np.ones(len(text), bool)
        keep[directive] = False
        borders = [0, *(at for at, _ in fields), len(text)]
        headers = [header, *(value.decode() for _, value in fields)]
        header = headers[-1]
        parts = []
        for first, upto, names in zip(borders[:-1], borders[1:], headers, strict=True):
            records = frame.records.slice(first, upto - first).filter(keep[first:upto])
            if records.num_rows:
                parts.append((upto, names, records))
        for upto, names, records in parts:
            last = upto == parts[-1][0]
            resume = frame.resume if last else frame.records["offset"][upto].as_py()
            kept = {**frame.state, "fields": header if last else names}
            yield Frame(records, resume, names, {key: value for key, value in kept.items() if value is not None})


def _hash(framing: Framing) -> bytes:
    return "#".encode(lines.byte_order(framing.encoding))
