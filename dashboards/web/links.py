"""Where a value of an answer leads: one table, so that every page leads alike. Addresses hold ids and tokens only."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from analytics.question import question

# The page of what a column names.
_PAGES = {
    "actor_person": "/person/{}",
    "actor_account": "/person/{}",
    "target_account": "/person/{}",
    "person": "/person/{}",
    "account": "/person/{}",
    "subject": "/subject/{}",
    "about": "/subject/{}",
    "system": "/system/{}",
    "asset": "/asset/{}",
    "src_ip": "/address/{}",
    "event_id": "/event/{}",
    "finding": "/finding/{}",
    "source": "/health/{}",
}
# Counts of events, each of which leads to those events.
_COUNTS = frozenset({"events"})
_PERIOD = ("start", "stop")


def page(column: str, row: Mapping[str, Any]) -> str | None:
    """The address that ROW's value in COLUMN leads to, if it has one."""
    value = row.get(column)
    if value is None or value == "":
        return None
    if column in _PAGES:
        return _PAGES[column].format(quote(str(value), safe=""))
    if column == "object_id" and row.get("system"):
        pairs = {"system": row["system"], "object_id": value, "object_type": row.get("object_type")}
        return "/object?" + urlencode({name: text for name, text in pairs.items() if text})
    return None


def rows_of(column: str, row: Mapping[str, Any], beside: Mapping[str, Any]) -> str | None:
    """The address of the events that ROW's count in COLUMN counts: by the row's other columns, and what stands BESIDE.

    BESIDE is what the question was given: its period, and whom or what it was about.
    """
    if column not in _COUNTS or not row.get(column):
        return None
    filters = {param.name for param in question("events").params}
    pairs = {name: value for name, value in {**beside, **row}.items() if name in filters and value not in {None, ""}}
    return "/question/events?" + urlencode({name: str(value) for name, value in pairs.items()})
