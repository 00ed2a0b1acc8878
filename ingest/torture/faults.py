"""The faults: one table, each with the lane that plays it. A lane plays one at a time, beside the other lanes."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from ingest.kafka.brokers import Brokers
from ingest.spool import Spool
from ingest.torture import strangers
from ingest.torture.run import Run
from ingest.torture.topic import NAME
from schemas.kafka import KafkaSettings


def kill(run: Run, lane: str, dice: Random) -> None:
    """End it by kill -9, and start it at once or after a while."""
    process = run.processes[lane]
    with run.windows.open(process.name, loses=True):
        process.kill()
        time.sleep(dice.choice([0.0, dice.uniform(0, 2)]))
        run.start(process)


def pause(run: Run, lane: str, dice: Random) -> None:
    """SIGSTOP, and after a while SIGCONT or kill -9."""
    process = run.processes[lane]
    killed = dice.random() < 0.25
    with run.windows.open(process.name, loses=killed):
        process.send(signal.SIGSTOP)
        time.sleep(dice.uniform(0.3, 4))
        if killed:
            process.kill()
            run.start(process)
        process.send(signal.SIGCONT)


def restart(run: Run, lane: str, dice: Random) -> None:
    """SIGTERM: it ends in order."""
    process = run.processes[lane]
    with run.windows.open(process.name, loses=True):
        run.stop(process)
        time.sleep(dice.choice([0.0, dice.uniform(0, 2)]))
        run.start(process)


def full_spool(run: Run, lane: str, dice: Random) -> None:
    """No room for another block in the spool."""
    _full(run, lane, dice, "spool")


def full_lake(run: Run, lane: str, dice: Random) -> None:
    """No room for another file in the lake."""
    _full(run, lane, dice, "lake")


def _full(run: Run, lane: str, dice: Random, name: str) -> None:
    """The disk NAME, for a while in which the process may be killed, too. Who gave up is started again."""
    process = run.processes[lane]
    killed = dice.random() < 0.3
    with run.windows.open(process.name, loses=killed):
        run.fill(name, dice.choice([0, 1, 20, 200]) << 10)
        time.sleep(dice.uniform(0.3, 4))
        if killed:
            process.kill()
            process.start()
            time.sleep(dice.uniform(0, 2))
        run.clear(name)
        run.await_ready(process)


def clock_back(run: Run, _: str, dice: Random) -> None:
    """The wall clock of all processes is an hour back for a while."""
    assert run.clock
    run.clock.move(-3600)
    time.sleep(dice.uniform(2, 10))
    run.clock.move(0)


def cut(run: Run, _: str, dice: Random) -> None:
    """The lines of one kind of sender are cut: somewhere in what is sent, or in the answer."""
    name = dice.choice(sorted(run.network.proxies))
    with run.windows.open(name, loses=True):
        after = dice.choice([0, 1, dice.randrange(100), dice.randrange(10_000)])
        run.network.cut(name, dice.choice([0, 1]), after, reset=dice.random() < 0.5)
        time.sleep(2)
        run.network.finish(name)
        time.sleep(0.1)


def stall(run: Run, _: str, dice: Random) -> None:
    """The lines of one kind of sender carry nothing for a while, and are cut then or not."""
    name = dice.choice(sorted(run.network.proxies))
    severed = dice.random() < 0.5
    with run.windows.open(name, loses=severed):
        run.network.stall(name)
        time.sleep(dice.uniform(0.5, 8))
        if severed:
            run.network.cut(name, 0, 0, reset=dice.random() < 0.5)
        run.network.go_on(name)
        time.sleep(0.1)


def wrong_token(run: Run, _: str, dice: Random) -> None:
    """As its name says."""
    run.problems += strangers.wrong_token(run.ports["http"], dice)


def wrong_certificate(run: Run, _: str, dice: Random) -> None:  # noqa: ARG001 - as all faults
    """As its name says."""
    assert run.certificates
    run.problems += strangers.wrong_certificate(run.ports["tls"], run.certificates)


def big_body(run: Run, _: str, dice: Random) -> None:
    """100 MB in one request."""
    run.problems += strangers.big_body(run.ports["http"], dice)


def endless_line(run: Run, _: str, dice: Random) -> None:
    """A sender that never ends its line."""
    run.problems += strangers.endless_line(run.ports["tcp"], dice)


def half_open(run: Run, _: str, dice: Random) -> None:
    """Thousands of connections that say nothing."""
    ports = [port for name, port in run.ports.items() if name != "udp"]
    run.problems += strangers.half_open(ports, dice, run.plan.half_open)


def delete_topic(run: Run, lane: str, dice: Random) -> None:
    """A topic is deleted after what was sent to it was read; the forwarder makes it anew."""
    forwarder, spool = run.processes[lane], Spool(run.root / "spool")
    sources = [name for name in spool.sources() if name in run.sources]
    run.stop(forwarder)
    source = dice.choice(sources)
    until = time.monotonic() + 30
    while not (read := run.committed(spool, source)) and time.monotonic() < until:
        time.sleep(0.2)
    if read:
        run.administer(lambda admin, settings: admin.delete_topics([settings.topic(source)]))
    run.start(forwarder)


def add_partition(run: Run, _: str, dice: Random) -> None:
    """A topic gets one more."""
    source = dice.choice([*run.sources, NAME])

    def add(admin: Any, settings: KafkaSettings) -> None:
        name = source if source == NAME else settings.topic(source)
        with Brokers(settings) as brokers:
            found = brokers.topics([name])
        if found:
            admin.create_partitions({name: found[name].partitions + 1})

    run.administer(add)


def compact(run: Run, _: str, dice: Random) -> None:
    """`sparhund compact` beside the writer, which may be killed."""
    run.beside("compact", ["compact"], dice)


def rederive(run: Run, _: str, dice: Random) -> None:
    """`sparhund rederive` of one source beside the writer, which may be killed."""
    run.beside("rederive", ["rederive", "--apply", "--source", dice.choice(run.sources)], dice)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is played, in which lane, and how often among its others. `needs`: what of `Run` it can't do without."""

    play: Callable[[Run, str, Random], None]
    lane: str
    weight: int
    needs: str = ""

    @property
    def name(self) -> str:
        """As the summary has it."""
        return f"{self.lane}: {self.play.__name__}"


FAULTS = (
    Fault(kill, "collector", 5),
    Fault(pause, "collector", 2),
    Fault(restart, "collector", 2),
    Fault(full_spool, "collector", 2, needs="spool"),
    Fault(kill, "writer", 5),
    Fault(pause, "writer", 2),
    Fault(restart, "writer", 1),
    Fault(full_lake, "writer", 2, needs="lake"),
    Fault(cut, "network", 5),
    Fault(stall, "network", 2),
    Fault(wrong_token, "strangers", 1),
    Fault(wrong_certificate, "strangers", 1, needs="certificates"),
    Fault(big_body, "strangers", 1),
    Fault(endless_line, "strangers", 1),
    Fault(half_open, "strangers", 1),
    Fault(compact, "beside", 1),
    Fault(rederive, "beside", 1),
    Fault(kill, "writer2", 5),
    Fault(pause, "writer2", 2),
    Fault(restart, "writer2", 2),
    Fault(kill, "forwarder", 5),
    Fault(pause, "forwarder", 2),
    Fault(restart, "forwarder", 1),
    Fault(delete_topic, "forwarder", 1),
    Fault(kill, "broker", 3),
    Fault(pause, "broker", 2),
    Fault(restart, "broker", 1),
    Fault(add_partition, "topics", 1),
    Fault(clock_back, "clock", 1, needs="clock"),
)
NAMES = sorted({fault.play.__name__ for fault in FAULTS})
