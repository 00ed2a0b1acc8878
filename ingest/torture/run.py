"""What all lanes of a run share: its processes, disks, clock, network and what went wrong."""

import contextlib
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from kafka.admin import KafkaAdminClient

from ingest.kafka.client import BrokerError
from ingest.kafka.kafka_python import broker_errors, made, reach
from ingest.lake import Lake
from ingest.spool import Spool
from ingest.torture.clock import Clock
from ingest.torture.disk import Disk
from ingest.torture.ports import free_ports
from ingest.torture.process import Process
from ingest.torture.proxy import Network
from ingest.torture.truth import Windows
from schemas.kafka import KafkaSettings

_READY_S = 240.0
_CANNOT = 2  # the exit code of a command that could not do it
_NO_ROOM = "No space left"
_DONE_S = 300.0  # for a command beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to play."""

    command: tuple[str, ...]  # starts sparhund
    folder: Path  # an empty one
    seed: int
    seconds: float
    kills: int | None = None  # the run ends when so many were killed, too
    only: tuple[str, ...] = ()  # faults; empty = all
    client: str | None = None  # through Kafka, by this client; None = without
    half_open: int = 10_000  # connections at once
    rate: float = 60.0  # records a second of each sender


@dataclass(slots=True, kw_only=True)
class Run:
    """One run."""

    plan: Plan
    config: Path
    root: Path  # of the lake
    network: Network
    ports: dict[str, int]  # where the collectors listen
    certificates: Path | None
    clock: Clock | None
    disks: dict[str, Disk]
    sources: list[str]
    processes: dict[str, Process] = field(default_factory=dict)
    windows: Windows = field(default_factory=Windows)
    played: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    gave_up: Counter[str] = field(default_factory=Counter)  # processes that a full disk ended, by name
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    accepted: dict[str, int] = field(default_factory=dict)  # records by sender, at the end
    broker_port: int = 0
    watched: dict[str, int] = field(default_factory=dict)  # where processes answer with their metrics
    filled: set[str] = field(default_factory=set)  # disks that were full at any time

    @property
    def lake(self) -> Disk | None:
        """The lake's disk, if it can be full."""
        return self.disks.get("lake")

    @property
    def spool(self) -> Disk | None:
        """The spool's."""
        return self.disks.get("spool")

    @property
    def killed(self) -> int:
        """How many processes were, with kill -9."""
        return sum(process.killed for process in self.processes.values())

    def note(self, fault: str) -> None:
        """It is played now."""
        with self.lock:
            self.played[fault] += 1
            with (self.plan.folder / "out" / "played").open("a", encoding="utf-8") as file:
                file.write(f"{time.time():.3f} {fault}\n")

    def process(self, name: str, words: Sequence[object], *, ours: bool = True, watched: bool = False) -> Process:
        """Declare one: sparhund with WORDS, or another program, whose clock stays right. WATCHED: by its metrics."""
        if watched:
            self.watched |= free_ports([name])
            words = [*words, "--operations", f"127.0.0.1:{self.watched[name]}"]
        made = Process(name, self.plan.command if ours else (), words, self.plan.folder / "out")
        made.environment = self.clock.environment if self.clock and ours else {}
        self.processes[name] = made
        return made

    def start(self, process: Process) -> None:
        """Start it, and wait until it does its work."""
        process.start()
        self.await_ready(process)

    def await_ready(self, process: Process) -> None:
        """Wait until it does its work; if it has given up, start it again."""
        until = time.monotonic() + _READY_S
        while time.monotonic() < until:
            if process.ended is not None:
                self.revive(process)
            elif self.ready(process):
                return
            time.sleep(0.05)
        self.problems.append(f"{process.name}: not ready after {_READY_S:.0f} s")

    def ready(self, process: Process) -> bool:
        """Whether it answers: collectors and brokers those who use them, the others whoever watches them."""
        ports = {
            "collector": [port for name, port in self.ports.items() if name != "udp"],
            "broker": [self.broker_port],
        }
        watched = [self.watched[process.name]] if process.name in self.watched else []
        for port in ports.get(process.name, watched):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                return False
        return not process.name.startswith("writer") or (self.root / "lake.json").exists()

    def revive(self, process: Process) -> None:
        """Start it if it has ended by itself. That is a problem, unless the lake's disk was full."""
        code = process.ended
        if code is None:
            return
        if self.lacked_room(process):
            self.gave_up[process.name] += 1
            time.sleep(0.5)
        else:
            self.problems.append(f"{process.name}: ended by itself with {code}:\n{process.tail()}")
            time.sleep(1)
        process.start()

    def stop(self, process: Process) -> None:
        """SIGTERM; it must end in order."""
        before = process.ended
        code = process.stop()
        # A process that has just begun is ended by the signal itself; Java tells of it as a shell would.
        if (
            before is None
            and code not in {0, 1, -signal.SIGTERM, 128 + signal.SIGTERM}
            and not self.lacked_room(process)
        ):
            self.problems.append(f"{process.name}: SIGTERM ended it with {code}:\n{process.tail(200)}")

    def fill(self, name: str, left: int) -> None:
        """Only LEFT bytes more go onto the disk NAME."""
        self.filled.add(name)
        self.disks[name].fill(left)

    def clear(self, name: str) -> None:
        """There is room again."""
        self.disks[name].clear()

    def lacked_room(self, process: Process) -> bool:
        """Whether it could not go on because the lake's disk was full. A full spool is no reason to give up."""
        said = process.tail(2)
        named = _NO_ROOM in said and "spool" not in said
        return process.ended == _CANNOT and "lake" in self.filled and named

    def commits(self) -> int:
        """How many there were on evidence."""
        names = (path.stem for path in (self.root / "evidence" / "_delta_log").glob("*.json"))
        return max((int(name) for name in names if name.isdigit()), default=-1)

    def committed(self, spool: Spool, source: str) -> bool:
        """Whether the lake has all that left the SPOOL's stream of SOURCE."""
        position = Lake.open(self.root).table("evidence").positions.get(f"{source}/{spool.shard(source)}", 0)
        return position >= spool.kept(source)

    def stored(self, source: str) -> int:
        """How many records of SOURCE the lake has."""
        positions = Lake.open(self.root).table("evidence").positions
        return sum(position for name, position in positions.items() if name.startswith(f"{source}/"))

    def administer(self, act: Callable[[Any, KafkaSettings], object]) -> None:
        """ACT on the broker, if it answers; else that is another lane's doing."""
        settings = KafkaSettings(brokers=(f"127.0.0.1:{self.broker_port}",))
        with contextlib.suppress(BrokerError), broker_errors():
            admin = made(KafkaAdminClient, **reach(settings))
            try:
                act(admin, settings)
            finally:
                admin.close()

    def end(self) -> None:
        """Nothing of ours runs on, whatever happened."""
        for process in self.processes.values():
            process.send(signal.SIGKILL)

    def beside(self, name: str, words: Sequence[object], dice: Random) -> None:
        """Run a command once, to its end or until it is killed on the way."""
        process = self.processes.get(name) or self.process(name, [])
        process.words = [*self.plan.command, *map(str, words), "--config", str(self.config)]
        process.start()
        if dice.random() < 0.5:
            self.stopped.wait(dice.uniform(0.5, 6))
            process.kill()
            return
        try:
            code = process.wait(_DONE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            self.problems.append(f"{name}: not done after {_DONE_S:.0f} s")
            return
        if code not in {0, 1} and not self.lacked_room(process):
            self.problems.append(f"{name}: ended with {code}:\n{process.tail()}")
