"""What is kept for a visitor: for whom it was alone, no more than may be, and no longer."""

import pytest

from dashboards.server import kept
from dashboards.server.kept import Kept


def test_it_is_found_by_whom_it_is_kept_for_alone_until_it_is_dropped() -> None:
    things: Kept[str] = Kept(10, 2, 60)
    key = things.keep("anna", "a")
    assert things.find("anna", key) == "a"
    assert things.find("bo", key) is None
    assert things.find("anna", f"{key}x") is None
    things.drop("bo")
    assert things.find("anna", key) == "a"
    things.drop("anna")
    assert things.find("anna", key) is None


def test_the_oldest_of_a_visitor_and_of_all_goes_first() -> None:
    things: Kept[int] = Kept(4, 2, 60)
    annas = [things.keep("anna", number) for number in range(3)]
    assert [things.find("anna", key) for key in annas] == [None, 1, 2]
    others = [things.keep(name, 0) for name in ("bo", "cia", "dan")]
    assert [things.find("anna", key) for key in annas] == [None, None, 2]
    assert [things.find(name, key) for name, key in zip(("bo", "cia", "dan"), others, strict=True)] == [0, 0, 0]


def test_after_its_time_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(kept.time, "monotonic", lambda: now[0])
    things: Kept[str] = Kept(10, 10, 60)
    key = things.keep("anna", "a")
    now[0] += 60
    assert things.find("anna", key) == "a"
    now[0] += 1
    assert things.find("anna", key) is None
    things.keep("anna", "b")
    assert len(things._things) == 1
