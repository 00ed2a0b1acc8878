# ruff: noqa: E501 - tables read better on one line
r"""A file that is logged by its place on the server and by its share's name: each page says what else it is called."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from dashboards.server.app import make, opened
from tests.dashboards.serving import serving
from tests.dashboards.web.visiting import Visit, visiting

PLACE, SHARE, OTHER = r"D:\Shares\HR\a.docx", r"\\*\HR$\a.docx", r"\\*\Alla\HR\a.docx"
# As 4663 and 5145 tell of it; then files of which no record tells two names, and a document, of which a path is none.
EVENTS = rf"""
time                 | position | actor_account | action | proves   | system | object_type | object_id   | object_path
2026-03-01T08:00:00Z | 1        | anna.b        | read   | content  | fil    | File        |             | {PLACE}
2026-03-01T09:00:00Z | 2        | bo.c          | read   | possible | fil    | File        | {SHARE}     | {PLACE}
2026-03-02T09:00:00Z | 3        | cia.d         | read   | possible | fil    | File        | {OTHER}     | {PLACE}
2026-03-02T10:00:00Z | 4        | cia.d         | read   | possible | annat  | File        | \\*\X$\a    | {PLACE}
2026-03-02T11:00:00Z | 5        | dora.e        | read   | content  | fil    | File        |             | D:\Shares\HR\b.docx
2026-03-02T12:00:00Z | 6        | dora.e        | read   | possible | fil    | File        | \\*\IPC$\b  | \\*\IPC$\b
2026-03-02T13:00:00Z | 7        | dora.e        | read   | content  | fil    | document    | 8812        | /akter
"""
LINE = r"<dt>Loggas också som</dt><dd>(.*?)</dd>"


@pytest.fixture
def visit(home: Callable[..., Any]) -> Iterator[Visit]:
    desk = opened(home(EVENTS).installation)
    with serving(make(desk)) as server, visiting(server.address, desk, "prov") as found:
        yield found


def other_names(visit: Visit, **key: str) -> dict[str, str]:
    """What the page says that its object is called besides, and where each leads."""
    answered = visit.get("/object?" + urlencode({"system": "fil", **key}))
    assert answered.status_code == 200, answered.text
    line = re.search(LINE, answered.text, re.DOTALL)
    links = re.findall(r'<a href="([^"]*)"><bdi>(.*?)</bdi></a>', line[1]) if line else []
    return {unescape(text): unescape(href) for href, text in links}


@pytest.mark.parametrize("kind", [{}, {"object_type": "File"}])
def test_each_name_leads_to_the_others_and_to_who_came_by_them(visit: Visit, kind: dict[str, str]) -> None:
    by_share = other_names(visit, object_id=SHARE, **kind)
    assert set(by_share) == {PLACE}
    assert "/person/anna.b" not in visit.get("/object?" + urlencode({"system": "fil", "object_id": SHARE})).text
    assert "/person/anna.b" in visit.get(by_share[PLACE]).text
    by_place = other_names(visit, object_path=PLACE, **kind)
    assert set(by_place) == {OTHER, SHARE}, "the other system's record is of another file"
    assert "/person/bo.c" in visit.get(by_place[SHARE]).text


def test_the_place_has_the_shares_events_too_and_the_share_does_not_have_the_places(visit: Visit) -> None:
    by_place, by_share = (
        visit.get("/object?" + urlencode({"system": "fil", **key})).text
        for key in ({"object_path": PLACE}, {"object_id": SHARE})
    )
    assert all(f"/person/{name}" in by_place for name in ("anna.b", "bo.c", "cia.d"))
    assert "de räknas också här" in by_place
    assert [name for name in ("anna.b", "bo.c", "cia.d") if f"/person/{name}" in by_share] == ["bo.c"]
    assert "kan det finnas fler händelser än här" in by_share


def test_a_name_is_told_also_in_a_period_without_the_record_that_tells_both(visit: Visit) -> None:
    assert set(other_names(visit, object_id=SHARE, start="2026-03-02", stop="2026-03-02")) == {PLACE}
    empty = visit.get("/object?" + urlencode({"system": "fil", "object_id": SHARE, "start": "2026-03-03"})).text
    assert "Inget är känt om det här objektet" not in empty


@pytest.mark.parametrize(
    "key",
    [
        {"object_path": r"D:\Shares\HR\b.docx"},
        {"object_id": r"\\*\IPC$\b"},
        {"object_id": "8812"},
        {"object_path": "/akter"},
        {"object_id": "nothing"},
    ],
)
def test_nothing_is_said_where_no_record_tells_two_names_of_a_file(visit: Visit, key: dict[str, str]) -> None:
    assert other_names(visit, **key) == {}
    assert "Loggas också som" not in visit.get("/object?" + urlencode({"system": "fil", **key})).text


def test_so_many_names_are_shown_and_that_there_may_be_more(home: Callable[..., Any]) -> None:
    rows = [f"2026-03-01T08:00:00Z | {n} | anna.b | read | fil | File | \\\\*\\S{n:02}\\a | {PLACE}" for n in range(30)]
    head = "time | position | actor_account | action | system | object_type | object_id | object_path"
    desk = opened(home("\n".join(["", head, *rows, ""])).installation)
    with serving(make(desk)) as server, visiting(server.address, desk, "prov") as found:
        assert len(other_names(found, object_path=PLACE)) == 20
        assert "fler kan finnas" in found.get("/object?" + urlencode({"system": "fil", "object_path": PLACE})).text
