"""The server around the answers: headers, hosts, bodies, methods, rates, and what it does when it can't answer."""

import logging
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from analytics.installation import installation
from dashboards.api.endpoints import PREFIX
from dashboards.api.table import endpoints
from dashboards.server.app import opened
from dashboards.server.crowd import MOST
from dashboards.server.headers import HEADERS
from dashboards.server.rates import Rate
from dashboards.server.refusals import Refused
from schemas.errors import LakeError
from tests.dashboards.api.conftest import Other, acts, bearer, client, position, token
from tests.dashboards.conftest import Served

NUMBER = "19121212-1212"
EVENTS = "/api/v1/questions/events"
LEVELS = "/api/v1/questions/access_by_level"  # which no file can be spared


def refusal(answer: httpx.Response) -> tuple[int, str | None]:
    document = answer.json()
    assert set(document) == {"error", "field", "status"}
    assert document["status"] == answer.status_code
    return answer.status_code, document["field"]


ANSWERS: dict[str, Callable[[httpx.Client], httpx.Response]] = {
    "200": lambda asking: asking.get("/api/v1/me"),
    "200 page": lambda asking: asking.get("/signin", headers={"Authorization": ""}),
    "200 file": lambda asking: asking.get("/api/v1/questions/silent_sources?format=parquet"),
    "200 static": lambda asking: asking.get("/static/style.css"),
    "200 without a body": lambda asking: asking.head("/api/v1/me"),
    "303": lambda asking: httpx.get(f"{asking.base_url}/questions", trust_env=False),
    "400": lambda asking: asking.get("/api/v1/me?x=1"),
    "400 host": lambda asking: asking.get("/api/v1/me", headers={"Host": "attacker.example"}),
    "401": lambda asking: asking.get("/api/v1/me", headers={"Authorization": "Bearer x"}),
    "404": lambda asking: asking.get("/api/v1/nothing"),
    "404 page": lambda asking: asking.get("/nothing"),
    "404 static": lambda asking: asking.get("/static/../../settings.toml"),
    "405": lambda asking: asking.delete("/api/v1/me"),
    "413": lambda asking: asking.post(EVENTS, content=b" " * (9 << 20), headers={"Content-Type": "application/json"}),
    "415": lambda asking: asking.post(EVENTS, content=b"{}"),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_says_what_a_browser_may_do_with_it(reader: httpx.Client, name: str) -> None:
    answer = ANSWERS[name](reader)
    assert answer.status_code == int(name[:3])
    kept = {"Cache-Control": "max-age=3600"} if name == "200 static" else {}
    for header, value in (HEADERS | kept).items():
        assert answer.headers.get_list(header) == [value], header
    assert "server" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers  # of http, where it means nothing


def test_what_nobody_foresaw_is_a_number_and_no_text(
    reader: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError(f"row 7: {NUMBER}")

    monkeypatch.setattr("dashboards.api.asking.answer", broken)
    answer = reader.get(EVENTS)
    assert refusal(answer) == (500, None)
    incident = answer.json()["error"].rpartition(" ")[2]
    (logged,) = [record.getMessage() for record in caplog.records if record.name == "sparhund.serve"]
    assert incident in logged
    assert "RuntimeError" in logged
    assert "in broken" in logged
    assert NUMBER not in answer.text + caplog.text
    for header, value in HEADERS.items():
        assert answer.headers[header] == value


@pytest.mark.parametrize(
    "host", ["attacker.example", "127.0.0.1.attacker.example", "", "[::1", "localhost@x", "127.0.0.2"]
)
def test_a_name_that_is_not_ours_is_refused(reader: httpx.Client, host: str) -> None:
    assert refusal(reader.get("/api/v1/me", headers={"Host": host})) == (400, "Host")


@pytest.mark.parametrize("host", ["localhost:1", "LOCALHOST", "[::1]:8600", "127.0.0.1"])
def test_a_name_of_ours_may_have_any_port(reader: httpx.Client, host: str) -> None:
    assert reader.get("/api/v1/me", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 401), ("none", 401)]
)
def test_a_form_of_another_site_does_not_sign_anybody_in(served: Served, site: str, status: int) -> None:
    with client(served.address, **{"Sec-Fetch-Site": site}) as asking:
        assert asking.post("/signin", data={"code": "x"}).status_code == status
        assert asking.get("/signin").status_code == 200  # a link may lead here from anywhere


def test_methods_that_there_are_not(reader: httpx.Client) -> None:
    for endpoint in list({each.path: each for each in endpoints()}.values())[::5]:
        path = PREFIX + endpoint.path.replace("{finding}", "f").replace("{event}", "e")
        allowed = {each.method for each in endpoints() if each.path == endpoint.path}
        for method in {"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST", "GET"} - allowed:
            answer = reader.request(method, path)
            assert refusal(answer) == (405, None), (method, path)
            assert allowed <= set(answer.headers["Allow"].split(", "))


def test_head_has_the_headers_of_get_and_no_body(reader: httpx.Client) -> None:
    answer = reader.head("/api/v1/questions/silent_sources")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"] == "application/json"


# Bodies


def said(served: Served, head: str, body: bytes = b"") -> bytes:
    """What comes on a connection of its own for HEAD and BODY, without another byte from us."""
    host, port = served.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + body)
        return connection.recv(65536)


@pytest.mark.parametrize(
    ("path", "length"),
    [(path, length) for path in (EVENTS, "/signin") for length in (str(1 << 30), str((8 << 20) + 1), "9" * 18)]
    + [(EVENTS, str((256 << 10) + 1))],
)
def test_a_body_that_is_too_large_is_refused_before_it_comes(served: Served, length: str, path: str) -> None:
    kind = "application/json" if path == EVENTS else "application/x-www-form-urlencoded"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {bearer(token(served))}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {length}"
    )
    assert said(served, head).startswith(b"HTTP/1.1 413 ")


def test_a_question_may_be_as_long_as_its_limit(reader: httpx.Client) -> None:
    body = b'{"actor_account": "nobody"}'.ljust(256 << 10)
    assert reader.post(EVENTS, content=body, headers={"Content-Type": "application/json"}).status_code == 200


def test_a_body_without_a_length_ends_at_the_limit(reader: httpx.Client) -> None:
    sent = 0

    def endless() -> Any:
        nonlocal sent
        while sent < 1 << 30:
            sent += 1 << 20
            yield b" " * (1 << 20)

    try:
        answer = reader.post(EVENTS, content=endless(), headers={"Content-Type": "application/json"})
        assert refusal(answer) == (413, "body")
    except httpx.TransportError:
        pass  # it was told while we still wrote
    assert sent < 64 << 20


@pytest.mark.parametrize("length", ["-1", "1e3", "x"])
def test_a_length_that_is_no_number_is_refused(served: Served, length: str) -> None:
    head = f"POST {EVENTS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}"
    assert said(served, head).startswith(b"HTTP/1.1 4")


# Texts


LONE = "\\ud800"  # half of a pair, as JSON spells it


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (f'{{"{LONE}": 1}}', "\ufffd"),
        (f'{{"{LONE}": 1, "{LONE}": 2}}', "\ufffd"),
        (f'{{"subject": {{"{LONE}": 1, "{LONE}": 2}}}}', "\ufffd"),
        (f'{{"subject": "{LONE}"}}', "subject"),
        (f'{{"start": "{LONE}"}}', "start"),
        ('{"a\\u0000\\u202e": 1}', "a\ufffd\ufffd"),
        (f'{{"{"x" * 100}": 1}}', "x" * 64),
    ],
)
def test_what_is_no_text_is_refused_by_a_name_that_can_be_read(reader: httpx.Client, body: str, field: str) -> None:
    path = "/api/v1/questions/who_accessed_subject"
    answer = reader.post(path, content=body, headers={"Content-Type": "application/json"})
    assert refusal(answer) == (400, field)


def test_a_text_of_a_list_that_is_none_is_refused(reader: httpx.Client) -> None:
    body = f'{{"subjects": ["a", "{LONE}"]}}'
    answer = reader.post("/api/v1/questions/timeline", content=body, headers={"Content-Type": "application/json"})
    assert refusal(answer) == (400, "subjects")


def part(name: str, value: str, charset: str) -> dict[str, Any]:
    """A form of one field, as httpx sends it, that says it is in CHARSET."""
    body = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--\r\n'
    return {"content": body, "headers": {"Content-Type": f"multipart/form-data; boundary=b; charset={charset}"}}


@pytest.mark.parametrize("charset", ["unicode_escape", '"UTF-7"', "punycode", "idna", "latin-1"])
def test_a_form_in_another_charset_is_refused(served: Served, person: httpx.Client, charset: str) -> None:
    assert person.post("/purpose", **part("purpose", LONE, charset)).status_code == 415
    with client(served.address) as outside:
        assert outside.post("/signin", **part("code", LONE, charset)).status_code == 415


def test_a_form_in_utf_8_is_read(served: Served) -> None:
    code = served.link().partition("code=")[2]
    with client(served.address) as outside:
        assert outside.post("/signin", **part("code", code, '"UTF-8"')).status_code == 303


# Compression


def test_no_page_is_compressed(served: Served, reader: httpx.Client, person: httpx.Client) -> None:
    page = person.get("/questions")
    assert 'name="csrf"' in page.text
    assert "Content-Encoding" not in page.headers
    assert reader.get("/api/v1/questions").headers["Content-Encoding"] == "gzip"
    assert httpx.get(f"{served.address}/static/style.css", trust_env=False).headers["Content-Encoding"] == "gzip"


# Rates


def test_a_bucket_fills_again_and_says_when() -> None:
    rate = Rate(2.0, 3)
    for _ in range(3):
        rate.take("a", 100.0)
    rate.take("b", 100.0)
    with pytest.raises(Refused) as refused:
        rate.take("a", 100.0)
    assert (refused.value.status, refused.value.retry_s) == (429, 1)
    rate.take("a", 100.5)
    with pytest.raises(Refused):
        rate.take("a", 100.5)
    for _ in range(3):
        rate.take("a", 200.0)  # no more than the burst, however long one waited
    with pytest.raises(Refused):
        rate.take("a", 200.0)


def test_who_asks_too_often_is_told_when_to_come_again(other: Callable[..., Other], served: Served) -> None:
    server = other(burst=3, requests_per_s=0.25)
    with client(server.address, Authorization=bearer(token(served))) as asking:
        assert [asking.get("/api/v1/me").status_code for _ in range(3)] == [200] * 3
        answer = asking.get("/api/v1/me")
        assert refusal(answer) == (429, None)
        assert 1 <= int(answer.headers["Retry-After"]) <= 4
    with client(server.address, Authorization=bearer(token(served))) as another:
        assert another.get("/api/v1/me").status_code == 200


def test_who_guesses_tokens_is_told_to_wait_and_others_are_not(other: Callable[..., Other], served: Served) -> None:
    server = other()
    with client(server.address, Authorization="Bearer x") as guessing:
        assert [guessing.get("/api/v1/me").status_code for _ in range(11)] == [401] * 10 + [429]
        assert int(guessing.get("/api/v1/me").headers["Retry-After"]) >= 1
    with client(server.address, Authorization=bearer(token(served))) as asking:
        assert asking.get("/api/v1/me").status_code == 200


def test_who_guesses_links_is_told_to_wait(other: Callable[..., Other]) -> None:
    with client(other().address) as guessing:
        found = [guessing.post("/signin", data={"code": "x"}).status_code for _ in range(60)]
    assert found[:30] == [401] * 30
    assert 429 in found  # not at once: each is written down, and the next may come meanwhile


def test_who_opens_pages_signed_out_keeps_nobody_from_signing_in(other: Callable[..., Other]) -> None:
    server = other()
    server.desk.turned.__init__(0.001, 2)  # type: ignore[misc] - so that it is soon used up
    with client(server.address) as outside:
        assert [outside.get("/questions").status_code for _ in range(3)] == [303, 303, 429]
        code = server.desk.store.add_link("karin", datetime.now(UTC))
        assert outside.post("/signin", data={"code": code}).status_code == 303
        assert outside.get("/questions").status_code == 200


# Limits of an answer


def test_an_answer_that_takes_too_long_is_broken_off(
    other: Callable[..., Other], served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(connection: Any, *_args: object) -> Any:
        time.sleep(0.5)  # the limit passes while DuckDB does nothing
        return connection.sql("SELECT max(a.range * b.range) FROM range(10000000) a, range(10000000) b").fetchall()

    monkeypatch.setattr("analytics.answer.put", endless)
    server, since = other(limit_s=0.2), position(served)
    with client(server.address, Authorization=bearer(token(served))) as asking:
        answer = asking.get(EVENTS)
        assert refusal(answer) == (422, None)
        assert "longer than 0.2 s" in answer.json()["error"]
    assert [act["act"] for act in acts(served, since)] == ["decided", "asked", "failed"]


def test_an_answer_that_takes_too_much_memory_is_broken_off(other: Callable[..., Other], served: Served) -> None:
    server = other(memory_bytes=4 << 20)
    with client(server.address, Authorization=bearer(token(served))) as asking:
        answer = asking.get(EVENTS)
        assert refusal(answer) == (422, None)
        assert "more memory" in answer.json()["error"]


def test_more_than_may_wait_are_told_to_come_again(
    other: Callable[..., Other], served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are answered at once and three wait: of the rest each is told at once, and those five get their answers."""
    server = other(threads=2, waiting=3)
    on = threading.Event()
    real = type(server.desk.home).tables

    def slow(home: Any, judged: Any = ()) -> Any:
        assert on.wait(60)
        return real(home, judged)

    monkeypatch.setattr(type(server.desk.home), "tables", slow)
    path = "/api/v1/assets"
    with client(server.address, Authorization=bearer(token(served))) as asking, ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(asking.get, path) for _ in range(12)]
        until = time.monotonic() + 60
        while sum(each.done() for each in asked) < 7:
            assert time.monotonic() < until
            time.sleep(0.01)
        refused = [each.result() for each in asked if each.done()]
        on.set()
        found = sorted(each.result().status_code for each in asked)
    assert found == [200] * 5 + [503] * 7
    for answer in refused:
        assert refusal(answer) == (503, None)
        assert answer.headers["Retry-After"]


def test_more_than_are_taken_at_once_are_told_in_the_same_shape(other: Callable[..., Other], served: Served) -> None:
    server = other()
    with client(server.address, Authorization=bearer(token(served))) as asking:
        server.desk.requests.under_way = MOST
        answer = asking.get("/api/v1/me")
        assert refusal(answer) == (503, None)
        assert answer.headers["Retry-After"]
        assert asking.get("/signin", headers={"Authorization": ""}).status_code == 503
        server.desk.requests.under_way = MOST - 1
        assert asking.get("/api/v1/me").status_code == 200


# A lake in trouble


def test_a_lake_that_is_gone_is_told_without_its_path(
    other: Callable[..., Other], served: Served, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server = other()
    with client(server.address, Authorization=bearer(token(served))) as asking:
        assert asking.get("/api/v1/questions/silent_sources").status_code == 200
        lake = served.home.root
        lake.rename(tmp_path / "lake")
        caplog.set_level(logging.ERROR)
        try:
            for path in ("/api/v1/questions/silent_sources", EVENTS, "/api/v1/status", "/api/v1/me"):
                answer = asking.get(path)
                assert answer.status_code == 503, path
                assert answer.headers["Retry-After"]
                assert str(served.folder) not in answer.text
            page = httpx.get(f"{server.address}/questions", headers={"Cookie": "sparhund=x"}, trust_env=False)
            assert page.status_code == 503
            assert str(served.folder) not in page.text
        finally:
            assert not lake.exists()  # and nothing was made in its place
            (tmp_path / "lake").rename(lake)
        assert asking.get("/api/v1/questions/silent_sources").status_code == 200


def test_a_file_of_the_lake_that_is_gone_is_asked_again(reader: httpx.Client, served: Served, tmp_path: Any) -> None:
    files = list((served.home.root / "normalised").rglob("*.parquet"))
    moved = {path: tmp_path / str(number) for number, path in enumerate(files)}
    for path, there in moved.items():
        path.rename(there)
    try:
        answer = reader.get(LEVELS)
        assert refusal(answer) == (503, None)
        assert "parquet" not in answer.text
    finally:
        for path, there in moved.items():
            there.rename(path)
    assert reader.get(LEVELS).status_code == 200


def test_no_server_without_a_lake(tmp_path: Any) -> None:
    with pytest.raises(LakeError, match="there is no lake here"):
        opened(installation(tmp_path / "lake"))
    assert not (tmp_path / "lake").exists()
