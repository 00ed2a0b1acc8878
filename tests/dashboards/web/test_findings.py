# ruff: noqa: E501 - forms and addresses read better on one line
"""Findings as a reviewer works with them: the list, one finding, and the decision."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from playwright.sync_api import Page, expect

from analytics.answer import answer
from analytics.detect.decide import history
from analytics.detect.findings import listed, written
from analytics.detect.knowledge import detections
from analytics.detect.risk import parts
from analytics.question import question
from dashboards.cells import cell, heading
from dashboards.server.app import make, opened
from dashboards.web import finding as finding_page
from dashboards.web import rarity, risk, silence, told
from dashboards.web.finding import _limits, steps
from dashboards.web.findings import _earlier
from dashboards.web.render import words
from ingest.lake import Lake
from schemas.portable import hold
from schemas.terms import LANGUAGES
from tests.dashboards.conftest import Served
from tests.dashboards.serving import serving
from tests.dashboards.web.visiting import Visit, cookies, visiting

pytestmark = pytest.mark.program("chromium")


@pytest.fixture(scope="module")
def served(own: Served) -> Served:
    """A municipality of our own, whose findings may be decided."""
    return own


@pytest.fixture(scope="module")
def signed_in(served: Served) -> Any:
    return cookies(served.desk, "prov")


@pytest.fixture
def visit(served: Served) -> Iterator[Visit]:
    with visiting(served.address, served.desk, "prov") as found:
        yield found


@pytest.fixture(scope="module")
def found(served: Served) -> list[dict[str, Any]]:
    """All findings, the most urgent first."""
    rows: list[dict[str, Any]] = served.home.tables(("findings",))["findings"].to_pylist()
    return sorted(rows, key=lambda row: (-row["risk"], -row["last"].timestamp(), row["finding"]))


def linked(body: str) -> list[str]:
    """The findings of a list, in its order."""
    return re.findall(r'<td><a href="/finding/([0-9a-f]{16})', body)


def test_the_top_finding_is_judged_from_the_list(page: Page, accessible: Callable[[], None]) -> None:
    page.goto("/findings")
    accessible()
    page.locator("table.findings tbody a").first.click()
    for title in (
        "Varför det lyftes",
        "Hur ovanlig åtkomsten var",
        "Kan vara oskyldigt",
        "Gör så här",
        "Händelser som fyndet vilar på",
    ):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    accessible()
    page.emulate_media(color_scheme="dark")
    accessible()
    page.get_by_label("Obefogad").check()
    page.get_by_label("Skäl").fill("Inget uppdrag fanns; se samtal 12 mars.")
    page.get_by_role("button", name="Spara beslutet").click()
    expect(page.locator(".history li").first).to_contain_text("Obefogad (gäller): Inget uppdrag fanns")
    page.get_by_label("Oklar").check()
    page.get_by_label("Skäl").fill("Schemat kompletteras.")
    page.get_by_role("button", name="Spara beslutet").click()
    expect(page.locator(".history li").first).to_contain_text("Oklar")
    assert [text.split()[0].strip(":") for text in page.locator(".history li").all_inner_texts()] == [
        "Oklar",
        "Obefogad",
    ]
    finding = page.url.partition("/finding/")[2][:16]
    for decided, count in (("true", 1), ("false", 0)):
        page.goto(f"/findings?decided={decided}")
        expect(page.locator(f'table.findings a[href^="/finding/{finding}"]')).to_have_count(count)


def test_a_filter_becomes_an_address_that_the_finding_keeps(page: Page, found: list[dict[str, Any]]) -> None:
    page.goto("/findings")
    page.get_by_text("Välj vilka fynd som visas").click()
    page.get_by_label("Allvar").select_option("hög")
    page.get_by_role("button", name="Visa", exact=True).click()
    assert page.url.endswith("/findings?severity=high")
    high = [row["finding"] for row in found if row["severity"] == "high"]
    page.locator("table.findings tbody a").first.click()
    assert page.url.endswith(f"/finding/{high[0]}?severity=high")
    page.get_by_role("link", name="Nästa fynd").click()
    assert page.url.endswith(f"/finding/{high[1]}?severity=high")
    page.get_by_role("link", name="Föregående fynd").click()
    expect(page.get_by_text(f"(nummer 1 av {len(high)})")).to_be_visible()


@pytest.mark.parametrize("column", ["severity", "detection", "month", "system", "unit", "person"])
def test_each_filter_shows_what_it_says_and_nothing_else(
    visit: Visit, found: list[dict[str, Any]], column: str
) -> None:
    field = {"unit": "actor_unit", "person": "actor_person"}.get(column, column)
    value = next(row[field] for row in found if row[field])
    answer = visit.client.get("/findings", params={column: value})
    wanted = [row["finding"] for row in found if row[field] == value][:50]
    assert linked(answer.text) == wanted


def test_pages_of_the_list_follow_one_another(visit: Visit, found: list[dict[str, Any]]) -> None:
    shown = linked(visit.get("/findings").text) + linked(visit.get("/findings?page=2").text)
    assert shown == [row["finding"] for row in found][:100]


@pytest.mark.parametrize(
    "query", ["unknown=1", "decided=perhaps", "severity=high&severity=low", "page=0", "page=x", "page=9999"]
)
def test_a_filter_that_is_none_is_refused(visit: Visit, query: str) -> None:
    assert visit.get(f"/findings?{query}").status_code == 400


@pytest.mark.parametrize("name", ["unit", "system", "detection"])
def test_what_nobody_has_heard_of_is_told_and_is_not_without_findings(
    visit: Visit, found: list[dict[str, Any]], name: str
) -> None:
    answer = visit.get(f"/findings?{name}=%3Cb%3Ex")
    assert answer.status_code == 404
    assert "det finns ingen med det namnet" in answer.text
    assert "<b>x" not in answer.text
    column = {"unit": "actor_unit"}.get(name, name)
    known = next(row[column] for row in found if row[column])
    assert visit.get(f"/findings?{urlencode({name: known})}").status_code == 200


def test_what_a_filter_may_be_is_told_in_the_readers_words(visit: Visit) -> None:
    assert "ska vara ett av låg, medel, hög, kritisk" in visit.get("/findings?severity=x").text
    assert "ska vara ett av genast," in visit.get("/findings?handling=x").text


def test_what_is_to_be_reviewed_says_what_was_found_and_what_is_left_of_other_months(
    visit: Visit, served: Served
) -> None:
    rows = answer(served.desk.home, question("review"), {}, purpose="Prov av sidorna").rows.to_pylist()
    within = [row for row in rows if row["within_budget"]]
    text = unescape(visit.get("/findings").text)
    budget = text.partition('aria-labelledby="budget"')[2].partition("</section>")[0]
    assert told.rule_title({"detection": within[0]["detections"][0]}, "sv") in budget
    _left(budget, rows, "within_budget")
    unit = next(row["actor_unit"] for row in rows if row["actor_unit"])
    budget = unescape(visit.get(f"/findings?{urlencode({'unit': unit})}").text).partition('aria-labelledby="budget"')[2]
    _left(budget.partition("</section>")[0], [row for row in rows if row["actor_unit"] == unit], "within_unit")


def _left(budget: str, rows: list[Any], within: str) -> None:
    """What is told to be left of other months than the latest is what there is, however many items there are."""
    others = [row for row in rows if row["month"] != rows[0]["month"]]
    assert ("återstår från andra månader" in budget) is bool(others)
    for month in {row["month"] for row in others}:
        every = [row for row in others if row["month"] == month]
        few = sum(row[within] for row in every)
        assert f"{month} ({len(every)}, varav {few} inom granskningstiden)" in budget


def test_every_month_in_which_something_is_left_is_told_also_outside_the_budget() -> None:
    left = {"2026-03": (9, 2), "2026-02": (5, 0), "2026-01": (0, 0), "2025-12": (7000, 1)}
    months = [{"month": month, "open": some, "open_within": few} for month, (some, few) in left.items()]
    found = _earlier(SimpleNamespace(rows=pa.Table.from_pylist(months)), "2026-03", "open_within", [("k", "3")])  # type: ignore[arg-type]
    assert found == [
        ("2025-12", 7000, 1, "/findings?k=3&month=2025-12"),
        ("2026-02", 5, 0, "/findings?k=3&month=2026-02"),
    ]


def test_an_employee_who_is_named_is_chosen_by_the_id(visit: Visit, served: Served) -> None:
    people = served.desk.home.tables()["people"].to_pylist()
    names = [each["name"] for each in people]
    one = next(each for each in people if names.count(each["name"]) == 1)
    assert visit.post("/findings", {"person": one["name"]}).headers["location"] == f"/findings?person={one['person']}"
    assert visit.post("/findings", {"person": "nobody"}).headers["location"] == "/findings?person=nobody"
    assert "Personalkatalogen känner inte den medarbetare" in visit.get("/findings?person=nobody").text


def test_a_personal_number_that_is_typed_stands_in_no_address(visit: Visit) -> None:
    answer = visit.post("/findings", {"person": "19121212-1212"})
    assert answer.status_code == 400
    assert "1212-1212" not in answer.text


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202egnp.exe", "x" * 3_000, "' OR 1=1 --"])
def test_what_is_typed_is_a_value_and_nothing_else(visit: Visit, text: str) -> None:
    sent = visit.post("/findings", {"person": text})
    assert sent.status_code == 303
    body = visit.get(sent.headers["location"]).text
    assert "<script>alert" not in body
    assert linked(body) == []
    assert "Inga fynd motsvarar urvalet." in body


def section(body: str, name: str) -> str:
    """The text of the section that its heading calls NAME, a cell or a paragraph a line."""
    part = body.partition(f'id="{name}"')[2].partition("</section>")[0]
    return re.sub(r"\s*\n\s*", "\n", unescape(re.sub(r"<[^>]+>", "\n", part)))


def test_what_the_risk_is_made_of_is_told_in_words_with_its_parts(visit: Visit, found: list[dict[str, Any]]) -> None:
    unexplained = [row for row in found if row["about"] and not row["explained"] and row["events"] > 1]
    row = next(row for row in unexplained if "telling" not in json.loads(row["facts"]))
    rule = detections()[row["detection"]]
    told_risk = section(visit.get(f"/finding/{row['finding']}").text, "risk")
    assert "hur sällan oskyldigt arbete ger ett sådant fynd, gånger skadan" in told_risk
    assert f"Regelns allvar\n{cell('severity', rule.header['severity'], 'sv')}\noddsen" in told_risk
    assert f"{row['events']} händelser om en person, ingen förklarad" in told_risk
    assert f"Risken när fyndet skrevs\n{row['found_risk']} av 1000" in told_risk
    assert "Risken nu" not in told_risk.partition("Risken när")[2] or row["risk"] != row["found_risk"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"about": "p1", "events": 13, "facts": {"telling": 1}},
            "särskilt talande händelser, som regeln räknar dem: 1",
        ),
        ({"about": None, "events": 13}, "13 händelser; antalet väger lätt"),
        ({"about": "p1", "events": 1}, "1 händelse om en person, ingen förklarad"),
        ({"about": "p1", "events": 4, "explained": 3}, "4 händelser om en person; 3 som tjänsten förklarar"),
    ],
    ids=["the rule's own", "about nobody", "one look", "explained"],
)
def test_what_a_finding_tells_is_what_was_reckoned_with(given: dict[str, Any], said: str) -> None:
    counts = dict.fromkeys(("like_justified", "like_unjustified", "same_justified", "same_unjustified"), 0)
    row = {"explained": 0, "k": 3, "r": None, "t": None, "found_risk": 300, **counts, **given}
    made = parts(duckdb.connect(), row | {"facts": json.dumps(given.get("facts", {}))}, "medium")
    assert risk._telling(made, row, "sv").startswith(said)


def test_of_a_rule_whose_severity_is_not_known_the_rest_is_told_together(
    visit: Visit, found: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a Sigma rule."""
    for place in ("analytics.detect.explain", "dashboards.web.told"):
        monkeypatch.setattr(f"{place}.detections", dict)
    told_risk = section(visit.get(f"/finding/{found[0]['finding']}").text, "risk")
    assert "Regelns allvar, och hur vanliga liknande fynd var\noddsen" in told_risk
    assert "Regelns eget allvar är inte känt" in told_risk


def test_a_decision_tells_beforehand_and_afterwards_which_other_findings_it_moves(visit: Visit, own: Served) -> None:
    def stored(name: str) -> Any:
        return written(Lake.open(own.home.root), name)  # as it is now

    held = stored("findings")
    rules: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(held.to_pylist(), key=lambda row: (row["risk"], row["finding"])):
        rules.setdefault(row["detection"], []).append(row)
    decided = {*stored("decisions")["finding"].to_pylist()}
    # The least urgent of a rule: of what is neither near 0 nor near 1000, nor was moved by another test, the risk is moved.
    one, *rest = next(
        rows
        for rows in rules.values()
        if len(rows) > 1 and 100 < rows[-1]["risk"] < 950 and decided.isdisjoint(row["finding"] for row in rows)
    )
    others = len(rest)
    before = section(visit.get(f"/finding/{one['finding']}").text, "decisions")
    assert f"kan ändra risken för regelns andra fynd ({others})" in before
    assert "Beslutet som gäller har" not in before

    assert visit.post(f"/finding/{one['finding']}", {"verdict": "unjustified", "reason": "prov"}).status_code == 303
    decisions = stored("decisions")
    without = decisions.filter(pc.not_equal(decisions["finding"], one["finding"]))
    was = {row["finding"]: row["risk"] for row in listed(held, without).to_pylist()}
    now = {row["finding"]: row["risk"] for row in listed(held, decisions).to_pylist()}
    moved = {each for each in now if now[each] != was[each]}
    assert moved
    after = section(visit.get(f"/finding/{one['finding']}").text, "decisions")
    many = "annat fynd" if len(moved) == 1 else "andra fynd"
    assert f"har ändrat risken för {len(moved)} {many} av samma regel: höjd för {len(moved)}, sänkt för 0" in after
    for each in sorted(moved, key=lambda each: (-abs(now[each] - was[each]), each))[:10]:
        row = after.partition(each)[2].split("\n")
        assert str(was[each]) in row[:8]
        assert str(now[each]) in row[:8]

    assert visit.post(f"/finding/{one['finding']}", {"verdict": "unclear", "reason": "prov"}).status_code == 303
    assert "har inte ändrat risken för något annat fynd" in section(
        visit.get(f"/finding/{one['finding']}").text, "decisions"
    )


def test_a_silent_source_is_named_with_when_and_for_how_long_and_what_can_not_be_answered(
    visit: Visit, found: list[dict[str, Any]]
) -> None:
    row = next(row for row in found if row["detection"] == "silent_source")
    source = json.loads(row["facts"])["source"]
    body = visit.get(f"/finding/{row['finding']}").text
    silent = section(body, "silent")
    assert f"Källan {source} får enligt sin inställning vara tyst i högst" in silent
    first, last = (cell("time", row[name], "sv") for name in ("first", "last"))
    times = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+\d\d:\d\d", silent)
    assert (times[0], times[-1]) == (first, last)  # all of it, not the last alone
    assert len(times) > 2
    assert len(times) % 2 == 0
    assert "Ett svar utan rader betyder då inte att inget gjordes" in silent
    assert "Källan ska visa vem som: " in silent
    assert "Informationstillgångar i systemet:" in silent
    for path in ("/", "/findings"):
        assert f'<a href="/health/{source}"><bdi>källan {source}</bdi></a>' in visit.get(path).text


def test_the_page_of_a_silent_source_can_be_used_by_all(
    page: Page, accessible: Callable[[], None], found: list[dict[str, Any]]
) -> None:
    page.goto(f"/finding/{next(row['finding'] for row in found if row['detection'] == 'silent_source')}")
    expect(page.get_by_role("heading", name="När källan var tyst")).to_be_visible()
    accessible()


def test_a_silence_that_the_logs_no_longer_show_is_told_as_it_was_found(
    visit: Visit, found: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = next(row for row in found if row["detection"] == "silent_source")
    monkeypatch.setattr(silence, "_silences", lambda *_: iter(()))
    silent = section(visit.get(f"/finding/{row['finding']}").text, "silent")
    assert "Enligt loggarna som de är nu var källan inte tyst längre än den får vara" in silent
    facts = json.loads(row["facts"])
    for name in ("since_utc", "until_utc"):
        assert cell("time", datetime.fromisoformat(facts[name]), "sv") in silent


@pytest.mark.parametrize(
    ("seconds", "said"), [(3_610, "60 min 10 s"), (10_380, "2 h 53 min"), (190_000, "2 dygn 4 h"), (59, "0 min 59 s")]
)
def test_how_long_a_silence_was_is_told_so_that_it_differs_from_the_limit(seconds: int, said: str) -> None:
    assert silence._long(seconds, "sv") == said


@pytest.mark.parametrize("name", sorted(detections()))
def test_what_a_rule_counted_is_told_in_words(name: str) -> None:
    """No column's own name stands on the page, in either language."""
    counted = set(hold(detections()[name]).named_selects) - finding_page._WHO
    for language in LANGUAGES:
        code = {
            each for each in counted if finding_page._heading(each, language) == each and f"fact.{each}" not in words()
        }
        assert {
            each for each in code if "_" in each or (language == "sv" and each not in {"system", "person"})
        } == set()


@pytest.mark.parametrize(("word", "said"), [("unit", "kollega i samma enhet"), ("sibling", "syskon"), ("new", "new")])
def test_how_an_employee_is_related_is_told_in_words(word: str, said: str) -> None:
    assert finding_page._text("ties", [word], "sv") == said


def test_the_rule_is_named_by_what_it_finds_and_leads_to_its_findings(
    visit: Visit, found: list[dict[str, Any]]
) -> None:
    row = found[0]
    body = visit.get(f"/finding/{row['finding']}").text
    assert f'<a href="/findings?detection={row["detection"]}">Alla fynd av samma regel</a>' in body
    assert f">{row['detection']}<" not in body


def test_a_forged_decision_is_refused(visit: Visit, served: Served, found: list[dict[str, Any]]) -> None:
    finding = found[1]["finding"]
    form = {"verdict": "justified", "reason": "vikarierade"}
    assert visit.client.post(f"/finding/{finding}", data=form).status_code == 403
    assert visit.client.post(f"/finding/{finding}", data=form | {"csrf": "guessed"}).status_code == 403
    assert history(served.home, finding) == []


@pytest.mark.parametrize(
    "form",
    [{"reason": "x"}, {"verdict": "guilty", "reason": "x"}, {"verdict": "justified"}, {"verdict": "unclear", "reason": " "},
     {"verdict": "unclear", "reason": "gäller 19121212-1212"}],
)  # fmt: skip
def test_a_decision_without_a_verdict_or_a_reason_is_not_taken(
    visit: Visit, served: Served, found: list[dict[str, Any]], form: dict[str, str]
) -> None:
    finding = found[2]["finding"]
    answer = visit.post(f"/finding/{finding}", form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "1212-1212" not in answer.text
    assert history(served.home, finding) == []


def test_what_is_wrong_is_named_as_its_field_is(visit: Visit, found: list[dict[str, Any]]) -> None:
    text = visit.post(f"/finding/{found[2]['finding']}", {"verdict": "unclear", "reason": " "}).text
    assert "<strong>Skäl:</strong> är tomt" in text
    assert "Orsak:" not in text


def test_decisions_at_the_same_time_are_all_kept(served: Served, found: list[dict[str, Any]]) -> None:
    finding = found[3]["finding"]
    reasons = [f"skäl {number}" for number in range(6)]

    def decides(reason: str) -> None:
        with visiting(served.address, served.desk, "prov") as visit:
            answer = visit.post(f"/finding/{finding}", {"verdict": "justified", "reason": reason})
            assert answer.status_code == 303

    threads = [threading.Thread(target=decides, args=(reason,)) for reason in reasons]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row["reason"] for row in history(served.home, finding)) == reasons


def test_a_reason_is_shown_and_never_obeyed(visit: Visit, found: list[dict[str, Any]]) -> None:
    finding = found[4]["finding"]
    assert (
        visit.post(
            f"/finding/{finding}", {"verdict": "unclear", "reason": "<img src=x onerror=alert(1)>\u202e"}
        ).status_code
        == 303
    )
    body = visit.get(f"/finding/{finding}").text
    assert "&lt;img src=x" in body
    assert "<img" not in body
    assert "\u202e" not in body


@pytest.mark.parametrize("finding", ["0000000000000000", "nej", "../../etc"])
def test_a_finding_that_there_is_not(visit: Visit, finding: str) -> None:
    assert visit.get(f"/finding/{finding}").status_code in {400, 404}


def test_what_a_reviewer_looks_at_next_is_there(page: Page, found: list[dict[str, Any]]) -> None:
    finding = next(row for row in found if row["actor_person"] and row["about"])
    page.goto(f"/finding/{finding['finding']}")
    hrefs = [link.get_attribute("href") or "" for link in page.locator("section:has(#what) ul a").all()]
    assert len(hrefs) == 4
    for href in hrefs:
        answer = page.goto(href)
        assert answer is not None
        assert answer.status == 200, href


def test_the_classification_has_all_that_the_register_says(
    visit: Visit, served: Served, found: list[dict[str, Any]]
) -> None:
    """Spårbarhet too, as the pages about information have it: no finding holds it, the register does."""
    levels = {row["asset"]: row["s"] for row in served.home.tables()["assets"].to_pylist()}
    finding = next(row for row in found if levels.get(row["asset"]) is not None)
    what = visit.get(f"/finding/{finding['finding']}").text.partition('id="what"')[2].partition("</section>")[0]
    for name, value in (("k", finding["k"]), ("r", finding["r"]), ("t", finding["t"]), ("s", levels[finding["asset"]])):
        assert f"<dt>{heading(name, 'sv')}</dt><dd><bdi>{value}</bdi></dd>" in what


@pytest.mark.parametrize(
    ("detection", "facts", "marked"),
    [
        ("brute_force", {"failures": 20}, 1),  # at least 20
        ("mass_print", {"things": 100, "unexplained": 21}, 1),  # more than 100, more than 20
        ("no_relation", {"colleagues": 2, "days": 2}, 2),  # fewer than 3, at least 2
        ("no_relation", {"colleagues": 3, "days": 1}, 0),
    ],
)
def test_a_number_stands_out_where_it_is_as_the_rule_wants_it(
    detection: str, facts: dict[str, int], marked: int
) -> None:
    told = SimpleNamespace(detection=detections()[detection])
    drawn = _limits(told, {"facts": json.dumps(facts)}, SimpleNamespace(language="sv"))  # type: ignore[arg-type]
    assert str(drawn).count('class="bar high"') == marked
    assert str(drawn).count("gräns, ") >= len(facts)


def test_what_was_done_shortly_before_is_no_earlier_time() -> None:
    first = datetime(2026, 3, 2, 8, tzinfo=UTC)
    event: Any = SimpleNamespace(fields={"about": "p_1", "object_id": None})
    asked = rarity.ask({"actor_person": "anna", "actor_account": None, "first": first}, [event])
    assert asked
    assert asked.params["stop"] == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert asked.params["start"] == asked.params["stop"] - timedelta(days=400)


def test_how_rare_it_was_is_drawn_with_its_numbers(visit: Visit, served: Served, found: list[dict[str, Any]]) -> None:
    fit = [row for row in found if row["actor_person"] and row["about"] and row["events"] < 20]
    finding = max(fit, key=lambda row: row["first"])  # so that the logs reach back from it
    stop = finding["first"] - timedelta(days=1)
    about = {
        "person": finding["actor_person"],
        "subjects": [finding["about"]],
        "start": stop - timedelta(days=400),
        "stop": stop,
    }
    (row,) = answer(served.home, question("touched_before"), about, purpose="prov").rows.to_pylist()
    body = visit.get(f"/finding/{finding['finding']}").text
    drawn = body.partition('id="rare"')[2].partition("</section>")[0]
    assert "första gången" in drawn or "gjort det förr" in drawn
    assert 'role="group"' in drawn
    assert f"{row['colleagues_before']} av {row['colleagues']}" in drawn.partition("<table>")[2]
    assert f'href="/subject/{finding["about"]}"' in drawn.partition("<table>")[2]


@pytest.mark.parametrize(
    ("own", "had", "of", "others", "said"),
    [
        (
            0,
            2,
            211,
            9,
            "Det var första gången för användaren, som på 400 dagar blev den 3:e av 212 i enheten att ta del av uppgifterna.",
        ),
        (3, 2, 211, 9, "Användaren hade gjort det förr, liksom 2 av 211 kollegor i enheten på 400 dagar."),
        (3, 0, 211, 9, "Användaren hade gjort det förr, men ingen av 211 kollegor i enheten på 400 dagar."),
        (
            0,
            0,
            0,
            9,
            "Det var första gången för användaren. Andra användare som hade tagit del av uppgifterna på 400 dagar: 9.",
        ),
        (
            1,
            0,
            0,
            9,
            "Användaren hade gjort det förr. Andra användare som hade tagit del av uppgifterna på 400 dagar: 9.",
        ),
    ],
)
def test_rarity_in_a_sentence(own: int, had: int, of: int, others: int, said: str) -> None:
    row = {"own_before": own, "colleagues_before": had, "colleagues": of, "others_before": others}
    assert rarity.sentence(row, "", 400, "sv") == said
    assert rarity.sentence(row, "varning 1.pdf", 400, "sv") == f"Ovanligast är varning 1.pdf. {said}"


def test_which_in_order() -> None:
    assert [rarity.nth(number, "sv") for number in (1, 2, 3, 11, 12, 21, 112)] == [
        "1:a", "2:a", "3:e", "11:e", "12:e", "21:a", "112:e",
    ]  # fmt: skip
    assert [rarity.nth(number, "en") for number in (1, 2, 3, 4, 11, 13, 23)] == [
        "1st", "2nd", "3rd", "4th", "11th", "13th", "23rd",
    ]  # fmt: skip


def test_in_english_every_sentence_is(visit: Visit, found: list[dict[str, Any]]) -> None:
    assert visit.post("/language", {"language": "en"}).status_code == 303
    listed, one = visit.get("/findings").text, visit.get(f"/finding/{found[-1]['finding']}").text
    for body, sentences in (
        (listed, ("To review first in", "Findings by risk")),
        (one, ("Why it was raised", "What to do", "Judge the finding")),
    ):
        for sentence in sentences:
            assert sentence in body
    for swedish in ("Granska", "Fynd efter", "Varför", "ovanlig", "Bedöm", "Skäl", "oavgjort"):
        assert swedish not in listed + one


def test_a_finding_has_a_title_of_one_sentence_in_the_reader_s_language(
    visit: Visit, found: list[dict[str, Any]]
) -> None:
    row = next(row for row in found if row["detection"] in detections())
    rule = detections()[row["detection"]]
    for language in LANGUAGES:
        assert visit.post("/language", {"language": language}).status_code == 303
        one = unescape(visit.get(f"/finding/{row['finding']}").text)
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", one, re.DOTALL)
        assert heading
        assert rule.said(language) in heading[1]
        assert rule.said("finds")[:60] not in heading[1]
        assert rule.said(language) in unescape(visit.get(f"/findings?detection={rule.name}").text)


def test_what_may_be_innocent_and_what_to_do_are_told_in_the_reader_s_language(
    visit: Visit, found: list[dict[str, Any]]
) -> None:
    row = next(row for row in found if row["detection"] in detections())
    rule = detections()[row["detection"]]
    for language, other in (("sv", "en"), ("en", "sv")):
        assert visit.post("/language", {"language": language}).status_code == 303
        body = unescape(visit.get(f"/finding/{row['finding']}").text)
        for key in ("benign", "triage"):
            assert re.split("[;?]", rule.told(key, language))[0].removeprefix("1 ") in body
            assert re.split("[;?]", rule.told(key, other))[0].removeprefix("1 ") not in body


def test_the_rule_is_told_in_detail_in_the_reader_s_language(visit: Visit, found: list[dict[str, Any]]) -> None:
    row = next(row for row in found if row["detection"] in detections())
    rule = detections()[row["detection"]]
    for language, summary in (("sv", "Regeln i detalj"), ("en", "The rule in detail")):
        assert visit.post("/language", {"language": language}).status_code == 303
        body = unescape(visit.get(f"/finding/{row['finding']}").text)
        assert f'<html lang="{language}">' in body
        assert f"<summary>{summary}</summary><p>{rule.told('finds', language)}</p>" in body


def test_the_title_of_a_rule_that_isn_t_ours_is_in_a_language_that_nobody_told(
    visit: Visit, found: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a Sigma rule: its author's words, which a screen reader must not take for the page's Swedish."""
    row = next(row for row in found if row["detection"] in detections())
    assert '<h1><bdi lang="">' not in visit.get(f"/finding/{row['finding']}").text
    for place in ("analytics.detect.explain", "dashboards.web.told"):
        monkeypatch.setattr(f"{place}.detections", dict)
    body = visit.get(f"/finding/{row['finding']}").text
    assert f'<h1><bdi lang="">{row["detection"]}</bdi>' in body
    assert "Regeln i detalj" not in body


@pytest.mark.parametrize("name", sorted(detections()))
def test_a_rule_has_as_many_steps_in_each_language(name: str) -> None:
    swedish, english = (list(steps(detections()[name].told("triage", language))) for language in LANGUAGES)
    assert len(swedish) == len(english) > 1


def test_nothing_judged_yet_says_what_to_do(home: Callable[..., Any]) -> None:
    desk = opened(home("kind | time | action\nevent | 2026-03-01T08:00:00Z | read").installation)
    with serving(make(desk)) as server, visiting(server.address, desk, "prov") as visit:
        body = visit.get("/findings").text
    assert "Inget är bedömt ännu." in body
    assert "Be den som sköter sparhund att köra dem." in body


def test_a_finding_about_our_own_logs_speaks_of_no_access(visit: Visit, found: list[dict[str, Any]]) -> None:
    finding = next(row["finding"] for row in found if row["detection"] == "silent_source")
    text = visit.get(f"/finding/{finding}").text
    assert "Fyndet gäller inte åtkomst till uppgifter" in text
    assert "det som hände har en godtagbar orsak" in text
    for word in ("åtkomsten", "känt uppdrag", "Oförklarade"):
        assert word not in text, word


def test_a_finding_about_access_tells_whose_duty_explains(visit: Visit, found: list[dict[str, Any]]) -> None:
    finding = next(row["finding"] for row in found if row["explained"] > 0)
    text = visit.get(f"/finding/{finding}").text
    assert "förklaras av ett känt uppdrag, medarbetarens eget eller enhetens" in text
    assert "Ett känt uppdrag räcker inte alltid" in text or "är förklaringen bara enhetens" in text
    assert "åtkomsten låg inom tjänsten" in text


def test_a_rule_s_steps_are_parted_at_their_numbers() -> None:
    assert list(steps("1 fråga  2 vid minst 500 personer: BrB 3 kap. 9 §  3 rätta 2 rader")) == [
        "fråga", "vid minst 500 personer: BrB 3 kap. 9 §", "rätta 2 rader",
    ]  # fmt: skip
    assert list(steps("bara en")) == ["bara en"]
