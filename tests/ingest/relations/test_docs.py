"""What docs/relations.md shows is what is read."""

import re
import tomllib
from pathlib import Path

from schemas.relations import REGISTER_COLUMNS
from schemas.settings import parse
from schemas.tables import KIN_KINDS

DOCUMENT = (Path(__file__).parents[3] / "docs" / "relations.md").read_text(encoding="utf-8")


def test_the_settings_are_settings():
    decided, spelt = (tomllib.loads(text) for text in re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL))
    assert parse(decided).detection.relations_decision
    settings = parse(spelt).relations
    assert settings.register["street"] == ["Gatuadress", "Utdelningsadress"]
    assert settings.meanings("relation")["gift med"] == "spouse"


def test_every_kind_and_column_is_told():
    table = DOCUMENT[DOCUMENT.index("| kind |") : DOCUMENT.index("`subjects.csv`:")]
    assert {kind for kind in KIN_KINDS if not re.search(rf"\| .*\b{kind}\b.* \|", table)} == set()
    assert {name for name in REGISTER_COLUMNS if f"`{name}`" not in DOCUMENT} == set()
