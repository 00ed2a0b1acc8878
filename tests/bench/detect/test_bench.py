"""A tiny municipality through the whole bench but the measuring."""

import duckdb
import pytest

from analytics.detect import judging, run
from analytics.detect.knowledge import detections, explanations
from ingest.lake import Lake
from ingest.simulator import benchmark, misuse
from tests.bench.detect import arms, report
from tests.bench.detect.score import budgets, scored
from tests.bench.detect.truth import read

PEOPLE, DAYS = 60, 4


def made(out):
    """A town in which somebody clears the log of the file server, and others do more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(misuse, "program", lambda _seed, _wanted: ["log_cleared", "brute_force", "silent_source"])
        benchmark.make(out, seed=3, people=PEOPLE, days=DAYS, incidents=3)
    return out


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return made(tmp_path_factory.mktemp("bench") / "town")


@pytest.fixture
def one_explanation(monkeypatch):
    """To plan them all costs more than a tiny town is worth."""
    monkeypatch.setattr(judging, "explanations", lambda: {"unit_responsibility": explanations()["unit_responsibility"]})


def test_the_truth_is_of_events_that_the_lake_has_and_kept_apart(town):
    truth = read(town)
    assert [each.id for each in truth.incidents] == ["log_cleared-1", "brute_force-1", "silent_source-1"]
    assert [len(each.events) for each in truth.incidents] == [1, 45, 0]
    lake = Lake.open(town / "lake").table("normalised")
    [(there,)] = duckdb.sql(
        f"SELECT count(*) FILTER (shard || '-' || position || '-' || part IN (SELECT unnest($ids))) FROM {lake.scan()}",
        params={"ids": list(truth.of_event)},
    ).fetchall()
    assert there == len(truth.of_event) == 46
    assert lake.positions == {"batch": DAYS}


def test_the_same_seed_makes_the_same_rows(town, tmp_path):
    sql = "SELECT * EXCLUDE (keep, day) FROM {} ORDER BY shard, position, part"
    one, two = (
        duckdb.sql(sql.format(Lake.open(each / "lake").table("normalised").scan())).to_arrow_table()
        for each in (town, made(tmp_path / "again"))
    )
    assert len(one) > 1000
    assert one.equals(two)
    assert (town / "truth" / "incidents.json").read_bytes() == (
        tmp_path / "again" / "truth" / "incidents.json"
    ).read_bytes()


@pytest.mark.usefixtures("one_explanation")
def test_an_arm_judges_step_by_step_and_finds_what_was_planted(town, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "enabled", lambda _settings: ([detections()["log_cleared"]], {}))
    truth = read(town)
    seen = []
    judged = arms.Arm(town, tmp_path / "arm").judge(truth, 2, progress=seen.append)
    assert len(seen) == DAYS // 2
    assert judged.accesses.total() > judged.explained.total() > 0
    [finding] = judged.findings.to_pylist()
    found = arms.items(judged.findings, truth, arms.by_risk)
    assert found[0].incidents == {"log_cleared-1"}
    assert finding["found"] > finding["last"]
    score = scored(found, truth, budgets(20, PEOPLE, benchmark.FIRST_DAY, DAYS))
    assert score.by_scenario == {"log_cleared": (1, 1), "brute_force": (0, 1), "silent_source": (0, 1)}
    text = "\n".join(
        [*report.ways({"this": score}), *report.scenarios({"this": score}), *report.explained(judged, truth)]
    )
    assert "log_cleared" in text
    assert "1 of 1" in text


@pytest.mark.usefixtures("one_explanation")
def test_without_explanations_and_without_their_table_nothing_is_explained(town, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "enabled", lambda _settings: ([], {}))
    truth = read(town)
    less = arms.Arm(town, tmp_path / "less", without="responsibilities").judge(truth, DAYS)
    none = arms.Arm(town, tmp_path / "none").judge(truth, DAYS, explain=False)
    assert less.accesses == none.accesses
    assert less.accesses.total() > 1000
    assert less.explained.total() == none.explained.total() == 0
    assert none.findings.num_rows == 0
