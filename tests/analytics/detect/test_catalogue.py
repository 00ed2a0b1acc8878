import re

import pytest

from analytics.detect import catalogue, knowledge
from analytics.detect.knowledge import detections
from schemas.errors import SqlFileError
from schemas.sqlfile import load

RELATION = """-- detection: d
-- severity:  low
-- finds:     x
-- sv_finds:  x
-- sv:        x
-- en:        x
-- key:       subject
-- window:    1
-- params:    none
-- benign:    x
-- sv_benign: x
-- triage:    1 x
-- sv_triage: 1 x
"""


@pytest.mark.parametrize("key", ["finds", "sv_finds"])
def test_a_detection_that_lacks_what_it_finds_in_a_language_is_refused(tmp_path, key):
    (tmp_path / "d.sql").write_text(re.sub(f"-- {key}: .*\n", "", RELATION) + "SELECT 1")
    (tmp_path / "d.cases.toml").write_text("[[case]]\ntitle = 't'\ngiven = ''\nexpect = ''\n")
    with pytest.raises(SqlFileError, match=f"{key}: missing in the header"):
        load(tmp_path / "d.sql", "detection")


def test_every_detection_is_there_and_every_technique_has_a_tactic():
    rows = catalogue.catalogue().to_pylist()
    assert [row["detection"] for row in rows] == list(detections())
    assert all(bool(row["techniques"]) == bool(row["tactics"]) for row in rows)
    [brute] = [row for row in rows if row["detection"] == "brute_force"]
    assert (brute["area"], brute["flags"], brute["tactics"]) == ("logon", False, ["credential-access"])


def test_a_technique_without_a_tactic_is_named(monkeypatch):
    monkeypatch.setattr(catalogue, "tactics", dict)
    catalogue.catalogue.cache_clear()
    with pytest.raises(SqlFileError, match="names no tactic of T"):
        catalogue.catalogue()


def test_which_detections_tell_of_a_persons_flag():
    rows = catalogue.catalogue().to_pylist()
    flagged = {row["detection"] for row in rows if row["flags"]}
    assert flagged == {"protected_identity", "deceased_access", "special_interest_access"}


def test_which_detections_rest_on_the_decision():
    resting = {file.name for file in detections().values() if file.header.get("needs") == "decision"}
    assert resting == {
        *("self_access", "family_access", "household_access", "neighbour_access", "same_surname"),
        *("colleague_access", "protected_identity", "deceased_access"),
    }


@pytest.mark.parametrize(
    ("sql", "refused"),
    [
        ("SELECT k.subject, '' AS evidence FROM kin AS k", True),
        ("SELECT s.subject, '' AS evidence FROM subjects AS s WHERE s.person = 'a'", True),
        ("SELECT subject, '' AS evidence FROM subjects WHERE deceased", True),
        ("SELECT s.subject, '' AS evidence FROM subjects AS s WHERE s.special_interest", False),
        ("SELECT p.person AS subject, '' AS evidence FROM people AS p", False),
    ],
    ids=["relatives", "who staff are", "the dead", "entered by people", "the directory"],
)
def test_what_rests_on_the_registers_export_must_say_so(tmp_path, sql, refused):
    (tmp_path / "d.sql").write_text(RELATION + sql)
    (tmp_path / "d.cases.toml").write_text("[[case]]\ntitle = 't'\ngiven = ''\nexpect = ''\n")
    assert knowledge.rests_on_export(load(tmp_path / "d.sql", "detection")) is refused
