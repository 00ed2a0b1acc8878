"""What a risk is made of, told from what is stored."""

import math

import duckdb
import pytest

from analytics.detect.risk import parts
from tests.analytics.detect.test_listed import decision, rows
from tests.analytics.detect.test_listed import finding as stored
from tests.analytics.detect.test_ranking import finding, ranked


def told(row, risk, severity="medium", **counts):
    """The parts of ROW, as ranked and read."""
    counted = dict.fromkeys(("like_justified", "like_unjustified", "same_justified", "same_unjustified"), 0) | counts
    whole = {"about": None, "r": None, "t": None, **row, "found_risk": risk, "events": len(row["evidence"])} | counted
    return parts(duckdb.connect(), whole, severity)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"evidence": ["e1", "e2", "e3"], "explained": 1},
        {"facts": {"colleagues": 2}},
        {"facts": {"telling": 4}, "about": None},
        {"severity": "high", "k": 1},
        {"k": None},
    ],
    ids=["one look", "some explained", "colleagues", "its own telling", "level 1", "not classified"],
)
@pytest.mark.parametrize("like", [0, 1, 3])
def test_the_parts_give_the_risk_and_what_is_not_stored_is_found_again(given, like):
    others = [finding(f"o{number}", **given) for number in range(like)]
    row = finding("f", **given)
    risk = ranked(row, held=others, staff=1000)["f"][1]
    found = told(row, risk, row["severity"])
    assert found.base is not None
    assert found.alike is not None
    least, most = found.alike
    assert least <= like <= most
    assert most - least < 1
    odds = found.base * (found.telling / (1 + found.colleagues)) ** found.power / (1 + like)
    assert round(1000 * found.harm * odds / (1 + odds)) == risk


@pytest.mark.parametrize(("risk", "alike"), [(1000, 0.0), (0, math.inf)])
def test_what_a_whole_number_can_not_tell_is_left_open(risk, alike):
    found = told(finding("f", evidence=["e"] * 99), risk, "critical")
    assert found.alike is not None
    assert alike in found.alike


@pytest.mark.parametrize("severity", [None, "low"], ids=["unknown, as of a Sigma rule", "changed since"])
def test_a_severity_that_does_not_give_the_number_is_not_told(severity):
    row = finding("f", evidence=["e1", "e2"], severity="high")
    risk = ranked(row)["f"][1]
    found = told(row, risk, severity)
    assert (found.base, found.alike) == (None, None)
    odds = found.remains * found.telling**found.power
    assert round(1000 * found.harm * odds / (1 + odds)) == risk


def test_how_much_decisions_moved_the_odds():
    decided = [decision("o", "unjustified"), decision("p", "justified")]
    read = rows(stored("f"), stored("o", group_key="f"), stored("p"), decided=decided)["f"]
    assert parts(duckdb.connect(), read, "high").factor == pytest.approx(3)  # 1.25 / 1.25 x 3
    assert read["risk"] == round(1000 * (odds := 3 * 0.6 / 0.4) / (1 + odds))
