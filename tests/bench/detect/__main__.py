# ruff: noqa: T201 - a bench prints
"""How well detection finds planted misuse in a made-up municipality: `python -m tests.bench.detect [--people 500 …]`.

A town is made of the seed (`ingest.simulator.benchmark`) and judged by the product, by the product without each context
table, by its rules alone, and by two outlier detectors; a second town has no misuse. See docs/benchmark.md.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from ingest.simulator import benchmark
from schemas.tables import CONTEXT
from tests.bench.detect import arms, peers, report
from tests.bench.detect.arms import Arm
from tests.bench.detect.score import Score, budgets, scored
from tests.bench.detect.truth import Truth, read

BUDGET = 20.0  # items for each 1,000 staff and month
_QUIET_DAYS = 60


def main(words: list[str] | None = None) -> dict[str, Score]:
    """Make, judge, print; the score of each way."""
    wanted = _arguments().parse_args(words)
    folder = Path(wanted.folder or tempfile.mkdtemp(prefix="sparhund-bench-detect-"))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; seed {wanted.seed}; {folder}", flush=True)
    town = _town(folder / "town", wanted.seed, wanted.people, wanted.days, wanted.incidents)
    truth = read(town)
    budget = budgets(wanted.budget, wanted.people, benchmark.FIRST_DAY, wanted.days)
    print(f"{len(truth.incidents)} incidents of {len(truth.of_event):,} misuse events")
    print(f"budget: {sum(budget.values())} items")
    scores = _Told()
    with _timed("sparhund"):
        judged = Arm(town, folder / "arm").judge(truth, wanted.step)
    scores["sparhund"] = scored(arms.items(judged.findings, truth, arms.by_risk), truth, budget)
    scores["sparhund, by employee"] = scored(arms.by_employee(judged.findings, truth), truth, budget)
    print(*report.explained(judged, truth), "", *report.missed(scores["sparhund"]), "", sep="\n", flush=True)
    with _timed("rules alone"):
        alone = Arm(town, folder / "arm").judge(truth, wanted.days, explain=False)
    scores["rules alone"] = scored(arms.items(alone.findings, truth, arms.by_severity), truth, budget)
    if wanted.pyod:
        with _timed("PyOD"):
            days = peers.features(town, truth)
            for model, items in peers.items(days, truth, wanted.pyod, folder).items():
                scores[model] = scored(items, truth, budget)
    main_scores = dict(scores)
    for name in _without(wanted.without):
        with _timed(f"without {name}"):
            less = Arm(town, folder / "arm", without=name).judge(truth, wanted.days)
        scores[f"without {name}"] = scored(arms.items(less.findings, truth, arms.by_risk), truth, budget)
        share = less.explained.total() / max(1, less.accesses.total())
        print(f"  without {name}: explained {share:.2%}", flush=True)
    print("", *report.ways(scores), "", *report.scenarios(main_scores), sep="\n")
    if wanted.quiet:
        _quiet(folder, wanted.seed, wanted.people, min(wanted.days, _QUIET_DAYS))
    return scores


class _Told(dict[str, Score]):
    """Scores that are told as they come: of a whole town one takes half an hour, and the next may fail."""

    def __setitem__(self, way: str, score: Score) -> None:
        super().__setitem__(way, score)
        print(*report.ways({way: score}), "", sep="\n", flush=True)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench-detect", description=__doc__)
    parser.add_argument("--people", type=int, default=benchmark.PEOPLE)
    parser.add_argument("--days", type=int, default=benchmark.DAYS)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)), help="by default another each time")
    parser.add_argument("--incidents", type=int, help="how many are planted; by default as many as fit the size")
    parser.add_argument("--budget", type=float, default=BUDGET, help="items for each 1,000 staff and month")
    parser.add_argument("--step", type=int, default=30, help="days between two runs of detection")
    parser.add_argument("--without", default="all", help="context tables to take away: all, none, or names with commas")
    parser.add_argument("--pyod", default=os.environ.get("BENCH_PYOD", ""), help="a Python that has PyOD")
    parser.add_argument("--no-quiet", dest="quiet", action="store_false", help="leave the quiet town out")
    parser.add_argument(
        "--folder", help="where to make it; a town of the same size and seed is taken as it stands there"
    )
    return parser


def _town(out: Path, seed: int, people: int, days: int, incidents: int | None) -> Path:
    """The town, made in OUT where another one or none stands."""
    mark = out / "made.txt"
    said = f"seed {seed} people {people} days {days} incidents {incidents}\n"
    if not mark.exists() or mark.read_text() != said:
        shutil.rmtree(out, ignore_errors=True)
        with _timed("made"):
            made = benchmark.make(out, seed=seed, people=people, days=days, incidents=incidents)
        print(f"{made.events:,} events of {made.people:,} people in {made.days} days")
        mark.write_text(said)
    return out


def _without(words: str) -> list[str]:
    names = [table.name for table in CONTEXT]
    return names if words == "all" else [] if words == "none" else words.split(",")


def _quiet(folder: Path, seed: int, people: int, days: int) -> None:
    """A month without misuse: what is raised then is raised in vain."""
    town = _town(folder / "quiet", seed + 1, people, days, 0)
    judged = Arm(town, folder / "arm").judge(Truth((), {}), days)
    months = Counter(judged.findings["month"].to_pylist())
    severe: Counter[str] = Counter()
    for month, severity in zip(
        judged.findings["month"].to_pylist(), judged.findings["severity"].to_pylist(), strict=True
    ):
        severe[month] += severity in ("high", "critical")
    handed = Counter(item.month for item in arms.by_employee(judged.findings, Truth((), {})) if item.handed)
    print(
        "\nwithout any misuse: findings raised (high and critical) by month, per 1,000 staff, and employees to look at"
    )
    for month, count in sorted(months.items()):
        print(f"  {month}{count:>7} ({severe[month]}){count / people * 1000:>9.1f}{handed[month]:>6}")
    print(
        f"  in all {judged.findings.num_rows}: {dict(Counter(judged.findings['detection'].to_pylist()).most_common())}"
    )


class _timed:  # noqa: N801 - reads as a verb
    """Prints how long something took, wall and processor time."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        self.began = (time.monotonic(), time.process_time())

    def __exit__(self, *_: object) -> None:
        wall, cpu = time.monotonic() - self.began[0], time.process_time() - self.began[1]
        print(f"{self.what}: {wall:.0f} s ({cpu:.0f} s of a core)", flush=True)


if __name__ == "__main__":
    main()
