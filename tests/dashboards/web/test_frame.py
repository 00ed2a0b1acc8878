import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboards.conftest import Served
from tests.dashboards.web.browsing import close

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
        close(context)


def test_who_is_not_signed_in_sees_nothing(browser: Browser, served: Served) -> None:
    page = browser.new_page(locale="sv-SE")
    page.goto(f"{served.address}/question/access_by_level")
    expect(page.get_by_role("heading", name="Logga in")).to_be_visible()
    page.close()


_CONTRAST = """(input) => {
  const light = (text) => {
    const [r, g, b] = text.match(/[0-9.]+/g).slice(0, 3).map(part => part / 255)
      .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const both = [getComputedStyle(input, "::placeholder").color, getComputedStyle(input).backgroundColor].map(light);
  return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_example_in_a_field_can_be_read(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto("/question/access_by_level")
    assert page.locator("input[placeholder]").last.evaluate(_CONTRAST) >= 4.5


def test_what_is_said_of_a_field_stands_below_it(page: Page) -> None:
    page.goto("/question/timeline")
    for note in page.locator(".field small:not(:empty)").all():
        field, said = note.locator("xpath=preceding-sibling::*[1]").bounding_box(), note.bounding_box()
        assert field
        assert said
        assert said["y"] >= field["y"] + field["height"]
