"""What lies between collectors and lake in a run: its processes, and how they are emptied at the end."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from ingest.spool import Spool
from ingest.torture.run import Run

_DRAINED_S = 600.0
_READ = (0, 1)  # exit codes of `ingest`: all became events, some became rejects


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One way through the house. `settings`: sections that it needs; `begin` starts its processes."""

    settings: Callable[[Run], str]
    begin: Callable[[Run], None]
    drain: Callable[[Run], None]
    lanes: tuple[str, ...]  # of the faults


def _begin_embedded(run: Run) -> None:
    run.start(run.process("collector", ["collect", "--config", run.config]))
    run.start(run.process("writer", ["ingest", "--follow", "--config", run.config]))


def _drain_embedded(run: Run) -> None:
    """Everything ends in order, and one more run takes what was left."""
    for name in ("collector", "writer"):
        run.stop(run.processes[name])
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
    spool = Spool(run.root / "spool")
    for source in spool.sources():
        if waiting := spool.waiting(source):
            run.problems.append(f"spool: {source}: {waiting} records were left in it")


PIPELINES = {
    "embedded": Pipeline(
        settings=lambda _: "",
        begin=_begin_embedded,
        drain=_drain_embedded,
        lanes=("collector", "writer", "network", "strangers", "beside", "clock"),
    ),
}
