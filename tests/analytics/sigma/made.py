# ruff: noqa: E501 - an event on a line
"""Made-up events in the forms that forwarders write, and rules of a line or two."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from analytics import views
from analytics.caller import Caller
from analytics.sigma.convert import convert_text
from analytics.sigma.matches import matches
from ingest.mapping import connect, mapping
from ingest.normalise import Rules, normalise
from ingest.streams import batches
from schemas.event import NORMALISED
from schemas.source import Source

SYSMON = ("Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational")
SECURITY = ("Microsoft-Windows-Security-Auditing", "Security")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def xml(
    event: int, channel: tuple[str, str], data: str | dict[str, str], user_data: str = "", time: str = "12:00:00"
) -> str:
    """A Windows event as EVTX is rendered."""
    inner = (
        data if isinstance(data, str) else "".join(f"<Data Name='{k}'>{_escaped(v)}</Data>" for k, v in data.items())
    )
    body = f"<UserData>{user_data}</UserData>" if user_data else f"<EventData>{inner}</EventData>"
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='{channel[0]}'/><EventID>{event}</EventID><Level>4</Level>"
        f"<TimeCreated SystemTime='2026-03-01T{time}.0000000Z'/><EventRecordID>17</EventRecordID>"
        f"<Channel>{channel[1]}</Channel><Computer>pc-17</Computer><Security/></System>{body}</Event>"
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def winlogbeat(event: int, channel: tuple[str, str], data: dict[str, str]) -> str:
    """The same as Winlogbeat sends it."""
    return json.dumps(
        {
            "@timestamp": "2026-03-01T12:00:00.000Z",
            "winlog": {
                "channel": channel[1], "provider_name": channel[0], "event_id": str(event), "computer_name": "pc-17", "event_data": data,
            },
        }
    )  # fmt: skip


def nxlog(event: int, channel: tuple[str, str], data: dict[str, str]) -> str:
    """The same as NXLog's to_json writes it: flat."""
    head = {
        "EventTime": "2026-03-01T12:00:00.000+00:00",
        "EventID": event,
        "Channel": channel[1],
        "SourceName": channel[0],
    }
    return json.dumps({**head, **data})


def dumped(event: int, channel: tuple[str, str], data: dict[str, str]) -> str:
    """The same as evtx_dump writes it."""
    system = {
        "Provider": {"#attributes": {"Name": channel[0]}},
        "EventID": {"#attributes": {"Qualifiers": 0}, "#text": event},
        "TimeCreated": {"#attributes": {"SystemTime": "2026-03-01T12:00:00.000Z"}},
        "Channel": channel[1],
        "Computer": "pc-17",
    }
    return json.dumps({"Event": {"System": system, "EventData": data}})


FORMS = {
    "EVTX": xml,
    "Winlogbeat": winlogbeat,
    "NXLog": nxlog,
    "evtx_dump": dumped,
}


def rows(mapped: str, *records: str, shard: str = "a") -> pa.Table:
    """RECORDS as rows of normalised, by the mapping MAPPED."""
    import io  # noqa: PLC0415 - nothing else here needs it

    rules = Rules(Source(name=mapped, mapping=mapped, zone="UTC"), mapping(mapped))
    connection = connect()
    stream = io.BytesIO("\n".join(records).encode())
    made = [
        normalise(connection, batch.records, [batch.context], rules)
        for batch in batches(stream, rules.mapping, rules.source, shard=shard, received=NOON, path=None, mtime=NOON)
    ]
    table = pa.concat_tables(made)
    assert set(table["kind"].to_pylist()) == {"event"}, table["reason"].to_pylist()
    return table


def made_rows(mapped: str, *details: dict, **columns) -> pa.Table:
    """Rows of normalised whose details are given, one event of NOON each."""
    return pa.Table.from_pylist(
        [
            {
                "kind": "event", "source": "s", "system": "s", "shard": "m", "position": number, "part": 0, "time": NOON, "received": NOON,
                "batch": 1, "rules_version": f"{mapped}=0a1b2c3d", "details": json.dumps(each, ensure_ascii=False), **columns,
            }
            for number, each in enumerate(details)
        ],
        schema=NORMALISED,
    )  # fmt: skip


def connection_of(*tables: pa.Table):
    """A connection with the relation events."""
    return views.scoped(views.connect(threads=1), Caller("test"), pa.concat_tables(tables), {}, ("events",))


def converted(text: str):
    """The rules of TEXT, all of which can be converted."""
    found, failures = convert_text(Path("rule.yml"), text)
    assert not failures, failures
    return [each.rule for each in found]


def rule(logsource: str, detection: str, rule_id: str = "00000000-0000-4000-8000-000000000001") -> str:
    """A rule as YAML; DETECTION without a condition has the only selection `s`."""
    condition = "" if "condition:" in detection else "\n  condition: s"
    inner = (
        "\n".join("  " + line for line in detection.splitlines())
        if "\n" in detection or "condition" in detection
        else f"  s: {detection}"
    )
    return f"title: R\nid: {rule_id}\nlogsource: {{{logsource}}}\ndetection:\n{inner}{condition}\n"


def reason(text: str) -> str:
    """Why the one rule of TEXT can't be converted."""
    found, failures = convert_text(Path("rule.yml"), text)
    assert not found
    [failure] = failures
    return failure.reason


def hits(text: str, *tables: pa.Table, where: str = "true") -> list[str]:
    """The events that the rules of TEXT find."""
    table = matches(connection_of(*tables), converted(text), where)
    return sorted({event for events in table["evidence"].to_pylist() for event in events})
