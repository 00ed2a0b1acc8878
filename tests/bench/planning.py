# ruff: noqa: T201 - a bench prints
"""What a batch of a hundred records costs, by mapping: the first time, when its statement is planned, and then."""

import io
import statistics
import time
from datetime import UTC, datetime

import pyarrow as pa

from ingest.mapping import connect, mappings
from ingest.normalise import Context, Rules, normalise
from ingest.streams import batches
from schemas.source import Source
from schemas.sqlfile import SqlFile

RECORDS = 100
GOAL_MS = 30


def main() -> None:
    """Processor time of each mapping, over the records of its first case."""
    connection = connect(threads=2)
    for file in mappings().values():
        found = _records(file)
        if found is None:
            continue
        records, context, rules = found
        took = []
        for _ in range(8):
            started = time.process_time()
            normalise(connection, records, [context], rules)
            took.append((time.process_time() - started) * 1000)
        later = statistics.median(took[1:])
        over = "  OVER" if later > GOAL_MS else ""
        print(f"a batch of {RECORDS} {file.name:24} first {took[0]:7.1f} ms, then {later:6.1f} ms{over}", flush=True)


def _records(file: SqlFile) -> tuple[pa.Table, Context, Rules] | None:
    for case in file.cases:
        params = {name: value for name, value in case.params.items() if name != "reference"}
        given = {name: params.pop(name) for name in ("zone", "system") if name in params}
        framing = case.rest.get("framing", {})
        source = Source(
            name=file.name, mapping=file.name, decoder=case.rest.get("decoder"), framing=framing, params=params, **given
        )
        read = list(batches(io.BytesIO(case.given.encode()), file, source, shard="", received=datetime.now(UTC)))
        if read and len(read[0].records):
            once = read[0].records
            records = pa.concat_tables([once] * (RECORDS // len(once) + 1)).slice(0, RECORDS)
            numbers = pa.array(range(RECORDS), pa.int64())
            records = records.set_column(records.schema.get_field_index("position"), "position", numbers)
            return records, read[0].context, Rules(source, file)
    return None
