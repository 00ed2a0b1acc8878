# ruff: noqa: E501 - tables read better on one line
"""Findings as they are listed: moved by what was decided of their like, handled by the policy, without persons of a flag."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from analytics.detect import wording
from analytics.detect.findings import listed
from schemas.finding import DECISION, FINDING

DAY = datetime(2026, 3, 10, tzinfo=UTC)


def finding(name, **given):
    told = {
        "finding": name, "run": 1, "found": DAY, "state": "found", "detection": "self_access", "severity": "high", "group_key": name,
        "month": "2026-03", "about": "p1", "k": 3, "first": DAY, "last": DAY, "events": 1, "explained": 0, "evidence": ["e1"], "risk": 600,
    }  # fmt: skip
    told |= given
    return told | {"facts": json.dumps(told.get("facts", {}))}


def decision(name, verdict):
    return {"finding": name, "decided": DAY, "decided_by": "chef", "verdict": verdict, "reason": "skäl"}


def rows(*findings, decided=()):
    tables = pa.Table.from_pylist(list(findings), FINDING), pa.Table.from_pylist(list(decided), DECISION)
    return {row["finding"]: row for row in listed(*tables).to_pylist()}


def risk(*, decided=(), others=()):
    return rows(finding("f"), *others, decided=decided)["f"]["risk"]


def test_where_nobody_decided_the_risk_is_as_it_was_written():
    for written in (0, 1, 349, 600, 999, 1000):
        row = rows(finding("f", risk=written))["f"]
        assert (row["risk"], row["found_risk"]) == (written, written)


@pytest.mark.parametrize(
    ("other", "verdict", "moved"),
    [
        ({}, "justified", -1),
        ({"group_key": "f"}, "justified", -1),
        ({}, "unjustified", 1),
        ({}, "unclear", 0),
        ({"detection": "family_access"}, "justified", 0),
        ({"detection": "family_access", "group_key": "f"}, "unjustified", 0),
    ],
    ids=["its like", "of its group", "unjustified", "unclear", "another detection", "another detection of that name"],
)
def test_what_was_decided_of_its_like_moves_it(other, verdict, moved):
    found = risk(others=[finding("o", **other)], decided=[decision("o", verdict)])
    assert (found > 600) - (found < 600) == moved


def test_what_is_of_the_same_group_moves_more():
    like = risk(others=[finding("o")], decided=[decision("o", "justified")])
    same = risk(others=[finding("o", group_key="f")], decided=[decision("o", "justified")])
    assert same < like < 600


def test_its_own_decision_does_not_move_it():
    assert risk(decided=[decision("f", "justified")]) == 600


def test_risk_stays_within_what_the_level_allows():
    many = [finding(f"o{number}", group_key="f") for number in range(50)]
    decided = [decision(each["finding"], "unjustified") for each in many]
    found = rows(finding("f", k=2, risk=900), *many, decided=decided)["f"]["risk"]
    assert 890 <= found <= 900


@pytest.mark.parametrize(
    ("decided", "language", "said"),
    [
        ((), "sv", ""),
        (("justified",), "sv", "sänkt från 600: 1 liknande fynd har bedömts som befogat"),
        (("justified",) * 3, "sv", "sänkt från 600: 3 liknande fynd har bedömts som befogade (varav 1 av precis samma slag)"),
        (("unjustified",) * 2, "en", "raised from 600: 2 findings like it were decided to be unjustified (1 of them of the very same)"),
        (("unclear",), "sv", ""),
    ],
    ids=["nothing", "one", "three", "unjustified", "unclear"],
)  # fmt: skip
def test_it_is_told_what_moved_it(decided, language, said):
    others = [finding(f"o{number}", group_key="f" if number == 1 else "g") for number in range(len(decided))]
    verdicts = [decision(f"o{number}", verdict) for number, verdict in enumerate(decided)]
    assert wording.moved(rows(finding("f"), *others, decided=verdicts)["f"], language) == said


@pytest.mark.parametrize("detection", ["protected_identity", "deceased_access", "special_interest_access"])
def test_whom_a_flag_concerns_is_in_no_list(detection):
    row = rows(
        finding(
            "f", detection=detection, group_key="anna p1", facts={"actor": "anna", "about": "p1"}, actor_person="anna"
        )
    )["f"]
    assert (row["about"], row["group_key"], row["facts"], row["actor_person"]) == (None, None, None, "anna")


def test_what_rests_on_no_flag_is_told():
    row = rows(finding("f", facts={"about": "p1"}))["f"]
    assert (row["about"], row["group_key"], row["facts"]) == ("p1", "f", '{"about": "p1"}')


@pytest.mark.parametrize(
    ("given", "handling"),
    [
        ({"k": 3, "severity": "medium"}, "at_once"),
        ({"k": 0, "r": 3, "severity": "high"}, "at_once"),
        ({"k": 2, "severity": "high"}, "daily"),
        ({"k": None, "severity": "medium"}, "daily"),
        ({"k": 1, "severity": "high"}, "yearly"),
        ({"k": 1, "severity": "medium", "detection": "silent_source"}, "daily"),
        ({"k": 0, "severity": "high"}, "none"),
        ({"k": 0, "severity": "critical"}, "at_once"),
        ({"k": 1, "severity": "high", "detection": "sigma:1", "facts": {"tags": ["attack.t1070.001"]}}, "daily"),
        ({"k": 3, "severity": "high", "about": "p_1", "events": 2, "explained": 2}, "monthly"),
        ({"k": 3, "severity": "high", "about": "p_1", "events": 2, "explained": 1}, "at_once"),
        ({"k": 3, "severity": "high", "about": None, "events": 2, "explained": 2}, "at_once"),
        ({"k": 3, "severity": "critical", "about": "p_1", "events": 2, "explained": 2}, "at_once"),
        ({"k": 3, "severity": "low"}, "monthly"),
        ({"k": 2, "severity": "low"}, "quarterly"),
        ({"k": 1, "severity": "low"}, "yearly"),
        ({"k": 0, "severity": "low"}, "none"),
    ],
)
def test_handling_is_the_policy_of_the_level(given, handling):
    assert rows(finding("f", **given))["f"]["handling"] == handling


@pytest.mark.parametrize(
    ("given", "techniques", "tactics"),
    [
        ({"detection": "brute_force"}, ["T1110.001"], ["credential-access"]),
        ({"detection": "self_access"}, [], []),
        (
            {"detection": "sigma:1", "facts": {"tags": ["attack.t1110.003", "attack.credential_access", "car.2013-04-002"]}},
            ["T1110.003"], ["credential-access"],
        ),
        ({"detection": "sigma:1", "facts": {"tags": ["attack.T1078", "attack.defense-evasion"]}}, ["T1078"], ["defense-evasion"]),
        ({"detection": "sigma:1", "facts": {"tags": ["attack.t1053.005"]}}, ["T1053.005"], ["persistence"]),
        ({"detection": "sigma:1", "facts": {"tags": ["detection.emerging_threats"]}}, [], []),
        ({"detection": "sigma:1", "facts": {"tags": ["attack.initial-access", "attack.impact"]}}, [], ["impact", "initial-access"]),
        ({"detection": "indicator_seen", "facts": {"labels": ["botnet", "T1572 tunnel"]}}, ["T1572"], ["command-and-control"]),
        ({"detection": "indicator_seen", "facts": {"labels": ["the impact is large"]}}, [], []),
        ({"detection": "indicator_seen"}, [], []),
    ],
    ids=["own", "own without", "both", "tactic of the rule first", "technique alone", "other tags", "tactics alone", "feed", "a word", "none"],
)  # fmt: skip
def test_what_a_finding_is_a_sign_of(given, techniques, tactics):
    row = rows(finding("f", **given))["f"]
    assert (row["techniques"], row["tactics"]) == (techniques, tactics)
