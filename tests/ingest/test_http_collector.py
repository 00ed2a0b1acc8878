import base64
import contextlib
import errno
import gzip
import json
import logging
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import pytest
import zstandard

from ingest.spool import Spool
from schemas.errors import SettingsError
from tests.ingest.collecting import DEADLINE_S, OTHER, SENDERS, TOKEN, collecting, declared

NDJSON = {"Content-Type": "application/x-ndjson"}
JSON = {"Content-Type": "application/json"}
PATH = "/v1/records/a"


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "spool")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with collecting(Spool(tmp_path_factory.mktemp("http")), "http", max_body_bytes=100_000) as running:
        yield running


@pytest.fixture
def running(shared):
    shared.begin()
    return shared


@pytest.mark.parametrize(
    ("content_type", "body", "records"),
    [
        ("application/x-ndjson", b'{"n": 1}\n{"n":2}\n', [b'{"n": 1}', b'{"n":2}']),
        ("application/jsonl", b'\xef\xbb\xbf{"n": 1}\r\n \r\n{"n":2}', [b'{"n": 1}', b'{"n":2}']),
        ("application/x-ndjson; charset=UTF-8", b'not JSON\n{"n":2}\n', [b"not JSON", b'{"n":2}']),
        ("application/json", b' {"a": {"value": [{"n": 1}]},\n "b": 2}\n', [b'{"a": {"value": [{"n": 1}]},\n "b": 2}']),
        ("application/json", b'{"value": [{"n": 1}, {"n": 2}]}', [b'{"value": [{"n": 1}, {"n": 2}]}']),
        (
            "application/json",
            b'[{"n": 1.0,  "b": "]"},\n{"value": [{}]}]',
            [b'{"n": 1.0,  "b": "]"}', b'{"value": [{}]}'],
        ),
        ("", b'[{"n": "\xc3\xa5"}]', [b'{"n": "\xc3\xa5"}']),
    ],
)
def test_records_are_kept_as_they_were_spelt(running, content_type, body, records):
    with running.client() as client:
        response = client.post(PATH, content=body, headers={"Content-Type": content_type})
    assert (response.status_code, response.json()) == (202, {"accepted": len(records)})
    assert running.stored("a") == records


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b'{"n": 1}\n', mtime=0) + gzip.compress(b'{"n": 2}\n', mtime=0)),
        ("zstd", zstandard.compress(b'{"n": 1}\n{"n": 2}\n')),
        ("identity", b'{"n": 1}\n{"n": 2}\n'),
    ],
)
def test_a_body_may_be_compressed(running, encoding, body):
    with running.client() as client:
        response = client.post(PATH, content=body, headers={**NDJSON, "Content-Encoding": encoding})
    assert response.status_code == 202
    assert running.stored("a") == [b'{"n": 1}', b'{"n": 2}']


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "ApiKey"])
def test_a_token_is_for_its_sources(running, scheme):
    pair = base64.b64encode(f"webben:{OTHER}".encode()).decode()
    headers = {**NDJSON, "Authorization": f"{scheme} {OTHER if scheme == 'Bearer' else pair}"}
    with running.client() as client:
        assert client.post("/v1/records/b", content=b"{}", headers=headers).status_code == 202
        refused = client.post(PATH, content=b"{}", headers=headers)
    assert refused.json() == {"error": "this token is for other sources", "field": "source", "status": 403}
    assert (running.stored("a"), running.stored("b")) == ([], [b"{}"])


REFUSALS = {
    "no token": ({"Authorization": ""}, b"{}", PATH, 401, "Authorization"),
    "wrong token": ({"Authorization": f"Bearer {TOKEN}x"}, b"{}", PATH, 401, "Authorization"),
    "a token's beginning": ({"Authorization": f"Bearer {TOKEN[:-1]}"}, b"{}", PATH, 401, "Authorization"),
    "another sender's name": (
        {"Authorization": "Basic d2ViYmVuOmFubmEtb2NoLWJlcnRpbC0x"},
        b"{}",
        PATH,
        401,
        "Authorization",
    ),
    "no base64": ({"Authorization": "Basic å"}, b"{}", PATH, 401, "Authorization"),
    "unknown source": ({}, b"{}", "/v1/records/d", 404, "source"),
    "a source of no sender": ({}, b"{}", "/v1/records/c", 404, "source"),
    "unknown address": ({}, b"{}", "/v1/record/a", 404, None),
    "other type": ({"Content-Type": "text/plain"}, b"{}", PATH, 415, "Content-Type"),
    "other charset": ({"Content-Type": "application/json; charset=latin-1"}, b"{}", PATH, 415, "Content-Type"),
    "other encoding": ({"Content-Encoding": "br"}, b"{}", PATH, 415, "Content-Encoding"),
    "not gzip": ({"Content-Encoding": "gzip"}, b"{}", PATH, 400, "body"),
    "cut gzip": ({"Content-Encoding": "gzip"}, gzip.compress(b"{}", mtime=0)[:-4], PATH, 400, "body"),
    "cut zstd": ({"Content-Encoding": "zstd"}, zstandard.compress(b"{}" * 99)[:-1], PATH, 400, "body"),
    "a bomb": ({"Content-Encoding": "gzip"}, gzip.compress(b" " * 90_000_000, mtime=0), PATH, 413, "body"),
    "too long": ({}, b" " * 100_001, PATH, 413, "body"),
    "too long, in chunks": ({}, [b" " * 60_000, b" " * 60_000], PATH, 413, "body"),
    "cut JSON": ({}, b'[{"n": 1}, {"n"', PATH, 400, "body"),
    "no object": ({}, b'[{"n": 1}, 2]', PATH, 400, "body"),
    "deep": ({}, b"[" * 90_000, PATH, 400, "body"),
    "empty": ({}, b"", PATH, 400, "body"),
    "no record": (NDJSON, b"\n \n", PATH, 400, "body"),
    "empty key": ({"Idempotency-Key": ""}, b"{}", PATH, 400, "Idempotency-Key"),
    "long key": ({"Idempotency-Key": "k" * 256}, b"{}", PATH, 400, "Idempotency-Key"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_says_field_and_reason_and_stores_nothing(running, case):
    headers, body, path, status, field = REFUSALS[case]
    with running.client() as client:
        response = client.post(
            path, content=body, headers=[(name, value.encode()) for name, value in {**JSON, **headers}.items()]
        )
    assert response.status_code == status
    answer = response.json()
    assert answer == {"error": answer["error"], "field": field, "status": status}
    assert answer["error"]
    assert running.stored("a") == []
    assert sum(running.trouble.refused.values()) == 1
    assert not any(TOKEN in reason for reason in running.trouble.refused)


def test_only_post_is_taken(running):
    with running.client() as client:
        response = client.get(PATH)
    assert response.json() == {"error": "method not allowed", "field": None, "status": 405}


def head(length: int) -> bytes:
    return (
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def received(connection: socket.socket) -> bytes:
    """All until the other side closes."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def test_a_body_of_100_mb_is_refused_before_it_comes(running):
    with running.connect() as connection:
        connection.sendall(head(100_000_000))
        assert b"HTTP/1.1 413" in received(connection)
    with running.connect() as connection:
        connection.sendall(head(100_000_000))
        with pytest.raises(ConnectionError):
            connection.sendall(b" " * 100_000_000)


def dribble(connection: socket.socket) -> None:
    for _ in range(DEADLINE_S * 20):
        time.sleep(0.05)
        connection.sendall(b"X-More: more\r\n")


def test_a_sender_that_never_ends_is_let_go(spool):
    with collecting(spool, "http", head_s=0.3, body_s=0.3) as running:
        with running.connect() as slow, running.connect() as silent:
            slow.sendall(b"POST /v1/records/a HTTP/1.1\r\n")
            with pytest.raises(ConnectionError):
                dribble(slow)
            assert received(silent) == b""
            assert running.trouble.refused == {"connections: no whole request's head in time": 2}
        with running.connect() as unfinished:
            unfinished.sendall(head(10) + b"[")
            assert b"HTTP/1.1 408" in received(unfinished)
        with running.connect() as gone:
            gone.sendall(head(10) + b"[")
        with running.client() as client:
            assert client.post(PATH, content=b"{}", headers=JSON).status_code == 202
        assert running.stored("a") == [b"{}"]


@pytest.mark.parametrize("bound", ["max_connections", "max_connections_per_sender"])
def test_connections_beyond_the_bound_are_refused(spool, bound):
    with collecting(spool, "http", **{bound: 2}) as running, running.connect() as first, running.connect():
        with running.connect() as third:
            assert received(third) == b""
        assert running.trouble.refused == {"connections: too many at once": 1}
        first.close()
        for _ in range(DEADLINE_S * 20):
            with contextlib.suppress(httpx.TransportError), running.client() as client:
                if client.post(PATH, content=b"{}", headers=JSON).status_code == 202:
                    break
            time.sleep(0.05)
        assert running.stored("a") == [b"{}"]


class Held:
    """Spool.append, held back until it is let go; after a crash it never returns though all is written."""

    def __init__(self, monkeypatch, *, written: bool = False) -> None:
        self.let_go = threading.Event()
        self.reached = threading.Event()
        append = Spool.append

        def held(spool, *args, **keys):
            if written:
                append(spool, *args, **keys)
            self.reached.set()
            if not self.let_go.wait(DEADLINE_S):
                raise AssertionError
            if written:
                raise OSError(errno.EIO, "crashed")
            return append(spool, *args, **keys)

        monkeypatch.setattr(Spool, "append", held)


def test_the_answer_comes_when_records_are_durable(running, monkeypatch):
    held = Held(monkeypatch)
    with running.client() as client, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.post, PATH, content=b"{}", headers=JSON)
        assert held.reached.wait(DEADLINE_S)
        time.sleep(0.2)
        assert not answer.done()
        held.let_go.set()
        assert answer.result(DEADLINE_S).status_code == 202
    assert running.stored("a") == [b"{}"]


def test_what_cant_be_stored_is_refused_for_now(running, monkeypatch):
    def full(*_args, **_keys):
        raise OSError(errno.ENOSPC, "No space left on device")

    with running.client() as client, monkeypatch.context() as patched:
        patched.setattr(Spool, "append", full)
        for headers in (JSON, {**JSON, "Idempotency-Key": "full"}):
            response = client.post(PATH, content=b"{}", headers=headers)
            assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    with running.client() as client:
        assert client.post(PATH, content=b"{}", headers={**JSON, "Idempotency-Key": "full"}).status_code == 202
    assert running.stored("a") == [b"{}"]


def test_an_error_of_ours_shows_a_number_and_no_value(running, monkeypatch, caplog):
    def fails(*_args, **_keys):
        raise ValueError("19121212-1212")

    monkeypatch.setattr("ingest.sources.http._document", fails)
    with caplog.at_level(logging.INFO), running.client() as client:
        response = client.post(PATH, content=b"{}", headers=JSON)
    answer = response.json()
    assert (response.status_code, answer["field"], answer["status"]) == (500, None, 500)
    number = answer["error"].removeprefix("our fault; incident ")
    assert number in caplog.text
    assert "test_http_collector.py" in caplog.text
    assert "1212" not in caplog.text.replace(number, "")


def test_requests_beyond_the_bound_are_told_to_come_again(spool, monkeypatch):
    with collecting(spool, "http", max_requests=1, body_s=0.3) as running:
        held = Held(monkeypatch)
        with running.client() as client, ThreadPoolExecutor(1) as pool:
            first = pool.submit(client.post, PATH, content=b"{}", headers=JSON)
            assert held.reached.wait(DEADLINE_S)
            second = client.post(PATH, content=b"{}", headers=JSON)
            assert (second.status_code, second.headers["retry-after"]) == (503, "1")
            held.let_go.set()
            assert first.result(DEADLINE_S).status_code == 202
            assert client.post(PATH, content=b"{}", headers=JSON).status_code == 202
        assert running.stored("a") == [b"{}"] * 2


def keyed(running, key, body=b'{"n": 1}\n{"n": 2}', path=PATH) -> httpx.Response:
    with running.client() as client:
        return client.post(path, content=body, headers={**NDJSON, "Idempotency-Key": key})


def test_a_repeated_key_is_stored_once_and_answered_alike(running):
    assert [keyed(running, "again").json() for _ in range(3)] == [{"accepted": 2}] * 3
    assert keyed(running, "again", b"{}").json() == {
        "error": "was used for other records",
        "field": "Idempotency-Key",
        "status": 422,
    }
    assert (
        keyed(running, "l", b"{}").status_code
        == keyed(running, "again", b"{}", path="/v1/records/b").status_code
        == 202
    )
    assert running.stored("a") == [b'{"n": 1}', b'{"n": 2}', b"{}"]
    assert running.stored("b") == [b"{}"]


def test_a_key_that_comes_twice_at_once_is_stored_once(running, monkeypatch):
    held = Held(monkeypatch)
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(keyed, running, "at once") for _ in range(8)]
        assert held.reached.wait(DEADLINE_S)
        time.sleep(0.2)
        held.let_go.set()
        assert [answer.result(DEADLINE_S).json() for answer in answers] == [{"accepted": 2}] * 8
    assert running.stored("a") == [b'{"n": 1}', b'{"n": 2}']


def test_a_crash_between_record_and_answer_stores_nothing_twice(spool, monkeypatch):
    with monkeypatch.context() as patched, collecting(spool, "http") as crashing:
        held = Held(patched, written=True)
        with ThreadPoolExecutor(1) as pool:
            lost = pool.submit(keyed, crashing, "crash")
            assert held.reached.wait(DEADLINE_S)
            patched.undo()
            with collecting(Spool(spool.root), "http") as running:
                assert keyed(running, "crash").json() == {"accepted": 2}
                assert running.stored("a") == [b'{"n": 1}', b'{"n": 2}']
            held.let_go.set()
            lost.result(DEADLINE_S)


def test_a_key_outlives_its_records_in_the_spool(spool, monkeypatch):
    monkeypatch.setattr("ingest.spool.SEGMENT_BYTES", 1)
    with collecting(spool, "http") as running:
        keyed(running, "trimmed")
        keyed(running, "l", b"{}")
    spool.trim("a", 3)
    with collecting(Spool(spool.root), "http") as running:
        assert keyed(running, "trimmed").json() == {"accepted": 2}
        assert keyed(running, "l", b"{}").json() == {"accepted": 1}
        assert running.spool.next_position("a") == 3
    with collecting(Spool(spool.root), "http", remember_s=0) as forgetful:
        keyed(forgetful, "trimmed")
        assert forgetful.spool.next_position("a") == 5


def test_tokens_travel_over_tls(spool, tmp_path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=x",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip

    with collecting(spool, "http", certificate=str(certificate), key=str(key)) as running:
        with running.client(verify=ssl.create_default_context(cafile=str(certificate))) as client:
            assert client.post(PATH, content=b"{}", headers=JSON).status_code == 202
        with pytest.raises(httpx.HTTPError), httpx.Client(trust_env=False) as client:
            client.post(f"http://127.0.0.1:{running.port}{PATH}")
    with (
        pytest.raises(SettingsError, match=r"collect\.x: certificate: .*missing\.pem: No such file"),
        collecting(spool, "http", certificate=str(tmp_path / "missing.pem")),
    ):
        pass
    with (
        pytest.raises(SettingsError, match=r"collect\.x: key: .*missing\.key: No such file"),
        collecting(spool, "http", certificate=str(certificate), key=str(tmp_path / "missing.key")),
    ):
        pass


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"senders": {}}, "collect.x: senders: missing"),
        ({"senders": {"j": {"token": "short", "sources": ["a"]}}}, r"collect.x.senders.j: token: want at least"),
        ({"senders": {"j": {"token": TOKEN, "sources": []}}}, "collect.x.senders.j: sources: want at least one"),
        ({"senders": {"j": {"token": TOKEN, "sources": ["d"]}}}, "collect.x: d: there is no source"),
        ({"senders": {"j": {"token": TOKEN, "source": "a"}}}, "collect.x.senders.j: source: unknown key"),
        ({"senders": {**SENDERS, "k": SENDERS["webben"]}}, "collect.x.senders.k: token: is another"),
        ({"remember_s": 86401}, "collect.x: remember_s"),
        ({"max_requests": 0}, "collect.x: max_requests"),
        ({"key": "key.pem"}, "collect.x: certificate"),
    ],
)
def test_settings_are_held(keys, message):
    with pytest.raises(SettingsError, match=message) as caught:
        declared("http", **keys)
    assert TOKEN not in str(caught.value)


def test_a_token_prints_as_stars():
    assert TOKEN not in repr(declared("http"))


def test_a_port_that_is_taken_is_told(spool):
    with (
        collecting(spool, "http") as running,
        pytest.raises(SettingsError, match=r"collect\.x: listen: "),
        collecting(spool, "http", listen=f"127.0.0.1:{running.port}"),
    ):
        pass


def test_bodies_of_many_senders_at_once(running):
    with ThreadPoolExecutor(16) as pool, running.client() as client:
        post = partial(client.post, PATH, headers=JSON)
        answers = [pool.submit(post, content=json.dumps({"n": number})) for number in range(200)]
        assert {answer.result(DEADLINE_S).status_code for answer in answers} == {202}
    assert sorted(json.loads(record)["n"] for record in running.stored("a")) == list(range(200))
