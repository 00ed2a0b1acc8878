from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from schemas.finding import FINDING
from tests.bench.detect.arms import by_employee
from tests.bench.detect.score import Item, budgets, scored, shown
from tests.bench.detect.truth import Incident, Truth

NOON = datetime(2026, 4, 10, 12, tzinfo=UTC)
GRANNE = Incident("neighbour-1", "neighbour", NOON, NOON + timedelta(days=1), None, frozenset({"e1", "e2"}))
TYST = Incident("silent_source-1", "silent_source", NOON, NOON + timedelta(hours=30), "lindan", frozenset())
TRUTH = Truth((GRANNE, TYST), {"e1": "neighbour-1", "e2": "neighbour-1"})


@pytest.mark.parametrize(
    ("evidence", "incidents"),
    [
        (["e1", "x", "y", "z"], {"neighbour-1"}),
        (["e1", "v", "x", "y", "z"], set()),  # a reviewer would not see it among so much
        (["x"], set()),
        ([], set()),
    ],
    ids=["a quarter is misuse", "less than a quarter", "none", "no evidence"],
)
def test_a_finding_shows_what_a_quarter_of_its_evidence_is_of(evidence, incidents):
    assert shown(TRUTH, evidence, NOON, NOON, "neighbour_access") == incidents


@pytest.mark.parametrize(
    ("detection", "event", "first", "shows"),
    [
        ("silent_source", "lindan-2026-04-10-7-0", NOON - timedelta(minutes=5), True),
        ("silent_source", "npo-2026-04-10-7-0", NOON - timedelta(minutes=5), False),
        ("silent_source", "lindan-2026-04-10-7-0", NOON + timedelta(days=3), False),
        ("volume", "lindan-2026-04-10-7-0", NOON - timedelta(minutes=5), False),
    ],
    ids=["its source and time", "another source", "another time", "no finding about silence"],
)
def test_a_silence_is_shown_by_a_finding_about_silence(detection, event, first, shows):
    assert ("silent_source-1" in shown(TRUTH, [event], first, first, detection)) is shows


def test_a_month_in_part_has_its_part_of_the_budget():
    assert budgets(20, 500, date(2026, 4, 16), 30) == {"2026-04": 5, "2026-05": 5}
    assert budgets(20, 5000, date(2026, 4, 1), 61) == {"2026-04": 100, "2026-05": 100}
    assert budgets(20, 10, date(2026, 4, 1), 1) == {"2026-04": 1}


def test_what_lies_beyond_the_budget_is_raised_but_not_found():
    items = [
        Item(
            month="2026-04", rank=(2.0,), incidents=frozenset({"neighbour-1"}), found=NOON + timedelta(days=3), name="x"
        ),
        Item(month="2026-04", rank=(1.0,), incidents=frozenset()),
    ]
    one = scored(items, TRUTH, {"2026-04": 1})
    assert (one.recall, one.raised, one.reviewed, one.days_to_first) == (0, 0.5, 1, None)
    assert one.missed == {"neighbour-1": "place 2 of 2026-04 by x", "silent_source-1": ""}
    both = scored(items, TRUTH, {"2026-04": 2})
    assert (both.recall, both.precision_reviewed, both.precision_top, both.days_to_first) == (0.5, 0.5, 0.5, 3)
    assert both.by_scenario == {"neighbour": (1, 1), "silent_source": (0, 1)}


def test_what_is_too_weak_is_not_handed_out_though_there_is_time():
    weak = Item(month="2026-04", rank=(0.0,), incidents=frozenset({"neighbour-1"}), handed=False)
    score = scored([weak], TRUTH, {"2026-04": 5})
    assert (score.recall, score.alone, score.raised, score.reviewed) == (0, 0, 0.5, 0)


def test_a_month_without_budget_is_not_reviewed():
    late = [Item(month="2026-05", rank=(0.0,), incidents=frozenset({"neighbour-1"}))]
    assert scored(late, TRUTH, {"2026-04": 5}).recall == 0
    assert scored([], TRUTH, {"2026-04": 5}).precision_top == 0


def test_an_incident_by_itself_competes_with_what_is_raised_in_vain_only():
    other = Incident("volume-1", "volume", NOON, NOON, None, frozenset({"v1"}))
    truth = Truth((GRANNE, other), {})
    items = [
        Item(month="2026-04", rank=(place,), incidents=frozenset({name} if name else ()))
        for place, name in enumerate(["volume-1", "", "neighbour-1"])
    ]
    assert (scored(items, truth, {"2026-04": 2}).recall, scored(items, truth, {"2026-04": 2}).alone) == (0.5, 1)
    assert scored(items, truth, {"2026-04": 1}).alone == 0.5


def test_an_employees_month_is_one_item_in_the_order_of_the_review():
    rows = [
        {"finding": f"f{place}", "detection": detection, "risk": risk, "actor_person": who, "evidence": evidence}
        | {"month": "2026-04", "state": state, "first": NOON, "last": NOON, "found": NOON}
        for place, (detection, risk, who, evidence, state) in enumerate(
            [
                ("volume", 400, "anna", ["x"], "found"),
                ("on_leave", 200, "anna", ["e1"], "found"),
                ("unexplained_looks", 399, "anna", ["x"], "found"),
                ("log_cleared", 440, None, ["x"], "found"),
                ("self_access", 900, "bo", ["e1"], "changed"),
            ]
        )
    ]
    items = sorted(by_employee(pa.Table.from_pylist(rows, FINDING), TRUTH), key=lambda item: item.rank)
    assert [(-item.rank[0], item.incidents) for item in items] == [(450, {"neighbour-1"}), (440, set())]
