"""A filter that a page doesn't know is refused by name: where it did nothing it would look as if it did."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from analytics.answer import answer
from analytics.caller import Caller
from analytics.question import question
from dashboards.web.page import Page
from dashboards.web.table import pages
from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import Visit, visiting

# What stands for the parts of an address; of the rest there is one in the town.
_KNOWN = {
    "question": "timeline", "source": "anstallda", "change": "x", "workbench": "x", "file": "register.schema.json",
}  # fmt: skip
# What must stand in the address of a page.
_MUST = {"register_file": "register.toml"}


@pytest.fixture
def visit(served: Served) -> Iterator[Visit]:
    with visiting(served.address, served.desk, "Prov") as found:
        yield found


def address(served: Served, page: Page) -> str:
    def one(name: str, column: str, **given: object) -> str:
        rows = answer(served.home, question(name), given, purpose="Prov", who=Caller("karin"), most=1).rows
        return quote(rows[column][0].as_py(), safe="")

    found = page.path.replace(":path}", "}")
    if "{event}" in found:
        return found.format(event=one("events", "event_id"))
    if "{finding}" in found:
        return found.format(finding=one("findings", "finding"))
    ident = "192.0.2.1" if page.name == "address" else "x"  # what is no address has no page
    return found.format_map({"ident": ident, **_KNOWN})


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_filter_that_a_page_does_not_know_is_refused_by_name(visit: Visit, served: Served, page: Page) -> None:
    if page.name == "workbench":
        made = visit.post("/workbench", {"title": "prov"}).headers["location"]
        refused = visit.get(f"{made}?nosuch=1")
    else:
        refused = visit.get(f"{address(served, page)}?nosuch=1")
    assert refused.status_code == 400
    assert "nosuch" in refused.text


@pytest.mark.parametrize(
    "page", [page for page in pages() if page.takes and "{" not in page.path], ids=lambda page: page.name
)
def test_a_filter_is_given_once(visit: Visit, page: Page) -> None:
    assert page.takes
    pair = f"{page.takes[0]}={_MUST.get(page.name, '')}"
    assert visit.get(f"{page.path}?{pair}&{pair}").status_code == 400
    assert visit.get(f"{page.path}?{pair}").status_code == 200
