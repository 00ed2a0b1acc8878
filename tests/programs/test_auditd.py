"""The audit daemon with a watch on a folder: a file's life, and who lived it. Runs only where no audit daemon does."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.programs.people import account, events, let_in, running, told, wait

pytestmark = pytest.mark.program("auditd")
SETTINGS = """
local_events = yes
write_logs = yes
log_file = {folder}/log/audit.log
log_format = ENRICHED
flush = INCREMENTAL_ASYNC
freq = 1
max_log_file = 8
num_logs = 2
max_log_file_action = ROTATE
space_left = 75
space_left_action = IGNORE
admin_space_left = 50
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
plugin_dir = {folder}/plugins
"""


def test_auditd_tells_a_files_life(tmp_path: Path) -> None:
    folder, log = tmp_path / "akt", tmp_path / "log/audit.log"  # auditd closes its log's folder to others
    for name in ("conf", "plugins", "log"):
        (tmp_path / name).mkdir()
    config = tmp_path / "conf/auditd.conf"
    config.write_text(SETTINGS.format(folder=tmp_path))
    config.chmod(0o640)
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    (folder / "hemlig").write_text("hemlig")
    (folder / "hemlig").chmod(0o600)
    let_in(tmp_path)
    watch = ["-w", str(folder), "-p", "rwxa", "-k", "sparhund-test"]
    state = subprocess.run(["auditctl", "-s"], check=True, capture_output=True, text=True).stdout
    enabled = "enabled 1" in state
    with (
        account("anna.berg") as anna,
        running(["auditd", "-n", "-c", str(config.parent)], until=log, stdout=subprocess.DEVNULL),
    ):
        subprocess.run(["auditctl", *watch], check=True, capture_output=True)
        try:
            script = f"cd {folder} && echo x > 'a b' && cat 'a b' && mv 'a b' å && rm å"
            done = subprocess.run(_logged_on(anna, script), check=False, capture_output=True, timeout=10)
            assert done.returncode == 0, done.stderr
            refused = subprocess.run(
                _logged_on(anna, f"cat {folder}/hemlig"), check=False, capture_output=True, timeout=10
            )
            assert refused.returncode != 0
            wait(lambda: b"C3A5" in log.read_bytes() and b"hemlig" in log.read_bytes())
        finally:
            subprocess.run(["auditctl", "-W", *watch[1:]], check=False, capture_output=True)
            if not enabled:
                subprocess.run(["auditctl", "-e", "0"], check=False, capture_output=True)
    found = [
        event
        for event in events(log, "auditd")
        if str(event.get("object_path", "")).startswith(f"{folder}/") and event.get("actor_account")
    ]
    assert told(found, "actor_account", "action", "outcome", "object_path") == [
        ("anna.berg", "create", "success", f"{folder}/a b"),
        ("anna.berg", "read", "success", f"{folder}/a b"),
        ("anna.berg", "update", "success", f"{folder}/a b"),
        ("anna.berg", "delete", "success", f"{folder}/å"),
        ("anna.berg", "read", "failure", f"{folder}/hemlig"),
    ]
    assert found[2]["changes"] == [{"field": "path", "before": f"{folder}/a b", "after": f"{folder}/å"}]


def _logged_on(user: str, script: str) -> list[str]:
    """SCRIPT run by USER, with the login user set as a log-on program sets it."""
    uid = subprocess.run(["id", "-u", user], check=True, capture_output=True, text=True).stdout.strip()
    become = f'echo {uid} > /proc/self/loginuid && exec setpriv --reuid={uid} --regid={uid} --clear-groups bash -c "$1"'
    assert os.geteuid() == 0
    return ["bash", "-c", become, "bash", script]
