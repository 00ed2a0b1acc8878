# ruff: noqa: T201 - a bench prints
"""From a new record to the finding, by the commands as they run in production: `python -m tests.bench.finding FOLDER`.

FOLDER is one that `tests.bench.detect --folder` made: months of a municipality, all of it judged already. `sparhund
ingest --follow` reads a log that grows, `sparhund detect --follow` judges; each record is a rule that forwards another
employee's mail to outside, the day after the last. What counts is the time from its writing until a reader of the lake
sees the finding.
"""

import json
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from analytics.detect.findings import written
from analytics.detect.run import POSITION
from schemas.finding import RUN
from tests.bench.detect.arms import Arm

GOAL_S = 30
_EVERY_S = 45.0  # a record is waited for so long before the next is written
_SPARHUND = [sys.executable, "-W", "ignore", "-m", "dashboards.cli"]


def main(folder: Path, records: int = 10) -> None:
    """Print how long each took, and the middle and the longest beside the goal."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        arm = Arm(folder / "town", Path(made) / "arm")
        day = _judged_already(arm)
        log = arm.home.root.parent / "logs" / "m365" / "new.json"
        log.parent.mkdir(parents=True)
        log.touch()
        accounts = pacsv.read_csv(arm.home.root.parent / "people" / "accounts.csv")["account"].to_pylist()
        mailboxes = [name for name in accounts if "@" in name]
        with _following(log.parents[2] / "settings.toml"):
            took = [_one(arm, log, mailboxes[number * 7], day, number) for number in range(records)]
    p50, most = np.median(took), max(took)
    print(f"from record to finding: {records} records, p50 {p50:.1f} s, most {most:.1f} s (goal {GOAL_S})")


def _judged_already(arm: Arm) -> datetime:
    """Give ARM's lake all the town's events, as if runs had looked at them; the midnight after the last."""
    arm.give(arm.days)
    runs, to_batch = arm.lake.table("runs"), len(arm.days)
    row = dict.fromkeys(("run", "from_batch", "seconds", "events", "accesses", "explained", "findings"), 0)
    now = datetime.now(UTC)
    row |= {"run": 1, "started": now, "to_batch": to_batch, "first": now, "last": now, "rested": []}
    file = runs.write(pa.Table.from_pylist([row], RUN))
    runs.commit([file], expect={POSITION: None}, positions={POSITION: to_batch})
    last = arm.days[-1]
    return datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)


@contextmanager
def _following(config: Path) -> Iterator[None]:
    running = [
        subprocess.Popen([*_SPARHUND, *words, "--follow", "--config", str(config)], stderr=subprocess.DEVNULL)
        for words in (["ingest"], ["detect", "--most", "0"])
    ]
    try:
        time.sleep(30)  # they begin
        yield
    finally:
        for process in running:
            process.terminate()
            process.wait(120)


def _one(arm: Arm, log: Path, mailbox: str, day: datetime, number: int) -> float:
    """Seconds until there is a finding about MAILBOX."""
    record = {
        "CreationTime": f"{day + timedelta(hours=9, minutes=number):%Y-%m-%dT%H:%M:%S}",
        "Id": str(uuid.uuid4()),
        "Operation": "New-InboxRule",
        "RecordType": 1,
        "ResultStatus": "True",
        "UserType": 2,
        "Workload": "Exchange",
        "ClientIP": "192.0.2.10:44312",
        "UserId": mailbox,
        "Parameters": [{"Name": "ForwardTo", "Value": "privat@post.example"}],
    }
    began = time.monotonic()
    with log.open("a") as file:
        file.write(json.dumps(record) + "\n")
    findings = arm.lake.table("findings")
    seen = -1
    while True:
        findings.refresh()  # a look at one name, so that the wait takes nothing from those who work
        if findings.version != seen:
            seen = findings.version
            if mailbox in written(arm.lake, "findings")["actor_account"].to_pylist():
                break
        if time.monotonic() - began > 10 * GOAL_S:
            raise SystemExit(f"no finding within {10 * GOAL_S} s")
        time.sleep(0.2)
    took = time.monotonic() - began
    print(f"  {took:.1f} s", flush=True)
    time.sleep(max(0.0, _EVERY_S - took))
    return took


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(text) for text in sys.argv[2:3]))
