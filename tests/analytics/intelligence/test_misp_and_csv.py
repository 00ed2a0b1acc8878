from datetime import UTC, datetime

import pytest

from analytics.intelligence import listed, misp

ATTRIBUTES = [
    {"uuid": "u1", "type": "ip-dst", "value": "198.51.100.7", "to_ids": True, "timestamp": "1767225600"},
    {"uuid": "u2", "type": "filename|md5", "value": "a.exe|0cc175b9c0f1b6a831c399e269772661", "to_ids": True},
    {"uuid": "u3", "type": "domain|ip", "value": "evil.example|198.51.100.8", "to_ids": "1"},
    {"uuid": "u4", "type": "comment", "value": "hej", "to_ids": False},
    {"uuid": "u5", "type": "ip-dst|port", "value": "198.51.100.7|80", "to_ids": True},
    {"uuid": "u6", "type": "AS", "value": "64496", "to_ids": True},
    {"uuid": "u7", "type": "filename|md5", "value": "a.exe", "to_ids": True},
    {"uuid": "u8", "type": "url", "to_ids": True},
    {"uuid": "u9", "type": "url", "value": "http://evil.example/", "to_ids": True, "deleted": True},
]


def plain(entry):
    return [[(each.type, each.value) for each in clause] for clause in entry.clauses]


@pytest.mark.parametrize("wrap", [lambda event: event, lambda event: {"response": [event]}, lambda e: {"response": e}])
def test_misp_attributes_that_are_for_detection(wrap):
    event = {
        "Event": {"info": "Kampanj", "Attribute": ATTRIBUTES[:3], "Object": [{"Attribute": ATTRIBUTES[3:]}]},
    }
    found = misp.read(wrap(event))
    assert [(each.id, plain(each), each.label) for each in found.entries] == [
        ("u1", [[("ip", "198.51.100.7")]], "Kampanj"),
        ("u2", [[("file_name", "a.exe"), ("hash", "0cc175b9c0f1b6a831c399e269772661")]], "Kampanj"),
        ("u3", [[("domain", "evil.example")], [("ip", "198.51.100.8")]], "Kampanj"),
    ]
    assert found.entries[0].valid_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert (found.withdrawn, found.passed) == (["u9"], 1)
    assert [str(each) for each in found.rejects] == [
        "event 1 attribute 5: type: events hold no port of the other side",
        "event 1 attribute 6: type: an attribute type that events can't answer",
        "event 1 attribute 7: type: want two values with | between",
        "event 1 attribute 8: value: is missing",
    ]


def test_csv_in_our_words_and_in_those_of_misp():
    text = "# en kommentar\nType;Value;valid_from;valid_to;confidence;label\n"
    text += "ip;198.51.100.7;2026-01-01;2026-03-01T12:00Z;80;botnet\nhostname;evil.example;;;;\n"
    found = listed.read(text)
    first, second = found.entries
    assert (plain(first), first.confidence, first.label) == ([[("ip", "198.51.100.7")]], 80, "botnet")
    assert first.valid_from == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert first.valid_to == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert (plain(second), second.valid_from, second.valid_to) == ([[("domain", "evil.example")]], None, None)
    exported = "uuid,event_id,category,type,value,comment,to_ids,date\n"
    exported += 'u1,1,Network,ip-dst,198.51.100.7,"a, b",1,20260101\nu2,1,Network,ip-dst,198.51.100.8,,0,20260101\n'
    exported += "u3,1,Network,ip-dst,198.51.100.9,,1,1767225600\n"
    found = listed.read(exported)
    assert [(each.id, each.label, each.valid_from) for each in found.entries] == [
        ("u1", "a, b", datetime(2025, 12, 31, 23, tzinfo=UTC)),
        ("u3", "", datetime(2026, 1, 1, tzinfo=UTC)),
    ]
    assert found.passed == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("value\nx\n", "row 1: type: the column is missing"),
        ("198.51.100.7\n", "row 1: type: the column is missing"),
        ("type,value\nip\n", "row 2: row: 1 cells, want 2"),
        ("type,value\nip,\n", "row 2: value: is empty"),
        ("type,value\nhemlig,x\n", "row 2: type: an attribute type that events can't answer"),
        ("type,value,valid_to\nip,198.51.100.7,hemlig\n", "row 2: valid_to: want a date or a time, such as 2026-03-01"),
        ("type,value,date\nip,198.51.100.7,hemlig\n", "row 2: valid_from: want a date or a time, such as 2026-03-01"),
        ("type,value,confidence\nip,198.51.100.7,101\n", "row 2: confidence: want a whole number from 0 to 100"),
    ],
)
def test_a_row_that_can_not_be_used_is_a_named_reject(text, said):
    found = listed.read(text)
    assert ([str(each) for each in found.rejects], found.entries) == ([said], [])


def test_an_empty_list_holds_nothing():
    assert listed.read("\n# bara en kommentar\n").entries == []
