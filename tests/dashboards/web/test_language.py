"""The language of who isn't signed in: as it was chosen, else Swedish."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import visiting
from tests.dashboards.web.wording import Words, read_in


def shown(address: str, path: str, **headers: str) -> str:
    """The language of the page at PATH."""
    with httpx.Client(base_url=address, trust_env=False, timeout=60, headers=headers) as client:
        found = client.get(path, follow_redirects=True).text
    (language,) = re.findall('<html lang="(..)">', found)
    assert Words(language).say("signin.title") in found or "/signin" not in path
    return str(language)


@pytest.mark.parametrize("header", ["", "en-GB", "en", "de, en;q=0.5"])
def test_who_chose_none_reads_swedish_whatever_the_browser_asks_for(served: Served, header: str) -> None:
    for path in ("/signin", "/questions", "/nowhere"):
        assert shown(served.address, path, **{"Accept-Language": header}) == "sv"


def test_what_was_chosen_outlives_sessions(served: Served) -> None:
    with httpx.Client(base_url=served.address, trust_env=False) as client:
        answer = client.post("/language", data={"language": "en", "next": "/signin?code=x"})
        assert answer.headers["location"] == "/signin?code=x"
        kept = answer.headers["set-cookie"].lower()
        assert "httponly" in kept
        assert "samesite=lax" in kept
        assert '<html lang="en">' in client.get("/signin").text
        client.post("/signin", data={"code": served.link().partition("code=")[2]})
        assert '<html lang="en">' in client.get("/questions").text
        assert client.post("/language", data={"language": "de"}).status_code == 400
        elsewhere = client.post("/language", data={"language": "sv", "next": "//elsewhere.example/"})
        assert elsewhere.headers["location"] == "/"
        assert '<html lang="sv">' in client.get("/signin").text


def test_another_sites_form_chooses_no_language(served: Served) -> None:
    with httpx.Client(base_url=served.address, trust_env=False) as client:
        answer = client.post("/language", data={"language": "en"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_switch_leads_away_from_nothing_that_was_written(served: Served) -> None:
    with httpx.Client(base_url=served.address, trust_env=False, cookies={"sparhund_language": "en"}) as client:
        lost = client.post("/findings", data={"unit": "u1"})
    assert lost.status_code == 401
    assert "Sign in first" in lost.text
    assert "/language" not in lost.text
    with visiting(served.address, served.desk) as visit:
        assert "/language" in visit.get("/nowhere").text


@pytest.mark.program("chromium")
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_way_in_is_read_in_either_language_and_loses_no_link(
    page: Page, served: Served, words: Words, accessible: Callable[[], None]
) -> None:
    other = Words("en" if words.language == "sv" else "sv")
    page.context.clear_cookies()
    read_in(page.context, served.address, words.language)
    link = served.link()
    page.goto(link)
    expect(page.get_by_role("button", name=words.say("signin.do"))).to_be_visible()
    accessible()
    for read in (other, words):
        page.get_by_role("button", name=read.say(f"language.{read.language}")).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(read.say("signin.title"))
        assert page.url == link
        accessible()
    page.get_by_role("button", name=words.say("signin.do")).click()
    expect(page.get_by_role("button", name=words.say("out"))).to_be_visible()
    # A link that is spent, a session that has ended, and an address that leads nowhere.
    page.context.clear_cookies()
    read_in(page.context, served.address, words.language)
    page.goto(link)
    page.get_by_role("button", name=words.say("signin.do")).click()
    expect(page.get_by_role("alert")).to_have_text(words.say("signin.spent"))
    for path in ("", "/questions", "/nowhere"):
        if path:
            page.goto(path)
        page.get_by_role("button", name=other.say(f"language.{other.language}")).click()
        assert page.locator("html").get_attribute("lang") == other.language
        accessible()
        page.get_by_role("button", name=words.say(f"language.{words.language}")).click()
        assert page.locator("html").get_attribute("lang") == words.language
