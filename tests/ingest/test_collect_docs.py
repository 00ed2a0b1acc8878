"""What docs/collect.md shows loads as it stands there."""

import re
import tomllib
from pathlib import Path

import pytest

from ingest.sources.collectors import COLLECTORS
from schemas import settings
from schemas.collectors import KINDS

TEXT = (Path(__file__).parents[2] / "docs" / "collect.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_settings_load(block):
    assert settings.parse(tomllib.loads(block)).collect


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_shown_and_can_be_run(kind):
    assert f'kind = "{kind}"' in "".join(BLOCKS)
    assert KINDS[kind] in COLLECTORS
