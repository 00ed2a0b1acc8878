"""A run from its begin to its verdict: senders and faults side by side, then everything is emptied and compared."""

import shutil
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ingest.torture import certificates as certificates_of
from ingest.torture.balance import TOOL, can_be_judged
from ingest.torture.calm import calm
from ingest.torture.cast import ANSWERED, CAST, COLLECTORS, settings
from ingest.torture.cast import senders as senders_of
from ingest.torture.clock import Clock
from ingest.torture.disk import disk
from ingest.torture.faults import FAULTS, Fault
from ingest.torture.pipeline import Pipeline, pipeline
from ingest.torture.ports import free_ports
from ingest.torture.proxy import Network
from ingest.torture.records import Pool, pools
from ingest.torture.run import Plan, Run
from ingest.torture.sender import Sender
from ingest.torture.verdict import judge

_LAKE_BYTES, _SPOOL_BYTES = 4 << 30, 256 << 20
_PROXIED = ("http", "bulk", "relp", "tcp", "tls")
_FAULTS_A_SECOND = 0.4  # in each lane, besides what a fault itself takes
_SELDOM = {"strangers": 0.15, "beside": 0.1, "clock": 0.1, "topics": 0.05}
_COMMIT_S = 15.0  # until a writer must have committed something, or is not waited for
_NEVER = ("Traceback", "is damaged", "incident", "panicked")  # words of our programs' output


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a run came to. It is good if there are no `faults`."""

    seed: int
    seconds: float
    pipeline: str
    killed: dict[str, int]
    played: dict[str, int]
    not_played: list[str]
    gave_up: dict[str, int]
    peak_mib: dict[str, int]
    commits: int
    sources: list[dict[str, Any]]
    torn: int
    slowest_answer_s: float
    faults: list[str] = field(default_factory=list)


def play(plan: Plan, tell: Callable[[str], object] = lambda _: None) -> Outcome:
    """Play PLAN in its folder. TELL hears now and then how it goes."""
    folder = plan.folder
    for name in ("truth", "out"):
        (folder / name).mkdir(parents=True)
    made = pools(folder / "town", plan.seed)
    with ExitStack() as held:
        disks = {"lake": held.enter_context(disk(folder / "lake", _LAKE_BYTES))}
        disks["spool"] = held.enter_context(disk(folder / "lake" / "spool", _SPOOL_BYTES))
        secure, clock = folder / "certificates", Clock.make(folder)
        ports = free_ports(COLLECTORS)
        network = held.enter_context(Network({name: ports[name] for name in _PROXIED}))
        run = Run(
            plan=plan,
            config=folder / "sparhund.toml",
            root=folder / "lake",
            network=network,
            ports=ports,
            certificates=secure if certificates_of.make(secure, clock) else None,
            clock=clock,
            disks={name: each for name, each in disks.items() if each},
            sources=list(CAST),
        )
        if run.certificates is None:
            ports.pop("tls")
        way = pipeline(plan.client)
        held.callback(run.end)
        run.config.write_text(settings(made, ports) + way.settings(run), encoding="utf-8")
        chosen = [
            fault for fault in FAULTS if fault.lane in way.lanes and (not plan.only or fault.play.__name__ in plan.only)
        ]
        absent = [fault.name for fault in chosen if fault.needs and not getattr(run, fault.needs)]
        if not can_be_judged():
            absent.append(f"the balance of metrics, which needs {TOOL}")
        for name in absent:
            tell(f"!!! NOT PLAYED here: {name}")
        senders = senders_of(run, made)
        began = time.monotonic()
        way.begin(run)
        for sender in senders:
            sender.start()
        with _lanes(run, [fault for fault in chosen if fault.name not in absent]):
            _wait(run, senders, tell)
        return _end(run, way, senders, made, absent, began)


def _wait(run: Run, senders: list[Sender], tell: Callable[[str], object]) -> None:
    """Until the time is over or enough was killed. A lane that failed ends it."""
    until = time.monotonic() + run.plan.seconds
    told, seen = time.monotonic(), 0
    while time.monotonic() < until and (run.plan.kills is None or run.killed < run.plan.kills):
        if run.stopped.wait(0.2):
            return
        if time.monotonic() - told > 10:
            told = time.monotonic()
            accepted, problems = sum(sender.task.truth.accepted for sender in senders), list(run.problems)
            tell(
                f"{until - told:.0f} s left: {accepted} records accepted, {run.killed} kills, {len(problems)} problems"
            )
            for problem in problems[seen:]:  # whoever watches half an hour wants to look while it lies there
                tell(problem)
            seen = len(problems)


def _end(
    run: Run,
    way: Pipeline,
    senders: list[Sender],
    made: dict[str, Pool],
    absent: list[str],
    began: float,
) -> Outcome:
    """Empty everything, and compare."""
    for sender in senders:
        sender.stop()
    for sender in senders:
        sender.join()
        run.problems += [f"{sender.name}: {problem}" for problem in sender.problems]
        run.accepted[sender.name] = sender.task.truth.accepted
    for process in run.processes.values():
        process.measure()
    way.drain(run)
    seconds = time.monotonic() - began
    run.windows.write(run.plan.folder / "out" / "windows")
    truth = sorted((run.plan.folder / "truth").glob("*.csv"))
    by_source = {name: made[part.log] for name, part in CAST.items()}
    verdict = judge(run.root, truth, run.windows, by_source, ANSWERED, calm(run))
    faults = [*run.problems, *verdict.faults, *_said(run)]
    if faults:  # what is on the small disks is gone when they are, and what is only printed may be too
        (run.plan.folder / "out" / "faults").write_text("\n".join(faults) + "\n", encoding="utf-8")
        shutil.copytree(run.root, run.plan.folder / "kept", ignore_dangling_symlinks=True)
    return Outcome(
        seed=run.plan.seed,
        seconds=round(seconds, 1),
        pipeline=way.name,
        killed={process.name: process.killed for process in run.processes.values() if process.killed},
        played=dict(sorted(run.played.items())),
        not_played=absent,
        gave_up=dict(run.gave_up),
        peak_mib={process.name: process.peak_bytes >> 20 for process in run.processes.values()},
        commits=run.commits(),
        sources=verdict.sources,
        torn=verdict.torn,
        slowest_answer_s=round(max(sender.longest_s for sender in senders), 2),
        faults=faults,
    )


def _said(run: Run) -> list[str]:
    """What our programs said that they never should."""
    found = []
    for process in run.processes.values():
        text = process.log.read_text(encoding="utf-8", errors="replace") if process.log.exists() else ""
        found += [
            f"{process.name}: its output holds {word!r}: see {process.log.name}" for word in _NEVER if word in text
        ]
    return found


@contextmanager
def _lanes(run: Run, faults: Sequence[Fault]) -> Iterator[None]:
    """Play FAULTS, each lane in a thread of its own, while the block runs; whatever they did is undone then."""
    lanes = {fault.lane: [each for each in faults if each.lane == fault.lane] for fault in faults}
    threads = [threading.Thread(target=_lane, args=(run, *lane), name=lane[0]) for lane in lanes.items()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        run.stopped.set()
        for thread in threads:
            thread.join()


def _lane(run: Run, name: str, faults: Sequence[Fault]) -> None:
    dice = Random(f"{run.plan.seed}/{name}")
    try:
        while not run.stopped.is_set():
            _await_moment(run, name, dice)
            if run.stopped.is_set():
                break
            (fault,) = dice.choices(faults, [each.weight for each in faults])
            run.note(fault.name)
            fault.play(run, name, dice)
    except Exception:  # noqa: BLE001 - told at the end
        run.problems.append(f"torture itself failed in lane {name}: {traceback.format_exc()}")
        run.stopped.set()
    finally:
        if process := run.processes.get(name):
            run.revive(process)


def _await_moment(run: Run, name: str, dice: Random) -> None:
    """Wait until it is worth it: a process has done something since the last fault, and goes on for a while."""
    process = run.processes.get(name)
    if process:
        run.revive(process)
    if name.startswith("writer"):
        before, until = run.commits(), time.monotonic() + _COMMIT_S
        while run.commits() == before and time.monotonic() < until and not run.stopped.wait(0.05):
            if process and process.ended is not None:
                break
    run.stopped.wait(min(30.0, dice.expovariate(_SELDOM.get(name, _FAULTS_A_SECOND))))
    if process:
        run.revive(process)
