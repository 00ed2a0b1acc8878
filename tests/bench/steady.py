# ruff: noqa: T201 - a bench prints
"""A steady stream: received to answerable, by the commands as they run in production.

    python -m tests.bench.steady [SECONDS [RECORDS-A-SECOND [kafka-python|confluent]]]

A sender posts to `sparhund collect`, `sparhund ingest --follow` writes; with a client's name they are joined by
`sparhund forward` and a broker. What counts is each record's time from its receipt to the commit that makes it
answerable.
"""

import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import httpx
import pyarrow as pa

from ingest.lake import Lake
from ingest.torture.ports import free_port
from tests.bench.records import LOGS
from tests.broker import running

TOKEN = "a-bench-of-steady-streams"
SETTINGS = """
[lake]
root = "{root}"

[operations]
collect = "127.0.0.1:{collect}"
ingest = "127.0.0.1:{ingest}"
forward = "127.0.0.1:{forward}"

[sources.m365]
mapping = "m365_audit"

[collect.api]
kind = "http"
listen = "127.0.0.1:{port}"
senders.bench = {{ token = "{token}", sources = ["m365"] }}
"""
KAFKA = """
[kafka]
brokers = ["{broker}"]
client = "{client}"
"""
_SPARHUND = [sys.executable, "-W", "ignore", "-c", "from dashboards.cli import main; main()"]
A_SECOND = 10  # requests


def main(seconds: int = 600, rate: int = 5_000, client: str = "") -> None:
    """Send RATE records a second for so many SECONDS."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if not client:
            _run(folder, seconds, rate, "")
            return
        with running(folder / "broker") as broker:
            _run(folder, seconds, rate, KAFKA.format(broker=broker.address, client=client))


def _run(folder: Path, seconds: int, rate: int, kafka: str) -> None:
    port, *watched = (free_port() for _ in range(4))
    watching = dict(zip(("collect", "ingest", "forward"), watched, strict=True))
    settings = {name: folder / f"{name}.toml" for name in ("far", "near")}
    for name, path in settings.items():
        root = folder / (name if kafka else "near")
        path.write_text(SETTINGS.format(root=root, port=port, token=TOKEN, **watching) + kafka)
    Lake.create(folder / "near")
    commands = [["collect", "--config", settings["far"]], ["ingest", "--follow", "--config", settings["near"]]]
    commands += [["forward", "--config", settings["far"]]] if kafka else []
    processes = [subprocess.Popen([*_SPARHUND, *map(str, words)], stdout=subprocess.DEVNULL) for words in commands]
    try:
        for words in commands:
            _ready(watching[words[0]])
        sent = _send(folder, port, seconds, rate)
        _await(folder / "near", sent, processes)
        memory = _peak(processes[1].pid)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(120)
    _tell(folder / "near", sent, seconds, memory)


def _send(folder: Path, port: int, seconds: int, rate: int) -> int:
    """Shape: how many were acknowledged."""
    lines = LOGS["m365.json"].file(folder, 50_000).read_bytes().splitlines(keepends=True)
    size, sent = rate // A_SECOND, 0
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/x-ndjson"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, trust_env=False) as api:
        began = time.monotonic()
        for number in range(seconds * A_SECOND):
            at = number * size % (len(lines) - size)
            api.post("/v1/records/m365", content=b"".join(lines[at : at + size])).raise_for_status()
            sent += size
            time.sleep(max(0.0, began + (number + 1) / A_SECOND - time.monotonic()))
        print(f"{sent:,} records in {time.monotonic() - began:.0f} s: {sent / (time.monotonic() - began):,.0f}/s")
    return sent


def _ready(port: int) -> None:
    for _ in range(1200):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit("a command is not ready")


def _await(root: Path, sent: int, processes: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + 300
    while sum(file.rows for file in Lake.open(root).table("normalised").files.values()) < sent:
        if time.monotonic() > deadline or any(process.poll() is not None for process in processes):
            raise SystemExit("records did not come into the lake")
        time.sleep(0.5)


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


def _tell(root: Path, sent: int, seconds: int, memory: int) -> None:
    table = Lake.open(root).table("normalised")
    # A commit's time is its file's to the nanosecond: DuckDB's last_modified is cut to whole seconds.
    log = sorted((root / "normalised" / "_delta_log").glob("*.json"))
    written = pa.table({"log": [str(path) for path in log], "at": [path.stat().st_mtime_ns / 1e9 for path in log]})
    commits = f"""
      SELECT w.at, j.add.path AS path
      FROM read_json('{log[0].parent}/*.json', format = 'newline_delimited', filename = true,
                     columns = {{add: 'STRUCT(path VARCHAR, dataChange BOOLEAN)'}}) AS j
      JOIN written AS w ON w.log = j.filename
      WHERE j.add.dataChange
    """
    connection = duckdb.connect()
    connection.register("written", written)
    added = [path for _, path in connection.execute(commits).fetchall()]
    files = ", ".join(f"'{root / 'normalised' / path}'" for path in added)
    delays = f"""
      SELECT c.at - epoch(r.received) AS delay
      FROM read_parquet([{files}], filename = true) AS r
      JOIN ({commits}) AS c ON r.filename = '{root / "normalised"}/' || c.path WHERE r.part = 0
    """
    [(count, p50, p99, most)] = connection.execute(
        f"SELECT count(*), quantile_cont(delay, 0.5), quantile_cont(delay, 0.99), max(delay) FROM ({delays})"
    ).fetchall()
    open_day = max(file.day for file in table.files.values() if file.day)
    live = sum(file.day == open_day for file in table.files.values())
    print(
        f"{count:,} of {sent:,}: received to answerable p50 {p50:.2f} s, p99 {p99:.2f} s, most {most:.2f} s; "
        f"writer {memory} MiB at most; {live} live files in the day after {len(added)} commits in {seconds} s"
    )


if __name__ == "__main__":
    words = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    main(*map(int, words[:2]), *words[2:])
