"""The dashboards' files: up to date, of the SDK's schema, in words, and provisioned."""

import json
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from analytics.question import columns, questions
from dashboards.grafana import infinity
from dashboards.grafana.boards import BOARDS, FOLDER, text

plugins.register_default_plugins()
infinity.register()


def board(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def test_each_dashboard_has_its_file_and_no_other() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(BOARDS)


@pytest.mark.parametrize("name", BOARDS)
def test_a_file_is_what_python_m_dashboards_grafana_writes(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == text(name), "run python -m dashboards.grafana"


@pytest.mark.parametrize("name", BOARDS)
def test_a_file_is_of_the_sdks_schema(name: str) -> None:
    """All that it says is read by the SDK's own models: there and back nothing is lost."""
    read = Dashboard.from_json(board(name))
    assert json.loads(json.dumps(read, cls=JSONEncoder)) == board(name)
    for panel in read.panels or ():
        for target in panel.targets or ():  # type: ignore[union-attr]
            assert type(target).__name__ in {"Query", "Dataquery"}  # and none as what nobody knows


@pytest.mark.parametrize("name", BOARDS)
def test_each_panel_has_a_title_of_its_own_a_description_a_source_and_a_place(name: str) -> None:
    panels = board(name)["panels"]
    assert len({panel["title"] for panel in panels}) == len(panels) >= 6
    for panel in panels:
        assert panel["description"].endswith((".", "dess.")), panel["title"]
        assert panel["datasource"]["uid"] in {"sparhund-api", "sparhund-prometheus"}
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
    spots = [(x, y) for panel in panels for x, y in _cells(panel["gridPos"])]
    assert len(spots) == len(set(spots))


def _cells(place: dict[str, int]) -> list[tuple[int, int]]:
    return [
        (x, y)
        for x in range(place.get("x", 0), place.get("x", 0) + place["w"])
        for y in range(place.get("y", 0), place.get("y", 0) + place["h"])
    ]


@pytest.mark.parametrize("name", BOARDS)
def test_columns_are_those_of_the_question_under_the_glossarys_headings(name: str) -> None:
    for panel in board(name)["panels"]:
        for target in panel["targets"]:
            if "columns" not in target:
                continue
            shown = [column["text"] for column in target["columns"]]
            assert len(shown) == len(set(shown)), panel["title"]
            asked = target["url"].partition("?")[0].rpartition("/questions/")[2]
            if asked in questions():
                assert {column["selector"] for column in target["columns"]} <= set(columns(questions()[asked]))


@pytest.mark.parametrize("name", BOARDS)
def test_infinity_panels_use_url_root_selector_and_columns_only(name: str) -> None:
    """So that test_panels.py asks as Grafana would: no filter, computed column, body or header of the plug-in's own."""
    said = {"type": "json", "source": "url", "format": "table", "parser": "backend", "filters": []}
    said |= {"url_options": {"method": "GET"}}
    for panel in board(name)["panels"]:
        for target in panel["targets"]:
            if panel["datasource"]["uid"] != "sparhund-api":
                continue
            asked = {key: target[key] for key in target.keys() - said.keys() - {"refId", "datasource"}}
            assert asked.keys() == {"url", "root_selector", "columns"}, panel["title"]
            assert {key: target[key] for key in said} == said, panel["title"]
            assert target["url"].startswith("/api/v1/"), "of our own API, below the data source's address"
            for column in asked["columns"]:
                assert column.keys() == {"selector", "text", "type"}, panel["title"]
                assert column["selector"].isidentifier(), "a column of a row, no expression"
            assert not panel.get("transformations"), panel["title"]


def test_codes_are_shown_as_words() -> None:
    (panel,) = [each for each in board("overview")["panels"] if each["title"] == "Åtkomst per nivå"]
    mapped = {each["matcher"]["options"]: each["properties"][0]["value"] for each in panel["fieldConfig"]["overrides"]}
    assert mapped["åtgärd"][0]["options"]["read"]["text"] == "läste"


def test_a_stale_file_would_be_noticed() -> None:
    path = Path(FOLDER / "overview.json")
    assert path.read_text(encoding="utf-8").replace("sparhund-overview", "x") != text("overview")
