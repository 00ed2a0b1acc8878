"""Normalising on all cores: a connection of one thread for each, and pieces of records that they take in turn.

One connection with many threads leaves cores idle: opening records, finding numbers and checking rows are not its work.
"""

import os
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pyarrow as pa

from ingest.mapping import connect
from ingest.normalise import Context, Rules, normalise, pieces

if TYPE_CHECKING:
    import duckdb


class Lanes:
    """COUNT connections (one for each core) that share MEMORY_BYTES; what needs more goes to SPILL."""

    def __init__(self, memory_bytes: int, count: int | None = None, spill: Path | None = None) -> None:
        count = count or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(count, "lane")
        self._free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
        for _ in range(count):
            self._free.put(connect(memory_bytes // count, 1, spill))

    def begin(self, groups: Iterable[tuple[pa.Table, list[Context]]], rules: Rules) -> list[Future[pa.Table]]:
        """The rows of GROUPS of records, as `normalise` gives them, in order. Errors (of the futures): as there."""
        return [
            self._pool.submit(self._one, piece, contexts, rules)
            for records, contexts in groups
            for piece in pieces(records)
        ]

    def _one(self, records: pa.Table, contexts: list[Context], rules: Rules) -> pa.Table:
        connection = self._free.get()
        try:
            return normalise(connection, records, contexts, rules)
        finally:
            self._free.put(connection)
