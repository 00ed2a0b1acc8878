"""Who is let in over HTTP, and to what."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx
import pytest

from tests.dashboards.api.conftest import acts, bearer, client, position, token
from tests.dashboards.conftest import Served

ABOUT_PERSONS = [
    "/api/v1/questions/events",
    "/api/v1/questions/findings",
    "/api/v1/questions/timeline?actors=anna.b",
    "/api/v1/findings/0123456789abcdef",
    "/api/v1/events/a-1-1",
    "/api/v1/events/a-1-1/record",
]


def refusal(answer: httpx.Response) -> tuple[int, str | None]:
    document = answer.json()
    assert set(document) == {"error", "field", "status"}
    assert document["status"] == answer.status_code
    return answer.status_code, document["field"]


@pytest.mark.parametrize("path", ABOUT_PERSONS)
def test_a_token_for_statistics_sees_no_person(statistician: httpx.Client, path: str) -> None:
    assert refusal(statistician.get(path)) == (403, "scope")


def test_a_token_for_statistics_sees_numbers_and_who_it_is(statistician: httpx.Client) -> None:
    assert statistician.get("/api/v1/questions/access_by_level").status_code == 200
    said = statistician.get("/api/v1/me").json()
    assert said["scope"] == "statistics"
    assert said["name"].startswith("token:")


def test_no_token_decides(reader: httpx.Client) -> None:
    answer = reader.post("/api/v1/findings/0123456789abcdef/decision", json={"verdict": "duty", "reason": "x"})
    assert refusal(answer) == (403, "scope")


def test_tokens_that_are_not_in_force_are_let_in_nowhere(served: Served) -> None:
    store, now = served.desk.store, datetime.now(UTC)
    late = store.add_token("late", "read", 1, made_by="anna", now=now - timedelta(days=1))
    ended = store.add_token("ended", "read", 1, made_by="anna", now=now)
    store.revoke_token("ended", now)
    for header in (bearer(late), bearer(ended), bearer("sparhund_nothing"), "Basic YTpi", "Bearer", ""):
        with client(served.address, Authorization=header) as asking:
            answer = asking.get("/api/v1/me")
        assert refusal(answer) == (401, "Authorization"), header
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        served.desk.entrance.__init__(0.2, 10)  # type: ignore[misc] - so that the address isn't told to wait


def test_a_wrong_token_is_not_made_good_by_a_session(person: httpx.Client) -> None:
    assert person.get("/api/v1/me").json()["scope"] == "all"
    assert refusal(person.get("/api/v1/me", headers={"Authorization": "Bearer x"})) == (401, "Authorization")


def test_no_page_works_by_a_token(reader: httpx.Client) -> None:
    assert reader.get("/questions", headers={"Accept": "text/html"}).status_code == 401


def test_a_cookies_question_by_body_wants_the_sessions_token(person: httpx.Client) -> None:
    for wrong in ("", "x"):
        answer = person.post("/api/v1/questions/silent_sources", json={}, headers={"X-CSRF-Token": wrong})
        assert refusal(answer) == (403, "X-CSRF-Token")
    del person.headers["X-CSRF-Token"]
    assert refusal(person.post("/api/v1/questions/silent_sources", json={})) == (403, "X-CSRF-Token")


def test_a_session_that_knows_its_token_asks_by_body(person: httpx.Client) -> None:
    assert person.post("/api/v1/questions/silent_sources", json={}).status_code == 200


def test_a_form_of_another_site_is_no_question(person: httpx.Client) -> None:
    """What a browser sends across sites without asking: no JSON, and without the header."""
    answer = person.post("/api/v1/questions/silent_sources", content="{}", headers={"Content-Type": "text/plain"})
    assert refusal(answer) == (415, "Content-Type")


def test_who_has_stated_no_purpose_sees_no_person(served: Served) -> None:
    store, now = served.desk.store, datetime.now(UTC)
    cookie = store.begin(store.add_link("karin", now), now)
    with client(served.address, Cookie=f"sparhund={cookie}") as asking:
        assert refusal(asking.get("/api/v1/questions/findings")) == (403, "purpose")
        assert asking.get("/api/v1/questions/access_by_level").status_code == 200


def test_who_signs_in_gets_a_cookie_that_no_script_reads(served: Served) -> None:
    with client(served.address) as asking:
        link = served.link()
        assert asking.get(link).status_code == 200  # to look at it spends nothing
        answer = asking.post("/signin", data={"code": link.partition("code=")[2]})
        assert answer.status_code == 303
        kept = answer.headers["set-cookie"].lower()
        assert "httponly" in kept
        assert "samesite=lax" in kept
        assert asking.get("/api/v1/me").json() == {"name": "karin", "scope": "all", "purpose": None}
        assert asking.post("/signin", data={"code": link.partition("code=")[2]}).status_code == 401


def test_who_signs_in_again_ends_the_session_before(served: Served) -> None:
    def sign_in(asking: httpx.Client) -> str:
        answer = asking.post("/signin", data={"code": served.link().partition("code=")[2]})
        assert answer.status_code == 303
        return answer.cookies["sparhund"]

    with client(served.address) as asking:
        first = sign_in(asking)
        assert asking.post("/signin", data={"code": "x"}).status_code == 401
        assert asking.get("/api/v1/me").status_code == 200  # a link that is worth nothing ends nothing
        sign_in(asking)
        assert asking.get("/api/v1/me").status_code == 200
    with client(served.address, Cookie=f"sparhund={first}") as before:
        assert before.get("/api/v1/me").status_code == 401


def test_over_https_no_other_host_sets_the_cookie(served: Served) -> None:
    with client(served.address, **{"X-Forwarded-Proto": "https"}) as asking:
        answer = asking.post("/signin", data={"code": served.link().partition("code=")[2]})
        kept = answer.headers["set-cookie"]
        assert kept.startswith("__Host-sparhund=")
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
        words = kept.lower().split("; ")
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= set(words)
        assert not any(word.startswith("domain") for word in words)
        cookie = kept.partition(";")[0].partition("=")[2]
        assert asking.get("/api/v1/me", headers={"Cookie": f"__Host-sparhund={cookie}"}).status_code == 200
        assert asking.get("/api/v1/me", headers={"Cookie": f"sparhund={cookie}"}).status_code == 401


NUMBERED = [
    "/entity/subject/19121212-1212",
    "/questions?text=121212%2D1212",
    "/x/19121212%252D1212",
    "/questions?text=%31212121212",
]


@pytest.mark.parametrize("path", NUMBERED)
def test_a_personal_number_is_copied_into_no_address(served: Served, person: httpx.Client, path: str) -> None:
    kept = "/questions?text=%E2%80%A6" if "?" in path else "/"
    with client(served.address) as outside:
        answer = outside.get(path)
    if answer.status_code == 303:
        assert answer.headers["location"] == f"/signin?next={quote(kept, safe='')}"
    else:
        assert answer.status_code == 404
    shown = person.get(path)
    assert "1212" not in "".join(re.findall(r'name="next" value="[^"]*"|/purpose\?next=[^"]*', shown.text))
    assert f'name="next" value="{kept}"' in shown.text
    assert 'name="next" value="/"' in person.get("/purpose", params={"next": path}).text
    data = {"csrf": person.headers["X-CSRF-Token"], "language": "sv", "next": path}
    assert person.post("/language", data=data).headers["location"] == "/"


def test_an_address_without_a_number_is_gone_back_to(served: Served, person: httpx.Client) -> None:
    with client(served.address) as outside:
        assert outside.get("/questions?a=b%20c").headers["location"] == "/signin?next=%2Fquestions%3Fa%3Db%2520c"
        code = served.desk.store.add_link("karin", datetime.now(UTC))
        assert outside.post("/signin", data={"code": code}).headers["location"] == "/questions?a=b%20c"
        code = served.desk.store.add_link("karin", datetime.now(UTC))
        outside.cookies.set("sparhund_next", "//elsewhere.example/")
        assert outside.post("/signin", data={"code": code}).headers["location"] == "/"
    assert 'name="next" value="/findings?risk=500"' in person.get("/purpose?next=/findings%3Frisk%3D500").text


def test_an_expired_session_is_nobody(served: Served) -> None:
    store = served.desk.store
    then = datetime.now(UTC) - timedelta(hours=2)
    cookie = store.begin(store.add_link("karin", then), then)
    with client(served.address, Cookie=f"sparhund={cookie}") as asking:
        assert refusal(asking.get("/api/v1/me")) == (401, "Authorization")
        assert asking.get("/questions").headers["location"].startswith("/signin?next=")


def test_tokens_are_made_and_revoked_in_the_self_audit(served: Served) -> None:
    since = position(served)
    token(served, "statistics")
    (made,) = acts(served, since)
    assert (made["act"], made["question"], made["params"]["scope"]) == ("decided", "token add", "statistics")
    assert "sparhund_" not in str(made)
