"""A made-up municipality, read in and judged, for everything that shows it. Made once for all workers of a test run."""

import fcntl
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from dashboards.cli import cli
from ingest.simulator.simulation import simulate

PEOPLE, DAYS, SEED = 120, 4, 1


def town(base: Path) -> Path:
    """The folder of a judged municipality of our own: a copy, so that what a test does to it is seen by no other.

    BASE is a folder of this worker; the municipality is made where all workers of the run see it, by the first of them.
    """
    common = base.parent if base.name.startswith("popen-") else base
    shared = common / "town"
    with (common / "town.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "ready").exists():
            shutil.rmtree(shared, ignore_errors=True)
            _make(shared)
            (shared / "ready").touch()
    mine = base / f"town-{os.getpid()}-{datetime.now(UTC).timestamp()}"
    shutil.copytree(shared, mine)
    return mine


def _make(folder: Path) -> None:
    simulate(folder, people=PEOPLE, days=DAYS, seed=SEED)
    config = str(folder / "settings.toml")
    for words in (["ingest", "--config", config], ["detect", "--config", config]):
        code = CliRunner().invoke(cli, words, catch_exceptions=False).exit_code
        assert code in {0, 1}, words  # 1: some records could not be read, as they should
