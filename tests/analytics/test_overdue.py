"""What takes longer than it may is interrupted, again and again, and nothing else."""

import threading

import duckdb
import pytest

from analytics.overdue import Overdue
from schemas.errors import LimitError

PATIENCE_S = 30


@pytest.fixture
def overdue():
    made = []

    def make(limit_s):
        made.append(Overdue(limit_s))
        return made[-1]

    yield make
    for each in made:
        each.end(1)


def test_what_takes_too_long_is_interrupted_until_it_ends(overdue):
    calls = threading.Semaphore(0)
    with overdue(0.01).within(calls.release):
        assert all(calls.acquire(timeout=PATIENCE_S) for _ in range(3))


def test_of_several_only_those_that_take_too_long(overdue):
    kept, first, last = overdue(1.0), threading.Semaphore(0), []
    with kept.within(first.release):
        assert first.acquire(timeout=PATIENCE_S)
        with kept.within(lambda: last.append(1)):
            assert last == []
    while first.acquire(blocking=False):
        pass
    with kept.within(lambda: last.append(1)):
        pass
    assert last == []
    assert not first.acquire(timeout=0.5), "what has ended is left alone"


def test_who_comes_when_nothing_runs_is_looked_after_too(overdue):
    kept = overdue(0.01)
    for _ in range(3):
        calls = threading.Semaphore(0)
        with kept.within(calls.release):
            assert calls.acquire(timeout=PATIENCE_S)


@pytest.mark.parametrize("error", [duckdb.ConnectionException("closed"), ValueError("whatever")])
def test_one_that_fails_keeps_no_other_from_being_interrupted(overdue, error):
    def fail():
        raise error

    kept, calls = overdue(0.01), threading.Semaphore(0)
    with kept.within(fail), kept.within(calls.release):
        assert all(calls.acquire(timeout=PATIENCE_S) for _ in range(2))


def test_the_end_interrupts_all_and_waits_for_them(overdue):
    kept, calls, told = overdue(1000), threading.Semaphore(0), []

    def run():
        with kept.within(calls.release):
            calls.acquire(timeout=PATIENCE_S)
            told.append("ended")

    thread = threading.Thread(target=run)
    thread.start()
    while not kept._running:
        pass
    kept.end(PATIENCE_S)
    assert told == ["ended"]
    thread.join()
    with pytest.raises(LimitError, match="ending"), kept.within(calls.release):
        pass
