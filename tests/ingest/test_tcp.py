"""What a listener takes sends at once, and doesn't wait until what went before was acknowledged."""

import socket

import pytest

from ingest.spool import Spool
from tests.ingest.collecting import collecting
from tests.ingest.listening import Running
from tests.ingest.test_syslog import collectors


@pytest.fixture
def sending_at_once(monkeypatch):
    """Of each connection that is taken from now on."""
    found, accept = [], socket.socket.accept

    def kept(listener):
        made, address = accept(listener)
        found.append(made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0)
        return made, address

    monkeypatch.setattr(socket.socket, "accept", kept)
    return found


def test_a_collector_over_http_answers_at_once(tmp_path, sending_at_once):
    with collecting(Spool(tmp_path / "spool"), "http") as running, running.client() as client:
        client.get("/nothing")
    assert sending_at_once == [True]


@pytest.mark.parametrize("kind", ["syslog_tcp", "relp"])
def test_a_collector_of_lines_answers_at_once(tmp_path, sending_at_once, kind):
    with Running(tmp_path, collectors(a={"kind": kind})) as running, running.connect("a") as sender:
        sender.shutdown(socket.SHUT_WR)
        assert sender.recv(1) == b""
    assert sending_at_once == [True]
