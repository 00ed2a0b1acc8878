"""The bodies of answers: one JSON document for all rows, and files."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from analytics.completeness import SourceState, Statement
from dashboards.cells import as_arrow, as_csv, as_parquet, heading, plain
from dashboards.server.held import Found

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
# Of a source's state what a program needs.
_SOURCE = [field.name for field in fields(SourceState) if field.name not in {"silences", "first_utc"}]


def document(found: Found, rows: pa.Table, language: str, cursor: str | None) -> dict[str, Any]:
    """ROWS of what was FOUND, with what they rest on.

    `next`: the cursor of the page that follows, None after the last. `complete`: nothing in the period may be missing.
    `more`: there are rows beyond those that may be had.
    """
    return {
        **found.beside,
        "columns": columns(rows.schema, language),
        "rows": [plain(row) for row in rows.to_pylist()],
        "next": cursor,
        "more": found.more,
        **rested(found.statement, language),
    }


def columns(schema: pa.Schema, language: str) -> list[dict[str, str]]:
    """The columns with their headings."""
    return [{"name": field.name, "type": str(field.type), "heading": heading(field.name, language)} for field in schema]


def rested(statement: Statement, language: str) -> dict[str, Any]:
    """What an answer rests on."""
    return {
        "statement": statement.lines(language),
        "sources": [{name: plain(getattr(state, name)) for name in _SOURCE} for state in statement.sources],
        "complete": not statement.faults,
    }


def as_file(rows: pa.Table, kind: str, statement: list[str]) -> bytes:
    """ROWS as a file of KIND (MEDIA); what carries metadata carries the STATEMENT."""
    if kind == "csv":
        return as_csv(rows).encode()
    said = rows.replace_schema_metadata({"sparhund.statement": "\n".join(statement)})
    return as_parquet(said) if kind == "parquet" else as_arrow(said)


def file_headers(name: str, kind: str, statement: Statement, language: str, said: Sequence[str] = ()) -> dict[str, str]:
    """That a file NAME of KIND goes with: a file of plain rows can't carry what it rests on, nor what is SAID of it."""
    return {
        "Content-Disposition": f'attachment; filename="{name}.{kind}"',
        "Sparhund-Complete": str(not statement.faults).lower(),
        "Sparhund-Statement": quote("\n".join((*said, *statement.lines(language))))[:6000],
    }
