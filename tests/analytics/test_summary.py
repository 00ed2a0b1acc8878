"""The summary of files must never change what a statement says."""

import random
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics import completeness, views
from analytics.caller import Caller
from analytics.summary import Summary
from ingest.lake import Lake
from schemas.event import NORMALISED
from schemas.tables import TABLES

START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 20, tzinfo=UTC)


def rows(seed, count=300):
    rng = random.Random(seed)
    for position in range(count):
        kind = rng.choices(["event", "reject", "gap", "repeat"], [90, 5, 3, 2])[0]
        time = START + timedelta(microseconds=rng.randrange(10 * 86_400_000_000))
        yield {
            "kind": kind,
            "source": rng.choice("abc"),
            "shard": "s",
            "position": position,
            "part": 0,
            "time": time if kind == "event" else None,
            "received": time + timedelta(seconds=rng.randrange(100_000)),
            "length": rng.choice([None, 7]) if kind == "gap" else None,
            "action": rng.choice(["read"] * 20 + ["log_clear"]) if kind == "event" else None,
        }


def add(lake, seed):
    table = lake.table("normalised")
    table.append([table.write(pa.Table.from_pylist(list(rows(seed)), NORMALISED), "standard", date(2026, 3, 1 + seed))])


def stated(lake, cached, silent_after_s=3600, mapping="m", **period):
    table = lake.table("normalised")
    sources = [
        {"source": "a", "mapping": mapping, "system": "s", "logs": ["read"], "silent_after_s": silent_after_s},
        {"source": "b", "mapping": "m", "system": "s", "logs": ["read"], "silent_after_s": 5},
        {"source": "never", "mapping": "m", "system": "s"},
    ]
    given = {"sources": pa.Table.from_pylist(sources, TABLES["sources"].schema)}
    connection = views.scoped(views.connect(threads=1), Caller("t"), table.scan(), given)
    summary = Summary(table, lake.root / "cache" / "summary.parquet") if cached else None
    return completeness.statement(completeness.basis(connection, now=NOW, summary=summary, **period))


@pytest.fixture
def lake(tmp_path):
    made = Lake.create(tmp_path / "lake")
    for seed in range(3):
        add(made, seed)
    return made


@pytest.mark.parametrize("seed", range(8))
def test_a_statement_is_the_same_with_and_without_what_was_kept(lake, seed):
    rng = random.Random(seed)
    for _ in range(3):
        edges = sorted(START + timedelta(seconds=rng.randrange(-86_400, 11 * 86_400)) for _ in range(2))
        period = {name: edge for name, edge in zip(("start", "stop"), edges, strict=True) if rng.random() < 0.8}
        assert stated(lake, cached=True, **period) == stated(lake, cached=False, **period)


def test_a_new_file_and_other_spans_are_noticed(lake):
    before = stated(lake, cached=True)
    add(lake, 3)
    after = stated(lake, cached=True)
    assert sum(state.events for state in after.sources) > sum(state.events for state in before.sources)
    assert stated(lake, cached=True, silent_after_s=90) == stated(lake, cached=False, silent_after_s=90)
    # What a clearing is hangs on the mapping.
    of_daemon = stated(lake, cached=True, mapping="auditd")
    assert of_daemon == stated(lake, cached=False, mapping="auditd")
    assert of_daemon != stated(lake, cached=True)


def test_what_was_kept_may_be_damaged_or_unwritable(lake):
    wanted = stated(lake, cached=True)
    kept = lake.root / "cache" / "summary.parquet"
    kept.write_bytes(b"PAR1")
    assert stated(lake, cached=True) == wanted
    assert any(state.clears for state in wanted.sources)
    pq.write_table(pq.read_table(kept).drop_columns(["cleared"]), kept)  # as an earlier version kept it
    assert stated(lake, cached=True) == wanted
    kept.unlink()
    kept.parent.rmdir()
    kept.parent.write_text("a file where the folder should be")
    assert stated(lake, cached=True) == wanted
