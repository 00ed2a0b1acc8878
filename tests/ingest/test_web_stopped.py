"""Requests that are not answered yet when a collector ends."""

import threading

import httpx
import pytest

from ingest.sources import web
from ingest.spool import Spool
from tests.ingest.collecting import DEADLINE_S, TOKEN, collecting

BULK = b'{"index": {"_index": "a"}}\n{}\n'


@pytest.mark.parametrize(
    ("kind", "path", "body"), [("http", "/v1/records/b", b"{}"), ("elasticsearch_bulk", "/_bulk", BULK)]
)
def test_a_request_that_could_not_be_stored_in_time_gets_no_answer(tmp_path, monkeypatch, kind, path, body):
    """Senders of the bulk protocol give up what a status refuses; a line that is cut makes each come again."""
    monkeypatch.setattr(web, "_STOP_S", 1)
    reached, let_go, outcome = threading.Event(), threading.Event(), []
    append = Spool.append

    def held(spool, *args, **keys):
        reached.set()
        assert let_go.wait(DEADLINE_S)
        return append(spool, *args, **keys)

    monkeypatch.setattr(Spool, "append", held)

    def post(url):
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        try:
            outcome.append(httpx.post(f"{url}{path}", content=body, headers=headers, timeout=DEADLINE_S).status_code)
        except (httpx.RemoteProtocolError, httpx.ReadError):
            outcome.append("cut")
        let_go.set()

    keys = {"senders": {"one": {"token": TOKEN, "sources": ["b"]}}}
    with collecting(Spool(tmp_path / "spool"), kind, **keys) as running:
        sender = threading.Thread(target=post, args=(running.url,))
        sender.start()
        assert reached.wait(DEADLINE_S)
    sender.join(DEADLINE_S)
    assert outcome == ["cut"]
