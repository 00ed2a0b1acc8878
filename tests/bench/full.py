# ruff: noqa: T201 - a bench prints
"""The full path: every column, details, people, classes and tokens, raw file to committed lake with its evidence."""

from pathlib import Path

from tests.bench.knowledge import knowledge
from tests.bench.lake import into_lake
from tests.bench.records import LOGS

# Log and the records a second that it is to reach on two cores of its own.
GOALS = {"web.log": 100_000, "m365.json": 80_000, "cef.log": 50_000, "security.evtx": 20_000}


def main(folder: Path, count: int) -> None:
    """Each log in records and MB a second, beside its goal."""
    known = knowledge()
    for name, goal in GOALS.items():
        log = LOGS[name]
        into_lake(log.file(folder, 1000), 1000, log.mapping, known)  # what is loaded once is loaded
        run = into_lake(log.file(folder, count), count, log.mapping, known)
        print(run.row(f"full {name}", f"goal {goal:,}/s"), flush=True)
