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
from schemas.errors import LimitError
from schemas.terms import LANGUAGES
from tests.dashboards.conftest import Served
from tests.dashboards.web.browsing import close
from tests.dashboards.web.conftest import _axe
from tests.dashboards.web.test_keyboard import reach
from tests.dashboards.web.visiting import cookies
from tests.dashboards.web.wording import Words, begun, read_in

pytestmark = pytest.mark.program("chromium")

KARIN = Caller("karin")
READ = pytest.mark.parametrize("language", LANGUAGES)


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
    head, *lines = csv.reader(text.splitlines(), delimiter=";")
    assert {"personuppgiftsansvarig", "åtgärd", "händelser"} <= set(head)
    assert len(lines) > 1
    assert fetched(page, "Parquet", tmp_path).read_bytes()[:4] == b"PAR1"


def test_a_selection_of_a_workbench_is_fetched_as_a_file(page: Page, board: str, tmp_path: Path) -> None:
    page.goto(f"{board}?action=read")
    path = fetched(page, "JSON", tmp_path)
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["selection"]["action"] == "read"
    assert {row["action"] for row in told["rows"]} == {"read"}
    assert told["statement"]
    text = fetched(page, "CSV", tmp_path).read_text(encoding="utf-8-sig")
    lines = list(csv.DictReader(text.splitlines(), delimiter=";"))
    assert {"rör", "fäst", "anteckningar"} <= set(lines[0])


# By keyboard alone


@READ
def test_a_workbench_by_keyboard(page: Page, board: str, words: Words) -> None:
    page.goto(board)
    pin = page.get_by_role("button", name=re.compile(f"^{words.say('workbench.pin.one', '')}")).first
    reach(page, pin)
    page.keyboard.press("Enter")
    note = page.get_by_label(words.say("workbench.note.pin", 1))
    reach(page, note)
    page.keyboard.type("Kvällen då det började.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".pins .written")).to_have_text("Kvällen då det började.")


@READ
def test_the_register_and_its_coverage_by_keyboard(page: Page, words: Words) -> None:
    page.goto("/register")
    reach(page, page.locator("main select[name=k]"))
    page.keyboard.type(words.say("register.level", 3))
    reach(page, page.get_by_role("main").get_by_role("button", name=words.say("register.show"), exact=True))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("k=3"))
    reach(page, page.get_by_label(words.say("register.which")))


@READ
def test_health_down_to_a_source_by_keyboard(page: Page, words: Words) -> None:
    page.goto("/health")
    reach(page, page.locator("table").get_by_role("link", name="lindan", exact=True).first)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/health/lindan$"))
    reach(page, page.get_by_role("button", name=words.say("rederive.do")))


@READ
def test_a_namnds_threat_picture_by_keyboard(page: Page, words: Words) -> None:
    page.goto("/threats")
    reach(page, page.get_by_label(words.say("threats.controller"), exact=True))
    page.keyboard.type("Socialnämnden")
    reach(page, page.get_by_role("main").get_by_role("button", name=words.say("register.show"), exact=True))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("controller=Socialn"))


@READ
def test_a_question_by_keyboard(page: Page, words: Words) -> None:
    page.goto("/questions")
    reach(page, page.get_by_role("link", name=words.question("who_had_address")))
    page.keyboard.press("Enter")
    reach(page, page.locator("#f-address"))
    page.keyboard.type("10.20.18.20")
    page.keyboard.press("Tab")
    page.keyboard.type("2026-03-02 15:52")
    reach(page, page.get_by_role("main").get_by_role("button", name=words.say("question.ask"), exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=begun(words.term("answer")), exact=True)).to_be_visible()
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


@READ
def test_errors_can_be_used_by_all(
    page: Page, served: Served, accessible: Callable[[], None], words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    """400, 403, 404, 405, 413, 422 and 429; 401 is what a form in an ended session meets (test_unsent.py).

    410 is none of a page: only the API holds answers.
    """

    def met(answer: Response | None, status: int) -> None:
        assert answer
        assert answer.status == status
        expect(page.get_by_role("heading", level=1)).to_have_text(words.say(f"refusal.{status}"))
        expect(page.get_by_role("link", name=words.say("refusal.back"))).to_be_visible()
        accessible()

    def sent(button: str) -> Response:
        with page.expect_navigation() as waited:
            page.get_by_role("button", name=words.say(button), exact=True).click()
        return waited.value

    met(page.goto("/register?k=9"), 400)
    met(page.goto("/nowhere"), 404)
    page.goto("/questions")
    page.locator("form[action='/out'] input[name=csrf]").evaluate("field => { field.value = 'another' }")
    met(sent("out"), 403)
    page.goto("/questions")
    page.locator("form[action='/out']").evaluate("form => { form.action = '/questions' }")
    met(sent("out"), 405)
    page.goto("/register")
    large = b"#" * (served.desk.settings.body_bytes + 1)
    page.locator("#file").set_input_files({"name": "register.toml", "mimeType": "text/plain", "buffer": large})
    met(sent("register.compare"), 413)
    expect(page.get_by_role("alert")).to_contain_text(words.say("unsent.cut"))

    def too_much(*_: object) -> None:
        raise LimitError("took longer than 1 s; ask about a shorter period or less")

    with monkeypatch.context() as patched:
        patched.setattr("dashboards.health.Health.sources", too_much)
        met(page.goto("/health"), 422)
    monkeypatch.setattr(served.desk, "rate", Rate(0.0001, 0))
    met(page.goto("/questions"), 429)


@READ
@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_can_not_answer_is_read_by_all(
    browser: Browser, served: Served, signed_in: Any, words: Words, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """Without the fixture `page`, which takes such an answer for a fault."""

    async def broken(*_: object) -> None:
        raise RuntimeError

    if status == 503:
        monkeypatch.setattr(served.desk, "_under_way", 10_000)
    else:
        monkeypatch.setattr(type(served.desk), "answer", broken)
    context = browser.new_context(base_url=served.address, storage_state=signed_in, locale="sv-SE")
    read_in(context, served.address, words.language)
    page = context.new_page()
    answer = page.goto("/questions")
    assert answer
    assert answer.status == status
    expect(page.get_by_role("heading", level=1)).to_have_text(words.say(f"refusal.{status}"))
    reason = {
        500: "something went wrong here; tell who looks after sparhund: incident",
        503: "too many wait for an answer",
    }
    expect(page.get_by_role("main")).to_contain_text(words.say(f"fault.{reason[status]}"))
    page.evaluate(_axe())
    found = page.evaluate(
        "() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}).then(r => r.violations)"
    )
    assert found == []
    close(context)
