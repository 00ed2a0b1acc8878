"""Requests that both web servers are asked, over raw sockets, and what their logs must then say."""

import base64
import contextlib
import io
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from schemas.source import Source
from tests import reading

# account → password, as the servers are told
ACCOUNTS = {"anna.berg": "hemligt", "åsa von berg": "hemligt", "KOMMUN\\bo": "hemligt"}


class Asked(NamedTuple):
    """One request as its sender knows it. `sent` is the account that it claims to come from."""

    address: str
    method: str
    path: str
    agent: str | None = None
    sent: str | None = None
    password: str = "hemligt"
    status: int = 200


REQUESTS = (
    Asked("127.0.0.1", "GET", "/start?sida=2", agent="Mozilla/5.0 (X11)"),
    Asked("::1", "GET", "/start", agent='den "bästa" läsaren\\'),
    Asked("127.0.0.1", "GET", "/ärende/Åkesson", status=404),
    Asked("127.0.0.1", "GET", "/%C3%A4rende?q=%22a%22", status=404),
    Asked("127.0.0.1", "GET", "/hemligt/", status=401),
    Asked("127.0.0.1", "GET", "/hemligt/", sent="anna.berg"),
    Asked("::1", "GET", "/hemligt/", sent="åsa von berg"),
    Asked("127.0.0.1", "GET", "/hemligt/", sent="KOMMUN\\bo"),
    Asked("127.0.0.1", "GET", "/hemligt/", sent="anna.berg", password="fel", status=401),
    Asked("127.0.0.1", "HEAD", "/start"),
    Asked("127.0.0.1", "DELETE", "/start", status=405),
)
ACTIONS = {"GET": "read", "HEAD": "read", "DELETE": "delete"}
GARBAGE = b"\x16\x03\x01\x00\x25\x01\x00\r\n\r\n"  # as a TLS client begins


def ask(port: int) -> list[int]:
    """Make REQUESTS and one that is no HTTP at all. Gives the status of each of REQUESTS."""
    found = []
    for each in REQUESTS:
        lines = [f"{each.method} {each.path} HTTP/1.1", "Host: www.kommun.example", "Connection: close"]
        if each.agent:
            lines.append(f"User-Agent: {each.agent}")
        if each.sent:
            secret = base64.b64encode(f"{each.sent}:{each.password}".encode()).decode()
            lines.append(f"Authorization: Basic {secret}")
        answer = send(each.address, port, ("\r\n".join(lines) + "\r\n\r\n").encode())
        found.append(int(answer.split(b" ", 2)[1]))
    send("127.0.0.1", port, GARBAGE)
    return found


def send(address: str, port: int, data: bytes) -> bytes:
    with socket.create_connection((address, port), timeout=10) as connection:
        connection.sendall(data)
        with contextlib.suppress(ConnectionResetError):
            return b"".join(iter(lambda: connection.recv(65536), b""))
    return b""


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """COMMAND in the foreground, until its port answers; ended after."""
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        end = time.monotonic() + 15
        while True:
            assert server.poll() is None, server.stderr.read().decode()
            with contextlib.suppress(OSError), socket.create_connection(("::1", port), timeout=1):
                break
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.05)
        yield server
    finally:
        server.terminate()
        server.communicate(timeout=15)


def read(path: Path, zone: str | None = None) -> list[dict[str, Any]]:
    """The records of a log, as the mapping tells them."""
    source = Source(name="web", mapping="web_access", zone=zone)
    return reading.records(io.BytesIO(path.read_bytes()), source)


def hold(records: list[dict[str, Any]], began: datetime, *, agents: bool = True) -> None:
    """A log of `ask` tells every request as it was made. The probe of `running` may stand in it."""
    assert not [each for each in records if "reject" in each]
    events = [each["events"][0] for each in records]
    assert [len(each["events"]) for each in records] == [1] * len(records)
    told = [each for each in events if "object_path" in each]
    got = [
        (
            each.get("src_ip"),
            each["action"],
            each["object_path"],
            each["outcome"],
            each["proves"],
            each.get("user_agent"),
        )
        for each in told
    ]
    want = [
        (
            each.address,
            ACTIONS[each.method],
            each.path,
            "failure" if each.status >= 400 else "success",
            "attempt" if each.status >= 400 else "possible" if each.method == "HEAD" else "content",
            each.agent if agents else None,
        )
        for each in REQUESTS
    ]
    assert got == want
    # A server names the account of a refused request too, if one was sent.
    accounts = [(each.get("actor_domain"), each.get("actor_account")) for each in told]
    assert accounts == [account(each.sent) for each in REQUESTS]
    others = [each for each in events if "object_path" not in each]
    assert {each["action"] for each in others} <= {"other"}
    assert "failure" in {each["outcome"] for each in others}
    for each in events:
        when = datetime.fromisoformat(each["time"])
        assert began - timedelta(seconds=2) <= when <= datetime.now(UTC) + timedelta(seconds=2)


def account(sent: str | None) -> tuple[str | None, str | None]:
    if sent is None:
        return None, None
    domain, _, name = sent.rpartition("\\")
    return domain or None, name
