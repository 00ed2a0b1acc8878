"""A raw file into a new lake, through the writer that production uses."""

import shutil
from pathlib import Path

from ingest.knowledge import Knowledge
from ingest.lake import Lake
from ingest.sources.files import ingest
from ingest.writer import Writer
from schemas.source import Source
from tests.bench.measure import Run, timed


def into_lake(raw: Path, records: int, mapping: str, knowledge: Knowledge) -> Run:
    """Time RAW from the first byte read to the last commit. Its RECORDS must all have become events."""
    root = raw.parent / "lake"
    shutil.rmtree(root, ignore_errors=True)
    source = Source(name=mapping, mapping=mapping, system="Kvarnen", zone="Europe/Stockholm")
    writer = Writer(Lake.create(root), [source], knowledge)
    with timed(records, raw.stat().st_size) as run:
        read = list(ingest(writer, source, [raw]))
    [(count, events)] = writer.connection.sql(
        f"SELECT count(*), count(*) FILTER (kind = 'event') FROM {Lake.open(root).table('normalised').scan()}"
    ).fetchall()
    if any(each.problem for each in read) or count != records or events != records:
        raise SystemExit(f"{raw.name}: {records} records, {count} rows, {events} events: {read}")
    shutil.rmtree(root)
    return run
