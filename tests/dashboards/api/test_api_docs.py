"""What docs/api.md shows is run as it stands there, and what it lists is what there is."""

import re
import shlex
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboards.api.endpoints import NUMBERS
from dashboards.api.openapi import description
from dashboards.api.shapes import MOST_ROWS
from dashboards.auth.store import MOST_DAYS, SCOPES
from dashboards.grafana.boards import BOARDS, STATISTICS
from schemas.serve import ServeSettings
from tests.dashboards.api.conftest import token
from tests.dashboards.conftest import Served

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
SHELLS = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
CURLS = [line for block in SHELLS for line in block.splitlines()]
PYTHONS = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def rows(heading: str) -> list[list[str]]:
    """The table below HEADING, without its head."""
    section = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("line", CURLS)
def test_curl_gets_an_answer(served: Served, tmp_path: Path, line: str) -> None:
    text = line.replace("$TOKEN", token(served)).replace("$SPARHUND", served.address)
    words = [*shlex.split(text), "--silent", "--show-error", "--fail", "--noproxy", "*"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    files = list(tmp_path.iterdir())
    assert done.stdout.startswith("{") if "-o" not in words else files[0].read_bytes()[:4] == b"PAR1"


@pytest.mark.parametrize("code", PYTHONS)
def test_python_gets_all_rows(served: Served, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"SPARHUND": served.address, "TOKEN": token(served)}
    exec(compile(code, "docs/api.md", "exec"), names)
    count, said = capsys.readouterr().out.split(" ", 1)
    assert int(count) > 0
    assert said.strip()


def test_there_is_something_to_run() -> None:
    assert (len(CURLS), len(PYTHONS)) == (5, 2)


def test_each_refusal_stands_there_and_no_other(served: Served) -> None:
    told = {row[0] for row in rows("Refusals")}
    described = {
        code
        for path in description()["paths"].values()
        for operation in path.values()
        for code in operation["responses"]
        if code >= "4"
    }
    assert told == described | {"405", "500"}
    assert set(httpx.get(f"{served.address}/api/v1/me", trust_env=False).json()) == {"error", "field", "status"}


def test_each_limit_stands_there_with_its_default() -> None:
    told = {}
    for names, values, _ in rows("Limits"):
        told |= dict(zip(re.findall(r"`(\w+)`", names), values.split(", "), strict=True))
    found = ServeSettings()
    sizes = {"GiB": 1 << 30, "MiB": 1 << 20}
    for name, text in told.items():
        number, _, unit = text.partition(" ")
        assert float(number) * sizes.get(unit, 1) == getattr(found, name), name
    addresses = {"listen", "hosts", "certificate", "certificate_key"}
    assert set(told) | addresses == {each.name for each in fields(ServeSettings)}
    assert f"{MOST_ROWS:,}" in TEXT
    assert f"({NUMBERS['page_size'][0]} to {NUMBERS['page_size'][1]}" in TEXT
    assert f"({MOST_DAYS} days at most)" in TEXT


def test_each_scope_and_dashboard_stands_there() -> None:
    assert [row[0].strip("`") for row in rows("A token")] == list(SCOPES)
    enough, wanting = rows("Grafana")
    assert set(enough[0].split(", ")) == STATISTICS
    assert set(wanting[0].split(", ")) == set(BOARDS) - STATISTICS
