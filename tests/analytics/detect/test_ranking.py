"""Severity and risk of a finding among others."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from analytics.detect import judging
from schemas.finding import FINDING

SQL = Path(judging.__file__).with_name("ranking.sql")
DAY = datetime(2026, 3, 10, tzinfo=UTC)
GIVEN = pa.schema([field for field in FINDING if field.name not in {"run", "events", "risk"}])


def finding(name, **given):
    """A version of a finding about one person at level 3, of one look that nothing explains."""
    told = {
        "finding": name, "found": DAY, "state": "found", "detection": "d", "severity": "medium", "group_key": name,
        "month": "2026-03", "about": "p1", "k": 3, "first": DAY, "last": DAY, "evidence": ["e1"], "explained": 0,
    }  # fmt: skip
    told |= given
    return told | {"facts": json.dumps(told.get("facts", {}))}


def ranked(*versions, held=(), staff=0):
    """{finding: (severity, risk)} of VERSIONS beside those HELD."""
    connection = duckdb.connect()
    connection.register("versions", pa.Table.from_pylist(list(versions), GIVEN))
    older = [row | {"run": 1, "events": len(row["evidence"]), "risk": 1} for row in held]
    connection.register("held", pa.Table.from_pylist(older, FINDING))
    connection.execute(
        "CREATE TABLE employees AS SELECT 'p' || i AS person, NULL::TIMESTAMPTZ AS valid_to FROM range($1) AS r(i)",
        [staff],
    )
    connection.execute(SQL.with_name("risk.sql").read_text(encoding="utf-8"))
    rows = connection.sql(SQL.read_text(encoding="utf-8")).to_arrow_table().to_pylist()
    return {row["finding"]: (row["severity"], row["risk"]) for row in rows}


@pytest.mark.parametrize(
    ("given", "severity"),
    [
        ({}, "high"),
        ({"k": 2}, "medium"),
        ({"k": 1}, "low"),
        ({"explained": 1}, "medium"),
        ({"explained": 1, "about": None}, "high"),
        ({"severity": "low"}, "low"),
        ({"severity": "critical"}, "critical"),
    ],
    ids=["level 3", "level 2", "level 1", "explained", "about nobody", "low stays", "no higher"],
)
def test_severity_follows_level_and_duty(given, severity):
    assert ranked(finding("f", **given))["f"][0] == severity


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ({}, {"evidence": ["e1", "e2"]}),
        ({"evidence": ["e1", "e2"], "explained": 2}, {}),
        ({"facts": {"colleagues": 2}}, {}),
        ({"evidence": ["e1", "e2", "e3"], "facts": {"telling": 1}}, {"facts": {"telling": 2}}),
        ({"k": 2}, {}),
        ({}, {"severity": "high"}),
    ],
    ids=["looks", "explained looks", "colleagues with a reason", "what tells", "level", "severity"],
)
def test_risk_rises_with_what_a_finding_tells(less, more):
    assert ranked(finding("f", **less))["f"][1] < ranked(finding("f", **more))["f"][1]


def test_risk_falls_with_how_common_its_like_are():
    alone = ranked(finding("f"))["f"][1]
    assert ranked(finding("f"), finding("g"))["f"][1] < alone
    assert ranked(finding("f"), held=[finding("g")])["f"][1] < alone
    assert (
        ranked(finding("f"), held=[finding("g")], staff=5000)["f"][1]
        > ranked(finding("f"), held=[finding("g")])["f"][1]
    )


@pytest.mark.parametrize(
    "other",
    [
        {"detection": "another"},
        {"explained": 1},
        {"last": DAY - timedelta(days=31), "first": DAY - timedelta(days=31)},
        {"state": "changed"},
    ],
    ids=["another detection", "tells less", "long ago", "given no more"],
)
def test_what_is_not_its_like_makes_it_no_more_common(other):
    assert ranked(finding("f"), held=[finding("g", **other)])["f"] == ranked(finding("f"))["f"]


def test_a_version_takes_the_place_of_the_older_one():
    assert ranked(finding("f"), held=[finding("f", evidence=["e1", "e2"])])["f"] == ranked(finding("f"))["f"]
