import json
import os
import subprocess
import sys
import time

import pytest

from dashboards.cli.torture import COMMAND
from ingest.torture.clock import Clock

MINUTES = "0.75"
PATIENCE_S = 900  # on a machine that does much else


@pytest.mark.program("cc")
@pytest.mark.program("mount")
@pytest.mark.program("openssl")
@pytest.mark.program("promtool")
@pytest.mark.parametrize(
    "way", [(), pytest.param(("--kafka", "kafka-python"), marks=pytest.mark.program("mvn"))], ids=["spool", "kafka"]
)
def test_torture_loses_nothing_and_stores_nothing_twice(tmp_path, way):
    seed = os.environ.get("SEED", "26")
    words = ["torture", "--json", "--minutes", MINUTES, "--seed", seed, "--half-open", "1000", "--folder", tmp_path]
    with subprocess.Popen(
        [*COMMAND, *words, *way], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            summary, said = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.terminate()  # so that it ends its own
            raise
    assert process.returncode == 0, summary + said
    outcome = json.loads(summary)
    assert outcome["faults"] == outcome["not_played"] == []
    assert outcome["killed"]
    # What is never answered may be lost whole, and a broker may be away for most of so short a time.
    assert all(row["accepted"] for row in outcome["sources"] if row["promise"] != "unsaid" and row["source"] != "topic")


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
