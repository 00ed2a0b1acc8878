"""The indicators of a lake: one Parquet file beside its tables, replaced in one step.

All of them are held in memory while they change, and while a run reads them: 200 bytes each.
"""

import json
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.intelligence import listed, misp, stix
from analytics.intelligence.entry import Read, Reject
from ingest.lake import Lake, engine
from schemas.errors import LakeError, SettingsError
from schemas.event import TIMESTAMP
from schemas.indicator import INDICATORS

_HERE = Path(__file__).parent
_GIVEN = pa.schema(
    [
        ("entry", pa.int64()),
        ("clause", pa.int64()),
        ("type", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("valid_from", TIMESTAMP),
        ("valid_to", TIMESTAMP),
    ]
)
_ENTRIES = pa.schema(
    [
        ("entry", pa.int64()),
        ("place", pa.string()),
        ("id", pa.string()),
        ("valid_from", TIMESTAMP),
        ("valid_to", TIMESTAMP),
        ("confidence", pa.int32()),
        ("label", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Added:
    """What came of a file: indicators that are new, were there already or were withdrawn; rejects; others passed over.

    `endless` of them have no end. `changed` are the rows that stand for the file now.
    """

    new: int
    updated: int
    withdrawn: int
    endless: int
    rejects: tuple[Reject, ...]
    passed: int
    changed: pa.Table


def read(root: Path) -> pa.Table:
    """The relation `indicators` of the lake in the folder ROOT. Errors: LakeError if its file can't be read."""
    path = place(root)
    if not path.exists():
        return INDICATORS.schema.empty_table()
    try:
        return pq.read_table(path).cast(INDICATORS.schema)
    except (OSError, pa.ArrowInvalid, ValueError) as error:
        raise LakeError(f"{path}: can't be read: {type(error).__name__}") from error


def parse(path: Path) -> Read:
    """The indicators in the file PATH: STIX 2.1 or MISP in JSON, else CSV. Errors: SettingsError if it is none."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(str(path), "file", error.strerror or "can't be read") from None
    except UnicodeDecodeError:
        raise SettingsError(str(path), "file", "is not UTF-8") from None
    if not text.lstrip().startswith(("{", "[")):
        return listed.read(text)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise SettingsError(str(path), "file", "is no JSON") from None
    if isinstance(document, list):
        document = {"response": document}
    if document.get("type") == "bundle" and isinstance(document.get("objects"), list):
        return stix.read(document)
    if any(misp.events(document)):
        return misp.read(document)
    raise SettingsError(str(path), "file", "is neither a STIX bundle nor a MISP event")


def add(root: Path, given: Read, source: str, *, now: datetime | None = None, expires_days: int | None = None) -> Added:
    """Keep GIVEN as the indicators of SOURCE in the lake in the folder ROOT; one that is there already is replaced.

    EXPIRES_DAYS after its beginning (or now, without one) an indicator ends that says no end itself.

    Errors:  LakeError if there is no lake, or its file can't be read or written.
    """
    now = now or datetime.now(UTC)
    lake = Lake.open(root)
    given = _as_text(given)
    connection = engine()
    try:
        connection.execute((_HERE / "values.sql").read_text(encoding="utf-8"))
        rejects = [*given.rejects, *_judge(connection, given)]
        connection.register("withdrawn", pa.table({"indicator": pa.array(given.withdrawn, pa.string())}))
        with lake.turn():
            connection.register("standing", read(root))
            rows = _rows(connection, source, now, expires_days)
            connection.register("rows", rows)
            [(new, updated, endless, withdrawn)] = connection.execute(_COUNTS, {"source": source}).fetchall()
            _write(root, connection.sql(_KEPT, params={"source": source}).to_arrow_table().cast(INDICATORS.schema))
    finally:
        connection.close()
    return Added(new, updated, withdrawn, endless, tuple(rejects), given.passed, rows)


def remove(
    root: Path, *, source: str | None = None, indicators: tuple[str, ...] = (), expired: datetime | None = None
) -> int:
    """Forget the indicators of SOURCE, those of these ids, and those that ended by EXPIRED; how many they were.

    Errors:  LakeError, as for `add`.
    """
    lake = Lake.open(root)
    gone = "source IS NOT DISTINCT FROM $source OR list_contains($indicators, indicator) OR valid_to <= $expired"
    params = {"source": source, "indicators": list(indicators), "expired": expired}
    connection = engine()
    try:
        with lake.turn():
            connection.register("standing", read(root))
            kept = connection.sql(f"SELECT * FROM standing WHERE NOT coalesce({gone}, false)", params=params)
            counted = "SELECT count(DISTINCT source || chr(0) || indicator) FROM"
            [(before,)] = connection.execute(f"{counted} standing").fetchall()
            rows = kept.to_arrow_table().cast(INDICATORS.schema)
            connection.register("kept", rows)
            [(after,)] = connection.execute(f"{counted} kept").fetchall()
            _write(root, rows)
    finally:
        connection.close()
    return int(before - after)


def _as_text(given: Read) -> Read:
    """GIVEN without what JSON may hold and no text can: half a surrogate pair."""
    entries, rejects = [], list(given.rejects)
    for entry in given.entries:
        values = [each.value for clause in entry.clauses for each in clause]
        if all(map(_is_text, (entry.id, entry.label, *values))):
            entries.append(entry)
        else:
            rejects.append(Reject(entry.place, "text", "holds what is no character"))
    return Read(entries, [each for each in given.withdrawn if _is_text(each)], rejects, given.passed)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _judge(connection: duckdb.DuckDBPyConnection, given: Read) -> list[Reject]:
    """Tables `entries` and `compared`, and the clauses that can't be used: one comparison of them is enough."""
    rows = [
        (number, at, each.type, each.value, each.reason, entry.valid_from, entry.valid_to)
        for number, entry in enumerate(given.entries)
        for at, clause in enumerate(entry.clauses)
        for each in clause
    ]
    entries = [
        (number, each.place, each.id, each.valid_from, each.valid_to, each.confidence, each.label)
        for number, each in enumerate(given.entries)
    ]
    connection.register("given", _table(rows, _GIVEN))
    connection.register("entries", _table(entries, _ENTRIES))
    connection.execute(f"CREATE TEMP TABLE compared AS {(_HERE / 'store.sql').read_text(encoding='utf-8')}")
    refused = connection.execute("""
        SELECT place, split_part(min(reject), '|', 1), split_part(min(reject), '|', 2)
        FROM compared JOIN entries USING (entry) WHERE reject IS NOT NULL GROUP BY entry, place, clause
        ORDER BY entry, clause""").fetchall()
    return [Reject(*row) for row in refused]


def _table(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema)


def _rows(connection: duckdb.DuckDBPyConnection, source: str, now: datetime, expires_days: int | None) -> pa.Table:
    sql = (_HERE / "rows.sql").read_text(encoding="utf-8")
    params = {"source": source, "now": now, "expires_days": expires_days}
    found = connection.sql(sql, params=params).to_arrow_table()
    return found.select(INDICATORS.schema.names).cast(INDICATORS.schema)


_COUNTS = """
    WITH old AS (SELECT DISTINCT indicator FROM standing WHERE source = $source),
         now AS (SELECT indicator, bool_or(valid_to IS NULL) AS endless FROM rows GROUP BY indicator)
    SELECT count(*) FILTER (WHERE indicator NOT IN (SELECT indicator FROM old)),
           count(*) FILTER (WHERE indicator IN (SELECT indicator FROM old)), count(*) FILTER (WHERE endless),
           (SELECT count(*) FROM old WHERE indicator IN (SELECT indicator FROM withdrawn))
    FROM now"""
# An indicator that came again and can't be used any more is gone too: its old form isn't what its source says now.
_KEPT = """
    SELECT * FROM standing
    WHERE NOT (source = $source AND (indicator IN (SELECT indicator FROM rows) OR indicator IN (SELECT id FROM entries)
                                     OR indicator IN (SELECT indicator FROM withdrawn)))
    UNION ALL SELECT * FROM rows
    ORDER BY source, indicator, wanted, term, value"""


def place(root: Path) -> Path:
    """The file of the indicators of the lake in the folder ROOT."""
    return root / "intelligence" / "indicators.parquet"


def _write(root: Path, rows: pa.Table) -> None:
    path = place(root)
    temporary = path.with_name(f".indicators.{uuid.uuid4().hex}")
    try:
        path.parent.mkdir(exist_ok=True)
        pq.write_table(rows, temporary, compression="zstd")
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise LakeError(f"{path}: can't be written: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)
