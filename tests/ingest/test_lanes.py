"""Pieces of records on the connections that share a writer's memory."""

from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest

from ingest import normalise
from ingest.decoders.frame import RECORDS
from ingest.lanes import Lanes
from ingest.mapping import mapping
from ingest.normalise import Context, Rules
from ingest.streams import addressed
from schemas.errors import MappingError
from tests.ingest.conftest import LINE, WEB


def begun(count):
    """The only piece of so many lines."""
    lines = [LINE.format(number).strip().encode() for number in range(count)]
    arrays = [pa.array(lines, pa.binary()), pa.array(range(count), pa.int64()), pa.nulls(count, pa.string())]
    records = addressed(pa.record_batch(arrays, schema=RECORDS), "s", 0, datetime(2026, 3, 1, tzinfo=UTC))
    (piece,) = Lanes(64 << 20, 1).begin([(records, [Context()])], Rules(WEB, mapping("web_access")))
    return piece


def rows_that_fit(monkeypatch, limit):
    """Let statements over more than LIMIT records fail as they do without memory. Gives how many were tried at once."""
    right, tried = normalise.run, []

    def run(connection, key, sql):
        tried.append(len(normalise.slot(connection, "opened", normalise._OPENED).table))
        if tried[-1] > limit:
            raise duckdb.OutOfMemoryException("Out of Memory Error: values")
        return right(connection, key, sql)

    monkeypatch.setattr(normalise, "run", run)
    return tried


def test_records_whose_rows_do_not_fit_in_memory_are_halved_until_they_do(monkeypatch):
    tried = rows_that_fit(monkeypatch, 3)
    assert begun(11).result()["position"].to_pylist() == list(range(11))
    assert tried == [11, 5, 2, 3, 6, 3, 3]


def test_a_record_that_alone_does_not_fit_is_told(monkeypatch):
    rows_that_fit(monkeypatch, 0)
    with pytest.raises(MappingError, match="web_access: Out of Memory"):
        begun(2).result()
