"""What was asked of sparhund about a person is told apart on the person's page, and not hidden."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from analytics.answer import answer
from analytics.installation import OWN, Installation, installation
from analytics.question import question, questions
from dashboards.cli import cli
from dashboards.server.app import make, opened
from tests.dashboards.serving import serving
from tests.dashboards.town import town
from tests.dashboards.web.visiting import Visit, visiting

ASKED = 3


def asked(home: Installation, name: str, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = answer(home, question(name), params, purpose="Prov").rows.to_pylist()
    return rows


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Visit, str, int]]:
    """A visit to a municipality where a person was asked about, which was read in since; her token and events."""
    folder = town(tmp_path_factory.getbasetemp())
    home = installation(None, folder / "settings.toml")
    subject = next(row["subject"] for row in asked(home, "events", system="Lindan") if row["subject"])
    before = len(asked(home, "events_about", subject=subject))
    for _ in range(ASKED - 1):
        asked(home, "who_accessed_subject", subject=subject)
    _ingest(folder)
    desk = opened(installation(None, folder / "settings.toml"))
    with serving(make(desk)) as server, visiting(server.address, desk, "Prov") as visit:
        yield visit, subject, before


def _ingest(folder: Path) -> None:
    CliRunner().invoke(cli, ["ingest", "--config", str(folder / "settings.toml")], catch_exceptions=False)


def number(text: str, heading: str) -> int:
    found = re.search(rf"<dt>{heading}</dt>\s*<dd><a[^>]*>(?:<strong>)?([^<]*)", text)
    assert found, heading
    return int(re.sub(r"\D", "", found[1]))


def test_what_was_asked_of_sparhund_is_no_access_to_the_person_and_is_counted_beside(
    visited: tuple[Visit, str, int],
) -> None:
    visit, subject, before = visited
    text = visit.get(f"/subject/{subject}").text
    assert number(text, "Händelser") == before
    assert number(text, "Frågor i sparhund om personen") == ASKED
    assert "räknas inte bland händelserna" in text
    href = re.findall(r'<dt>Frågor i sparhund om personen</dt><dd><a href="([^"]*)"', text)[0]
    rows = visit.get(unescape(href) + "&format=csv").text.splitlines()[1:]
    assert sum(";sökte;" in row for row in rows) == ASKED


def test_they_count_where_that_is_chosen_and_the_choice_follows_the_page(visited: tuple[Visit, str, int]) -> None:
    visit, subject, before = visited
    (href,) = re.findall(
        r'<a href="([^"]*own=true)">Räkna dem också', visit.get(f"/subject/{subject}?start=2026-01-01").text
    )
    text = visit.get(unescape(href)).text
    assert number(text, "Händelser") >= before + 2 * ASKED  # each is asked and answered
    assert "Räkna utan dem" in text
    (events,) = re.findall(r'<dt>Händelser</dt>\s*<dd><a href="([^"]*)"', text)
    assert "own=true" in events
    assert visit.get(unescape(events)).status_code == 200
    for whole in re.findall(r'<p class="whole"><a href="([^"]*)"', text):
        assert visit.get(unescape(whole)).status_code == 200
    assert all("own=true" in each for each in re.findall(rf'<li><a href="(/subject/{subject}[^"]*)"', text))


def test_a_word_that_is_no_choice_and_another_page_are_refused(visited: tuple[Visit, str, int]) -> None:
    visit, subject, _ = visited
    assert visit.get(f"/subject/{subject}?own=kanske").status_code == 400
    assert visit.get("/system/Lindan?own=true").status_code == 400


def test_questions_mean_the_source_of_our_own_acts() -> None:
    able = [file for file in questions().values() if any(param.name == "own" for param in file.params)]
    assert {file.name for file in able} == {"who_accessed_subject", "events_about", "activity_about"}
    assert all(f"$own OR source IS DISTINCT FROM '{OWN}'" in file.sql for file in able)
