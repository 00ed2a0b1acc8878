"""Whoever watches is answered, however many and slow they are, and disturbs nothing; no log line holds a value."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import pytest

from ingest.lake import Lake
from ingest.operations import logs, operations, server
from ingest.operations.operations import Operations
from ingest.operations.part import Part
from ingest.spool import Delivery, Spool
from schemas.errors import SettingsError
from schemas.operations import OperationsSettings
from tests.ingest import running
from tests.ingest.conftest import lines
from tests.ingest.running import PATIENCE_S, until

HERE = OperationsSettings(ingest="127.0.0.1:0")
PERSON = "19121212-1212"
NAME = "Åsa Wikström"
TOKEN = "p_0123456789abcdef0123456789abcdef"
ADDRESS = "198.51.100.77"
PERSONAL = (PERSON, "191212121212", NAME, "Wikstr", TOKEN, ADDRESS, "asa.wikstrom", "hemlig-nyckel-1234")


class Trouble(Part):
    def __init__(self):
        self.reasons = ["the disk of the lake is full"]

    def problems(self):
        yield from self.reasons


def get(watched, path):
    return httpx.get(f"http://127.0.0.1:{watched.port}{path}", trust_env=False, timeout=PATIENCE_S)


def test_health_and_readiness_say_what_holds_and_why_not(monkeypatch):
    trouble = Trouble()
    with Operations("ingest", HERE) as watched:
        watched.add(trouble)
        assert (get(watched, "/readyz").status_code, get(watched, "/readyz").text) == (503, "starting\n")
        watched.begun()
        watched.sample()
        assert (get(watched, "/readyz").status_code, get(watched, "/readyz").text) == (503, f"{trouble.reasons[0]}\n")
        assert 'sparhund_ready{command="ingest"} 0.0' in get(watched, "/metrics").text
        trouble.reasons = []
        watched.sample()
        assert (get(watched, "/readyz").status_code, get(watched, "/readyz").text) == (200, "ok\n")
        assert get(watched, "/healthz").status_code == 200
        monkeypatch.setattr(operations, "ALIVE_S", 0.0)
        assert (get(watched, "/healthz").status_code, get(watched, "/healthz").text) == (503, "no turn for 0 s\n")
        monkeypatch.setattr(operations, "ALIVE_S", 60.0)
        watched.ending()
        assert get(watched, "/readyz").text == "stopping\n"
        assert get(watched, "/healthz").status_code == 200
        assert (get(watched, "/").status_code, get(watched, "/").text) == (
            404,
            "there are /metrics, /healthz, /readyz\n",
        )
        assert httpx.post(f"http://127.0.0.1:{watched.port}/metrics", trust_env=False).status_code == 501


def test_its_thread_looks_at_the_parts_by_itself(monkeypatch):
    monkeypatch.setattr(operations, "SAMPLE_S", 0.01)
    trouble = Trouble()
    with Operations("ingest", HERE) as watched:
        watched.add(trouble)
        watched.begun()
        until(lambda: watched.problems == tuple(trouble.reasons))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("operations")]


def test_without_an_address_nothing_runs():
    before = threading.active_count()
    with Operations("ingest", OperationsSettings()) as watched:
        watched.add(Trouble())
        assert threading.active_count() == before
        assert not watched.watched


def test_an_address_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=r"operations: ingest: .*: Address already in use"):
            Operations("ingest", HERE, f"127.0.0.1:{port}").__enter__()
    with pytest.raises(SettingsError, match="operations: ingest: want an address and a port"):
        Operations("ingest", HERE, "localhost:1")


def test_slow_and_many_watchers_are_bounded_and_cut_off(monkeypatch):
    monkeypatch.setattr(server, "DEADLINE_S", PATIENCE_S)
    with Operations("ingest", HERE) as watched:
        watched.begun()

        def slow():
            begun = socket.create_connection(("127.0.0.1", watched.port), PATIENCE_S)
            begun.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
            return begun

        many = [slow() for _ in range(server.AT_ONCE)]
        # One more is sent away at once, and no thread is made for it.
        with socket.create_connection(("127.0.0.1", watched.port), PATIENCE_S) as more:
            assert more.recv(1) == b""
        assert sum("process_request" in thread.name for thread in threading.enumerate()) <= server.AT_ONCE
        for each in many:
            each.close()
        # A byte now and then keeps none of them.
        monkeypatch.setattr(server, "DEADLINE_S", 0.5)
        until(lambda: answered(watched))
        with slow() as dripping, suppress(OSError):
            while True:
                dripping.sendall(b"x")
                time.sleep(0.05)
        monkeypatch.setattr(server, "DEADLINE_S", PATIENCE_S)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: get(watched, "/metrics").status_code, range(100)))
        assert answers == [200] * 100


def answered(watched):
    with suppress(httpx.TransportError):
        return get(watched, "/healthz").status_code == 200


def test_many_scrapes_are_one_look():
    class Counting(Part):
        looks = 0

        def collect(self):
            Counting.looks += 1
            return ()

    with Operations("ingest", HERE) as watched:
        watched.add(Counting())
        before = Counting.looks  # the registry looks once, to know the names
        began = time.monotonic()
        for _ in range(20):
            assert get(watched, "/metrics").status_code == 200
        assert Counting.looks - before <= 1 + (time.monotonic() - began)


# Logs.


def record(name, text, *words, error=None):
    where = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.ERROR, "/x/y.py", 7, text, words, where)


def raised(error):
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.mark.parametrize("formatter", [logs.Plain(), logs.Json()])
def test_what_is_not_ours_is_told_by_its_place_and_kind(formatter):
    ours = formatter.format(record("sparhund.collect", "collect.%s: lost: %d %s", "net", 3, "datagrams"))
    assert "collect.net: lost: 3 datagrams" in ours
    foreign = formatter.format(record("asyncio", f"Task exception was never retrieved {PERSON} %s", NAME))
    assert "a message of asyncio from y.py:7" in foreign
    fault = formatter.format(record("sparhund", "merging failed", error=raised(ValueError(f"{PERSON} {NAME}"))))
    assert "merging failed: ValueError at " in fault
    assert "test_operations.py:" in fault
    for line in (ours, foreign, fault):
        assert "\n" not in line
        assert not [each for each in PERSONAL if each in line]


def test_json_is_an_object_a_line():
    document = json.loads(logs.Json().format(record("sparhund.x", "a\nb")))
    assert (document["level"], document["logger"], document["message"]) == ("error", "sparhund.x", "a b")
    assert document["time"].endswith("+00:00")


FAILS = """
import asyncio, logging, sys, threading, warnings
from ingest.operations import logs
logs.set_up(sys.argv[1])
text = sys.argv[2]

async def lost():
    async def task():
        raise ValueError(text)
    begun = asyncio.ensure_future(task())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del begun

def thread():
    int(text)

asyncio.run(lost())
started = threading.Thread(target=thread)
started.start()
started.join()
warnings.warn(text)
logging.getLogger("deltalake").warning("read %s", text)
try:
    int(text)
except ValueError as error:
    raise KeyError(text) from error
"""


@pytest.mark.parametrize("kind", ["plain", "json"])
def test_no_way_to_fail_tells_a_value(kind):
    text = " ".join(PERSONAL)
    done = subprocess.run([sys.executable, "-c", FAILS, kind, text], capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert len(lines) == 5, done.stderr
    assert not [each for each in PERSONAL if each in done.stderr]
    for found in ("asyncio", "ValueError at ", "py.warnings", "deltalake", "KeyError at "):
        assert found in done.stderr
    if kind == "json":
        assert [sorted(json.loads(line)) for line in lines] == [["level", "logger", "message", "time"]] * 5


# The commands as they run.


@pytest.fixture
def town(tmp_path):
    with running.town(tmp_path) as made:
        yield made


def test_personal_data_in_failures_of_each_kind_is_in_no_log_and_no_metric(town):
    text = " ".join(PERSONAL)
    (town.folder / "auth.log").write_bytes(f"<86>{text}\n".encode() + b"\xff\x00" + text.encode("latin-1") + b"\n")
    (town.folder / "torn.log").write_bytes(b"\x1f\x8b\x08" + text.encode())
    collect, ingest = town.begin("collect"), town.begin("ingest", "--follow")
    town.ready("collect")
    town.ready("ingest")
    with socket.create_connection(("127.0.0.1", town.ports["tcp"])) as sender:
        sender.sendall(f"no web line {text}\n".encode() + f"{text} ".encode() * 20 + b"\n" + f"999 {text}".encode())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), ("127.0.0.1", town.ports["tcp"]))
    with httpx.Client(base_url=f"http://127.0.0.1:{town.ports['http']}", trust_env=False) as client:
        client.headers = {"Authorization": "Bearer hemlig-nyckel-1234", "Content-Type": "application/x-ndjson"}
        told = [
            client.post(f"/v1/records/{PERSON}", content=text.encode()),
            client.post("/v1/records/journal", content=text.encode(), headers={"Authorization": f"Bearer {TOKEN}"}),
            client.post("/v1/records/journal", content=text.encode(), headers={"Content-Encoding": "gzip"}),
            client.post("/v1/records/journal", content=text.encode(), headers={"Content-Type": TOKEN}),
            client.post("/v1/records/journal", content=f'{{"a": "{text}"'.encode()),
            client.get(f"/{PERSON}?q={TOKEN}"),
        ]
    assert [answer.status_code for answer in told] == [404, 401, 400, 415, 202, 404]
    until(lambda: town.metric("ingest", "sparhund_lake_rejects_total") >= 3)
    until(lambda: town.metric("collect", "sparhund_collect_refused_total") >= 5)
    metrics = "".join(town.get(command, "metrics").text for command in ("collect", "ingest"))
    for process in (collect, ingest):
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    said = town.said("collect") + town.said("ingest")
    assert "connections of unknown" not in said
    assert "datagrams of unknown senders" in said
    assert "torn.log: " in said
    for line in said.splitlines():
        json.loads(line)
    for each in PERSONAL:
        assert each not in said
        assert each not in metrics
        assert not [answer for answer in told if each in answer.text]


def test_a_writer_that_can_not_begin_says_so_in_the_form_of_its_logs(town):
    (town.folder / "lake").mkdir()
    (town.folder / "lake" / "lake.json").write_text('{"format": 99}')
    ingest = town.begin("ingest", "--follow")
    assert ingest.wait(PATIENCE_S) == 2
    (line,) = town.said("ingest").splitlines()
    assert "was written by a newer version" in json.loads(line)["message"]


def test_systemd_is_told_when_it_works_that_it_lives_and_that_it_ends(town):
    path = str(town.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(path)
        told.settimeout(PATIENCE_S)
        for words in (("collect",), ("ingest", "--follow")):
            process = town.begin(*words, NOTIFY_SOCKET=path, WATCHDOG_USEC="400000")
            before = []
            while "READY=1" not in (word := told.recv(1000).decode()):
                before.append(word)  # it lives already while it begins
            assert set(before) <= {"WATCHDOG=1"}
            town.ready(words[0])
            assert told.recv(1000) == b"WATCHDOG=1"
            process.send_signal(signal.SIGTERM)
            while "STOPPING=1" not in told.recv(1000).decode():
                pass
            assert process.wait(PATIENCE_S) == 0


def test_a_writer_asked_to_end_has_written_what_it_had_begun_and_leaves_the_rest_in_the_spool(town):
    spool = Spool(town.folder / "lake" / "spool")
    collect, ingest = town.begin("collect"), town.begin("ingest", "--follow")
    town.ready("collect")
    town.ready("ingest")
    line = '192.0.2.1 - anna [01/Mar/2026:08:14:07 +0100] "GET /{0} HTTP/1.1" 200 5 "-" "curl"\n'
    with socket.create_connection(("127.0.0.1", town.ports["tcp"])) as sender:
        for number in range(3000):
            sender.sendall(line.format(number).encode())
            if number == 2000:
                until(lambda: town.metric("ingest", "sparhund_lake_events_total") > 0)
                ingest.send_signal(signal.SIGTERM)
    assert ingest.wait(PATIENCE_S) == 0
    collect.send_signal(signal.SIGINT)
    assert collect.wait(PATIENCE_S) == 0
    assert "collect.net: web: took 3000 records, " in town.said("collect")
    assert (town.folder / "collect.out").read_text() == ""
    assert spool.next_position("web") == 3000
    again = town.begin("ingest", "--follow")
    town.ready("ingest")
    until(lambda: town.metric("ingest", "sparhund_spool_taken_position") == 3000)
    again.send_signal(signal.SIGTERM)
    assert again.wait(PATIENCE_S) == 0


LITTLE = """
import ingest.sources.spooled
from dashboards.cli import main
ingest.sources.spooled.BATCH_RECORDS = 100
main()
"""


def test_a_writer_asked_to_end_while_much_waits_ends_after_the_group_that_it_has(town):
    spool, records = Spool(town.folder / "lake" / "spool"), [line.encode() for line in lines(*range(100)).splitlines()]
    spool.append("web", *[Delivery(records=records)] * 1000)
    command = [sys.executable, "-c", LITTLE, "ingest", "--follow", "--config", str(town.config)]
    with (town.folder / "log").open("wb") as log:
        process = town.begun["ingest"] = subprocess.Popen(command, stderr=log, stdout=log)
    lake = town.folder / "lake"
    until(lambda: (lake / "lake.json").exists() and Lake.open(lake).table("normalised").positions)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    taken = Lake.open(lake).table("normalised").positions[f"web/{spool.shard('web')}"]
    assert 0 < taken < spool.next_position("web") == 100_000
    assert spool.waiting("web") == 100_000 - taken


HELD = """
import os, pathlib, time
import dashboards.cli.ingest, ingest.spool
from dashboards.cli import main

def hang(*_):
    while True:
        pathlib.Path(os.environ["HANGS"]).touch()
        time.sleep(0.05)

ingest.spool.Spool.append = dashboards.cli.ingest.drain = hang
main()
"""


@pytest.mark.parametrize("words", [["collect"], ["ingest", "--follow"]])
def test_asked_twice_it_ends_at_once_whatever_it_waits_for(town, words):
    hangs = town.folder / "hangs"
    with (town.folder / "log").open("wb") as log:
        command = [sys.executable, "-c", HELD, *words, "--config", str(town.config)]
        process = subprocess.Popen(command, stderr=log, stdout=log, env={**os.environ, "HANGS": str(hangs)})
    town.begun[words[0]] = process
    if words == ["collect"]:
        town.ready("collect")
        with socket.create_connection(("127.0.0.1", town.ports["tcp"])) as sender:
            sender.sendall(b"a record\n")
    until(hangs.exists)
    process.send_signal(signal.SIGTERM)
    hangs.unlink()
    until(hangs.exists)  # it still waits
    process.send_signal(signal.SIGQUIT)
    until(lambda: "(most recent call first)" in (town.folder / "log").read_text())
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 128 + signal.SIGTERM
    assert "asked again to end (SIGTERM)" in (town.folder / "log").read_text()
