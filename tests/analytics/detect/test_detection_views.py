"""The views that only detections read: Windows' own fields in the shapes of forwarders, and places of log-ins."""

import json
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from analytics import views
from analytics.caller import Caller
from schemas.event import NORMALISED
from schemas.tables import TABLES

DATA = {
    "LogonType": "9",
    "LogonProcessName": "seclogo ",
    "TargetUserSid": "S-1-5-21-1-2-3-500",
    "ProcessName": "C:\\X.exe",
}
SHAPES: dict[str, Any] = {
    "EVTX and Event XML": {"System": {"EventID": "4624", "Computer": "PC7"}, "EventData": DATA},
    "evtx_dump": {"Event": {"System": {"EventID": {"#text": 4624}, "Computer": "PC7"}, "EventData": DATA}},
    "Winlogbeat": {"winlog": {"event_id": 4624, "computer_name": "PC7", "event_data": DATA}},
    "NXLog": {"EventID": 4624, "Hostname": "PC7", **DATA},
    "named values": {
        "System": {"EventID": 4624, "Computer": "PC7"},
        "EventData": {"Data": [{"@Name": name, "#text": value} for name, value in DATA.items()]},
    },
}


def _view(rows: list[dict[str, Any]], mapping: str) -> duckdb.DuckDBPyConnection:
    base = {
        "kind": "event",
        "source": "s",
        "shard": "a",
        "part": 0,
        "batch": 1,
        "time": datetime(2026, 3, 1, tzinfo=UTC),
    }
    normalised = [{**base, "position": number, **row} for number, row in enumerate(rows)]
    sources = pa.Table.from_pylist([{"source": "s", "mapping": mapping}], schema=TABLES["sources"].schema)
    table = pa.Table.from_pylist(normalised, schema=NORMALISED)
    return views.scoped(views.connect(threads=1), Caller("t"), table, {"sources": sources})


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_gives_the_same_fields(shape: str) -> None:
    """Words that are compared are in lower case, and blanks around a name are none of it."""
    found = _view([{"details": json.dumps(SHAPES[shape])}], "windows_security").sql(
        "SELECT code, computer, logon_type, logon_process, target_sid, process FROM windows_fields"
    )
    assert found.fetchall() == [(4624, "PC7", 9, "seclogo", "S-1-5-21-1-2-3-500", "c:\\x.exe")]


_SIDS = "SELECT event_id, sid FROM rights WHERE sid IS NOT NULL"


@pytest.mark.parametrize("shape", SHAPES)
def test_the_sid_of_a_member_is_that_of_all_fields_in_each_shape(shape: str) -> None:
    record = json.dumps(SHAPES[shape]).replace("4624", "4728").replace("TargetUserSid", "MemberSid")
    record = record.replace("LogonProcessName", "SubjectUserName")  # every record of a group has it
    found = _view([{"details": record, "action": "grant"}], "windows_security")
    fields = found.sql("SELECT event_id, lower(member_sid) FROM windows_fields").fetchall()
    assert found.sql(_SIDS).fetchall() == fields
    assert fields[0][1] == "s-1-5-21-1-2-3-500"
    for other in ({"action": "logon"}, {"details": record.replace("S-1-5", "-")}):
        row = {"details": record, "action": "grant", **other}
        assert _view([row], "windows_security").sql(_SIDS).fetchall() == []
    assert _view([{"details": record, "action": "grant"}], "table_csv").sql(_SIDS).fetchall() == []


def test_signs_for_nothing_are_null_and_other_ids_and_sources_are_left_out() -> None:
    """A dash is no process; 4634 is not asked for, and a share without $ isn't either."""
    dash = {"EventID": 4624, "ProcessName": "-", "LogonType": 3}
    share = {"EventID": 5145, "ShareName": "\\\\*\\Delat"}
    rows = [
        {"details": json.dumps(dash)},
        {"details": json.dumps({"EventID": 4634})},
        {"details": json.dumps(share), "object_id": "\\\\*\\Delat\\a.docx"},
        {"details": json.dumps({**share, "ShareName": "\\\\*\\C$"}), "object_id": "\\\\*\\C$\\a.docx"},
    ]
    query = "SELECT code, logon_type, process, share FROM windows_fields ORDER BY event_id"
    assert _view(rows, "windows_security").sql(query).fetchall() == [
        (4624, 3, None, None),
        (5145, None, None, "\\\\*\\c$"),
    ]
    assert _view(rows, "table_csv").sql(query).fetchall() == []


def test_places_are_of_successful_logins_from_public_addresses() -> None:
    """Gävle lies 6371 km from the globe's centre, whatever spells its country."""
    near = {
        "location": {
            "countryOrRegion": "SE",
            "city": "Gävle",
            "geoCoordinates": {"latitude": 60.67, "longitude": 17.14},
        }
    }
    login = {"action": "login", "outcome": "success", "actor_account": "anna", "src_ip": "203.0.113.7"}
    rows = [
        {**login, "details": json.dumps(near)},
        {**login, "details": json.dumps({"srccountry": "Sweden"})},
        {**login, "details": json.dumps({"srccountry": "Reserved"})},
        {**login, "details": json.dumps(near), "src_ip": "172.31.0.1"},
        {**login, "details": json.dumps(near), "outcome": "failure"},
    ]
    found = (
        _view(rows, "fortigate").sql("SELECT country, city, x_km, y_km, z_km FROM places ORDER BY event_id").fetchall()
    )
    assert found == [("se", "Gävle", 2982, 920, 5554), ("sweden", None, None, None, None)]
