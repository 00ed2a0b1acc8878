import os
import subprocess
import sys
import time

import pytest

from dashboards.cli.torture import COMMAND
from ingest.torture.clock import Clock
from ingest.torture.play import play
from ingest.torture.run import Plan

SECONDS = 60


@pytest.mark.program("cc")
@pytest.mark.program("mount")
@pytest.mark.program("openssl")
def test_a_minute_of_torture_loses_nothing_and_stores_nothing_twice(tmp_path):
    seed = int.from_bytes(os.urandom(4))
    outcome = play(Plan(command=COMMAND, folder=tmp_path, seed=seed, seconds=SECONDS, half_open=1000))
    assert outcome.faults == [], f"sparhund torture --seed {seed}"
    assert outcome.not_played == []
    assert sum(outcome.killed.values()) > 0
    assert all(row["stored"] for row in outcome.sources), outcome


@pytest.mark.program("cc")
def test_a_process_goes_by_the_clock_that_is_moved_while_it_runs_and_sleeps_all_the_same(tmp_path):
    clock = Clock.make(tmp_path)
    clock.move(-3600)
    code = "import time; print(time.time(), flush=True); input(); time.sleep(0.1); print(time.time())"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **clock.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        before = float(process.stdout.readline())
        clock.move(0)
        after = float(process.communicate("\n")[0])
    assert abs(time.time() - 3600 - before) < 600
    assert abs(time.time() - after) < 600
