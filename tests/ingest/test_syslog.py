"""Syslog in every framing, RELP, and what goes wrong with senders, certificates and the spool."""

import asyncio
import errno
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sources.intake import Intake
from ingest.sources.relp import Frames
from ingest.sources.senders import Senders
from ingest.sources.syslog import Framing, Udp
from ingest.spool import Spool
from ingest.torture.ports import free_port
from schemas import settings
from schemas.collectors.syslog import SyslogTcp, SyslogUdp
from schemas.errors import DecodeError, SettingsError
from tests.ingest.listening import PATIENCE_S, Running, certificates, held, until
from tests.ingest.test_faults import small_disk

SOURCES = {name: {"mapping": "linux_auth"} for name in ("net", "web", "fw")}
OPEN = b"1 open 30 relp_version=0\ncommands=syslog\n"


def collectors(**sections):
    """Settings with those collectors, on ports that the system chooses."""
    return {
        "sources": SOURCES,
        "collect": {
            name: {"listen": "127.0.0.1:0", **({"source": "net"} if "senders" not in section else {}), **section}
            for name, section in sections.items()
        },
    }


def counted(message):
    return b"%d %s" % (len(message), message)


def answered(connection, end):
    """What the connection is answered, up to END."""
    found = b""
    while end not in found:
        data = connection.recv(65536)
        assert data, f"it was closed after {found!r}"
        found += data
    return found


# -- framing --


@pytest.mark.parametrize(
    ("sent", "records", "rest"),
    [
        (b"<13>a\n<13>b\n", [b"<13>a", b"<13>b"], []),
        (b"<13>a\r\n\n\r\n<13>b\n", [b"<13>a", b"<13>b"], []),
        (b"5 <13>a5 <13>b", [b"<13>a", b"<13>b"], []),
        (b"7 <13>a\n\nrow\n", [b"<13>a\n\n", b"row"], []),
        (b"5 <13>a\n<13>b\n6 <13>cc<13>d\n", [b"<13>a", b"<13>b", b"<13>cc", b"<13>d"], []),
        (b"2026-03-01 hej\n12 men\n0 <13>x\n", [b"2026-03-01 hej", b"12 men", b"0 <13>x"], []),
        (b"1234567890 <13>a\n", [b"1234567890 <13>a"], []),
        (b"<13>a\n<13>no end", [b"<13>a"], [b"<13>no end"]),
        (b"9 <13>cut", [], [b"<13>cut"]),
        (b"12", [], [b"12"]),
        (b"", [], []),
    ],
)
def test_either_framing_is_known_by_each_message_however_the_bytes_come(sent, records, rest):
    for step in (1, 2, 3, 5, 100):
        framing = Framing(100)
        found = [record for at in range(0, len(sent), step) for record in framing.feed(sent[at : at + step])]
        assert (found, framing.end()[0]) == (records, rest)


@given(st.lists(st.tuples(st.binary(max_size=40), st.booleans())), st.lists(st.integers(1, 30), min_size=1))
def test_what_was_framed_is_what_is_read(messages, steps):
    whole = [b"<1>" + (text if octets else text.translate(None, b"\r\n")) for text, octets in messages]
    sent = b"".join(
        counted(text) if octets else text + b"\n" for text, (_, octets) in zip(whole, messages, strict=True)
    )
    framing, found, at = Framing(1000), [], 0
    while at < len(sent):
        step = steps[at % len(steps)]
        found += framing.feed(sent[at : at + step])
        at += step
    assert found == whole
    assert framing.end() == ([], False)


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize("sent", [b"<13>0123456789 <13>7 <after\n", b"27 <13>0123456789 <13>7 <after"])
def test_a_long_record_becomes_pieces_and_what_looks_like_a_count_in_it_is_none(sent, step):
    framing = Framing(10)
    found = [record for at in range(0, len(sent), step) for record in framing.feed(sent[at : at + step])]
    assert found == [b"<13>012345", b"6789 <13>7", b" <after"]
    assert (framing.long, framing.feed(b"5 <13>b"), framing.end()) == (1, [b"<13>b"], ([], False))


def test_a_counted_record_that_its_sender_cut_is_told_from_a_last_line():
    framing = Framing(100)
    framing.feed(b"<13>line")
    assert framing.end() == ([b"<13>line"], False)
    framing = Framing(100)
    framing.feed(b"20 <13>half")
    assert framing.end() == ([b"<13>half"], True)
    framing = Framing(4)
    assert framing.feed(b"20 <13>half") == [b"<13>", b"half"]
    assert framing.end() == ([], True)


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_frames_of_relp_are_read_however_they_come(step):
    sent = b"1 open 3 a=b\n2 syslog 5 <1>\n\n\n3 syslog 12 0123456789ab\n999999999 close 0\n"
    frames = Frames(10)
    found = [frame for at in range(0, len(sent), step) for frame in frames.feed(sent[at : at + step])]
    assert found == [
        (1, b"open", b"a=b", True),
        (2, b"syslog", b"<1>\n\n", True),
        (3, b"syslog", b"0123456789", False),
        (3, b"syslog", b"ab", True),
        (999999999, b"close", b"", True),
    ]


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\n", b"1 open 3 a=bc\n", b"x" * 60, b"\n", b"1 open 9999999999 a\n"]
)
def test_what_is_no_relp_is_an_error(sent):
    with pytest.raises(DecodeError, match="frame: "):
        Frames(10).feed(sent)


# -- senders and settings --


def test_a_sender_is_known_by_its_name_before_its_address_and_by_the_longest_prefix():
    senders = Senders(
        SyslogTcp(
            name="a",
            listen="127.0.0.1:0",
            certificate="c",
            client_ca="ca",
            senders={
                "10.0.0.0/8": "net",
                "10.1.0.0/16": "web",
                "10.1.2.3": "fw",
                "2001:db8::/32": "web",
                "Web1.kommun.example": "fw",
            },
        )
    )
    found = {host: senders.by_address(host) for host in ("10.9.9.9", "10.1.9.9", "10.1.2.3", "::ffff:10.1.2.3")}
    assert found == {"10.9.9.9": "net", "10.1.9.9": "web", "10.1.2.3": "fw", "::ffff:10.1.2.3": "fw"}
    assert [senders.by_address(host) for host in ("2001:db8::1", "11.0.0.1", "fe80::1%eth0")] == ["web", None, None]
    dns = {"subjectAltName": (("DNS", "web1.KOMMUN.example"),), "subject": ((("commonName", "x"),),)}
    common = {"subject": ((("commonName", "web1.kommun.example"),),)}
    hidden = {"subjectAltName": (("DNS", "x"),), **common}  # where there are DNS names, the common name is no name
    assert [senders.by_certificate(each, "10.9.9.9") for each in (dns, common, hidden)] == ["fw", "fw", "net"]


@pytest.mark.parametrize(
    ("section", "error"),
    [
        ({}, "kind: want one of"),
        ({"kind": "syslog"}, "kind: want one of"),
        ({"kind": "syslog_udp"}, "listen: missing"),
        ({"kind": "syslog_udp", "listen": "514", "source": "net"}, "listen: want an address and a port"),
        ({"kind": "syslog_udp", "listen": "localhost:514", "source": "net"}, "listen: want an address and a port"),
        ({"kind": "syslog_udp", "listen": "[::]:99999", "source": "net"}, "listen: want an address and a port"),
        ({"kind": "syslog_udp", "listen": "[::]:514"}, "senders: missing"),
        ({"kind": "syslog_udp", "listen": "[::]:514", "source": "nat"}, "nat: there is no source"),
        ({"kind": "syslog_udp", "listen": "[::]:514", "certificate": "c"}, "certificate: unknown key"),
        ({"kind": "syslog_tcp", "listen": "[::]:514", "source": "net", "idle_s": 0}, "idle_s: must be more than 0"),
        ({"kind": "syslog_tcp", "listen": "[::]:514", "source": "net", "key": "k"}, "certificate: missing"),
    ],
)
def test_what_is_wrong_with_a_section_is_named(section, error):
    with pytest.raises(SettingsError, match=f"^collect.a: {error}"):
        settings.parse({"sources": SOURCES, "collect": {"a": section}})


@pytest.mark.parametrize("sender", ["10.0.0.1/8", "web1.kommun.example", "10.0.0.0/33"])
def test_a_sender_that_no_address_or_certificate_can_be_is_named(sender):
    with pytest.raises(SettingsError, match=rf"^collect\.a\.senders: {sender}: is no address"):
        settings.parse(collectors(a={"kind": "syslog_tcp", "senders": {sender: "net"}}))


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ({"certificate": "nothing.pem"}, r"certificate: .*/nothing\.pem: No such file"),
        ({"certificate": "settings.pem"}, r"certificate: .*/settings\.pem: holds no certificate as PEM"),
        ({"certificate": "server.pem"}, r"certificate: .*/server\.pem: holds no key as PEM"),
        ({"certificate": "server.pem", "key": "nothing.key"}, r"key: .*/nothing\.key: No such file"),
        ({"certificate": "server.pem", "key": "settings.pem"}, r"key: .*/settings\.pem: holds no key as PEM"),
        ({"certificate": "server.pem", "key": "locked.key"}, r"key: .*/locked\.key: .* without a password"),
        ({"certificate": "server.pem", "key": "web1.key"}, r"key: .*/web1\.key: is not this certificate's"),
        (
            {"certificate": "server.pem", "key": "server.key", "client_ca": "settings.pem"},
            r"client_ca: .*/settings\.pem: holds no certificate",
        ),
    ],
)
def test_a_certificate_that_cannot_be_used_is_an_error_at_start(tmp_path, town_certificates, keys, error):
    (tmp_path / "settings.pem").write_text("none")
    paths = {
        key: str(tmp_path / name if name == "settings.pem" else town_certificates / name) for key, name in keys.items()
    }
    with pytest.raises(SettingsError, match=rf"^collect\.a: {error}"):
        Running(tmp_path, collectors(a={"kind": "syslog_tcp", **paths})).run()


def test_an_address_in_use_is_an_error_at_start(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        section = {"kind": "relp", "listen": f"127.0.0.1:{taken.getsockname()[1]}"}
        with pytest.raises(SettingsError, match=r"^collect\.a: listen: 127\.0\.0\.1:\d+: Address already in use"):
            Running(tmp_path, collectors(a=section)).run()


def test_without_collectors_there_is_nothing_to_run(tmp_path):
    with pytest.raises(SettingsError, match=r"^collect: section: missing"):
        Running(tmp_path, {}).run()


# -- TCP and UDP --


def test_many_senders_at_once_and_what_was_sent_when_it_is_stopped(tmp_path):
    with Running(tmp_path, collectors(a={"kind": "syslog_tcp"})) as running:
        began = datetime.now(UTC)
        connections = [running.connect("a") for _ in range(50)]
        for turn in range(10):
            for number, connection in enumerate(connections):
                message = b"<13>%d %d" % (number, turn)
                connection.sendall(counted(message) if number % 2 else message + b"\n")
        running.stop()
        running.join()
        found = running.records("net")
        assert sorted(found) == sorted(b"<13>%d %d" % (number, turn) for number in range(50) for turn in range(10))
        for number in range(50):
            mine = [record for record in found if record.startswith(b"<13>%d " % number)]
            assert mine == [b"<13>%d %d" % (number, turn) for turn in range(10)]
        for connection in connections:
            assert connection.recv(1) == b""
            connection.close()
    counts = running.intake.counts["a", "net"]
    assert (counts.records, counts.bytes) == (500, sum(map(len, found)))
    assert began <= counts.last_received <= datetime.now(UTC)
    assert running.trouble("a") == {}


def test_a_sender_is_refused_unless_it_is_declared_and_each_has_its_source(tmp_path):
    any_address = {"listen": "[::]:0", "senders": {"127.0.0.1": "net", "127.0.0.2": "web"}}  # IPv4 comes mapped
    sections = collectors(tcp={"kind": "syslog_tcp", **any_address}, udp={"kind": "syslog_udp", **any_address})
    with Running(tmp_path, sections) as running:
        for sender in ("127.0.0.9", "127.0.0.2", "127.0.0.1"):
            with (
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
                running.connect("tcp", sender) as connection,
            ):
                datagrams.bind((sender, 0))
                datagrams.sendto(b"<13>udp %s\n" % sender.encode(), ("127.0.0.1", running.ports["udp"]))
                connection.settimeout(PATIENCE_S)
                try:
                    connection.sendall(b"<13>tcp %s\n" % sender.encode())
                    if sender == "127.0.0.9":
                        assert connection.recv(1) == b""
                except ConnectionError:
                    assert sender == "127.0.0.9"
        running.wait_for("net", 2)
        running.wait_for("web", 2)
    assert sorted(running.records("net")) == [b"<13>tcp 127.0.0.1", b"<13>udp 127.0.0.1"]
    assert sorted(running.records("web")) == [b"<13>tcp 127.0.0.2", b"<13>udp 127.0.0.2"]
    assert running.trouble("tcp") == {"connections of unknown senders": 1}
    assert running.trouble("udp") == {"datagrams of unknown senders": 1}


def test_a_line_that_never_ends_becomes_pieces_and_a_record_cut_short_is_kept_and_counted(tmp_path):
    with Running(tmp_path, collectors(a={"kind": "syslog_tcp", "max_record_bytes": 65536})) as running:
        with running.connect("a") as connection:
            connection.sendall(b"<13>" + b"x" * 999_996)
            pieces = running.wait_for("net", 15)
            assert set(map(len, pieces)) == {65536}
        running.wait_for("net", 16)
        with running.connect("a") as connection:
            connection.sendall(b"99 <13>half")
        assert running.wait_for("net", 17)[-1] == b"<13>half"
    assert b"".join(running.records("net")[:-1]) == b"<13>" + b"x" * 999_996
    assert running.trouble("a") == {
        "records longer than max_record_bytes, taken in pieces": 1,
        "records that their sender cut short": 1,
    }


def test_what_a_sender_sent_before_it_broke_off_is_kept(tmp_path):
    with Running(tmp_path, collectors(a={"kind": "syslog_tcp"})) as running:
        connection = running.connect("a")
        connection.sendall(b"<13>before\n<13>unfinished")
        running.wait_for("net", 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()  # a reset, not an end
        assert running.wait_for("net", 2) == [b"<13>before", b"<13>unfinished"]


def test_what_the_kernel_dropped_is_counted(tmp_path):
    declared = SyslogUdp(name="a", listen="127.0.0.1:0", source="net", buffer_bytes=8192)
    spool = Spool(tmp_path / "spool")

    async def run():
        udp, stopped = Udp(declared), asyncio.Event()
        await udp.open()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for number in range(500):
                sender.sendto(b"<13>%d" % number, udp.socket.getsockname())
        async with Intake(spool, stopped) as intake:
            running = asyncio.create_task(udp.run(intake, stopped))
            stopped.set()
            await running
        return intake

    intake = asyncio.run(run())
    [(reason, lost)] = intake.trouble["a"].lost.items()
    assert reason == "datagrams that the kernel had no room for"
    assert lost > 0
    found = held(spool, "net")
    assert found == [b"<13>%d" % number for number in range(500 - lost)]


def test_half_open_connections_are_bounded_and_end_and_others_are_served_meanwhile(tmp_path):
    section = {"kind": "syslog_tcp", "max_connections": 400, "max_connections_per_sender": 300, "first_s": 3.0}
    with Running(tmp_path, collectors(a=section)) as running:
        flood = [running.connect("a", "127.0.0.9") for _ in range(350)]
        with running.connect("a", "127.0.0.2") as connection:
            connection.sendall(b"<13>served\n")
            running.wait_for("net", 1)
        for connection in flood:
            connection.settimeout(PATIENCE_S)
            assert connection.recv(1) == b""
            connection.close()
    refused = running.trouble("a")  # how many of each depends on how fast they could be opened
    assert refused.keys() <= {"connections above max_connections_per_sender", "connections that sent nothing"}
    assert sum(refused.values()) == 350


def test_one_more_connection_than_there_may_be_is_refused(tmp_path):
    with (
        Running(tmp_path, collectors(a={"kind": "syslog_tcp", "max_connections": 2})) as running,
        running.connect("a", "127.0.0.1") as first,
        running.connect("a", "127.0.0.2") as second,
    ):
        first.sendall(b"<13>a\n")
        second.sendall(b"<13>b\n")
        running.wait_for("net", 2)
        with running.connect("a", "127.0.0.3") as refused:
            assert refused.recv(1) == b""
    assert running.trouble("a") == {"connections above max_connections": 1}


def test_a_connection_without_a_byte_for_too_long_is_closed(tmp_path):
    with Running(tmp_path, collectors(a={"kind": "syslog_tcp", "idle_s": 0.2})) as running:
        with running.connect("a") as connection:
            connection.sendall(b"<13>a\n<13>unfinished")
            assert connection.recv(1) == b""
        assert running.wait_for("net", 2) == [b"<13>a", b"<13>unfinished"]
    assert running.trouble("a") == {"idle connections": 1}


def test_when_no_connection_can_be_accepted_they_wait_until_one_can(tmp_path, monkeypatch):
    accept, failures = asyncio.SelectorEventLoop.sock_accept, [errno.EMFILE, errno.ENFILE]

    async def fails(loop, listening):
        if failures:
            raise OSError(failures.pop(), os.strerror(errno.EMFILE))
        return await accept(loop, listening)

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_accept", fails)
    with Running(tmp_path, collectors(a={"kind": "syslog_tcp"})) as running:
        with running.connect("a") as connection:
            connection.sendall(b"<13>a\n")
        running.wait_for("net", 1)
    assert running.trouble("a") == {"attempts to accept: Too many open files": 2}


def test_a_fault_of_ours_stops_all_collectors_and_is_raised(tmp_path, monkeypatch):
    def fails(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(Framing, "feed", fails)
    port = free_port()
    running = Running(tmp_path, collectors(a={"kind": "syslog_tcp", "listen": f"127.0.0.1:{port}"}, b={"kind": "relp"}))

    def send():
        with until(lambda: connected(port)) as connection:
            connection.sendall(b"<13>a\n")

    sending = threading.Thread(target=send)
    sending.start()
    with pytest.raises(ZeroDivisionError):
        running.run()
    sending.join()


def connected(port):
    try:
        return socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    except ConnectionError:
        return None


# -- TLS --


@pytest.fixture(scope="module")
def town_certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    certificates(folder)
    locked = ("-in", folder / "server.key", "-aes128", "-passout", "pass:x", "-out", folder / "locked.key")
    subprocess.run(["openssl", "ec", *locked], check=True, capture_output=True)
    return folder


def speaks_tls(running, name, folder, certificate=None):
    """A TLS connection as the holder of a certificate."""
    context = ssl.create_default_context(cafile=str(folder / "town.pem"))
    if certificate:
        context.load_cert_chain(folder / f"{certificate}.pem", folder / f"{certificate}.key")
    return context.wrap_socket(running.connect(name), server_hostname="localhost")


def is_refused(running, name, folder, certificate):
    """Whether the holder of a certificate is; over TLS 1.3 it may learn so only by what it reads."""
    try:
        with speaks_tls(running, name, folder, certificate) as connection:
            connection.sendall(b"<13>refused\n")
            return connection.recv(1) == b""
    except (ssl.SSLError, ConnectionError):
        return True


def test_senders_over_tls_are_known_by_their_certificates_and_others_refused(tmp_path, town_certificates):
    keys = {key: str(town_certificates / name) for key, name in (("certificate", "server.pem"), ("key", "server.key"))}
    with_names = {"client_ca": str(town_certificates / "town.pem"), "senders": {"web1.kommun.example": "web"}}
    sections = collectors(
        named={"kind": "syslog_tcp", **keys, **with_names, "first_s": 3.0}, open={"kind": "syslog_tcp", **keys}
    )
    with Running(tmp_path, sections) as running:
        for certificate in ("false", None, "other"):  # of another authority, none, one of ours that isn't declared
            assert is_refused(running, "named", town_certificates, certificate)
        with running.connect("named") as plain, running.connect("named") as silent:
            plain.sendall(b"<13>refused\n" * 3)
            assert b"<13>" not in plain.recv(99)
            assert silent.recv(1) == b""
        with speaks_tls(running, "named", town_certificates, "web1") as connection:
            connection.sendall(counted(b"<13>web"))
            running.wait_for("web", 1)
        with speaks_tls(running, "open", town_certificates) as connection:
            connection.sendall(counted(b"<13>x") * 5000)
            connection.unwrap()
        running.wait_for("net", 5000)
    assert (running.records("web"), running.spool.sources()) == ([b"<13>web"], ["net", "web"])
    trouble = running.trouble("named")
    assert trouble.pop("connections of unknown senders") == 1
    assert trouble.pop("connections that ended before their TLS handshake did") == 1
    assert sum(trouble.values()) == 3
    assert all(reason.startswith("TLS handshakes: ") for reason in trouble)
    assert running.trouble("open") == {}


# -- RELP --


def test_relp_is_answered_in_its_order_and_closed(tmp_path):
    long = b"<13>" + b"x" * 596
    with Running(tmp_path, collectors(a={"kind": "relp", "max_record_bytes": 500})) as running:
        with running.connect("a") as connection:
            connection.sendall(b"1 syslog 5 <13>a\n2 what 0\n3 open 14 relp_version=1\n")
            found = answered(connection, b"commands=syslog\n")
            assert found == (
                b"1 rsp 32 500 unknown command, or not open\n"
                b"2 rsp 32 500 unknown command, or not open\n"
                b"3 rsp 60 200 OK\nrelp_version=1\nrelp_software=sparhund\ncommands=syslog\n"
            )
            connection.sendall(b"4 syslog 5 <13>a\n5 syslog 600 %s\n6 syslog 0\n7 close 0\n" % long)
            rest = b"".join(iter(lambda: connection.recv(999), b""))
            assert rest == b"4 rsp 6 200 OK\n5 rsp 6 200 OK\n6 rsp 6 200 OK\n7 rsp 0\n0 serverclose 0\n"
        with running.connect("a") as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert connection.recv(1) == b""
        with running.connect("a") as connection:
            connection.sendall(OPEN)
            answered(connection, b"commands=syslog\n")
            running.stop()
            assert answered(connection, b"\n") == b"0 serverclose 0\n"
    assert running.records("net") == [b"<13>a", long[:500], long[500:]]
    assert running.trouble("a") == {
        "connections that were no RELP": 1,
        "pieces of frames longer than max_record_bytes": 1,
    }


# -- the spool --


class Gate(Spool):
    """A spool that lets appends through only while it is open, and fails them while it is full."""

    def __init__(self, root):
        super().__init__(root)
        self.open = threading.Event()
        self.full = False

    def append(self, *words):
        assert self.open.wait(PATIENCE_S)
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().append(*words)


def fill(connection):
    """Send lines until no more are taken for a second; how many bytes were."""
    connection.settimeout(1)
    lines, sent = b"<13>%096d\n" % 0 * 500, 0
    while sent < 256 << 20:
        try:
            sent += connection.send(lines[sent % 101 :])
        except TimeoutError:
            connection.settimeout(PATIENCE_S)
            return sent
    raise AssertionError("it is not held back")


def test_a_slow_spool_holds_senders_back_and_nothing_is_lost(tmp_path):
    sections = collectors(tcp={"kind": "syslog_tcp"}, relp={"kind": "relp", "source": "web"})
    with Running(tmp_path, sections, Gate(tmp_path / "spool")) as running:
        with running.connect("relp") as asking, running.connect("tcp") as connection:
            asking.sendall(OPEN)
            answered(asking, b"commands=syslog\n")
            asking.sendall(b"2 syslog 5 <13>a\n")
            sent = fill(connection)
            asking.settimeout(0.1)
            with pytest.raises(TimeoutError):
                asking.recv(1)
            asking.settimeout(PATIENCE_S)
            running.spool.open.set()
            assert answered(asking, b"\n") == b"2 rsp 6 200 OK\n"
            connection.sendall(b"\n")
        # The last line was cut where no more was taken; an empty one is no record.
        whole, rest = divmod(sent, 101)
        expected = [b"<13>%096d" % 0] * whole + [b"<13>%096d" % 0][: rest and 1]
        until(lambda: len(running.records("net")) >= len(expected))
    found = running.records("net")
    assert found[:whole] == expected[:whole]
    assert b"".join(found[whole:]) == expected[0][:rest]
    assert running.trouble("tcp") == {}


def unread(port):
    """How many bytes the kernel holds for the socket at PORT."""
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    [queues] = [row[4] for row in rows if row[1].endswith(f":{port:04X}")]
    return int(queues.split(":")[1], 16)


def test_datagrams_wait_in_the_kernel_for_a_slow_spool_and_what_it_has_no_room_for_is_counted(tmp_path):
    section = {"kind": "syslog_udp", "buffer_bytes": 1 << 20}
    with Running(tmp_path, collectors(a=section), Gate(tmp_path / "spool")) as running:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.connect(("127.0.0.1", running.ports["a"]))
            for _ in range(2000):
                sender.send(b"<13>" + b"x" * 40_000)
        running.spool.open.set()
        until(lambda: unread(running.ports["a"]) == 0)
    lost = running.trouble("a").get("datagrams that the kernel had no room for", 0)
    assert lost > 0
    assert running.records("net") == [b"<13>" + b"x" * 40_000] * (2000 - lost)


def test_a_full_spool_is_told_to_nobody_as_success_and_what_was_held_comes_when_there_is_room(tmp_path, caplog):
    sections = collectors(tcp={"kind": "syslog_tcp"}, relp={"kind": "relp", "source": "web"})
    with Running(tmp_path, sections, Gate(tmp_path / "spool")) as running:
        running.spool.open.set()
        running.spool.full = True
        with running.connect("relp") as asking, running.connect("tcp") as connection:
            connection.sendall(b"<13>held\n")
            asking.sendall(OPEN)
            answered(asking, b"commands=syslog\n")
            asking.sendall(b"2 syslog 5 <13>a\n")
            assert asking.recv(99) == b""
            until(lambda: "net: can't be written: No space left on device" in caplog.text)
            running.spool.full = False
            assert running.wait_for("net", 1) == [b"<13>held"]
        with running.connect("relp") as asking:
            asking.sendall(OPEN + b"2 syslog 5 <13>a\n")
            answered(asking, b"2 rsp 6 200 OK\n")
        running.spool.full = True
        with running.connect("tcp") as connection:
            connection.sendall(b"<13>lost\n")
    assert (running.records("net"), running.records("web")) == ([b"<13>held"], [b"<13>a"])
    assert running.trouble("relp") == {"connections ended unanswered: the spool could not be written": 1}
    assert running.trouble("tcp") == {"records that the spool could not take": 1}
    assert "collect.tcp: lost: 1 records that the spool could not take" in caplog.text
    assert "net: can be written again" in caplog.text


def delivered(port, message):
    """Whether MESSAGE was answered as taken."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as asking:
        asking.sendall(OPEN + b"2 syslog %d %s\n" % (len(message), message))
        found = b""
        while data := asking.recv(999):
            found += data
            if b"2 rsp 6 200 OK\n" in found:
                return True
    return False


@pytest.mark.program("mount")
def test_a_full_disk_is_told_and_damages_nothing(tmp_path):
    with small_disk(tmp_path / "disk", 2) as disk, Running(disk, collectors(a={"kind": "relp"})) as running:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(1 << 20))
        messages = [b"<13>%0100000d" % number for number in range(100)]
        taken = []
        while delivered(running.ports["a"], messages[len(taken)]):
            taken.append(messages[len(taken)])
        assert taken
        ballast.unlink()
        taken.append(messages[len(taken)])
        assert delivered(running.ports["a"], taken[-1])
        assert held(Spool(disk / "spool"), "net") == taken


DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from ingest.sources import collectors
from ingest.spool import Spool
from schemas import settings

class Dies(Spool):
    def append(self, *words):
        super().append(*words)
        os.kill(os.getpid(), signal.SIGKILL)

config = Path(sys.argv[1])
asyncio.run(collectors.collect(settings.load(config), Dies(config.parent / "lake" / "spool"), asyncio.Event()))
"""
CONFIG = """
[sources.net]
mapping = "linux_auth"
[collect.relp]
kind = "relp"
listen = "127.0.0.1:{port}"
source = "net"
"""


def test_a_record_that_was_stored_but_not_answered_when_we_were_killed_is_sent_and_stored_again(tmp_path):
    config = tmp_path / "settings.toml"
    port = free_port()
    config.write_text(CONFIG.format(port=port))
    spool = Spool(tmp_path / "lake" / "spool")

    def tried():
        try:
            return delivered(port, b"<13>once")
        except ConnectionError:
            return None

    with subprocess.Popen([sys.executable, "-c", DIES, str(config)]) as process:
        until(lambda: tried() or process.poll() is not None)
        assert process.wait(PATIENCE_S) == -signal.SIGKILL
    assert held(spool, "net") == [b"<13>once"]
    command = [sys.executable, "-c", "from dashboards.cli import main; main()", "collect", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        until(tried)
        process.send_signal(signal.SIGTERM)
        output, log = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, output) == (0, b"collect.relp\tnet\t1\t8\n")
    assert b"collect.relp: listens to 127.0.0.1 port" in log
    assert held(spool, "net") == [b"<13>once"] * 2
