from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from dashboards.web.assigned import assigned
from schemas.tables import TABLES

OLD, MARCH, APRIL = (datetime(year, month, 1, tzinfo=UTC) for year, month in ((2020, 1), (2026, 3), (2026, 4)))
BEFORE, DURING, LATER = (datetime(2026, month, 15, tzinfo=UTC) for month in (2, 3, 4))


def table(name: str, *rows: dict[str, Any]) -> pa.Table:
    schema = TABLES[name].schema
    return pa.Table.from_pylist([{"valid_from": OLD, "known_from": OLD, **row} for row in rows], schema)


TABLES_GIVEN = {
    "people": table(
        "people",
        {"person": "anna", "name": "Anna", "unit": "u1"},
        {"person": "bo", "name": "Bo", "unit": "u2", "valid_to": MARCH},
        {"person": "bo", "name": "Bo", "unit": "u1", "valid_from": MARCH},
    ),
    "assignments": table(
        "assignments",
        {"unit": "u1", "system": "Lindan", "object_id": "J1", "subject": "p_1", "role": "enhet"},
        {
            "person": "cia",
            "system": "Lindan",
            "object_id": "J1",
            "subject": "p_1",
            "valid_from": MARCH,
            "valid_to": APRIL,
        },
    ),
}


def row(person: str | None, first: datetime, last: datetime, unit: str | None = None) -> dict[str, Any]:
    return {"actor_person": person, "actor_unit": unit, "first_utc": first, "last_utc": last}


@pytest.mark.parametrize(
    ("used", "word"),
    [
        (row("anna", DURING, DURING), "unit"),
        (row("bo", DURING, LATER), "unit"),
        (row("bo", BEFORE, DURING), "partly"),  # changed to the unit in March
        (row("bo", BEFORE, BEFORE), "none"),
        (row("cia", DURING, DURING), "own"),
        (row("cia", DURING, APRIL), "partly"),  # until April means before it
        (row("cia", BEFORE, BEFORE, "u1"), "unit"),  # the record's own unit holds where the directory knows nobody
        (row(None, DURING, DURING, "u1"), "unit"),
        (row(None, DURING, DURING), "none"),
        (row("nobody", DURING, DURING), "none"),
    ],
)
@pytest.mark.parametrize("key", [{"subject": "p_1"}, {"system": "Lindan", "object_id": "J1"}])
def test_whose_assignment_it_was(used: dict[str, Any], word: str, key: dict[str, str]) -> None:
    assert assigned(TABLES_GIVEN, key, [used]) == [word]


@pytest.mark.parametrize(
    "key", [{"subject": "p_2"}, {"system": "Kvarnen", "object_id": "J1"}, {"system": "Lindan", "object_path": "/a"}]
)
def test_where_nobody_has_one_its_lack_says_nothing(key: dict[str, str]) -> None:
    assert assigned(TABLES_GIVEN, key, [row("anna", DURING, DURING)]) is None
