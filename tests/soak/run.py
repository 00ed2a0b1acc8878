"""The stages of a soak: the lake lives, and answers after each; at last it commits and answers beside a young one."""

import json
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import duckdb

from ingest.lake import TABLES, Lake
from ingest.opening import open_writer
from schemas import settings
from tests.soak import asking, town
from tests.soak.asking import Asked
from tests.soak.facts import Fact, Plan, Truth, facts
from tests.soak.life import batch

KILLED = -9
BOUND = 2  # so many times slower than a young lake may an aged one be
BESIDE = 240  # writes of the comparison with a young lake
_COUNTS = """
SELECT source, count(*) FILTER (kind = 'event'), count(*) FILTER (kind = 'reject'), count(*) FILTER (kind = 'repeat'),
       count(*) FILTER (kind = 'gap'), count(DISTINCT (shard, position)) FILTER (kind <> 'gap'),
       count(*) FILTER (kind <> 'gap')
FROM {rows} GROUP BY source
"""


class Soak:
    """One soak in FOLDER, which is made anew. `faults` are what differed from the truth.

    SAMPLE questions are asked after each stage, all of them ROUNDS times at the end. RESUME: go on where a soak of the
    same plan was stopped.
    """

    def __init__(
        self, folder: Path, plan: Plan, *, crashes: int, sample: int = 6, rounds: int = 3, resume: bool = False
    ) -> None:
        self.folder = folder
        self.plan = plan
        self.sample, self.rounds = sample, rounds
        self.faults: list[str] = []
        self.killed = 0
        written = json.dumps(asdict(self.plan))
        if resume:
            if (folder / "plan.json").read_text() != written:
                raise SystemExit(f"{folder}: is a soak of another plan")
            return
        if folder.exists() and any(folder.iterdir()) and not (folder / "plan.json").exists():
            raise SystemExit(f"{folder}: holds something that no soak made")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "plan.json").write_text(written)
        rng = random.Random(plan.seed)
        # Half of them amid a day, half where a day is closed and compacted; and two while events are computed again.
        amid = [rng.randrange(plan.writes) for _ in range(crashes // 2)]
        closing = [self.plan.first(rng.randrange(1, plan.days)) for _ in range(crashes - crashes // 2)]
        (folder / "crashes.json").write_text(json.dumps([*amid, *closing, *(-stage[0] for stage in self._stages())]))

    def run(self) -> Iterator[str]:
        """All of it."""
        yield from self.live()
        yield from self.compare()

    def live(self) -> Iterator[str]:
        """Age the lake, and ask after each stage. Shape: lines of what was done and found."""
        began = time.perf_counter()
        for until, job, wrong, corrected in self._stages():
            held = self.folder / f"held-{until}.json"
            if held.exists():
                self.faults += json.loads(held.read_text())
                continue
            town.write(self.folder / "town", wrong=wrong, corrected=corrected)
            self._live(until, job)
            last = until == self.plan.days
            truth = self.truth(until)
            asked = list(asking.drawn(truth, self.plan, self.rounds if last else 1, f"{self.plan.seed}/{until}"))
            sample = asked if last else random.Random(until).sample(asked, self.sample)
            found = self._held(truth, sample, corrected=corrected)
            yield (
                f"day {until}: {job or 'lived'}, {len(truth.events)} events, {self.killed} crashes,"
                f" {self._commits()} commits, {len(sample)} answers, {len(found)} faults,"
                f" {time.perf_counter() - began:.0f} s"
            )
            self.faults += found
            held.write_text(json.dumps(found))
            yield from found

    def compare(self) -> Iterator[str]:
        """The lake beside a young one. Shape: lines of how long each takes."""
        yield self._times()
        yield from self._beside(list(asking.drawn(self.truth(self.plan.days), self.plan, 1, "beside")))

    def truth(self, until: int) -> Truth:
        """What must stand in the lake on the day UNTIL."""
        return Truth(self.plan, self.plan.first(until), town.tokens())

    def _stages(self) -> list[tuple[int, str, bool, bool]]:
        """Until which day, what is computed again first, whether the mapping is wrong, the register corrected."""
        plan = self.plan
        return [
            (plan.grown, "", False, False),
            (plan.wrong[0], "", False, False),
            (plan.wrong[1], "", True, False),
            (plan.wrong[1] + 1, "mend", False, False),
            (plan.corrected, "", False, False),
            (plan.corrected + 1, "correct", False, True),
            (plan.days, "", False, True),
        ]

    def _live(self, until: int, job: str) -> None:
        """Let a process write until that day, as often as it is killed."""
        while True:
            done = subprocess.run(
                [sys.executable, "-m", "tests.soak.life", str(self.folder), str(until), job], check=False
            )
            if done.returncode != KILLED:
                done.check_returncode()
                return
            self.killed += 1

    def _held(self, truth: Truth, asked: list[Asked], *, corrected: bool) -> list[str]:
        """What the lake holds and answers otherwise than the truth."""
        found = []
        rows = Lake.open(self._root).table("normalised").scan()
        counts = {name: tuple(count) for name, *count in duckdb.connect().execute(_COUNTS.format(rows=rows)).fetchall()}
        wanted = {name: (*count, sum(count[:3]), sum(count[:3])) for name, count in truth.counts().items()}
        if counts != wanted:
            found.append(f"rows: {counts}, want {wanted}")
        raw = {(fact.source, fact.shard, fact.position): fact.raw for fact in truth.facts}
        sql = f"SELECT source, shard, position, record FROM {Lake.open(self._root).table('evidence').scan()}"
        kept = duckdb.connect().execute(sql).fetchall()
        if len(kept) != len(raw) or any(raw.get(tuple(place)) != record for *place, record in kept):
            found.append(f"evidence: {len(kept)} records, want {len(raw)}, or other bytes")
        config, known = settings.load(self._config), asking.known(truth, corrected=corrected)
        return found + [
            fault for one in asked if (fault := asking.differs(one, asking.answered(one, self._root, config)[0], known))
        ]

    def _beside(self, asked: list[Asked]) -> Iterator[str]:
        """Commits and answers of the aged lake and of a young one that holds the same records, in turns."""
        config = settings.load(self._config)
        young = self.folder / "young"
        fresh = open_writer(config, young, [])
        for first in range(0, self.plan.writes, 500):
            these = [batch(fresh, facts(self.plan, n)) for n in range(first, min(first + 500, self.plan.writes))]
            fresh.write(these)
        answers: dict[Path, list[float]] = {self._root: [], young: []}
        for one in asked:
            for root, times in answers.items():
                times.append(min(asking.answered(one, root, config)[1] for _ in range(3)))
        yield self._ratio("answers, aged and as young with the same records", answers[self._root], answers[young])
        empty = self.folder / "empty"
        lived = {self._root: open_writer(config, self._root, []), empty: open_writer(config, empty, [])}
        commits: dict[Path, list[float]] = {root: [] for root in lived}
        last = range(max(0, self.plan.writes - BESIDE), self.plan.writes)
        for these in _again([facts(self.plan, write) for write in last]):
            for root, writer in lived.items():
                made = batch(writer, these)
                began = time.perf_counter()
                writer.write([made])
                commits[root].append(time.perf_counter() - began)
        yield self._ratio("writes of two commits, aged and young", commits[self._root][10:], commits[empty][10:])

    def _ratio(self, what: str, aged: list[float], young: list[float]) -> str:
        old, new = (statistics.median(times) * 1000 for times in (aged, young))
        said = f"{what}: {old:.0f} and {new:.0f} ms, {old / new:.2f} x"
        if old > BOUND * new:
            self.faults.append(said)
        return said

    def _times(self) -> str:
        """Of the life itself: how long a write took at its beginning and its end."""
        rows = [line.split(",") for line in (self.folder / "times.csv").read_text().splitlines()]
        some = max(1, min(1000, len(rows) // 10))
        wall, busy = ([float(row[place]) * 1000 for row in rows] for place in (1, 2))
        parts = [f"{statistics.median(of[:some]):.0f} → {statistics.median(of[-some:]):.0f} ms" for of in (wall, busy)]
        return f"a write of two commits: {parts[0]}, processor {parts[1]} (first and last {some} of {len(rows)})"

    def _commits(self) -> int:
        lake = Lake.open(self._root)
        return sum(lake.table(name).version for name in TABLES)

    @property
    def _root(self) -> Path:
        return self.folder / "lake"

    @property
    def _config(self) -> Path:
        return self.folder / "town" / "settings.toml"


def _again(writes: list[list[Fact]]) -> list[list[Fact]]:
    """The records of WRITES, once more, in shards of their own."""
    ends: dict[str, int] = {}
    for these in writes:
        for fact in these:
            fact.shard, fact.position = f"{fact.source}-again", ends.get(fact.source, 0)
            ends[fact.source] = fact.position + 1
    return writes
