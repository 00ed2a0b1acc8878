"""The start page."""

from collections.abc import Iterator

from dashboards.web.page import Page, Shown


def pages() -> Iterator[Page]:
    """It alone."""
    yield Page(path="/", name="start", may="ask", get=lambda _view: Shown("start.html"))
