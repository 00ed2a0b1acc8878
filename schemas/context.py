"""The context tables of explanations and detections, from CSV: TABLE.csv in one folder, each row with its period."""

import re
from pathlib import Path

import pyarrow as pa

from schemas.errors import SettingsError
from schemas.settings import ContextSettings
from schemas.tablefile import hold_apart, read
from schemas.tables import CONTEXT, Table

_SCHEDULE = re.compile(r"([1-7])-([1-7]) ([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DERIVED = {"jobs": frozenset({"first_weekday", "last_weekday", "start_minute", "stop_minute"})}
_ANY_TIME = (1, 7, 0, 1440)


def load(settings: ContextSettings) -> dict[str, pa.Table]:
    """Every context table by name; those without a file are empty.

    Persons stand in them as the files spell them: `ingest.knowledge` makes tokens of them before others see them.

    Errors:  SettingsError with file, row and column; also for a CSV file in the folder that is none of the tables.
    """
    tables = {table.name: table.schema.empty_table() for table in CONTEXT}
    if settings.folder is None:
        return tables
    if not settings.folder.is_dir():
        raise SettingsError(str(settings.folder), "folder", "is no folder")
    by_name = {table.name: table for table in CONTEXT}
    for path in sorted(settings.folder.glob("*.csv")):
        if path.stem not in by_name:
            raise SettingsError(str(path), "file", f"is no context table; there are {', '.join(by_name)}")
        tables[path.stem] = _read(by_name[path.stem], path)
    return tables


def _read(table: Table, path: Path) -> pa.Table:
    rows = read(table, path, _DERIVED.get(table.name, frozenset()))
    for key in table.unique:
        hold_apart(rows, key, str.strip, lambda row: f"{path} row {row + 2}")
    return _scheduled(rows, path) if table.name == "jobs" else rows


def _scheduled(rows: pa.Table, path: Path) -> pa.Table:
    """Jobs with their schedule as numbers, which SQL compares with an event's local weekday and hour."""
    parts = []
    for row, text in enumerate(rows["schedule"].to_pylist()):
        match = None if text is None else _SCHEDULE.fullmatch(text)
        if text is not None and match is None:
            raise SettingsError(f"{path} row {row + 2}", "schedule", "want weekdays and hours, such as 1-5 02:00-04:30")
        numbers = [int(part) for part in match.groups()] if match else []
        parts.append(
            (*numbers[:2], numbers[2] * 60 + numbers[3], numbers[4] * 60 + numbers[5]) if numbers else _ANY_TIME
        )
    for at, name in enumerate(("first_weekday", "last_weekday", "start_minute", "stop_minute")):
        values = pa.array([part[at] for part in parts], pa.int32())
        rows = rows.set_column(rows.column_names.index(name), rows.schema.field(name), values)
    return rows
