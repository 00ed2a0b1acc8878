"""Senders that do wrong. None of what they send may be taken for a known sender's, and none may hinder those."""

import contextlib
import gzip
import http.client
import resource
import socket
import ssl
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from random import Random

from ingest.torture.sender import ANSWER_S
from ingest.torture.web import OTHER, TOKEN

NOISE = "127.0.9.1"  # who sends what becomes no event
_CROWD = [f"127.0.8.{number}" for number in range(1, 41)]  # who opens many connections
_BIG_BYTES = 100_000_000
_BIND_ADDRESS_NO_PORT = 24  # IP_BIND_ADDRESS_NO_PORT of Linux: a port is chosen when it is known for whom
_RESERVED = 2_000  # descriptors for all else


def wrong_token(port: int, dice: Random) -> list[str]:
    """Deliver with a token that nobody has, and for a source that the token isn't for."""
    problems = []
    for token in ("nobody-0123456789abcdef", OTHER):
        body = b'{"Mark":"stranger"}\n' * dice.randint(1, 50)
        status = _post(port, body, {"Authorization": f"Bearer {token}"})
        if status not in {0, 401, 403, 503}:
            problems.append(f"a wrong token was answered {status}")
    return problems


def wrong_certificate(port: int, certificates: Path) -> list[str]:
    """Deliver over TLS with a certificate that a stranger made, and with none."""
    for named in (True, False):
        context = ssl.create_default_context(cafile=str(certificates / "town.pem"))
        if named:
            context.load_cert_chain(certificates / "stranger.pem", certificates / "stranger.key")
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), ANSWER_S) as line,
            context.wrap_socket(line, server_hostname="localhost") as wrapped,
        ):
            for _ in range(50):
                wrapped.sendall(b"<134>stranger\n")
    return []


def big_body(port: int, dice: Random) -> list[str]:
    """A body of 100 MB: announced, in chunks, or packed into little."""
    kind = dice.choice(["announced", "chunked", "packed"])
    headers = {"Authorization": f"Bearer {TOKEN}"}
    if kind == "packed":
        headers["Content-Encoding"] = "gzip"
        status = _post(port, gzip.compress(bytes(_BIG_BYTES), 1), headers)
    elif kind == "chunked":
        status = _post(port, iter([b"[" * 1_000_000] * (_BIG_BYTES // 1_000_000)), headers)
    else:
        status = _post(port, b"[" * _BIG_BYTES, headers)
    return [] if status in {0, 413, 503} else [f"a body of 100 MB, {kind}, was answered {status}"]


def endless_line(port: int, dice: Random) -> list[str]:
    """A line that does not end, for some seconds."""
    until = time.monotonic() + dice.uniform(1, 4)
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), ANSWER_S, (NOISE, 0)) as line:
        while time.monotonic() < until:
            line.sendall(b"x" * 65536)
            time.sleep(0.05)
    return []


HALF_WORDS = (b"", b"\x16\x03", b"P", b"1 o")  # what is kept of them stands in the lake as it came


def half_open(ports: list[int], dice: Random, most: int) -> list[str]:
    """Many connections that say nothing, or half a word, for some seconds."""
    lines: list[socket.socket] = []
    port = dice.choice(ports)
    begun = dice.choice(HALF_WORDS)
    try:
        for _, address in zip(range(min(most, _room())), cycle(_CROWD), strict=False):
            line = socket.socket()
            lines.append(line)
            line.settimeout(ANSWER_S)
            line.setsockopt(socket.SOL_IP, _BIND_ADDRESS_NO_PORT, 1)
            try:
                line.bind((address, 0))
                line.connect(("127.0.0.1", port))
                line.send(begun)
            except OSError:
                break  # the collector has gone meanwhile, or takes no more
        time.sleep(dice.uniform(1, 4))
    finally:
        for line in lines:
            line.close()
    return []


def _room() -> int:
    """How many connections this process may open, which raises its own limit first."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return max(100, most - _RESERVED)


def _post(port: int, body: bytes | Iterator[bytes], headers: dict[str, str]) -> int:
    """The status; 0 if there was none."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_S)
    headers = {"Content-Type": "application/x-ndjson", **headers}
    # Refused before all was sent: the answer may be there all the same.
    with contextlib.suppress(OSError):
        line.request("POST", "/v1/records/http", body, headers, encode_chunked=not isinstance(body, bytes))
    try:
        return line.getresponse().status if line.sock else 0
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        line.close()
