"""Ten jobs, done from the start page with nothing but what the pages show. Every click is counted.

What the person who does them knows: a personal number, the wording of her job, and how to read.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import cookies

pytestmark = pytest.mark.program("chromium")


@pytest.fixture(scope="module")
def served(own: Served) -> Served:
    """A municipality of our own, in which a finding may be decided."""
    return own


@pytest.fixture(scope="module")
def signed_in(served: Served) -> Any:
    return cookies(served.desk, "prov")


@pytest.fixture(scope="module")
def incidents(served: Served) -> dict[str, Any]:
    """What was planted: only to hold the answers against."""
    told = json.loads((served.folder / "truth" / "incidents.json").read_text(encoding="utf-8"))
    return {each["id"]: each for each in told}


@dataclass
class Job:
    """Somebody at PAGE, who began at the start page, and her clicks. What is typed is no click, to send it is one."""

    page: Page
    clicks: int = 0

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.first.click()

    def link(self, name: str | re.Pattern[str]) -> None:
        self.click(self.page.get_by_role("main").get_by_role("link", name=name))

    def menu(self, name: str) -> None:
        self.click(self.page.get_by_role("navigation", name="Meny").get_by_role("link", name=name))

    def search(self, text: str) -> None:
        self.page.get_by_role("searchbox").fill(text)
        self.click(self.page.get_by_role("button", name="Sök"))

    def ask(self, **fields: str) -> None:
        for label, text in fields.items():
            self.page.get_by_role("main").get_by_label(label).first.fill(text)
        self.click(self.page.get_by_role("button", name="Fråga"))

    def rows(self, heading: str) -> list[dict[str, str]]:
        """The table under the caption HEADING, by its headings, as they are read."""
        table = self.page.get_by_role("table", name=re.compile(heading)).first
        expect(table).to_be_visible()
        heads, *lines = (
            [cell.strip() for cell in row.locator("th, td").all_inner_texts()] for row in table.get_by_role("row").all()
        )
        return [dict(zip(heads, line, strict=True)) for line in lines]


@pytest.fixture
def job(page: Page) -> Job:
    page.goto("/")
    return Job(page)


def unexplained(job: Job, incidents: dict[str, Any]) -> str:
    """From the start page to an access to the person that nothing explains; who it was."""
    incident = incidents["granne"]
    job.search(incident["subject"])
    job.link("Bara oförklarade")
    who = incident["who"][0]["name"]
    job.click(
        job.page.locator("section.panel:has(#events) tbody tr").filter(has_text=who).first.get_by_role("link").first
    )
    return str(who)


def test_who_read_this_record_and_why(job: Job, incidents: dict[str, Any]) -> None:
    who = unexplained(job, incidents)
    expect(job.page.get_by_role("main")).to_contain_text(who)
    expect(job.page.get_by_text("Nej, åtkomsten är oförklarad.")).to_be_visible()
    assert job.clicks <= 3


def test_which_other_records_the_same_person_opened_that_night(job: Job, incidents: dict[str, Any]) -> None:
    unexplained(job, incidents)
    job.link("Allt som samma användare gjorde den dagen")
    objects = job.page.get_by_role("link", name=re.compile(r"^journal J\d+$"))
    assert len(set(objects.all_inner_texts())) > 1
    assert job.clicks <= 4


def test_what_explains_this_access(job: Job, incidents: dict[str, Any]) -> None:
    job.search(incidents["granne"]["subject"])
    job.link(re.compile("Visa vad som förklarar"))
    job.click(job.page.locator("td.why a"))
    expect(job.page.get_by_text("Ja, åtkomsten förklaras.")).to_be_visible()
    expect(job.page.locator("#why").locator("xpath=ancestor::section")).to_contain_text("vilar på")
    assert job.clicks <= 3


def test_which_shares_can_not_tell_reads(job: Job) -> None:
    job.link(re.compile("^Var syns det inte om någon läser"))
    rows = job.rows("En rad för varje system som håller tillgången")
    unread = [row for row in rows if row["läge"].endswith(("läsning loggas inte", "ingen källa", "inget IT-system"))]
    assert unread
    assert rows[: len(unread)] == unread, "the worst stand first"
    assert job.clicks <= 1


def test_which_accounts_of_leavers_are_active(job: Job) -> None:
    job.menu("Hotbild")
    row = job.page.get_by_role("row").filter(has_text="konton kvar efter avslutad anställning")
    number = row.get_by_role("link").first
    said = int(number.inner_text())
    job.click(number)
    rows = job.rows("Vilka konton innehas fortfarande av någon vars anställning har upphört")
    assert len(rows) == said > 0
    assert all(row["anställd till"] for row in rows)
    assert any(row["senast"] for row in rows), "those that were used say when"
    assert job.clicks <= 2


def test_what_was_changed_in_this_permission_and_by_whom(job: Job, incidents: dict[str, Any]) -> None:
    job.menu("Frågor")
    job.link(re.compile("^Vilka behörigheter, roller och medlemskap"))
    rows = job.rows("Vilka behörigheter, roller och medlemskap")
    who = incidents["bakvagen"]["who"][0]["name"]
    own = [row for row in rows if who in row["användare"]]
    assert {row["åtgärd"] for row in own} == {"tilldelade behörighet", "återkallade behörighet"}
    assert all(row["berörd grupp eller roll"] for row in own)
    job.click(job.page.get_by_role("row").filter(has_text=who).get_by_role("link"))
    expect(job.page.get_by_role("main")).to_contain_text(who)
    assert job.clicks <= 3


def test_who_had_this_address_at_that_hour(job: Job) -> None:
    job.menu("Frågor")
    job.link(re.compile("^Vilka behörigheter, roller och medlemskap"))
    row = next(row for row in job.rows("Vilka behörigheter, roller och medlemskap") if row["från IP-adress"])
    job.click(job.page.get_by_role("link", name="sparhund", exact=True))
    before = job.clicks
    job.link(re.compile("^Vem hade den här IP-adressen då"))
    job.ask(**{"IP-adress": row["från IP-adress"], "Tidpunkt": row["tid"][:16]})
    rows = job.rows("Vilket konto, vilken enhet och vilken person använde den här adressen")
    assert any(row["användarkonto"] in each.values() for each in rows)
    assert all(each["säkerhet"] for each in rows)
    assert job.clicks - before <= 2


def test_which_sources_are_silent(job: Job) -> None:
    job.link(re.compile("källor är tysta|källa är tyst"))
    expect(job.page).to_have_url(re.compile("/health#fault-silent$"))
    fault = job.page.locator("#fault-silent").locator("xpath=ancestor-or-self::section[1]")
    expect(fault).to_contain_text("Tyst källa")
    expect(fault).to_contain_text("Gör så här")
    assert fault.get_by_role("link").count() > 1
    assert job.clicks <= 1


def test_what_the_threat_picture_says_of_a_namnd(job: Job) -> None:
    job.menu("Hotbild")
    job.page.get_by_label("Nämnd").select_option("Socialnämnden")
    job.click(job.page.get_by_role("button", name="Visa"))
    expect(job.page.get_by_role("heading", level=1)).to_contain_text("Hotbild")
    summary = job.page.locator("section:has(#summary)")
    expect(summary).to_contain_text(re.compile("fynd", re.IGNORECASE))
    expect(job.page.get_by_role("main")).to_contain_text("Socialnämnden")
    assert "Utbildningsnämnden" not in job.page.get_by_role("table").all_inner_texts()[0]
    assert job.clicks <= 2


def test_to_decide_a_finding_with_a_reason(job: Job) -> None:
    job.menu("Fynd")
    job.click(job.page.locator("ol.review a"))
    expect(job.page.get_by_role("heading", name="Varför det lyftes")).to_be_visible()
    expect(job.page.get_by_role("heading", name="Gör så här")).to_be_visible()
    job.click(job.page.get_by_label(re.compile("^Oklar")))
    job.page.get_by_label(re.compile("^Skäl")).fill("Schemat för kvällen saknas.")
    job.click(job.page.get_by_role("button", name="Spara beslutet"))
    expect(job.page.locator(".history li").first).to_contain_text("Schemat för kvällen saknas.")
    assert job.clicks <= 4


def test_ten_jobs_are_done(request: pytest.FixtureRequest) -> None:
    of_jobs: list[Any] = [
        each for name, each in vars(request.module).items() if name.startswith("test_") and name != request.node.name
    ]
    assert len(of_jobs) == 10
