"""What passes between a decoder's steps and the pipeline."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa

from schemas.errors import SettingsError

# A batch from `split`: the record's bytes, its offset in the (decompressed) stream, and why it is broken, or NULL.
RECORDS = pa.schema([("record", pa.binary()), ("offset", pa.int64()), ("broken", pa.string())])

# What `open` gives: text and fields for the mapping, or why the record can't be read.
OPENED = pa.schema([("record", pa.string()), ("fields", pa.string()), ("broken", pa.string())])

BATCH_BYTES = (
    8 << 20
)  # a batch ends at the first of these two: enough to keep two cores busy, little enough to hold several
BATCH_RECORDS = 1 << 16
MAX_RECORD_BYTES = 64 << 20  # a longer record is kept in pieces of this size, each a broken record


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """How a source's bytes are cut: the part of a source's settings that decoders read."""

    encoding: str = "utf-8"
    separator: str = ""  # CSV; empty = the most likely of , ; tab |
    quote: str = '"'
    header: str = ""  # CSV and W3C: the header where the file has none of its own
    has_header: bool = True  # CSV: the first row is a header (not if a cell is a number or date)
    start: str = ""  # lines: a record begins at a line that matches this regular expression
    element: str = ""  # XML: the element that is a record; empty = a known one, else the outermost one's children
    final: bool = True  # the stream has ended; False while a file is followed: an unfinished record is left for later

    @classmethod
    def of(cls, place: str, settings: dict[str, Any]) -> "Framing":
        """The framing that SETTINGS name. Errors: SettingsError for an unknown key, or what can't be one."""
        for key in settings:
            if key not in cls.__slots__:
                raise SettingsError(place, key, f"unknown framing; there are {', '.join(sorted(cls.__slots__))}")
        for key in ("separator", "quote"):
            if not isinstance(settings.get(key, ""), str) or len(settings.get(key, "")) > 1:
                raise SettingsError(place, key, "want one character, or none")
        # From the command line all values are text.
        words: dict[str, bool] = {"true": True, "false": False}
        flags: dict[str, Any] = {
            key: words.get(str(settings[key]).lower(), True) for key in ("has_header", "final") if key in settings
        }
        return cls(**{**settings, **flags})


@dataclass(frozen=True, slots=True)
class Frame:
    """A batch of records, all under one header, and what is needed to go on after it.

    Shape:   `records` has the schema RECORDS; `header` is the CSV header or `#Fields` line in force, if any;
             reading goes on at byte `resume` of the stream with `state` (JSON values only: it is kept in the lake).
    """

    records: pa.RecordBatch
    resume: int
    header: str | None = None
    state: dict[str, Any] = field(default_factory=dict)


class Decoder(NamedTuple):
    """One way to cut and open bytes.

    `matches(head)`: does a stream that begins so look like this? `head` is up to 64 KiB.
    `split(stream, framing, offset, state)`: frames from STREAM, which stands at byte OFFSET; STATE is the last frame's.
    `open(records, header, framing)`: a table of OPENED, row by row as RECORDS came.
    `broken`: an SQL expression over `record` that says why an opened record can't be read, or NULL.
    """

    matches: Callable[[bytes], bool]
    split: Callable[[BinaryIO, Framing, int, dict[str, Any]], Iterator[Frame]]
    open: Callable[[pa.Table, str | None, Framing], pa.Table]
    broken: str = "NULL"


def header_text(line: bytes, encoding: str) -> str:
    r"""A header's LINE as text; bytes that aren't text in ENCODING are spelt \xe5, so that they can be read again."""
    return line.decode(encoding, "backslashreplace")


def header_again(header: str | None, encoding: str) -> str | None:
    """The HEADER in which `header_text` spelt bytes, read in another ENCODING; as it is if it is no text in that."""
    if header is None or not re.search(r"\\x[0-9a-f]{2}", header):
        return header
    line = re.sub(rb"\\x([0-9a-f]{2})", lambda spelt: bytes.fromhex(spelt[1].decode()), header.encode())
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return header
