"""The search: one box, and what was typed leads to the right page."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page, expect

from analytics.answer import answer
from analytics.question import question
from dashboards.web import search
from dashboards.web.search import pages
from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import Visit, visiting

PURPOSE = "Prov av sökningen"


@pytest.fixture(scope="module")
def visit(served: Served) -> Iterator[Visit]:
    with visiting(served.address, served.desk, PURPOSE) as found:
        yield found


@pytest.fixture(scope="module")
def incident(served: Served) -> Any:
    told = json.loads((served.folder / "truth" / "incidents.json").read_text(encoding="utf-8"))
    return next(each for each in told if each["id"] == "granne")


def searched(visit: Visit, text: str) -> Any:
    return visit.search(text)


def hits(response: Any) -> list[tuple[str, str, str]]:
    """Kind, text and address of each."""
    found = re.findall(r'<span class="of">(.*?)</span> <a href="(.*?)"><bdi>(.*?)</bdi>', response.text)
    return [(kind, unescape(text), unescape(href)) for kind, href, text in found]


def test_a_personal_number_becomes_a_token_in_every_spelling(visit: Visit, served: Served, incident: Any) -> None:
    number = incident["subject"]
    token = served.desk.home.token(number)
    for spelling in (
        number,
        f"{number[:8]}-{number[8:]}",
        f" {number[2:8]}-{number[8:]} ",
        f"{number[:8]} {number[8:]}",
        f"{number[:4]}-{number[4:6]}-{number[6:8]}-{number[8:]}",
        f"{number[:8]} - {number[8:]}",
        f"{number[:8]}%2D{number[8:]}",
        f"{number[:8]}\u00ad{number[8:]}",
    ):
        response = searched(visit, spelling)
        assert response.status_code == 303
        assert response.headers["location"] == f"/subject/{token}"


@pytest.mark.parametrize("text", ["191212121213", "Anna 191212121212", "akt 20121212-1212 b"])
def test_a_number_that_is_mistyped_or_within_a_text_is_sought_nowhere(visit: Visit, served: Served, text: str) -> None:
    before = served.desk.home.spool.waiting("sparhund")
    response = searched(visit, text)
    assert "Ingenting hittades" in response.text
    assert re.search(r"\d{6}-?\d{4}", re.sub(r'value="[^"]*"', "", response.text)) is None
    assert served.desk.home.spool.waiting("sparhund") == before  # no question was put, so none is recorded


def test_one_clear_hit_is_gone_to(visit: Visit, served: Served, incident: Any) -> None:
    who = incident["who"][0]
    events = answer(
        served.home, question("events"), {"actor_person": who["person"], "system": "Lindan"}, purpose=PURPOSE
    )
    first = events.rows.to_pylist()[0]
    finding = answer(served.desk.home, question("findings"), {}, purpose=PURPOSE).rows["finding"][0].as_py()
    expected = {
        who["person"]: f"/person/{who['person']}",
        who["person"].upper(): f"/person/{who['person']}",
        who["name"]: f"/person/{who['person']}",
        who["accounts"][0]: f"/person/{who['person']}",
        who["accounts"][0].upper(): f"/person/{who['person']}",
        first["event_id"]: f"/event/{first['event_id']}",
        finding: f"/finding/{finding}",
        f"p_{'0' * 32}": f"/subject/p_{'0' * 32}",
        "10.20.1.1": "/address/10.20.1.1",
        "::ffff:10.20.1.1": "/address/10.20.1.1",
        "2001:DB8::1": "/address/2001%3Adb8%3A%3A1",
        "Lindan": "/system/Lindan",
        "omsorgsjournal": "/asset/omsorgsjournal",
        "Omsorgsjournaler": "/asset/omsorgsjournal",
    }
    assert {text: searched(visit, text).headers.get("location") for text in expected} == expected


def test_an_account_and_a_path_that_only_the_events_know(visit: Visit, served: Served) -> None:
    rows = answer(served.desk.home, question("unknown_actors"), {}, purpose=PURPOSE).rows.to_pylist()
    known = {row["account"].lower() for row in served.desk.home.tables()["accounts"].to_pylist()}
    account = next(
        row["actor_account"] for row in rows if row["actor_account"] and row["actor_account"].lower() not in known
    )
    assert searched(visit, account).headers["location"] == f"/person/{quote(account, safe='')}"
    paths = (
        answer(served.desk.home, question("events"), {"system": "Kvarnen"}, purpose=PURPOSE)
        .rows["object_path"]
        .to_pylist()
    )
    path = next(path for path in paths if path and re.fullmatch(r"/arende/[A-Z]+-\d+-\d+", path))
    assert f"object_path={quote(path, safe='')}" in searched(visit, path).headers["location"]
    case = path.rpartition("/")[2]
    response = searched(visit, case)  # a part of paths, and perhaps an object that is known by itself
    found = [response.headers["location"]] if response.is_redirect else [href for _, _, href in hits(response)]
    assert any(quote(path, safe="") in href or f"object_id={case}" in href for href in found)


def test_several_hits_say_what_each_is_and_no_name_is_in_an_address(visit: Visit, incident: Any) -> None:
    first_name = incident["who"][0]["name"].split()[0]
    response = searched(visit, first_name.lower())
    people = [hit for hit in hits(response) if hit[0] == "Medarbetare"]
    if len(people) < 2:
        pytest.fail("the municipality has too few people of one name")
    assert response.url.path == "/search"
    assert all(first_name.lower() not in href.lower() for _, _, href in hits(response))
    assert all(first_name in text for _, text, _ in people)


def test_an_id_of_one_system_is_gone_to_and_one_of_several_is_chosen(visit: Visit, served: Served) -> None:
    """A journal of the care record is also the medicine list's patient."""
    ids: dict[str, set[str]] = {}
    for system in ("Lindan", "Läkemedelslistan"):
        for row in answer(served.desk.home, question("events"), {"system": system}, purpose=PURPOSE).rows.to_pylist():
            ids.setdefault(row["object_id"], set()).add(system)
    one = next(ident for ident, systems in ids.items() if systems == {"Lindan"})
    several = next(ident for ident, systems in ids.items() if len(systems) > 1)
    for spelling in (one, one.lower()):
        expected = f"/object?system=Lindan&object_type=journal&object_id={one}"
        assert searched(visit, spelling).headers["location"] == expected
    assert {kind for kind, text, _ in hits(searched(visit, several)) if text == several} == {"Objekt"}
    assert len(hits(searched(visit, several))) > 1


def test_words_find_the_questions_that_are_described_so(visit: Visit) -> None:
    said = question("failed_logins").header["sv"].split()
    response = searched(visit, " ".join(sorted(said[:4])).lower())
    found = [href for _, _, href in hits(response)] + [response.headers.get("location", "")]
    assert "/question/failed_logins" in found


def leads(response: Any) -> list[str]:
    """Where an answer of the search leads: the page that is gone to, or the list's."""
    return [response.headers["location"]] if response.is_redirect else [href for _, _, href in hits(response)]


def test_an_object_is_found_as_tables_write_it_and_once(visit: Visit, served: Served) -> None:
    known = served.desk.home.tables()["object_subject"].to_pylist()
    rows = answer(served.desk.home, question("events"), {"system": "Lindan"}, purpose=PURPOSE).rows.to_pylist()
    of_somebody = {each["object_id"] for each in known}
    row = next(each for each in rows if each["object_type"] == "journal" and each["object_id"] in of_somebody)
    href = f"/object?system=Lindan&object_type=journal&object_id={row['object_id']}"
    for text in (f"journal {row['object_id']}", f"Journal {row['object_id'].lower()}", row["object_id"]):
        assert leads(searched(visit, text)).count(href) == 1, text
    assert href not in leads(searched(visit, f"faktura {row['object_id']}"))


def test_sources_and_those_who_are_responsible(visit: Visit, served: Served) -> None:
    tables = served.desk.home.tables()
    source = tables["sources"]["source"][0].as_py()
    assert f"/health/{source}" in leads(searched(visit, source))
    controller = tables["assets"]["controller"].drop_null()[0].as_py()
    found = leads(searched(visit, controller))
    assert f"/threats?{urlencode({'controller': controller})}" in found


@pytest.mark.parametrize(
    ("column", "name"), [("target_group", "permission_changes"), ("src_host", "events"), ("device", "events")]
)
def test_groups_and_devices_that_only_the_events_know(visit: Visit, served: Served, column: str, name: str) -> None:
    rows = answer(served.desk.home, question(name), {}, purpose=PURPOSE).rows[column].drop_null().to_pylist()
    made = next(each for each in rows if re.fullmatch(r"[A-Z]{2}[\w.]*(-[\w.]+)+", each))
    assert f"/question/{name}?{column}={made}" in leads(searched(visit, made))


@pytest.mark.parametrize(
    ("text", "first"),
    [("vem har läst", "/question/who_accessed_subject"), ("vem har skrivit ut", "/question/exports_and_prints")],
)
def test_questions_are_found_by_any_of_the_words_the_best_first(visit: Visit, text: str, first: str) -> None:
    assert leads(searched(visit, text))[0] == first


@pytest.mark.parametrize(("text", "rule"), [("tyst källa", "silent_source"), ("granne", "neighbour_access")])
def test_a_rule_is_found_by_what_it_is_about(visit: Visit, text: str, rule: str) -> None:
    assert f"/findings?detection={rule}" in leads(searched(visit, text))


def test_what_is_before_the_at_of_an_account_finds_its_holder(visit: Visit, served: Served) -> None:
    accounts = served.desk.home.tables()["accounts"].to_pylist()
    names = {each["account"].lower() for each in accounts}
    held = next(
        each
        for each in accounts
        if "@" in each["account"] and each["person"] and each["account"].partition("@")[0].lower() not in names
    )
    found = leads(searched(visit, held["account"].partition("@")[0]))
    assert f"/person/{held['person']}" in found


@pytest.mark.parametrize(
    "text",
    [
        "Zxcv Qwerty",
        "<script>alert(1)</script>",
        "\u202egnp",
        "x" * 20_000,
        "'; DROP TABLE events --",
        "a(b[c",
        "%",
        "\x00",
    ],
)
def test_nothing_found_is_said_with_what_was_sought(visit: Visit, text: str) -> None:
    response = searched(visit, text)
    assert response.status_code == 200
    assert "Ingenting hittades" in response.text
    assert "personalkatalogen" in response.text
    assert "<script>alert" not in response.text
    assert text not in response.text or len(text) < 3


def test_a_hit_of_the_directory_is_written_down_first_or_not_shown(
    visit: Visit, served: Served, incident: Any, written: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = incident["who"][0]["name"]
    searched(visit, name)
    (act,) = [each for each in written if each["question"] == "search"]
    assert act["rows"] == sum(act["params"]["kinds"].values()) > 0
    assert name.split()[0].lower() not in json.dumps(act, ensure_ascii=False).lower()

    def full(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr(type(served.desk.home.spool), "append", full)
    response = searched(visit, name)
    assert response.status_code == 503
    assert "/person/" not in response.text  # what was typed is shown again, and nothing that was found


def test_what_was_found_is_shown_again_to_whom_it_was_found_for_and_each_showing_is_one_act(
    visit: Visit, served: Served, incident: Any, written: list[Any]
) -> None:
    first_name = incident["who"][0]["name"].split()[0]
    location = visit.post("/search", {"text": first_name}).headers["location"]
    assert re.fullmatch(r"/search\?found=[\w-]{22}", location)
    shown = visit.get(location)
    people = [text for kind, text, _ in hits(shown) if kind == "Medarbetare"]
    by_search = list(written)  # one word may be an id, which is put to the events too
    assert [act["params"]["kinds"]["person"] for act in by_search if "kinds" in act["params"]] == [len(people)]
    assert hits(visit.get(location)) == hits(shown)
    again = written[len(by_search) :]
    assert [(act["act"], act["question"], act["purpose"]) for act in again] == [("answered", "search", PURPOSE)]
    assert again[0]["params"] == {"kinds": {"person": len(people)}, "again": True}
    assert again[0]["rows"] == len(people)
    assert again[0]["ask"] not in {act["ask"] for act in by_search}
    with visiting(served.address, served.desk, PURPOSE) as other:
        theirs = other.get(location)
    assert theirs.status_code == 410
    assert hits(theirs) == []
    assert len(written) == len(by_search) + 1


def test_what_is_shown_again_is_written_down_or_not_shown(
    visit: Visit, served: Served, incident: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_name = incident["who"][0]["name"].split()[0]
    location = visit.post("/search", {"text": first_name}).headers["location"]
    assert visit.get(location).status_code == 200

    def full(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr(type(served.desk.home.spool), "append", full)
    again = visit.get(location)
    assert again.status_code == 503
    assert first_name not in again.text


def test_hits_that_are_gone_are_told_to_be(visit: Visit) -> None:
    gone = visit.get("/search?found=nosuch")
    assert gone.status_code == 410
    assert "De här träffarna finns inte kvar" in gone.text
    assert "Det här kan du söka på" in gone.text
    assert '<input id="find"' in gone.text


def test_words_that_may_be_a_name_are_not_put_to_the_events(visit: Visit, written: list[Any]) -> None:
    assert searched(visit, "Zxcv Qwerty").status_code == 200
    assert [(act["act"], act["params"]) for act in written] == [("asked", {}), ("answered", {})]
    assert "qwerty" not in json.dumps(written).lower()


def test_a_name_that_is_almost_right_is_offered_and_written_down_nowhere(
    visit: Visit, written: list[Any], incident: Any
) -> None:
    who = incident["who"][0]
    first, last = who["name"].split()[0], who["name"].split()[-1]
    for typed in (f"{first} {last}x", f"{first[:-1]}{first[-1]}q {last}", f"{last[:3]}{last[2:]}"):
        response = searched(visit, typed)
        assert "Menade du" in response.text, typed
        assert ("Medarbetare", who["name"], f"/person/{who['person']}") in hits(response)
        if " " in typed:  # one word may be an id, which is put to the events
            assert typed.lower() not in json.dumps(written, ensure_ascii=False).lower()


def test_a_system_an_account_and_an_object_that_are_almost_right_are_offered(visit: Visit, served: Served) -> None:
    tables = served.desk.home.tables()
    thing = tables["object_subject"].to_pylist()[0]
    near = {
        "Lindam": "/system/Lindan",
        "omsorgjournaler": "/asset/omsorgsjournal",
        f"{thing['object_id']}x": f"object_id={thing['object_id']}",
    }
    for typed, href in near.items():
        found = [each for _, _, each in hits(searched(visit, typed))]
        assert any(href in each for each in found), typed


@pytest.mark.parametrize(
    ("column", "name"), [("target_group", "permission_changes"), ("src_host", "events"), ("share", "coverage_by_share")]
)
def test_a_group_a_device_and_a_share_that_are_almost_right_are_offered(
    visit: Visit, served: Served, written: list[Any], column: str, name: str
) -> None:
    rows = answer(served.home, question(name), {}, purpose=PURPOSE).rows[column].drop_null().to_pylist()
    made = next(each for each in rows if len(each) > 6 and each[-1].isalnum())
    typed = made[:-1] + "q"
    response = searched(visit, typed)
    listed = {"target_group": "permission_changes", "src_host": "events", "share": "events_in_share"}[column]
    assert "Menade du" in response.text
    assert any(href.startswith(f"/question/{listed}?{urlencode({column: made})}") for href in leads(response))
    unsaid = [act for act in written if (act["account"], act["act"], act["params"]) == ("karin", "asked", {})]
    assert len(unsaid) == 1, "what is asked of what is spelt alike tells nothing of what was typed"


def test_what_is_spelt_right_or_like_nothing_is_not_asked_back(visit: Visit) -> None:
    assert "Menade du" not in searched(visit, "Zxcvbnm Qwertyuiop").text
    assert searched(visit, "Lindan").headers["location"] == "/system/Lindan"


def test_what_is_empty_shows_what_can_be_typed(visit: Visit) -> None:
    assert searched(visit, "   ").headers["location"] == "/search"
    assert "Det här kan du söka på" in visit.get("/search").text


def test_a_form_of_another_session_is_refused(visit: Visit) -> None:
    assert visit.client.post("/search", data={"text": "x", "csrf": "0"}).status_code == 403


def test_the_search_is_for_those_who_may_see_persons() -> None:
    assert [page.may for page in pages()] == ["persons"]


@pytest.mark.program("chromium")
def test_the_list_can_be_used_by_all(page: Page, accessible: Any) -> None:
    page.goto("/search")
    accessible()
    page.locator("#find").fill("omsorg")
    page.locator("#find").press("Enter")
    expect(page.get_by_text("Välj den du menar")).to_be_visible()
    accessible()
    listed = page.url
    assert re.search(r"/search\?found=[\w-]{22}$", listed), "nothing that was typed"
    shown = page.get_by_role("main").inner_text()
    page.get_by_role("main").get_by_role("link").first.click()
    assert "/search" not in page.url
    page.go_back()
    assert (page.url, page.get_by_role("main").inner_text()) == (listed, shown)
    page.reload()
    assert (page.url, page.get_by_role("main").inner_text()) == (listed, shown)


@pytest.mark.parametrize("text", ["999.1.1.1", "10.0.0.256", "10.0.0.0/24"])
def test_what_was_meant_for_an_address_and_is_none_is_told(visit: Visit, text: str) -> None:
    assert "Som IP-adress går det inte att läsa" in searched(visit, text).text


@pytest.mark.parametrize("text", ["2026.1", "1.2.3.4.5", "Lindan"])
def test_what_was_not_meant_for_an_address_is_not_called_one(visit: Visit, text: str) -> None:
    assert "Som IP-adress" not in searched(visit, text).text


def test_hits_that_are_cut_say_so_and_how_to_narrow(
    visit: Visit, incident: Any, written: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first_name = incident["who"][0]["name"].split()[0]
    whole = searched(visit, first_name)
    assert re.search(r"Träffar: \d+\. Välj", whole.text)
    people = [hit for hit in hits(whole) if hit[0] == "Medarbetare"]
    monkeypatch.setattr(search, "_MOST", len(people) - 1)
    written.clear()
    cut = searched(visit, first_name)
    shown = [hit for hit in hits(cut) if hit[0] == "Medarbetare"]
    assert len(shown) == len(people) - 1
    assert f"Det finns fler: av varje slag visas högst {len(shown)}." in cut.text
    assert "Medarbetare: skriv för- och efternamn" in cut.text
    assert [each["params"]["kinds"]["person"] for each in written if "kinds" in each["params"]] == [len(shown)]
    # Whoever is called just so is among them, however many are called almost so.
    monkeypatch.setattr(search, "_MOST", 1)
    name = people[-1][1]
    if [text for _, text, _ in people].count(name) == 1:
        assert searched(visit, name).headers["location"] == people[-1][2]


def test_paths_that_are_cut_say_which_question_has_all(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_MOST", 2)
    text = searched(visit, "/arende/").text
    assert len(re.findall(r'<span class="of">Objekt</span>', text)) == 2
    assert "Objekt: skriv hela identiteten eller sökvägen" in text
    assert 'href="/question/find_within"' in text
