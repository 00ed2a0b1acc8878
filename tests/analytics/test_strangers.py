from datetime import UTC, datetime

import pyarrow as pa
import pytest

from analytics.strangers import unheard, unknown
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


def registered():
    rows = {
        "sources": [{"source": "fil", "mapping": "lines", "system": "Filserver"}],
        "assets": [{"asset": "akt", "name": "Akter", "controller": "Socialnämnden", "systems": ["Akten"]}],
        "units": [{"unit": "u1", "controller": "Kommunstyrelsen"}],
        "people": [{"person": "P1", "unit": "u2"}],
    }
    return {
        name: pa.Table.from_pylist(
            [{**dict.fromkeys(TABLES[name].schema.names), **row} for row in found], TABLES[name].schema
        )
        for name, found in rows.items()
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"system": "Filserver", "source": "fil", "asset": "akt", "controller": "Kommunstyrelsen", "unit": "u2"}, ()),
        ({"system": "Akten", "controller": "Socialnämnden", "actor_unit": "u1"}, ()),
        ({"system": "filserver"}, ("system",)),
        ({"source": "fi", "asset": "akter"}, ("source", "asset")),
        ({"controller": "Socialnämden", "unit": "u3", "actor_unit": "u3"}, ("controller", "unit", "actor_unit")),
        ({"system": None, "object_id": "nosuch"}, ()),
        ({"controller": "-"}, ()),
    ],
)
def test_what_neither_sources_register_nor_directory_know_is_told(given, expected):
    assert unheard(given, registered()) == expected


def test_without_a_register_nothing_is_said_of_what_it_would_hold():
    empty = {name: TABLES[name].schema.empty_table() for name in ("sources", "assets", "units", "people")}
    assert unheard({"system": "Filserver", "asset": "akt", "unit": "u1"}, empty) == ()
