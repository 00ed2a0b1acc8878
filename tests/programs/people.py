"""Made-up people with accounts on this machine, and what their programs need."""

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboards.cli.normalise import source_of
from tests import reading

PASSWORD = "Host-2026!"


@contextmanager
def account(name: str) -> Iterator[str]:
    """An account of that name with PASSWORD, gone afterwards."""
    subprocess.run(["userdel", "--remove", name], check=False, capture_output=True)
    subprocess.run(["useradd", "--create-home", "--shell", "/bin/bash", name], check=True, capture_output=True)
    subprocess.run(["chpasswd"], input=f"{name}:{PASSWORD}\n", text=True, check=True, capture_output=True)
    try:
        yield name
    finally:
        subprocess.run(["userdel", "--remove", "--force", name], check=False, capture_output=True)


def let_in(folder: Path) -> None:
    """Let programs that run as somebody else come to FOLDER, through the folders that the tests' own are made in."""
    for each in (folder, *folder.parents):
        if each == Path(tempfile.gettempdir()):
            return
        each.chmod(each.stat().st_mode | 0o055)


@contextmanager
def running(argv: list[str], *, until: Path | None = None, **settings: object) -> Iterator[subprocess.Popen]:
    """ARGV in a group of processes of its own, ended by its id; UNTIL a path exists, for at most ten seconds."""
    process = subprocess.Popen(argv, start_new_session=True, stdin=subprocess.DEVNULL, **settings)
    try:
        wait(lambda: until is None or until.exists())
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


def wait(holds, seconds: float = 10) -> None:
    """Until HOLDS() is true."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.05)


def typed(argv: list[str], answers: list[str], seconds: float = 10) -> str:
    """What ARGV says on a terminal where each prompt (a colon at the end) is answered."""
    # By a program that takes the terminal for its own: what is forked off a process of many threads may not live.
    terminal, theirs = os.openpty()
    process = subprocess.Popen(["setsid", "--ctty", "--wait", *argv], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said, seen, left = b"", 0, list(answers)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                data = os.read(terminal, 4096)
            except OSError:  # the other end is closed: the program has ended
                break
            said += data
        elif left and said[seen:].rstrip().endswith(b":"):
            os.write(terminal, f"{left.pop(0)}\n".encode())
            seen = len(said)
    process.kill()
    process.wait()
    os.close(terminal)
    return said.decode(errors="replace")


def events(path: Path, mapping: str, *settings: str) -> list[dict]:
    """The events of a log, through the mapping; no record of it may be a reject."""
    with path.open("rb") as stream:
        records = reading.records(stream, *source_of(mapping, settings))
    assert records
    assert not [record for record in records if "reject" in record]
    return [event for record in records for event in record["events"]]


def told(found: list[dict], *columns: str) -> list[tuple]:
    """The chosen columns of each event."""
    return [tuple(event.get(column) for column in columns) for event in found]
