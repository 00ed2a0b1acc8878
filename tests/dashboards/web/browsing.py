"""A real browser: where it is, and the ways in and out that its tests share.

A click doesn't wait for the page that it leads to. What is opened or closed before that page has come may break it
off, and a tab that is closed in between may never say that it is closed: Playwright then waits for ever. So whoever
leaves a page by a click waits for the next one first.
"""

import re

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

PURPOSE = "Prov av sidorna"
_CHROMIUM = "/usr/bin/chromium"
_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


def launched(playwright: Playwright) -> Browser:
    """The distribution's Chromium, without a window."""
    return playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGS)


def sign_in(page: Page, link: str) -> None:
    """By a LINK of `served.link()`."""
    page.goto(link)
    page.get_by_role("button", name="Logga in").click()
    page.wait_for_url(lambda url: "/signin" not in url)


def state_purpose(page: Page, address: str, purpose: str = PURPOSE) -> None:
    """At the pages of ADDRESS."""
    page.goto(f"{address}/purpose")
    page.get_by_label("Ändamål").fill(purpose)
    page.get_by_role("button", name="Fortsätt").click()
    page.wait_for_url(re.compile(r"/$"))


def close(context: BrowserContext) -> None:
    """With whatever its pages are about to open."""
    for page in context.pages:
        page.goto("about:blank")
    context.close()
