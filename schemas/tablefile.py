"""CSV files of the dated tables: read strictly into Arrow, each mistake named, nothing half loaded."""

import io
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from schemas.errors import SettingsError
from schemas.event import TIMESTAMP, Column
from schemas.faults import Checked
from schemas.tables import ALWAYS, LIST, Table

ZONE = "Europe/Stockholm"
_WORDS_TRUE = ("1", "true", "yes", "ja", "sant")
_WORDS_FALSE = ("0", "false", "no", "nej", "falskt")
_DATE = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$"
# Arrow knows no summer time after 2037, and Python no time before the year 1: outside of these each is read by itself.
_YEARS = (1970, 2036)
_INSTANT = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)$"


def read(table: Table, path: Path, derived: frozenset[str] = frozenset(), checked: Checked | None = None) -> pa.Table:
    """The rows of one CSV file as TABLE's schema.

    Shape:   the first line names the columns, in any order; `;`, `,` or tab separates; UTF-8, or Windows-1252 if it
             isn't that; an empty cell is NULL. DERIVED columns are the caller's to fill and may not stand in the file.
             Where CHECKED sets rows in fault aside, they are among the rows until the caller asks it for those `kept`.
    Errors:  SettingsError for an unknown, repeated or missing column. And unless CHECKED sets them aside, for a row
             with another number of cells, an empty required cell, a cell of another type, a word outside the list, a
             period that ends before it begins.
    """
    checked = checked or Checked(path)
    texts = _texts(checked)
    known = {column.name: column for column in table.columns if column.name not in derived}
    for at, name in enumerate(texts.column_names, start=1):
        if name not in known:  # not quoted: a file without names begins with somebody's data
            raise SettingsError(f"{path} row 1", f"column {at}", f"unknown name; {table.name} has {', '.join(known)}")
    for name in table.required:
        if name in known and name not in texts.column_names:
            raise SettingsError(f"{path} row 1", name, "the column is missing")
    words = dict(table.words)
    columns = []
    for column in table.columns:
        if column.name in texts.column_names:
            cells = texts[column.name].combine_chunks()
            columns.append(_typed(column, cells, checked, words.get(column.name)))
        else:
            columns.append(pa.nulls(len(texts), column.type))
    rows = pa.Table.from_arrays(columns, schema=table.schema)
    for name in table.required:
        checked.refuse(pc.is_null(rows[name]), name, "is empty")
    return _dated(rows, checked) if table.dated else rows


def dated(rows: pa.Table, path: Path) -> pa.Table:
    """ROWS with the beginnings that were left empty filled. SettingsError for one that ends before it begins."""
    checked = Checked(path)
    checked.begin(len(rows), [], "")
    return _dated(rows, checked)


def _dated(rows: pa.Table, checked: Checked) -> pa.Table:
    start = pc.fill_null(rows["valid_from"], pa.scalar(ALWAYS, TIMESTAMP))
    known = pc.coalesce(rows["known_from"], start)
    wrong = pc.fill_null(pc.less_equal(rows["valid_to"], start), False)
    checked.refuse(wrong, "valid_to", "is not after valid_from")
    for name, values in (("valid_from", start), ("known_from", known)):
        rows = rows.set_column(rows.column_names.index(name), rows.schema.field(name), values)
    return rows


def hold_apart(
    rows: pa.Table, key: str, same: Callable[[str], str] = str, place: Callable[[int], str] = "row {}".format
) -> None:
    """Refuse two rows of one KEY whose periods overlap: at one time there would be two answers.

    SAME says which spellings are one key. Errors: SettingsError with the PLACE (given the index) of the later row.
    """
    for second, first in overlapping(rows, key, same):
        raise SettingsError(place(second), key, f"its period overlaps the one of {place(first)}")


def overlapping(
    rows: pa.Table, key: str, same: Callable[[str], str] = str, sound: NDArray[np.bool_] | None = None
) -> Iterator[tuple[int, int]]:
    """Each row whose period overlaps the one of an earlier row of the same KEY, and that row. Rows not SOUND aren't."""
    far = datetime.max.replace(tzinfo=UTC)
    held: dict[str, list[tuple[datetime, datetime, int]]] = {}
    columns = (rows[name].to_pylist() for name in (key, "valid_from", "valid_to"))
    for index, (value, start, stop) in enumerate(zip(*columns, strict=True)):
        if sound is not None and not sound[index]:
            continue
        periods = held.setdefault(same(value), [])
        period = start, stop or far, index
        at = bisect_left(periods, period)
        other = next(
            (each for each in periods[max(0, at - 1) : at + 1] if each[0] < period[1] and start < each[1]), None
        )
        if other is None:
            periods.insert(at, period)
        else:
            yield index, other[2]


def parse_time(text: str) -> datetime | None:
    """A date, a local time (Europe/Stockholm) or an instant; None if it is none of them."""
    try:
        if re.match(_INSTANT, text):
            return datetime.fromisoformat(text).astimezone(UTC)
        if re.match(_DATE, text):
            # fold=1: the repeated hour is its later instant, as for events.
            return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE), fold=1).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None


def _texts(checked: Checked) -> pa.Table:
    """The cells as texts, trimmed; empty ones are NULL."""
    path = checked.path
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError(str(path), "file", error.strerror or "can't be read") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    header = text.split("\n", 1)[0]
    separator = max(";,\t", key=header.count)
    names = [name.strip().strip('"').lower() for name in header.strip("\r").split(separator)]
    for at, name in enumerate(names):
        if name in names[:at]:
            raise SettingsError(f"{path} row 1", f"column {at + 1}", "the name stands twice")
    ragged: list[int] = []

    def invalid(row: pacsv.InvalidRow) -> str:
        ragged.append(row.number - 1)
        return "skip"

    try:
        cells = pacsv.read_csv(
            io.BytesIO(text.encode()),
            # One thread, since only then rows have numbers.
            read_options=pacsv.ReadOptions(column_names=names, skip_rows=1, use_threads=False, block_size=1 << 24),
            parse_options=pacsv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=invalid),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            checked.begin(0, [], "")
            return pa.table({name: pa.array([], pa.string()) for name in names})
        raise SettingsError(str(path), "file", "is no CSV") from None
    checked.begin(len(cells), ragged, f"has another number of cells than the {len(names)} columns")
    trimmed = [pc.utf8_trim_whitespace(column) for column in cells.columns]
    return pa.table([pc.if_else(pc.equal(column, ""), None, column) for column in trimmed], names=names)


def _typed(column: Column, cells: pa.StringArray, checked: Checked, words: frozenset[str] | None) -> pa.Array:
    name = column.name
    if column.type == TIMESTAMP:
        return _times(name, cells, checked)
    if column.type == LIST:
        items = pc.split_pattern(cells, "|")
        return pa.array([[i.strip() for i in item if i.strip()] if item else None for item in items.to_pylist()], LIST)
    if column.type == pa.bool_():
        lower = pc.utf8_lower(cells)
        true = pc.is_in(lower, pa.array(_WORDS_TRUE))
        right = pc.or_(true, pc.is_in(lower, pa.array(_WORDS_FALSE)))
        return pc.if_else(pc.is_null(_right(checked, name, cells, right, "want yes or no")), None, true)
    if pa.types.is_integer(column.type):
        right = pc.match_substring_regex(cells, r"^-?\d{1,9}$")
        return _right(checked, name, cells, right, "want a whole number").cast(column.type)
    if words is not None:
        allowed = pc.is_in(cells, pa.array(sorted(words)))
        return _right(checked, name, cells, allowed, f"want one of {', '.join(sorted(words))}")
    return cells


def _times(name: str, cells: pa.StringArray, checked: Checked) -> pa.Array:
    """Dates and times, of local time unless they carry an offset; the same as `parse_time` for whole columns."""
    instant = pc.fill_null(pc.match_substring_regex(cells, _INSTANT), False)
    right = pc.or_(instant, pc.fill_null(pc.match_substring_regex(cells, _DATE), False))
    wanted = "want a date or a time, such as 2026-03-01 or 2026-03-01T08:00"
    texts = pc.replace_substring(_right(checked, name, cells, right, wanted), " ", "T")
    year = pc.utf8_slice_codeunits(texts, 0, 4).cast(pa.int32())
    rest = pc.fill_null(pc.or_(pc.less(year, _YEARS[0]), pc.greater(year, _YEARS[1])), False)
    try:
        plain = pc.if_else(rest, None, texts)
        local = pc.if_else(instant, None, plain).cast(pa.timestamp("us"))
        local = pc.assume_timezone(local, ZONE, ambiguous="latest", nonexistent="raise").cast(TIMESTAMP)
        found = pc.coalesce(pc.if_else(instant, plain, None).cast(TIMESTAMP), local)
    except pa.ArrowInvalid:  # a date or an hour that doesn't exist: find it by row
        rest, found = pc.is_valid(texts), pa.nulls(len(texts), TIMESTAMP)
    others = texts.filter(rest).dictionary_encode()
    times = pa.array([parse_time(text) for text in others.dictionary.to_pylist()], TIMESTAMP)
    found = pc.replace_with_mask(found, rest, times.take(others.indices))
    _right(checked, name, texts, pc.is_valid(found), "there is no such date or time")
    return found


def _right(checked: Checked, name: str, cells: pa.StringArray, right: Iterable[bool], reason: str) -> pa.StringArray:
    """CELLS without those that aren't RIGHT; an empty one is."""
    wrong = pc.and_(pc.is_valid(cells), pc.invert(pc.fill_null(right, False)))
    checked.refuse(wrong, name, reason)
    return pc.if_else(wrong, None, cells)
