"""Ten jobs, done from the start page with nothing but what the pages show, in either language. Clicks are counted.

What the person who does them knows: a personal number, the wording of her job, and how to read.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from schemas.terms import LANGUAGES
from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import cookies
from tests.dashboards.web.wording import Words, begun

pytestmark = [pytest.mark.program("chromium"), pytest.mark.parametrize("language", LANGUAGES)]


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
    words: Words
    clicks: int = 0

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.first.click()

    def link(self, name: str | re.Pattern[str]) -> None:
        self.click(self.page.get_by_role("main").get_by_role("link", name=name))

    def begins(self, key: str) -> None:
        """Follow the link that begins with the words of KEY."""
        self.link(re.compile(f"^{re.escape(self.words.say(key))}"))

    def question(self, name: str) -> None:
        """From the list of questions to the one of NAME, by what it asks."""
        self.menu("questions")
        self.link(self.words.question(name))

    def menu(self, key: str) -> None:
        menu = self.page.get_by_role("navigation", name=self.words.say("menu"), exact=True)
        self.click(menu.get_by_role("link", name=self.words.say(f"menu.{key}"), exact=True))

    def button(self, key: str) -> None:
        self.click(self.page.get_by_role("main").get_by_role("button", name=self.words.say(key), exact=True))

    def search(self, text: str) -> None:
        self.page.get_by_role("searchbox").fill(text)
        self.click(self.page.get_by_role("button", name=self.words.say("search.do")))

    def ask(self, **fields: str) -> None:
        """Fill in the form of a question, by parameter, and send it."""
        for column, text in fields.items():
            label = begun(self.words.heading(column))
            self.page.get_by_role("main").get_by_label(label).first.fill(text)
        self.button("question.ask")

    def rows(self, caption: str) -> list[dict[str, str]]:
        """The table of that CAPTION, by its headings, as they are read."""
        table = self.page.get_by_role("table", name=caption).first
        expect(table).to_be_visible()
        heads, *lines = (
            [cell.strip() for cell in row.locator("th, td").all_inner_texts()] for row in table.get_by_role("row").all()
        )
        return [dict(zip(heads, line, strict=True)) for line in lines]


@pytest.fixture
def job(page: Page, words: Words) -> Job:
    page.goto("/")
    return Job(page, words)


def unexplained(job: Job, incidents: dict[str, Any]) -> str:
    """From the start page to an access to the person that nothing explains; who it was."""
    incident = incidents["granne"]
    job.search(incident["subject"])
    job.link(job.words.say("explained.choice.no"))
    who = incident["who"][0]["name"]
    job.click(
        job.page.locator("section.panel:has(#events) tbody tr").filter(has_text=who).first.get_by_role("link").first
    )
    return str(who)


def test_who_read_this_record_and_why(job: Job, incidents: dict[str, Any]) -> None:
    who = unexplained(job, incidents)
    expect(job.page.get_by_role("main")).to_contain_text(who)
    expect(job.page.get_by_text(job.words.say("event.unexplained"))).to_be_visible()
    assert job.clicks <= 3


def test_which_other_records_the_same_person_opened_that_night(job: Job, incidents: dict[str, Any]) -> None:
    unexplained(job, incidents)
    job.link(job.words.say("told.that_day"))
    objects = job.page.get_by_role("link", name=re.compile(r"^journal J\d+$"))
    assert len(set(objects.all_inner_texts())) > 1
    assert job.clicks <= 4


def test_what_explains_this_access(job: Job, incidents: dict[str, Any]) -> None:
    job.search(incidents["granne"]["subject"])
    job.link(job.words.say("explained.ask"))
    job.click(job.page.locator("td.why a"))
    expect(job.page.get_by_text(job.words.say("event.explained"))).to_be_visible()
    expect(job.page.locator("#why").locator("xpath=ancestor::section")).to_contain_text(job.words.say("told.rests"))
    assert job.clicks <= 3


def test_which_shares_can_not_tell_reads(job: Job) -> None:
    job.begins("start.job.unread")
    rows = job.rows(job.words.say("register.coverage.caption"))
    states = tuple(job.words.cell("state", state) for state in ("1 no system", "2 no source", "3 no reads"))
    unread = [row for row in rows if row[job.words.heading("state")].endswith(states)]
    assert unread
    assert rows[: len(unread)] == unread, "the worst stand first"
    assert job.clicks <= 1


def test_which_accounts_of_leavers_are_active(job: Job) -> None:
    job.menu("threats")
    row = job.page.get_by_role("row").filter(has_text=job.words.term("name.leaver_account"))
    number = row.get_by_role("link").first
    said = int(number.inner_text())
    job.click(number)
    rows = job.rows(job.words.question("leaver_accounts"))
    assert len(rows) == said > 0
    assert all(row[job.words.heading("employed_to")] for row in rows)
    assert any(row[job.words.heading("last_utc")] for row in rows), "those that were used say when"
    assert job.clicks <= 2


def test_what_was_changed_in_this_permission_and_by_whom(job: Job, incidents: dict[str, Any]) -> None:
    job.question("permission_changes")
    rows = job.rows(job.words.question("permission_changes"))
    who = incidents["bakvagen"]["who"][0]["name"]
    own = [row for row in rows if who in row[job.words.heading("actor_person")]]
    changes = {job.words.cell("action", each) for each in ("grant", "revoke")}
    assert {row[job.words.heading("action")] for row in own} == changes
    assert all(row[job.words.heading("target_group")] for row in own)
    job.click(job.page.get_by_role("row").filter(has_text=who).get_by_role("link"))
    expect(job.page.get_by_role("main")).to_contain_text(who)
    assert job.clicks <= 3


def test_who_had_this_address_at_that_hour(job: Job) -> None:
    job.question("permission_changes")
    whence, account = (job.words.heading(column) for column in ("src_ip", "actor_account"))
    row = next(row for row in job.rows(job.words.question("permission_changes")) if row[whence])
    job.click(job.page.get_by_role("link", name="sparhund", exact=True))
    before = job.clicks
    job.begins("start.job.address")
    job.ask(address=row[whence], at=row[job.words.heading("time_utc")][:16])
    rows = job.rows(job.words.question("who_had_address"))
    assert any(row[account] in each.values() for each in rows)
    assert all(each[job.words.heading("certainty")] for each in rows)
    assert job.clicks - before <= 2


def test_which_sources_are_silent(job: Job) -> None:
    job.link(re.compile("|".join(job.words.say("start.fault.silent", number) for number in (1, 2))))
    expect(job.page).to_have_url(re.compile("/health#fault-silent$"))
    fault = job.page.locator("#fault-silent").locator("xpath=ancestor-or-self::section[1]")
    expect(fault).to_contain_text(job.words.say("health.silent"))
    expect(fault).to_contain_text(job.words.say("health.do"))
    assert fault.get_by_role("link").count() > 1
    assert job.clicks <= 1


def test_what_the_threat_picture_says_of_a_namnd(job: Job) -> None:
    job.menu("threats")
    job.page.get_by_label(job.words.say("threats.controller"), exact=True).select_option("Socialnämnden")
    job.button("register.show")
    expect(job.page.get_by_role("heading", level=1)).to_contain_text(job.words.say("menu.threats"))
    summary = job.page.locator("section:has(#summary)")
    expect(summary).to_contain_text(re.compile(job.words.heading("finding"), re.IGNORECASE))
    expect(job.page.get_by_role("main")).to_contain_text("Socialnämnden")
    assert "Utbildningsnämnden" not in job.page.get_by_role("table").all_inner_texts()[0]
    assert job.clicks <= 2


def test_to_decide_a_finding_with_a_reason(job: Job) -> None:
    job.menu("findings")
    job.click(job.page.locator("ol.review a"))
    for key in ("finding.why", "finding.triage"):
        expect(job.page.get_by_role("heading", name=job.words.say(key))).to_be_visible()
    job.click(job.page.get_by_label(re.compile(f"^{begun(job.words.term('verdict.unclear'))}")))
    reason = f"Schemat för kvällen saknas ({job.words.language})."
    job.page.get_by_label(re.compile(f"^{job.words.say('finding.reason')}")).fill(reason)
    job.button("finding.decide.do")
    expect(job.page.locator(".history li").first).to_contain_text(reason)
    assert job.clicks <= 4


@pytest.mark.usefixtures("language")
def test_ten_jobs_are_done(request: pytest.FixtureRequest) -> None:
    of_jobs = [name for name in vars(request.module) if name.startswith("test_") and name != request.node.originalname]
    assert len(of_jobs) == 10
