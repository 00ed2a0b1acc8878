"""Events by their ids, wherever they stand."""

import pyarrow as pa
import pytest

from analytics.pinned import pinned
from analytics.question import columns, question
from ingest.lake import Table
from schemas.errors import LakeError, QuestionError
from schemas.event import NORMALISED
from tests.analytics.conftest import NOW

GIVEN = """
shard | position | part | time                 | action | actor_account | kind
a/1   | 1        | 0    | 2026-03-02T08:00:00Z | read   | anna          | event
a/1   | 1        | 1    | 2026-03-02T08:00:00Z | update | anna          | event
b     | 2        | 0    | 2026-03-01T08:00:00Z | login  | bo            | event
b     | 3        | 0    |                      |        |               | reject
"""


def test_events_of_several_shards_come_in_order_of_time_and_what_is_none_does_not(home):
    lake = home(GIVEN)
    found = pinned(lake.installation, "w1", ["a/1-1-1", "b-2-0", "b-3-0", "c-9-0"], purpose="prov")
    assert found.column_names == list(columns(question("timeline")))
    assert [(row["event_id"], row["action"], row["actor_account"]) for row in found.to_pylist()] == [
        ("b-2-0", "login", "bo"),
        ("a/1-1-1", "update", "anna"),
    ]


def test_only_files_that_can_hold_them_are_read(home, monkeypatch):
    lake = home(GIVEN)
    far = {"kind": "event", "source": "s", "part": 0, "action": "read", "shard": "a/1", "position": 90_000}
    lake.add("normalised", pa.Table.from_pylist([{**far, "received": NOW, "time": NOW}], NORMALISED))
    files = []

    def read(self, *given, **chosen):
        sql = scan(self, *given, **chosen)
        files.append(sql.count(".parquet"))
        return sql

    scan = Table.scan
    monkeypatch.setattr(Table, "scan", read)
    assert len(pinned(lake.installation, "w1", ["a/1-1-0"], purpose="prov")) == 1
    assert files == [1]


def test_who_looks_and_why_is_recorded_before(home):
    lake = home(GIVEN)
    for events, purpose, named in (
        (["a/1-1-0"], None, "purpose: missing"),
        (["nej"], "prov", "event_id: is no event's id"),
    ):
        with pytest.raises(QuestionError, match=named):
            pinned(lake.installation, "w1", events, purpose=purpose)
    assert lake.acts == []
    pinned(lake.installation, "w1", ["b-2-0", "a/1-1-0"], purpose="prov")
    asked, answered = (record for _, record in lake.spool.records)
    assert (asked["act"], asked["params"]) == ("asked", {"workbench": "w1", "events": ["a/1-1-0", "b-2-0"]})
    assert (answered["act"], answered["rows"], answered["purpose"]) == ("answered", 2, "prov")
    lake.spool.full = True
    with pytest.raises(LakeError):
        pinned(lake.installation, "w1", ["b-2-0"], purpose="prov")
