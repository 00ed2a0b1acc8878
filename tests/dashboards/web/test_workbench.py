# ruff: noqa: E501 - forms and addresses read better on one line
"""The workbench as an investigator works at it: one timeline, pins and notes, and how many persons are affected."""

import csv
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from html import escape, unescape
from typing import Any

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, expect

from analytics import workbench as kept
from analytics.answer import answer
from analytics.caller import Caller
from analytics.installation import OWN
from analytics.question import question
from dashboards.cells import plain
from dashboards.web import workbench
from dashboards.web.affected import THRESHOLD
from dashboards.web.render import words
from schemas.errors import QuestionError
from schemas.terms import terms
from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import Visit, cookies, visiting

pytestmark = pytest.mark.program("chromium")

KARIN = Caller("karin")


@pytest.fixture(scope="module")
def served(own: Served) -> Served:
    """A municipality of our own, in whose lake workbenches are kept."""
    return own


@pytest.fixture(scope="module")
def signed_in(served: Served) -> Any:
    return cookies(served.desk, "prov")


@pytest.fixture
def visit(served: Served) -> Iterator[Visit]:
    with visiting(served.address, served.desk, "prov") as found:
        yield found


@pytest.fixture(scope="module")
def snooper(served: Served) -> str:
    """The employee of the incident with a neighbour's record."""
    told = json.loads((served.folder / "truth" / "incidents.json").read_text(encoding="utf-8"))
    person: str = next(each for each in told if each["id"] == "granne")["who"][0]["person"]
    return person


@pytest.fixture
def board(served: Served) -> str:
    return kept.open_workbench(served.home, "KS 2026/114", who=KARIN)


def lain(served: Served, board: str, *entities: tuple[str, str]) -> None:
    for kind, value in entities:
        kept.note(served.home, board, "added", kind=kind, value=value, who=KARIN)


def first_event(visit: Visit, board: str) -> str:
    found = re.search(r'name="pin" value="([^"]+)"', visit.get(f"/workbench/{board}").text)
    assert found
    return found[1]


def test_an_investigation_from_the_first_entity_to_the_number_of_persons(
    page: Page, snooper: str, accessible: Callable[[], None]
) -> None:
    page.goto("/workbench")
    accessible()
    page.get_by_label("Vad gäller utredningen?").fill("KS 2026/114 läsning av grannes journal")
    page.get_by_role("button", name="Skapa arbetsbordet").click()
    page.get_by_label("Namn, id, konto, sökväg eller personnummer").fill(snooper)
    page.get_by_role("button", name="Lägg på bordet").click()
    expect(page.get_by_role("img", name="Tidslinje").or_(page.get_by_label("Tidslinje")).first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Fäst händelsen")).first.click()
    page.get_by_label("Anteckning om händelse 1").fill("Kvällen då det började.")
    page.get_by_role("button", name="Spara anteckningen").first.click()
    expect(page.locator(".pins .written")).to_have_text("Kvällen då det började.")
    page.get_by_role("link", name="Räkna berörda personer").click()
    said = page.locator("section:has(#affected) .lead").inner_text()
    least, *_, most = (int(number) for number in re.findall(r"\d+", said))
    assert 1 <= least <= most
    expect(page.get_by_text("Linjen: tröskeln")).to_be_visible()
    accessible()
    page.emulate_media(color_scheme="dark")
    accessible()


def test_what_lies_there_is_printed_and_the_form_of_filters_is_not(
    page: Page, served: Served, board: str, snooper: str
) -> None:
    lain(served, board, ("person", snooper), ("account", "nobody.x"))
    page.goto(f"/workbench/{board}")
    expect(page.locator("table.timeline th").first).to_have_text("Fäst")  # within the view however narrow it is
    expect(page.get_by_text("Arbetsbord delas av alla")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".entities .chip").first).to_be_visible()
    expect(page.locator("table.timeline")).to_be_visible()
    for gone in (page.locator(".filters"), page.get_by_role("heading", name="Vad som visas")):
        expect(gone).not_to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


def test_to_take_away_what_others_may_have_laid_is_asked_about(
    page: Page, served: Served, board: str, snooper: str, accessible: Callable[[], None]
) -> None:
    lain(served, board, ("person", snooper))
    page.goto(f"/workbench/{board}")
    remove = page.get_by_role("button", name="Ta bort A")
    expect(remove).not_to_be_visible()
    page.locator(".asks summary").click()
    expect(page.get_by_text("Bordet skapades av karin")).to_be_visible()
    accessible()
    remove.click()
    expect(page.get_by_text("Bordet är tomt.")).to_be_visible()
    assert kept.workbench(served.home, board).entities == ()


def test_which_file_has_the_general_notes_is_told(served: Served, visit: Visit, board: str, snooper: str) -> None:
    lain(served, board, ("person", snooper))
    assert visit.post(f"/workbench/{board}", {"act": "note", "text": "Allmänt"}).status_code == 303
    files = visit.get(f"/workbench/{board}").text.partition('<p class="files">')[2].partition("</p>")[0]
    assert "JSON har dessutom de allmänna anteckningarna" in files
    held = {kind: visit.get(f"/workbench/{board}?format={kind}").text for kind in ("csv", "json")}
    assert {kind: "Allmänt" in text for kind, text in held.items()} == {"csv": False, "json": True}


def test_an_event_is_pinned_from_its_own_page(
    page: Page, served: Served, visit: Visit, board: str, snooper: str
) -> None:
    lain(served, board, ("person", snooper))
    event = first_event(visit, board)
    page.goto(f"/event/{event}")
    page.get_by_role("button", name="Fäst på arbetsbordet").click()
    expect(page.locator(".pins a").first).to_have_attribute("href", f"/event/{event}")
    assert page.url.endswith(board)


def test_the_filters_and_the_chosen_entities_stand_in_the_address(
    page: Page, served: Served, board: str, snooper: str
) -> None:
    lain(served, board, ("person", snooper), ("account", "nobody.x"))
    page.goto(f"/workbench/{board}")
    page.locator(".pick input").first.check()
    page.get_by_label("Från och med").fill("2026-03-02")
    page.get_by_label("Åtgärd").select_option("läste")
    page.get_by_role("button", name="Visa", exact=True).click()
    assert page.url.endswith(f"/workbench/{board}?start=2026-03-02&action=read&actors={snooper}")
    assert set(page.locator("table.timeline tbody td:nth-child(5)").all_inner_texts()) == {"läste"}
    expect(page.get_by_text("(visas inte)")).to_have_count(1)


def test_who_works_at_none_chooses_or_makes_one(served: Served) -> None:
    with visiting(served.address, served.desk, "prov") as visit:
        answer = visit.post("/workbench", {"kind": "person", "value": "p1", "title": "En till"})
    assert answer.status_code == 303
    found = kept.workbench(served.home, answer.headers["location"].rpartition("/")[2])
    assert (found.title, found.entities) == ("En till", (("person", "p1"),))


def test_a_personal_number_becomes_a_token_and_stands_nowhere(served: Served, visit: Visit, board: str) -> None:
    answer = visit.post(f"/workbench/{board}", {"act": "add", "kind": "subject", "value": "19121212-1212"})
    assert answer.status_code == 303
    ((_, value),) = kept.workbench(served.home, board).entities
    assert re.fullmatch(r"p_[0-9a-f]{32}", value)
    assert visit.post(f"/workbench/{board}", {"act": "filter", "system": "19121212-1212"}).status_code == 400
    refused = visit.post(f"/workbench/{board}", {"act": "note", "text": "gäller 19121212-1212"})
    assert refused.status_code == 400
    assert "1212-1212" not in refused.text


NUMBER = "19121212-1212"
LOST = "Det som liknar ett personnummer"


def fields(page: str) -> dict[str, str]:
    """What stands in the page's fields, by their ids."""
    found = re.findall(r'<textarea id="(.*?)"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    found += re.findall(r'<input id="(.*?)"[^>]*? value="(.*?)"', page)
    return {name: unescape(text) for name, text in found}


@pytest.mark.parametrize(
    ("form", "field", "again", "cut"),
    [
        ({"act": "note", "text": f"Gäller {NUMBER}, & <ingen> annan."}, "note", "Gäller …, & <ingen> annan.", True),
        ({"act": "note", "text": NUMBER}, "note", "", True),
        ({"act": "note", "text": "x" * 4_001}, "note", "x" * 4_001, False),
        ({"act": "note", "event": "a-1-0", "text": f"Se {NUMBER}."}, "note-1", "Se ….", True),
        ({"act": "add", "kind": "account", "value": f"anna {NUMBER}"}, "value", "anna …", True),
        ({"act": "filter", "system": f"Lindan {NUMBER}", "start": "2026-03-01"}, "start", "2026-03-01", True),
    ],
)
def test_what_was_written_stands_in_the_form_again_but_for_a_personal_number(
    served: Served, visit: Visit, board: str, form: dict[str, str], field: str, again: str, cut: bool
) -> None:
    kept.note(served.home, board, "pinned", kind="event", value="a-1-0", who=KARIN)
    answer = visit.post(f"/workbench/{board}", form)
    assert answer.status_code == 400
    found = fields(answer.text)
    assert found[field] == again
    assert {name: text for name, text in found.items() if name.startswith("note") and name != field and text} == {}
    assert (LOST in answer.text) == cut
    assert NUMBER not in answer.text
    assert kept.workbench(served.home, board).notes == ()


def test_a_title_that_is_refused_is_written_again_with_what_was_to_be_laid(visit: Visit) -> None:
    answer = visit.post("/workbench", {"kind": "account", "value": "anna.b", "title": f"Ärende om {NUMBER}"})
    assert answer.status_code == 400
    assert fields(answer.text)["title"] == "Ärende om …"
    assert 'name="value" value="anna.b"' in answer.text
    assert LOST in answer.text


@pytest.mark.parametrize(
    "form",
    [{"act": "add", "kind": "thing", "value": "x"}, {"act": "add", "kind": "person", "value": ""}, {"pin": "nej"}, {"act": "note", "text": " "},
     {"act": "burn"}, {}, {"remove": "person"}, {"act": "note", "text": "x" * 4_001}, {"act": "filter", "start": "i går"}],
)  # fmt: skip
def test_what_cannot_be_done_changes_nothing(served: Served, visit: Visit, board: str, form: dict[str, str]) -> None:
    before = kept.workbench(served.home, board)
    if form.get("act") == "filter":  # what is no time is an address, and its page says so
        sent = visit.post(f"/workbench/{board}", form)
        assert visit.get(sent.headers["location"]).status_code in {200, 400}
    else:
        assert visit.post(f"/workbench/{board}", form).status_code == 400
    assert kept.workbench(served.home, board) == before


def test_a_forged_form_is_refused(served: Served, visit: Visit, board: str) -> None:
    for form in ({"act": "note", "text": "x"}, {"act": "note", "text": "x", "csrf": "guessed"}):
        assert visit.client.post(f"/workbench/{board}", data=form).status_code == 403
    assert visit.client.post("/workbench", data={"title": "x"}).status_code == 403
    assert kept.workbench(served.home, board).notes == ()


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "\u202egnp.exe", "' OR 1=1 --", "{{7*7}}", "å" * 1_000])
def test_hostile_values_are_shown_and_never_obeyed(served: Served, visit: Visit, board: str, value: str) -> None:
    assert visit.post(f"/workbench/{board}", {"act": "add", "kind": "object", "value": value}).status_code == 303
    assert visit.post(f"/workbench/{board}", {"act": "note", "text": value}).status_code == 303
    assert kept.workbench(served.home, board).entities == (("object", value),)
    answer = visit.get(f"/workbench/{board}?count=1")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "\u202e" not in re.sub(r'value="[^"]*"', "", answer.text)  # what a form gives back isn't shown
    assert visit.post(f"/workbench/{board}", {"remove": f"object:{value}"}).status_code == 303
    assert kept.workbench(served.home, board).entities == ()


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "unknown=1", "start=igår", "start=2026-03-02&stop=2026-03-01", "format=exe"]
)
def test_an_address_that_is_none_is_refused(served: Served, visit: Visit, board: str, snooper: str, query: str) -> None:
    lain(served, board, ("person", snooper))
    assert visit.get(f"/workbench/{board}?{query}").status_code == 400


def test_a_time_is_swedens_where_it_has_no_offset(visit: Visit, served: Served, board: str, snooper: str) -> None:
    lain(served, board, ("person", snooper))
    shown = visit.get(f"/workbench/{board}?start=2026-03-02+08:00&stop=2026-03-08")
    assert shown.status_code == 200
    assert "från 2026-03-02 08:00:00+01:00" in shown.text


def test_the_selection_as_files_holds_marks_pins_notes_and_statement(
    served: Served, visit: Visit, board: str, snooper: str
) -> None:
    lain(served, board, ("person", snooper))
    event = first_event(visit, board)
    assert visit.post(f"/workbench/{board}", {"pin": event}).status_code == 303
    assert visit.post(f"/workbench/{board}", {"act": "note", "event": event, "text": "=1+1"}).status_code == 303
    told = json.loads(visit.get(f"/workbench/{board}?format=json").text)
    assert [each["event_id"] for each in told["pins"]] == [event]
    assert told["notes"][0]["note"] == "=1+1"
    assert told["statement"]
    assert told["entities"] == [{"letter": "A", "kind": "person", "value": snooper}]
    (row,) = [row for row in told["rows"] if row["pinned"]]
    assert (row["event_id"], row["marks"]) == (event, "A")
    table = pq.read_table(io.BytesIO(visit.get(f"/workbench/{board}?format=parquet").content))
    assert len(table) == len(told["rows"])
    assert b"sparhund.statement" in (table.schema.metadata or {})
    csv = visit.get(f"/workbench/{board}?format=csv")
    assert "karin: =1+1" in csv.text
    assert csv.headers["sparhund-statement"]
    assert len(json.loads(visit.get(f"/workbench/{board}?format=json&stop=2020-01-01").text)["rows"]) == 0


PERIOD = "start=2026-03-02&stop=2026-03-08"


def sheet(text: str) -> list[list[str]]:
    """The cells of a CSV for a Swedish Excel."""
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))


def lead(page: str) -> list[str]:
    """What the page says of the number and of the threshold."""
    section = page.partition('id="affected"')[2].partition("</section>")[0]
    found = re.findall(r'<p class="lead">(.*?)</p>\s*<p><strong[^>]*>(.*?)</strong>', section)
    return [unescape(text) for text in found[0]]


def test_the_files_hold_how_many_persons_are_affected_as_the_page_says_it(
    served: Served, visit: Visit, board: str, snooper: str
) -> None:
    lain(served, board, ("person", snooper))
    place = f"/workbench/{board}?{PERIOD}"
    page = visit.get(f"{place}&count=1").text
    told = json.loads(visit.get(f"{place}&format=json").text)["persons_affected"]
    assert told["said"] == lead(page)
    assert (told["at_least"], told["at_most_known"]) == interval(page)
    assert told["at_most"] == (None if told["unknown_objects"] else told["at_most_known"])
    assert (told["threshold"], told["counted_by"]) == (THRESHOLD, "actors")
    assert (told["start"], told["stop"]) == ("2026-03-01T23:00:00Z", "2026-03-08T23:00:00Z")
    rests = [escape(text, quote=False) for text in (*told["threshold_rests_on"], *told["counted"])]
    assert "MCFFS 2026:8" in rests[0]
    assert [text for text in rests if text not in page] == []
    assert {each["in_words"]["why"] for each in told["reasons"]} <= set(re.findall(r"<bdi>([^<]*)</bdi>", page))
    name, *rows = sheet(visit.get(f"{place}&format=csv&count=1").text)
    assert name[:2] == ["gräns", "varför"]
    reasons = rows[: rows.index([])]
    assert ["minst", "sammanlagt", "", str(told["at_least"])] in [row[:4] for row in reasons]
    assert len(reasons) == len(told["reasons"]) + 2
    below = [*told["said"], *told["counted"], *told["threshold_rests_on"]]
    assert rows[len(reasons) + 1 :] == [[text] for text in below]
    parquet = pq.read_table(io.BytesIO(visit.get(f"{place}&format=parquet&count=1").content))
    assert told["said"][0] in (parquet.schema.metadata or {})[b"sparhund.statement"].decode()
    assert len(sheet(visit.get(f"{place}&format=csv").text)[0]) > len(name)  # the table of events stays one


def test_where_nothing_is_counted_no_number_is_judged(served: Served, visit: Visit, board: str) -> None:
    token = served.desk.home.token("19121212-1212")
    lain(served, board, ("subject", token))
    told = json.loads(visit.get(f"/workbench/{board}?format=json").text)["persons_affected"]
    assert (told["at_least"], told["at_most"], told["verdict"]) == (None, None, None)
    assert told["said"][0].startswith("Berörda personer är inte räknade")
    refused = visit.get(f"/workbench/{board}?format=csv&count=1")
    assert refused.status_code == 400
    assert "<strong>Antalet berörda personer:</strong> det finns inget att räkna" in refused.text
    lain(served, board, ("account", "nobody.x"))
    assert "Berörda personer är inte räknade" in visit.get(f"/workbench/{board}?actors=nobody.x&count=1").text
    for place in (f"/workbench/{board}?{PERIOD}&count=1", f"/workbench/{board}?actors=nobody.x&{PERIOD}&count=1"):
        page = visit.get(place).text
        assert "Det visar inte att ingen är berörd" in page
        assert "ligger under tröskeln" not in page
        told = json.loads(visit.get(f"{place}&format=json").text)["persons_affected"]
        assert (told["at_least"], told["verdict"]) == (None, None)
        assert told["said"][0].startswith("Inget av det som räknas")
        assert told["said"][0] in visit.get(f"{place}&format=csv").text


def test_filters_that_the_number_does_not_heed_are_told(served: Served, visit: Visit, board: str, snooper: str) -> None:
    lain(served, board, ("person", snooper))
    note = "Valen av åtgärd, system och vad händelsen visar gäller inte antalet."
    for more, told in (("", False), ("&action=read", True)):
        assert (note in visit.get(f"/workbench/{board}?{PERIOD}&count=1{more}").text) == told
        counted = json.loads(visit.get(f"/workbench/{board}?{PERIOD}&format=json{more}").text)["persons_affected"]
        assert (note in counted["counted"]) == told


@pytest.mark.parametrize("language", ["sv", "en"])
def test_codes_of_json_stand_beside_the_words_of_the_page(
    served: Served, visit: Visit, board: str, snooper: str, language: str
) -> None:
    lain(served, board, ("person", snooper))
    visit.post("/language", {"language": language})
    page = visit.get(f"/workbench/{board}").text.partition('<table class="timeline">')[2]
    rows = json.loads(visit.get(f"/workbench/{board}?format=json").text)["rows"]
    file = sheet(visit.get(f"/workbench/{board}?format=csv").text)[1:]
    lines = re.findall(r'<tr[^>]*><td>.*?href="/event/([^"]+)".*?</tr>', page, re.DOTALL)
    cells = re.findall(r"<tr[^>]*><td>.*?</tr>", page, re.DOTALL)
    assert len(lines) == len(cells) > 10
    assert len({row["proves"] for row in rows[: len(lines)]}) > 1
    for row, cell, line in zip(rows, cells, file, strict=False):
        proves = re.split(r"<td[^>]*>", cell)[7].partition("</td>")[0].partition("<br>")[0]
        assert row["in_words"]["proves"] == unescape(proves)
        assert set(row["in_words"].values()) <= set(line)


def test_a_pinned_event_outside_the_period_is_told_on_the_page_and_in_the_files(
    served: Served, visit: Visit, board: str, snooper: str
) -> None:
    lain(served, board, ("person", snooper))
    place = f"/workbench/{board}"
    rows = json.loads(visit.get(f"{place}?format=json").text)["rows"]
    first, last = rows[0], rows[-1]
    for event in (first["event_id"], last["event_id"], "ad-1-99"):
        assert visit.post(place, {"pin": event}).status_code == 303
    assert visit.post(place, {"act": "note", "event": first["event_id"], "text": "Här började det."}).status_code == 303
    late = f"{place}?start={last['time_utc'].replace('Z', '+00:00').replace('+', '%2B')}"
    page = visit.get(late).text
    pins = {
        ident: unescape(said + rest)
        for ident, said, rest in re.findall(
            r'<li class="card" id="pin-\d+"><a href="/event/([^"]+)"><bdi>(.*?)</bdi></a>(.*?)<form', page, re.DOTALL
        )
    }
    assert "Ligger utanför den valda perioden." in pins[first["event_id"]]
    assert "Här började det." in pins[first["event_id"]]
    thing = first["object_path"] or first["object_id"] or first["target_account"]
    for told in (first["actor_account"], first["in_words"]["action"], thing, first["system"]):
        assert told in pins[first["event_id"]]
    assert "utanför" not in pins[last["event_id"]]
    assert "Ingen händelse med den identiteten" in pins["ad-1-99"]
    document = json.loads(visit.get(f"{late}&format=json").text)
    assert [row["event_id"] for row in document["rows"]] == [last["event_id"]]
    found = {each["event_id"]: each for each in document["pins"]}
    assert [each["outside"] for each in found.values()] == ["period", None, "missing"]
    own = {"pinned", "notes", "outside"}
    event = found[first["event_id"]]["event"]
    assert {name: event[name] for name in event.keys() - own} == {name: first[name] for name in first.keys() - own}
    assert event["notes"] == "karin: Här började det."
    assert found["ad-1-99"]["event"] is None
    names, *lines = sheet(visit.get(f"{late}&format=csv").text)
    column = {name: [line[names.index(name)] for line in lines] for name in ("händelse-id", "utanför urvalet", "fäst")}
    assert column["händelse-id"] == [first["event_id"], last["event_id"], "ad-1-99"]
    assert column["utanför urvalet"] == ["utanför perioden", "", "ingen sådan händelse är inläst"]
    assert column["fäst"] == ["ja", "ja", "ja"]
    table = pq.read_table(io.BytesIO(visit.get(f"{late}&format=parquet").content))
    assert table["outside"].to_pylist() == ["period", None, "missing"]
    assert plain(table["time_utc"][0].as_py()) == first["time_utc"]
    # Within the period, and left out by a filter; and on a workbench from which what it touches is taken away.
    other = next(each for each in ("read", "update") if each != first["action"])
    assert "Ingår inte i urvalet" in visit.get(f"{place}?action={other}").text
    assert visit.post(place, {"remove": f"person:{snooper}"}).status_code == 303
    bare = visit.get(place).text
    assert first["actor_account"] in bare.partition('class="pins"')[2]
    assert "Ligger utanför" not in bare
    refused = visit.post(place, {"act": "note", "text": " "})
    assert refused.status_code == 400
    assert first["actor_account"] in refused.text.partition('class="pins"')[2]


def test_what_the_page_has_no_room_for_is_told_and_the_files_have_it(
    served: Served, visit: Visit, board: str, snooper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lain(served, board, ("person", snooper))
    place = f"/workbench/{board}"
    rows = json.loads(visit.get(f"{place}?format=json").text)["rows"]
    assert visit.post(place, {"pin": rows[-1]["event_id"]}).status_code == 303
    whole = visit.get(f"{place}?count=1").text
    assert f"Händelse 1 till {min(len(rows), 50)} av {len(rows)}" in whole
    assert "ryms på sidan" not in whole
    monkeypatch.setattr(workbench, "_PAGE", 10)
    monkeypatch.setattr(workbench, "_MOST", 20)
    cut = visit.get(f"{place}?count=1").text
    assert "Händelse 1 till 10, av de första 20. Fler finns: korta perioden, eller hämta hela urvalet som fil." in cut
    assert "Kommer efter de händelser som ryms på sidan" in cut
    assert "Perioden slutar vid den sista av de händelser som ryms på sidan." in cut
    assert "Perioden slutar vid" not in visit.get(f"{place}?count=1&stop=2026-03-31").text
    told = json.loads(visit.get(f"{place}?format=json").text)
    assert len(told["rows"]) == len(rows)
    assert [text for text in told["persons_affected"]["counted"] if "Perioden slutar" in text] == []


def test_an_address_with_more_entities_than_are_told_is_refused(visit: Visit, board: str) -> None:
    named = "&".join(f"actors=a{number}" for number in range(41))
    refused = visit.get(f"/workbench/{board}?{named}")
    assert refused.status_code == 400
    assert "<strong>Det som visas:</strong> får vara högst 40 i en adress" in refused.text
    assert visit.get(f"/workbench/{board}?{named.rpartition('&')[0]}").text.count("(bara i adressen)") == 40


def test_acts_at_the_same_time_are_all_kept(served: Served, board: str) -> None:
    def notes(number: int) -> None:
        with visiting(served.address, served.desk, "prov") as visit:
            assert visit.post(f"/workbench/{board}", {"act": "note", "text": f"not {number}"}).status_code == 303

    threads = [threading.Thread(target=notes, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.text for each in kept.workbench(served.home, board).notes) == [
        f"not {number}" for number in range(6)
    ]


def test_every_act_is_in_the_self_audit(served: Served, visit: Visit, board: str) -> None:
    before = served.home.spool.waiting(OWN)
    visit.post(f"/workbench/{board}", {"act": "add", "kind": "object", "value": "d1"})
    assert served.home.spool.waiting(OWN) == before + 1


def test_a_name_that_is_typed_finds_the_employee(served: Served, visit: Visit, board: str, snooper: str) -> None:
    people = served.desk.home.tables()["people"].to_pylist()
    name: str = next(row["name"] for row in people if row["person"] == snooper)
    same = [row["person"] for row in people if row["name"] == name]
    place = f"/workbench/{board}"
    first = visit.post(place, {"act": "add", "kind": "person", "value": name.upper()})
    assert first.status_code == (303 if same == [snooper] else 200)
    for kind, typed in (("person", f"{name}x"), ("person", name.rsplit(maxsplit=1)[-1][:3])):
        asked = visit.post(place, {"act": "add", "kind": kind, "value": typed})
        assert "Vem menar du?" in asked.text  # what is almost right, or means several, is asked about
        assert f'name="value" value="{snooper}"' in asked.text
    nobody = visit.post(place, {"act": "add", "kind": "person", "value": "Zxcvbnm Qwertyuiop"})
    assert nobody.status_code == 400
    assert "Ingen i personalkatalogen" in nobody.text
    account = next(row["account"] for row in served.desk.home.tables()["accounts"].to_pylist())
    for typed in (account, "nobody.x"):  # an account is itself, also one that nobody knows
        assert visit.post(place, {"act": "add", "kind": "account", "value": typed}).status_code == 303
    held = kept.workbench(served.home, board).entities
    assert held == (
        *((("person", snooper),) if same == [snooper] else ()),
        ("account", account),
        ("account", "nobody.x"),
    )


@pytest.mark.parametrize("name", ["0000000000000000", "nej", "%3Cscript%3E"])
def test_a_workbench_that_there_is_not(visit: Visit, name: str) -> None:
    assert visit.get(f"/workbench/{name}").status_code == 404
    assert visit.post(f"/workbench/{name}", {"act": "note", "text": "x"}).status_code == 404


def test_what_a_workbench_holds_is_bounded(served: Served, board: str) -> None:
    lain(served, board, *(("account", f"a{number}") for number in range(kept.MOST_ENTITIES)))
    with pytest.raises(QuestionError, match="take one away"):
        lain(served, board, ("account", "one.more"))


def test_the_bound_is_of_the_actors_though_an_object_lies_there_too(
    served: Served, visit: Visit, board: str, snooper: str
) -> None:
    lain(served, board, ("person", snooper))
    alone = interval(visit.get(f"/workbench/{board}?start=2026-03-02&stop=2026-03-08&count=1").text)
    lain(served, board, ("object", "an object of others"))
    assert interval(visit.get(f"/workbench/{board}?start=2026-03-02&stop=2026-03-08&count=1").text) == alone
    assert alone[1] < THRESHOLD


def test_an_object_lies_there_with_its_system(served: Served, visit: Visit, board: str) -> None:
    """An id is unique within its system only: a record number of the care record is also the medicine list's."""
    ids: dict[str, set[str]] = {}
    for system in ("Lindan", "Läkemedelslistan"):
        found = answer(served.desk.home, question("events"), {"system": system}, purpose="prov").rows.to_pylist()
        for row in found:
            ids.setdefault(row["object_id"], set()).add(system)
    both = next(ident for ident, systems in ids.items() if ident and len(systems) > 1)
    href = f"/object?system=Lindan&object_type=journal&object_id={both}"
    laid = re.search(
        r'name="kind" value="object"><input type="hidden" name="value" value="([^"]+)"', visit.get(href).text
    )
    assert laid
    lain(served, board, ("object", unescape(laid[1])))
    page = visit.get(f"/workbench/{board}").text
    assert f'<a href="{escape(href)}"><bdi>journal {both}, Lindan</bdi></a>' in page
    assert systems_of(visit, board) == {"Lindan"}
    assert counted_of(visit, board) == {"Lindan"}
    lain(served, board, ("account", "nobody.x"))  # which is asked for in every system
    assert systems_of(visit, board) == {"Lindan"}
    lain(served, board, ("object", both))  # as it was laid before, and as it is typed
    assert systems_of(visit, board) >= {"Lindan", "Läkemedelslistan"}


def counted_of(visit: Visit, board: str) -> set[str]:
    """The systems whose events the number of persons affected rests on."""
    table = visit.get(f"/workbench/{board}?count=1").text.partition('id="affected"')[2].partition("<table")[2]
    return set(re.findall(r"<bdi>(Lindan|Läkemedelslistan)</bdi>", table.partition("</table>")[0]))


def systems_of(visit: Visit, board: str) -> set[str]:
    told = json.loads(visit.get(f"/workbench/{board}?format=json").text)
    return {row["system"] for row in told["rows"]}


def test_in_english_every_sentence_is(served: Served, visit: Visit, board: str, snooper: str) -> None:
    lain(served, board, ("person", snooper))
    assert visit.post("/language", {"language": "en"}).status_code == 303
    assert "On a workbench you lay together" in visit.get("/workbench").text
    body = visit.get(f"/workbench/{board}?count=1").text
    assert "At least" in body
    assert "threshold of 500 persons" in body
    for swedish in ("Tidslinje", "Anteckning", "berörda", "Vad som visas"):
        assert swedish not in body
    assert visit.post(f"/workbench/{board}", {"act": "note", "text": " "}).text.count("is empty") == 1


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_reason_that_the_question_gives_is_explained(language: str) -> None:
    given = set(re.findall(r"'(\w+)' AS why", question("persons_affected").sql)) | {"content", "possible", "attempt"}
    for why in given - {"all"}:
        assert words()[f"affected.why.{why}"][language]
        assert terms()[f"why.{why}"][language]


def test_a_count_of_several_actors_leads_to_no_other_rows(visit: Visit, snooper: str) -> None:
    """The question's own page can't list events of a list of actors; the workbench can, and its counts lead there."""
    asked = f"actors={snooper}&start=2026-03-02&stop=2026-03-08"
    assert "/question/events" not in visit.get(f"/question/persons_affected?{asked}&ask=1").text


def test_a_count_of_the_interval_leads_to_its_events(page: Page, served: Served, board: str, snooper: str) -> None:
    lain(served, board, ("person", snooper))
    page.goto(f"/workbench/{board}?start=2026-03-02&stop=2026-03-08&count=1")
    link = page.locator("section:has(#affected) td.number a").first
    count = int(link.inner_text())
    link.click()
    expect(page.locator("#rows")).to_be_visible()
    assert page.locator("table.timeline caption").inner_text().endswith(f"av {count}")


def interval(body: str) -> tuple[int, ...]:
    found = re.search(
        r"Berörda personer: minst ([\d\s]+)(?: och högst|\. Något tak .* Bland kända personer är det högst) ([\d\s]+)",
        body,
    )
    assert found
    return tuple(int(re.sub(r"\s", "", text)) for text in found.groups())


def test_what_is_laid_from_a_page_of_a_period_is_looked_at_in_that_period(visit: Visit, snooper: str) -> None:
    page = visit.get(f"/person/{snooper}?start=2026-03-01&stop=2026-03-02").text
    (form,) = re.findall(r'<form class="to-workbench".*?</form>', page)
    given = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert (given["start"], given["stop"]) == ("2026-03-01", "2026-03-02")
    sent = {name: given[name] for name in ("kind", "value", "start", "stop")}
    chosen = visit.post("/workbench", sent | {"title": "En natt"}).headers["location"]
    assert chosen.endswith("?start=2026-03-01&stop=2026-03-02")
    assert visit.post("/workbench", sent).headers["location"] == chosen, "the one that was worked at last"
    assert 'value="2026-03-01"' in visit.get(chosen).text
