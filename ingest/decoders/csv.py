"""Comma-separated values: any separator, quoted line breaks, with or without a header."""

import csv as rows_of
import io
import json
import re
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as columns_of

from ingest.decoders import codeunits, frame, json_array, lines
from ingest.decoders.codeunits import Positions
from ingest.decoders.frame import OPENED, Frame, Framing
from schemas.sqltext import literal

SEPARATORS = ",;\t|"
# A quotation mark that isn't closed within so much opened nothing: its row stands alone.
MAX_QUOTED = 1 << 20
_NEWLINE = 10
# What spreadsheets (the separator) and PowerShell's Export-Csv (the rows' type) write above the header.
_PREAMBLE = r"(?:sep=.|#TYPE [^\r\n]*)"
_NAME = re.compile(r"[\w @#%.,:;/()\[\]\\-]{1,80}")
_VALUE = re.compile(
    r"[+-]?\d+([.,]\d+)?|"
    r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d([.,]\d+)?)?)?( ?(Z|[A-Z]{2,5}|[+-]\d\d:?\d\d))?|\d+(\.\d+){3}"
)

rows_of.field_size_limit(frame.MAX_RECORD_BYTES)
_local = threading.local()


def matches(head: bytes) -> bool:
    """Text whose first two rows have the same number of cells, more than one, and whose first is a header or values."""
    return columns(head) > 0


def columns(head: bytes) -> int:
    """How many columns a table that begins with HEAD has; 0 if it is none."""
    text = json_array.begins(head).decode("utf-8", "replace")
    if not text or text[0] in "{[<\0" or "\0" in text[:1024]:
        return 0
    text = re.sub(rf"\A{_PREAMBLE}\r?\n", "", text)
    separator = _separator(text.split("\n", 1)[0], Framing())
    try:
        found = rows_of.reader(io.StringIO(text, newline=""), delimiter=separator)
        first, second = next(found), next(found, None)
    except (rows_of.Error, StopIteration):
        return 0
    if len(first) < 2 or (second is not None and len(second) != len(first) and text.count("\n") > 1):  # noqa: PLR2004
        return 0
    return len(first) if _header_like(first) or _VALUE.fullmatch(first[0]) else 0


def split(  # noqa: C901 (one loop over what is held)
    stream: BinaryIO, framing: Framing, offset: int, state: dict[str, Any]
) -> Iterator[Frame]:
    """Frame the rows below the header.

    Shape:   columns of RECORDS; a record is a row's bytes without its end; blank rows are no records. `Frame.header` is
             the header's text: the first row's, unless one of its cells is a number or a date or `has_header` is false;
             then `framing.header`, else the columns' ordinals ("1,2,3"). A BOM, Excel's `sep=;` line and
             PowerShell's `#TYPE` line are skipped.
    Errors:  a quotation mark that is never closed: its line stands alone (and `open` finds its cells too few).
    Source:  RFC 4180, and what spreadsheets make of it: a quotation mark counts at a cell's beginning only.
    """
    width = codeunits.width(framing.encoding)
    header: str | None = state.get("header")
    held = b""
    while True:
        chunk = stream.read(frame.BATCH_BYTES)
        held += chunk
        if offset == 0 and held.startswith(codeunits.mark(framing.encoding)):
            offset = len(codeunits.mark(framing.encoding))
            held = held[offset:]
        text = codeunits.narrow(held, framing.encoding)
        ended = not chunk and framing.final
        while header is None:
            starts, ends, resumes = _rows(text, framing, None, ended=ended)
            if not len(starts):
                break
            row = frame.header_text(held[starts[0] * width : ends[0] * width], framing.encoding)
            directive = re.fullmatch(_PREAMBLE, row) is not None
            if not directive:
                header = _header(row, framing)
            if directive or _kept_as_header(row, framing):
                gone = int(resumes[0])
                held, offset, text = held[gone * width :], offset + gone * width, text[gone:]
        if header is None:
            if not chunk:
                return
            continue
        # The header decides what separates, and so which quotation marks count.
        starts, ends, resumes = _rows(text, framing, header, ended=ended)
        if len(starts):
            known = {"header": header}
            yield from codeunits.frames(
                held, starts, ends, resumes, offset=offset, width=width, header=header, state=known
            )
            done = int(resumes[-1])
            held, offset = held[done * width :], offset + done * width
        if not chunk:
            return
        if len(held) >= frame.MAX_RECORD_BYTES:
            here, held, offset = held, b"", offset + len(held)
            yield codeunits.piece(
                here, offset - len(here), codeunits.too_long(), resume=offset, header=header, state={"header": header}
            )


def open(records: pa.Table, header: str | None, framing: Framing) -> pa.Table:  # noqa: A001
    """The row as text, and `fields` as a JSON object header → cell, in the header's order; an empty cell is "".

    Shape:   a name that stands twice becomes "name (2)", an empty one its column's ordinal.
    Errors:  `row: want N columns, has M`; one empty cell too many (a separator at the end) is forgiven.
    """
    text, broken = lines.decoded(records["record"], framing.encoding)
    names = _names(header or "1", framing)
    separator = _separator(header or "", framing)
    good = pc.is_null(broken)
    rows = text.filter(good)
    fields = _in_columns(rows, names, separator, framing)
    if fields is None:
        fields, reasons = _one_by_one(rows.to_pylist(), names, separator, framing)
    else:
        fields = _one_chunk(fields)
        missing = pc.indices_nonzero(pc.is_null(fields)).to_pylist()
        reasons = pa.nulls(len(rows), pa.string())
        if missing:
            mended, why = _one_by_one(rows.take(pa.array(missing)).to_pylist(), names, separator, framing)
            mask = pc.is_null(fields)
            fields = pc.replace_with_mask(fields, mask, mended)
            reasons = pc.replace_with_mask(reasons, mask, why)
    if len(rows) < len(text):
        at = pc.subtract(pc.cumulative_sum(good.cast(pa.int64())), 1)
        at = pc.if_else(good, at, pa.scalar(None, pa.int64()))
        at = _one_chunk(at)
        fields, reasons = fields.take(at), pc.coalesce(reasons.take(at), _one_chunk(broken))
    return pa.Table.from_arrays([text, fields, reasons], schema=OPENED)


def _rows(text: bytes, framing: Framing, header: str | None, *, ended: bool) -> tuple[Positions, Positions, Positions]:
    """The rows in TEXT that aren't blank: where each begins, ends, and where the next may begin."""
    data = np.frombuffer(text, np.uint8)
    breaks = np.flatnonzero(data == _NEWLINE)
    begins = np.concatenate(([0], breaks + 1))
    stops = np.append(breaks, len(text))
    marks = np.flatnonzero(data == ord(framing.quote)) if framing.quote else np.empty(0, np.int64)
    whole = len(breaks) + (1 if ended else 0)  # the last line may not be all there yet
    joined = np.zeros(len(begins), bool)  # lines that go on from the one before
    if len(marks):
        line = np.searchsorted(begins, marks, side="right") - 1
        odd = np.flatnonzero(np.bincount(line, minlength=len(begins)) & 1).tolist()
        separator = _separator(header, framing) if header is not None else framing.separator or SEPARATORS
        at = 0
        while at < len(odd):
            first = odd[at]
            at += 1
            if not _stays_open(text[begins[first] : stops[first]], framing.quote, separator):
                continue
            if at < len(odd) and begins[odd[at]] - begins[first] <= MAX_QUOTED:
                joined[first + 1 : odd[at] + 1] = True
                at += 1
            elif not ended and len(text) - begins[first] <= MAX_QUOTED:
                whole = min(whole, first)  # it may yet be closed
                break
    heads = np.flatnonzero(~joined[:whole])
    tails = np.append(heads[1:], whole) - 1
    if not ended and len(tails) and len(joined) > whole and joined[whole]:
        heads, tails = heads[:-1], tails[:-1]
    starts, ends = begins[heads], stops[tails]
    resumes = np.minimum(ends + 1, len(text))
    # A carriage return before the line's end belongs to it.
    ends = ends - ((ends > starts) & (data[np.maximum(ends - 1, 0)] == ord("\r"))) if len(data) else ends
    full = ends > starts
    return starts[full], ends[full], resumes[full]


def _stays_open(line: bytes, quote: str, separators: str) -> bool:
    """Whether LINE ends within a quoted cell."""
    mark = re.escape(quote).encode()
    between = b"[" + re.escape(separators).encode() + b"]"
    bare = rb"[^" + re.escape(separators).encode() + rb"]*"
    quoted = mark + rb"(?:[^" + mark + rb"]|" + mark + mark + rb")*(" + mark + rb"|\Z)"
    cell = re.compile(rb"(?:" + quoted + bare + rb"|" + bare + rb")(" + between + rb"|\Z)")
    at = 0
    while at < len(line):
        found = cell.match(line, at)
        if found is None:
            return False
        if found[1] == b"":
            return True
        at = found.end()
    return False


def _header(row: str, framing: Framing) -> str:
    """The header in force, given the first row."""
    if _kept_as_header(row, framing):
        return row
    if framing.header:
        return framing.header
    separator = _separator(row, framing)
    return separator.join(str(number) for number in range(1, len(_cells(row, separator, framing)) + 1))


def _kept_as_header(row: str, framing: Framing) -> bool:
    cells = _cells(row, _separator(row, framing), framing)
    return framing.has_header and not any(_VALUE.fullmatch(cell) for cell in cells)


def _header_like(cells: list[str]) -> bool:
    return all(_NAME.fullmatch(cell) and not _VALUE.fullmatch(cell) for cell in cells if cell) and bool(cells[0])


def _separator(header: str | None, framing: Framing) -> str:
    """The declared separator, else the one that stands most often in the header outside of quotes."""
    if framing.separator:
        return {"tab": "\t", "\\t": "\t"}.get(framing.separator, framing.separator)
    quote = re.escape(framing.quote or '"')
    bare = re.sub(f"{quote}[^{quote}]*{quote}", "", header or "")
    return max(SEPARATORS, key=bare.count)


def _cells(row: str, separator: str, framing: Framing) -> list[str]:
    quoting: Any = {"quotechar": framing.quote} if framing.quote else {"quoting": rows_of.QUOTE_NONE}
    try:
        return next(rows_of.reader([row], delimiter=separator, **quoting), [])
    except rows_of.Error:  # a bare carriage return, or a cell beyond any size
        return []


def _names(header: str, framing: Framing) -> list[str]:
    names: list[str] = []
    for number, cell in enumerate(_cells(header, _separator(header, framing), framing), start=1):
        name = cell.strip().removeprefix("\ufeff") or str(number)
        twice = sum(1 for other in names if other == name or re.fullmatch(re.escape(name) + r" \(\d+\)", other))
        names.append(f"{name} ({twice + 1})" if twice else name)
    # A separator at the header's end names no column.
    return names[:-1] if len(names) > 1 and names[-1] == str(len(names)) and not header.endswith(names[-1]) else names


def _in_columns(rows: pa.ChunkedArray, names: list[str], separator: str, framing: Framing) -> pa.ChunkedArray | None:
    """The fields of all rows at once; NULL where a row has other columns. None if that way can't read them."""
    if not len(rows):
        return pa.chunked_array([], pa.string())
    # Arrow's reader takes a carriage return for a row's end: such rows are read one by one, so a row of one cell stands
    # for each here.
    returns = pc.match_substring(rows, "\r")
    single = len(names) < 2 or "x" in {separator, framing.quote}  # noqa: PLR2004
    if not separator.isascii() or not framing.quote.isascii() or not names or (single and pc.any(returns).as_py()):
        return None
    rows = pc.if_else(returns, "x", rows)
    block = b"\n".join(rows.cast(pa.binary()).to_pylist()) + b"\n"
    odd: list[int] = []

    def skipped(row: Any) -> str:
        odd.append(row.number - 1)
        return "skip"

    keys = [f"c{number}" for number in range(len(names))]
    try:
        table = columns_of.read_csv(
            io.BytesIO(block),
            read_options=columns_of.ReadOptions(
                column_names=keys, use_threads=False, block_size=max(len(block), 1 << 20)
            ),
            parse_options=columns_of.ParseOptions(
                delimiter=separator,
                quote_char=framing.quote or False,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=skipped,
            ),
            convert_options=columns_of.ConvertOptions(
                column_types=dict.fromkeys(keys, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if len(table) + len(odd) != len(rows):
        return None
    members = ", ".join(f"{literal(name)}, {key}" for name, key in zip(names, keys, strict=True))
    fields = _duckdb(table, f"SELECT CAST(json_object({members}) AS VARCHAR) AS fields FROM cells")
    if not odd:
        return fields
    at = np.full(len(rows), -1, np.int64)
    kept = np.setdiff1d(np.arange(len(rows)), np.array(odd))
    at[kept] = np.arange(len(kept))
    return fields.take(pa.array(at, mask=at < 0))


def _duckdb(cells: pa.Table, sql: str) -> pa.ChunkedArray:
    if not hasattr(_local, "connection"):
        _local.connection = duckdb.connect(config={"threads": 1})
    connection: duckdb.DuckDBPyConnection = _local.connection
    connection.register("cells", cells)
    try:
        return connection.sql(sql).to_arrow_table()["fields"].cast(pa.string())
    finally:
        connection.unregister("cells")


def _one_by_one(rows: list[str], names: list[str], separator: str, framing: Framing) -> tuple[pa.Array, pa.Array]:
    fields: list[str | None] = []
    reasons: list[str | None] = []
    for row in rows:
        cells = _cells(row, separator, framing)
        if len(cells) == len(names) + 1 and not cells[-1]:
            cells.pop()
        good = 0 < len(cells) == len(names)
        fields.append(json.dumps(dict(zip(names, cells, strict=True)), ensure_ascii=False) if good else None)
        reasons.append(None if good else f"row: want {len(names)} columns, has {len(cells)}")
    return pa.array(fields, pa.string()), pa.array(reasons, pa.string())


def _one_chunk(values: Any) -> pa.Array:
    values = values.combine_chunks()
    return values if isinstance(values, pa.Array) else pa.concat_arrays(values.chunks)
