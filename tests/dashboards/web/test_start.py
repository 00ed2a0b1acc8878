"""The start page, and the share explained that stands on every page."""

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from playwright.sync_api import Browser, Page, expect

from analytics.answer import Answer, answer
from analytics.caller import Caller
from analytics.question import question
from dashboards.server.fresh import Fresh
from dashboards.web.page import View
from dashboards.web.share import Shares
from tests.dashboards.conftest import Served
from tests.dashboards.web.browsing import close, sign_in
from tests.dashboards.web.visiting import Visit, visiting

WHO = Caller("karin")


@pytest.fixture
def visit(served: Served) -> Iterator[Visit]:
    with visiting(served.address, served.desk) as found:
        yield found


def rows(served: Served, name: str, **given: object) -> list[dict]:
    found: list[dict] = answer(served.desk.home, question(name), given, purpose="Prov", who=WHO).rows.to_pylist()
    return found


@pytest.mark.program("chromium")
def test_the_start_page_can_be_used_by_all(page: Page, accessible) -> None:
    page.goto("/")
    accessible()
    page.emulate_media(color_scheme="dark")
    accessible()


@pytest.mark.program("chromium")
def test_jobs_begin_here(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Var syns det inte om någon läser?").click()
    expect(page.get_by_role("heading", name="Syns det om någon läser?")).to_be_visible()
    for name, wanted in (
        ("Vem har läst den här personens uppgifter?", "Den enskilde"),
        ("Vem har öppnat det här ärendet eller dokumentet?", "Objektets identitet"),
        ("Vad gjorde de här medarbetarna den natten, i ordning?", "^Personer"),
        ("Vem hade den här IP-adressen då?", "^Tidpunkt"),
    ):
        page.goto("/")
        page.get_by_role("link", name=name).click()
        expect(page.get_by_label(re.compile(wanted)).first).to_be_visible()


@pytest.mark.program("chromium")
def test_names_are_shown_when_it_is_stated_why(browser: Browser, served: Served) -> None:
    context = browser.new_context(base_url=served.address, locale="sv-SE")
    page = context.new_page()
    sign_in(page, served.link())
    expect(page.get_by_role("heading", name="Granskning")).to_be_visible()
    expect(page.get_by_role("heading", name="Först att granska")).to_have_count(0)
    page.get_by_role("link", name="Ange ändamål för att se vilka de gäller").click()
    page.get_by_label("Ändamål").fill("Prov av sidorna")
    page.get_by_role("button", name="Fortsätt").click()
    expect(page.get_by_role("heading", name="Först att granska")).to_be_visible()
    close(context)


def test_without_a_purpose_nobody_is_named(visit: Visit, served: Served) -> None:
    text = visit.get("/").text
    people = {row["actor_person"] or row["actor_account"] for row in rows(served, "review")}
    assert people
    assert not [name for name in people if name and f">{name}<" in text]
    assert "/finding/" not in text


def test_what_remains_of_earlier_months_is_told(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Från tidigare månader återstår" not in visit.get("/").text
    real = View.answers

    def answers(self: View, name: str, *args: Any) -> list[Answer]:
        first, *rest = real(self, name, *args)
        (one,) = first.rows.to_pylist()
        left = {"2026-03": (9, 2), "2026-02": (5, 2), "2026-01": (3, 0), "2025-12": (0, 0)}
        months = [{**one, "month": month, "open": some, "open_within": few} for month, (some, few) in left.items()]
        return [replace(first, rows=pa.Table.from_pylist(months, schema=first.rows.schema)), *rest]

    monkeypatch.setattr(View, "answers", answers)
    text = visit.get("/").text
    assert "Från tidigare månader återstår 8, varav 2 inom sin månads granskningstid:" in text
    assert '<a href="/question/review?month=2026-02&amp;ask=1">2026-02 (5)</a>' in text
    assert '<a href="/question/review?month=2026-01&amp;ask=1">2026-01 (3)</a>' in text
    assert "2025-12" not in text


def test_what_is_counted_for_review_is_what_is_handed_out(served: Served) -> None:
    for month in rows(served, "review_month"):
        items = rows(served, "review", month=month["month"], decided=True)
        assert month["items"] == len(items)
        assert month["budget"] == sum(row["within_budget"] for row in items)
        assert month["open"] == sum(row["open"] > 0 for row in items)
        assert month["open_within"] == sum(row["open"] > 0 and row["within_budget"] for row in items)


def test_every_page_is_there_in_english(served: Served) -> None:
    with visiting(served.address, served.desk, "Prov") as visit:
        visit.post("/language", {"language": "en", "next": "/"})
        for path in ("/", "/health", "/health/lindan", "/health/sparhund", "/register", "/threats", "/register?k=3"):
            answer = visit.get(path)
            assert answer.status_code == 200
            main = answer.text.partition("<main")[2].partition("<footer>")[0]
            assert not re.search(
                r"\b(inte|källor|åtkomster|fynd|loggar|nivå)\b", re.sub(r"<bdi>.*?</bdi>", "", main)
            ), path


@pytest.mark.parametrize("path", ["/", "/questions", "/health", "/register", "/threats", "/purpose"])
def test_the_share_explained_stands_on_every_page(visit: Visit, served: Served, path: str) -> None:
    found = rows(served, "explained_share")
    latest = max(row["month"] for row in found)
    accesses = sum(row["accesses"] for row in found if row["month"] == latest)
    explained = sum(row["explained"] for row in found if row["month"] == latest)
    said = f"{explained * 1000 // accesses / 10:.1f}".replace(".", ",")
    footer = visit.get(path).text.partition("<footer>")[2]
    assert f'<a href="/question/explained_share?month={latest}">{said}\N{NO-BREAK SPACE}%</a>' in footer


def test_the_share_of_a_unit_a_system_and_a_level(served: Served) -> None:
    shares = Shares(served.desk.home)
    found = [row for row in rows(served, "explained_share") if row["unit"] and row["system"] and row["k"] is not None]
    row = found[0]
    given = {name: row[name] for name in ("month", "unit", "system", "k")}
    share = shares.of(**given)
    assert share
    assert (share.accesses, share.explained) == (row["accesses"], row["explained"])
    assert f"month={row['month']}&unit={row['unit']}&system=" in share.href
    assert shares.of(unit="nix") is None


def test_what_is_fresh_is_computed_once_for_all_who_ask() -> None:
    counted: list[int] = []

    def work() -> int:
        counted.append(1)
        time.sleep(0.05)
        return len(counted)

    fresh = Fresh(work, 60)
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(fresh.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1] * 8


def test_what_is_old_is_given_while_it_is_computed_beside() -> None:
    begun, go_on = threading.Event(), threading.Event()
    given = iter([1, 2])

    def work() -> int:
        found = next(given)
        if found > 1:
            begun.set()
            assert go_on.wait(30)
        return found

    fresh = Fresh(work, 0, 60)
    assert fresh.get() == 1
    assert fresh.get() == 1  # and begins
    assert begun.wait(30)
    assert fresh.get() == 1
    given = iter([3, 3, 3, 3])
    go_on.set()
    until = time.monotonic() + 30
    while fresh.get() == 1:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_is_too_old_or_forgotten_is_waited_for() -> None:
    given = iter([1, 2, 3])
    fresh = Fresh(lambda: next(given), 0)
    assert [fresh.get(), fresh.get()] == [1, 2]
    kept = Fresh(lambda: next(given), 60)
    assert kept.get() == 3
    kept.forget()
    with pytest.raises(StopIteration):
        kept.get()


def test_what_fails_beside_leaves_the_former() -> None:
    done = threading.Event()

    def work() -> int:
        if done.is_set():
            raise OSError("full")
        return 1

    fresh = Fresh(work, 0, 60)
    assert fresh.get() == 1
    done.set()
    for _ in range(5):
        assert fresh.get() == 1
        time.sleep(0.01)


def test_what_fails_is_tried_again() -> None:
    given = iter([OSError("full"), 2])

    def work() -> int:
        found = next(given)
        if isinstance(found, OSError):
            raise found
        return found

    fresh = Fresh(work, 60)
    with pytest.raises(OSError, match="full"):
        fresh.get()
    assert fresh.get() == 2


def test_pages_about_something_have_the_share_of_it(served: Served) -> None:
    with visiting(served.address, served.desk, "Prov") as visit:
        assert "Förklarad åtkomst, IT-system Lindan:" in visit.get("/system/Lindan").text
        asset = visit.get("/asset/socialakt").text
        assert "Förklarad åtkomst, konfidentialitet 3:" in asset
        href = re.search(r'Förklarad åtkomst, konfidentialitet 3:\s+<strong><a href="([^"]+)">', asset)
        assert href
        assert href[1].endswith("&amp;k=3")
        assert visit.get(href[1].replace("&amp;", "&")).status_code == 200
        judged = {row["unit"] for row in rows(served, "explained_share")}
        people = served.desk.home.tables()["people"].to_pylist()
        person = next(row["person"] for row in people if row["unit"] in judged)
        assert "Förklarad åtkomst, " in visit.get(f"/person/{person}").text
        person = next(row["person"] for row in people if row["unit"] and row["unit"] not in judged)
        assert "ingen åtkomst som kräver förklaring har bedömts" in visit.get(f"/person/{person}").text


def test_the_share_of_a_unit_is_one_however_logs_spell_it(served: Served) -> None:
    known = set(served.desk.home.tables()["units"]["unit"].to_pylist())
    named = {row["unit"] for row in rows(served, "explained_share")} - {None}
    assert named
    assert named <= known


def test_the_list_of_findings_counts_what_the_start_page_does(served: Served) -> None:
    with visiting(served.address, served.desk, "Prov") as visit:
        start, listed = visit.get("/").text, visit.get("/findings").text
    remain = re.search(r'<strong class="figure">([^<]+)</strong> granskningsärenden? återstår', start)
    shown = re.search(r"visas \d+ av (\S+) granskningsärenden som återstår inom", listed)
    assert remain
    assert shown
    assert remain[1] == shown[1]
