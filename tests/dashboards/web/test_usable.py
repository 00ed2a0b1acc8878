"""Files fetched in a browser, pages by keyboard alone, and pages that all can use: charts, forms and errors."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from analytics import workbench as kept
from analytics.caller import Caller
from dashboards.server.rates import Rate
from tests.dashboards.conftest import Served
from tests.dashboards.web.conftest import _axe
from tests.dashboards.web.test_keyboard import reach
from tests.dashboards.web.visiting import cookies

pytestmark = pytest.mark.program("chromium")

KARIN = Caller("karin")


@pytest.fixture(scope="module")
def served(own: Served) -> Served:
    """A municipality of our own, with a workbench."""
    return own


@pytest.fixture(scope="module")
def signed_in(served: Served) -> Any:
    return cookies(served.desk, "prov")


@pytest.fixture(scope="module")
def snooper(served: Served) -> str:
    told = json.loads((served.folder / "truth" / "incidents.json").read_text(encoding="utf-8"))
    return str(next(each for each in told if each["id"] == "granne")["who"][0]["person"])


@pytest.fixture
def board(served: Served, snooper: str) -> str:
    found = kept.open_workbench(served.home, "KS 2026/114", who=KARIN)
    kept.note(served.home, found, "added", kind="person", value=snooper, who=KARIN)
    return f"/workbench/{found}"


# Files


def fetched(page: Page, name: str, folder: Path) -> Path:
    with page.expect_download() as waited:
        page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()
    path = folder / waited.value.suggested_filename
    waited.value.save_as(path)
    return path


def test_an_answer_is_fetched_as_a_file(page: Page, tmp_path: Path) -> None:
    page.goto("/question/access_by_level")
    path = fetched(page, "CSV", tmp_path)
    assert path.name.startswith("access_by_level")
    text = path.read_text(encoding="utf-8-sig")
    head, *lines = csv.reader(text.splitlines())
    assert {"controller", "action", "events"} <= set(head)
    assert len(lines) > 1
    assert fetched(page, "Parquet", tmp_path).read_bytes()[:4] == b"PAR1"


def test_a_selection_of_a_workbench_is_fetched_as_a_file(page: Page, board: str, tmp_path: Path) -> None:
    page.goto(f"{board}?action=read")
    path = fetched(page, "JSON", tmp_path)
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["selection"]["action"] == "read"
    assert {row["action"] for row in told["rows"]} == {"read"}
    assert told["statement"]
    lines = list(csv.DictReader(fetched(page, "CSV", tmp_path).read_text(encoding="utf-8-sig").splitlines()))
    assert {"marks", "pinned", "notes"} <= set(lines[0])


# By keyboard alone


def test_a_workbench_by_keyboard(page: Page, board: str) -> None:
    page.goto(board)
    pin = page.get_by_role("button", name=re.compile("^Fäst händelsen")).first
    reach(page, pin)
    page.keyboard.press("Enter")
    note = page.get_by_label("Anteckning om händelse 1")
    reach(page, note)
    page.keyboard.type("Kvällen då det började.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".pins .written")).to_have_text("Kvällen då det började.")


def test_the_register_and_its_coverage_by_keyboard(page: Page) -> None:
    page.goto("/register")
    reach(page, page.locator("main select[name=k]"))
    page.keyboard.type("nivå 3")
    reach(page, page.get_by_role("main").get_by_role("button", name="Visa", exact=True))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("k=3"))
    reach(page, page.get_by_label("Vilken av registrets filer ersätts?"))


def test_health_down_to_a_source_by_keyboard(page: Page) -> None:
    page.goto("/health")
    reach(page, page.locator("table").get_by_role("link", name="lindan", exact=True).first)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/health/lindan$"))
    reach(page, page.get_by_role("button", name="Jämför"))


def test_a_namnds_threat_picture_by_keyboard(page: Page) -> None:
    page.goto("/threats")
    reach(page, page.get_by_label("Nämnd"))
    page.keyboard.type("Socialnämnden")
    reach(page, page.get_by_role("main").get_by_role("button", name="Visa", exact=True))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("controller=Socialn"))


def test_a_question_by_keyboard(page: Page) -> None:
    page.goto("/questions")
    reach(page, page.get_by_role("link", name=re.compile("^Vilket konto, vilken enhet och vilken person")))
    page.keyboard.press("Enter")
    reach(page, page.locator("#f-address"))
    page.keyboard.type("10.20.18.20")
    page.keyboard.press("Tab")
    page.keyboard.type("2026-03-02 15:52")
    reach(page, page.get_by_role("button", name="Fråga"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Svar", exact=True)).to_be_visible()
    reach(page, page.get_by_role("main").get_by_role("link", name="CSV", exact=True))


# For all


@pytest.mark.parametrize(
    "path",
    [
        "/question/who_had_address",  # a form of what must be told
        "/question/timeline?actors={who}&start=2026-03-02&ask=1",  # a strip of time, and a list as a field
        "/question/access_outside_hours",
        "/question/explained_share?month=2026-03",
        "/question/threat_trend",
        "/question/who_accessed_subject?subject=p_00000000000000000000000000000000&ask=1",  # nothing
        "/question/persons_affected?actors={who}&start=2026-03-02&stop=2026-03-08",
        "/question/events?system=Lindan&explained=all",
        "/question/usual_work?person={who}&start=2026-03-02&stop=2026-03-06",
        "/question/logins?start=igår",  # a fault in the form
    ],
)
def test_questions_can_be_used_by_all(page: Page, accessible: Callable[[], None], snooper: str, path: str) -> None:
    page.goto(path.format(who=snooper))
    accessible()


def test_the_way_in_can_be_used_by_all(page: Page, served: Served, accessible: Callable[[], None]) -> None:
    page.context.clear_cookies()
    for address in (served.link(), "/signin"):
        page.goto(address)
        accessible()
    page.goto(f"{served.address}/signin?code=spent")
    page.get_by_role("button", name="Logga in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    accessible()


def test_errors_can_be_used_by_all(
    page: Page, served: Served, accessible: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """400, 403, 404 and 429; 401 is what a form in an ended session meets (test_unsent.py)."""

    def met(answer: Response | None, status: int) -> None:
        assert answer
        assert answer.status == status
        expect(page.get_by_role("heading", level=1)).not_to_be_empty()
        expect(page.get_by_role("link", name="Till startsidan")).to_be_visible()
        accessible()

    met(page.goto("/register?k=9"), 400)
    met(page.goto("/nowhere"), 404)
    page.goto("/questions")
    page.locator("form[action='/out'] input[name=csrf]").evaluate("field => { field.value = 'another' }")
    with page.expect_navigation() as waited:
        page.get_by_role("button", name="Logga ut").click()
    met(waited.value, 403)
    monkeypatch.setattr(served.desk, "rate", Rate(0.0001, 0))
    met(page.goto("/questions"), 429)


def test_a_server_that_can_not_answer_is_read_by_all(
    browser: Browser, served: Served, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503: without the fixture `page`, which takes such an answer for a fault."""
    context = browser.new_context(base_url=served.address, storage_state=signed_in, locale="sv-SE")
    page = context.new_page()
    monkeypatch.setattr(served.desk, "_under_way", 10_000)
    answer = page.goto("/questions")
    assert answer
    assert answer.status == 503
    expect(page.get_by_role("heading", level=1)).to_have_text("Kan inte svara just nu")
    expect(page.get_by_text("Många väntar på svar just nu.")).to_be_visible()
    page.evaluate(_axe())
    found = page.evaluate(
        "() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}).then(r => r.violations)"
    )
    assert found == []
    context.close()
