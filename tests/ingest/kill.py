"""kill -9 at random moments: a follower, compaction and rederive beside it, and a program that rotates its logs.

    python -m tests.ingest.kill --kills 200

At the end every record that was written must stand in the lake once: as evidence, and as an event.
"""

import argparse
import gzip
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.lake import Lake
from tests.ingest.conftest import LINE

SETTINGS = """
[lake]
flush_after_s = 0.05
batch_records = 2000
max_live_files = 6

[sources.web]
mapping = "web_access"
paths = ["{logs}/*"]

[sources.other]
mapping = "web_access"
keep = "standard"
paths = ["{others}/access.log*"]
"""
_SPARHUND = [sys.executable, "-c", "from dashboards.cli import main; main()"]
_START_S = 60.0  # at most so long until a process has committed something; a kill before that proves little


@dataclass(frozen=True)
class Played:
    """What a run came to. `fault`: what is wrong with the lake, or None."""

    seed: int
    killed: int
    records: int
    commits: int
    fault: str | None


class Program:
    """Writes numbered lines to a log, a few at a time, and rotates it: by rename, or by copy and truncation."""

    def __init__(self, folder: Path, first: int, dice: random.Random, *, truncates: bool) -> None:
        folder.mkdir()
        self.log = folder / "access.log"
        self.written = first
        self.first = first
        self.dice = dice
        self.truncates = truncates
        self.rotations = 0

    def write(self) -> None:
        with self.log.open("a") as file:
            for _ in range(self.dice.randrange(1, 60)):
                line = LINE.format(self.written)
                half = self.dice.randrange(len(line))
                file.write(line[:half])
                if self.dice.random() < 0.01:
                    file.flush()
                    time.sleep(0.01)
                file.write(line[half:])
                self.written += 1
        if self.dice.random() < 0.02:
            self.rotate()

    def rotate(self) -> None:
        self.rotations += 1
        old = self.log.with_name(f"access.log.{self.rotations}")
        if self.truncates:
            old.write_bytes(self.log.read_bytes())
            os.truncate(self.log, 0)
            return
        self.log.rename(old)
        if self.rotations > 1 and self.dice.random() < 0.5:
            older = self.log.with_name(f"access.log.{self.rotations - 1}")
            if older.exists():
                packed = older.with_suffix(".tmp")
                packed.write_bytes(gzip.compress(older.read_bytes()))
                packed.rename(older.parent / f"{older.name}.gz")
                older.unlink()


def play(folder: Path, kills: int, seed: int) -> Played:
    """Play KILLS of them in FOLDER, by the dice of SEED."""
    dice = random.Random(seed)
    lake = folder / "lake"
    programs = [
        Program(folder / "logs", 0, dice, truncates=False),
        Program(folder / "others", 10_000_000, dice, truncates=True),
    ]
    config = folder / "settings.toml"
    config.write_text(SETTINGS.format(logs=folder / "logs", others=folder / "others"))
    for program in programs:
        program.write()
    beside: list[subprocess.Popen[bytes]] = []
    for _ in range(kills):
        follower = _start("ingest", "--config", config, "--follow")
        if (lake / "lake.json").exists() and dice.random() < 0.5:
            beside.append(_start(dice.choice(["rederive", "compact"]), "--config", config))
        _write(programs, dice, lake)
        victim = dice.choice([follower, *beside])
        for process in {follower, victim}:
            process.send_signal(signal.SIGKILL)
            process.wait()
        beside = [process for process in beside if process.poll() is None]
    ends = [process.wait(300) for process in beside]
    for _ in range(2):
        done = subprocess.run([*_SPARHUND, "ingest", "--config", config], capture_output=True, check=False)
        ends.append(done.returncode)
        sys.stderr.write(done.stderr.decode() if done.returncode else "")
    expected = [number for program in programs for number in range(program.first, program.written)]
    fault = f"processes ended with {ends}" if any(ends) else _fault(lake, expected)
    return Played(seed, kills, len(expected), Lake.open(lake).table("evidence").version, fault)


def _write(programs: list[Program], dice: random.Random, lake: Path) -> None:
    """Go on logging until something was committed, and a while longer."""
    log = lake / "evidence" / "_delta_log"
    before, since = len(list(log.glob("*.json"))), time.monotonic()
    until = since + _START_S
    while time.monotonic() < until:
        for program in programs:
            program.write()
        time.sleep(dice.random() * 0.05)
        if until == since + _START_S and len(list(log.glob("*.json"))) > before:
            until = time.monotonic() + dice.expovariate(2.0)


def _start(*words: object) -> "subprocess.Popen[bytes]":
    words = (*words, "--apply") if words[0] == "rederive" else words
    return subprocess.Popen([*_SPARHUND, *map(str, words)], stdout=subprocess.DEVNULL)


def _fault(root: Path, expected: list[int]) -> str | None:
    """How the lake differs from what was written."""
    lake = Lake.open(root)
    connection = duckdb.connect()
    evidence, normalised = (lake.table(name).scan() for name in ("evidence", "normalised"))
    found = {
        "evidence": f"SELECT regexp_extract(decode(record), '/([0-9]+) HTTP', 1)::BIGINT FROM {evidence}",
        "events": f"SELECT object_path[2:]::BIGINT FROM {normalised} WHERE kind = 'event'",
    }
    torn = connection.execute(
        f"SELECT shard, position, decode(record) FROM {evidence} "
        "WHERE NOT regexp_full_match(decode(record), '192.0.2.[0-9]+ .* HTTP/1.1. 200 5 .-. .curl.')"
    ).fetchall()
    if torn:
        return f"{len(torn)} records are torn: {torn[:3]}"
    want = Counter(expected)
    for name, sql in found.items():
        got = Counter(row[0] for row in connection.execute(sql).fetchall())
        if got != want:
            lost, twice = want - got, got - want
            counts = f"lost {lost.total()} {sorted(lost)[:3]}, too many {twice.total()} {sorted(twice)[:3]}"
            return f"{name}: {counts}"
    others = connection.execute(f"SELECT kind, count(*) FROM {normalised} WHERE kind <> 'event' GROUP BY 1").fetchall()
    return f"there are {others}" if others else None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        result = play(Path(scratch), options.kills, options.seed)
    sys.stdout.write(f"{result}\n")
    sys.exit(1 if result.fault else 0)
