"""MISP: attributes of events (JSON) and their words, which CSV exports share."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from analytics.intelligence.entry import Clause, Comparison, Entry, Read, Reject

# MISP's word = ours; of a word with `|` the parts, which are alternatives (any) or must be met by one event (all).
_PLAIN: dict[str, str] = {
    "ip-src": "ip",
    "ip-dst": "ip",
    "domain": "domain",
    "hostname": "domain",
    "url": "url",
    "uri": "url",
    "md5": "hash",
    "sha1": "hash",
    "sha256": "hash",
    "sha512": "hash",
    "filename": "file_name",
    "email": "email",
    "email-src": "email",
    "email-dst": "email",
    "target-email": "email",
    "target-user": "account",
    "user-agent": "user_agent",
}
_ANY = {"domain|ip": ("domain", "ip")}
_ALL = {f"filename|{name}": ("file_name", "hash") for name in ("md5", "sha1", "sha256", "sha512")}


def clauses(word: str, value: str) -> tuple[Clause, ...]:
    """What an attribute of the type WORD looks for. Errors: ValueError, whose text is the reason."""
    if word in _PLAIN:
        return ((Comparison(_PLAIN[word], value),),)
    if word in _ANY or word in _ALL:
        kinds = (_ANY | _ALL)[word]
        parts = value.split("|")
        if len(parts) != len(kinds):
            raise ValueError("want two values with | between")
        pairs = tuple(Comparison(kind, part) for kind, part in zip(kinds, parts, strict=True))
        return (pairs,) if word in _ALL else tuple((pair,) for pair in pairs)
    if word in {"ip-src|port", "ip-dst|port", "hostname|port"}:
        raise ValueError("events hold no port of the other side")
    raise ValueError("an attribute type that events can't answer")


def read(document: dict[str, Any]) -> Read:
    """The attributes of a MISP event, or of the events of a response, that are meant for detection (`to_ids`)."""
    found = Read([], [], [])
    for number, event in enumerate(events(document), start=1):
        label = str(event.get("info") or "")
        for at, each in enumerate(_attributes(event), start=1):
            place = f"event {number} attribute {at}"
            if each.get("deleted") is True:
                found.withdrawn.append(str(each.get("uuid")))
            elif each.get("to_ids") not in {True, "1"}:
                found.passed += 1
            else:
                _take(found, place, each, label)
    return found


def events(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events of a document: itself, or those of a response."""
    response = document.get("response", [document])
    for each in response if isinstance(response, list) else [response]:
        event = each.get("Event") if isinstance(each, dict) else None
        if isinstance(event, dict):
            yield event


def _attributes(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    objects = [each for each in event.get("Object") or [] if isinstance(each, dict)]
    for holder in (event, *objects):
        yield from (each for each in holder.get("Attribute") or [] if isinstance(each, dict))


def _take(found: Read, place: str, each: dict[str, Any], label: str) -> None:
    word, value = each.get("type"), each.get("value")
    if not isinstance(word, str) or not isinstance(value, str):
        found.rejects.append(Reject(place, "value" if isinstance(word, str) else "type", "is missing"))
        return
    try:
        wanted = clauses(word, value)
    except ValueError as error:
        found.rejects.append(Reject(place, "type", str(error)))
        return
    since = _time(each.get("first_seen")) or epoch(each.get("timestamp"))
    found.entries.append(Entry(place, str(each.get("uuid") or ""), wanted, since, None, None, label))


def _time(text: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo else None


def epoch(text: Any) -> datetime | None:
    """Seconds since 1970, as MISP writes them; None if they aren't."""
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
