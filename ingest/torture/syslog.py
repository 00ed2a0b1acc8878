"""Senders of syslog: RELP, which is answered, and TCP, TLS and UDP, which are not."""

import contextlib
import re
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

from ingest.torture.sender import ANSWER_S, Sender, Task, now_sent
from ingest.torture.truth import ACCEPTED, SENT, UNANSWERED, Sent

Wrap = Callable[[socket.socket], socket.socket]
_MOST = 30
_PROBE_S = 0.05  # after it a relay that reaches nobody has closed the line
_OFFER = b"relp_version=1\ncommands=syslog"
_RSP = re.compile(rb"(\d+) rsp (\d+) ?")


class Relp(Sender):
    """A window of messages; what isn't answered when the line is cut is sent again."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._open: dict[int, Sent] = {}  # by message number, not answered yet
        self._left: list[Sent] = []  # of lines that were cut
        self._number = 0
        self._rest = b""

    def work(self) -> None:
        """Send, until told to stop."""
        while not self.stopped.is_set() or self._left or self._open:
            with contextlib.suppress(OSError):
                self._session()
            self._left += self._open.values()
            self._open.clear()
            if not self.again():
                self.problems.append(f"{len(self._left)} records were never answered")
                self.task.truth.add(UNANSWERED, self._left)
                return

    def _session(self) -> None:
        with socket.create_connection(("127.0.0.1", self.task.port), ANSWER_S) as line:
            self._number, self._rest = 1, b""
            line.sendall(b"1 open %d %s\n" % (len(_OFFER), _OFFER))
            self._read(line, {1})
            while not self.stopped.is_set() or self._left:
                records, self._left = (self._left[:_MOST], self._left[_MOST:]) if self._left else (self.make(_MOST), [])
                frames = []
                for each in now_sent(records):
                    self._number += 1
                    self._open[self._number] = each
                    frames.append(b"%d syslog %d %s\n" % (self._number, len(each.record), each.record))
                began = time.monotonic()
                line.sendall(b"".join(frames))
                self._read(line, set(self._open))
                self.longest_s = max(self.longest_s, time.monotonic() - began)
                self.pace(len(records))
            self._number += 1
            line.sendall(b"%d close 0\n" % self._number)
            self._read(line, {self._number})

    def _read(self, line: socket.socket, awaited: set[int]) -> None:
        """Take answers until all AWAITED have come. Errors: OSError if the line is cut."""
        while awaited:
            data = line.recv(65536)
            if not data:
                raise ConnectionResetError
            self._rest += data
            while (head := _RSP.match(self._rest)) and len(self._rest) > (end := head.end() + int(head[2])):
                if self._rest[end : end + 1] != b"\n":
                    self.problems.append("an answer does not end where its length says")
                number, said, self._rest = int(head[1]), self._rest[head.end() : end], self._rest[end + 1 :]
                if number == 0:  # serverclose
                    raise ConnectionResetError
                awaited.discard(number)
                if number in self._open:
                    if not said.startswith(b"200"):
                        self.problems.append("a message was refused")
                    self.task.truth.add(ACCEPTED, [self._open.pop(number)])


class Tcp(Sender):
    """Syslog over TCP, framed either way; through WRAP over TLS. What a broken line took with it is not sent again."""

    def __init__(self, task: Task, wrap: Wrap = lambda line: line) -> None:
        super().__init__(task)
        self._wrap = wrap

    def work(self) -> None:
        """Send, until told to stop."""
        while not self.stopped.is_set():
            with contextlib.suppress(OSError):
                self._session()
            self.again()

    def _session(self) -> None:
        with self._wrap(socket.create_connection(("127.0.0.1", self.task.port), ANSWER_S)) as line:
            time.sleep(_PROBE_S)
            while not self.stopped.is_set() and not _closed(line):
                records = self.make(_MOST)
                counted = self.dice.random() < 0.5
                framed = [b"%d %s" % (len(r.record), r.record) if counted else r.record + b"\n" for r in records]
                records = now_sent(records)
                try:
                    line.sendall(b"".join(framed))
                finally:
                    self.task.truth.add(SENT, records)
                self.pace(len(records))
            if isinstance(line, ssl.SSLSocket):
                line.unwrap()
            else:
                line.shutdown(socket.SHUT_WR)
                line.recv(1)


class Udp(Sender):
    """Syslog over UDP. Where nobody listens, the system tells of the datagram before."""

    def work(self) -> None:
        """Send, until told to stop."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.connect(("127.0.0.1", self.task.port))
            while not self.stopped.is_set():
                records = now_sent(self.make(_MOST))
                for each in records:
                    try:
                        line.send(each.record)
                    except ConnectionRefusedError:  # for the one before; this one was not sent
                        time.sleep(0.2)
                        with contextlib.suppress(ConnectionRefusedError):
                            line.send(each.record)
                self.task.truth.add(SENT, records)
                self.pace(len(records))


def _closed(line: socket.socket) -> bool:
    """Whether the other end has closed: what were sent then would be lost unseen. rsyslog looks so, too."""
    line.settimeout(0)
    try:
        return not line.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    finally:
        line.settimeout(ANSWER_S)


def tls(folder: Path, certificate: str) -> Wrap:
    """What makes a line one over TLS, with the CERTIFICATE of FOLDER."""
    context = ssl.create_default_context(cafile=str(folder / "town.pem"))
    context.load_cert_chain(folder / f"{certificate}.pem", folder / f"{certificate}.key")
    return lambda line: context.wrap_socket(line, server_hostname="localhost")
