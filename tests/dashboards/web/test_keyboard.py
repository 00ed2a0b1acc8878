"""Two whole jobs by keyboard alone: who read a record, down to the log record; and a finding, to its decision."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from schemas.terms import LANGUAGES
from tests.dashboards.conftest import Served
from tests.dashboards.web.wording import Words

pytestmark = pytest.mark.program("chromium")
# Whether what is wanted stands after the table that the link leads past.
_AFTER = "(link, wanted) => Boolean(document.getElementById(link.hash.slice(1)).compareDocumentPosition(wanted) & 4)"
_MOST = 400  # presses until something must have been reached


@pytest.fixture(scope="module")
def incident(served: Served) -> Any:
    told = json.loads((served.folder / "truth" / "incidents.json").read_text(encoding="utf-8"))
    return next(each for each in told if each["id"] == "granne")


def focused(wanted: Locator) -> bool:
    """Whether WANTED has the focus, and is to be seen so."""
    if not wanted.evaluate("each => each === document.activeElement"):
        return False
    expect(wanted).to_be_in_viewport()
    styled = wanted.evaluate("each => getComputedStyle(each).outlineStyle")
    assert styled != "none", "nothing shows where the focus is"
    return True


def reach(page: Page, wanted: Locator) -> None:
    """Go on by the tab key, past tables by their links, until WANTED has the focus."""
    expect(wanted).to_have_count(1)
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        if focused(wanted):
            return
        skips = page.locator(".over:focus")
        if skips.count() and skips.evaluate(_AFTER, wanted.element_handle()):
            page.keyboard.press("Enter")
    pytest.fail("it can't be reached by keyboard")


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_read_a_record_down_to_the_log_record(page: Page, incident: Any, words: Words) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(incident["subject"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(words.say("entity.subject", "p_"))
    page.keyboard.press("Tab")  # the first stop of a page leads past its menu
    expect(page.get_by_role("link", name=words.say("skip"))).to_be_focused()
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("link", name=words.say("explained.choice.no")))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("explained=no"))
    who = incident["who"][0]
    row = page.locator("section.panel:has(#events) tbody tr").filter(has_text=who["person"]).first
    expect(row).to_contain_text(words.term("unexplained"))
    reach(page, row.get_by_role("link").first)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/event/"))
    expect(page.get_by_text(words.say("event.unexplained"))).to_be_visible()
    raw = page.locator("pre.raw")
    reach(page, raw)  # the record can be scrolled by keyboard
    expect(raw).not_to_be_empty()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_to_its_decision(page: Page, accessible: Callable[[], None], words: Words) -> None:
    page.goto("/")
    reach(page, page.get_by_role("navigation").get_by_role("link", name=words.say("menu.findings"), exact=True))
    page.keyboard.press("Enter")
    reach(page, page.locator("ol.review a").first)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/finding/"))
    reach(page, page.get_by_role("link", name=words.say("finding.to_decision")))
    page.keyboard.press("Enter")
    reach(page, page.locator("#v-justified"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#v-unclear")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_label(re.compile(f"^{words.say('finding.reason')}"))).to_be_focused()
    page.keyboard.type("Schemat för kvällen saknas.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".history li").first).to_contain_text("Schemat för kvällen saknas.")
    accessible()


def test_a_long_table_is_passed_over_and_a_wide_one_says_so(page: Page) -> None:
    page.set_viewport_size({"width": 700, "height": 800})
    page.goto("/system/Lindan?all=1")
    box = page.locator(".scroll").filter(has=page.locator("tbody tr:nth-child(20)")).first
    over = box.locator("xpath=preceding-sibling::a[contains(@class, 'over')]").last
    reach_over = over.get_attribute("href") or ""
    over.focus()
    expect(over).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    after = page.evaluate(
        "id => document.getElementById(id).compareDocumentPosition(document.activeElement) & 4", reach_over[1:]
    )
    assert after
    wide = [each for each in page.locator(".scroll").all() if each.is_visible()]
    for each in wide:
        cut = each.evaluate("box => box.scrollWidth > box.clientWidth + 1")
        assert each.locator("xpath=preceding-sibling::p[1]").is_visible() is cut
    cut = next(each for each in wide if each.evaluate("box => box.scrollWidth > box.clientWidth + 1"))
    cut.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("box => box.scrollLeft > 0", arg=cut.element_handle())
