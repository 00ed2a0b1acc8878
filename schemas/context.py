"""The context tables of explanations and detections, from CSV: TABLE.csv in one folder, each row with its period."""

import re
from typing import Any

import pyarrow as pa

from schemas.errors import SettingsError
from schemas.faults import Checked
from schemas.settings import ContextSettings
from schemas.tablefile import overlapping, read
from schemas.tables import CONTEXT, TABLE_FAULTS, Table

_SCHEDULE = re.compile(r"([1-7])-([1-7]) ([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DERIVED = {"jobs": frozenset({"first_weekday", "last_weekday", "start_minute", "stop_minute"})}
_ANY_TIME = (1, 7, 0, 1440)


def load(settings: ContextSettings) -> dict[str, pa.Table]:
    """Every context table by name, those without a file empty; and `table_faults`, the rows that were set aside.

    A row in fault counts for nothing and explains nothing, so that one wrong shift doesn't stop what is judged by all
    others. Of two rows that contradict each other the one that stands first counts. Persons stand in the tables as the
    files spell them: `ingest.knowledge` makes tokens of them before others see them.

    Errors:  SettingsError with file and column for a file that isn't of its table's shape: to judge as if the table
             were missing would raise what it explains. Also for a CSV file in the folder that is none of the tables.
    """
    tables = {table.name: table.schema.empty_table() for table in CONTEXT}
    faults: list[dict[str, Any]] = []
    if settings.folder is not None:
        if not settings.folder.is_dir():
            raise SettingsError(str(settings.folder), "folder", "is no folder")
        by_name = {table.name: table for table in CONTEXT}
        for path in sorted(settings.folder.glob("*.csv")):
            if path.stem not in by_name:
                raise SettingsError(str(path), "file", f"is no context table; there are {', '.join(by_name)}")
            checked = Checked(path, aside=True)
            tables[path.stem] = _read(by_name[path.stem], checked)
            faults += checked.faults
    return {**tables, TABLE_FAULTS.name: pa.Table.from_pylist(faults, TABLE_FAULTS.schema)}


def _read(table: Table, checked: Checked) -> pa.Table:
    rows = read(table, checked.path, _DERIVED.get(table.name, frozenset()), checked)
    if table.name == "jobs":
        rows = _scheduled(rows, checked)
    for key in table.unique:
        twice = dict(overlapping(rows, key, str.strip, checked.sound))
        wrong = [row in twice for row in range(len(rows))]
        checked.refuse(wrong, key, "its period overlaps the one of an earlier row")
    return checked.kept(table, rows)


def _scheduled(rows: pa.Table, checked: Checked) -> pa.Table:
    """Jobs with their schedule as numbers, which SQL compares with an event's local weekday and hour."""
    texts = rows["schedule"].to_pylist()
    found = [None if text is None else _SCHEDULE.fullmatch(text) for text in texts]
    wrong = [text is not None and match is None for text, match in zip(texts, found, strict=True)]
    checked.refuse(wrong, "schedule", "want weekdays and hours, such as 1-5 02:00-04:30")
    parts = []
    for match in found:
        numbers = [int(part) for part in match.groups()] if match else []
        parts.append(
            (*numbers[:2], numbers[2] * 60 + numbers[3], numbers[4] * 60 + numbers[5]) if numbers else _ANY_TIME
        )
    for at, name in enumerate(("first_weekday", "last_weekday", "start_minute", "stop_minute")):
        values = pa.array([part[at] for part in parts], pa.int32())
        rows = rows.set_column(rows.column_names.index(name), rows.schema.field(name), values)
    return rows
