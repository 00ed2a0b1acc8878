import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders import DECODERS, Framing, frame
from tests.ingest.decoders.resume import holds, records, rows, split

LEAVES = st.none() | st.booleans() | st.integers() | st.text('ab{}[]",:\\ å\n', max_size=6)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "value", "Records", 'q"]']), VALUES, max_size=3)
DOCUMENTS = {
    "an array": lambda objects, indent: json.dumps(objects, indent=indent),
    "Graph's value": lambda objects, indent: json.dumps(
        {"@odata.context": "x[", "value": objects, "n": [1]}, indent=indent
    ),
    "objects over lines": lambda objects, indent: "\n".join(json.dumps({"é": each}, indent=indent) for each in objects),
    "several wrappers": lambda objects, _: "\n".join(json.dumps({"records": [each], "m": {}}) for each in objects),
}


@pytest.mark.parametrize("shape", DOCUMENTS)
@given(
    objects=st.lists(OBJECTS, max_size=6),
    indent=st.none() | st.just(2),
    batch=st.integers(1, 60),
    encoding=st.sampled_from(["utf-8", "utf-16-le"]),
)
@settings(max_examples=30, deadline=None)
def test_any_document_gives_its_elements_wherever_reading_went_on(shape, objects, indent, batch, encoding):
    data = DOCUMENTS[shape](objects, indent).encode(encoding)
    found = holds("json_array", data, Framing(encoding=encoding), batch_bytes=batch, batch_records=2)
    want = [{"é": each} for each in objects] if shape == "objects over lines" else objects
    assert [json.loads(row[0].decode(encoding)) for row in found] == want
    assert all(row[2] is None for row in found)


@given(text=st.text('{}[]",\\ a1\n', max_size=40), batch=st.integers(1, 12))
@settings(max_examples=150, deadline=None)
def test_garbage_is_kept_to_the_last_character(text, batch):
    found = holds("json_array", text.encode(), Framing(), batch_bytes=batch)
    assert all(text.encode()[offset:].startswith(record) for record, offset, _, _ in found)


def test_what_stands_between_values_is_a_broken_record():
    found = rows(split("json_array", b'[{"a":1}, 5, null, {"b":2}] tail {"c":3}', Framing()))
    assert [(row[0], row[2]) for row in found] == [
        (b'{"a":1}', None),
        (b"5, null", "json: not an object"),
        (b'{"b":2}', None),
        (b"tail", "json: not an object"),
        (b'{"c":3}', None),
    ]


def test_a_cut_document_keeps_what_came_before():
    found = rows(split("json_array", b'[{"a":1},{"b":"', Framing()))
    assert [(row[0], row[2]) for row in found] == [
        (b'{"a":1}', None),
        (b',{"b":"', "json: the file ends within the record"),
    ]


def test_a_record_beyond_the_limit_comes_in_pieces_and_the_next_is_whole(monkeypatch):
    monkeypatch.setattr(frame, "MAX_RECORD_BYTES", 100)
    monkeypatch.setattr(frame, "BATCH_BYTES", 40)
    long = json.dumps({"a": 'x"}\\' * 60}).encode()
    data = b'[{"n":1},' + long + b',{"n":2}]'
    found = rows(split("json_array", data, Framing()))
    assert [row[0] for row in found if not row[2]] == [b'{"n":1}', b'{"n":2}']
    assert b"".join(row[0] for row in found if row[2]) == b"," + long
    assert all(row[2].startswith("record: longer than") for row in found if row[2])


def test_five_million_brackets_deep_is_one_record():
    data = b'[{"a":' + b"[" * 5_000_000 + b"]" * 5_000_000 + b"},{}]"
    assert [len(record) for record in records("json_array", data)] == [10_000_006, 2]


LOOKS = {
    b'[{"a":1}]': "json_array",
    b"[]": "json_array",
    b"[\n  {\n": "json_array",
    b"[2026-03-01 08:00:00] text": "lines",
    b'{"@odata.context":"x","value":[{"id":1}]}': "json_array",
    b'{"records":[{"id":1}]}\n{"records":[{"id":2}]}\n': "json_array",
    b'{\n  "a": 1\n}\n{\n  "a": 2\n}\n': "json_array",
    b'{"a":1}\n{"a":2}\n': "ndjson",
    b'{"a":1,"items":[{"b":1}]}\n{"a":2,"items":[{"b":1}]}\n': "ndjson",
    b'{"a": not json\n{"a":2}\n': "ndjson",
    b'{"a":1}': "ndjson",
    b'{"resourceType":"Bundle","entry":[{"resource":{}}]}': "json_array",
    b"\xef\xbb\xbf[{}]": "json_array",
    '\ufeff[{"a":1}]'.encode("utf-16-le"): "json_array",
    '\ufeff{"a":1}\r\n{"a":2}\r\n'.encode("utf-16-le"): "ndjson",
}


@pytest.mark.parametrize("head", LOOKS)
def test_looks(head):
    assert next(name for name in ("json_array", "ndjson", "lines") if DECODERS[name].matches(head)) == LOOKS[head]
