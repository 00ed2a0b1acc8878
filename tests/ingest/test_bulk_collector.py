import base64
import errno
import gzip
import json
import os
import re
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import elasticsearch
import httpx
import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import BulkIndexError, bulk, streaming_bulk

from ingest.sources.spooled import drain
from ingest.spool import Spool
from ingest.torture.ports import free_port
from schemas.errors import SettingsError
from schemas.source import Source
from tests.ingest.collecting import DEADLINE_S, OTHER, TOKEN, Losing, collecting, declared

KIND = "elasticsearch_bulk"
INDICES = {"winlogbeat-*": "a", "web": "b"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with collecting(Spool(tmp_path_factory.mktemp("bulk")), KIND, indices=INDICES) as running:
        yield running


@pytest.fixture
def running(shared):
    shared.begin()
    return shared


def lines(*parts: dict | bytes) -> bytes:
    return b"".join((part if isinstance(part, bytes) else json.dumps(part).encode()) + b"\n" for part in parts)


def send(running, body: bytes, path: str = "/_bulk", **headers: str):
    with running.client() as client:
        response = client.post(path, content=body, headers={"Content-Type": "application/x-ndjson", **headers})
    assert response.headers["x-elastic-product"] == "Elasticsearch"
    return response


def statuses(response) -> list[tuple[str, int]]:
    assert response.status_code == 200
    return [(action, about["status"]) for item in response.json()["items"] for action, about in item.items()]


def test_every_item_gets_its_own_status(running):
    response = send(
        running,
        lines(
            {"index": {"_index": "winlogbeat-9", "_id": "each-1", "_type": "_doc", "pipeline": "p"}},
            b'{"n":  1}',
            {"create": {"_index": "web", "_id": 7}},
            b'{"n": 2}\r',
            {"create": {"_index": "web", "_id": "7"}},
            b'{"n": 3}',
            {"update": {"_index": "web", "_id": "7"}},
            b'{"doc": {"n": 4}}',
            {"delete": {"_index": "web", "_id": "7"}},
            {"index": {"_index": "unknown"}},
            b'{"n": 5}',
            b"",
            {"index": {"_index": "web"}},
            b"not JSON",
        ),
    )
    answer = response.json()
    assert answer["errors"] is True
    assert answer["items"][0] == {
        "index": {
            "_index": "winlogbeat-9",
            "_id": "each-1",
            "_version": 1,
            "result": "created",
            "_shards": {"total": 1, "successful": 1, "failed": 0},
            "status": 201,
        }
    }
    assert answer["items"][2] == {
        "create": {
            "_index": "web",
            "_id": "7",
            "status": 409,
            "error": {
                "type": "version_conflict_engine_exception",
                "reason": "version conflict, document already exists",
                "index": "web",
            },
        }
    }
    refused = [about["error"]["type"] for item in answer["items"][3:6] for about in item.values()]
    assert refused == ["illegal_argument_exception", "illegal_argument_exception", "index_not_found_exception"]
    assert statuses(response) == [
        ("index", 201),
        ("create", 201),
        ("create", 409),
        ("update", 400),
        ("delete", 400),
        ("index", 404),
        ("index", 201),
    ]
    assert (running.stored("a"), running.stored("b")) == ([b'{"n":  1}'], [b'{"n": 2}', b"not JSON"])
    assert sum(running.trouble.refused.values()) == 3


def test_index_names_the_source(running):
    body = lines({"index": {}}, b'{"index": "by path"}')
    assert statuses(send(running, body, "/winlogbeat-8/_bulk")) == [("index", 201)]
    assert statuses(send(running, body, "/web/_doc/_bulk")) == [("index", 201)]
    pair = base64.b64encode(f"webben:{OTHER}".encode()).decode()
    mine = {"Authorization": f"ApiKey {pair}"}
    assert statuses(send(running, body, "/winlogbeat-8/_bulk", **mine)) == [("index", 403)]
    assert statuses(send(running, body, "/any/_bulk", **mine)) == [("index", 201)]
    assert (len(running.stored("a")), len(running.stored("b"))) == (1, 2)


def test_a_body_may_be_compressed(running):
    body = gzip.compress(lines({"index": {"_index": "web"}}, b'{"n": "compressed"}'))
    assert statuses(send(running, body, **{"Content-Encoding": "gzip"})) == [("index", 201)]
    assert running.stored("b") == [b'{"n": "compressed"}']


MALFORMED = {
    "no newline at the end": lines({"index": {"_index": "web"}}) + b"{}",
    "no JSON": lines(b"index", b"{}"),
    "no action": lines({}, b"{}"),
    "two actions": lines({"index": {}, "create": {}}, b"{}"),
    "another action": lines({"upsert": {"_index": "web"}}, b"{}"),
    "no object": lines({"index": "web"}, b"{}"),
    "no index": lines({"index": {}}, b"{}"),
    "no document": lines({"index": {"_index": "web"}}),
    "a blank document": lines({"index": {"_index": "web"}}, b" "),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_cant_be_cut_is_refused_whole(running, case):
    good = lines({"index": {"_index": "web"}}, {"malformed": case})
    response = send(running, good + MALFORMED[case])
    answer = response.json()
    assert (response.status_code, answer["status"]) == (400, 400)
    assert answer["error"]["type"] == answer["error"]["root_cause"][0]["type"] == "illegal_argument_exception"
    assert running.stored("b") == []


def test_what_is_sent_again_is_stored_once(running):
    body = lines(
        {"index": {"_index": "web"}},
        b'{"n": "same"}',
        {"index": {"_index": "web"}},
        b'{"n": "same"}',
        {"create": {"_index": "web"}},
        b'{"n": "other"}',
        {"index": {"_index": "web", "_id": "again"}},
        b'{"n": "id"}',
        {"create": {"_index": "web", "_id": "again-2"}},
        b'{"n": "id"}',
    )
    first, second = send(running, body), send(running, body)
    assert [status for _, status in statuses(first)] == [201] * 5
    assert [status for _, status in statuses(second)] == [201, 201, 201, 200, 409]
    assert first.json()["items"][:3] == second.json()["items"][:3]
    assert second.json()["items"][3]["index"]["result"] == "updated"
    identifiers = [about["_id"] for item in first.json()["items"] for about in item.values()]
    assert len(set(identifiers)) == 5
    assert running.stored("b") == [b'{"n": "same"}'] * 2 + [b'{"n": "other"}'] + [b'{"n": "id"}'] * 2
    assert running.trouble.odd == {"documents that were sent again": 5}


def test_an_id_with_another_document_is_a_record_of_its_own(running):
    for version in (b"1", b"2", b"2"):
        send(running, lines({"index": {"_index": "web", "_id": "changing"}}, b'{"version": %s}' % version))
    assert running.stored("b") == [b'{"version": 1}', b'{"version": 2}']


def test_another_sender_may_say_the_same(running):
    body = lines({"index": {"_index": "web"}}, b'{"n": "of two"}')
    pair = base64.b64encode(f"webben:{OTHER}".encode()).decode()
    send(running, body)
    send(running, body, Authorization=f"Basic {pair}")
    assert running.stored("b") == [b'{"n": "of two"}'] * 2


def test_a_restart_forgets_nothing_that_was_stored(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.spool.SEGMENT_BYTES", 1)
    spool = Spool(tmp_path)
    body = lines({"create": {"_index": "web", "_id": "1"}}, b"{}", {"index": {"_index": "web"}}, b"{}")
    with collecting(spool, KIND, indices=INDICES) as running:
        send(running, body)
    spool.trim("b", 2)
    with collecting(Spool(tmp_path), KIND, indices=INDICES) as running:
        assert statuses(send(running, body)) == [("create", 409), ("index", 201)]
        assert running.spool.next_position("b") == 2
    with collecting(Spool(tmp_path), KIND, indices=INDICES, remember_records=1) as running:
        send(running, body)
        assert running.spool.next_position("b") == 3


class Full:
    """Spool.append on a full disk, for some sources and so many TIMES."""

    def __init__(self, monkeypatch, sources: str, times: int) -> None:
        self.times = times
        append = Spool.append

        def full(spool, source, *args, **keys):
            if self.times and source in sources:
                self.times -= 1
                raise OSError(errno.ENOSPC, "No space left on device")
            return append(spool, source, *args, **keys)

        monkeypatch.setattr(Spool, "append", full)


def test_what_cant_be_stored_gets_no_answer(running, monkeypatch):
    Full(monkeypatch, "b", times=1)
    body = lines({"index": {"_index": "winlogbeat-1"}}, {"n": "beside"}, {"index": {"_index": "web"}}, {"n": "full"})
    with pytest.raises(httpx.RemoteProtocolError):
        send(running, body)
    assert (len(running.stored("a")), len(running.stored("b"))) == (1, 0)
    assert statuses(send(running, body)) == [("index", 201)] * 2
    assert (len(running.stored("a")), len(running.stored("b"))) == (1, 1)
    assert sum(running.trouble.refused.values()) == 1


LOGON = {
    "@timestamp": "2026-03-01T07:14:07.123Z",
    "event": {"outcome": "success", "provider": "Microsoft-Windows-Security-Auditing"},
    "winlog": {
        "channel": "Security",
        "computer_name": "dc01.kommun.example",
        "event_id": "4624",
        "provider_name": "Microsoft-Windows-Security-Auditing",
        "record_id": 4711,
        "event_data": {"TargetUserName": "bo.c", "TargetDomainName": "KOMMUN", "LogonType": "3"},
    },
}


def test_what_winlogbeat_ships_becomes_events_once(town):
    windows = Source(name="a", mapping="windows_security")
    with collecting(Spool(town.root / "spool"), KIND, indices=INDICES) as running:
        for _ in range(2):
            send(
                running,
                lines({"create": {"_index": "winlogbeat-9"}}, LOGON, {"create": {"_index": "winlogbeat-9"}}, b"{"),
            )
            drain(town.writer(windows), Spool(town.root / "spool"))
    columns = "kind, position, actor_account, action, reason"
    assert town.rows(columns, where="true") == [
        {"kind": "event", "position": 0, "actor_account": "bo.c", "action": "login", "reason": None},
        {"kind": "reject", "position": 1, "actor_account": None, "action": None, "reason": "json: not valid"},
    ]


START = {
    "GET /": ("version", "number"),
    "GET /_license": ("license", "status"),
    "GET /_xpack": ("license", "type"),
    "GET /_cluster/health": ("status",),
    "GET /_cat/health": (),
    "HEAD /": (),
    "HEAD /winlogbeat-9": (),
    "PUT /winlogbeat-9": ("acknowledged",),
    "PUT /%3Clogstash-%7Bnow%2Fd%7D-000001%3E": ("acknowledged",),
    **{
        f"{method} {path}/name": ("acknowledged",) if method == "PUT" else ()
        for path in (
            "/_index_template",
            "/_template",
            "/_component_template",
            "/_ilm/policy",
            "/_ingest/pipeline",
            "/_data_stream",
            "/_alias",
        )
        for method in ("GET", "HEAD", "PUT")
    },
}


@pytest.mark.parametrize("asked", START)
def test_what_clients_ask_at_their_start_is_answered(running, asked):
    method, path = asked.split()
    with running.client() as client:
        response = client.request(method, path, json={} if method == "PUT" else None)
        answer = response.json() if START[asked] else None
        unknown = client.request(method, path, headers={"Authorization": "Basic eDp4"})
    assert (response.status_code, response.headers["x-elastic-product"]) == (200, "Elasticsearch")
    for key in START[asked]:
        answer = answer[key]
    assert answer in {None, "9.0.0", "active", "basic", "green", True}
    assert (unknown.status_code, "www-authenticate" in unknown.headers) == (401, True)


def test_what_we_have_not_is_said_as_the_protocol_says_it(running):
    with running.client() as client:
        response = client.get("/_nodes/http")
    answer = response.json()
    assert (response.status_code, answer["status"], answer["error"]["type"]) == (404, 404, "index_not_found_exception")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"indices": {"web": "c"}}, r"collect\.x\.indices: web: is the source of none"),
        ({"version": "9"}, r"collect\.x: version: want three numbers"),
    ],
)
def test_settings_are_held(keys, message):
    with pytest.raises(SettingsError, match=message):
        declared(KIND, **keys)


@contextmanager
def elastic(port: int, **keys):
    client = Elasticsearch(f"http://127.0.0.1:{port}", request_timeout=DEADLINE_S, **keys)
    try:
        yield client
    finally:
        client.close()


def actions(name: str, count: int, **about):
    return [{"_index": "winlogbeat-9", "_source": {"name": name, "n": number}, **about} for number in range(count)]


@pytest.mark.parametrize(
    "keys",
    [
        {"basic_auth": ("journalen", TOKEN)},
        {"api_key": ("journalen", TOKEN), "http_compress": True},
        {"bearer_auth": TOKEN},
    ],
    ids=["basic", "api key", "bearer"],
)
def test_elastics_own_client_delivers(running, request, keys):
    with elastic(running.port, **keys) as client:
        assert client.info()["version"]["number"] == "9.0.0"
        assert client.license.get()["license"]["status"] == "active"
        assert client.cluster.health()["status"] == "green"
        assert client.indices.exists_index_template(name="winlogbeat")
        assert client.indices.put_index_template(name="winlogbeat", index_patterns=["winlogbeat-*"])["acknowledged"]
        assert client.ilm.put_lifecycle(name="winlogbeat", policy={"phases": {}})["acknowledged"]
        assert bulk(client, actions(request.node.callspec.id, 1200), chunk_size=500) == (1200, [])
    assert [json.loads(record)["n"] for record in running.stored("a")] == list(range(1200))


def test_elastics_own_client_is_told_what_is_refused(running):
    create = [action | {"_op_type": "create", "_id": f"es-{n}"} for n, action in enumerate(actions("told", 3))]
    update = {"_op_type": "update", "_index": "web", "_id": "1", "doc": {}}
    with elastic(running.port, basic_auth=("journalen", TOKEN)) as client:
        told = [
            (good, item.popitem()[1]["status"])
            for good, item in streaming_bulk(client, [*create, create[0], update], raise_on_error=False)
        ]
        assert told == [(True, 201)] * 3 + [(False, 409), (False, 400)]
        with pytest.raises(BulkIndexError):
            bulk(client, [update])
    with (
        elastic(running.port, basic_auth=("journalen", "wrong")) as client,
        pytest.raises(elasticsearch.AuthenticationException),
    ):
        bulk(client, create)
    assert len(running.stored("a")) == 3


def test_elastics_own_client_sends_again_what_was_not_answered(running):
    with (
        Losing(running.port, 2) as line,
        elastic(line.port, basic_auth=("journalen", TOKEN), retry_on_timeout=True, max_retries=5) as client,
    ):
        assert bulk(client, actions("lost", 300), chunk_size=100) == (300, [])
        assert line.left == 0
    assert [json.loads(record)["n"] for record in running.stored("a")] == list(range(300))
    assert running.trouble.odd == {"documents that were sent again": 200}


RSYSLOG = """
module(load="imuxsock" SysSock.Use="off")
module(load="omelasticsearch")
input(type="imuxsock" Socket="{folder}/log" CreatePath="off" RateLimit.Interval="0")
template(name="record" type="list") {{
  constant(value="{{") property(name="msg" outname="message" format="jsonf")
  constant(value=",") property(name="timereported" dateFormat="rfc3339" outname="@timestamp" format="jsonf")
  constant(value="}}")
}}
action(type="omelasticsearch" server="127.0.0.1" serverport="{port}" template="record" searchIndex="winlogbeat-rsyslog"
  bulkmode="on" uid="journalen" pwd="{token}" errorfile="{folder}/errors"
  action.resumeretrycount="-1" action.resumeinterval="1" queue.type="linkedlist" queue.dequeuebatchsize="50")
"""


@contextmanager
def rsyslogd(folder, port: int):
    """A running rsyslogd that delivers what its socket, which is given, receives."""
    (folder / "rsyslog.conf").write_text(RSYSLOG.format(folder=folder, port=port, token=TOKEN))
    log = folder / "rsyslogd.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["rsyslogd", "-n", "-f", folder / "rsyslog.conf", "-i", folder / "pid"], stdout=output, stderr=output
        )
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
                for _ in range(DEADLINE_S * 20):
                    if not syslog.connect_ex(str(folder / "log")):
                        break
                    time.sleep(0.05)
                yield syslog
        finally:
            os.kill(process.pid, signal.SIGTERM)
            process.wait(DEADLINE_S)


def hold(running, numbers: range) -> None:
    """Each message of NUMBERS is stored, once, and stays so."""
    deadline = time.monotonic() + DEADLINE_S
    while len(running.stored("a")) < len(numbers) and time.monotonic() < deadline:
        time.sleep(0.05)
    found = [json.loads(record)["message"].split() for record in running.stored("a")]
    assert sorted(int(words[-1]) for words in found) == list(numbers)


@pytest.mark.program("rsyslog-elasticsearch")
def test_rsyslog_delivers_each_message_once_through_outages_and_lost_answers(tmp_path, monkeypatch):
    spool, port = Spool(tmp_path / "spool"), free_port()
    with Losing(port, 2) as line, rsyslogd(tmp_path, line.port) as syslog:
        for number in range(100):
            syslog.send(b"<38>Nov 26 14:00:00 sshd[1]: message %d" % number)
        with collecting(spool, KIND, indices=INDICES, listen=f"127.0.0.1:{port}") as running:
            hold(running, range(100))
        for number in range(100, 300):
            syslog.send(b"<38>Nov 26 14:00:00 sshd[1]: message %d" % number)
        with collecting(Spool(spool.root), KIND, indices=INDICES, listen=f"127.0.0.1:{port}") as running:
            hold(running, range(300))
            assert line.left == 0
            full = Full(monkeypatch, "a", times=2)
            for number in range(300, 400):
                syslog.send(b"<38>Nov 26 14:00:00 sshd[1]: message %d" % number)
            hold(running, range(400))
            assert full.times == 0
    assert not (tmp_path / "errors").exists()


@pytest.mark.program("rsyslog-elasticsearch")
def test_what_the_documentation_shows_is_what_rsyslog_takes(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "collect.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```rsyslog\n(module\(load=\"omelasticsearch\"\)\n.*?)^```", text, re.MULTILINE | re.DOTALL)
    config = tmp_path / "rsyslog.conf"
    config.write_text(f'global(workDirectory="{tmp_path}")\n' + shown.replace("/var/spool/rsyslog", str(tmp_path)))
    checked = subprocess.run(["rsyslogd", "-N1", "-f", str(config)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "error" not in checked.stderr.replace("errorfile", "")
