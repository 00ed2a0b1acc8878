"""The worked example of docs/table_csv.md is run as it stands there."""

import io
import json
import re
from pathlib import Path

from schemas import settings
from tests import reading

DOCUMENT = Path(__file__).parents[2] / "docs" / "table_csv.md"


def _block(language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert len(found) == 1
    return found[0]


def test_the_worked_example_gives_what_the_document_says(tmp_path: Path) -> None:
    file = tmp_path / "sparhund.toml"
    file.write_text(_block("toml"), encoding="utf-8")
    source = settings.load(file).sources["omsorg"]
    table = io.BytesIO(_block("csv").encode(source.framing["encoding"]))

    found = reading.records(table, source)

    for record in found:
        for event in record["events"]:
            details = json.loads(event.pop("details"))
            assert set(details) == set(_block("csv").splitlines()[0].split(";"))
    assert found == [json.loads(line) for line in _block("json").splitlines()]
