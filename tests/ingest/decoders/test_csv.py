import csv
import io
import json
import time

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders import DECODERS, Framing
from tests.ingest.decoders.resume import holds, rows, split

CELLS = st.text('ab å";,\r\n|\t', max_size=8)


def opened(found, framing):
    decoder = DECODERS["csv"]
    if not found:
        return []
    table = decoder.open(pa.table({"record": pa.array([row[0] for row in found], pa.binary())}), found[0][3], framing)
    return [(json.loads(row["fields"]) if row["fields"] else None, row["broken"]) for row in table.to_pylist()]


def read(data, **framing):
    framing = Framing(**framing)
    return opened(rows(split("csv", data, framing)), framing)


@given(
    table=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "latin-1", "utf-16-le"]),
    end=st.sampled_from(["\r\n", "\n"]),
    batch=st.integers(1, 40),
)
@settings(max_examples=150, deadline=None)
def test_what_a_writer_wrote_is_read_wherever_reading_went_on(table, separator, encoding, end, batch):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["time", "who", "what"])
    writer.writerows(table)
    framing = Framing(encoding=encoding)
    found = holds("csv", text.getvalue().encode(encoding), framing, batch_bytes=batch, batch_records=2)
    assert opened(found, framing) == [(dict(zip(["time", "who", "what"], row, strict=True)), None) for row in table]


@given(text=st.text('a",\n', max_size=40), batch=st.integers(1, 10))
@settings(max_examples=200, deadline=None)
def test_any_quotes_give_the_same_rows_wherever_reading_went_on(text, batch):
    data = ("time,who\n" + text).encode()
    found = holds("csv", data, Framing(), batch_bytes=batch)
    assert len(opened(found, Framing())) == len(found)
    assert sum(row[0].count(b"a") for row in found) == text.count("a")


def test_a_carriage_return_outside_of_quotes_costs_its_row_alone():
    assert read(b'time;who\n1;an\rna\n2;bo\n3;"c\r\nd"\n') == [
        (None, "row: want 2 columns, has 0"),
        ({"time": "2", "who": "bo"}, None),
        ({"time": "3", "who": "c\r\nd"}, None),
    ]
    assert read(b"ti\rme;who\n1;anna\n") == [(None, "row: want 0 columns, has 2")]


def test_a_row_with_a_column_too_few_or_many_says_so_and_the_others_stay():
    data = b"time;who;what\n1;anna\n1;bo;read;x\n1;cai;read;\n\n1;dan;read\n"
    assert read(data) == [
        (None, "row: want 3 columns, has 2"),
        (None, "row: want 3 columns, has 4"),
        ({"time": "1", "who": "cai", "what": "read"}, None),
        ({"time": "1", "who": "dan", "what": "read"}, None),
    ]


def test_a_quote_within_a_cell_is_text_and_one_never_closed_costs_its_line():
    assert read(b'size,who\n5" disk,anna\n6" disk,bo\n') == [
        ({"size": '5" disk', "who": "anna"}, None),
        ({"size": '6" disk', "who": "bo"}, None),
    ]
    assert [row[1] for row in read(b'size,who\n"never,anna\n6,bo\n')] == ["row: want 2 columns, has 1", None]


def test_headers():
    first = {"time": "2026-03-01", "who": "anna"}
    assert read(b"\xef\xbb\xbfsep=;\r\ntime;who\r\n2026-03-01;anna\r\n") == [(first, None)]
    assert read(b"2026-03-01;anna\n", header="time;who") == [(first, None)]
    assert read(b"start;anna\n", header="time;who", has_header=False) == [({"time": "start", "who": "anna"}, None)]
    assert read(b"2026-03-01 08:00:00.123 UTC,anna,\n") == [
        ({"1": "2026-03-01 08:00:00.123 UTC", "2": "anna", "3": ""}, None)
    ]
    assert read(b"a,a,,a\n1,2,3,4\n") == [({"a": "1", "a (2)": "2", "3": "3", "a (3)": "4"}, None)]
    assert read(b"time,who\n") == []
    assert read(b"time who\nx\n", separator="tab") == [({"time who": "x"}, None)]


def test_text_that_is_not_in_the_encoding_is_broken_alone():
    assert read(b"time,who\n1,\xe5sa\n2,bo\n")[0] == (None, "record: not utf-8 text")
    assert read(b"time,who\n1,\xe5sa\n2,bo\n", encoding="latin-1")[0] == ({"time": "1", "who": "åsa"}, None)


LOOKS = {
    b"time,who\n1,anna\n": True,
    b'"Tid";"Vem"\r\n"1";"anna"\r\n': True,
    b"RecordId,CreationDate,AuditData\n": True,
    b'2026-03-01 08:00:00.123 UTC,"app","db",1234,"[local]"\n': True,
    b"2026-03-01 08:00:00 UTC [1] LOG:  AUDIT: SESSION,1,1,READ\n" * 2: False,
    b'{"a":1,"b":2}\n': False,
    b"<a>,</a>\n": False,
    b"Mar  1 08:00:00 host sshd[1]: Failed\n": False,
    b"": False,
}


@pytest.mark.parametrize("head", LOOKS)
def test_looks(head):
    assert DECODERS["csv"].matches(head) is LOOKS[head]


def test_speed_is_that_of_columns():
    data = b"time;who;what\n" + b'2026-03-01T08:00:00;"anna";read journal\n' * 100_000
    began = time.perf_counter()
    assert len(rows(split("csv", data, Framing()))) == 100_000
    assert time.perf_counter() - began < 5
