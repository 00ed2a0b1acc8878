"""A table of a page as a file for a spreadsheet: what the page says, whole, as a Swedish Excel opens it.

Programs have the API and the other files, whose names, words and times never change with a language.
"""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from dashboards.api.shapes import MEDIA, as_file, file_headers, hold_whole
from dashboards.cells import cell, guarded, heading, printable
from dashboards.server.held import Found
from dashboards.web import naming, rows
from dashboards.web.page import Download, View
from schemas.tables import ALWAYS

_SWEDEN = ZoneInfo("Europe/Stockholm")


def download(view: View, kind: str, found: Found, below: Sequence[str] = ()) -> Download:
    """What was FOUND as a file of KIND (MEDIA), and sentences BELOW it: Parquet has them beside what it rests on.

    Errors:  Refused if there is more than was found.
    """
    hold_whole(found)
    if kind == "csv":
        body = sheet(found, view.language, view.desk.home.tables(), below)
    else:
        body = as_file(found, kind, (*below, *found.statement.lines(view.language)))
    return Download(body, MEDIA[kind], file_headers(found, kind, view.language))


def sheet(found: Found, language: str, tables: naming.Tables, below: Sequence[str] = ()) -> bytes:
    """FOUND as CSV in LANGUAGE, with names of TABLES.

    Shape:   UTF-8 with its mark, without which Excel takes Å for other letters; `;` between columns, `,` in numbers,
             as Windows in Sweden has them; headings and words of the page; times in Sweden, whole, with their offset,
             so that each is one instant; names with their ids; every column, also an empty one. What numbers don't
             say by themselves stands BELOW them after an empty line, a sentence each.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    every = found.rows.select([name for name in found.rows.column_names if name in rows.WRITTEN_BY]).to_pylist()
    said = rows.written(found.rows, every, language, tables, ids=True)
    writer.writerow(heading(name, language) for name in found.rows.column_names)
    told = partial(_cell, language=language, asked=found.name)
    columns = [_column(partial(told, name), found.rows[name], said.get(name)) for name in found.rows.column_names]
    writer.writerows(zip(*columns, strict=True))
    if below:
        writer.writerows([(), *((guarded(text),) for text in below)])
    return out.getvalue().encode("utf-8-sig")


def _column(told: Callable[[Any, str | None], Any], held: pa.ChunkedArray, texts: list[str | None] | None) -> list[Any]:
    """The cells of the column HELD, which pages write as TEXTS where those have one.

    Most columns hold few different texts: each is TOLD once.
    """
    if not pa.types.is_string(held.type):
        return [told(*pair) for pair in zip(held.to_pylist(), texts or [None] * len(held), strict=True)]
    if texts:
        once = cache(told)
        return [once(*pair) for pair in zip(held.to_pylist(), texts, strict=True)]
    encoded = held.combine_chunks().dictionary_encode()
    known = [told(value, None) for value in encoded.dictionary.to_pylist()]
    return ["" if place is None else known[place] for place in encoded.indices.to_pylist()]


def _cell(name: str, value: Any, text: str | None, *, language: str, asked: str) -> Any:
    """VALUE of the column NAME, which pages write as TEXT, if any."""
    if isinstance(value, datetime) and value != ALWAYS:
        return value.astimezone(_SWEDEN).isoformat(" ")
    if isinstance(value, float):
        return str(value).replace(".", ",")
    if isinstance(value, int) and not isinstance(value, bool) and cell(name, value, language) == str(value):
        return value
    if isinstance(value, str) and "\n" in value:  # what somebody wrote; a cell may have several lines
        return guarded("\n".join(printable(line) for line in value.split("\n")))
    return guarded(cell(name, value, language, asked) if text is None else text)
