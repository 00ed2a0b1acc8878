import asyncio
import gzip
import json
import logging
import random
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from datetime import timedelta
from email.utils import format_datetime

import pytest

from ingest.sources import collectors
from ingest.sources.microsoft import line, management_activity
from ingest.sources.spooled import drain
from ingest.spool import Spool
from schemas import settings
from schemas.errors import SettingsError
from schemas.source import Source
from tests.ingest import microsoft_server
from tests.ingest.listening import PATIENCE_S, held, until
from tests.ingest.microsoft_server import CLIENT, SECRET, TENANT, Server, cut, failing, halved, shortened, throttled

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(line, "BACKOFF_S", 0.01)
    with Server() as server:
        yield server
    assert server.violations == []
    assert server.scripted == 0


def record(number, **more):
    """The NUMBER-th record of the audit log, which is always the same."""
    about = {
        "CreationTime": "2026-03-01T08:14:07",
        "Id": str(uuid.UUID(int=number)),
        "Operation": "FileDownloaded",
        "OrganizationId": TENANT,
        "RecordType": 6,
        "UserKey": "i:0h.f|membership|1003@live.com",
        "UserType": 0,
        "Workload": "SharePoint",
        "UserId": "åsa.berg@kommun.example",
        "ClientIP": "192.0.2.10",
        "ObjectId": f"https://kommun.sharepoint.example/sites/vård/{number}.docx",
    }
    return {**about, **more}


def declared(server, **keys):
    about = {
        "kind": "management_activity",
        "source": "m365",
        "tenant": TENANT,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "content_types": ["Audit.SharePoint"],
        "login": server.login if server else "https://login.example",
        "url": server.management if server else "https://manage.example",
        "poll_s": 0.05,
        "max_retry_s": 0.05,
        **keys,
    }
    about = {key: value for key, value in about.items() if value is not None}
    return {"sources": {"m365": {"mapping": "m365_audit", "overlap_s": 691_200}}, "collect": {"x": about}}


class Running:
    """The collectors of DOCUMENT until the block ends."""

    def __init__(self, folder, document, spool=None):
        self.settings = settings.parse(document, folder / "settings.toml")
        self.spool = spool or Spool(folder / "lake" / "spool")
        self.intake = None
        self.error = None
        self._thread = threading.Thread(target=self._work)

    async def _run(self):
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        self.intake = await collectors.collect(self.settings, self.spool, self._stopped)

    def _work(self):
        try:
            asyncio.run(self._run())
        except BaseException as error:
            self.error = error
            self._ready.set()

    def __enter__(self):
        self._ready = threading.Event()
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        return self

    def __exit__(self, *_):
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        if self.error:
            raise self.error

    def records(self, source="m365"):
        return held(self.spool, source)

    def wait_for(self, count, source="m365"):
        until(lambda: self.error or len(self.records(source)) >= count)
        return self.records(source)

    def trouble(self, kind):
        return dict(getattr(self.intake.trouble["x"], kind))


def polls(server, count=2):
    """Wait until the collector has listed COUNT times more."""
    before = server.requests["content"]
    until(lambda: server.requests["content"] >= before + count)


def numbers(records):
    return sorted(uuid.UUID(json.loads(each)["Id"]).int for each in records)


def test_each_content_is_fetched_once_and_each_record_stored_once(server, tmp_path):
    for first in range(0, 14, 2):  # seven contents, three pages; each shares a record with the next
        server.add("Audit.SharePoint", [record(n) for n in range(first, first + 3)], HOUR)
    with Running(tmp_path, declared(server)) as running:
        assert numbers(running.wait_for(15)) == list(range(15))
        server.add("Audit.SharePoint", [record(15), record(3)])
        running.wait_for(16)
        polls(server)
    assert numbers(running.records()) == list(range(16))
    assert server.requests["blob"] == 8
    assert server.requests["start"] == server.requests["token"] == server.requests["list"] == 1
    assert running.trouble("lost") == running.trouble("refused") == running.trouble("odd") == {}


def test_records_are_spelt_as_they_were_sent(server, tmp_path):
    spelt = [b'{"Id":"a",  "n": 1.50e3, "o": "\\u00e5"}', '{"Id": "b", "o": "å", "list": [{"Id": "c"}]}'.encode()]
    server.add("Audit.SharePoint", b"\xef\xbb\xbf[\r\n" + b" ,\r\n".join(spelt) + b"\r\n]\r\n")
    with Running(tmp_path, declared(server)) as running:
        assert running.wait_for(2) == spelt


def test_evidence_tells_where_records_come_from(server, tmp_path):
    server.add("Audit.SharePoint", [record(1)])
    with Running(tmp_path, declared(server)) as running:
        running.wait_for(1)
    (block,) = running.spool.read("m365")
    assert json.loads(block.context) == {"sender": "127.0.0.1", "path": "Audit.SharePoint"}
