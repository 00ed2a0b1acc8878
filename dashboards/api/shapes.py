"""The bodies of answers: one JSON document for all rows, and files."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from urllib.parse import quote

import pyarrow as pa
from starlette.responses import Response

from analytics.completeness import SourceState, Statement
from dashboards.cells import as_arrow, as_csv, as_parquet, heading, plain
from dashboards.server.held import Found
from dashboards.server.refusals import Refused

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
MOST_ROWS = 100_000  # of what is read by pages, and of a file
_HEADER_LETTERS = 6_000
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


def filed(found: Found, kind: str, language: str, said: Sequence[str] = ()) -> Response:
    """All that was FOUND, as a file of KIND (MEDIA), with what is SAID of it. Errors: Refused if there is more."""
    body = as_file(found, kind, (*said, *found.statement.lines(language)))
    return Response(body, media_type=MEDIA[kind], headers=file_headers(found, kind, language))


def as_file(found: Found, kind: str, said: Sequence[str]) -> bytes:
    """The file's bytes, with what is SAID in its metadata. Errors: Refused if there is more than was FOUND."""
    hold_whole(found)
    if kind == "csv":
        return as_csv(found.rows).encode()
    rows = found.rows.replace_schema_metadata({"sparhund.statement": "\n".join(said)})
    return as_parquet(rows) if kind == "parquet" else as_arrow(rows)


def hold_whole(found: Found) -> None:
    """Errors: Refused if there is more: a file holds all or isn't one."""
    if found.more:
        raise Refused(422, f"there are more than {MOST_ROWS} rows; ask about a shorter period or less", "format")


def file_headers(found: Found, kind: str, language: str) -> dict[str, str]:
    """That a file of KIND goes with: a file of plain rows can't carry what it rests on.

    As many whole lines of the statement as fit: it says first whether anything may be missing.
    """
    statement = ""
    for line in found.statement.lines(language):
        longer = f"{statement}{'%0A' if statement else ''}{quote(line)}"
        if len(longer) > _HEADER_LETTERS:
            break
        statement = longer
    return {
        "Content-Disposition": f'attachment; filename="{found.name}.{kind}"',
        "Sparhund-Complete": str(not found.statement.faults).lower(),
        "Sparhund-Statement": statement,
    }
