"""A form that is sent in a session that has ended, or with another's token: told to be unsaved, and shown again."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape

import httpx
import pytest
from playwright.sync_api import Page, expect

from analytics import workbench as kept
from analytics.caller import Caller
from analytics.detect.decide import history
from dashboards.auth.visitor import COOKIE
from dashboards.server.rates import Rate
from tests.dashboards.conftest import Served
from tests.dashboards.web.browsing import sign_in, state_purpose
from tests.dashboards.web.visiting import Visit, visiting

pytestmark = pytest.mark.program("chromium")

KARIN = Caller("karin")
LONG = "Vikarien stod inte i schemat.\n" * 60 + "<script>alert(1)</script> & \u202eslut"
NUMBER = "19121212-1212"


@pytest.fixture(scope="module")
def served(own: Served) -> Served:
    """A municipality of our own, in which something may be written."""
    return own


@pytest.fixture
def board(served: Served) -> str:
    return kept.open_workbench(served.home, "KS 2026/114", who=KARIN)


@pytest.fixture
def finding(visit: Visit) -> str:
    return re.findall(r'"/finding/(\w+)', visit.get("/findings").text)[-1]


@pytest.fixture
def visit(served: Served) -> Iterator[Visit]:
    with visiting(served.address, served.desk, "prov") as found:
        yield found


@pytest.fixture
def outside(served: Served) -> Iterator[httpx.Client]:
    """Somebody whose session has ended."""
    with httpx.Client(base_url=served.address, cookies={COOKIE: "ended"}, trust_env=False, timeout=60) as found:
        yield found


def leave(page: Page, served: Served) -> None:
    """End the session of PAGE behind its back, as time does."""
    (cookie,) = [each["value"] for each in page.context.cookies() if each["name"] == COOKIE]
    session = served.desk.store.session(cookie, datetime.now(UTC))
    assert session
    served.desk.store.end(session.key)


def sign_in_beside(page: Page, served: Served, *, stated: bool = True) -> None:
    """In another tab, by a new link."""
    tab = page.context.new_page()
    sign_in(tab, served.link())
    if stated:
        state_purpose(tab, served.address)
    tab.close()


def fields(text: str) -> dict[str, str]:
    """What the page would send again."""
    (form,) = [each for each in re.findall(r"<form.*?</form>", text, re.DOTALL) if "Skicka igen" in each]
    return {name: unescape(value) for name, value in re.findall(r'name="(.*?)" value="(.*?)"', form, re.DOTALL)}


def test_a_decision_in_an_ended_session_is_shown_sent_again_and_kept(
    page: Page, served: Served, finding: str, accessible: Callable[[], None]
) -> None:
    sign_in_beside(page, served)
    page.goto(f"/finding/{finding}")
    page.locator("#v-unclear").check()
    page.get_by_label(re.compile("^Skäl")).fill(LONG)
    leave(page, served)
    page.get_by_role("button", name="Spara beslutet").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Logga in först")
    expect(page.get_by_text("Du är inte längre inloggad.")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("har varken sparats eller besvarats")
    expect(page.get_by_label("Skäl")).to_have_value(LONG)
    assert history(served.home, finding) == []
    accessible()
    assert page.get_by_role("link", name="Logga in i en annan flik").get_attribute("href") == (
        f"/signin?next=%2Ffinding%2F{finding}"
    )
    sign_in_beside(page, served, stated=False)
    page.get_by_role("button", name="Skicka igen").click()
    # The form is of no session: whoever signed in sees what is sent in her or his name before it is.
    expect(page.get_by_text("Formuläret hör inte till den här inloggningen.")).to_be_visible()
    expect(page.get_by_label("Skäl")).to_have_value(LONG)
    accessible()
    page.get_by_role("button", name="Skicka igen").click()
    page.get_by_label("Ändamål").fill("Prov")
    page.get_by_role("button", name="Fortsätt").click()
    expect(page.locator(".history li").first).to_contain_text("Vikarien stod inte i schemat.")
    ((verdict, reason),) = [(each["verdict"], each["reason"]) for each in history(served.home, finding)]
    assert (verdict, reason.splitlines()) == ("unclear", LONG.splitlines())


def test_a_note_is_not_lost_when_somebody_signed_out_in_another_tab(page: Page, served: Served, board: str) -> None:
    sign_in_beside(page, served)
    page.goto(f"/workbench/{board}")
    page.get_by_label("Ny anteckning").fill("Samtal med enhetschefen.")
    leave(page, served)
    page.get_by_role("button", name="Spara anteckningen").click()
    expect(page.get_by_label("Text")).to_have_value("Samtal med enhetschefen.")
    assert kept.workbench(served.home, board).notes == ()


def test_an_upload_in_an_ended_session_says_that_the_file_must_be_chosen_again(
    page: Page, served: Served, accessible: Callable[[], None]
) -> None:
    sign_in_beside(page, served)
    page.goto("/register")
    page.locator("#file").set_input_files({"name": "register.toml", "mimeType": "text/plain", "buffer": b"x" * 100_000})
    leave(page, served)
    page.get_by_role("button", name="Visa skillnaden").click()
    expect(page.get_by_role("alert")).to_contain_text("en fil")
    expect(page.get_by_role("button", name="Skicka igen")).to_have_count(0)
    expect(page.get_by_role("link", name="Till sidan")).to_have_attribute("href", "/register")
    accessible()


@pytest.mark.parametrize("csrf", ["", "of another session"])
def test_a_form_of_another_session_is_shown_and_goes_when_it_is_sent_again(
    visit: Visit, served: Served, board: str, csrf: str
) -> None:
    text = "Skäl <b>1</b> & 2"
    answer = visit.client.post(f"/workbench/{board}", data={"act": "note", "text": text, "csrf": csrf})
    assert answer.status_code == 403
    assert fields(answer.text) == {"csrf": visit.csrf, "act": "note", "text": text}
    assert "<b>1</b>" not in answer.text
    assert kept.workbench(served.home, board).notes == ()
    assert visit.client.post(f"/workbench/{board}", data=fields(answer.text)).status_code == 303
    assert [each.text for each in kept.workbench(served.home, board).notes] == [text]


def test_a_note_that_came_too_soon_or_too_many_at_once_goes_when_it_is_sent_again(
    visit: Visit, served: Served, board: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.desk, "rate", Rate(0.0001, 0))
    answer = visit.post(f"/workbench/{board}", {"act": "note", "text": "en anteckning"})
    assert (answer.status_code, fields(answer.text)["text"]) == (429, "en anteckning")
    monkeypatch.undo()
    monkeypatch.setattr(served.desk, "_under_way", 10_000)
    answer = visit.post(f"/workbench/{board}", {"act": "note", "text": "en anteckning"})
    assert (answer.status_code, fields(answer.text)["text"]) == (503, "en anteckning")
    monkeypatch.undo()
    assert visit.client.post(f"/workbench/{board}", data=fields(answer.text)).status_code == 303


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (NUMBER, None),
        (f"gäller {NUMBER}, och ingen annan", "gäller …, och ingen annan"),
        ("19121212 1212 och 191212121212", "… och …"),
        ("191212121213", None),
        ("x" * 40_001, None),
    ],
)
def test_what_may_be_a_personal_number_is_not_written_out_again(
    outside: httpx.Client, text: str, shown: str | None
) -> None:
    answer = outside.post("/findings", data={"subject": text})
    assert answer.status_code == 401
    assert "Något kan inte visas igen" in answer.text
    assert text not in answer.text
    assert "Skicka igen" not in answer.text
    assert re.findall(r"<textarea[^>]*>(.*?)</textarea>", answer.text) == ([shown] if shown else [])
    assert not re.search(r"p_[0-9a-f]{32}", answer.text), "nobody learns a token who isn't signed in"


def test_a_reason_with_a_number_comes_back_without_it(visit: Visit, served: Served, finding: str) -> None:
    before = history(served.home, finding)
    answer = visit.post(f"/finding/{finding}", {"verdict": "unclear", "reason": f"Gäller {NUMBER}, vikarie."})
    assert answer.status_code == 400
    assert re.findall(r'<textarea id="reason"[^>]*>(.*?)</textarea>', answer.text) == ["Gäller …, vikarie."]
    assert "Det som liknar ett personnummer" in answer.text
    assert NUMBER not in answer.text
    assert history(served.home, finding) == before


def test_an_answer_to_nobody_is_small_and_reads_no_large_body(outside: httpx.Client) -> None:
    answer = outside.post("/findings", data={"person": "å" * 30_000})
    assert answer.status_code == 401
    assert len(answer.content) < 300_000
    answer = outside.post("/register", files={"file": ("x.toml", b"x" * 1_000_000)})
    assert (answer.status_code, len(answer.content) < 10_000) == (401, True)


def test_an_address_with_a_number_is_not_sent_to_again(outside: httpx.Client) -> None:
    answer = outside.post("/findings?person=191212121212", data={"unit": "u1"})
    assert answer.status_code == 401
    assert "191212121212" not in answer.text
    assert "Skicka igen" not in answer.text


def test_the_code_of_a_link_is_written_out_by_no_refusal(
    outside: httpx.Client, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.desk, "signing", Rate(0.5, 30))  # for this test alone: the others sign in too
    answers = [outside.post("/signin", data={"code": "a-code-of-a-link"}) for _ in range(40)]
    assert answers[-1].status_code == 429
    assert not any("a-code-of-a-link" in answer.text for answer in answers)
