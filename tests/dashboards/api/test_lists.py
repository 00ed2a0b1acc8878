"""How everything stands and what is declared, over HTTP: as rows, page by page and as files, with what they rest on."""

import csv
import io
import json
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from analytics.detect.knowledge import detections, explanations
from dashboards.cells import plain
from dashboards.cli import cli
from tests.dashboards.api.conftest import acts, position
from tests.dashboards.conftest import Served

LISTS = ["status", "sources", "rejects", "assets", "detections", "explanations"]


def whole(asking: httpx.Client, name: str, **params: Any) -> dict[str, Any]:
    """The list NAME, all of whose rows fit on a page."""
    answer = asking.get(f"/api/v1/{name}", params={"page_size": 1000, **params})
    found: dict[str, Any] = answer.raise_for_status().json()
    assert found["next"] is None
    return found


def refusal(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json()["field"]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_rows_that_its_columns_name_and_says_what_it_rests_on(
    statistician: httpx.Client, served: Served, name: str
) -> None:
    since = position(served)
    document = whole(statistician, name, language="en")
    names = [each["name"] for each in document["columns"]]
    assert name == "rejects" or document["rows"]
    assert all(list(row) == names for row in document["rows"])
    assert {each["source"] for each in document["sources"]} >= set(served.home.settings.sources)
    assert document["statement"]
    assert acts(served, since) == [], "it names nobody, and is told also when nothing can be written down"
    asked = statistician.get("/api/v1/questions/silent_sources").json()
    assert document["complete"] is asked["complete"]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_as_a_file_holds_the_rows_of_the_document(statistician: httpx.Client, name: str) -> None:
    document = whole(statistician, name)
    files = {kind: statistician.get(f"/api/v1/{name}", params={"format": kind}) for kind in ("csv", "parquet", "arrow")}
    parquet = pq.read_table(io.BytesIO(files["parquet"].content))
    arrow = pa.ipc.open_stream(files["arrow"].content).read_all()
    texts = list(csv.DictReader(io.StringIO(files["csv"].text)))
    assert parquet.column_names == arrow.column_names == [each["name"] for each in document["columns"]]
    steady = [each for each in parquet.column_names if name != "status" or each in {"source", "rejects", "balance"}]
    rows = [{key: row[key] for key in steady} for row in document["rows"]]
    for table in (parquet, arrow):
        assert [plain(row) for row in table.select(steady).to_pylist()] == rows
        assert table.schema.metadata[b"sparhund.statement"].decode().splitlines()[0] == document["statement"][0]
    assert len(texts) == len(rows)
    for kind, answer in files.items():
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.{kind}"'
        assert answer.headers["Sparhund-Complete"] == str(document["complete"]).lower()


@pytest.mark.parametrize("name", [each for each in LISTS if each != "rejects"])
def test_a_list_page_by_page_is_all_of_it(statistician: httpx.Client, name: str) -> None:
    key = "source" if name in {"status", "sources"} else "asset" if name == "assets" else "name"
    wanted = [row[key] for row in whole(statistician, name)["rows"]]
    size = len(wanted) // 2 + 1
    first = statistician.get(f"/api/v1/{name}?page_size={size}").json()
    second = statistician.get(f"/api/v1/{name}", params={"page_size": size, "cursor": first["next"]}).json()
    assert [row[key] for row in first["rows"] + second["rows"]] == wanted
    assert second["next"] is None
    assert second["statement"] == first["statement"]
    other = "sources" if name != "sources" else "assets"
    assert refusal(statistician.get(f"/api/v1/{other}", params={"cursor": first["next"]})) == (410, "cursor")
    assert refusal(statistician.get(f"/api/v1/{name}?format=xml")) == (400, "format")
    assert refusal(statistician.get(f"/api/v1/{name}?limit=3")) == (400, "limit")


def test_rules_are_told_with_benign_reasons_and_triage(statistician: httpx.Client) -> None:
    for name, files in (("detections", detections()), ("explanations", explanations())):
        rules = {each["name"]: each for each in whole(statistician, name)["rows"]}
        assert set(rules) == set(files)
        assert all(rule["sv"] for rule in rules.values())
    assert all(json.dumps(rule).isprintable() for rule in rules.values())
    assert all(
        rule["sv_finds"] and rule["sv_benign"] and rule["sv_triage"]
        for rule in whole(statistician, "detections")["rows"]
    )


def test_status_is_the_command_lines(statistician: httpx.Client, served: Served) -> None:
    document = whole(statistician, "status")
    assert document["balance"] is True
    rows = {row["source"]: row for row in document["rows"]}
    assert rows["ad"]["records"] == rows["ad"]["events"] + rows["ad"]["rejects"] + rows["ad"]["repeats"]
    assert set(rows) >= set(served.home.settings.sources)
    words = ["status", "--config", str(served.folder / "settings.toml"), "--format", "json"]
    told = json.loads(CliRunner().invoke(cli, words, catch_exceptions=False).stdout)
    assert told.keys() - {"sources"} <= document.keys()
    assert told["context_faults"] == document["context_faults"]
    assert [row["source"] for row in told["sources"]] == list(rows)


def test_rejects_are_of_a_source_and_by_shape(statistician: httpx.Client) -> None:
    plain_, shapes = (
        [each["name"] for each in whole(statistician, "rejects", source="ad", **more)["columns"]]
        for more in ({}, {"shapes": "true"})
    )
    assert set(shapes) > set(plain_)
    assert refusal(statistician.get("/api/v1/rejects?source=none")) == (404, "source")
    assert refusal(statistician.get("/api/v1/rejects?shapes=yes")) == (400, "shapes")
