"""Cases of questions, detections and explanations: text tables in, the answer's rows as text out."""

import json
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from analytics import views
from analytics.caller import Caller
from analytics.detect.knowledge import EXPLANATION_RETURNS, fault
from analytics.question import arguments, put, relations
from analytics.views import GIVEN, OF_EXPLAINED, RELATIONS
from schemas.errors import SqlFileError
from schemas.event import NORMALISED
from schemas.sqlfile import Case, SqlFile
from schemas.tables import ALWAYS

_EVERYONE = Caller("case")
_TYPES = {
    "VARCHAR": "TEXT",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ",
    "VARCHAR[]": "TEXT[]",
    "JSON": "TEXT",
}


def difference(file: SqlFile, case: Case) -> str:
    """What differs between the answer of a question, detection or explanation and what a case expects; empty = nothing.

    Compared are the columns that the case names, in the answer's order of rows; all rows. The rows given are also put
    in in the opposite order: an answer that changes with it has no total order. The answer's columns must be those
    that the file declares, or that its kind wants.
    """
    place = f"{file.path} case {case.title!r}"
    given = dict(case.params)
    if "now" in case.rest and any(param.name == "now" for param in file.params):
        given["now"] = case.rest["now"]
    values = arguments(file, given)
    found, declared = _answer(place, file, case, values, backwards=False)
    if declared:
        return declared
    again, _ = _answer(place, file, case, values, backwards=True)
    header, wanted = text_table(place, case.expect)
    if missing := [name for name in header if name not in found.column_names]:
        return f"expect: no column {', '.join(missing)}; the answer has {', '.join(found.column_names)}"
    got = _texts(found, header or found.column_names)
    if got != wanted:
        return "\n".join(
            [
                "  got",
                *(f"    {' | '.join(row)}" for row in got),
                "  want",
                *(f"    {' | '.join(row)}" for row in wanted),
            ]
        )
    if _texts(again, found.column_names) != _texts(found, found.column_names):
        return "order: not total: the rows change with the order of what was given"
    return ""


def connection_of(
    place: str,
    case: Case,
    names: Collection[str] = (*RELATIONS, *GIVEN, *OF_EXPLAINED),
    *,
    backwards: bool = False,
) -> duckdb.DuckDBPyConnection:
    """A connection with the relations NAMES of what the case gives. It serves until the next case is asked for.

    `given` is rows of `normalised`, events unless `kind` says otherwise.
    """
    header, rows = text_table(place, case.given)
    ids = [row.pop(header.index("event_id")) for row in rows] if "event_id" in header else []
    columns = [name for name in header if name != "event_id"]
    normalised = _arrow(place, columns, rows, NORMALISED, _normalised_defaults)
    tables = {}
    for name, text in case.rest.get("tables", {}).items():
        if name not in GIVEN:
            raise SqlFileError(place, name, f"no such table; there are {', '.join(GIVEN)}")
        rows = _arrow(place, *text_table(place, text), GIVEN[name].schema, _table_defaults)
        tables[name] = GIVEN[name].numbered(rows)
    if backwards:
        normalised = normalised.take(pa.array(range(len(normalised) - 1, -1, -1), pa.int64()))
        tables = {
            name: table.take(pa.array(range(len(table) - 1, -1, -1), pa.int64())) for name, table in tables.items()
        }
    connection = views.scoped(_connection(), _EVERYONE, normalised, tables, names)
    if ids:
        given_ids = pa.table({"position": pa.array(range(len(ids)), pa.int64()), "given_id": ids})
        connection.register("given_ids", given_ids)
        # What `events` rests on, and questions without a wall clock read.
        connection.execute(
            "DROP VIEW IF EXISTS events_by_address; ALTER VIEW clockless_events RENAME TO events_by_address; "
            "CREATE TEMP VIEW clockless_events AS SELECT e.* REPLACE (g.given_id AS event_id) "
            "FROM events_by_address AS e JOIN given_ids AS g USING (position)"
        )
    return connection


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """One for all cases: each replaces the relations of the one before."""
    return views.connect(threads=1)


def text_table(place: str, text: str) -> tuple[list[str], list[list[str]]]:
    """A table as cases write it: cells between `|`, the first line the names. Errors: SqlFileError for a ragged one."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return [], []
    header, *rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise SqlFileError(place, f"row {number}", f"{len(row)} cells, want {len(header)}")
    return header, rows


def _answer(place: str, file: SqlFile, case: Case, values: dict[str, Any], *, backwards: bool) -> tuple[pa.Table, str]:
    connection = connection_of(place, case, relations(file), backwards=backwards)
    described = connection.sql(file.sql, params=values or None)
    columns = dict(zip(described.columns, map(str, described.types), strict=True))
    if wrong := _undeclared(file, columns):
        return NORMALISED.empty_table(), wrong
    return put(connection, file, values), ""


def _undeclared(file: SqlFile, columns: dict[str, str]) -> str:
    if file.kind == "detection":
        return fault(file, columns)
    actual = ", ".join(f"{name} {_TYPES.get(kind, kind)}" for name, kind in columns.items())
    declared = " ".join(file.header["returns"].split()) if file.kind == "question" else EXPLANATION_RETURNS
    return "" if actual == declared else f"returns: want {declared}\n         there are {actual}"


def _arrow(
    place: str,
    header: list[str],
    rows: list[list[str]],
    schema: pa.Schema,
    defaults: Callable[[dict[str, Any], int], dict[str, Any]],
) -> pa.Table:
    for name in header:
        if name not in schema.names:
            raise SqlFileError(place, name, f"no such column; there are {', '.join(schema.names)}")
    full = []
    for number, row in enumerate(rows):
        given = {
            name: _value(place, name, schema.field(name).type, cell)
            for name, cell in zip(header, row, strict=True)
            if cell
        }
        full.append({**defaults(given, number), **given})
    return pa.Table.from_pylist(full, schema=schema)


def _normalised_defaults(given: dict[str, Any], number: int) -> dict[str, Any]:
    received = given.get("time") or datetime(2026, 3, 1, tzinfo=UTC)
    return {
        "kind": "event",
        "source": "s",
        "system": "sys",
        "shard": "a",
        "position": number,
        "part": 0,
        "received": received,
        "batch": 1,
    }


def _table_defaults(given: dict[str, Any], _number: int) -> dict[str, Any]:
    starts = given.get("valid_from", ALWAYS)
    return {"valid_from": starts, "known_from": starts}


def _value(place: str, name: str, kind: pa.DataType, cell: str) -> Any:
    try:
        if pa.types.is_timestamp(kind):
            value = datetime.fromisoformat(cell)
            if value.tzinfo is None:
                raise SqlFileError(place, name, "a time without zone")
            return value
        if pa.types.is_list(kind) or pa.types.is_integer(kind):
            return json.loads(cell)
    except ValueError as error:
        raise SqlFileError(place, name, f"not {kind}: {type(error).__name__}") from None
    return cell == "true" if pa.types.is_boolean(kind) else cell


def _texts(table: pa.Table, names: list[str]) -> list[list[str]]:
    return [[text(row[name]) for name in names] for row in table.select(list(dict.fromkeys(names))).to_pylist()]


def text(value: Any) -> str:
    """A value as cases and terminals show it: UTC with Z, lists as JSON, NULL as nothing."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
