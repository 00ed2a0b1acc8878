"""The page of health, and those of sources: what is wrong, what it means, and what computing again would change."""

import dataclasses
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page, expect

from analytics import status
from analytics.answer import answer
from analytics.caller import Caller
from analytics.installation import OWN, installation
from analytics.question import question
from dashboards import health
from dashboards.cells import cell
from dashboards.cli import cli
from dashboards.feeds import Feed, Files, clues
from dashboards.health import FAULTS, Health
from dashboards.server import rederiving
from dashboards.server.app import make, opened
from dashboards.server.rederiving import Preview, Previews
from dashboards.web import counts
from dashboards.web import health as web_health
from dashboards.web.render import words
from tests.dashboards.conftest import Served
from tests.dashboards.serving import serving
from tests.dashboards.web.visiting import Visit, visiting

WHO = Caller("karin")
SETTINGS = """
[lake]
root = "lake"
[sources.hel]
mapping = "table_csv"
paths = ["hel.csv"]
zone = "Europe/Stockholm"
silent_after_s = 3600
logs = ["read"]
params = {columns = {time = "Tid", actor_account = "Konto"}, constants = {action = "read"}}
[sources.aldrig]
mapping = "linux_auth"
zone = "Europe/Stockholm"
paths = ["saknas/*.log"]
[operations]
ingest = "127.0.0.1:9"
"""
ROWS = "Tid;Konto\n2026-03-01 08:00:00;anna\ni går;<script>alert(1)</script>\n"


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An installation with one record read, one that can't be, a source that never sent, and a command that is down."""
    folder = tmp_path_factory.mktemp("faulty")
    (folder / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "hel.csv").write_text(ROWS, encoding="utf-8")
    ingested = CliRunner().invoke(cli, ["ingest", "--config", str(folder / "settings.toml")])
    assert ingested.exit_code == 2  # a path names no file: the rest is read
    home = installation(None, folder / "settings.toml")
    desk = opened(home)
    with serving(make(desk)) as server:
        yield Served(folder, home, desk, server.address)


@pytest.fixture
def visit(faulty: Served) -> Iterator[Visit]:
    with visiting(faulty.address, faulty.desk) as found:
        yield found


@pytest.mark.program("chromium")
@pytest.mark.parametrize("path", ["/health", "/health/lindan", "/health/sparhund"])
def test_health_can_be_read_by_all(page: Page, accessible, path: str) -> None:
    page.goto(path)
    accessible()
    page.emulate_media(color_scheme="dark")
    accessible()


def test_what_is_wrong_with_the_municipalitys_own_tables_is_told(visit: Visit) -> None:
    text = visit.get("/health").text.partition('id="told"')[2].partition("</section>")[0]
    assert "ingen personalkatalog: ingen anställd är känd" in text
    assert "Rätta raden i filen" in text


@pytest.mark.program("chromium")
def test_why_a_source_is_silent_is_found_from_the_page_of_all(page: Page, served: Served) -> None:
    page.goto("/health")
    silent = page.get_by_role("region", name="Tyst källa").filter(has_text="Gör så här")
    silent.get_by_role("link", name="lindan", exact=True).click()
    expect(page.get_by_role("heading", name="Källan lindan")).to_be_visible()
    expect(page.get_by_text("Det här syns från sparhund")).to_be_visible()
    expect(page.get_by_text("Systemet eller överföringen har slutat skriva")).to_be_visible()
    later = time.time() + 3_600  # the system writes, and nobody reads
    os.utime(next((served.folder / "logs" / "lindan").iterdir()), (later, later))
    page.reload()
    expect(page.get_by_text("Inläsningen (sparhund ingest) står still")).to_be_visible()


@pytest.mark.program("chromium")
def test_what_computing_again_would_change_is_shown(page: Page, served: Served) -> None:
    path = served.folder / "register.toml"
    former = path.read_text(encoding="utf-8")
    path.write_text(former.replace("k = 3", "k = 2", 1), encoding="utf-8")
    try:
        page.goto("/health/lindan")
        page.get_by_role("button", name="Jämför").click()
        for _ in range(600):
            if page.get_by_role("heading", name="Resultat för").count():
                break
            time.sleep(0.1)
            page.reload()
        expect(page.get_by_text("Det här skulle ändras")).to_be_visible()
        expect(page.get_by_role("region", name="En rad för varje dag").first).to_contain_text("k (")
        expect(page.get_by_text("sparhund rederive --source lindan")).to_be_visible()
    finally:
        path.write_text(former, encoding="utf-8")


def test_the_form_stays_while_a_comparison_runs(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    running = Preview("lindan", now.date(), now.date(), now)
    monkeypatch.setattr(Previews, "running", property(lambda _: running))
    with visiting(served.address, served.desk, "prov") as visit:
        text = visit.get("/health/lindan").text.partition('id="rederive"')[2]
    assert "Jämförelse pågår för lindan" in text
    assert '<input id="first" name="first" type="date"' in text
    assert re.search(r'<button class="do" disabled aria-describedby="one-note">Jämför</button>', text)
    assert "En jämförelse görs i taget" in text


def test_each_fault_is_told_with_what_it_means(visit: Visit) -> None:
    text = visit.get("/health").text
    for said in ("Tyst källa", "Källan har aldrig skickat något", "Otolkade poster", "Okänt vad källan loggar",
                 "svarar inte", "systemctl restart sparhund-ingest"):  # fmt: skip
        assert said in text, said
    assert "Balansen håller inte" not in text
    assert len(text) < 300_000
    for kind in FAULTS:
        assert {f"health.{kind}", f"health.{kind}.means", f"health.{kind}.do"} <= words().keys()


def test_which_sources_can_not_tell_reads_stands_beside_them(visit: Visit) -> None:
    text = visit.get("/health").text.partition('id="sources"')[2].partition("</table>")[0]
    cells = {
        re.search(r"/health/(\w+)", line)[1]: re.findall(r"<bdi>([^<]*)</bdi>", line)  # type: ignore[index]
        for line in text.split("<tr>")
        if "/health/" in line
    }
    assert "ja" in cells["hel"]
    assert not {"ja", "nej"} & set(cells["aldrig"])  # it doesn't say


def test_rejects_are_shown_by_their_shape_and_nothing_of_what_they_say(visit: Visit) -> None:
    assert "alert" not in visit.get("/health/hel").text
    text = visit.get("/health/hel?shapes=1").text
    assert "x xåx" not in text
    assert "&lt;xxxxxx&gt;xxxxx(9)" in text
    assert "alert" not in text


def test_a_source_that_never_sent_says_where_nothing_was_found(visit: Visit, faulty: Served) -> None:
    assert f"Ingen fil finns på {faulty.folder}/saknas/*.log" in visit.get("/health/aldrig").text


def test_files_that_compaction_took_are_no_fault_of_ours(visit: Visit, faulty: Served) -> None:
    away = faulty.folder / "away"
    away.mkdir()
    held = list((faulty.folder / "lake" / "normalised").glob("keep=*"))
    assert held
    for each in held:
        each.rename(away / each.name)
    try:
        answer = visit.get("/health/hel")
    finally:
        for each in held:
            (away / each.name).rename(each)
    assert answer.status_code == 503
    assert "Försök igen om en stund" in answer.text
    assert str(faulty.folder) not in answer.text
    assert visit.get("/health/hel").status_code == 200


@pytest.mark.parametrize("path", ["/health/nix", "/health/%3Cscript%3E", "/health/..%2f..", "/health/hel?shape=1"])
def test_what_there_is_not_is_refused(visit: Visit, path: str) -> None:
    answer = visit.get(path)
    assert answer.status_code == (400 if "?" in path else 404)
    assert "<script>" not in answer.text.replace('<script src="/static/', "")


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-03-01", "2026-03-09", "är för många dagar efter den första"),
        ("2026-03-02", "2026-03-01", "är före den första dagen"),
        ("2026-02-30", "2026-03-01", "ska vara ett datum"),
        ("", "2026-03-01", "ska vara ett datum"),
        ("<script>", "2026-03-01", "ska vara ett datum"),
    ],
)
def test_days_that_can_not_be_compared_are_refused(visit: Visit, faulty: Served, first, last, said) -> None:
    answer = visit.post("/health/hel", {"first": first, "last": last})
    assert answer.status_code == 400
    assert said in answer.text
    assert "<script>" not in answer.text.replace('<script src="/static/', "")
    assert faulty.desk.keep(Previews).running is None


def test_a_comparison_needs_a_form_of_ours_and_a_source_of_ours(visit: Visit) -> None:
    days = {"first": "2026-03-01", "last": "2026-03-01"}
    assert visit.post("/health/hel", {**days, "csrf": "x"}).status_code == 403
    assert visit.post("/health/sparhund", days).status_code == 404
    assert visit.post("/health/nix", days).status_code == 404


def today() -> date:
    return datetime.now(UTC).date()


def ended(previews: Previews, source: str) -> rederiving.Preview:
    until = time.monotonic() + 60
    while previews.running is not None:
        assert time.monotonic() < until, "it never ended"
        time.sleep(0.02)
    found = previews.result(source)
    assert found
    return found


def test_nothing_differs_where_nothing_was_mended(faulty: Served) -> None:
    previews = Previews(faulty.desk.home)
    began = today() - timedelta(days=1)
    assert previews.start("hel", began, today(), who=WHO, purpose=None)
    assert not previews.start("aldrig", began, today(), who=WHO, purpose=None)  # never two at once
    found = ended(previews, "hel")
    assert found.fault is None
    assert not found.differs
    assert sum(change["rows_before"] for change in found.changes) == 2


def test_one_that_takes_too_long_is_stopped(faulty: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rederiving, "LIMIT_S", 0.01)
    previews = Previews(faulty.desk.home)
    previews.start("hel", today(), today(), who=WHO, purpose=None)
    assert ended(previews, "hel").fault == "late"


def test_one_that_fails_says_so(faulty: Served) -> None:
    settings = faulty.folder / "settings.toml"
    former = settings.read_text(encoding="utf-8")
    settings.write_text("hemlig", encoding="utf-8")
    try:
        previews = Previews(faulty.desk.home)
        previews.start("hel", today(), today(), who=WHO, purpose=None)
        assert ended(previews, "hel").fault == "failed"
    finally:
        settings.write_text(former, encoding="utf-8")


def test_it_ends_with_the_server(faulty: Served) -> None:
    previews = Previews(faulty.desk.home)
    previews.start("hel", today(), today(), who=WHO, purpose=None)
    previews.close()
    assert ended(previews, "hel").fault in {"failed", "stopped"}
    assert not previews.start("hel", today(), today(), who=WHO, purpose=None)


def test_balance_counts_what_is_not_accounted_for(faulty: Served) -> None:
    sources = Health(faulty.desk.home).sources()
    rows = sources.rows.to_pylist()
    lost = sources.rows.set_column(
        sources.rows.column_names.index("balance"), "balance", [[row["source"] == "hel" for row in rows]]
    )
    found = dataclasses.replace(sources, rows=lost).faults()
    assert next(found).kind == "balance"


WHEN = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("feed", "row", "words_of"),
    [
        (Feed((Files("a/*", 1, WHEN),), (), (), ()), {}, ["unwritten"]),
        (Feed((Files("a/*", 1, WHEN + timedelta(minutes=5)),), (), (), ()), {}, ["unwritten"]),
        (Feed((Files("a/*", 1, WHEN + timedelta(minutes=6)),), (), (), ()), {}, ["unread"]),
        (Feed((Files("a/*", 0, None),), (), (), ()), {"last_received_utc": None, "last_utc": None}, ["no_file"]),
        (Feed((), (), (("in", "Syslog"),), ("t",)), {"waiting": 3}, ["waits", "collector", "topic"]),
        (Feed((), ("/x/*",), (), ()), {"last_utc": WHEN - timedelta(hours=2)}, ["old", "shipped"]),
        (Feed((), (), (), ()), {"last_received_utc": None}, ["no_feed"]),
    ],
)
def test_a_clue_is_what_was_seen(feed: Feed, row: dict, words_of: list[str]) -> None:
    found = list(clues({"last_received_utc": WHEN, "last_utc": WHEN, "waiting": None} | row, feed))
    assert [word for word, _ in found] == words_of
    assert all(f"clue.{word}" in words() for word, _ in found)


def test_a_folder_of_logs_is_looked_through(tmp_path: Path) -> None:
    from dashboards.feeds import _files  # noqa: PLC0415

    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.log").touch()
    assert _files(str(tmp_path)).files == _files(str(tmp_path / "*" / "*.log")).files == 1
    assert _files(str(tmp_path / "c")).changed is None


def test_lag_is_told_of_the_last_day_and_an_event_ahead_of_time_has_waited_for_nothing(home: Any) -> None:
    given = """
source | kind   | time                 | received             | action
kv     | event  | 2026-03-09T08:00:00Z | 2026-03-09T08:00:10Z | read
kv     | event  | 2026-03-09T08:00:00Z | 2026-03-09T08:00:20Z | read
kv     | event  | 2026-03-09T08:00:00Z | 2026-03-09T09:00:00Z | read
kv     | event  | 2026-03-01T08:00:00Z | 2026-03-08T08:00:00Z | read
kv     | reject |                      | 2026-03-09T08:00:00Z |
li     | event  | 2026-03-09T10:00:00Z | 2026-03-09T08:00:00Z | read
"""
    found = status.lag(home(given).installation, datetime(2026, 3, 9, tzinfo=UTC), WHO).to_pylist()
    assert found == [
        {"source": "kv", "lag_s": 20, "most_lag_s": 3600},
        {"source": "li", "lag_s": 0, "most_lag_s": 0},
    ]


def test_a_gap_is_listed_with_the_times_between_which_it_lies(home: Any) -> None:
    given = """
source | shard | position | kind  | time                 | length | reason
kv     | a     | 1        | event | 2026-03-09T08:00:00Z |        |
kv     | a     | 2        | gap   |                      | 3      | lost
kv     | a     | 5        | event | 2026-03-09T08:30:00Z |        |
"""
    (gap,) = Health(opened(home(given).installation).home).gaps().to_pylist()
    assert (gap["source"], gap["records"]) == ("kv", 3)
    assert (gap["after_utc"], gap["until_utc"]) == tuple(datetime(2026, 3, 9, 8, at, tzinfo=UTC) for at in (0, 30))


CLEARED = """
source | position | time                 | action    | outcome | actor_account | object_type | details
win    | 0        | 2026-03-09T08:00:00Z | log_clear | success | bo            | log         |
win    | 1        | 2026-03-09T09:00:00Z | log_clear | success | bo            | log         |
win    | 2        | 2026-03-09T10:00:00Z | log_clear | success |               | log         | {"EventID":1100}
win    | 3        | 2026-03-09T11:00:00Z | log_clear | failure | bo            | log         |
sound  | 4        | 2026-03-09T11:00:00Z | read      | success | bo            |             |
"""


def test_a_cleared_log_is_a_fault_that_leads_to_its_events(home: Any) -> None:
    sources = {name: {"mapping": "windows_security", "logs": ["read"]} for name in ("win", "sound")}
    desk = opened(home(CLEARED, {"sources": sources}).installation)
    found = desk.keep(Health).sources()
    assert [each.source for each in found.faults() if each.kind == "cleared"] == ["win"]
    with serving(make(desk)) as server, visiting(server.address, desk) as visit:
        text = visit.get("/health").text.partition('id="fault-cleared"')[2].partition("</section>")[0]
        assert "En logg har rensats" in text
        fault = visit.get("/health/win").text.partition('id="fault-cleared"')[2].partition("</section>")[0]
        assert "2026-03-09 10:00:00" in fault
        (href,) = re.findall(r'href="([^"]+)"', fault)
        query = dict(parse_qsl(urlsplit(href.replace("&amp;", "&")).query))
        assert query == {"source": "win", "action": "log_clear", "undenied": "true"}
        events = answer(desk.home, question("events"), {**query, "undenied": True}, purpose="Prov", who=WHO)
    count = counts.listed(counts.STATUS, "clears", {})
    assert count
    assert (len(events.rows), count.number(events.rows.to_pylist())) == (3, 2)


def test_silences_are_listed_beside_gaps(served: Served) -> None:
    states = served.desk.keep(Health).sources().statement.sources
    over = [(each.source, *silence) for each in states for silence in each.silences if silence[0] != each.reach_utc]
    assert over  # the town's week has one
    with visiting(served.address, served.desk) as visit:
        for source, silent_from, silent_to in over:
            for path in ("/health", f"/health/{source}"):
                listed = visit.get(path).text.partition('id="silences"')[2].partition("</section>")[0]
                for each in (silent_from, silent_to):
                    assert cell("time", each) in listed


def test_a_silence_that_goes_on_has_no_end(visit: Visit, faulty: Served) -> None:
    found = web_health.silences(faulty.desk.keep(Health).sources(), "sv")
    assert (len(found), found.headings) == (1, ("källa", "efter", "tyst i"))
    assert "2026-03-01 08:00:00" in visit.get("/health/hel").text.partition('id="silences"')[2].partition("</table>")[0]


def test_lag_and_what_was_counted_stand_at_each_source_and_lead_to_the_rows(visit: Visit) -> None:
    for path in ("/health", "/health/hel"):
        text = visit.get(path).text
        assert "längsta fördröjning" in text
        assert 'href="/question/events?source=hel"' in text
        assert re.search(r'href="/question/without_event\?source=hel&amp;kind=reject"><bdi>1<', text)
        assert re.search(r'href="/question/without_event\?source=hel&amp;reason=[^"]*&amp;kind=reject"><bdi>1<', text)


@pytest.mark.parametrize(
    ("source", "waited_s", "fault"),
    [("ad", 299, False), ("ad", 301, True), (OWN, 301, False), (OWN, 3_599, False), (OWN, 3_601, True)],
)
def test_ones_own_acts_that_wait_are_no_fault_within_an_hour(source: str, waited_s: int, fault: bool) -> None:
    row = dict.fromkeys([column for columns in health._TOLD_BY.values() for column in columns])
    row |= {"source": source, "records": 1, "waiting": 2, "waiting_s": waited_s}
    declared = {"logs": ["read"]}
    assert ("waiting" in health._kinds(row, declared)) == fault


def test_what_was_never_read_is_not_called_sound(faulty: Served) -> None:
    """Of sparhund's own source no fault is made of what waits for less than an hour: nothing says that it delivers."""
    desk = opened(faulty.home)  # nothing is known of its health yet
    with serving(make(desk)) as server, visiting(server.address, desk, "Prov") as visit:
        assert visit.get("/question/events?source=hel").status_code == 200  # an act, which waits
        text = visit.get(f"/health/{OWN}").text
    assert "Källan levererar som den ska" not in text
    assert "Ingenting har lästs in från källan än" in text
    assert re.search(r"Poster som väntar i mellanlagret på att läsas in: \d+\.", text)
    assert OWN in desk.keep(Health).sources().unread()
    assert "hel" not in desk.keep(Health).sources().unread()
