from datetime import UTC, datetime
from pathlib import Path

import pytest

import analytics
from analytics.detect import judging, knowledge, run
from analytics.detect.decide import decide, history
from analytics.detect.findings import written
from analytics.installation import installation
from ingest.lake import FencedError, Lake
from schemas import settings
from schemas.sqlfile import load

FOLDER = Path(analytics.__file__).parent

TOKEN = "p_" + "1" * 32
SUBJECTS = f"subject | person\n{TOKEN} | anna"
SELF = ("self_access", f"anna {TOKEN}")
HER = f"""
time                 | position | actor_person | subject | action | proves  | k
2026-03-01T08:00:00Z | 1        | anna         | {TOKEN} | read   | content | 3
"""
LATER = HER.replace("03-01", "03-20").replace("| 1 ", "| 2 ")


@pytest.fixture(autouse=True)
def _one_detection(monkeypatch):
    """Only the detection that these tests speak of: what others find here is not what they are about."""
    only = load(FOLDER / "detections" / "relation" / "self_access.sql", "detection")
    monkeypatch.setattr(run, "detections", lambda: {"self_access": only})
    for module in (run, judging, knowledge):
        monkeypatch.setattr(module, "explanations", dict)


def test_what_came_is_judged_once(judged):
    judged.context("subjects", SUBJECTS)
    judged.come(HER)
    assert judged.found() == [(*SELF, "found", 1)]
    assert judged.detect() is None


def test_the_same_cause_is_the_same_finding_and_grows(judged):
    judged.context("subjects", SUBJECTS)
    judged.come(HER)
    [first] = judged.detect().findings.to_pylist()
    judged.come(LATER)
    [grown] = judged.detect().findings.to_pylist()
    assert (grown["finding"], grown["events"], grown["run"]) == (first["finding"], 2, first["run"] + 1)
    assert (grown["first"], grown["found"]) == (first["first"], first["found"])
    assert written(judged.lake, "findings").to_pylist() == [grown]


def test_another_month_is_another_finding(judged):
    judged.context("subjects", SUBJECTS)
    judged.come(HER)
    [first] = judged.detect().findings.to_pylist()
    judged.come(HER.replace("03-01", "04-01").replace("| 1 ", "| 2 "))
    [second] = judged.detect().findings.to_pylist()
    assert second["finding"] != first["finding"]
    assert (first["month"], second["month"]) == ("2026-03", "2026-04")


def test_what_comes_late_joins_the_finding_of_its_month(judged):
    judged.context("subjects", SUBJECTS)
    judged.come(LATER)
    judged.detect()
    judged.come(HER)
    [grown] = judged.detect().findings.to_pylist()
    assert grown["events"] == 2


def test_a_finding_whose_events_no_longer_give_it_is_marked_and_kept(judged):
    judged.context("subjects", SUBJECTS)
    file = judged.come(HER)
    judged.detect()
    judged.come(HER.replace(TOKEN, "p_" + "2" * 32), remove=[file])
    assert judged.found() == [(*SELF, "changed", 1)]
    judged.come(HER.replace("| 1 ", "| 9 "))
    assert judged.found() == [(*SELF, "found", 2)]


def test_what_is_judged_again_and_stands_is_not_written_again(judged):
    judged.context("subjects", SUBJECTS)
    judged.come(HER)
    judged.detect()
    assert judged.found(since=datetime(2026, 1, 1, tzinfo=UTC)) == []


def test_months_that_are_judged_again_together_change_nothing(judged):
    judged.context("subjects", SUBJECTS)
    judged.come(
        HER + LATER.splitlines()[2] + "\n" + HER.replace("03-01", "04-01").replace("| 1 ", "| 3 ").splitlines()[2]
    )
    first = judged.found()
    assert first == [(*SELF, "found", 1), (*SELF, "found", 2)]
    assert judged.found(since=datetime(2026, 1, 1, tzinfo=UTC)) == []
    assert [row["state"] for row in written(judged.lake, "findings").to_pylist()] == ["found", "found"]


def test_an_exception_silences_its_group_only(judged):
    other = "p_" + "3" * 32
    judged.context("subjects", SUBJECTS + f"\n{other} | bo")
    judged.context("exceptions", f"detection | key | reason\nself_access | anna {TOKEN} | testpost")
    judged.come(HER)
    judged.come(HER.replace("anna", "bo").replace(TOKEN, other).replace("| 1 ", "| 2 "))
    assert judged.found() == [("self_access", f"bo {other}", "found", 1)]


def test_a_run_is_a_row_that_says_what_rested(judged, monkeypatch):
    private = load(FOLDER / "detections" / "relation" / "family_access.sql", "detection")
    monkeypatch.setattr(run, "detections", lambda: {"family_access": private})
    judged.home = installation(judged.root / "lake", settings.parse({}))
    judged.come(HER)
    judged.detect()
    [row] = written(judged.lake, "runs").to_pylist()
    assert (row["from_batch"], row["to_batch"], row["events"], row["accesses"], row["explained"]) == (0, 1, 1, 1, 0)
    assert row["rested"] == ["family_access: no_decision"]


def test_a_run_is_a_row_that_says_what_it_could_not_judge_by(judged):
    judged.context("subjects", f"subject | person\n{TOKEN} | anna\np_{'4' * 32} | anna")
    judged.context("absence", "person | valid_from | valid_to\nanna | 2026-03-02 | 2026-03-01\nbo | 2026-03-02 |")
    judged.come(HER)
    ran = judged.detect()
    assert [row["state"] for row in ran.context_faults.to_pylist()] == ["no directory", "set aside"]
    [row] = written(judged.lake, "runs").to_pylist()
    assert row["context_faults"] == ["no directory: people", "set aside: absence: valid_to: is not after valid_from: 1"]


def test_of_two_runs_at_once_one_counts(judged, monkeypatch):
    judged.context("subjects", SUBJECTS)
    judged.come(HER)
    commit = run._commit

    def late(lake, ran, now, began):
        monkeypatch.setattr(run, "_commit", commit)
        judged.detect()
        commit(lake, ran, now, began)

    monkeypatch.setattr(run, "_commit", late)
    with pytest.raises(FencedError, match="another run came first"):
        judged.detect()
    assert len(written(judged.lake, "findings")) == 1
    assert len(written(judged.lake, "runs")) == 1


def test_a_crash_between_findings_and_run_is_healed_by_the_next(judged, monkeypatch):
    judged.context("subjects", SUBJECTS)
    judged.come(HER)
    made = Lake.table

    def table(lake, name):
        found = made(lake, name)
        if name == "runs":
            monkeypatch.setattr(found, "write", lambda _: 1 / 0)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "table", table)
        with pytest.raises(ZeroDivisionError):
            judged.detect()
    judged.detect()
    [row] = written(judged.lake, "findings").to_pylist()
    assert (row["run"], row["events"]) == (1, 1)


def test_severity_follows_the_level(judged):
    judged.context("subjects", SUBJECTS)
    judged.come(HER)
    judged.come(HER.replace("| 3\n", "| 1\n").replace("03-01", "04-01").replace("| 1 ", "| 2 ", 1))
    rows = sorted(judged.detect().findings.to_pylist(), key=lambda row: row["month"])
    assert [(row["k"], row["severity"]) for row in rows] == [(3, "critical"), (1, "medium")]
    assert rows[0]["risk"] > rows[1]["risk"]


def test_a_silent_source_is_nobodys_act(judged, monkeypatch):
    only = load(FOLDER / "detections" / "logging" / "silent_source.sql", "detection")
    monkeypatch.setattr(run, "detections", lambda: {only.name: only})
    declared = {"sources": {"s": {"mapping": "table_csv", "silent_after_s": 3600}}}
    judged.home = installation(judged.root / "lake", settings.parse(declared))
    judged.come("""
time                 | position | source | actor_account | actor_person | action
2026-03-01T08:00:00Z | 1        | s      | anna.b        | anna         | login
2026-03-01T18:00:00Z | 2        | s      | anna.b        | anna         | logout
""")
    [found] = judged.detect().findings.to_pylist()
    assert (found["detection"], found["events"]) == ("silent_source", 2)
    assert {found[name] for name in ("actor_account", "actor_person", "actor_unit", "about")} == {None}


def test_a_decision_moves_what_lies_there_and_nothing_is_written_again(judged):
    judged.context("subjects", SUBJECTS)
    judged.come(HER)
    [first] = judged.detect().findings.to_pylist()
    judged.come(HER.replace("03-01", "04-01").replace("| 1 ", "| 2 "))
    [second] = judged.detect().findings.to_pylist()
    before = written(judged.lake, "findings").sort_by("finding")
    decide(
        judged.home, first["finding"], "justified", "egen akt i självbetjäning", now=datetime(2026, 3, 9, tzinfo=UTC)
    )
    listed = {row["finding"]: row for row in judged.home.tables({"findings"})["findings"].to_pylist()}
    assert listed[second["finding"]]["risk"] < second["risk"] == listed[second["finding"]]["found_risk"]
    assert listed[first["finding"]]["risk"] == first["risk"]
    assert written(judged.lake, "findings").sort_by("finding") == before


def test_the_last_decision_counts(judged):
    judged.context("subjects", SUBJECTS)
    judged.come(HER)
    [first] = judged.detect().findings.to_pylist()
    judged.come(HER.replace("03-01", "04-01").replace("| 1 ", "| 2 "))
    [second] = judged.detect().findings.to_pylist()
    for day, verdict in ((9, "justified"), (10, "unjustified"), (10, "unclear")):
        decide(judged.home, first["finding"], verdict, "skäl", now=datetime(2026, 3, day, tzinfo=UTC))
    # Of two at the same time the same one everywhere: first in the history, and in force.
    assert history(judged.home, first["finding"])[0]["verdict"] == "unclear"
    assert [row["verdict"] for row in written(judged.lake, "decisions").to_pylist()] == ["unclear"]
    decide(judged.home, first["finding"], "unjustified", "skäl", now=datetime(2026, 3, 11, tzinfo=UTC))
    listed = {row["finding"]: row for row in judged.home.tables({"findings"})["findings"].to_pylist()}
    assert listed[second["finding"]]["risk"] > second["risk"]
