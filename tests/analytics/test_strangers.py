from datetime import UTC, datetime

import pyarrow as pa
import pytest

from analytics.strangers import unknown
from schemas.tables import TABLES


def tables(*accounts):
    rows = [{"account": name, "person": "P1", "valid_from": datetime(2024, 1, 1, tzinfo=UTC)} for name in accounts]
    found = {name: TABLES[name].schema.empty_table() for name in ("people", "accounts")}
    return found | {"accounts": pa.Table.from_pylist(rows, schema=TABLES["accounts"].schema)}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"actor_person": "P1"}, False),
        ({"person": "ANNA.B"}, False),
        ({"person": "p1"}, False),
        ({"person": "Anna Berg"}, True),
        ({"actors": ["anna.b", "P2"]}, True),
        ({"actors": ["anna.b", "P1"]}, False),
        ({"actors": None, "person": None, "system": "nobody"}, False),
    ],
)
def test_who_is_no_id_and_no_account_of_the_directory_is_unknown(given, expected):
    assert unknown(given, tables("anna.b")) == expected


def test_without_a_directory_nothing_is_said_of_anybody():
    assert not unknown({"person": "Anna Berg"}, tables())
