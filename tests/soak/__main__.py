# ruff: noqa: T201 - it prints what it finds
"""Age a lake and hold it to the truth: python -m tests.soak [--commits N] [--folder DIR]. Exit 1: it differs."""

import argparse
import tempfile
from pathlib import Path

from tests.soak.facts import Plan
from tests.soak.run import Soak


def main() -> None:
    """Print a line for each stage, and what differs."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--commits", type=int, default=100_000, help="of the whole lake; each write makes two")
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "sparhund-soak")
    parser.add_argument("--crashes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="go on where the soak in the folder was stopped")
    given = parser.parse_args()
    soak = Soak(
        given.folder, Plan(given.commits // 2, given.days, given.seed), crashes=given.crashes, resume=given.resume
    )
    for line in soak.run():
        print(line, flush=True)
    raise SystemExit(1 if soak.faults else 0)


if __name__ == "__main__":
    main()
