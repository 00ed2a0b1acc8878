"""Values as people and programs read them: in the glossary's words, as JSON, and as files."""

import csv
import io
import json
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from schemas.reasons import told
from schemas.tables import ALWAYS
from schemas.terms import term, terms

_SWEDEN = ZoneInfo("Europe/Stockholm")
# Columns whose values are words of the glossary, and their group there.
_VOCABULARIES = {
    **{
        name: name
        for name in (
            *("action", "outcome", "proves", "actor_kind", "state", "certainty", "why", "found_by", "found_as", "kind"),
            *("severity", "verdict", "handling", "measure", "name", "time_quality", "bound", "object_type", "outside"),
        )
    },
    "logs": "action",
    "actions": "action",
}
# Answers whose `reason` is one of our own; elsewhere it is what somebody wrote, and stays as it is.
_REASONED = frozenset({"context_faults", "gaps", "rejects", "without_event"})
# A cell that begins so is run as a formula by spreadsheet programs, in some languages also one with the wide letters
# (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def heading(column: str, language: str) -> str:
    """The glossary's word for an answer's column, else the column's own name."""
    for group in ("answer", "column"):
        if word := terms().get(f"{group}.{column}"):
            return word[language]
    return column


def cell(column: str, value: Any, language: str = "sv", asked: str = "") -> str:
    """One value, in the reader's words; what could steer a terminal or turn the text around is spelt out.

    ASKED: the question whose answer it is.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        if value == ALWAYS:  # what has no beginning; that year's clock was local mean time
            return term("always", language)
        return value.astimezone(_SWEDEN).isoformat(" ", "seconds")
    if isinstance(value, list):
        return ", ".join(cell(column, item, language, asked) for item in value)
    if column == "reason" and asked in _REASONED:
        return printable(told(str(value), language))
    key = f"boolean.{value}".lower() if isinstance(value, bool) else f"{_VOCABULARIES.get(column)}.{value}"
    # Sources write kinds of objects as they like, File and file.
    word = terms().get(key.lower() if column == "object_type" else key)
    return word[language] if word else printable(str(value))


def printable(text: str) -> str:
    """TEXT with control and direction characters as escapes."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def as_csv(rows: pa.Table) -> str:
    """CSV for spreadsheets: times are UTC, and a text that a spreadsheet would run gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(rows.column_names)
    for row in rows.to_pylist():
        writer.writerow([guarded(plain(value)) for value in row.values()])
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


def guarded(value: Any) -> Any:
    """VALUE as a cell of a spreadsheet may hold it: a text that would be run gets an apostrophe before it."""
    if isinstance(value, list):
        value = json.dumps(value, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_parquet(rows: pa.Table) -> bytes:
    """A Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(rows, buffer)
    return buffer.getvalue()


def as_arrow(rows: pa.Table) -> bytes:
    """An Arrow IPC stream."""
    buffer = io.BytesIO()
    with pyarrow.ipc.new_stream(buffer, rows.schema) as stream:
        stream.write_table(rows)
    return buffer.getvalue()
