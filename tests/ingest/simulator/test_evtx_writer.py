import json
import shutil
import struct
import subprocess
import zlib
from datetime import UTC, datetime

import pytest
from evtx import PyEvtxParser
from lxml import etree

from ingest.simulator.evtx_writer import EvtxRecord, EvtxTemplate, write_evtx

LOGON = EvtxTemplate(
    event_id=4624,
    version=2,
    task=12544,
    fields=(
        ("TargetUserSid", "sid"),
        ("TargetUserName", "string"),
        ("TargetLogonId", "hex64"),
        ("LogonType", "uint32"),
        ("LogonGuid", "guid"),
        ("IpAddress", "string"),
        ("SmallCount", "uint8"),
        ("Mask", "hex32"),
        ("NewTime", "filetime"),
        ("Big", "uint64"),
    ),
)
CLEARED = EvtxTemplate(
    event_id=1102,
    provider="Microsoft-Windows-Eventlog",
    guid="fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148",
    level=4,
    task=104,
    keywords=0x4020000000000000,
    user_data=("LogFileCleared", "http://manifests.microsoft.com/win/2004/08/windows/eventlog"),
    fields=(("SubjectUserSid", "sid"), ("SubjectUserName", "string")),
)
AT = int(datetime(2026, 3, 2, 8, 14, 7, 123456, tzinfo=UTC).timestamp() * 1_000_000)
VALUES = (
    "S-1-5-21-1-2-3-1105",
    "åsa<&>.öhman",
    0x3E7,
    3,
    "01234567-89ab-cdef-0123-456789abcdef",
    "2001:db8::1",
    7,
    0x10000,
    AT,
    2**64 - 1,
)


def records(count):
    for number in range(count):
        if number % 7 == 3:
            yield EvtxRecord(CLEARED, AT + number, "DC01.aviken.example", ("S-1-5-18", f"rensare{number}"))
        else:
            yield EvtxRecord(
                LOGON,
                AT + number,
                "DC01.aviken.example",
                (*VALUES[:1], f"användare{number}", *VALUES[2:]),
                keywords=0x8010000000000000,
            )


def read_json(path):
    return [json.loads(record["data"]) for record in PyEvtxParser(str(path)).records_json()]


def test_every_type_of_value_is_read_back(tmp_path):
    assert write_evtx(tmp_path / "a.evtx", [EvtxRecord(LOGON, AT, "DC01.aviken.example", VALUES, 640, 4112)]) == 1
    (event,) = read_json(tmp_path / "a.evtx")
    system, data = event["Event"]["System"], event["Event"]["EventData"]
    assert system["EventID"] == 4624
    assert system["Provider"]["#attributes"] == {
        "Name": "Microsoft-Windows-Security-Auditing",
        "Guid": "{54849625-5478-4994-a5ba-3e3b0328c30d}",
    }
    assert system["TimeCreated"]["#attributes"]["SystemTime"] == "2026-03-02T08:14:07.123456Z"
    assert system["Execution"]["#attributes"] == {"ProcessID": 640, "ThreadID": 4112}
    assert (system["Channel"], system["Computer"], system["EventRecordID"]) == ("Security", "DC01.aviken.example", 1)
    assert data["TargetUserName"] == "åsa<&>.öhman"
    assert data["TargetUserSid"] == "S-1-5-21-1-2-3-1105"
    assert int(data["TargetLogonId"], 16) == 0x3E7
    assert data["LogonGuid"].strip("{}").lower() == "01234567-89ab-cdef-0123-456789abcdef"
    assert (data["LogonType"], data["SmallCount"], data["Big"]) == (3, 7, 2**64 - 1)
    assert data["NewTime"].startswith("2026-03-02T08:14:07.123456")


def test_many_chunks_keep_order_and_record_numbers(tmp_path):
    assert write_evtx(tmp_path / "a.evtx", records(2000), first_record_id=500) == 2000
    assert (tmp_path / "a.evtx").stat().st_size > 4096 + 10 * 65536
    events = [event["Event"] for event in read_json(tmp_path / "a.evtx")]
    assert [event["System"]["EventRecordID"] for event in events] == list(range(500, 2500))
    assert [event["EventData"]["TargetUserName"] for event in events if "EventData" in event] == [
        f"användare{number}" for number in range(2000) if number % 7 != 3
    ]
    assert events[3]["UserData"]["LogFileCleared"]["SubjectUserName"] == "rensare3"


def test_checksums_and_chains_hold(tmp_path):
    write_evtx(tmp_path / "a.evtx", records(500))
    data = (tmp_path / "a.evtx").read_bytes()
    assert struct.unpack_from("<I", data, 124)[0] == zlib.crc32(data[:120])
    for start in range(4096, len(data), 65536):
        chunk = data[start : start + 65536]
        free, records_sum = struct.unpack_from("<II", chunk, 48)
        assert records_sum == zlib.crc32(chunk[512:free])
        assert struct.unpack_from("<I", chunk, 124)[0] == zlib.crc32(chunk[:120] + chunk[128:512])
        for head in struct.unpack_from("<64I", chunk, 128):
            offset = head
            while offset:
                following, _, length = struct.unpack_from("<IHH", chunk, offset)
                assert chunk[offset + 8 : offset + 8 + 2 * length].decode("utf-16-le").isascii()
                assert following < offset  # a chain leads back, so it ends
                offset = following
        for head in struct.unpack_from("<32I", chunk, 384):
            offset = head
            while offset:
                assert (chunk[offset - 10], struct.unpack_from("<I", chunk, offset - 4)[0]) == (0x0C, offset)
                (offset,) = struct.unpack_from("<I", chunk, offset)


def test_same_records_give_the_same_bytes(tmp_path):
    write_evtx(tmp_path / "a.evtx", records(300))
    write_evtx(tmp_path / "b.evtx", records(300))
    assert (tmp_path / "a.evtx").read_bytes() == (tmp_path / "b.evtx").read_bytes()


def test_no_records_are_a_valid_empty_log(tmp_path):
    assert write_evtx(tmp_path / "a.evtx", []) == 0
    assert read_json(tmp_path / "a.evtx") == []


def test_none_is_an_empty_element(tmp_path):
    write_evtx(tmp_path / "a.evtx", [EvtxRecord(LOGON, AT, "DC01", (None,) * 10)])
    (event,) = read_json(tmp_path / "a.evtx")
    assert not event["Event"]["EventData"]["TargetUserName"]


@pytest.mark.parametrize("length", [32_600, 40_000])
def test_a_record_longer_than_a_chunk_is_refused(tmp_path, length):
    with pytest.raises(ValueError, match="longer than a chunk"):
        write_evtx(tmp_path / "a.evtx", [EvtxRecord(CLEARED, AT, "DC01", ("S-1-5-18", "x" * length))])


@pytest.mark.program("evtxexport")
def test_libevtx_reads_every_record(tmp_path):
    program = shutil.which("evtxexport")
    write_evtx(tmp_path / "a.evtx", records(400))
    printed = subprocess.run(
        [program, "-f", "xml", str(tmp_path / "a.evtx")], check=True, capture_output=True, text=True
    ).stdout
    document = etree.fromstring(("<all>" + printed[printed.index("<Event ") :] + "</all>").encode())
    names = document.xpath("//*[local-name()='Data'][@Name='TargetUserName']/text()")
    assert names == [f"användare{number}" for number in range(400) if number % 7 != 3]
    assert len(document.xpath("//*[local-name()='SubjectUserName']")) == 57
    strings = subprocess.run([program, str(tmp_path / "a.evtx")], check=True, capture_output=True, text=True).stdout
    assert strings.count("Event identifier\t\t: 0x00001210 (4624)") == 343
    assert "Unable to export" not in strings
