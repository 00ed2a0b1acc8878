"""What is held of answers: no more than may be, no longer than it may, and for whom it was found alone."""

from typing import Any

import pyarrow as pa
import pytest

from analytics.completeness import Statement
from dashboards.server import held
from dashboards.server.held import Found, Held
from dashboards.server.refusals import Refused

ROWS = pa.table({"n": list(range(1000))})


@pytest.fixture
def statement() -> Statement:
    return Statement(start=None, stop=None, sources=(), unread_assets=(), waiting=0)


def gone(kept: Held, key: str, visitor: str = "anna") -> bool:
    try:
        kept.find(f"{key}.1", "events", {}, visitor)
    except Refused as refused:
        return refused.status == 410
    return False


def test_it_is_found_by_whom_it_was_found_for_alone(statement: Statement) -> None:
    kept = Held(1 << 20)
    found = Found("events", ROWS, statement)
    key = kept.keep(found, {"system": "a"}, "anna")
    assert kept.find(f"{key}.7", "events", {"system": "a"}, "anna") == (found, key, 7)
    assert gone(kept, key, "bo")
    for name, params, status in (("logins", {"system": "a"}, 410), ("events", {"system": "b"}, 400)):
        with pytest.raises(Refused) as refused:
            kept.find(f"{key}.7", name, params, "anna")
        assert refused.value.status == status


def test_what_is_over_its_time_goes_with_whatever_is_kept(
    statement: Statement, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, found = Held(1 << 20), Found("events", ROWS, statement)
    now = [1000.0]
    monkeypatch.setattr(held.time, "monotonic", lambda: now[0])
    first = kept.keep(found, {}, "anna")
    now[0] += held._HELD_S + 1
    second = kept.keep(found, {}, "bo")
    assert list(kept._kept) == [second]
    assert gone(kept, first)
    now[0] += held._HELD_S + 1
    assert gone(kept, second, "bo")
    assert (kept._kept, kept._bytes) == ({}, 0)


def test_one_visitor_drives_out_none_of_anothers(statement: Statement) -> None:
    kept, found = Held(1 << 30), Found("events", ROWS, statement)
    others = kept.keep(found, {}, "bo")
    mine = [kept.keep(found, {}, "anna") for _ in range(held._MOST_EACH + 3)]
    assert not gone(kept, others, "bo")
    assert [gone(kept, key) for key in mine] == [True] * 3 + [False] * held._MOST_EACH


def test_beyond_the_bytes_what_was_read_longest_ago_goes(statement: Statement) -> None:
    each = ROWS.nbytes + held._LEAST_BYTES
    kept, found = Held(3 * each), Found("events", ROWS, statement)
    keys: list[Any] = [kept.keep(found, {}, "anna") for _ in range(3)]
    assert not gone(kept, keys[0])
    keys.append(kept.keep(found, {}, "anna"))
    assert [gone(kept, key) for key in keys] == [False, True, False, False]
    assert kept._bytes == 3 * each
