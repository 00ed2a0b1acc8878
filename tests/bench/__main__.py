# ruff: noqa: T201 - a bench prints
"""All benches, one table: `python -m tests.bench [RECORDS [FOLDER]]`. The figures mean something on two quiet cores.

The files that are read are made in FOLDER and kept there for the next run.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.bench import full, lean, planning, questions
from tests.soak.facts import Plan
from tests.soak.run import Soak

RECORDS = 300_000
EVENTS = 10_000_000  # of the questions' lake
AGED = Plan(writes=2_500, days=50, seed=1)  # the life of the aged lake; `make soak` makes 400 days and 100,000 commits


def main() -> None:
    """Run them all."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    given = sys.argv[2] if len(sys.argv) > 2 else f"{tempfile.gettempdir()}/sparhund-bench"
    folder = Path(given)
    (folder / "questions").mkdir(parents=True, exist_ok=True)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the benches began")
    planning.main()
    lean.main(folder, count)
    full.main(folder, count)
    for line in Soak(folder / "soak", AGED, crashes=5).run():
        print(f"aged: {line}", flush=True)
    questions.main(EVENTS, folder / "questions")


if __name__ == "__main__":
    main()
