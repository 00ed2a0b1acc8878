"""`sparhund collect` and `sparhund ingest --follow` over one lake, each a process that is watched."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from ingest.torture.ports import free_port

PATIENCE_S = 240  # two programs begin, on a machine that may do much else

CONFIG = """
[operations]
collect = "127.0.0.1:{collect}"
ingest = "127.0.0.1:{ingest}"
log = "json"

[sources.web]
mapping = "web_access"
[sources.linux]
mapping = "linux_auth"
paths = ["*.log"]
[sources.journal]
mapping = "riv_log"

[collect.net]
kind = "syslog_tcp"
listen = "127.0.0.1:{tcp}"
source = "web"
max_record_bytes = 480
[collect.udp]
kind = "syslog_udp"
listen = "127.0.0.1:{tcp}"
senders = {{ "127.0.0.9" = "web" }}
[collect.http]
kind = "http"
listen = "127.0.0.1:{http}"
senders.anna = {{ token = "hemlig-nyckel-1234", sources = ["journal"] }}
"""


class Town:
    """The two commands over one lake, each a process."""

    def __init__(self, folder):
        self.folder = folder
        self.ports = {name: free_port() for name in ("collect", "ingest", "tcp", "http")}
        self.config = folder / "sparhund.toml"
        self.config.write_text(CONFIG.format(**self.ports))
        self.begun = {}

    def begin(self, *words, **environment):
        command = [
            sys.executable,
            "-c",
            "from dashboards.cli import main; main()",
            *words,
            "--config",
            str(self.config),
        ]
        with (self.folder / f"{words[0]}.err").open("ab") as err, (self.folder / f"{words[0]}.out").open("ab") as out:
            process = subprocess.Popen(command, stdout=out, stderr=err, env={**os.environ, **environment})
        self.begun[words[0]] = process
        return process

    def ready(self, command):
        def answers():
            assert self.begun[command].poll() is None, self.said(command)
            try:
                return self.get(command, "readyz").status_code == 200
            except httpx.TransportError:
                return False

        until(answers)

    def get(self, command, path):
        return httpx.get(f"http://127.0.0.1:{self.ports[command]}/{path}", trust_env=False, timeout=PATIENCE_S)

    def metric(self, command, name):
        text = self.get(command, "metrics").text
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(f"{name}{{"))

    def said(self, command):
        return (self.folder / f"{command}.err").read_text()


@contextmanager
def town(folder) -> Iterator[Town]:
    """A Town in FOLDER, all of whose processes end with the block."""
    made = Town(folder)
    try:
        yield made
    finally:
        for process in made.begun.values():
            process.kill()
            process.wait()


def until(true):
    """What TRUE gives when it is."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)
    return found
