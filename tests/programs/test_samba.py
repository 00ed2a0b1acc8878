"""Samba's file server with vfs_full_audit in its own log: who did what with which file."""

import subprocess
from pathlib import Path

import pytest

from ingest.torture.ports import free_port
from tests.programs.people import PASSWORD, account, events, let_in, running, told, wait

pytestmark = pytest.mark.program("samba")
SETTINGS = """
[global]
 server role = standalone server
 workgroup = KOMMUN
 netbios name = FIL01
 interfaces = 127.0.0.1/8
 bind interfaces only = yes
 smb ports = {port}
 disable netbios = yes
 load printers = no
 printcap name = /dev/null
 private dir = {folder}/private
 lock directory = {folder}/lock
 state directory = {folder}/state
 cache directory = {folder}/cache
 pid directory = {folder}/pid
 ncalrpc dir = {folder}/rpc
 log file = {folder}/smb.log
 log level = 1 full_audit:1 auth_json_audit:3
[vard]
 path = {folder}/share
 read only = no
 vfs objects = full_audit
 full_audit:prefix = %u|%I|%m|%S
 full_audit:success = pwrite_recv pread_recv renameat unlinkat mkdirat
 full_audit:failure = all
 full_audit:syslog = false
"""
ACTS = 'put journal.txt; get journal.txt ut.txt; mkdir akt; rename journal.txt "akt\\å 2.txt"; del "akt\\å 2.txt"'


def test_samba_tells_what_was_done_with_a_file(tmp_path: Path) -> None:
    port, settings = free_port(), tmp_path / "smb.conf"
    settings.write_text(SETTINGS.format(port=port, folder=tmp_path))
    for name in ("private", "lock", "state", "cache", "pid", "rpc", "share"):
        (tmp_path / name).mkdir()
    (tmp_path / "share").chmod(0o777)
    let_in(tmp_path)
    (tmp_path / "journal.txt").write_text("hej")
    with account("anna.berg") as anna:
        subprocess.run(
            ["smbpasswd", "-c", settings, "-s", "-a", anna],
            input=f"{PASSWORD}\n{PASSWORD}\n",
            text=True,
            check=True,
            capture_output=True,
        )
        with running(
            ["smbd", "-F", "--no-process-group", "-s", str(settings)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ):
            wait(lambda: _client(tmp_path, port, PASSWORD, "ls") == 0)
            assert _client(tmp_path, port, PASSWORD, ACTS) == 0
            assert _client(tmp_path, port, "fel", "ls") != 0
    found = [event for event in events(tmp_path / "smb.log", "samba_audit", "zone=UTC") if event["action"] != "other"]
    share = tmp_path / "share"
    acts = [event for event in found if event["outcome"] == "success" and event["action"] != "login"]
    assert told(acts, "actor_account", "src_ip", "action", "proves", "object_path") == [
        ("anna.berg", "127.0.0.1", "update", "content", f"{share}/journal.txt"),
        ("anna.berg", "127.0.0.1", "read", "content", f"{share}/journal.txt"),
        ("anna.berg", "127.0.0.1", "create", "content", f"{share}/akt"),
        ("anna.berg", "127.0.0.1", "update", "content", f"{share}/journal.txt"),
        ("anna.berg", "127.0.0.1", "delete", "content", f"{share}/akt/å 2.txt"),
    ]
    assert acts[3]["changes"][0]["after"] == f"{share}/akt/å 2.txt"
    logins = [event for event in found if event["action"] == "login"]
    assert told(logins, "actor_account", "outcome", "src_ip")[-2:] == [
        ("anna.berg", "success", "127.0.0.1"),
        ("anna.berg", "failure", "127.0.0.1"),
    ]


def _client(folder: Path, port: int, password: str, commands: str) -> int:
    command = [
        "smbclient",
        "-s",
        "/dev/null",
        "-p",
        str(port),
        "-U",
        f"anna.berg%{password}",
        "//127.0.0.1/vard",
        "-c",
        commands,
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=15).returncode
