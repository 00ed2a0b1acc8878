# ruff: noqa: T201 - a bench prints
"""Syslog over TLS into the spool, beside rsyslog that writes the same records to a file.

    python -m tests.bench.syslog [RECORDS]

The same senders (octet counting of RFC 5425, an elliptic key) send to both, one after the other, from the same machine.
Ours is `sparhund collect` as it runs in production: a record counts when it is in the spool and synced. rsyslog (imtcp
with GnuTLS) counts a line when it is in its file, which it does not sync.
"""

import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ingest.spool import Spool
from ingest.torture import certificates
from ingest.torture.ports import free_port
from tests.bench.measure import Run, lines_of

RECORDS = 1_000_000
SENDERS = 4
GOAL = 50_000
PATIENCE_S = 120
BLOCK_BYTES = 256 << 10
OURS = """
[lake]
root = "{folder}/lake"
[sources.net]
mapping = "linux_auth"
[collect.tls]
kind = "syslog_tcp"
listen = "127.0.0.1:{port}"
source = "net"
certificate = "{folder}/keys/server.pem"
key = "{folder}/keys/server.key"
"""
PEER = """
global(workDirectory="{folder}" defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="{folder}/keys/town.pem"
  defaultNetstreamDriverCertFile="{folder}/keys/server.pem" defaultNetstreamDriverKeyFile="{folder}/keys/server.key")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
input(type="imtcp" address="127.0.0.1" port="{port}")
action(type="omfile" file="{folder}/rsyslog.log")
"""


def main(count: int = RECORDS) -> None:
    """Records a second of each, and ours beside rsyslog's and the goal."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if not certificates.make(folder / "keys", None):
            raise SystemExit("openssl is missing")
        blocks = _blocks(count)
        size = sum(map(len, blocks))
        print(f"{count:,} records of {size / count:.0f} bytes by {SENDERS} senders over TLS")
        (folder / "rsyslog.conf").write_text(PEER.format(folder=folder, port=(port := free_port())))
        words = ["rsyslogd", "-n", "-f", f"{folder}/rsyslog.conf", "-i", f"{folder}/rsyslog.pid"]
        with _running(words, port, folder) as process:
            peer = _timed(process, port, folder, blocks, count, lambda: lines_of(folder / "rsyslog.log"))
        print(peer.row("rsyslog, a file"), flush=True)
        (folder / "sparhund.toml").write_text(OURS.format(folder=folder, port=(port := free_port())))
        command = "from dashboards.cli import main; main()"
        words = [sys.executable, "-W", "ignore", "-c", command, "collect", "--config", f"{folder}/sparhund.toml"]
        with _running(words, port, folder) as process:
            spool = Spool(folder / "lake" / "spool")
            run = _timed(process, port, folder, blocks, count, lambda: spool.next_position("net"))
        print(run.row("syslog TLS to spool", f"goal {GOAL:,}/s, {run.per_s / peer.per_s:.2f} x rsyslog"), flush=True)


def _blocks(count: int) -> list[bytes]:
    """COUNT framed records, by some hundred kilobytes."""
    blocks, waiting, size = [], [], 0
    for n in range(count):
        place = f"10.20.{n % 200}.{n % 250} port {20_000 + n % 40_000}"
        said = f"Accepted publickey for anna.{n % 2000} from {place} ssh2: ED25519 SHA256:aB3dE5gH7jK9mN1pQ3sT5vW"
        head = f"<86>1 2026-03-01T07:14:{n % 60:02d}.{n:06d}+01:00 srv{n % 40:02d} sshd {1000 + n % 9000} - - "
        record = (head + said).encode()
        waiting.append(b"%d %s" % (len(record), record))
        size += len(waiting[-1])
        if size > BLOCK_BYTES or n == count - 1:
            blocks.append(b"".join(waiting))
            waiting, size = [], 0
    return blocks


@contextmanager
def _running(words: list[str], port: int, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The receiver of WORDS, once it listens at PORT."""
    with (folder / "said").open("ab") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said)
    try:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit((folder / "said").read_text()[-2000:]) from None
                time.sleep(0.1)
            else:
                break
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def _timed(
    process: "subprocess.Popen[bytes]",
    port: int,
    folder: Path,
    blocks: list[bytes],
    count: int,
    stored: Callable[[], int],
) -> Run:
    """From the first byte sent until all are STORED; the processor is the receiver's."""
    run = Run(count, sum(map(len, blocks)))
    context = ssl.create_default_context(cafile=folder / "keys" / "town.pem")
    before, began = _processor_s(process.pid), time.perf_counter()
    senders = [
        threading.Thread(target=_send, args=(context, port, blocks[number::SENDERS])) for number in range(SENDERS)
    ]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    until = time.monotonic() + PATIENCE_S
    while (found := stored()) < count:
        if time.monotonic() > until:
            raise SystemExit(f"{found:,} of {count:,} came")
        time.sleep(0.02)
    run.wall_s, run.processor_s = time.perf_counter() - began, _processor_s(process.pid) - before
    return run


def _send(context: ssl.SSLContext, port: int, blocks: list[bytes]) -> None:
    with (
        socket.create_connection(("127.0.0.1", port)) as line,
        context.wrap_socket(line, server_hostname="localhost") as secure,
    ):
        for block in blocks:
            secure.sendall(block)
        with suppress(ssl.SSLError):  # GnuTLS hangs up without a word
            secure.unwrap()


def _processor_s(pid: int) -> float:
    """Of process PID and its threads until now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
