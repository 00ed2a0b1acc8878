import pyarrow as pa

from analytics import cases
from analytics.detect.shares import SHARES, shares
from schemas.sqlfile import Case
from schemas.tables import EXPLAINED

GIVEN = """
event_id | time                 | actor_person | actor_account | actor_unit | system | k | object_id | subject | action
e1       | 2026-03-01T08:00:00Z | anna         | anna.b        | u1         | li     | 1 | 1         | p1      | read
e2       | 2026-03-01T08:00:00Z | anna         | anna.b        | u1         | li     | 1 | 2         |         | read
e3       | 2026-03-01T08:00:00Z | anna         | anna.b        | u1         | li     | 2 | 3         |         | read
e4       | 2026-03-01T08:00:00Z |              | bo.c          |            | li     | 3 | 3         | p1      | read
e5       | 2026-03-01T08:00:00Z |              |               | u1         | li     | 3 | 3         | p1      | read
e6       | 2026-03-01T08:00:00Z | anna         | anna.b        | u1         | li     | 1 | two       |         | read
e7       | 2026-03-01T08:00:00Z | anna         | anna.b        | u1         | li     | 1 | 1         | p1      | login
e8       | 2026-03-01T08:00:00Z | anna         | anna.b        | u2         | kv     |   | 1         | p1      | read
"""
OBJECTS = """
system | object_id | subject
li     | two       | p1
li     | two       | p2
"""
COVERED = [
    ("e1", "rota", "rota", "rota:1"),
    ("e1", "rota", "assignments", "assignments:1"),
    ("e1", "unit_assignment", "assignments", "assignments:1"),
    ("e2", "unit_responsibility", "responsibilities", "responsibilities:1"),
    ("e6", "rota", "rota", "rota:1"),
    ("e8", "contact", "contacts", "contacts:1"),
]


def connection(covered=COVERED):
    case = Case("t", GIVEN, "", rest={"tables": {"object_subject": OBJECTS}})
    made = cases.connection_of("t", case)
    rows = pa.Table.from_pylist([dict(zip(EXPLAINED.schema.names, row, strict=True)) for row in covered])
    made.register("explained", rows.cast(EXPLAINED.schema) if covered else EXPLAINED.schema.empty_table())
    return made


def rows(table):
    return [tuple(row.values()) for row in table.to_pylist()]


def test_each_event_that_needs_an_explanation_counts_once_in_its_group():
    """e2 is about nobody and of level 1, e5 of nobody known, e7 no access; e6 is about two persons."""
    found = shares(connection())
    assert found.schema == SHARES
    assert rows(found) == [
        (None, "li", 3, None, 1, 0),
        ("u1", "li", 1, None, 2, 2),
        ("u1", "li", 1, "rota", None, 2),
        ("u1", "li", 1, "unit_assignment", None, 1),
        ("u1", "li", 2, None, 1, 0),
        ("u2", "kv", None, None, 1, 1),
        ("u2", "kv", None, "contact", None, 1),
    ]


def test_nothing_that_needs_an_explanation_has_no_share():
    connected = connection()
    connected.execute(
        "ALTER VIEW accesses RENAME TO all_accesses;"
        "CREATE OR REPLACE TEMP VIEW accesses AS SELECT * FROM all_accesses WHERE about IS NULL AND coalesce(k, 0) < 2"
    )
    assert shares(connected).to_pylist() == []
