"""The pages of a person, an account, a subject, an object, an address, a system and an asset."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import pytest
from playwright.sync_api import Page, expect

from analytics.answer import answer
from analytics.detect.explain import explain
from analytics.detect.knowledge import explanations
from analytics.question import question
from dashboards.given import given
from dashboards.web import links, panels, rows
from dashboards.web.period import period
from dashboards.web.render import words
from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import Visit, visiting

PURPOSE = "Prov av sidorna"
HOSTILE = [
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "x" * 10_000,
    "' OR 1=1 --",
    "../../etc/passwd",
    "%00",
    "{{7*7}}",
]
KINDS = ("person", "account", "subject", "object", "path", "address", "system", "asset")


@pytest.fixture(scope="module")
def incident(served: Served) -> Any:
    """An employee without an assignment reads a neighbour's record several evenings."""
    told = json.loads((served.folder / "truth" / "incidents.json").read_text(encoding="utf-8"))
    return next(each for each in told if each["id"] == "granne")


@pytest.fixture(scope="module")
def visit(served: Served) -> Iterator[Visit]:
    with visiting(served.address, served.desk, PURPOSE) as found:
        yield found


def asked(served: Served, name: str, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = answer(served.desk.home, question(name), params, purpose=PURPOSE).rows.to_pylist()
    return rows


@pytest.fixture(scope="module")
def addresses(served: Served, incident: Any) -> dict[str, str]:
    """A page of each kind, of something that events tell of."""
    who = incident["who"][0]
    (first, *_) = asked(served, "events", actor_person=who["person"], system="Lindan")
    at = next(row for row in asked(served, "events", actor_person=who["person"]) if row["src_ip"])
    path = next(row for row in asked(served, "events", system="Filserver") if not row["object_id"])
    return {
        "person": f"/person/{who['person']}",
        "account": f"/person/{quote(first['actor_account'])}",
        "subject": f"/subject/{served.desk.home.token(incident['subject'])}",
        "object": "/object?" + urlencode({name: first[name] for name in ("system", "object_type", "object_id")}),
        "path": "/object?" + urlencode({name: path[name] for name in ("system", "object_path")}),
        "address": f"/address/{at['src_ip']}",
        "system": "/system/Lindan",
        "asset": "/asset/omsorgsjournal",
    }


@pytest.mark.program("chromium")
def test_who_read_this_record_and_what_else_the_same_person_opened_that_night(page: Page, incident: Any) -> None:
    """Two jobs in three acts: type the number, follow the reader, open an event."""
    who = incident["who"][0]
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(incident["subject"])
    page.keyboard.press("Enter")  # 1
    expect(page.get_by_role("heading", level=1)).to_contain_text("Den enskilde p_")
    assert incident["subject"] not in page.url + page.content()
    readers = page.get_by_role("region", name="Vem har tagit del av den här personens uppgifter")
    row = readers.get_by_role("row").filter(has_text=who["person"]).filter(has_text="läste").first
    expect(row).to_contain_text(who["name"])
    row.get_by_role("link", name="Visa dygnet omkring").click()  # 2
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{who['name']} Medarbetare {who['person']}")
    assert page.title() == f"Medarbetare {who['person']} · sparhund"  # a window's title names nobody
    touched = page.get_by_role("region", name="Vilka enskildas uppgifter och vilka objekt")
    assert touched.get_by_role("row").count() > 2
    expect(page.get_by_text("Vad svaret bygger på").first).to_be_visible()
    events = page.get_by_role("region", name="Vilka händelser finns av det här slaget")
    events.get_by_role("row").nth(1).get_by_role("link").first.click()  # 3
    assert "/event/" in page.url


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_on_a_long_page_is_listed_first(visit: Visit, addresses: dict[str, str], kind: str) -> None:
    """Who works by keyboard would else pass hundreds of links on the way to the events."""
    page = visit.get(addresses[kind]).text
    listed = re.findall(r'<a href="#([\w-]+)">', page.partition('<nav class="contents"')[2].partition("</nav>")[0])
    assert listed == re.findall(r'<h2 id="((?:panel-|rests)\d*)"', page)
    assert len(listed) > 2


@pytest.mark.program("chromium")
@pytest.mark.parametrize("kind", KINDS)
def test_pages_can_be_used_by_all(page: Page, accessible: Any, addresses: dict[str, str], kind: str) -> None:
    page.goto(addresses[kind])
    accessible()
    if kind in {"subject", "system"}:  # all are drawn by one template; these have every chart
        page.emulate_media(color_scheme="dark")
        accessible()


@pytest.mark.parametrize("kind", ["subject", "person", "account", "object"])
def test_what_explains_each_access_is_told_and_chosen_by_the_address(
    visit: Visit, served: Served, addresses: dict[str, str], kind: str
) -> None:
    join = "&" if "?" in addresses[kind] else "?"
    place = f"{addresses[kind]}{join}all=1" if kind in {"person", "account"} else addresses[kind]
    join = "&" if "?" in place else "?"
    pages = {word: visit.get(f"{place}{join}explained={word}") for word in ("all", "no", "yes")}
    assert all(page.status_code == 200 for page in pages.values())
    events = {word: marked(page.text) for word, page in pages.items()}
    assert set(events["no"].values()) <= {"oförklarad"}
    assert all(said.startswith("förklarad: ") for said in events["yes"].values())
    for event, said in events["all"].items():  # as the event's own page tells it
        if said != "kräver ingen":
            told = explain(served.desk.home, event, purpose=PURPOSE).events[0]
            assert bool(told.reasons) is (said != "oförklarad")
            break
    assert {event for event, said in events["all"].items() if said == "oförklarad"} <= events["no"].keys()
    assert re.search(r'aria-current="true">Bara oförklarade', pages["no"].text)
    assert "explained=no" in re.findall(r'<a href="([^"]*)"[^>]*>Senaste 7 dagarna', pages["no"].text)[0]
    assert visit.get(f"{place}{join}explained=perhaps").status_code == 400


def marked(text: str) -> dict[str, str]:
    """The events of a page's list, and what is said of each."""
    part = text.partition('id="events"')[2]
    rows = re.findall(r'<td class="moment"><a href="/event/([^"]+)">.*?</tr>', part, re.DOTALL)
    said = re.findall(r"<bdi>(oförklarad|förklarad: [^<]*|kräver ingen)</bdi>", part)
    assert len(rows) == len(said)
    return dict(zip(map(unquote, rows), said, strict=True))


def test_each_explanation_is_called_something_in_few_words() -> None:
    missing = {name for name in explanations() if f"explained.{name}" not in words()}
    assert missing == set()


def test_the_neighbours_reader_is_unexplained_on_the_subjects_page(
    visit: Visit, addresses: dict[str, str], incident: Any
) -> None:
    text = visit.get(f"{addresses['subject']}?explained=no").text
    assert incident["who"][0]["person"] in text.partition('id="events"')[2]


def test_which_rights_a_person_was_given_by_whom_and_until_when(visit: Visit, served: Served) -> None:
    known = served.desk.home.tables()["accounts"].to_pylist()
    holders = {row["account"].lower(): row["person"] for row in known}
    changes = answer(served.desk.home, question("permission_changes"), {}, purpose=PURPOSE).rows.to_pylist()
    given = next(
        row
        for row in changes
        if row["action"] == "grant"
        and row["outcome"] != "failure"
        and holders.get((row["target_account"] or "").lower())
    )
    for place in (
        f"/person/{holders[given['target_account'].lower()]}",
        f"/person/{quote(given['target_account'], safe='')}",
    ):
        panel = (
            visit.get(f"{place}?all=1")
            .text.partition("Behörigheter som personen har fått</h2>")[2]
            .partition("</section>")[0]
        )
        assert f'href="/event/{quote(given["event_id"], safe="")}"' in panel
        assert given["target_group"] is None or escape(given["target_group"]) in panel


@pytest.mark.program("chromium")
def test_a_period_is_chosen_and_stands_in_the_address(page: Page, addresses: dict[str, str]) -> None:
    page.goto(addresses["person"])
    page.get_by_role("link", name="Senaste dagen").click()
    assert re.search(r"start=2026-\d\d-\d\d&stop=2026-\d\d-\d\d", page.url)
    expect(page.get_by_role("link", name="Senaste dagen")).to_have_attribute("aria-current", "true")
    page.get_by_label("Från").fill("1999-01-01")
    page.get_by_label("till", exact=True).fill("1999-12-31")
    page.get_by_role("button", name="Visa").click()
    assert page.url.endswith("start=1999-01-01&stop=1999-12-31")
    expect(page.get_by_text("från 1999-01-01 till och med 1999-12-31")).to_be_visible()
    expect(page.get_by_text("Namn", exact=True)).to_be_visible()  # the directory still knows the person


@pytest.mark.parametrize("kind", KINDS)
def test_a_personal_number_as_a_period_stands_in_no_address(visit: Visit, addresses: dict[str, str], kind: str) -> None:
    path, _, query = addresses[kind].partition("?")
    answer = visit.post(path, {**dict(parse_qsl(query)), "start": "19121212-1212", "stop": "2026-03-08"})
    assert answer.status_code == 400
    assert "1212-1212" not in answer.text
    assert "ser ut som ett personnummer" in answer.text
    assert 'name="stop" value="2026-03-08"' in answer.text
    sent = visit.post(path, {**dict(parse_qsl(query)), "start": "2026-03-01", "stop": ""})
    assert sent.status_code == 303
    assert dict(parse_qsl(sent.headers["location"].partition("?")[2])) == {
        **dict(parse_qsl(query)), "start": "2026-03-01"
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["person", "object"])
@pytest.mark.parametrize(
    ("start", "stop", "said"),
    [
        ("6 mars 2026", "", "ska vara ett datum eller en tidpunkt"),
        ("2026-03-08", "2026-03-01", "är inte senare än början"),
    ],
)
def test_a_period_that_is_none_is_told_beside_its_field(
    visit: Visit, addresses: dict[str, str], kind: str, start: str, stop: str, said: str
) -> None:
    path, _, query = addresses[kind].partition("?")
    answer = visit.get(f"{path}?{urlencode([*parse_qsl(query), ('start', start), ('stop', stop)])}")
    assert answer.status_code == 400
    assert f'name="start" value="{start}"' in answer.text
    assert f'name="stop" value="{stop}"' in answer.text
    assert 'aria-invalid="true" aria-describedby="wrong"' in answer.text
    assert "Senaste" in answer.text
    assert said in answer.text.partition('id="wrong"')[2].partition("</div>")[0]


def test_an_instant_of_an_address_is_shown_as_people_write_it(visit: Visit, addresses: dict[str, str]) -> None:
    text = visit.get(addresses["person"] + "?start=2026-03-06T08:00:00%2B00:00&stop=2026-03-07T08:00:00%2B00:00").text
    assert 'name="start" value="2026-03-06 09:00"' in text
    assert "från 2026-03-06 09:00" in text


@pytest.mark.parametrize("kind", [*KINDS, "outside hours"])
def test_every_number_leads_to_as_many_rows(visit: Visit, served: Served, addresses: dict[str, str], kind: str) -> None:
    outside = "/question/access_outside_hours?from_hour=9&to_hour=15&level=0&ask=1"
    text = visit.get({**addresses, "outside hours": outside}[kind]).text
    # A page says so and shows fewer where it would be too heavy.
    assert len(text.encode()) < 300_000
    found = re.findall(
        r'<a href="(/question/events[^"]*)"[^>]*>(?:<bdi>|<strong>)?([\d\N{NARROW NO-BREAK SPACE}]+)<', text
    )
    assert found
    events = list(dict(reversed(found)).items())  # days lead to the same rows as the events before them
    for href, number in events[:: max(1, len(events) // 5)]:
        path, _, query = unescape(href).partition("?")
        file = question(path.rpartition("/")[2])
        rows = asked(served, file.name, **given(file.name, file.params, parse_qsl(query)))
        assert len(rows) == int(number.replace("\N{NARROW NO-BREAK SPACE}", "")), href


@pytest.mark.parametrize(
    "path",
    ["/person/nobody", "/subject/p_0", "/object?system=x&object_id=y", "/address/1.2.3.4", "/system/x", "/asset/x"],
)
def test_nothing_known_is_said_with_what_that_rests_on(visit: Visit, path: str) -> None:
    response = visit.get(path)
    assert response.status_code == 200
    assert "Kontrollera stavningen" in response.text
    assert "Ingen rad betyder att ingen händelse finns i sparhund" in response.text


def test_an_address_without_events_in_the_period_leads_to_all_time(visit: Visit) -> None:
    within = visit.get("/address/1.2.3.4?start=2026-03-01").text
    assert "Inga händelser finns under perioden." in within
    assert "Adressen finns inte i några händelser." not in within
    (href,) = re.findall(r'<a href="([^"]*)">Se hela tiden\.</a>', within)
    assert "Adressen finns inte i några händelser." in visit.get(unescape(href)).text


@pytest.mark.parametrize(
    ("path", "hostile"),
    [
        *(("/person/{}", hostile) for hostile in HOSTILE),
        *(("/object?system={0}&object_id={0}", hostile) for hostile in HOSTILE[:3]),
        *((path, HOSTILE[0]) for path in ("/subject/{}", "/system/{}", "/asset/{}")),
    ],
)
def test_names_from_elsewhere_steer_nothing(visit: Visit, path: str, hostile: str) -> None:
    response = visit.get(path.format(quote(hostile, safe="")))
    assert response.status_code in {200, 404}
    assert "<script>alert" not in response.text
    assert "\u202e" not in re.sub(r"<[^>]*>", "", response.text)  # a form gives it back as it was
    assert "49" not in re.findall(r"<title>(.*?)</title>", response.text, re.DOTALL)[0]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/person/p000001?systm=x", "systm"),
        ("/person/p000001?start=2026-03-01&start=2026-03-02", "start"),
        ("/person/p000001?start=igar", "ett datum eller en tidpunkt"),
        ("/person/p000001?start=2026-03-01T25:00:00", "ett datum eller en tidpunkt"),
        ("/person/p000001?start=2026-03-02&stop=2026-03-01", "inte senare"),
        ("/object?system=Lindan", "saknas"),
        ("/object?object_id=1", "saknas"),
        ("/subject/191212121212", "personnummer"),
    ],
)
def test_what_can_not_be_asked_is_refused_with_its_reason(visit: Visit, path: str, reason: str) -> None:
    response = visit.get(path)
    assert response.status_code == 400
    assert reason in response.text
    main = response.text.partition("<main")[2].partition("</main>")[0]  # the links of the frame lead back
    assert "igar" not in main.replace('value="igar"', "")  # a form gives it back as it was


def test_a_person_is_shown_only_for_a_purpose(served: Served, addresses: dict[str, str]) -> None:
    with visiting(served.address, served.desk) as found:
        for path in addresses.values():
            assert found.get(path).headers["location"].startswith("/purpose?next=")


def test_the_title_of_a_window_holds_ids_only(visit: Visit, addresses: dict[str, str], incident: Any) -> None:
    for path in addresses.values():
        title = re.findall(r"<title>(.*?)</title>", visit.get(path).text, re.DOTALL)[0]
        assert incident["who"][0]["name"] not in title
        assert "\\" not in title


def test_a_person_is_told_as_of_then(visit: Visit, served: Served, addresses: dict[str, str]) -> None:
    tables = served.desk.home.tables()
    person = addresses["person"].rpartition("/")[2]
    row = next(row for row in tables["people"].to_pylist() if row["person"] == person)
    text = visit.get(addresses["person"]).text
    assert row["name"] in text
    assert all(account in unescape(text) for account in _accounts(tables, person))


def _accounts(tables: Any, person: str) -> list[str]:
    return [row["account"] for row in tables["accounts"].to_pylist() if row["person"] == person]


def test_a_system_says_what_it_logs_and_an_asset_its_history(visit: Visit) -> None:
    assert "Källor och vad de ska logga" in visit.get("/system/Lindan").text
    asset = visit.get("/asset/omsorgsjournal").text
    assert "Klassning över tid (2)" in asset
    assert "OSL 25 kap. 1 §" in asset


@pytest.mark.parametrize("kind", ["person", "account", "subject", "system"])
def test_what_the_events_belong_to_is_told_with_its_classification_and_how_it_was(
    visit: Visit, addresses: dict[str, str], kind: str
) -> None:
    text = visit.get(f"{addresses[kind]}?all=1").text
    now = text.partition("Informationstillgångar och deras klassning (")[2].partition("</details>")[0]
    assert re.search(r'<a href="/asset/omsorgsjournal"><bdi>Omsorgsjournaler', now)
    assert ">3<" in now
    assert "Klassning över tid (" in text  # the register has an earlier class of it


def test_an_object_says_its_level_as_of_then_and_how_it_was(visit: Visit, addresses: dict[str, str]) -> None:
    text = visit.get(addresses["object"]).text
    facts = text.partition('<section class="facts"')[2].partition("</section>")[0]
    assert re.search(r'<dt>Informationstillgång</dt><dd><a href="/asset/omsorgsjournal">', facts)
    assert "<dt>Konfidentialitet</dt><dd><bdi>3</bdi>" in facts
    assert "Klassning över tid (2)" in facts


@pytest.mark.parametrize("kind", ["person", "account"])
def test_who_else_had_to_do_with_the_same_is_asked_for(
    visit: Visit, served: Served, addresses: dict[str, str], kind: str
) -> None:
    (href,) = re.findall(r'<a href="(/question/who_else[^"]*)"', visit.get(f"{addresses[kind]}?all=1").text)
    answered = visit.get(unescape(href)).text
    others = asked(served, "who_else", **dict(parse_qsl(unescape(href).partition("?")[2])))
    assert 0 < max(row["things"] for row in others) <= 200
    assert f"/person/{others[0]['actor_person']}" in answered
    assert "<svg" in answered


@pytest.mark.parametrize("kind", ["person", "subject", "address"])
def test_what_was_done_outside_office_hours_is_counted_and_listed(
    visit: Visit, addresses: dict[str, str], kind: str
) -> None:
    text = visit.get(f"{addresses[kind]}?all=1").text
    href, count = re.findall(r'<a href="([^"]*outside_hours=true[^"]*)">([^<]*)</a>', text)[0]
    rows = visit.get(unescape(href) + "&format=csv").text.splitlines()
    hours = [row.partition(";")[0] for row in rows[1:]]
    assert len([hour for hour in hours if hour]) == int(count.replace("\N{NARROW NO-BREAK SPACE}", ""))


@pytest.mark.parametrize("path", ["/system/Lindan", "/asset/omsorgsjournal"])
def test_also_what_names_nobody_says_what_explains_its_events(visit: Visit, path: str) -> None:
    text = visit.get(f"{path}?explained=all").text
    assert re.search(r'<td class="why"><a href="/event/[^"]*#why">', text)


@pytest.mark.parametrize("path", ["/system/Lindan?", "/question/events?system=Lindan&ask=1&"])
def test_what_a_page_says_of_a_heavy_list_is_of_the_rows_that_it_shows(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(panels, "_HEAVIEST", 9_000)
    monkeypatch.setattr(rows, "HEAVIEST", 9_000)
    text = visit.get(f"{path}explained=all").text
    listed = len(re.findall(r'<td class="(?:why|warn)">', text))
    told = re.search(r"Prövade åtkomster: (\d+), varav (\d+) \w+ och (\d+) ", text)
    assert told
    assert int(told[1]) == int(told[2]) + int(told[3]) == listed
    assert 0 < listed < 50
    assert "Listan är längre, och resten är inte prövad" in text
    if path.startswith("/system"):
        drawn = re.search(r"Tidslinje över de (\d+) senaste händelserna", text)
        shown = re.search(r"Här visas de första (\d+) raderna", text.partition(drawn[0])[2] if drawn else "")
        assert drawn
        assert shown
        assert int(drawn[1]) == int(shown[1])


def test_how_many_were_picked_by_their_explanation_is_told_where_fewer_are_shown(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "HEAVIEST", 9_000)
    text = visit.get("/question/events?system=Lindan&ask=1&explained=yes").text
    told = re.search(r"varav (\d+) förklarade .*? Utvalda: (\d+)\. Här visas de första (\d+)", text)
    assert told
    assert int(told[1]) == int(told[2]) > int(told[3]) == len(re.findall(r'<td class="why">', text))
    assert "Hela svaret finns som fil" not in text


def test_the_whole_of_what_is_picked_by_its_explanation_is_picked_too(visit: Visit) -> None:
    text = visit.get("/system/Lindan?explained=no").text
    (href,) = [unescape(each) for each in re.findall(r'<a href="(/question/events\?[^"]*explained=no[^"]*)"', text)]
    assert re.search(r'<td class="warn">', visit.get(href).text)


def test_who_had_an_address_is_asked_of_when_it_was_last_seen(visit: Visit, addresses: dict[str, str]) -> None:
    (href,) = re.findall(r'<a href="(/question/who_had_address[^"]*)"', visit.get(addresses["address"]).text)
    answered = visit.get(unescape(href))
    assert answered.status_code == 200
    assert "Inga rader" not in answered.text
    assert "/question/who_had_address" not in visit.get("/address/1.2.3.4").text


def test_a_vpn_sessions_address_tells_whose_it_was_from_when_to_when(visit: Visit, served: Served) -> None:
    up = next(row for row in asked(served, "events", source="vpn", action="login") if row["outcome"] == "success")
    shown = visit.get(f"/event/{quote(up['event_id'])}").text
    address = re.search(r"10\.250\.\d+\.\d+", shown)
    assert address
    (row, *_) = asked(served, "who_had_address", address=address[0], at=up["time_utc"])
    given = visit.get(f"/address/{address[0]}").text
    assert "VPN-sessioner som tilldelades adressen" in given
    assert f"/address/{up['src_ip']}" in given
    assert row["actor_account"] == up["actor_account"]
    assert row["session_from_utc"] == up["time_utc"]


def test_english_by_the_switch(served: Served, addresses: dict[str, str]) -> None:
    with visiting(served.address, served.desk, PURPOSE) as found:
        found.post("/language", {"language": "en", "next": "/"})
        text = found.get(addresses["subject"]).text
    assert "Who took part of the information" in text
    assert "Vilka har tagit del" not in text


@pytest.mark.parametrize(
    ("latest", "day", "week"),
    [
        # 23:30 UTC is the day after in Sweden.
        ("2026-03-02T23:30:00+00:00", ("2026-03-03", "2026-03-03"), ("2026-02-25", "2026-03-03")),
        # Both the hours that are 02:30 on 25 October are of that day.
        ("2026-10-25T00:30:00+00:00", ("2026-10-25", "2026-10-25"), ("2026-10-19", "2026-10-25")),
        ("2026-10-25T01:30:00+00:00", ("2026-10-25", "2026-10-25"), ("2026-10-19", "2026-10-25")),
    ],
)
def test_ready_periods_are_days_of_swedens_calendar(latest: str, day: tuple[str, str], week: tuple[str, str]) -> None:
    at = datetime.fromisoformat(latest)
    chosen = period("/person/p1", [], {"start": day[0], "stop": day[1]}, at)
    assert [choice.key for choice in chosen.choices if choice.current] == ["day"]
    found = {choice.key: dict(parse_qsl(choice.href.partition("?")[2])) for choice in chosen.choices}
    assert found["all"] == {}
    assert tuple(found["day"].values()) == day
    assert tuple(found["week"].values()) == week


def test_without_events_there_is_only_all_time() -> None:
    assert [choice.key for choice in period("/x", [], {}, None, "week").choices] == ["all"]


def test_around_a_night_when_the_clock_changes_is_told_with_offsets() -> None:
    row = {"actor_person": "p1", "time_utc": datetime(2026, 10, 25, 1, 30, tzinfo=UTC)}  # 02:30, the second time
    found = dict(parse_qsl((links.around(row) or "").partition("?")[2]))
    start, stop = (datetime.fromisoformat(found[name]) for name in ("start", "stop"))
    assert found["start"].endswith("+02:00")
    assert found["stop"].endswith("+01:00")
    assert (row["time_utc"] - start).total_seconds() >= 12 * 3600
    assert (stop - row["time_utc"]).total_seconds() >= 12 * 3600


@pytest.mark.parametrize("row", [{"actor_person": "p1"}, {"time_utc": datetime(2026, 1, 1, tzinfo=UTC)}])
def test_who_or_when_is_not_known_leads_nowhere(row: dict[str, Any]) -> None:
    assert links.around(row) is None


def test_an_assignment_is_as_something_and_no_position(visit: Visit, addresses: dict[str, str]) -> None:
    text = visit.get(addresses["subject"]).text
    table = text.partition("Vilka som har uppdrag")[2].partition("</table>")[0]
    assert ">uppdrag som<" in table.lower()
    assert "befattning" not in table.lower()
