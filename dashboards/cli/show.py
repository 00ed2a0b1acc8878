"""Rows for a terminal: aligned tables with headings from the glossary, and files to standard output."""

import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import click
import pyarrow as pa

from dashboards.cells import as_csv, as_parquet, cell, heading
from schemas.errors import SettingsError

FORMATS = ("table", "json", "csv", "parquet")


def table(rows: pa.Table, language: str = "sv", asked: str = "") -> Iterator[str]:
    """ROWS as aligned lines, without columns that are empty throughout; times are Sweden's clock with offset.

    ASKED: the question whose answer they are.

    What is too wide for the terminal is laid out as a block a row, since a broken table can't be read.
    """
    if not len(rows):
        return
    names = [name for name in rows.column_names if rows[name].null_count < len(rows)]
    lines = [[heading(name, language) for name in names]]
    lines += [[cell(name, row[name], language, asked) for name in names] for row in rows.select(names).to_pylist()]
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


def width(text: str) -> int:
    """The columns that TEXT takes in a terminal."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def write(rows: pa.Table, kind: str, language: str, out: BinaryIO | None = None, asked: str = "") -> None:
    """Print ROWS, the answer to the question ASKED, as table, csv or parquet.

    Errors: SettingsError for Parquet to a terminal.
    """
    if kind == "parquet":
        out = out or sys.stdout.buffer
        if out.isatty():
            raise SettingsError("ask", "--format", "Parquet isn't text: send it to a file with > FILE")
        out.write(as_parquet(rows))
    elif kind == "csv":
        click.echo(as_csv(rows), nl=False)
    else:
        for line in table(rows, language, asked):
            click.echo(line)
