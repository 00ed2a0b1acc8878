"""All pages: one table, in the order of the menu."""

from functools import cache

from dashboards.web import (
    asking,
    entities,
    entrance,
    event,
    finding,
    findings,
    health,
    register,
    search,
    start,
    threats,
    workbench,
)
from dashboards.web.page import Page


@cache
def pages() -> tuple[Page, ...]:
    """Every page that a signed-in person may go to."""
    return tuple(
        page
        for part in (
            start,
            search,
            entities,
            findings,
            finding,
            event,
            workbench,
            asking,
            register,
            health,
            threats,
            entrance,
        )
        for page in part.pages()
    )
