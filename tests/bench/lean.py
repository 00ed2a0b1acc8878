# ruff: noqa: T201 - a bench prints
"""Lean: the same few fields from the same file as Tenzir, raw file to committed lake with its evidence.

Nothing else is loaded: no people, register or key. The mappings and Tenzir's pipelines lie in `lean/`. Tenzir writes
one zstd Parquet file, without evidence and without a log; the time that it takes to start is taken off.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from ingest.mapping import mappings
from ingest.normalise import NOTHING
from schemas.sqlfile import SqlFile
from tests.bench.lake import into_lake
from tests.bench.measure import Run, timed
from tests.bench.records import LOGS

FOLDER = Path(__file__).with_name("lean")
# Bench, its log, and the decoder that its records come through.
BENCHES = {"json": ("m365.json", "ndjson"), "syslog": ("sshd.log", "lines"), "cef": ("cef-4.log", "lines")}
BENCHES |= {"web": ("web.log", "lines")}


def main(folder: Path, count: int) -> None:
    """Each bench in records and MB a second, with its peer."""
    peer = shutil.which("tenzir") or shutil.which("tenzir", path=str(Path(sys.executable).parent))
    for name, (log, decoder) in BENCHES.items():
        raw = LOGS[log].file(folder, count)
        sql = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
        header = {"decoders": decoder} | ({"strict": "from_json"} if decoder == "ndjson" else {})
        lean = SqlFile("mapping", f"lean_{name}", FOLDER / f"{name}.sql", header, (), sql, ())
        mappings()[lean.name] = lean
        into_lake(LOGS[log].file(folder, 1000), 1000, lean.name, NOTHING)  # what is loaded once is loaded
        ours = into_lake(raw, count, lean.name, NOTHING)
        theirs = _tenzir(peer, name, raw, count) if peer else None
        print(ours.row(f"lean {name}", f"{ours.per_s / theirs.per_s:.1f} x Tenzir" if theirs else ""), flush=True)
        print(theirs.row(f"  Tenzir {name}") if theirs else "  Tenzir isn't installed: see requirements-bench.lock")


def _tenzir(program: str, name: str, raw: Path, count: int) -> Run:
    """Tenzir's run over RAW, without its start."""
    out, nothing = raw.with_suffix(".parquet"), raw.with_name("nothing")
    with raw.open(encoding="utf-8") as whole:
        nothing.write_text(whole.readline(), encoding="utf-8")
    runs = []
    for given in (nothing, raw):
        with timed(count, raw.stat().st_size) as run:
            subprocess.run(
                [program, "-f", str(FOLDER / f"{name}.tql")],
                env={**os.environ, "BENCH_IN": str(given), "BENCH_OUT": str(out)},
                check=True,
                capture_output=True,
            )
        runs.append(run)
    rows = pq.read_table(out)
    if rows.num_rows != count or any(column.null_count == count for column in rows.columns):
        raise SystemExit(f"Tenzir {name}: {rows.num_rows} rows of {count}, or an empty column")
    start, whole_run = runs
    whole_run.wall_s -= start.wall_s
    whole_run.processor_s -= start.processor_s
    return whole_run
