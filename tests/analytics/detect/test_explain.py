"""One event, told from the files that may matter: what the employee did before to the same object or person."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from analytics.caller import Caller
from analytics.detect.explain import Covered, explain, explained
from analytics.detect.wording import lines
from analytics.installation import Installation, installation
from analytics.narrow import Need
from analytics.opened import Opened
from ingest.lake import Lake
from schemas import settings
from schemas.errors import LakeError
from schemas.event import NORMALISED

FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
PERSON = f"p_{7:032x}"
# A day each: what anna did, in files of their own. The last two are asked about.
DAYS: list[dict[str, Any]] = [
    {"action": "update", "object_id": "17"},
    {"action": "create", "subject": PERSON},
    {"action": "update", "object_id": "18"},
    {"action": "update", "object_id": "17", "actor_person": "bo"},
    {"action": "read", "object_id": "17"},
    {"action": "read", "subject": PERSON},
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("explain")
    table = Lake.create(folder / "lake").table("normalised")
    files = []
    for number, row in enumerate(DAYS):
        shared = {"kind": "event", "source": "s", "system": "omsorg", "outcome": "success", "proves": "content"}
        address = {"shard": "s", "position": number, "part": 0, "batch": 0}
        time = FIRST + timedelta(days=number)
        event = {
            **shared,
            **address,
            "time": time,
            "received": time,
            "actor_person": "anna",
            "object_type": "akt",
            **row,
        }
        rows = pa.Table.from_pylist([event], schema=NORMALISED)
        files.append(table.write(rows, "standard", date(2026, 3, 2) + timedelta(days=number)))
    table.commit(files, expect={}, positions={})
    return installation(None, settings.parse({"lake": {"root": "lake"}}, Path(folder / "settings.toml")))


@pytest.mark.parametrize(("event", "rests"), [("s-4-0", "s-0-0"), ("s-5-0", "s-1-0")])
def test_an_event_is_told_as_from_all_files(home: Installation, event: str, rests: str) -> None:
    opened = Opened(home.settings, home.root)
    opened.learn()
    told = explain(opened, event, purpose="prov")
    (only,) = told.events
    assert [(reason.explanation.name, reason.row_id) for reason in only.reasons] == [("follow_up", rests)]
    assert explain(home, event, purpose="prov") == told


def test_an_event_is_found_in_the_only_file_that_can_hold_it(home: Installation) -> None:
    opened = Opened(home.settings, home.root)
    opened.learn()
    at = [Need(address=("s", 4))]
    assert [each.narrowed(at).count(".parquet") for each in (home, opened)] == [1, 1]
    assert opened.narrowed([Need(address=("another", 4))]).count(".parquet") == 0
    assert explain(opened, "s-4-0", purpose="prov").events


def test_rows_that_are_shown_are_told_alike_without_what_they_are_on(home: Installation) -> None:
    rows = [
        {"event_id": f"s-{n}-0", "time_utc": FIRST + timedelta(days=n), "actor_person": "anna", "object_id": "17"}
        for n in (0, 4)
    ]
    wanted = {"s-0-0": Covered((), own=False), "s-4-0": Covered(("follow_up",), own=False)}
    assert [bool(each) for each in wanted.values()] == [False, True]
    assert explained(home, pa.Table.from_pylist(rows)) == wanted
    subject = {"subject": None}
    assert explained(home, pa.Table.from_pylist([row | subject for row in rows])) == wanted


def test_it_is_the_asker_whose_scope_counts(home: Installation) -> None:
    with pytest.raises(LakeError, match="scope nämnd"):
        explain(home, "s-4-0", purpose="prov", who=Caller("x", "nämnd"))


def test_a_duty_of_ones_own_is_told_from_the_units(home: Installation, tmp_path: Path) -> None:
    given = {"lake": {"root": str(home.root)}, "context": {"folder": str(tmp_path)}}
    own, units = "person,unit,system,object_id,valid_from\n", "2026-01-01T00:00Z\n"
    (tmp_path / "assignments.csv").write_text(f"{own}bo,,omsorg,17,{units},u1,omsorg,18,{units}")
    rows = [{"event_id": f"s-{n}-0", "time_utc": FIRST + timedelta(days=n), "actor_person": who}
            for n, who in ((2, "anna"), (3, "bo"))]  # fmt: skip
    found = explained(installation(None, settings.parse(given, tmp_path / "settings.toml")), pa.Table.from_pylist(rows))
    assert found["s-3-0"] == Covered(("person_assignment",), own=True)
    assert not found["s-2-0"].own


def test_an_assignment_that_begins_after_the_access_is_told_and_explains_nothing(
    home: Installation, tmp_path: Path
) -> None:
    """The first benign reason everywhere: it was registered too late."""
    begins = FIRST + timedelta(days=20)
    rows = (f"bo,omsorg,{thing},{begins:%Y-%m-%dT%H:%MZ}\n" for thing in (17, 18))
    (tmp_path / "assignments.csv").write_text("person,system,object_id,valid_from\n" + "".join(rows))
    given = {"lake": {"root": str(home.root)}, "context": {"folder": str(tmp_path)}}
    late = installation(None, settings.parse(given, tmp_path / "settings.toml"))
    told = explain(late, "s-3-0", purpose="prov")
    (only,) = told.events
    assert only.reasons == ()
    assert only.fields["assigned_from"] == begins
    assert any("börjar först 2026-03-22" in line for line in lines(told, "sv"))
    assert explain(home, "s-3-0", purpose="prov").events[0].fields["assigned_from"] is None
