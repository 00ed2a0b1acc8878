"""An answer's rows as a page shows them: headings, cells with where they lead, and what they rest on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from analytics.answer import Answer
from dashboards.cells import cell, heading
from dashboards.web import links, naming, told

_RULES = frozenset({"detection", "detections", "explanation"})
WRITTEN_BY = _RULES | {"facts", "proves", "action"}  # the columns that `written` reads of a row
_LONGEST = 200  # of a cell; what is longer is cut, and stands whole in the title
HEAVIEST, _TAGS = 200_000, 30  # bytes of a page's table, and of what stands around a cell's text


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, where it leads, and the whole text if it was cut."""

    text: str
    href: str | None = None
    whole: str | None = None
    number: bool = False
    moment: bool = False
    kind: str = ""  # how it looks: the name of a style


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of a page."""

    headings: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    more: bool = False

    def __len__(self) -> int:
        return len(self.cells)


def rows(
    found: pa.Table,
    language: str,
    beside: Mapping[str, Any] | None = None,
    *,
    without: Iterable[str] = (),
    more: bool = False,
    tables: naming.Tables | None = None,
    asked: str = "",
) -> Rows:
    """FOUND as a table, without columns that are empty throughout and those of WITHOUT.

    ASKED is the question whose answer it is, BESIDE what it was given: a count leads to its rows by them (links).

    With TABLES what they name stands by its name.
    """
    names = shown(found, without)
    every = found.to_pylist()
    said = written(found.select(names), every, language, tables)
    nothing = [None] * len(found)
    cells = tuple(
        tuple(_cell(name, row, language, beside or {}, said.get(name, nothing)[place], asked) for name in names)
        for place, row in enumerate(every)
    )
    return Rows(tuple(heading(name, language) for name in names), cells, more)


def written(
    found: pa.Table,
    every: Sequence[Mapping[str, Any]],
    language: str,
    tables: naming.Tables | None = None,
    *,
    ids: bool = False,
) -> dict[str, list[str | None]]:
    """How values of FOUND are written where they aren't as `cell` has them, by column.

    EVERY holds its rows, with WRITTEN_BY at least.
    None where one is as `cell` has it. With IDS whatever is called by a name of TABLES has its id beside.
    """
    said = naming.texts(found, tables, ids=ids) if tables is not None else {}
    said |= {name: [told.rules(row, name, language) for row in every] for name in _RULES & set(found.column_names)}
    if "proves" in found.column_names:
        said["proves"] = [told.proves(row, language) if row["proves"] else None for row in every]
    return said


def shown(found: pa.Table, without: Iterable[str] = ()) -> list[str]:
    """The columns that FOUND is shown with, in their order: those that hold anything, and aren't among WITHOUT."""
    left = set(without)
    return [name for name in found.column_names if name not in left and found[name].null_count < len(found)]


def empty(found: pa.Table, language: str) -> list[str]:
    """The headings of FOUND's columns that `shown` leaves out because they hold nothing."""
    there = set(shown(found))
    return [heading(name, language) for name in found.column_names if len(found) and name not in there]


def of(
    found: Answer, language: str, beside: Mapping[str, Any] | None = None, *, tables: naming.Tables | None = None
) -> Rows:
    """An answer's rows."""
    return rows(found.rows, language, beside, more=found.more, tables=tables, asked=found.question.name)


def light(listed: Rows, heaviest: int = HEAVIEST, *, last: bool = False) -> Rows:
    """LISTED, or so many of its first (or LAST) rows as weigh no more than HEAVIEST bytes: of more it is said."""
    total = 0
    for place, line in enumerate(reversed(listed.cells) if last else listed.cells):
        total += _weight(line)
        if total > heaviest:
            kept = max(1, place)
            return replace(listed, cells=listed.cells[-kept:] if last else listed.cells[:kept], more=True)
    return listed


def weight(listed: Rows) -> int:
    """The bytes of LISTED on a page, roughly."""
    return sum(map(_weight, listed.cells))


def _weight(line: Iterable[Cell]) -> int:
    return sum(_TAGS + len(f"{each.text}{each.href or ''}{each.whole or ''}".encode()) for each in line)


def with_column(listed: Rows, named: str, cells: Iterable[Cell], place: int) -> Rows:
    """LISTED with a column more, NAMED so, at PLACE."""
    body = tuple((*line[:place], cell_of, *line[place:]) for line, cell_of in zip(listed.cells, cells, strict=True))
    return replace(listed, headings=(*listed.headings[:place], named, *listed.headings[place:]), cells=body)


def _cell(
    column: str, row: Mapping[str, Any], language: str, beside: Mapping[str, Any], written: str | None, asked: str
) -> Cell:
    value = row[column]
    text = cell(column, value, language, asked) if written is None else written
    href = links.page(column, row) or links.rows_of(column, row, beside, asked)
    cut = len(text) > _LONGEST
    number = isinstance(value, int | float) and not isinstance(value, bool)
    moment = isinstance(value, datetime)
    return Cell(text[:_LONGEST] + "…" if cut else text, href, text if cut else None, number, moment)
