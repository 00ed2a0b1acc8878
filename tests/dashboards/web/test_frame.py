import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboards.conftest import Served

pytestmark = pytest.mark.program("chromium")


@pytest.mark.parametrize("path", ["/", "/questions", "/question/access_by_level", "/purpose", "/nowhere"])
def test_pages_can_be_used_by_all(page: Page, accessible, path: str) -> None:
    page.goto(path)
    accessible()
    page.emulate_media(color_scheme="dark")
    accessible()


def test_a_link_is_worth_one_session(browser: Browser, served: Served) -> None:
    link = served.link()
    for worth in (True, False):
        context = browser.new_context(locale="sv-SE")
        page = context.new_page()
        page.goto(link)
        page.get_by_role("button", name="Logga in").click()
        expect(page.get_by_role("navigation" if worth else "alert")).to_be_visible()
        context.close()


def test_who_is_not_signed_in_sees_nothing(browser: Browser, served: Served) -> None:
    page = browser.new_page(locale="sv-SE")
    page.goto(f"{served.address}/question/access_by_level")
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
    page.close()
