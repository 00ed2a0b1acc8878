# ruff: noqa: T201 - a bench prints
"""All benches, one table: `python -m tests.bench [RECORDS [FOLDER]]`. The figures mean something on two quiet cores.

The files that are read are made in FOLDER and kept there for the next run.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.bench import aged, full, lean, planning, questions

RECORDS = 300_000
EVENTS = 10_000_000  # of the questions' lake
COMMITS = 5_000  # of the aged lake; `python -m tests.bench.aged` makes all 100,000


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
    aged.main(folder / "aged", COMMITS)
    questions.main(EVENTS, folder / "questions")


if __name__ == "__main__":
    main()
