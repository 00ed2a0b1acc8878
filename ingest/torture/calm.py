"""A lake into which the same records came without faults: what a run must have made of them."""

import subprocess
from pathlib import Path

from ingest.lake import Lake, engine
from ingest.spool import Delivery, Spool
from ingest.torture.run import Run

_RECORDS = 5_000  # at a time


def calm(run: Run) -> Path | None:
    """Make it, from the evidence; None, and a problem, if that went wrong."""
    folder = run.plan.folder / "calm"
    folder.mkdir()
    config = folder / "sparhund.toml"
    sources = run.config.read_text(encoding="utf-8").partition("[collect.")[0].splitlines()
    kept = [line for line in sources if not line.startswith("paths")]
    config.write_text("\n".join(kept).replace('"identity.key"', '"../identity.key"'), encoding="utf-8")
    spool = Spool(folder / "lake" / "spool")
    connection = engine()
    evidence = Lake.open(run.root).table("evidence").scan()
    for source in run.sources:
        found = connection.sql(f"SELECT record FROM {evidence} WHERE source = $1", params=[source])
        for batch in found.to_arrow_reader(_RECORDS):
            spool.append(source, Delivery(records=batch["record"].to_pylist()))
    connection.close()
    done = subprocess.run([*run.plan.command, "ingest", "--config", str(config)], capture_output=True, check=False)
    if done.returncode not in {0, 1}:  # 1: pieces of records are rejects
        run.problems.append(f"the calm run ended with {done.returncode}: {done.stderr[-500:].decode()}")
        return None
    return folder / "lake"
