"""The original record of an event: its text, and what may not be seen of it."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from analytics.opened import Opened
from analytics.record import record
from ingest.lake import CONTEXTS, EVIDENCE, Table
from schemas.errors import QuestionError
from schemas.event import NORMALISED

GIVEN = """
shard | position | part | time                 | action
a     | 1        | 0    | 2026-03-01T08:00:00Z | read
a     | 1        | 1    | 2026-03-01T08:00:00Z | read
"""


def made(home, text, context='{"encoding": "iso-8859-1"}'):
    lake = home(GIVEN)
    received = datetime(2026, 3, 1, 8, tzinfo=UTC)
    row = {"source": "s", "shard": "a", "position": 1, "received": received, "context": "c", "record": text, "seal": ""}
    lake.evidence(pa.Table.from_pylist([row], EVIDENCE))
    table = lake.lake.table("contexts")
    table.append([table.write(pa.Table.from_pylist([{"id": "c", "context": context}], CONTEXTS))])
    return lake


@pytest.mark.parametrize(
    ("context", "text", "shown"),
    [
        ('{"encoding": "iso-8859-1"}', "Läst".encode("iso-8859-1"), "Läst"),
        ('{"encoding": "utf-8"}', "Läst".encode("iso-8859-1"), "L\\xe4st"),
        ("{}", "Läst".encode(), "Läst"),
        ('{"encoding": "no such"}', "Läst".encode(), "Läst"),
        ("no JSON", b"a", "a"),
    ],
)
def test_the_text_is_read_as_its_context_says(home, context, text, shown):
    assert record(made(home, text, context).installation, "a-1-0", purpose="prov").text == shown


def test_numbers_are_tokens_and_every_part_is_there(home):
    found = record(made(home, b"pnr 19121212-1212 read").installation, "a-1-1", purpose="prov")
    assert "1212-1212" not in found.text
    assert "p_" in found.text
    assert [row["part"] for row in found.rows] == [0, 1]


@pytest.mark.parametrize(
    "spelt",
    [
        r"121212\u002d1212", r"121212\u2013" + "1212", r"\u0031212121212", "121212%2D1212",
        "121212 - 1212", "121212 \t 1212", "121212\u00ad1212", "121212.1212", "121212/1212", "121212_1212",
        "121212&#45;1212", "121212&#x2D;1212", "1912-12-12-1212", "%121212-1212", "12%31212-1212", "121212%C2%AD1212",
        "proctitle=3132313231322D31323132", "3100320031003200310032003100320031003200",
        "31 32 31 32 31 32 2d 31 32 31 32", "31:32:31:32:31:32:31:32:31:32",
        "0x31, 0x32, 0x31, 0x32, 0x31, 0x32, 0x31, 0x32, 0x31, 0x32",
        "31-00-32-00-31-00-32-00-31-00-32-00-31-00-32-00-31-00-32-00", "MTIxMjEyMTIxMg==",
        "/api/MTIxMjEyLTEyMTI", "cG5yOjEyMTIxMi0xMjEyIQ==",
        "MQAyADEAMgAxADIALQAxADIAMQAyAA==", "MTIxMjEyXHUwMDJkMTIxMg==", r"MTIxMjE\nyLTEyMTI=",
    ],
)  # fmt: skip
def test_no_spelling_of_a_number_is_shown(home, spelt):
    text = f'{{"a":"läst {spelt} av 10.20.30.40","at":"2026-03-01 08:00:00"}}'
    found = record(made(home, text.encode(), "{}").installation, "a-1-0", purpose="prov")
    assert spelt not in found.text
    assert "p_" in found.text or "[***]" in found.text
    assert found.text.endswith(' av 10.20.30.40","at":"2026-03-01 08:00:00"}')
    assert not found.shape


@pytest.mark.parametrize(
    "text",
    [
        "id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 mac 00:1a:2b:3c:4d:5e at 2026-03-01 08:00:00.123",
        "/sites/Socialtjansten/Delade_dokument/2026-Budget-utkast-version-12",
        "c2hhMjU2IG9mIHNvbWV0aGluZyBlbHNl aa bb cc dd ee ff a0 b1 c2 d3 e4 f5",
    ],
)
def test_what_only_looks_like_a_spelling_is_shown(home, text):
    assert record(made(home, text.encode(), "{}").installation, "a-1-0", purpose="prov").text == text


def test_what_is_no_text_is_shown_as_its_shape(home):
    found = record(made(home, "nr 121212-1212".encode("utf-16-le"), "{}").installation, "a-1-0", purpose="prov")
    assert found.shape
    assert found.text.replace(" ", "") == "xx999999-9999"


def test_a_long_record_is_cut_and_says_so(home):
    found = record(made(home, b"x" * 500_000).installation, "a-1-0", purpose="prov")
    assert found.cut
    assert len(found.text) == 100_000


def test_only_files_that_can_hold_the_record_are_opened(home, monkeypatch):
    """Others are those of another day, of other positions, and of another shard (which only its filter tells)."""
    lake = made(home, b"what it was")
    address = {"source": "s", "context": "c", "record": b"x", "seal": ""}
    event = {"kind": "event", "source": "s", "part": 0, "action": "read", "system": "j"}
    for shard, position, day in (("b", 1, 2), ("a", 2, 1), ("b", 1, 1), ("a", 5000, 1)):
        received = datetime(2026, 3, day, 9, tzinfo=UTC)
        place = {"shard": shard, "position": position, "received": received}
        lake.add("normalised", pa.Table.from_pylist([{**event, **place, "time": received}], NORMALISED))
        lake.evidence(pa.Table.from_pylist([address | place], EVIDENCE))
    opened = Opened(lake.settings, lake.root)
    opened.learn()
    files = []

    def read(self, *given, **chosen):
        sql = scan(self, *given, **chosen)
        files.append((self.root.name, sql.count(".parquet")))
        return sql

    scan = Table.scan
    monkeypatch.setattr(Table, "scan", read)
    wanted = record(opened, "a-1-0", purpose="prov")
    assert (wanted.text, len(wanted.rows)) == ("what it was", 2)
    # Of the shard b there is evidence of that position and day too: no filter is kept of evidence.
    assert files == [("normalised", 1), ("evidence", 2), ("contexts", 1)]
    files.clear()
    assert record(lake.installation, "a-1-0", purpose="prov") == wanted
    assert files == [("normalised", 3), ("evidence", 2), ("contexts", 1)]


def test_who_asks_and_why_is_recorded_first(home):
    lake = made(home, b"x")
    with pytest.raises(QuestionError, match="purpose: missing"):
        record(lake.installation, "a-1-0")
    assert lake.acts == []
    record(lake.installation, "a-1-0", purpose="prov")
    assert lake.acts == ["asked", "answered"]
