from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders import DECODERS, Framing
from tests.ingest.decoders.resume import holds, rows, split

LINES = st.sampled_from(
    [
        "#Fields: a b",
        "#Fields: date time c-ip",
        "#Fields: time c-ip",
        "#Date: x",
        "#Date: y",
        "1 2",
        "2026-03-01 08:00:00 ::1",
        "",
        "# x",
    ]
)


@given(
    lines=st.lists(LINES, max_size=12),
    end=st.sampled_from(["\n", "\r\n"]),
    batch=st.integers(1, 60),
    encoding=st.sampled_from(["utf-8", "utf-16-le"]),
)
@settings(max_examples=200, deadline=None)
def test_each_row_has_the_header_in_force_wherever_reading_went_on(lines, end, batch, encoding):
    want, header, date = [], None, None
    for line in lines:
        if line.startswith("#Date:"):
            date = line.removeprefix("#Date:").strip()
        elif line.startswith("#Fields:"):
            header = line.removeprefix("#Fields:").strip()
            # a time without a date: the day is the last #Date's
            header = f"{header}\n{date}" if header == "time c-ip" and date else header
        elif line and not line.startswith("#"):
            want.append((line, header))
    data = end.join(lines).encode(encoding)
    found = holds("w3c", data, Framing(encoding=encoding), batch_bytes=batch, batch_records=3)
    assert [(row[0].decode(encoding), row[3]) for row in found] == want


def test_the_declared_header_holds_until_the_file_names_one():
    found = rows(split("w3c", b"1 2\n#Fields: c d\n3 4\n", Framing(header="a b")))
    assert [(row[0], row[3]) for row in found] == [(b"1 2", "a b"), (b"3 4", "c d")]


def test_looks():
    matches = DECODERS["w3c"].matches
    assert matches(b"#Software: Microsoft Internet Information Services 10.0\r\n")
    assert matches(b"2026-03-01 08:00:00 192.0.2.1 GET /")
    assert not matches(b"# a comment\n1 2")
    assert not matches(b"192.0.2.1 - - [")
