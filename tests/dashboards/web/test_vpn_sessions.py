# ruff: noqa: E501 - tables read better on one line
"""From an address outside the VPN to what was done through it: by clicks alone."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pyarrow as pa
import pytest

from dashboards.server.app import make, opened
from ingest.lake import EVIDENCE
from tests.dashboards.serving import serving
from tests.dashboards.web.visiting import Visit, visiting

# Two sessions that were given the same address, and one of which no end is seen.
GIVEN = """
kind  | shard | position | part | time                 | source | action | outcome | actor_account | session | src_ip     | object_id | details
event | s/1   | 1        | 0    | 2026-03-02T08:00:00Z | vpn    | login  | success | anna.b        | 7       | 192.0.2.15 |           | {"tunnelip":"10.250.0.7"}
event | s/1   | 2        | 0    | 2026-03-02T08:30:00Z | kv     | read   | success | anna.b        |         | 10.250.0.7 | A1        |
event | s/1   | 3        | 0    | 2026-03-02T09:00:00Z | vpn    | logout | success | anna.b        | 7       | 192.0.2.15 |           | {"tunnelip":"10.250.0.7"}
event | s/1   | 4        | 0    | 2026-03-02T09:00:00Z | vpn    | login  | success | bo.c          | 7       | 192.0.2.16 |           | {"tunnelip":"10.250.0.7"}
event | s/1   | 5        | 0    | 2026-03-02T09:15:00Z | kv     | read   | success | bo.c          |         | 10.250.0.7 | B1        |
event | s/1   | 6        | 0    | 2026-03-02T09:20:00Z | kv     | read   | success | bo.c          |         | 10.250.0.7 | B2        |
event | s/1   | 7        | 0    | 2026-03-02T09:30:00Z | vpn    | logout | success | bo.c          | 7       | 192.0.2.16 |           | {"tunnelip":"10.250.0.7"}
event | s/1   | 8        | 0    | 2026-03-03T08:00:00Z | vpn    | login  | success | cia.d         | 9       | 192.0.2.17 |           | {"tunnelip":"10.250.0.9"}
event | s/1   | 9        | 0    | 2026-03-03T08:00:00Z | kv     | login  | success | dag.e         |         | 192.0.2.18 |           |
event | s/1   | 10       | 0    | 2026-03-03T08:00:00Z | kv     | read   | success | dag.e         |         | 2001:db8::1 | D1       |
event | s/1   | 11       | 0    | 2026-03-03T08:00:00Z | kv     | read   | success | dag.e         |         | 2001:db8:0:0:0:0:0:2 | D2 |
"""
INNER = r'href="(/address/10\.250\.0\.7\?[^"]*)"'


@pytest.fixture
def visit(home: Callable[..., Any]) -> Iterator[Visit]:
    made = home(GIVEN)
    rows = [
        {"source": "vpn", "shard": "s/1", "position": number, "context": "", "record": b"", "seal": "", "broken": None,
         "received": datetime(2026, 3, 2 if number < 8 else 3, 12, tzinfo=UTC)}
        for number in range(1, 12)
    ]  # fmt: skip
    made.evidence(pa.Table.from_pylist(rows, EVIDENCE))
    desk = opened(made.installation)
    with serving(make(desk)) as server, visiting(server.address, desk, "Granskning av fjärråtkomst") as found:
        yield found


def test_from_the_outer_address_to_what_was_read_through_the_inner_one(visit: Visit) -> None:
    outer = visit.get("/address/192.0.2.15").text
    assert "VPN-sessioner från adressen" in outer
    assert "VPN-sessioner som tilldelades adressen" not in outer
    assert 'href="/person/anna.b' in outer
    (href,) = set(re.findall(INNER, outer))
    inner = re.sub(r'value="[^"]*"', "", visit.get(unescape(href)).text)  # keys may hold any letters
    assert "VPN-sessioner som tilldelades adressen" in inner
    assert "A1" in inner
    assert "B1" not in inner, "the next session's"
    assert "192.0.2.15" in inner
    assert "bo.c" not in inner


@pytest.mark.parametrize(("account", "address", "events"), [("anna.b", "192.0.2.15", 1), ("bo.c", "192.0.2.16", 2)])
def test_a_session_in_its_own_time_and_the_number_leads_to_its_events(
    visit: Visit, account: str, address: str, events: int
) -> None:
    text = visit.get(f"/person/{account}").text
    assert "VPN-sessioner" in text
    assert address in text
    (whole,) = [unescape(href) for href in re.findall(r'href="(/question/address_sessions[^"]*)"', text)]
    assert "counted" not in whole
    (href, number) = re.findall(r'<a href="(/question/events[^"]*)"><bdi>(\d+)</bdi></a>', visit.get(whole).text)[0]
    assert int(number) == events
    answered = re.sub(r"<[^>]+>", " ", visit.get(unescape(href)).text)  # without keys, which may hold any letters
    assert {thing in answered for thing in ("A1",)} == {account == "anna.b"}
    assert ("B1" in answered, "B2" in answered) == (account == "bo.c",) * 2


def test_an_end_that_is_not_seen_is_no_guess(visit: Visit) -> None:
    text = visit.get("/question/address_sessions?actor_account=cia.d&ask=1").text
    assert "/question/events" not in text
    event = visit.get("/event/s/1-8-0").text
    assert "10.250.0.9, från 2026-03-03 09:00:00" in unescape(event)
    assert "slutet syns inte inom ett dygn" in event
    assert "/address/10.250.0.9?start=2026-03-03T09" in event


@pytest.mark.parametrize("event", ["s/1-1-0", "s/1-3-0"])
def test_the_event_of_either_end_leads_to_the_address_over_the_session(visit: Visit, event: str) -> None:
    (href,) = set(re.findall(INNER, visit.get(f"/event/{event}").text))
    assert "start=2026-03-02T09%3A00%3A00%2B01%3A00" in unescape(href)
    assert "stop=2026-03-02T10%3A00%3A00%2B01%3A00" in unescape(href)


@pytest.mark.parametrize("path", ["/person/dag.e", "/address/192.0.2.18", "/event/s/1-9-0"])
def test_nothing_is_said_of_sessions_where_there_are_none(visit: Visit, path: str) -> None:
    response = visit.get(path)
    assert response.status_code == 200
    assert "VPN-session" not in response.text
    assert "illdelad IP-adress" not in response.text


@pytest.mark.parametrize("typed", ["banan", "999.1.1.1", "10.0.0", "2001:db8::1::2"])
def test_what_is_no_ip_address_has_no_page(visit: Visit, typed: str) -> None:
    response = visit.get(f"/address/{typed}")
    assert response.status_code == 404
    assert "är ingen IP-adress" in response.text
    assert 'action="/search"' in response.text


@pytest.mark.parametrize("typed", ["2001:DB8::1", "2001:db8:0:0::1", "[2001:0db8::0001]", "2001:db8::1%25eth0"])
def test_an_address_in_another_spelling_is_the_one_that_events_have(visit: Visit, typed: str) -> None:
    response = visit.get(f"/address/{typed}?all=1")
    assert response.status_code == 303
    assert response.headers["location"] == "/address/2001%3Adb8%3A%3A1?all=1"
    assert "D1" in visit.get(response.headers["location"]).text
    mapped = visit.get("/address/::ffff:192.0.2.15")
    assert mapped.headers["location"] == "/address/192.0.2.15"


def test_an_address_that_events_have_at_full_length_stays_so(visit: Visit) -> None:
    response = visit.get("/address/2001:db8:0:0:0:0:0:2?all=1")
    assert response.status_code == 200
    assert "D2" in response.text


def test_who_had_the_address_leads_to_all_that_was_done_over_the_session(visit: Visit) -> None:
    """Systems whose logs lack the address tell of it by the account alone; the log-out is among it."""
    inner = visit.get("/address/10.250.0.7").text
    assert "i system vars logg inte har adressen" in inner
    hrefs = [unescape(href) for href in re.findall(r'href="(/person/anna\.b\?[^"]*)"', inner)]
    (href,) = {href for href in hrefs if "T09%3A00%3A00" in href}
    page = visit.get(href).text
    for event in ("1-1-0", "1-2-0", "1-3-0"):
        assert f"/event/s%2F{event}" in page, event
