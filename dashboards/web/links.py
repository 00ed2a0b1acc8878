"""Where a value of an answer leads: one table, so that every page leads alike. Addresses hold ids and tokens only."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache, partial
from typing import Any
from urllib.parse import quote, quote_plus, urlencode
from zoneinfo import ZoneInfo

from analytics.calendar import moved
from analytics.digested import digest
from analytics.question import columns, question
from dashboards.web import counts

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
    "given_by": "/person/{}",
    "taken_by": "/person/{}",
    "src_ip": "/address/{}",
    "event_id": "/event/{}",
    "given_event": "/event/{}",
    "first_event": "/event/{}",
    "taken_event": "/event/{}",
    "from_event": "/event/{}",
    "to_event": "/event/{}",
    "finding": "/finding/{}",
    "source": "/health/{}",
}
# A time that leads to the event that took place then.
_AT = {
    "time_utc": "event_id",
    "given_utc": "given_event",
    "taken_utc": "taken_event",
    "session_from_utc": "from_event",
    "session_to_utc": "to_event",
}
# Columns of a session that was given an address, which lead to what was done over it.
_OF_SESSION = frozenset({"assigned_ip", "src_ip", "actor_person", "actor_account"})
_OBJECT = ("object_id", "object_path")
DIGEST = "path_digest"  # of an object's page, in the place of object_path
_SWEDEN = ZoneInfo("Europe/Stockholm")
_HALF_A_DAY = timedelta(hours=12)
_LONGEST = 1000  # characters of an address: a path of 260 letters fits, unless many of them are å, which takes six


def page(column: str, row: Mapping[str, Any]) -> str | None:
    """The address that ROW's value in COLUMN leads to, if it has one."""
    value = row.get(column)
    if value is None or value == "":
        return None
    text, of_session = str(value), column in _OF_SESSION and bool(row.get("assigned_ip"))
    if of_session or column in _PAGES:
        return _over_session(column, text, row) if of_session else short(_PAGES[column].format(_quoted_part(text)))
    if column in _AT and row.get(_AT[column]):
        return page("event_id", {"event_id": row[_AT[column]]})
    if column == "detection" and row.get("finding"):
        return page("finding", row)
    if column in _OBJECT and row.get("system"):
        # A thing is one by its id; by its path only where the record tells no id.
        given = _OBJECT[:-1] if row.get("object_id") else _OBJECT
        pairs = {name: row[name] for name in ("system", "object_type", *given) if row.get(name)}
        return short("/object?" + _encoded(pairs)) or _by_digest(pairs)
    return None


def _by_digest(pairs: Mapping[str, Any]) -> str | None:
    """The page of an object whose path is too long for an address: it is found by the path's digest."""
    if "object_path" not in pairs:
        return None
    rest = {name: text for name, text in pairs.items() if name != "object_path"}
    return short("/object?" + urlencode({**rest, DIGEST: digest(pairs["object_path"])}))


def _over_session(column: str, value: str, row: Mapping[str, Any]) -> str | None:
    """The page of VALUE, an address or who had it, over ROW's session; of an end not seen, half a day.

    With the second in which it ends, since the end itself is told of then; but the next who is given the address may
    begin in that.
    """
    begin, end = row.get("session_from_utc"), row.get("session_to_utc")
    last = end and (end if column == "assigned_ip" else moved(end, timedelta(seconds=1)))
    begin, end = begin or (end and moved(end, -_HALF_A_DAY)), last or (begin and moved(begin, _HALF_A_DAY))
    where = _PAGES["src_ip" if column == "assigned_ip" else column].format(quote(value, safe=""))
    return short(where + ("?" + urlencode(_period(begin, end)) if begin and end else ""))


def _period(start: datetime, stop: datetime) -> dict[str, str]:
    """From START to STOP as an address has it, by Sweden's clock."""
    return {name: time.astimezone(UTC).astimezone(_SWEDEN).isoformat() for name, time in
            (("start", start), ("stop", stop))}  # fmt: skip


def around(row: Mapping[str, Any]) -> str | None:
    """The address of what whoever did ROW's latest event did in the half days before and after it."""
    who, when = row.get("actor_person") or row.get("actor_account"), row.get("time_utc") or row.get("last_utc")
    if not who or not isinstance(when, datetime):
        return None
    hour = when.astimezone(_SWEDEN).replace(minute=0, second=0, microsecond=0)
    pairs = _period(moved(hour, -_HALF_A_DAY), moved(hour, _HALF_A_DAY + timedelta(hours=1)))
    return short(_PAGES["person"].format(_quoted_part(str(who))) + "?" + _encoded(pairs))


def rows_of(column: str, row: Mapping[str, Any], beside: Mapping[str, Any], asked: str = "") -> str | None:
    """The address of the rows that ROW's count in COLUMN counts; None for what is 0, or has no rows (see counts).

    BESIDE is what the question ASKED was given: its period, and whom or what it was about.
    """
    if not row.get(column):
        return None
    if not asked and row.get("finding"):
        return page("finding", row)
    given = {**beside, **row}
    count = counts.listed(asked, column, given)
    if count is None or any(isinstance(value, list) for value in beside.values()):
        return None  # of several actors or objects: `events` would list those of everybody
    if about := row.get("about") or given.get("subject"):
        given["subject"] = about
    # Also what names only an object is about the person: `events` wouldn't list it.
    name = "events_about" if about and count.question == "events" else count.question
    filters = _filters(name)
    if "stated_purpose" in filters and "purpose" in row:
        given["stated_purpose"] = row["purpose"]
    given = {key: value for key, value in given.items() if key not in count.but}
    given |= {key: beside.get(key) for key in count.asked}
    given |= {**count.fixed, **count.where(given | dict(row))}
    pairs = {key: _text(value) for key, value in given.items() if key in filters and value not in (None, "")}
    if "lacks" in filters and (lacking := _lacking(name, row, given, count)):
        pairs["lacks"] = ",".join(lacking)
    if filters and pairs.keys() <= {"start", "stop"} and "event_id" in columns(question(name)):
        return None  # it would list everybody's
    if count.explained:
        pairs["explained"] = count.explained
    return short(f"/question/{name}?" + _encoded(pairs))


def _encoded(pairs: Mapping[str, str]) -> str:
    """PAIRS as an address has them; a page's hundreds of links have most of them alike."""
    return "&".join(f"{key}={_quoted(text)}" for key, text in pairs.items())


_quoted = lru_cache(4096)(quote_plus)
_quoted_part = lru_cache(4096)(partial(quote, safe=""))


@cache
def _filters(name: str) -> frozenset[str]:
    return frozenset(param.name for param in question(name).params)


@cache
def _may_lack(name: str) -> frozenset[str]:
    """The columns of which the question NAME can ask for what doesn't tell them."""
    return frozenset(re.findall(r"',(\w+),'", question(name).sql))


def _lacking(name: str, row: Mapping[str, Any], given: Mapping[str, Any], count: counts.Listed) -> list[str]:
    """The columns that the counted events don't tell: those that are empty in ROW, of which NAME can ask that."""
    empty = [key for key, value in {**row, **given}.items() if value in (None, "") and key not in count.but]
    return sorted({*empty, *count.lacks} & _may_lack(name))


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def short(address: str) -> str | None:
    """ADDRESS, unless it is so long that a page of such would be too heavy, or no browser may send it."""
    return address if len(address) <= _LONGEST else None
