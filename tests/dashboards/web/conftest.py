"""A real browser at the pages of a made-up municipality."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.dashboards.conftest import Served, municipality
from tests.dashboards.web.browsing import close, launched, sign_in, state_purpose
from tests.dashboards.web.wording import Words, read_in


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For a file's tests: as long as Playwright runs, nothing else in this process can run an event loop."""
    with sync_playwright() as playwright:
        found = launched(playwright)
        yield found
        found.close()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A municipality of a file's own, in which something may be changed."""
    with municipality(tmp_path_factory.getbasetemp()) as found:
        yield found


@pytest.fixture(scope="module")
def signed_in(browser: Browser, served: Served) -> Any:
    """The cookies of a signed-in person who has stated a purpose."""
    context = browser.new_context(locale="sv-SE")
    page = context.new_page()
    sign_in(page, served.link())
    state_purpose(page, served.address)
    state = context.storage_state()
    close(context)
    return state


@pytest.fixture
def language() -> str:
    """As it was chosen; a test that is done in both has it as a parameter."""
    return "sv"


@pytest.fixture
def words(language: str) -> Words:
    """What pages say in it."""
    return Words(language)


@pytest.fixture
def page(browser: Browser, served: Served, signed_in: Any, language: str) -> Iterator[Page]:
    """A page of somebody who is signed in and has stated a purpose; addresses may leave out the host."""
    context = browser.new_context(base_url=served.address, storage_state=signed_in, locale="sv-SE")
    read_in(context, served.address, language)
    found = context.new_page()
    faults: list[str] = []
    found.on("pageerror", lambda error: faults.append(str(error)))
    found.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield found
    close(context)
    # A page that is refused is one on purpose; what its policy forbids or its script fails at isn't.
    assert [text for text in faults if "status of 4" not in text] == []


@cache
def _axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def accessible(page: Page) -> Callable[[], None]:
    """Holds the page as it stands to WCAG 2.1 AA by axe, and to 320 px: nothing but tables may scroll sideways."""

    def hold() -> None:
        page.evaluate(_axe())  # not by a tag, which the policy of the pages forbids
        found = page.evaluate(
            "() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"
            ".then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))"
        )
        assert found == []
        size = page.viewport_size
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert size is not None
        page.set_viewport_size(size)

    return hold


@pytest.fixture
def written(served: Served, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The acts that the self-audit is given from now on."""
    spool = type(served.desk.home.spool)
    found: list[Any] = []
    append = spool.append

    def kept(self: Any, source: str, delivery: Any) -> Any:
        found.extend(json.loads(record) for record in delivery.records)
        return append(self, source, delivery)

    monkeypatch.setattr(spool, "append", kept)
    return found
