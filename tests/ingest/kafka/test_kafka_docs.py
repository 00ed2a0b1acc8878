"""What docs/kafka.md shows loads as it stands there, and names every setting and sample."""

import dataclasses
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from ingest.mapping import mappings
from schemas import settings
from schemas.kafka import KafkaSettings

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "kafka.md").read_text(encoding="utf-8")
SAMPLES = sorted(path.name for path in (ROOT / "deploy" / "samples").iterdir())


@pytest.mark.parametrize("block", re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
def test_the_settings_load(block):
    found = settings.parse(tomllib.loads(block))
    assert found.kafka.brokers
    assert {source.mapping for source in found.sources.values()} <= set(mappings())


def test_every_setting_stands_in_the_table():
    listed = "".join(line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", listed)) == {each.name for each in dataclasses.fields(KafkaSettings)}


def test_every_sample_for_kafka_is_named_and_of_its_format():
    named = set(re.findall(r"`([\w-]+\.(?:conf|ya?ml|json))`", TEXT))
    assert named == {name for name in SAMPLES if "kafka" in name or "debezium" in name}
    folder = ROOT / "deploy" / "samples"
    connector = json.loads((folder / "debezium-postgresql.json").read_text())["config"]
    topic = f"{connector['topic.prefix']}.{connector['table.include.list']}"
    topics = {topic, yaml.safe_load((folder / "winlogbeat-kafka.yml").read_text())["output.kafka"]["topic"]}
    assert topics <= set(re.findall(r'^"?([\w.-]+)"? = "\w+"', TEXT, re.MULTILINE))
