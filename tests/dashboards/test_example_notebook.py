from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from nbclient import NotebookClient

from dashboards.cli import cli
from ingest.simulator.simulation import simulate

NOTEBOOK = Path(__file__).parents[2] / "docs" / "example.ipynb"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    simulate(folder / "demo", people=60, days=2, seed=1)
    result = CliRunner().invoke(cli, ("ingest", "--config", str(folder / "demo" / "settings.toml")))
    assert result.exit_code in {0, 1}, result.output
    return folder


def test_the_example_notebook_runs_and_shows_an_answer(demo):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "a committed notebook holds no output"
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(demo)}}).execute()
    shown = [
        output.get("text") or output["data"]["text/plain"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    assert any("actor_person" in text and "events" in text for text in shown)
    assert any(text.startswith("Vad svaret bygger på: 17 källor") for text in shown)
    assert any("lindan" in text for text in shown)
