"""docs/security.md names files that there are, and tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.partition("## Not met")[0].splitlines()
    if line.startswith("|") and not line.startswith(("| ASVS", "|--"))
]
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_files_and_tests_that_there_are(row: list[str]) -> None:
    _, requirement, held, proved = row
    assert requirement
    files = re.findall(r"`([^`]+)`", held)
    assert files
    assert [name for name in files if not (ROOT / name).exists()] == []
    tests = re.findall(r"`(test_\w+)`", proved)
    assert tests or proved == "none"
    assert [name for name in tests if name not in TESTS] == []


def test_what_is_not_met_is_said() -> None:
    assert TEXT.partition("## Not met")[2].count("\n| ") > 5
