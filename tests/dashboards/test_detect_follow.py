"""`detect --follow` goes on through what passes: a table in fault, another run, a compaction, a source that floods."""

# ruff: noqa: E501 - tables read better on one line
import logging
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from dashboards.cli import detect as command
from ingest import compaction
from ingest.lake import FencedError
from ingest.operations.operations import Operations
from schemas.operations import OperationsSettings
from tests.analytics.detect.conftest import Judged

AFTER = datetime(2026, 6, 1, tzinfo=UTC)
SHIFTS = "person,unit,valid_from,valid_to\nanna,u1,2026-03-02T07:00,2026-03-02T16:00\nanna,u1,2026-03-03T07:00,2026-03-03T07:00\n"


def access(position, time="2026-03-02T09:00:00Z", source="s"):
    return f"""
time   | position   | source   | actor_account | actor_person | system | object_type | object_id | subject           | action | outcome | proves  | k
{time} | {position} | {source} | anna.b        | anna         | Lindan | journal     | 17        | p_{"1" * 32} | read   | success | content | 3
"""


class Turns:
    """In the place of the event that ends the following: at each turn's end the next of STEPS is done."""

    def __init__(self, steps):
        self.steps, self.left = steps, True

    def is_set(self):
        return not self.left

    def wait(self, _timeout):
        self.left = next(self.steps, False) is not False


@pytest.fixture
def follow(tmp_path, monkeypatch):
    """What follows through the steps that it is given: a generator over the installation and who watches."""
    made, ran = Judged(tmp_path), []

    def through(steps):
        watched = Operations("detect", OperationsSettings(detect="127.0.0.1:0"))
        turns = Turns(steps(made, ran, watched))
        monkeypatch.setattr(command, "threading", SimpleNamespace(Event=lambda: turns))
        monkeypatch.setattr(command, "signal", SimpleNamespace(SIGTERM=15, SIGINT=2, signal=lambda *_: None))
        command._follow(made.home, None, watched, ran.append)
        assert not turns.left

    return through


def metrics(watched):
    watched.sample()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in watched.registry.collect()
        for sample in family.samples
    }


def test_a_table_that_is_in_fault_for_a_while_makes_what_came_wait(follow, caplog):
    def steps(made, ran, watched):
        rota = made.root / "context" / "rota.csv"
        made.come(access(1))
        yield True
        assert [each.events for each in ran] == [1]
        rota.write_text("person,unit,from,to\nanna,u1,2026-03-02,2026-03-03\n")
        made.come(access(2))
        yield True
        yield True
        assert len(ran) == 1  # not judged as if there were no rota
        assert metrics(watched)["sparhund_detect_waiting_batches",] == 1
        [reason] = watched.problems
        assert reason.startswith("nothing is judged: ")
        assert reason.endswith(
            "rota.csv row 1: column 3: unknown name; rota has person, unit, role, valid_from, valid_to, known_from"
        )
        rota.write_text(SHIFTS)
        yield True
        assert [each.events for each in ran] == [1, 1]
        assert metrics(watched)["sparhund_detect_context_faults", "rota", "set aside"] == 1
        assert watched.problems == ()
        assert [row["row_id"] for row in made.home.tables()["rota"].to_pylist()] == ["rota:1"]

    with caplog.at_level(logging.INFO, "sparhund"):
        follow(steps)
    told = [
        record.getMessage()
        for record in caplog.records
        if "judge" in record.getMessage() and "not ready" not in record.getMessage()
    ]
    assert len([line for line in told if line.startswith("nothing is judged for now: ")]) == 1  # once, not each turn
    assert "judges again" in told


def test_a_source_that_floods_after_a_silence_a_lake_that_is_compacted_and_another_run_end_nothing(follow):
    def steps(made, ran, watched):
        made.come(access(1, source="a"))
        yield True
        made.come(access(2, "2026-03-20T09:00:00Z", source="b"))  # a is silent
        yield True
        for _ in compaction.compact(made.lake, AFTER):
            pass
        yield True
        assert len(ran) == 2  # compaction brings nothing to judge
        flood = [access(position, f"2026-03-{position % 28 + 1:02d}T09:00:00Z", "a") for position in range(3, 300)]
        made.come(flood[0] + "".join(each.splitlines()[2] + "\n" for each in flood[1:]))
        yield True
        assert [each.events for each in ran] == [1, 1, 297]
        made.come(access(300))
        made.detect()  # somebody judges by hand
        yield True
        made.come(access(301))
        yield True
        assert [each.events for each in ran] == [1, 1, 297, 1]
        assert metrics(watched)["sparhund_detect_waiting_batches",] == 0

    follow(steps)


def test_a_run_whose_files_were_compacted_away_is_made_again(follow):
    def steps(made, ran, watched):
        path = made.lake.table("normalised").root / made.come(access(1)).path
        hidden = path.with_suffix(".away")
        path.rename(hidden)
        yield True
        assert ran == []
        metrics(watched)
        [reason] = watched.problems
        assert "just compacted" in reason
        hidden.rename(path)
        yield True
        assert [each.events for each in ran] == [1]

    follow(steps)


def test_a_run_that_another_one_overtook_is_made_again_of_what_is_left(follow, monkeypatch):
    def steps(made, ran, _watched):
        made.come(access(1))
        judge = command.judge

        def overtaken(*_, **__):
            monkeypatch.setattr(command, "judge", judge)
            made.detect()
            raise FencedError("detect: another run came first")

        monkeypatch.setattr(command, "judge", overtaken)
        yield True
        yield True
        assert ran == []
        made.come(access(2))
        yield True
        assert [each.events for each in ran] == [1]

    follow(steps)
