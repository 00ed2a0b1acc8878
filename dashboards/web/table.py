"""All pages: one table, in the order of the menu."""

from functools import cache

from dashboards.web import asking, entrance, event, health, start
from dashboards.web.page import Page


@cache
def pages() -> tuple[Page, ...]:
    """Every page that a signed-in person may go to."""
    return tuple(page for part in (start, event, asking, health, entrance) for page in part.pages())
