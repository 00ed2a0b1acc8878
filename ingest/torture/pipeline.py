"""What lies between collectors and lake in a run: its processes, and how they are emptied at the end."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from ingest.sources.spooled import OWN
from ingest.spool import Spool
from ingest.torture.balance import can_be_judged, imbalance
from ingest.torture.ports import two_ports
from ingest.torture.run import Run
from ingest.torture.topic import NAME

_BROKER = Path(__file__).parents[2] / "deploy" / "kafka" / "start"
_DRAINED_S = 600.0
_BALANCED_S = 60.0
_POLL_S = 0.5
_READ = (0, 1)  # exit codes of `ingest`: all became events, some became rejects
_COMMON = ("collector", "writer", "network", "strangers", "beside", "clock")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One way through the house. `settings`: sections that it needs; `begin` starts its processes."""

    name: str
    lanes: tuple[str, ...]  # of the faults
    settings: Callable[[Run], str]
    begin: Callable[[Run], None]
    drain: Callable[[Run], None]


def pipeline(client: str | None) -> Pipeline:
    """Through Kafka by CLIENT, or none."""
    if client is None:
        return Pipeline("spool", _COMMON, lambda _: "", _begin, _drain)
    lanes = (*_COMMON, "writer2", "forwarder", "broker", "topics")
    return Pipeline(f"Kafka by {client}", lanes, lambda run: _kafka(run, client), _begin_kafka, _drain)


def _begin(run: Run) -> None:
    run.start(run.process("collector", ["collect", "--config", run.config], watched=True))
    run.start(run.process("writer", ["ingest", "--follow", "--config", run.config], watched=True))


def _kafka(run: Run, client: str) -> str:
    run.broker_port = two_ports()
    return f"""
[kafka]
brokers = ["127.0.0.1:{run.broker_port}"]
client = "{client}"
partitions = 2
stall_s = 15
topics = {{ {NAME} = "topic" }}
"""


def _begin_kafka(run: Run) -> None:
    broker = run.process("broker", [_BROKER, run.plan.folder / "broker", run.broker_port], ours=False)
    last = Random(run.plan.seed).random() < 0.5  # the others must bear that it isn't there yet
    if not last:
        run.start(broker)
    _begin(run)
    run.start(run.process("forwarder", ["forward", "--config", run.config], watched=True))
    run.start(run.process("writer2", ["ingest", "--follow", "--config", run.config], watched=True))
    if last:
        run.start(broker)


def _drain(run: Run) -> None:
    """What was taken goes to the lake, the balance is struck, and everything ends in order."""
    _settle(run)
    if can_be_judged():
        _strike(run)
    run.stop(run.processes["collector"])
    _settle(run)
    for name in ("forwarder", "writer", "writer2"):
        if process := run.processes.get(name):
            run.stop(process)
    _last(run)
    if broker := run.processes.get("broker"):
        run.stop(broker)


def _settle(run: Run) -> None:
    """Nothing waits between collectors and lake."""
    spool = Spool(run.root / "spool")
    streams = [source for source in spool.sources() if source != OWN.name]
    _until(run, "spool: not emptied", lambda: not any(map(spool.waiting, streams)))
    _until(run, "topic: not read to its end", lambda: run.stored("topic") >= run.accepted.get("topic", 0))
    _until(run, "lake: lacks what has left the spool", lambda: all(run.committed(spool, each) for each in streams))


def _strike(run: Run) -> None:
    """The metrics' balance: it may take a moment until all have looked at the same."""
    found: str | None = "not struck"

    def even() -> bool:
        nonlocal found
        found = imbalance(run)
        return found is None

    if not _reached(even, _BALANCED_S):
        run.problems.append(f"the balance does not hold: {found}")


def _last(run: Run) -> None:
    """One more run, to the end of what there is."""
    last = run.process("last", ["ingest", "--config", run.config])
    last.start()
    try:
        code = last.wait(_DRAINED_S)
    except subprocess.TimeoutExpired:
        last.kill()
        run.problems.append(f"last: ingest was not done after {_DRAINED_S:.0f} s")
        return
    if code not in _READ:
        run.problems.append(f"last: ingest ended with {code}:\n{last.tail()}")


def _until(run: Run, problem: str, true: Callable[[], bool]) -> None:
    if not _reached(true, _DRAINED_S):
        run.problems.append(f"{problem} after {_DRAINED_S:.0f} s")


def _reached(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it is TRUE within SECONDS."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(_POLL_S)
    return True
