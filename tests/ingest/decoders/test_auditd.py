import json
import time

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders import DECODERS, Framing
from tests.ingest.decoders.resume import holds, records, rows, split

LINES = st.builds(
    lambda kind, second, serial: f"type={kind} msg=audit({1772354040 + second}.100:{serial}): a=1",
    st.sampled_from(["SYSCALL", "PATH", "PROCTITLE", "EOE", "USER_LOGIN"]),
    st.integers(0, 6),
    st.integers(1, 4),
)


@given(lines=st.lists(LINES | st.sampled_from(["garbage", "", "----"]), max_size=14), batch=st.integers(1, 120))
@settings(max_examples=300, deadline=None)
def test_every_line_is_in_one_record_wherever_reading_went_on(lines, batch):
    data = "\n".join(lines).encode()
    whole = rows(split("auditd", data, Framing()))
    assert sorted(line for row in whole for line in row[0].decode().split("\n")) == sorted(
        line for line in lines if line and line != "----"
    )
    assert [row[1] for row in whole] == sorted(row[1] for row in whole)
    holds("auditd", data, Framing(), batch_bytes=batch, batch_records=2)


def line(kind, at, serial, rest="a=1"):
    return f"type={kind} msg=audit({at}:{serial}): {rest}"


def test_serials_interleave_and_stand_in_the_order_of_their_first_lines():
    data = [
        line("SYSCALL", "10.000", 1),
        line("SYSCALL", "10.001", 2),
        line("PATH", "10.000", 1),
        line("EOE", "10.001", 2),
        line("EOE", "10.000", 1),
    ]
    assert [len(record.split(b"\n")) for record in records("auditd", "\n".join(data).encode())] == [3, 2]


def test_a_serial_closes_after_two_seconds_of_record_time():
    data = "\n".join([line("SYSCALL", "10.000", 1), line("SYSCALL", "12.000", 2), line("PATH", "10.000", 1)]).encode()
    assert [len(record.split(b"\n")) for record in records("auditd", data)] == [1, 1, 1]
    assert rows(split("auditd", data, Framing(final=False)))[0][0] == line("SYSCALL", "10.000", 1).encode()


def test_what_a_program_wrote_does_not_wait_while_a_file_is_followed():
    data = (line("USER_LOGIN", "10.000", 1) + "\n").encode()
    assert len(rows(split("auditd", data, Framing(final=False)))) == 1


def test_a_line_without_a_serial_is_broken_alone():
    found = rows(split("auditd", b"junk\ntype=USER_CMD msg=audit(1.0:2): a=1\n", Framing()))
    assert [(row[0][:4], row[2]) for row in found] == [(b"junk", "auditd: no serial"), (b"type", None)]


def fields(*lines):
    data = pa.table({"record": pa.array(["\n".join(lines).encode()], pa.binary())})
    return json.loads(DECODERS["auditd"].open(data, None, Framing())["fields"][0].as_py())


def test_fields_of_a_system_call():
    assert fields(
        "node=app1 "
        + line(
            "SYSCALL",
            "1772354047.123",
            456,
            'arch=c000003e syscall=257 success=yes a0=ffffff9c comm="cat" key="journal"',
        )
        + '\x1dARCH=x86_64 SYSCALL=openat AUID="anna" UID="root"',
        line("PATH", "1772354047.123", 456, 'item=0 name="/srv/journal" nametype=PARENT'),
        line("PATH", "1772354047.123", 456, "item=1 name=2F7372762FC3A52062 nametype=NORMAL"),
        line("EXECVE", "1772354047.123", 456, 'argc=2 a0="cat" a1=C3A520'),
        line("SOCKADDR", "1772354047.123", 456, "saddr=020001BBC000020F0000000000000000"),
        line("PROCTITLE", "1772354047.123", 456, "proctitle=636174002F737276"),
        line("EOE", "1772354047.123", 456, ""),
    ) == {
        "time": "1772354047.123",
        "serial": "456",
        "node": "app1",
        "types": ["SYSCALL", "PATH", "PATH", "EXECVE", "SOCKADDR", "PROCTITLE", "EOE"],
        "SYSCALL": {
            "arch": "c000003e",
            "syscall": "257",
            "success": "yes",
            "a0": "ffffff9c",
            "comm": "cat",
            "key": "journal",
            "ARCH": "x86_64",
            "SYSCALL": "openat",
            "AUID": "anna",
            "UID": "root",
        },
        "PATH": [
            {"item": "0", "name": "/srv/journal", "nametype": "PARENT"},
            {"item": "1", "name_hex": "2F7372762FC3A52062", "name": "/srv/å b", "nametype": "NORMAL"},
        ],
        "EXECVE": {"argc": "2", "a0": "cat", "a1_hex": "C3A520", "a1": "å "},
        "SOCKADDR": {
            "family": "inet",
            "addr": "192.0.2.15",
            "port": "443",
            "saddr": "020001BBC000020F0000000000000000",
        },
        "PROCTITLE": {"proctitle_hex": "636174002F737276", "proctitle": "cat /srv"},
    }


def test_fields_of_what_a_program_wrote():
    message = 'op=adding user to group acct="anna" exe="/usr/sbin/usermod" addr=? res=success'
    text = f"pid=1 uid=0 auid=1000 ses=3 msg='{message}'"
    assert fields(line("USER_MGMT", "1.000", 2, text) + '\x1dUID="root" AUID="bo"')["USER_MGMT"] == {
        "pid": "1",
        "uid": "0",
        "auid": "1000",
        "ses": "3",
        "op": "adding user to group",
        "acct": "anna",
        "exe": "/usr/sbin/usermod",
        "addr": "?",
        "res": "success",
        "UID": "root",
        "AUID": "bo",
    }


def test_looks_and_speed():
    assert DECODERS["auditd"].matches(b"type=DAEMON_START msg=audit(1.0:1): op=start")
    assert DECODERS["auditd"].matches(b'Mar  1 08:00:00 app1 audispd: node=app1 type=SYSCALL msg=audit(1.0:1): a="b"')
    assert not DECODERS["auditd"].matches(b"Mar  1 08:00:00 app1 sshd[1]: Accepted")
    data = "\n".join(
        line(kind, f"{n // 100}.000", n) for n in range(10_000) for kind in ("SYSCALL", "PATH", "EOE")
    ).encode()
    began = time.perf_counter()
    assert len(rows(split("auditd", data, Framing()))) == 10_000
    assert time.perf_counter() - began < 5
