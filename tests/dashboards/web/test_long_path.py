"""What has a path too long for an address has its page all the same, by the path's digest."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from analytics.digested import digest
from dashboards.server.app import make, opened
from dashboards.web import links
from tests.dashboards.serving import serving
from tests.dashboards.web.visiting import Visit, visiting

LONG = "G:/Vård/" + "ärende å/" * 122 + "akt.pdf"  # 1,113 characters
SHORT = "G:/Vård/akt.pdf"
EVENTS = f"""
time                 | position | actor_account | action | proves  | system | object_type | object_path
2026-03-01T08:00:00Z | 1        | anna.b        | read   | content | fil    | file        | {LONG}
2026-03-01T09:00:00Z | 2        | bo.c          | read   | content | fil    | file        | {LONG}x
2026-03-01T09:00:00Z | 3        | cia.d         | read   | content | annat  | file        | {LONG}
2026-03-01T10:00:00Z | 4        | dora.e        | read   | content | fil    | file        | {SHORT}
"""
ADDRESS = f"/object?system=fil&object_type=file&path_digest={digest(LONG)}"


@pytest.fixture
def visit(home: Callable[..., Any]) -> Iterator[Visit]:
    desk = opened(home(EVENTS).installation)
    with serving(make(desk)) as server, visiting(server.address, desk, "prov") as found:
        yield found


def test_a_list_leads_to_its_page_which_tells_of_it_alone(visit: Visit) -> None:
    assert links.page("object_path", {"system": "fil", "object_type": "file", "object_path": LONG}) == ADDRESS
    events = unescape(visit.get("/question/events?actor_account=anna.b&ask=1").text)
    assert f'href="{ADDRESS}"' in events
    page = unescape(visit.get(ADDRESS).text)
    assert "/person/anna.b" in page
    assert not {name for name in ("bo.c", "cia.d", "dora.e") if f"/person/{name}" in page}
    assert LONG[:100] in page


def test_its_other_views_keep_the_digest(visit: Visit) -> None:
    hrefs = re.findall(r'href="(/object\?[^"]+)"', visit.get(ADDRESS).text)
    assert hrefs
    for href in map(unescape, hrefs):
        assert f"path_digest={digest(LONG)}" in href
        assert "object_path" not in href
        assert visit.get(href).status_code == 200
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', visit.get(ADDRESS).text))
    assert hidden["path_digest"] == digest(LONG)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"/object?system=annat2&path_digest={digest(LONG)}", 404),
        (f"/object?system=fil&path_digest={'0' * 32}", 404),
        ("/object?system=fil&path_digest=x'", 404),
        (f"/object?path_digest={digest(LONG)}", 400),
        (f"/object?system=fil&object_id=1&path_digest={digest(LONG)}", 400),
        (f"/object?system=fil&object_path={quote(SHORT)}&path_digest={digest(LONG)}", 400),
    ],
)
def test_what_it_does_not_name_is_refused(visit: Visit, address: str, status: int) -> None:
    assert visit.get(address).status_code == status


def test_it_lies_on_the_workbench_by_its_path(visit: Visit) -> None:
    form = visit.get(ADDRESS).text.partition('action="/workbench"')[2].partition("</form>")[0]
    given = {name: unescape(text) for name, text in re.findall(r'name="(kind|value)" value="([^"]+)"', form)}
    assert given == {"kind": "object", "value": LONG}
    laid = visit.post("/workbench", {**given, "title": "KS 1"})
    assert laid.status_code == 303, laid.text
    page = unescape(visit.get(laid.headers["location"]).text)
    assert {name for name in ("anna.b", "bo.c", "cia.d", "dora.e") if f"/person/{name}" in page} == {"anna.b", "cia.d"}
    hrefs = re.findall(r'href="([^"]*)"', page)
    assert hrefs
    assert max(map(len, hrefs)) <= 1_000
    assert visit.post(laid.headers["location"], {"remove": f"object:{LONG}"}).status_code == 303
    assert "/person/anna.b" not in visit.get(laid.headers["location"]).text


def test_a_path_as_long_as_windows_has_them_is_laid_and_no_longer_one(visit: Visit) -> None:
    for more, status in ((0, 303), (1, 400)):
        value = "/" + "å" * (32_766 + more)
        assert visit.post("/workbench", {"kind": "object", "value": value, "title": "KS 2"}).status_code == status


@pytest.mark.parametrize(
    ("system", "path"), [("fil", "\N{OPEN FILE FOLDER}" * 90), ("f" * 935, "/" + "a" * 40), ("f" * 920, "åäö" * 5)]
)
def test_any_path_whose_address_would_be_too_long_is_found_by_its_digest(
    home: Callable[..., Any], system: str, path: str
) -> None:
    head = "time | actor_account | action | proves | system | object_path"
    event = f"2026-03-01T08:00:00Z | anna.b | read | content | {system} | {path}"
    desk = opened(home(f"{head}\n{event}").installation)
    found = links.page("object_path", {"system": system, "object_path": path})
    assert found == f"/object?system={system}&path_digest={digest(path)}"
    with serving(make(desk)) as server, visiting(server.address, desk, "prov") as visit:
        assert "/person/anna.b" in visit.get(found).text


def test_a_path_that_has_room_keeps_its_address() -> None:
    row = {"system": "fil", "object_path": "/" + "a" * 500}
    assert links.page("object_path", row) == "/object?" + urlencode(row)
