"""Senders over HTTP whose collector is killed at any moment: each record is stored, and once."""

import contextlib
import json
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import elastic_transport
import httpx
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from ingest.spool import Spool
from ingest.torture.ports import free_port
from tests.ingest.collecting import DEADLINE_S, TOKEN

KILLS = 3
COLLECT = """
import asyncio, pathlib, sys
from ingest.sources.collectors import collect
from ingest.spool import Spool
from schemas.settings import load

async def run(settings):
    await collect(settings, Spool(settings.lake.root / "spool"), asyncio.Event())

asyncio.run(run(load(pathlib.Path(sys.argv[1]))))
"""
SETTINGS = """
[sources.a]
mapping = "web_access"
[sources.b]
mapping = "web_access"
[collect.http]
kind = "http"
listen = "127.0.0.1:{http}"
senders.anna = {{ token = "{token}", sources = ["a"] }}
[collect.bulk]
kind = "elasticsearch_bulk"
listen = "127.0.0.1:{bulk}"
senders.anna = {{ token = "{token}", sources = ["b"] }}
"""


def answered(port: int, deadline: float = DEADLINE_S) -> bool:
    until = time.monotonic() + deadline
    while time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
            return True
        time.sleep(0.05)
    return False


def post_until(port: int, stop: list[int]) -> int:
    """Deliver two records a request until told to stop. How many requests were answered 202."""
    number = 0
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_S, trust_env=False) as client:
        client.headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/x-ndjson"}
        while not stop:
            body = f'{{"n": {number}, "part": 0}}\n{{"n": {number}, "part": 1}}\n'
            with contextlib.suppress(httpx.TransportError):
                if client.post("/v1/records/a", content=body, headers={"Idempotency-Key": str(number)}).is_success:
                    number += 1
                    continue
            time.sleep(0.05)
    return number


def index_until(port: int, stop: list[int]) -> int:
    """Deliver ten documents a request until told to stop. How many requests were answered."""
    number = 0
    client = Elasticsearch(f"http://127.0.0.1:{port}", bearer_auth=TOKEN, max_retries=0, request_timeout=DEADLINE_S)
    while not stop:
        documents = [{"_index": "x", "_source": {"n": number, "part": part}} for part in range(10)]
        try:
            bulk(client, documents)
            number += 1
        except elastic_transport.TransportError:
            time.sleep(0.05)
    client.close()
    return number


def test_whatever_is_killed_when_each_record_is_stored_once(tmp_path):
    chance = random.Random(4)
    ports = {"http": free_port(), "bulk": free_port()}
    config = tmp_path / "sparhund.toml"
    config.write_text(SETTINGS.format(token=TOKEN, **ports))
    command = [sys.executable, "-c", COLLECT, str(config)]
    stop: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        posted, indexed = pool.submit(post_until, ports["http"], stop), pool.submit(index_until, ports["bulk"], stop)
        try:
            for kill in range(KILLS + 1):
                with (tmp_path / "log").open("ab") as log:
                    process = subprocess.Popen(command, stdout=log, stderr=log)
                try:
                    assert answered(ports["http"]), (tmp_path / "log").read_text()
                    assert answered(ports["bulk"])
                    time.sleep(chance.uniform(0.1, 0.5))
                    if kill == KILLS:
                        stop.append(1)
                        requests = posted.result(DEADLINE_S), indexed.result(DEADLINE_S)
                finally:
                    process.kill()
                    process.wait(DEADLINE_S)
        finally:
            stop.append(1)
    spool = Spool(tmp_path / "lake" / "spool")
    for source, parts, count in (("a", 2, requests[0]), ("b", 10, requests[1])):
        found = [json.loads(record) for block in spool.read(source) for record in block.records]
        assert count > KILLS
        assert [(each["n"], each["part"]) for each in found] == [
            (n, part) for n in range(count) for part in range(parts)
        ]
