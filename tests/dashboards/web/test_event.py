# ruff: noqa: E501 - tables read better on one line
"""The page of an event: what happened, what explains it, and its original record, as a reader finds them."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from playwright.sync_api import Page, expect

from analytics.answer import answer
from analytics.question import question
from dashboards.server.app import make, opened
from ingest.lake import EVIDENCE
from tests.dashboards.conftest import Served
from tests.dashboards.serving import serving
from tests.dashboards.web.visiting import Visit, visiting

pytestmark = pytest.mark.program("chromium")

SCRIPT = "<script>alert(1)</script>"
TURNED = "\u202egnp.exe"
NUMBER = "191212121212"
# A record of two parts, one that could not be read, one that repeats, and one that is received and not read yet.
GIVEN = f"""
kind   | shard | position | part | time                 | source | action | outcome | proves  | actor_account | object_path | reason
event  | s/1   | 1        | 0    | 2026-10-25T00:30:00Z | kv     | read   | success | content | {SCRIPT}      | {TURNED}    |
event  | s/1   | 1        | 1    | 2026-10-25T01:30:00Z | kv     | read   | failure | attempt | bo            | /x          |
reject | s/1   | 2        | 0    |                      | kv     |        |         |         |               |             | line: want 6 fields
repeat | s/1   | 3        | 0    |                      | kv     |        |         |         |               |             | s/1-1-0
"""


@pytest.fixture(scope="module")
def neighbour(served: Served) -> dict[str, str]:
    """An event of the incident in which an employee reads a neighbour's record: its id, and that of the journal."""
    told = json.loads((served.folder / "truth" / "incidents.json").read_text(encoding="utf-8"))
    person = next(each for each in told if each["id"] == "granne")["who"][0]["person"]
    which = "SELECT shard || '-' || position || '-' || part AS id, object_id, time FROM {} WHERE actor_person = $person"
    with served.home.connect() as connection:
        rows = connection.sql(
            f"FROM ({which.format(served.home.relation('normalised'))}) WHERE object_id IS NOT NULL "
            "AND object_id IN (SELECT object_id FROM (SELECT object_id, count(*) AS times FROM "
            f"({which.format(served.home.relation('normalised'))}) GROUP BY object_id ORDER BY times DESC LIMIT 1)) "
            "ORDER BY time",
            params={"person": person},
        ).to_arrow_table()
    return {"id": rows["id"][0].as_py(), "object": rows["object_id"][0].as_py()}


@pytest.fixture
def hostile(home: Callable[..., Any]) -> Iterator[Visit]:
    """A visit to a lake whose records are GIVEN."""
    made = home(GIVEN)
    texts = [
        f'{{"user": "{SCRIPT}", "number": "{NUMBER}", "path": "{TURNED}"}}'.encode(),
        b"\xe5|\x1b[31m" * 20_000,
        b"same again",
        b"not read yet",
    ]
    rows = [
        {"source": "kv", "shard": "s/1", "position": number, "context": "c", "record": text, "seal": "",
         "received": datetime(2026, *((10, 25) if number == 1 else (3, 1)), tzinfo=UTC),
         "broken": "the line is cut" if number == 2 else None}
        for number, text in enumerate(texts, 1)
    ]  # fmt: skip
    made.evidence(pa.Table.from_pylist(rows, EVIDENCE))
    desk = opened(made.installation)
    with serving(make(desk)) as server, visiting(server.address, desk, "prov") as visit:
        yield visit


def test_a_reader_sees_what_happened_and_the_record_that_it_came_from(
    page: Page, neighbour: dict[str, str], accessible: Callable[[], None]
) -> None:
    page.goto(f"/event/{neighbour['id']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(neighbour["object"])
    expect(page.locator("pre.raw mark").filter(has_text=neighbour["object"])).to_be_visible()
    expect(page.locator(".became dd").filter(has_text=neighbour["object"]).first).to_be_visible()
    accessible()
    page.emulate_media(color_scheme="dark")
    accessible()


def test_an_event_leads_to_its_entities_and_to_the_findings_that_rest_on_it(
    page: Page, neighbour: dict[str, str]
) -> None:
    page.goto(f"/event/{neighbour['id']}")
    hrefs = [link.get_attribute("href") or "" for link in page.locator("main a").all()]
    for start in ("/person/", "/subject/", "/object?", "/system/", "/asset/", "/finding/"):
        assert any(href.startswith(start) for href in hrefs), start
    page.locator("section:has(#resting) a").first.click()
    expect(page.get_by_role("heading", name="Gör så här")).to_be_visible()


def test_in_english_every_sentence_is(page: Page, neighbour: dict[str, str]) -> None:
    page.goto(f"/event/{neighbour['id']}")
    page.get_by_role("button", name="English").click()
    try:
        expect(page.get_by_role("heading", name="Does duty explain it?")).to_be_visible()
        expect(page.get_by_text("By the log it succeeded.")).to_be_visible()
    finally:
        page.get_by_role("button", name="Svenska").click()


def test_what_a_record_holds_is_shown_and_never_obeyed(hostile: Visit) -> None:
    body = hostile.get("/event/s%2F1-1-0").text
    assert SCRIPT not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert "\u202e" not in body
    assert "\\u202egnp.exe" in body
    assert NUMBER not in body
    assert "p_" in body


def test_every_part_of_a_record_is_shown_beside_it(hostile: Visit) -> None:
    body = hostile.get("/event/s/1-1-1").text
    assert "del 1 av 2" in body
    assert "del 2 av 2" in body
    assert "Enligt loggen nekades eller misslyckades det." in body
    # The hour that comes twice in October stands with its offset.
    assert "02:30:00+02:00" in body
    assert "02:30:00+01:00" in body


def test_a_record_that_could_not_be_read_is_shown_as_such(hostile: Visit) -> None:
    body = hostile.get("/event/s/1-2-0").text
    assert "Posten kunde inte tolkas." in body
    assert "line: want 6 fields" in body
    assert "Posten är skadad:" in body
    assert "the line is cut" in body
    assert "Här visas början av den" in body
    assert "\x1b" not in body
    assert len(body) < 300_000


def test_a_repeat_leads_to_its_event_and_what_is_not_read_yet_says_so(hostile: Visit) -> None:
    assert 'href="/event/s/1-1-0"' in hostile.get("/event/s/1-3-0").text
    assert "har ännu inte blivit någon händelse" in hostile.get("/event/s/1-4-0").text


@pytest.mark.parametrize(
    ("event", "status"),
    [("s/1-99-0", 404), ("s/1-1-7", 404), ("nej", 400), ("%3Cscript%3E", 400), ("s/1-1-99999999999999999999", 400)],
)
def test_another_id_is_refused(hostile: Visit, event: str, status: int) -> None:
    assert hostile.get(f"/event/{event}").status_code == status


def test_an_event_has_all_of_its_classification(served: Served, neighbour: dict[str, str]) -> None:
    with visiting(served.address, served.desk, "prov") as visit:
        text = visit.get(f"/event/{neighbour['id']}").text
    for word in ("konfidentialitet", "riktighet", "tillgänglighet", "spårbarhet"):
        assert re.search(rf"<dt>{word}</dt>", text, re.IGNORECASE), word


def test_nothing_is_shown_before_it_is_stated_why(served: Served, neighbour: dict[str, str]) -> None:
    with visiting(served.address, served.desk) as visit:
        answer = visit.get(f"/event/{neighbour['id']}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/purpose?")


def test_a_login_is_told_to_concern_no_content(served: Served) -> None:
    ask = {"action": "login"}
    rows = answer(served.desk.home, question("events"), ask, purpose="prov", most=5).rows.to_pylist()
    with visiting(served.address, served.desk, "prov") as visit:
        page = visit.get(f"/event/{rows[0]['event_id']}").text
        listed = visit.get("/question/events?action=login&ask=1").text
    assert "gäller inget innehåll" in page
    assert "gäller inget innehåll" in listed
    for text in (page, listed):
        assert "Innehållet kan ha visats" not in text
        assert "<bdi>innehållet kan ha visats" not in text


LOGS = """
shard | position | time                 | source | action    | outcome | actor_account | object_type | object_id | details
s/1   | 1        | 2026-03-09T08:00:00Z | win    | log_clear | success | bo            | log         | Security  |
s/1   | 2        | 2026-03-09T09:00:00Z | win    | log_clear | success |               | log         | Security  | {"EventID":1100}
s/1   | 3        | 2026-03-09T10:00:00Z | win    | log_clear | failure | bo            | log         | Security  |
s/1   | 4        | 2026-03-09T11:00:00Z | linux  | log_clear | success | bo            | log         | audit     |
s/1   | 5        | 2026-03-09T12:00:00Z | linux  | logout    | success | bo            |             |           |
"""


def test_the_page_of_a_cleared_log_says_what_is_gone_and_of_one_that_was_stopped_that_nothing_is(
    home: Callable[..., Any],
) -> None:
    sources = {"win": {"mapping": "windows_security"}, "linux": {"mapping": "auditd"}}
    made = home(LOGS, {"sources": sources})
    rows = [
        {"source": "win", "shard": "s/1", "position": number, "context": "c", "record": b"x", "seal": "",
         "received": datetime(2026, 3, 9, tzinfo=UTC), "broken": None}
        for number in range(1, 6)
    ]  # fmt: skip
    made.evidence(pa.Table.from_pylist(rows, EVIDENCE))
    desk = opened(made.installation)
    told = ("En logg har rensats.", "Loggningen stoppades.", "Någon försökte rensa", "Loggningen stoppades.", None)
    harmless = "Händelsen rör ingen information som behöver förklaras."
    with serving(make(desk)) as server, visiting(server.address, desk, "prov") as visit:
        texts = [visit.get(f"/event/s/1-{number}-0").text for number in range(1, 6)]
    for text, said in zip(texts, told, strict=True):
        assert [each for each in dict.fromkeys(told) if each and each in text] == ([said] if said else [])
        assert (harmless in text) == (said is None)
        assert ("Att rensa eller stoppa en logg är ingen åtkomst" in text) == (said is not None)
    assert "finns inte kvar, och hur mycket det var går inte att se" in texts[0]
    assert 'href="/health/win"' in texts[0]
