"""Mappings that say they are strict are spared a check of each record: none that isn't JSON may pass for that."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from ingest.decoders.frame import RECORDS
from ingest.mapping import connect, decoders, mappings
from ingest.normalise import Context, Rules, normalise
from ingest.streams import addressed
from schemas.source import Source

STRICT = [file.name for file in mappings().values() if "strict" in file.header]
BAD = [
    '{"a":1',
    '{"a":1} x',
    '{"a":1}{"b":2}',
    '{"a" 1}',
    '{"a":01}',
    '{"a":"\x01"}',
    '{"a":"\\ud800"}',
    '{"a":"\\x"}',
    '{"a":nul}',
    '{"records":[{"a":1}',
    '{"Records": [{"a":1}] x',
    '{"value":[1,2}',
    '{"@odata.context":"x","value":[{"a"}]}',
    '{"Operation":"FileAccessed","CreationTime":"2026-03-01T08:14:07","UserId":"a@x.example"',
    '{"AuditData":"{\\"Operation\\":\\"FileAccessed\\"}"',
    '{"a":1}\x00',
    "{'a':1}",
    "{",
]


@pytest.mark.parametrize("name", STRICT)
@pytest.mark.parametrize("bad", BAD)
def test_what_is_not_json_is_a_reject_and_costs_no_other_record(name, bad):
    good = mappings()[name].cases[0].given.strip().splitlines()[0].encode()
    given = [good, bad.encode(), good]
    arrays = [pa.array(given, pa.binary()), pa.array(range(3), pa.int64()), pa.nulls(3, pa.string())]
    records = addressed(pa.record_batch(arrays, schema=RECORDS), "s", 0, datetime(2026, 3, 1, tzinfo=UTC))
    for decoder in {"ndjson", "json_array"} & set(decoders(mappings()[name])):
        rules = Rules(Source(name=name, mapping=name), mappings()[name])
        rows = normalise(connect(threads=1), records, [Context(decoder=decoder)], rules)
        told = dict(zip(rows["position"].to_pylist(), rows["reason"].to_pylist(), strict=True))
        assert (told[1] or "").startswith("json: ")
        assert told[0] is told[2] is None
