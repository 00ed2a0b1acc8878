import hashlib
import json
from collections import Counter
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ingest import knowledge
from ingest.simulator import names
from ingest.simulator.acts import HABITS
from ingest.simulator.catalogue import LOGS
from ingest.simulator.population import populate
from ingest.simulator.rota import calendar
from ingest.simulator.simulation import simulate
from schemas import context, settings
from schemas.errors import SettingsError
from schemas.tables import CONTEXT


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def truth(town):
    return pa.concat_tables([pq.read_table(path) for path in sorted((town.out / "truth" / "events").glob("*.parquet"))])


def test_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for out, seed in (("a", 3), ("b", 3), ("c", 4)):
        simulate(tmp_path / out, people=60, days=2, seed=seed)
    first, second, other = (digests(tmp_path / out) for out in "abc")
    assert first == second
    assert first["logs/lindan/lindan-2026-03-02.csv"] != other["logs/lindan/lindan-2026-03-02.csv"]


def test_every_log_of_the_catalogue_is_written(town):
    assert {path.name for path in (town.out / "logs").iterdir()} == {log.name for log in LOGS}
    assert {habit.source for habit in HABITS} <= {log.name for log in LOGS}


def test_truth_counts_the_records_and_each_file_from_zero(town):
    rows = truth(town)
    assert len(rows) == town.records
    for (file,), part in rows.to_pandas().groupby(["file"]):
        assert part["position"].tolist() == list(range(len(part))), file
        assert part["time"].is_monotonic_increasing, file
        assert (town.out / "logs" / file).exists()


def test_lines_are_as_many_as_the_truth_says(town):
    """For the formats of one line a record; the others are counted when they are read (test_truth)."""
    counted = Counter(truth(town)["file"].to_pylist())
    for log in LOGS:
        if log.ending in ("log", "json", "csv") and log.format != "auditd":
            for path in (town.out / "logs" / log.name).iterdir():
                lines = path.read_bytes().decode(log.encoding).splitlines()
                comments = len(log.header.splitlines()) if log.header else 0
                assert len(lines) - comments == counted[f"{log.name}/{path.name}"], path.name


def test_settings_register_people_and_context_load(town):
    loaded = settings.load(town.out / "settings.toml")
    assert set(loaded.sources) == {log.name for log in LOGS}
    facts = knowledge.load(loaded, None)
    assert facts.people.people.num_rows == 150
    tables = context.load(loaded.context)
    filled = {table.name for table in CONTEXT if len(tables[table.name])}
    assert filled >= {"object_subject", "subjects", "kin", "rota", "absence", "assignments", "duties", "jobs"}
    assert len({log.system for log in LOGS}) == 12
    assert {log.system for log in LOGS} >= {
        system for row in facts.register.assets["systems"].to_pylist() for system in row
    }


def test_every_incident_is_planted_where_it_says(town):
    told = json.loads((town.out / "truth" / "incidents.json").read_text())
    assert [incident["id"] for incident in told] == ["granne", "kapat-konto", "bakvagen"]
    rows = truth(town)
    for incident in told:
        mine = rows.filter(pc.equal(rows["incident"], incident["id"]))
        assert mine.select(["source", "file", "position"]).to_pylist() == incident["records"]
        assert set(mine["reason"].to_pylist()) == {"planted"}
        assert set(mine["person"].to_pylist()) == {who["person"] for who in incident["who"]}
    assert set(rows.filter(pc.is_null(rows["incident"]))["reason"].to_pylist()) == {
        "none",
        "assigned",
        "substitute",
        "unassigned",
        "job",
    }


def test_the_neighbour_lives_next_door_and_is_no_client_of_the_snoopers_unit(town):
    told = json.loads((town.out / "truth" / "incidents.json").read_text())[0]
    kin = (town.out / "context" / "kin.csv").read_text()
    assert f"{told['who'][0]['person']},{told['subject']},neighbour," in kin
    subject = told["subject"]
    people = {
        line.split(",")[0]: line.split(",") for line in (town.out / "people" / "people.csv").read_text().splitlines()
    }
    unit = people[told["who"][0]["person"]][2]
    rows = [line.split(",") for line in (town.out / "context" / "assignments.csv").read_text().splitlines()]
    assert unit not in {row[1] for row in rows if row[5] == subject and row[2] == "Lindan"}


def test_personal_numbers_are_test_numbers_with_a_right_check_digit():
    numbers = names.personal_numbers(np.random.default_rng(1), 5000, "2025-12-31", "1928-01-01")
    assert len(set(numbers.tolist())) == 5000
    assert all(980 <= int(number[8:11]) <= 999 for number in numbers.tolist())
    assert all(date.fromisoformat(number[:8]) for number in numbers.tolist())
    doubled = np.array(
        [[int(digit) * (2 - place % 2) for place, digit in enumerate(number[2:])] for number in numbers.tolist()]
    )
    assert ((doubled // 10 + doubled % 10).sum(axis=1) % 10 == 0).all()


def test_no_number_or_name_is_in_the_wrong_place(town):
    """Care journals name their client, but accounts and addresses are made of nobody's number."""
    accounts = (town.out / "people" / "accounts.csv").read_text()
    numbers = {line.split(",")[0] for line in (town.out / "context" / "subjects.csv").read_text().splitlines()[1:]}
    assert len(numbers) == 900
    assert not any(number in accounts for number in numbers)


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        ("2026-04-03", True),
        ("2026-04-06", True),
        ("2026-05-01", True),
        ("2026-06-19", True),
        ("2026-12-24", True),
        ("2026-03-08", True),
        ("2026-03-09", False),
    ],
)
def test_offices_are_closed_on_swedish_holidays(day, holiday):
    working = calendar(1, populate(1, 60, date.fromisoformat(day), 1), date.fromisoformat(day), 1)
    assert working.holiday(0) is holiday
    office = working.hours[working.shifts(0).person] == 0
    assert office.any() != holiday


def test_substitutes_work_in_another_unit_and_are_on_its_rota():
    start = date(2026, 3, 2)
    working = calendar(1, populate(1, 400, start, 7), start, 7)
    shifts = [working.shifts(day) for day in range(7)]
    assert sum(int(shift.substitute.sum()) for shift in shifts) > 0
    for day, shift in enumerate(shifts):
        assert (shift.stop > shift.start).all()
        assert len(set(shift.person.tolist())) == len(shift)
        assert not working.away[day, shift.person].any()


def test_a_folder_that_holds_something_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(SettingsError, match="holds something already"):
        simulate(tmp_path, people=60, days=1, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(("people", "days", "field"), [(49, 1, "people"), (50, 0, "days")])
def test_too_small_a_town_is_refused(tmp_path, people, days, field):
    with pytest.raises(SettingsError) as error:
        simulate(tmp_path / "out", people=people, days=days, seed=1)
    assert error.value.field == field


@pytest.mark.parametrize(("people", "days"), [(50, 4), (51, 1), (67, 1)])
def test_the_smallest_towns_work(tmp_path, people, days):
    written = simulate(tmp_path / "out", people=people, days=days, seed=2)
    assert written.records > 1000
    knowledge.load(settings.load(written.out / "settings.toml"), None)


@pytest.mark.parametrize("start", ["2026-03-28", "2026-10-24", "2025-12-31"])
def test_the_clock_moves_and_the_year_turns(tmp_path, start):
    written = simulate(tmp_path / "out", people=60, days=2, seed=1, start=date.fromisoformat(start))
    rows = truth(written)
    assert len(rows) == written.records
    for file, position in zip(rows["file"].to_pylist(), rows["position"].to_pylist(), strict=True):
        assert position >= 0
        assert start[:4] in file or str(int(start[:4]) + 1) in file
