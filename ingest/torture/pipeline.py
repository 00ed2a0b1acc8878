"""What lies between collectors and lake in a run: its processes, and how they are emptied at the end."""

import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.sources.spooled import OWN
from ingest.spool import Spool
from ingest.torture.run import Run

_BROKER = Path(__file__).parents[2] / "deploy" / "kafka" / "start"
_DRAINED_S = 600.0
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
        return Pipeline("spool", _COMMON, lambda _: "", _begin_spool, _drain_spool)
    lanes = (*_COMMON, "writer2", "forwarder", "broker", "topics")
    return Pipeline(f"Kafka by {client}", lanes, lambda run: _kafka(run, client), _begin_kafka, _drain_kafka)


def _begin_spool(run: Run) -> None:
    run.start(run.process("collector", ["collect", "--config", run.config]))
    run.start(run.process("writer", ["ingest", "--follow", "--config", run.config]))


def _drain_spool(run: Run) -> None:
    """Everything ends in order, and one more run takes what was left."""
    for name in ("collector", "writer"):
        run.stop(run.processes[name])
    _last(run)
    spool = Spool(run.root / "spool")
    for source in spool.sources():
        if waiting := spool.waiting(source):
            run.problems.append(f"spool: {source}: {waiting} records were left in it")


def _kafka(run: Run, client: str) -> str:
    run.broker_port = _two_ports()
    return f"""
[kafka]
brokers = ["127.0.0.1:{run.broker_port}"]
client = "{client}"
partitions = 2
stall_s = 15
"""


def _begin_kafka(run: Run) -> None:
    broker = run.process("broker", [_BROKER, run.plan.folder / "broker", run.broker_port], ours=False)
    run.start(run.process("collector", ["collect", "--config", run.config]))
    run.start(broker)
    run.start(run.process("forwarder", ["forward", "--config", run.config]))
    for name in ("writer", "writer2"):
        run.start(run.process(name, ["ingest", "--follow", "--config", run.config]))


def _drain_kafka(run: Run) -> None:
    """The spool is emptied into the topics, and these into the lake, before each next part ends in order."""
    run.stop(run.processes["collector"])
    spool = Spool(run.root / "spool")
    streams = [source for source in spool.sources() if source != OWN.name]
    _until(run, "spool: not emptied", lambda: not any(map(spool.waiting, streams)))
    run.stop(run.processes["forwarder"])
    _until(run, "topics: not read to their ends", lambda: all(run.committed(spool, each) for each in streams))
    for name in ("writer", "writer2"):
        run.stop(run.processes[name])
    _last(run)
    run.stop(run.processes["broker"])


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
    until = time.monotonic() + _DRAINED_S
    while not true():
        for process in run.processes.values():
            process.measure()
        if time.monotonic() > until:
            run.problems.append(f"{problem} after {_DRAINED_S:.0f} s")
            return
        time.sleep(_POLL_S)


def _two_ports() -> int:
    """A port that nobody has, nor the next one: the broker's and its controller's."""
    for port in range(30_001, 32_000, 2):
        with socket.socket() as one, socket.socket() as two:
            try:
                one.bind(("127.0.0.1", port))
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError
