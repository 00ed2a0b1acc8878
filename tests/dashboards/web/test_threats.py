"""The threat picture: read on the screen and on paper, each number with its rows."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from analytics.answer import answer
from analytics.caller import Caller
from analytics.question import question
from dashboards.cells import cell
from dashboards.threats import EXPOSURE, picture
from dashboards.web import threats
from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import Visit, visiting

WHO = Caller("karin")


@pytest.fixture
def visit(served: Served) -> Iterator[Visit]:
    with visiting(served.address, served.desk, "Prov") as found:
        yield found


def rows(served: Served, name: str, **given: object) -> list[dict]:
    found: list[dict] = answer(served.desk.home, question(name), given, purpose="Prov", who=WHO).rows.to_pylist()
    return found


@pytest.mark.program("chromium")
@pytest.mark.parametrize("path", ["/threats", "/threats?controller=Kommunstyrelsen"])
def test_the_picture_can_be_read_by_all(page: Page, accessible, path: str) -> None:
    page.goto(path)
    accessible()
    page.emulate_media(color_scheme="dark")
    accessible()


@pytest.mark.program("chromium")
def test_it_is_printed_without_what_only_a_screen_needs(page: Page, tmp_path: Path) -> None:
    page.goto("/threats")
    expect(page.get_by_text("ur sparhund")).to_be_hidden()
    page.emulate_media(media="print", color_scheme="dark")
    for gone in (page.get_by_role("navigation"), page.get_by_role("search"), page.get_by_role("button", name="Visa")):
        expect(gone).to_be_hidden()
    expect(page.get_by_text("ur sparhund")).to_be_visible()
    expect(page.get_by_role("heading", name="Sammanfattning")).to_be_visible()
    printed = page.pdf(path=tmp_path / "hotbild.pdf", prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    sizes = {
        tuple(round(float(side)) for side in box)
        for box in re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed)
    }
    assert sizes <= {(595, 842), (596, 843)}  # A4
    assert sizes


@pytest.mark.program("chromium")
def test_a_month_and_a_naemnd_are_chosen_and_stand_in_the_address(page: Page) -> None:
    page.goto("/threats")
    page.get_by_label("Nämnd", exact=True).select_option("Kommunstyrelsen")
    page.get_by_role("button", name="Visa").click()
    assert page.url.endswith("/threats?month=&controller=Kommunstyrelsen")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Hotbild mars 2026: Kommunstyrelsen$"))
    expect(page.get_by_role("main")).not_to_contain_text("Socialnämnden: ")


@pytest.mark.parametrize("query", ["", "?controller=Kommunstyrelsen"])
def test_every_number_leads_to_as_many_rows(visit: Visit, served: Served, query: str) -> None:
    text = visit.get(f"/threats{query}").text
    links = re.findall(r'<a href="(/question/[^"]+)">([\d\N{NARROW NO-BREAK SPACE}]+)</a>', text)
    checked = set()
    for href, number in links:
        parts = urlsplit(href.replace("&amp;", "&"))
        name = parts.path.rpartition("/")[2]
        given: dict[str, object] = dict(parse_qsl(parts.query))
        if "level" in given:
            given["level"] = int(str(given["level"]))
        for flag in {"severe", "classified"} & given.keys():
            given[flag] = given[flag] == "true"
        found = rows(served, name, **given)
        if name == "silent_sources":
            found = [row for row in found if row["silent_after_s"] is not None]
        if name == "explained_share":
            assert sum(row["accesses"] for row in found) == int(re.sub(r"\D", "", number)), href
            checked.add(name)
            continue
        if name == "dormant_duties":  # an account with two duties is one account
            found = list({row["actor_account"]: row for row in found}.values())
        assert len(found) == int(re.sub(r"\D", "", number)), href
        checked.add(name)
    assert checked >= {"findings", "explained_share"}
    assert "severe=true" in text


def test_its_numbers_are_those_of_the_question(visit: Visit, served: Served) -> None:
    picture = rows(served, "threat_picture")
    total = sum(row["number"] for row in picture if row["measure"] == "decision")
    assert total > 0
    summary = visit.get("/threats").text.partition("Sammanfattning")[2].partition("</section>")[0]
    assert re.sub(r"\D", "", summary.partition(" fynd i ")[0].rpartition("<p>")[2]) == str(total)


@pytest.mark.parametrize(
    "query",
    ["month=2026-13", "month=2026-3", "month=02026-03", "month=2026-%D9%A0%D9%A3", "month=0000-01", "month=0999-01",
     "month=2026-03-01", "month=x", "month=2026-03&month=2026-02", "manad=2026-03", "month=%3Cscript%3E"],
)  # fmt: skip
def test_a_month_that_there_can_not_be_is_refused(visit: Visit, query: str) -> None:
    answer = visit.get(f"/threats?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.text
    assert "<script>" not in answer.text.replace('<script src="/static/', "")


def test_a_naemnd_that_nobody_knows_is_told_to_be_unknown_and_not_to_be_without_findings(visit: Visit) -> None:
    for query in ("controller=%3Cb%3Ex&month=2026-03", "controller=-"):
        answer = visit.get(f"/threats?{query}")
        assert answer.status_code == 404
        assert "det finns ingen med det namnet" in answer.text
        assert "<b>x" not in answer.text


def test_a_naemnds_own_numbers_stand_under_its_name(visit: Visit, served: Served) -> None:
    name = min({*served.desk.home.tables()["assets"]["controller"].to_pylist()} - {None})
    for query, head in (("month=2026-03", "Totalt"), (f"month=2026-03&{urlencode({'controller': name})}", name)):
        section = visit.get(f"/threats?{query}").text.partition('<section aria-labelledby="exposure">')[2]
        first = re.search(r'<th scope="col" class="number">(.*?)</th>', section)
        assert first
        assert re.sub("<.*?>|\u00ad", "", unescape(first[1])) == head


def test_exposure_before_leads_to_the_end_of_that_month() -> None:
    shared = {"month": "2026-03", "before_month": "2026-01", "judged": True, "measure": "exposure", "controller": None}
    shared |= {"at_utc": datetime(2026, 4, 1, tzinfo=UTC), "number": 2, "overall": 2, "overall_before": 1}
    found = picture(
        [{**shared, "name": "unread_asset", "before": 1}, {**shared, "name": "dormant_duty", "before": None}]
    )
    assert found
    lines = {line.label: line for line in threats._lines(found, "exposure", "sv", None)}
    read, dormant = (lines[cell("name", name, "sv")] for name in ("unread_asset", "dormant_duty"))
    assert (read.total.value, read.before.value, dormant.before.value) == (2, 1, None)
    assert "now=2026-04-01" in (read.total.href or "")
    assert "now=2026-02-01" in (read.before.href or "")


def test_a_naemnd_without_findings_has_none(visit: Visit, served: Served) -> None:
    named = {*served.desk.home.tables()["assets"]["controller"].to_pylist()} - {None}
    assert {visit.get(f"/threats?{urlencode({'controller': name})}").status_code for name in named} == {200}


@pytest.mark.parametrize("month", ["1000-01", "1999-01", "2026-02", "2030-01", "9999-12"])
@pytest.mark.parametrize("rest", ["", "&controller=Kommunstyrelsen"])
def test_a_month_that_was_not_judged_has_no_numbers_and_is_compared_with_none(
    visit: Visit, month: str, rest: str
) -> None:
    text = visit.get(f"/threats?month={month}{rest}").text
    summary = text.partition("Sammanfattning")[2].partition("</section>")[0]
    said = re.findall("<p>(.*?)</p>", summary)
    named = threats.month_name(month, "sv").capitalize()
    assert said[-1].startswith(f"{named} är ej bedömd")
    assert said[:-1] == ([f"{named} har inte börjat."] if month > f"{datetime.now(UTC):%Y-%m}" else [])
    assert not re.search("[Ii]nga fynd|fler än|färre än|lika många|[Ee]xponer", text)
    assert f"<option selected>{month}</option>" in text


def test_a_sentence_begins_with_a_capital(visit: Visit) -> None:
    for query in ("", "?month=2030-01", "?month=2026-02"):
        summary = visit.get(f"/threats{query}").text.partition("Sammanfattning")[2].partition("</section>")[0]
        said = re.findall("<p>(.)", summary)
        assert said
        assert not [each for each in said if each.islower()]


def test_a_month_that_goes_on_is_told_with_a_capital(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    class Then(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            del tz
            return datetime(2026, 3, 20, tzinfo=UTC)

    monkeypatch.setattr(threats, "datetime", Then)
    assert "<p>Mars 2026 pågår ännu, så siffrorna kan ändras.</p>" in visit.get("/threats?month=2026-03").text


def test_exposure_of_a_month_that_is_over_is_told_as_of_its_end(visit: Visit, served: Served) -> None:
    """And its numbers lead to the rows of then, not of today."""
    text = visit.get("/threats?month=2026-03").text
    section = text.partition('<section aria-labelledby="exposure">')[2].partition("</section>")[0]
    assert "Exponering vid månadens slut" in section
    assert "just nu" not in text.casefold()
    links = re.findall(r'href="(/question/[^"]+)"', section)
    assert links
    assert all("now=2026-04-01T00%3A00%3A00%2B00%3A00" in link for link in links)
    exposed = [row for row in rows(served, "threat_picture", month="2026-03") if row["measure"] == "exposure"]
    assert {row["name"] for row in exposed if row["controller"] is None} == set(EXPOSURE)
    assert {row["at_utc"] for row in exposed} == {datetime(2026, 4, 1, tzinfo=UTC)}


def test_what_could_not_be_checked_says_so_and_why() -> None:
    row = {
        "month": "2026-03",
        "before_month": None,
        "controller": None,
        "measure": "exposure",
        "before": None,
        "judged": True,
    }
    counted = (("silent_source", 0), ("dormant_duty", None))
    found = picture(
        [
            {**row, "at_utc": None, "name": name, "number": n, "overall": n, "overall_before": None}
            for name, n in counted
        ]
    )
    assert found
    lines = threats._lines(found, "exposure", "sv", None)
    unchecked = "kunde inte kontrolleras"
    assert [line.total.value for line in lines] == [unchecked, 0, unchecked, unchecked]
    assert all(line.meaning for line in lines)
    assert all(line.total.href is None for line in lines if line.total.value == unchecked)


def test_english_by_the_switch(visit: Visit) -> None:
    visit.post("/language", {"language": "en", "next": "/threats"})
    text = visit.get("/threats").text
    assert "Threat picture March 2026" in text
    assert "Sammanfattning" not in text


def test_a_share_of_nothing_is_told_as_nothing_judged() -> None:
    none = SimpleNamespace(
        month="2026-03",
        at=None,
        before_month=None,
        controllers=("Socialnämnden",),
        number=lambda *_: 0,
        share=lambda *_: None,
    )
    _, explained = threats._shares(none, "sv", None)
    assert (explained.total.value, explained.total.href) == ("inget bedömt", None)
    assert [each.value for each in explained.numbers] == ["inget bedömt"]


@pytest.mark.parametrize("overall", [1, 2])
def test_what_several_share_is_said_where_their_numbers_are_more_than_the_total(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, overall: int
) -> None:
    def shared(found: list[dict], one: str | None = None) -> object:
        """As if two nämnder had a silent source each, which is one and the same or not."""
        kept = [row for row in found if row["measure"] != "exposure"]
        like = next(row for row in found if row["measure"] == "exposure" and row["controller"] is None)
        count = {"name": "silent_source", "overall": overall, "overall_before": 0, "before": 0}
        named = sorted({row["controller"] for row in kept if row["controller"]})[:2]
        kept += [like | count | {"controller": name, "number": 1} for name in named]
        return picture([*kept, like | count | {"number": 0}], one)

    monkeypatch.setattr(threats, "picture", shared)
    assert ("räknas hos var och en av dem men en gång i totalen" in visit.get("/threats").text) is (overall == 1)
