"""A real browser at the pages of a made-up municipality."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from analytics.installation import installation
from dashboards.server.app import make, opened
from tests.dashboards.conftest import Served
from tests.dashboards.serving import serving
from tests.dashboards.town import town
from tests.dashboards.web.wording import Words, read_in

CHROMIUM = "/usr/bin/chromium"
_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
PURPOSE = "Prov av sidorna"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For a file's tests: as long as Playwright runs, nothing else in this process can run an event loop."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A municipality of a file's own, in which something may be changed."""
    folder = town(tmp_path_factory.getbasetemp())
    home = installation(None, folder / "settings.toml")
    desk = opened(home)
    with serving(make(desk)) as server:
        yield Served(folder, home, desk, server.address)


@pytest.fixture(scope="module")
def signed_in(browser: Browser, served: Served) -> Any:
    """The cookies of a signed-in person who has stated a purpose."""
    context = browser.new_context(locale="sv-SE")
    page = context.new_page()
    page.goto(served.link())
    page.get_by_role("button", name="Logga in").click()
    page.wait_for_url(lambda url: "/signin" not in url)  # else what follows may break it off
    page.goto(f"{served.address}/purpose")
    page.get_by_label("Ändamål").fill(PURPOSE)
    page.get_by_role("button", name="Fortsätt").click()
    state = context.storage_state()
    context.close()
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
    context.close()
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
