"""OpenSSH's server on loopback: who logged on, who could not, from where."""

import os
import subprocess
from pathlib import Path

import pytest

from ingest.torture.ports import free_port
from tests.programs.people import PASSWORD, account, events, running, told, wait

pytestmark = pytest.mark.program("sshd")


def ssh(folder: Path, port: int, user: str, password: str, *, source: str = "127.0.0.9") -> int:
    """Log on as USER and run `true`. Gives ssh's exit code."""
    asks = folder / "asks"
    asks.write_text(f"#!/bin/sh\necho '{password}'\n")
    asks.chmod(0o700)
    options = [
        "StrictHostKeyChecking=no",
        f"UserKnownHostsFile={folder}/known",
        "PubkeyAuthentication=no",
        "NumberOfPasswordPrompts=1",
    ]
    command = [
        "ssh",
        "-F",
        "none",
        "-p",
        str(port),
        "-b",
        source,
        *(f"-o{each}" for each in options),
        f"{user}@127.0.0.1",
        "true",
    ]
    asking = {**os.environ, "SSH_ASKPASS": str(asks), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
    return subprocess.run(
        command, env=asking, capture_output=True, check=False, timeout=15, stdin=subprocess.DEVNULL
    ).returncode


def test_sshd_tells_who_logged_on_and_who_could_not(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "sshd.log"
    Path("/run/sshd").mkdir(exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    config = tmp_path / "config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path}/key\nPidFile none\nUsePAM no\n"
        "PasswordAuthentication yes\nKbdInteractiveAuthentication no\nLogLevel INFO\n"
    )
    with account("anna.berg") as anna, running(["/usr/sbin/sshd", "-D", "-f", str(config), "-E", str(log)]):
        wait(lambda: log.exists() and "Server listening" in log.read_text())
        assert ssh(tmp_path, port, anna, PASSWORD) == 0
        assert ssh(tmp_path, port, anna, "fel") != 0
        assert ssh(tmp_path, port, "finns.inte", "fel") != 0
        wait(lambda: "invalid user finns.inte" in log.read_text())
    logins = [event for event in events(log, "linux_auth") if event["action"] == "login"]
    assert told(logins, "actor_account", "outcome", "src_ip") == [
        ("anna.berg", "success", "127.0.0.9"),
        ("anna.berg", "failure", "127.0.0.9"),
        ("finns.inte", "failure", "127.0.0.9"),  # Invalid user
        ("finns.inte", "failure", "127.0.0.9"),  # Failed password
    ]
    [ended] = [event for event in events(log, "linux_auth") if event["action"] == "logout" and "actor_account" in event]
    assert ended["actor_account"] == "anna.berg"
