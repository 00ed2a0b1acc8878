"""What is drawn of answers: of columns that there are, of all rows, with the numbers beside."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyarrow as pa
import pytest
from playwright.sync_api import Page

from analytics.answer import answer
from analytics.question import columns, question
from dashboards.web.counts import Listed
from dashboards.web.panels import Beside
from dashboards.web.pictures import PICTURES, Bars, Panel, Trend, drawn
from tests.dashboards.conftest import Served
from tests.dashboards.web.test_counts import WHO, asked, followed
from tests.dashboards.web.test_counts import about as about  # noqa: PLC0414 - the fixture, shared
from tests.dashboards.web.visiting import Visit, visiting

# Of these the small municipality has too little to compare, or only one month.
FOLLOWED = 4  # of the first links of a page's pictures, and of the last
SMALL = {
    "explained_share",
    "review_month",
    "threat_trend",
    "permission_changes",
    "account_changes",
    "unclassified_access",
}


@pytest.fixture(scope="module")
def visit(served: Served) -> Iterator[Visit]:
    with visiting(served.address, served.desk, "Prov") as found:
        yield found


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_of_columns_that_the_question_returns(name: str) -> None:
    returned = columns(question(name))
    for picture in PICTURES[name]:
        assert set(picture.columns) <= returned.keys()
        if not isinstance(picture, Panel):
            assert all(returned[each] == "BIGINT" for each in (picture.of, picture.part) if each)


def address(name: str, about: dict[str, dict[str, Any]]) -> str:
    given = {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in about.items()}
    return f"/question/{name}?" + urlencode({**given, "ask": "1"}, doseq=True)


@pytest.mark.parametrize("name", PICTURES)
def test_an_answer_is_drawn_with_its_table_in_both_languages(
    visit: Visit, about: dict[str, dict[str, Any]], name: str
) -> None:
    for language in ("sv", "en"):
        visit.post("/language", {"language": language})
        text = visit.get(address(name, about.get(name, {}))).text
        main = text.partition("<main")[2].partition("</main>")[0]
        assert len(text.encode()) < 300_000
        assert "<table" in main
        if name not in SMALL:
            assert re.search(r'<svg class="chart [^>]*aria-label="[^"]+', main)


def test_bars_count_all_rows_and_not_only_those_that_are_shown(served: Served, visit: Visit) -> None:
    visit.post("/language", {"language": "sv"})
    rows = asked(served, "logins", {}).to_pylist()
    assert len(rows) > 0
    total = sum(row["events"] for row in rows if row["outcome"] == "success")
    text = visit.get("/question/logins?ask=1").text
    said = f"{total:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    assert f"lyckades: {said}</title>" in text


def test_a_bar_leads_to_its_rows_only_where_all_that_was_asked_can_be_asked_there(visit: Visit) -> None:
    """Failures of at least two are fewer than all of the account's, so that bar leads nowhere; without, it does."""
    plain, least = (visit.get(f"/question/failed_logins?{query}").text for query in ("ask=1", "at_least=2"))
    assert re.search(r'<a href="/question/events\?[^"]*outcome=failure[^"]*" tabindex="-1"', plain)
    assert not re.search(r'<a href="/question/events[^"]*" tabindex="-1"', least)


LINKED = re.compile(r'<a href="([^"]+)"[^>]*aria-label="[^"]*: ([\d\u202f]+)"')


def drawn_links(text: str) -> dict[str, int]:
    """By address, the number of what is drawn that leads there."""
    charts = "".join(re.findall(r'<svg class="chart.*?</svg>', text, re.DOTALL))
    return {html.unescape(href): int(number.replace("\u202f", "")) for href, number in LINKED.findall(charts)}


@pytest.mark.parametrize("name", PICTURES)
def test_what_is_drawn_leads_to_as_many_rows_or_nowhere(
    served: Served, visit: Visit, about: dict[str, dict[str, Any]], name: str
) -> None:
    params = {param.name: param for param in question(name).params}
    for narrowed in ({}, {"system": "Lindan"}, {"start": "2026-03-02", "stop": "2026-03-04"}):
        if narrowed.keys() <= params.keys():
            follow(served, visit.get(address(name, about.get(name, {}) | narrowed)).text)
    if not any(param.required for param in params.values()):  # as it is asked without a choice
        follow(served, visit.get(address(name, {})).text)


def follow(served: Served, text: str) -> None:
    links = list(drawn_links(text).items())
    for href, number in {*links[:FOLLOWED], *links[-FOLLOWED:]}:
        path = urlsplit(href).path
        assert followed(served, href, Listed(path.rpartition("/")[2])) == number, (href, number)


def test_what_is_asked_of_an_object_by_its_path_is_drawn_with_links_to_that_path(served: Served, visit: Visit) -> None:
    rows = asked(served, "find_within", {"text": "/"}).to_pylist()
    paths = [row["object_path"] for row in rows if row["object_path"]]
    texts = [visit.get(address("who_accessed_object", {"object_id": path})).text for path in paths[:20]]
    assert any(map(drawn_links, texts))
    for text in texts:
        follow(served, text)


@pytest.mark.parametrize(
    ("acts", "more", "leads"),
    [
        (["export", "export"], False, "/question/events?actor_person=p000001&action=export"),
        (["export", "print"], False, None),
        (["export", "export"], True, None),
    ],
)
def test_a_bar_leads_only_where_it_is_all_of_one_act(
    served: Served, acts: list[str], more: bool, leads: str | None
) -> None:
    file = question("exports_and_prints")
    rows = [{"actor_person": "p000001", "action": act, "events": 2} for act in acts]
    rows.append({"actor_person": "p000002", "action": "print", "events": 1})
    real = answer(served.desk.home, file, {}, purpose="Prov", who=WHO, most=1)
    found = replace(real, rows=pa.Table.from_pylist(rows, real.rows.schema), more=more)
    (part,) = drawn(found, Beside("sv", {}, {}, served.desk.home.tables(), others=False))
    assert part.table is not None
    assert part.table.cells[0][1].href == leads


def test_a_share_is_of_the_whole_and_what_is_empty_says_so() -> None:
    assert Bars(("k",), "events").columns == ("k", "events")
    assert Trend(("month",), "accesses", "explained").columns == ("month", "accesses", "explained")


@pytest.mark.program("chromium")
@pytest.mark.parametrize("name", ["access_by_level", "activity", "events", "explained_share", "findings", "usual_work"])
def test_drawn_answers_can_be_read_by_all(
    page: Page, accessible: Any, about: dict[str, dict[str, Any]], name: str
) -> None:
    page.goto(address(name, {"system": "Lindan"} if name in {"activity", "events"} else about.get(name, {})))
    accessible()
    page.emulate_media(color_scheme="dark")
    accessible()
