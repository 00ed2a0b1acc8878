"""What docs/questions.md shows is run as it stands there."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from analytics import cases
from analytics.question import question
from dashboards.cli import cli
from schemas.sqlfile import Case

TEXT = (Path(__file__).parents[2] / "docs" / "questions.md").read_text(encoding="utf-8")
GIVEN = """
time                 | object_id | actor_account | action
2026-03-01T08:00:00Z | 8812      | anna.b        | read
2026-04-01T08:00:00Z | 8812      | bo.c          | read
"""


def block(kind):
    return re.search(rf"^```{kind}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture
def beside_a_lake(home, monkeypatch):
    made = home(GIVEN)
    made.root.rename(made.root.parent / "lake")
    monkeypatch.chdir(made.root.parent)


@pytest.mark.usefixtures("beside_a_lake")
def test_the_command():
    program, *words = shlex.split(block(""))
    assert program == "sparhund"
    result = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert result.exit_code == 0
    assert "anna.b" in result.stdout
    assert "bo.c" not in result.stdout


@pytest.mark.usefixtures("beside_a_lake")
def test_the_notebooks_lines():
    given = {}
    exec(block("python"), given)
    assert list(given["answer"].to_pandas()["actor_account"]) == ["anna.b", "bo.c"]


def test_the_case():
    (case,) = tomllib.loads(block("toml"))["case"]
    file = question("who_accessed_object")
    assert not cases.difference(file, Case(**case, rest={}))
