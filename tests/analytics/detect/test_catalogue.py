import pytest

from analytics.detect import catalogue
from analytics.detect.knowledge import detections
from schemas.errors import SqlFileError


def test_every_detection_is_there_and_every_technique_has_a_tactic():
    rows = catalogue.catalogue().to_pylist()
    assert {row["detection"] for row in rows} == set(detections())
    assert all((row["technique"] is None) == (row["tactic"] is None) for row in rows)
    assert {row["tactic"] for row in rows if row["detection"] == "brute_force"} == {"credential-access"}


def test_a_technique_without_a_tactic_is_named(monkeypatch):
    monkeypatch.setattr(catalogue, "tactics", dict)
    with pytest.raises(SqlFileError, match="names no tactic of T"):
        catalogue.catalogue()
