"""sudo with its own log file's words through a syslog socket: the invoker is the actor, the new identity the target."""

import os
import socket
import threading
from pathlib import Path

import pytest

from tests.programs.people import PASSWORD, account, events, told, typed

pytestmark = pytest.mark.program("sudo")
SOCKET = Path("/dev/log")


def test_sudo_tells_who_became_whom(tmp_path: Path) -> None:
    rules, log = Path("/etc/sudoers.d/sparhund-test"), tmp_path / "auth.log"
    lines: list[bytes] = []
    with (
        account("anna.berg") as anna,
        account("bo.ceder") as bo,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog,
    ):
        # A system log's own socket steps aside for these seconds.
        aside = SOCKET.with_name("log.sparhund-test")
        taken = os.path.lexists(SOCKET)
        if taken:
            SOCKET.rename(aside)
        syslog.bind(str(SOCKET))
        SOCKET.chmod(0o666)
        syslog.settimeout(0.5)
        rules.write_text(f"{anna} ALL=(ALL) ALL\n")
        rules.chmod(0o440)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    lines.append(syslog.recv(65536))
                except TimeoutError:
                    continue

        listener = threading.Thread(target=listen)
        listener.start()
        try:
            typed(_as(anna, "sudo", "-k", "cat", "/dev/null"), [PASSWORD])
            typed(_as(anna, "sudo", "-k", "id"), ["fel", "fel", "fel"], seconds=15)
            typed(_as(bo, "sudo", "-k", "id"), [PASSWORD])
        finally:
            done.set()
            listener.join()
            SOCKET.unlink()
            if taken:
                aside.rename(SOCKET)
            rules.unlink()
    log.write_bytes(b"\n".join(line.rstrip(b"\0\n") for line in lines) + b"\n")
    commands = [event for event in events(log, "linux_auth", "zone=UTC") if event["action"] == "execute"]
    assert told(commands, "actor_account", "target_account", "outcome", "object_path") == [
        ("anna.berg", "root", "success", "/usr/bin/cat /dev/null"),
        ("anna.berg", "root", "failure", "/usr/bin/id"),
        ("bo.ceder", "root", "failure", "/usr/bin/id"),
    ]


def _as(user: str, *command: str) -> list[str]:
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--reset-env", *command]
