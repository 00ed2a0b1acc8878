"""Rows for a terminal and for files: aligned tables with headings from the glossary, JSON, CSV and Parquet."""

import csv
import io
import json
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import click
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import SettingsError
from schemas.terms import terms

FORMATS = ("table", "json", "csv", "parquet")
_SWEDEN = ZoneInfo("Europe/Stockholm")
# Columns whose values are words of the glossary, and their group there.
_VOCABULARIES = {
    **{
        name: name
        for name in (
            *("action", "outcome", "proves", "actor_kind", "state", "certainty", "why", "found_by", "declared"),
            *("severity", "verdict", "measure", "name"),
        )
    },
    "logs": "action",
    "actions": "action",
}
# A cell that begins so is run as a formula by spreadsheet programs.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def heading(column: str, language: str) -> str:
    """The glossary's word for an answer's column, else the column's own name."""
    for group in ("answer", "column"):
        if word := terms().get(f"{group}.{column}"):
            return word[language]
    return column


def table(rows: pa.Table, language: str = "sv") -> Iterator[str]:
    """ROWS as aligned lines, without columns that are empty throughout; times are Sweden's clock with offset.

    What is too wide for the terminal is laid out as a block a row, since a broken table can't be read.
    """
    if not len(rows):
        return
    names = [name for name in rows.column_names if rows[name].null_count < len(rows)]
    lines = [[heading(name, language) for name in names]]
    lines += [[cell(name, row[name], language) for name in names] for row in rows.select(names).to_pylist()]
    numeric = [pa.types.is_integer(rows.schema.field(name).type) for name in names]
    there = room()
    drawn = list(aligned(lines, numeric))
    yield from blocks(lines) if there is not None and max(map(width, drawn)) > there else drawn


def room() -> int | None:
    """How many columns the terminal has; None if standard output isn't one."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def blocks(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """LINES of cells under their heading, the first: a line a cell that isn't empty, and an empty one between rows."""
    names, *rows = lines
    widest = max(map(width, names))
    for number, row in enumerate(rows):
        if number:
            yield ""
        yield from (
            f"{name}{' ' * (widest - width(name))}  {text}" for name, text in zip(names, row, strict=True) if text
        )


def aligned(lines: Sequence[Sequence[str]], numeric: Sequence[bool] = ()) -> Iterator[str]:
    """LINES of cells under their heading, the first; columns that are NUMERIC are aligned to the right."""
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    for number, line in enumerate(lines):
        padded = []
        for place, text in enumerate(line):
            blank = " " * (widths[place] - width(text))
            padded.append(blank + text if place < len(numeric) and numeric[place] else text + blank)
        yield "  ".join(padded).rstrip()
        if number == 0:
            yield "  ".join("─" * each for each in widths)


def cell(column: str, value: Any, language: str = "sv") -> str:
    """One value, in the reader's words; what could steer a terminal or turn the text around is spelt out."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(_SWEDEN).isoformat(" ", "seconds")
    if isinstance(value, list):
        return ", ".join(cell(column, item, language) for item in value)
    code = str(value).lower() if isinstance(value, bool) else value
    word = terms().get(f"{_VOCABULARIES.get(column)}.{code}")
    return word[language] if word else printable(str(value))


def printable(text: str) -> str:
    """TEXT with control and direction characters as escapes."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def width(text: str) -> int:
    """The columns that TEXT takes in a terminal."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def as_csv(rows: pa.Table) -> str:
    """CSV for spreadsheets: times are UTC, and a text that a spreadsheet would run gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(rows.column_names)
    for row in rows.to_pylist():
        writer.writerow([_guarded(plain(value)) for value in row.values()])
    return out.getvalue()


def plain(value: Any) -> Any:
    """A value as JSON has it: times are UTC ISO 8601 with Z."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def _guarded(value: Any) -> Any:
    if isinstance(value, list):
        value = json.dumps(value, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def write(rows: pa.Table, kind: str, language: str, out: BinaryIO | None = None) -> None:
    """Print ROWS as table, csv or parquet. Errors: SettingsError for Parquet to a terminal."""
    if kind == "parquet":
        out = out or sys.stdout.buffer
        if out.isatty():
            raise SettingsError("ask", "--format", "Parquet isn't text: send it to a file with > FILE")
        buffer = io.BytesIO()
        pq.write_table(rows, buffer)
        out.write(buffer.getvalue())
    elif kind == "csv":
        click.echo(as_csv(rows), nl=False)
    else:
        for line in table(rows, language):
            click.echo(line)
