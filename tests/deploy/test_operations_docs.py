"""docs/operations.md names each metric, alert and setting, and none that isn't there."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import yaml

from schemas import settings
from schemas.operations import OperationsSettings
from tests.deploy.names import GIVEN, SERIES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_each_metric_is_there_and_no_other():
    named = set(re.findall(r"`(sparhund_[a-z_]*[a-z])`", TEXT))
    assert {re.sub(r"_total$", "", name) for name in named} == GIVEN
    assert named <= SERIES


def test_each_alert_is_there_and_no_other():
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "sparhund.rules.yml").read_text())
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"] if "alert" in rule}
    assert set(re.findall(r"`(Sparhund[A-Z]\w+)`", TEXT)) == alerts


def test_the_settings_that_it_shows_load_and_are_all_that_there_are():
    shown = tomllib.loads(re.search(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)[1])
    assert settings.parse(shown).operations.log == "json"
    assert list(shown["operations"]) == [each.name for each in fields(OperationsSettings)]


def test_each_file_that_it_names_is_there():
    for path in re.findall(r"deploy/[\w./-]*\w", TEXT):
        assert (ROOT / path).exists() or list(ROOT.glob(path)), path
