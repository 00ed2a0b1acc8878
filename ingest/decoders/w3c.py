"""W3C extended log files: IIS, and others that name their columns in `#Fields:` lines."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow.compute as pc

from ingest.decoders import json_array, lines
from ingest.decoders.frame import Frame, Framing, header_text

open = lines.open  # noqa: A001
_FIELDS, _DATE = "#Fields:", "#Date:"


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
             the line in force (a new frame begins where it changes), else `framing.header`, else NULL. Where it has
             a time but no date, what the last `#Date:` line says follows on a line of its own.
    Source:  W3C Working Draft WD-logfile-960323; IIS writes the directives anew when it restarts or its fields change.
    """
    header: str | None = state.get("fields", framing.header or None)
    date: str | None = state.get("date")
    inner = {key: value for key, value in state.items() if key not in {"fields", "date"}}
    for frame in lines.split(stream, framing, offset, inner):
        text = frame.records["record"]
        directive = np.flatnonzero(
            np.array(
                pc.and_(pc.starts_with(text, _hash(framing)), pc.is_null(frame.records["broken"])).to_pylist(), bool
            )
        )
        # Where the header changes: at which line, to what, under which date.
        changes = [(0, header, date)]
        for at in directive.tolist():
            line = header_text(text[at].as_py(), framing.encoding)
            if line.startswith(_DATE):
                date = line.removeprefix(_DATE).strip()
            elif line.startswith(_FIELDS):
                header = _dated(line.removeprefix(_FIELDS).strip(), date)
                changes.append((at, header, date))
        keep = np.ones(len(text), bool)
        keep[directive] = False
        parts = []
        ends = [*(at for at, _, _ in changes[1:]), len(text)]
        for (first, names, day), upto in zip(changes, ends, strict=True):
            records = frame.records.slice(first, upto - first).filter(keep[first:upto])
            if records.num_rows:
                parts.append((upto, names, day, records))
        for upto, names, day, records in parts:
            last = upto == parts[-1][0]
            resume = frame.resume if last else frame.records["offset"][upto].as_py()
            kept = {**frame.state, "fields": header if last else names, "date": date if last else day}
            yield Frame(records, resume, names, {key: value for key, value in kept.items() if value is not None})


def _dated(fields: str, date: str | None) -> str:
    """FIELDS, and where they have a time but no date, the day that the last `#Date:` line names."""
    names = fields.split()
    return f"{fields}\n{date}" if date and "time" in names and "date" not in names else fields


def _hash(framing: Framing) -> bytes:
    return "#".encode(lines.byte_order(framing.encoding))
