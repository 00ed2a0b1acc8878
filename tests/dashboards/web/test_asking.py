"""Forms of questions: a personal number that is typed there never stands in an address."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Page

from analytics.answer import answer
from analytics.detect.explain import Covered
from analytics.question import question
from dashboards.web import explained
from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import visiting

NUMBER = "191212121212"  # a test number of Skatteverket
TOKEN = re.compile(r"p_[0-9a-f]{32}")


@pytest.fixture
def form(served: Served):
    """Posts fields to the page of a question, as somebody who is signed in and has stated a purpose."""
    with httpx.Client(base_url=served.address, timeout=60) as client:
        client.post("/signin", data={"code": served.link().partition("code=")[2]})
        csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/purpose").text)[1]
        client.post("/purpose", data={"csrf": csrf, "purpose": "Prov", "next": "/"})

        def post(question: str, **fields: str) -> httpx.Response:
            return client.post(f"/question/{question}", data={"csrf": csrf, **fields})

        yield post


def test_a_number_becomes_a_token(form):
    answer = form("who_accessed_subject", subject=NUMBER)
    assert answer.status_code == 303
    assert NUMBER not in answer.headers["location"]
    assert TOKEN.search(answer.headers["location"])


def test_each_line_of_a_list_is_a_value(form):
    answer = form("timeline", subjects=f"{NUMBER}\n\n {NUMBER[2:8]}-{NUMBER[8:]} \n", objects="a\nb")
    given = parse_qs(urlsplit(answer.headers["location"]).query)
    assert given["objects"] == ["a", "b"]
    assert len(given["subjects"]) == 2
    assert all(TOKEN.fullmatch(text) for text in given["subjects"])


@pytest.mark.parametrize("field", ["object_id", "system"])
def test_a_number_elsewhere_is_refused_and_not_written_out(form, field):
    answer = form("events", **{field: NUMBER, "action": "read"})
    assert answer.status_code == 400
    assert NUMBER not in answer.text
    assert "personnummer" in answer.text
    assert '<option value="read" selected>' in answer.text


@pytest.mark.parametrize(
    ("asked", "said", "near"),
    [
        ("events?system=Lindam", "Inget IT-system heter så", "/question/events?system=Lindan&ask=1"),
        ("events?system=Qwertyuiop", "Inget IT-system heter så", None),
        (
            "events?asset=omsorgjournal&k=3",
            "Ingen informationstillgång",
            "/question/events?asset=omsorgsjournal&k=3&ask=1",
        ),
        ("unread_assets?controller=Socialnämden", "Ingen nämnd heter så", "controller=Socialn%C3%A4mnden&ask=1"),
        (
            "without_event?source=lindann&ask=1",
            "Ingen källa heter så",
            "/question/without_event?source=lindan&ask=1",
        ),
        ("events?actor_unit=nosuch", "Ingen enhet har den identiteten", None),
    ],
)
def test_what_nobody_knows_is_told_where_there_are_no_rows(
    served: Served, asked: str, said: str, near: str | None
) -> None:
    with visiting(served.address, served.desk, "prov") as visit:
        page = unescape(visit.get(f"/question/{asked}").text)
        told = page.partition('<div class="wrong" role="alert">')[2].partition("</div>")[0]
        assert said in told
        assert "betyder då inte att ingenting har hänt" in told
        assert ("Menade du" in told) is (near is not None)
        assert (near or "") in told
        # What is known and has no rows is no fault.
        known = visit.get("/question/events?system=Lindan&object_id=nosuch").text
        assert "Inga rader" in known
        assert 'class="wrong"' not in known
        assert 'class="wrong"' not in visit.get("/question/events?system=sparhund&object_id=nosuch").text


def test_a_group_that_is_almost_right_is_offered_where_there_are_no_rows(served: Served) -> None:
    rows = answer(served.home, question("permission_changes"), {}, purpose="prov").rows
    group = next(each for each in rows["target_group"].to_pylist() if each and len(each) > 6)
    with visiting(served.address, served.desk, "prov") as visit:
        page = unescape(visit.get("/question/permission_changes?" + urlencode({"target_group": f"{group}q"})).text)
        assert "Inga rader" in page
        assert f"/question/permission_changes?{urlencode({'target_group': group})}&ask=1" in page
        assert "Ingen händelse de senaste 30 dagarna har just det namnet." in page
        other = unescape(visit.get("/question/permission_changes?" + urlencode({"target_group": "Zxcvbnm-Q"})).text)
        assert "Ingen händelse de senaste 30 dagarna har just det namnet." in other
        known = {"target_group": group, "start": "2020-01-01", "stop": "2020-01-02"}
        none = unescape(visit.get("/question/permission_changes?" + urlencode(known)).text)
        assert "Inga rader" in none
        assert "just det namnet" not in none


def test_columns_that_are_left_out_are_told(served: Served) -> None:
    with visiting(served.address, served.desk, "prov") as visit:
        page = unescape(visit.get("/question/leaver_accounts").text)
        note = re.search(r"Kolumner som är tomma i varje rad visas inte: ([^<]+)\.<", page)
        headings = re.findall(r"<th[^>]*>(?:<[^>]+>)*([^<]+)", page)
        rows = answer(served.home, question("leaver_accounts"), {}, purpose="prov").rows
        assert len(rows), "somebody has left"
        empty = [name for name in rows.column_names if rows[name].null_count == len(rows)]
        assert (len(note[1].split(", ")) if note else 0) == len(empty)
        assert len({text.strip() for text in headings}) >= len(rows.column_names) - len(empty)


def test_a_person_that_is_almost_right_is_offered_where_there_are_no_rows(served: Served) -> None:
    person = served.desk.home.tables()["people"].to_pylist()[0]
    with visiting(served.address, served.desk, "prov") as visit:
        page = unescape(visit.get("/question/what_did_person_do?" + urlencode({"person": f"{person['name']}q"})).text)
        assert "Personalkatalogen känner inte" in page
        assert f"/question/what_did_person_do?person={person['person']}&ask=1" in page


def test_what_holds_if_nothing_is_given_is_in_the_readers_words(served: Served) -> None:
    with visiting(served.address, served.desk, "prov") as visit:
        page = unescape(visit.get("/question/rights_given").text)
        field = page.partition('id="n-held"')[2].partition("</small>")[0]
        assert "Om inget anges: nej." in field.replace("Nej", "nej")


def test_words_are_chosen_from_a_list(served: Served) -> None:
    with visiting(served.address, served.desk, "prov") as visit:
        page = unescape(visit.get("/question/findings?verdict=open&ask=1").text)
        field = page.partition('<select id="f-verdict"')[2].partition("</select>")[0]
        offered = re.findall(r'<option value="(\w*)"( selected)?>([^<]+)<', field)
        assert [word for word, _, _ in offered] == ["", "justified", "unjustified", "unclear", "open"]
        assert ("open", " selected", "oavgjord") in offered
        assert re.search(r'<input id="f-month"[^>]*placeholder="2026-03"', page)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/question/events?action=banana&ask=1", "ska vara ett av läste, sökte,"),
        ("/question/without_event?kind=banana&ask=1", "ska vara ett av otolkad post, upprepad post, lucka"),
        ("/question/explained_share?month=banana&ask=1", "ska vara en månad: 2026-03"),
        ("/question/events?k=4&ask=1", "ska vara ett tal från 0 till 3"),
        ("/findings?severity=banana", "ska vara ett av låg, medel, hög, kritisk"),
        ("/findings?month=banana", "ska vara en månad: 2026-03"),
        ("/threats?month=banana", "ska vara en månad: 2026-03"),
    ],
)
def test_what_is_no_word_of_a_closed_vocabulary_is_refused(served: Served, address: str, said: str) -> None:
    with visiting(served.address, served.desk, "prov") as visit:
        answer = visit.get(address)
        assert answer.status_code == 400
        assert said in unescape(answer.text)
        assert "<td" not in answer.text


def test_how_an_answer_is_counted_is_told_in_the_readers_language(served: Served) -> None:
    with visiting(served.address, served.desk, "prov") as visit:
        page = visit.get("/question/logins").text
        assert "Varje inloggning, även misslyckade" in page
        assert 'lang="en"' not in page.partition("<main")[2].partition("</main>")[0]
        visit.post("/language", {"language": "en"})
        assert "Every sign-in, also those that failed" in visit.get("/question/logins").text


@pytest.mark.parametrize(
    ("names", "own", "shown"),
    [((), False, "no"), (("rota",), False, "yes impersonal"), (("rota", "referral"), True, "yes")],
)
def test_what_only_the_units_work_explains_can_be_picked(names: tuple[str, ...], own: bool, shown: str) -> None:
    found = Covered(names, own)
    assert " ".join(word for word in ("no", "yes", "impersonal") if explained._is(found, word)) == shown


def test_a_list_of_events_says_what_explains_each_and_leads_there(served: Served) -> None:
    with visiting(served.address, served.desk, "prov") as visit:
        path = "/question/events?system=Lindan&outside_hours=true"
        plain, judged, without = (visit.get(path + more).text for more in ("", "&explained=all", "&explained=no"))
        assert "oförklarad<" not in plain
        assert 'href="/question/events?system=Lindan&amp;outside_hours=true&amp;explained=all#events"' in plain
        whys = re.findall(r'<td class="(?:warn|why)"><a href="(/event/[^"]*#why)">', judged)
        assert whys
        assert (
            ">Nej, åtkomsten är" in visit.get(re.findall(r'<td class="warn"><a href="(/event/[^"]*)"', without)[0]).text
        )
        assert 'class="why"' not in without
        impersonal = visit.get(f"{path}&explained=impersonal").text
        of_units = set(re.findall(r'<td class="why"><a href="(/event/[^"]*#why)">', impersonal))
        assert "Bara förklarade utan eget uppdrag" in plain
        assert 'class="warn"' not in impersonal.partition("<main")[2].partition('id="rests"')[0]
        assert of_units <= set(
            re.findall(r'<td class="why"><a href="(/event/[^"]*#why)">', visit.get(f"{path}&explained=yes").text)
        )
        assert not re.search(r"förklarad: [^<]*eget uppdrag", impersonal)
        assert visit.get(f"{path}&explained=perhaps").status_code == 400
        assert visit.get("/question/timeline?actors=p000001&explained=all").status_code == 200
        assert visit.get("/question/explained_share?explained=all").status_code == 400


def test_persons_affected_are_told_in_a_sentence(served: Served) -> None:
    with visiting(served.address, served.desk, "prov") as visit:
        period = "start=2026-03-02&stop=2026-03-08"
        text = visit.get(f"/question/persons_affected?actors=p000001&{period}").text
        assert re.search(r"Berörda personer: minst [\d\N{NARROW NO-BREAK SPACE}]+", text)
        assert "Tröskeln är 500 personer." in text
        file = visit.get(f"/question/persons_affected?actors=p000001&{period}&format=csv").text
        said = re.search(r"Berörda personer: minst [^<]*", text)
        assert said
        assert unescape(said[0]) in file
        assert "berörda" not in visit.get("/question/logins").text


@pytest.mark.parametrize(("name", "field"), [("persons_affected", "actors"), ("rights_given", "person")])
def test_whom_nobody_knows_is_told_and_proves_nothing(served: Served, name: str, field: str) -> None:
    period = "start=2026-03-02&stop=2026-03-08"
    with visiting(served.address, served.desk, "prov") as visit:
        text = visit.get(f"/question/{name}?{field}=Inga+Trollkvist&{period}").text
        assert "Personalkatalogen känner inte den medarbetare som du frågar om." in text
        assert "Personalkatalogen känner inte den medarbetare som frågan gäller" in text  # what the answer rests on
        assert "tröskeln" not in text.lower()
        assert "Personalkatalogen känner inte" not in visit.get(f"/question/{name}?{field}=p000001&{period}").text


def test_an_employee_who_is_named_is_asked_about_by_the_id(served: Served) -> None:
    people = served.desk.home.tables()["people"].to_pylist()
    names = [each["name"] for each in people]
    one = next(each for each in people if names.count(each["name"]) == 1)
    period = {"start": "2026-03-02", "stop": "2026-03-08"}
    with visiting(served.address, served.desk, "prov") as visit:
        typed = visit.post("/question/persons_affected", {"actors": f"{one['name']}\nnobody.at.all", **period})
        led = visit.get(typed.headers["location"])
        assert led.status_code == 303
        asked = parse_qs(urlsplit(led.headers["location"]).query)
        assert asked["actors"] == [one["person"], "nobody.at.all"]
        assert {name: asked[name] for name in period} == {name: [text] for name, text in period.items()}
        assert visit.get(led.headers["location"]).status_code == 200
    with visiting(served.address, served.desk) as visit:  # until it is stated why, nobody is looked for
        led = visit.get(f"/question/rights_given?{urlencode({'person': one['name']})}").headers["location"]
        assert led.startswith("/purpose?")
        assert one["person"] not in led


@pytest.mark.program("chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["activity", "logins"])
def test_on_a_phone_a_long_table_is_a_window_whose_headings_stay(page: Page, name: str, scheme: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"/question/{name}?ask=1")
    assert page.evaluate("document.documentElement.scrollHeight") < 6 * 800
    table = page.locator("main section > .scroll").last
    head = table.locator("thead th").first
    table.evaluate("box => { box.scrollTop = 2000; }")
    assert table.evaluate("box => box.scrollTop") == 2000
    there, above = head.bounding_box(), table.bounding_box()
    assert there
    assert above
    assert above["height"] <= 0.7 * 800 + 2
    assert above["y"] <= there["y"] < above["y"] + 5
    assert head.evaluate("each => getComputedStyle(each).backgroundColor") not in {"rgba(0, 0, 0, 0)", "transparent"}


def test_what_does_not_fit_on_a_page_goes_on_on_the_next(served: Served) -> None:
    whole = answer(served.desk.home, question("events"), {}, purpose="Prov").rows["event_id"].to_pylist()
    with visiting(served.address, served.desk, "prov") as visit:
        seen: list[str] = []
        href: str | None = "/question/events?ask=1"
        for _ in range(3):
            text = visit.get(str(href)).text
            table = text.partition("<table")[2].rpartition("</table>")[0]
            seen += dict.fromkeys(unescape(each) for each in re.findall(r'href="/event/([^"?]+)"', table))
            said = re.search(r"Rad ([\d\s]+)\W([\d\s]+)\.", unescape(text))
            assert int(re.sub(r"\D", "", said[2])) == len(seen)
            href = unescape(re.search(r'<a href="([^"]+)" rel="next">', text)[1])
        assert seen == whole[: len(seen)]
        assert len(seen) > 300, "a page holds some hundred rows, by their weight"
        while before := re.search(r'<a href="([^"]+)" rel="prev">', text):
            text = visit.get(unescape(before[1])).text
            table = text.partition("<table")[2].rpartition("</table>")[0]
            back = list(dict.fromkeys(unescape(each) for each in re.findall(r'href="/event/([^"?]+)"', table)))
            last = int(re.sub(r"\D", "", re.search(r"Rad ([\d\s]+)\W([\d\s]+)\.", unescape(text))[2]))
            assert back == whole[last - len(back) : last]
            assert last == int(re.search(r"until=(\d+)", before[1])[1]), "no row is passed over"
        end = visit.get(f"/question/events?from={len(whole)}").text
        assert 'rel="next"' not in end
        beyond = visit.get(f"/question/events?from={len(whole) + 1}")
        assert (beyond.status_code, 'rel="prev"' in beyond.text) == (200, True)
        assert "Svaret slutar före rad" in beyond.text
        both = visit.get("/question/events?from=1&until=500")
        assert both.status_code == 400


@pytest.mark.parametrize("place", ["0", "-1", "x", "1.5", "99502", "9" * 30, "²", "000000001" + "9" * 5_000])
def test_a_row_that_there_can_not_be_is_refused(served: Served, place: str) -> None:
    with visiting(served.address, served.desk, "prov") as visit:
        found = visit.get(f"/question/events?{urlencode({'from': place})}")
        assert found.status_code == 400
        assert "ska vara numret på en rad" in unescape(found.text)


def test_a_share_that_no_event_lies_in_is_unknown_and_one_spelt_in_another_way_is_not(served: Served) -> None:
    shares = answer(served.home, question("coverage_by_share"), {}, purpose="prov").rows["share"].to_pylist()
    with visiting(served.address, served.desk, "prov") as visit:

        def said(**given: str) -> str:
            return unescape(visit.get("/question/events_in_share?" + urlencode({**given, "ask": "1"})).text)

        assert "Den delade mappen är okänd" in said(share=f"{shares[0]}q")
        assert "Den delade mappen är okänd" not in said(share=f"{shares[0]}q", action="read")
        assert "Ingen händelse med de angivna villkoren" in said(share=f"{shares[0]}q", action="read")
        end = "\\" if "\\" in shares[0] else "/"
        assert 'class="wrong"' not in said(share=f"{shares[0]}{end}")
