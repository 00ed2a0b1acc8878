"""Every question again, by brute force: plain loops over the truth's events, written from what the question says.

Each function takes the known facts and the question's parameters, and gives rows in the order of its columns.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.soak import town
from tests.soak.facts import sweden

Event = dict[str, Any]
Row = tuple[Any, ...]
FAR = datetime.max.replace(tzinfo=UTC)
LONG_AGO = datetime(1601, 1, 1, tzinfo=UTC)
ACTS = {  # what counts as a change, by question
    "changes_to_object": {"create", "update", "delete", "sign", "share", "grant", "revoke"},
    "account_changes": {"account_create", "account_change", "account_delete"},
    "permission_changes": {"grant", "revoke", "share"},
}
ACTS["what_changed"] = ACTS["changes_to_object"] | ACTS["account_changes"] | {"config_change", "log_clear"}
WHO = "actor_account actor_domain actor_person actor_unit"
ONE = (
    f"time {WHO} action outcome proves controller system asset k object_type object_id object_path subject "
    "target_account target_group src_ip src_host device source event_id"
)
CHANGE = (
    f"time system {WHO} action outcome target_account target_group object_type object_id object_path src_ip source "
    "event_id"
)


@dataclass(frozen=True, slots=True)
class Known:
    """All that answers rest on: the events, and what the town told of accounts, assets, things and sources."""

    events: list[Event]
    accounts: list[dict[str, Any]]
    assets: list[dict[str, Any]]
    about: list[dict[str, Any]]  # which things are about whom, by token
    sources: list[dict[str, Any]]


def within(events: Iterable[Event], given: dict[str, Any]) -> Iterator[Event]:
    """Those in the period and the system that are asked about."""
    start, stop = given.get("start") or LONG_AGO, given.get("stop") or FAR
    for event in events:
        if start <= event["time"] < stop and given.get("system") in {None, event["system"]}:
            yield event


def fields(event: Event, names: str) -> Row:
    """The columns NAMES of an event."""
    return tuple(event[name] for name in names.split())


def grouped(events: Iterable[Event], names: str) -> dict[Row, list[Event]]:
    """Events by the columns NAMES."""
    found: dict[Row, list[Event]] = defaultdict(list)
    for event in events:
        found[fields(event, names)].append(event)
    return found


def span(events: list[Event]) -> Row:
    """First and last time."""
    times = [event["time"] for event in events]
    return min(times), max(times)


def actors(events: list[Event]) -> int:
    """How many different actors are named."""
    return len(
        {
            (event["actor_person"], None if event["actor_person"] else event["actor_account"])
            for event in events
            if event["actor_person"] or event["actor_account"]
        }
    )


def same(person: str | None, event: Event) -> bool:
    """Whether the event is of an account or person of just this spelling; nobody asked about is everybody."""
    return person in {None, event["actor_account"], event["actor_person"]}


def access_by_level(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    for key, mine in grouped(within(known.events, given), "controller k r t action proves").items():
        yield *key, len(mine), actors(mine)


def access_outside_hours(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    level = given.get("level", 2)
    found = defaultdict(list)
    for event in within(known.events, given):
        local = sweden(event["time"])
        holiday = holidays(local.year).get(local.date())
        why = "holiday" if holiday else "weekend" if local.isoweekday() >= 6 else "hour"
        working = given.get("from_hour", 6) <= local.hour < given.get("to_hour", 18)
        if (why == "hour" and working) or (level and (event["k"] is None or event["k"] < level)):
            continue
        if given.get("unit") in {None, event["actor_unit"]}:
            key = fields(event, "actor_account actor_domain actor_person actor_kind actor_unit system asset k proves")
            found[why, holiday, *key].append(event)
    for key, mine in found.items():
        yield *key, len(mine), len({sweden(event["time"]).date() for event in mine}), *span(mine)


def events_outside_hours(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    for event in within(known.events, given):
        local = sweden(event["time"])
        holiday = holidays(local.year).get(local.date())
        why = "holiday" if holiday else "weekend" if local.isoweekday() >= 6 else "hour"
        working = why == "hour" and given.get("from_hour", 6) <= local.hour < given.get("to_hour", 18)
        alike = all(given.get(name) in {None, event[name]} for name in _FILTERED)
        if alike and not working and given.get("why") in {None, why} and given.get("holiday") in {None, holiday}:
            yield event["time"], why, holiday, *fields(event, _LISTED)


_FILTERED = ("actor_person", "actor_account", "actor_domain", "actor_kind", "actor_unit", "asset", "k", "proves")
_LISTED = (
    "actor_account actor_domain actor_person actor_unit action outcome proves system asset k "
    "object_type object_id object_path subject src_ip source event_id"
)


def first_time_access(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    before = list(within(known.events, {"stop": given.get("stop")}))
    level, found = given.get("level", 0), defaultdict(list)
    for event in before:
        if (event["actor_person"] or event["actor_account"]) and (not level or (event["k"] or 0) >= level):
            account = None if event["actor_person"] else event["actor_account"]
            found[event["actor_person"], account, event["system"], event["asset"]].append(event)
    reach = min((event["time"] for event in known.events), default=None)
    for key, mine in found.items():
        first = span(mine)[0]
        if first >= given["start"]:
            levels = [event["k"] for event in mine if event["k"] is not None]
            content = sum(event["proves"] == "content" for event in mine)
            yield *key, max(levels, default=None), first, len(mine), content, reach


def unclassified_access(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    mine = (
        event
        for event in within(known.events, given)
        if event["asset"] is None and event["action"] not in {"login", "logout", "connect"}
    )
    for key, those in grouped(mine, "source system object_type action proves").items():
        yield *key, len(those), actors(those), *span(those)


def who_accessed_object(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    names = f"controller system object_type object_id object_path {WHO} action proves outcome"
    for key, mine in grouped(_on_object(known, given), names).items():
        yield *key, len(mine), *span(mine)


def who_accessed_subject(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    things = defaultdict(list)
    for row in known.about:
        if row["subject"] == given["subject"]:
            things[row["system"], row["object_id"]].append(row["until"])
    found = defaultdict(list)
    for event in within(known.events, given):
        by_thing = any(event["time"] < until for until in things.get((event["system"], event["object_id"]), ()))
        if event["subject"] == given["subject"] or (event["subject"] is None and by_thing):
            key = fields(event, f"controller system asset {WHO} action proves outcome purpose")
            found["subject" if event["subject"] else "object", *key].append(event)
    for key, mine in found.items():
        yield *key, len(mine), *span(mine)


def account_changes(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    return _done_to(known, given, ACTS["account_changes"])


def permission_changes(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    place, group = CHANGE.split().index("target_group"), given.get("target_group")
    rows = _done_to(known, given, ACTS["permission_changes"])
    return (row for row in rows if group is None or row[place] == group)


def failed_logins(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    tried = [
        event
        for event in within(known.events, given)
        if event["action"] == "login" and same(given.get("person"), event)
    ]
    succeeded = grouped(
        (event for event in tried if event["outcome"] == "success"), "system actor_account actor_domain"
    )
    names = "system actor_account actor_domain actor_person src_ip src_host"
    for key, mine in grouped((event for event in tried if event["outcome"] == "failure"), names).items():
        if len(mine) < given.get("at_least", 1):
            continue
        first, last = span(mine)
        after = [event["time"] for event in succeeded.get(key[:3], ()) if event["time"] >= last]
        yield *key, len(mine), first, last, min(after, default=None)


def logins(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    names = list(_names(known, given.get("person")))
    mine = (
        event
        for event in within(known.events, given)
        if event["action"] == "login" and _is_of(names, given.get("person"), event)
    )
    for key, those in grouped(mine, "system actor_account actor_domain actor_person src_ip src_host outcome").items():
        yield *key, len(those), *span(those)


def changes_to_object(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    names = f"time controller system object_type object_id object_path {WHO} action outcome proves"
    for event in _on_object(known, given):
        if event["action"] in ACTS["changes_to_object"]:
            for change in event["changes"] or [(None, None, None)]:
                yield *fields(event, names), *change, event["event_id"]


def what_changed(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    names = (
        f"time controller system asset r {WHO} action outcome proves object_type object_id object_path target_account "
        "target_group"
    )
    for event in within(known.events, given):
        fits = all(given.get(name) in {None, event[name]} for name in ("asset", "controller"))
        if fits and event["action"] in ACTS["what_changed"]:
            for change in event["changes"] or [(None, None, None)]:
                yield *fields(event, names), *change, event["event_id"]


def exports_and_prints(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    level = given.get("level", 0)
    mine = (
        event
        for event in within(known.events, given)
        if event["action"] in {"export", "print"}
        and same(given.get("person"), event)
        and (not level or (event["k"] is not None and event["k"] >= level))
    )
    for key, those in grouped(mine, f"controller system asset k {WHO} action proves outcome").items():
        objects = {event["object_id"] or event["object_path"] for event in those} - {None}
        subjects = {event["subject"] for event in those} - {None}
        yield *key, len(those), len(objects), len(subjects), *span(those)


def coverage_by_asset(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    for row in known.assets:
        if row["k"] < given.get("level", 2):
            continue
        declared = sorted(one["source"] for one in known.sources if one["system"] == row["system"])
        reading = sorted(
            one["source"] for one in known.sources if one["system"] == row["system"] and "read" in one["logs"]
        )
        read = [
            event["time"]
            for event in known.events
            if (event["asset"], event["system"]) == (row["asset"], row["system"])
            and event["action"] in {"read", "search", "export", "print"}
        ]
        if read:
            state = "6 covered" if reading else "5 seen, not declared"
        else:
            state = "4 none seen" if reading else "3 no reads" if declared else "2 no source"
        last = max(read, default=None)
        whose = (row["asset"], row["asset"], row["controller"], row["k"], row["system"])
        yield state, *whose, tuple(declared) or None, tuple(reading) or None, len(read), last


def silent_sources(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    of = given.get("controller")
    systems = {asset["system"] for asset in known.assets if asset["controller"] == of}
    for one in known.sources:
        if of is not None and one["system"] not in systems:
            continue
        mine = [event for event in known.events if event["source"] == one["source"]]
        spoken = max((event["time"] for event in mine if event["time"] <= given["now"]), default=None)
        quiet = timedelta(seconds=town.SILENT_AFTER_S)
        if not mine or spoken is None or spoken + quiet < given["now"]:
            received = max((event["received"] for event in mine), default=None)
            state = "silent" if mine else "never"
            yield state, one["source"], one["system"], town.SILENT_AFTER_S, spoken, received, len(mine)


def timeline(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    who, things, whom = (set(given.get(name) or ()) for name in ("actors", "objects", "subjects"))
    for event in within(known.events, given):
        touched = {event["object_id"], event["object_path"]} & things or event["subject"] in whom
        if touched or {event["actor_account"], event["actor_person"], event["target_account"]} & who:
            yield fields(event, ONE)


def unknown_actors(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    mine = (event for event in within(known.events, given) if not (event["actor_person"] or event["actor_kind"]))
    for key, those in grouped(mine, "source system actor_account actor_domain").items():
        good, bad = (sum(event["outcome"] == word for event in those) for word in ("success", "failure"))
        yield *key, len(those), good, bad, *span(those)


def what_did_person_do(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    names = list(_names(known, given["person"]))
    for event in within(known.events, given):
        if _is_of(names, given["person"], event):
            yield fields(event, ONE)


def who_had_address(known: Known, given: dict[str, Any]) -> Iterator[Row]:
    at, reach = given["at"], timedelta(hours=given.get("within_h", 12))
    seen = [
        event
        for event in known.events
        if event["src_ip"] == given["address"]
        and at - reach <= event["time"] <= at + reach
        and event["outcome"] != "failure"
        and (event["actor_account"] or event["device"] or event["src_host"])
    ]
    named = [event for event in seen if event["actor_account"]]
    accounts = len({fields(event, "actor_account actor_domain") for event in named})
    persons = {event["actor_person"] or fields(event, "actor_account actor_domain") for event in named}
    times = [event["time"] for event in named]
    both = "strong" if named and min(times) <= at < max(times) else "weak"
    for key, mine in grouped(seen, "actor_account actor_domain actor_person device src_host").items():
        before = max((event["time"] for event in mine if event["time"] <= at), default=None)
        after = min((event["time"] for event in mine if event["time"] > at), default=None)
        certainty = "device only" if key[0] is None else "shared" if len(persons) > 1 else both
        yield *key[:3], certainty, *key[3:], None, None, before, after, len(mine), accounts


def _on_object(known: Known, given: dict[str, Any]) -> Iterator[Event]:
    return (
        event
        for event in within(known.events, given)
        if given["object_id"] in {event["object_id"], event["object_path"]}
    )


def _done_to(known: Known, given: dict[str, Any], acts: set[str]) -> Iterator[Row]:
    person = given.get("person")
    names = list(_names(known, person))
    for event in within(known.events, given):
        if event["action"] in acts and (
            _is_of(names, person, event)
            or event["target_account"] == person
            or any(
                account == event["target_account"] and first <= event["time"] < stop
                for _, account, first, stop in names
            )
        ):
            yield fields(event, CHANGE)


_Name = tuple[str, str | None, datetime, datetime]


def _is_of(names: list[_Name], person: str | None, event: Event) -> bool:
    """Whether the event is of the account or person, under any of the NAMES that PERSON means at the event's time."""
    if same(person, event):
        return True
    return any(
        first <= event["time"] < stop
        and (who == event["actor_person"] or (not event["actor_person"] and account == event["actor_account"]))
        for who, account, first, stop in names
    )


def _names(known: Known, person: str | None) -> Iterator[_Name]:
    """Whom PERSON (an id, or an account) means, with each account, and when."""
    if person is None:
        return
    asked = person.lower()
    held = [row for row in known.accounts if row["person"]]
    for row in held:
        if row["person"].lower() == asked:
            yield row["person"], None, LONG_AGO, FAR
            yield row["person"], row["account"], row["from"], row["to"] or FAR
        if row["account"].lower() == asked:
            for other in held:
                if other["person"] == row["person"]:
                    first, stop = max(row["from"], other["from"]), min(row["to"] or FAR, other["to"] or FAR)
                    if first < stop:
                        yield other["person"], other["account"], first, stop


def holidays(year: int) -> dict[date, str]:
    """The days off of a year in Sweden, reckoned from Easter (Meeus)."""
    if year not in _HOLIDAYS:
        _HOLIDAYS[year] = _reckoned(year)
    return _HOLIDAYS[year]


_HOLIDAYS: dict[int, dict[date, str]] = {}


def _reckoned(year: int) -> dict[date, str]:
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    easter = date(year, f // 31, f % 31 + 1)

    def saturday(month: int, day: int) -> date:
        first = date(year, month, day)
        return first + timedelta((6 - first.isoweekday()) % 7)

    midsummer = saturday(6, 20)
    return {
        date(year, 1, 1): "Nyårsdagen",
        date(year, 1, 6): "Trettondedag jul",
        easter - timedelta(2): "Långfredagen",
        easter: "Påskdagen",
        easter + timedelta(1): "Annandag påsk",
        date(year, 5, 1): "Första maj",
        easter + timedelta(39): "Kristi himmelsfärdsdag",
        date(year, 6, 6): "Nationaldagen",
        easter + timedelta(49): "Pingstdagen",
        midsummer - timedelta(1): "Midsommarafton",
        midsummer: "Midsommardagen",
        saturday(10, 31): "Alla helgons dag",
        date(year, 12, 24): "Julafton",
        date(year, 12, 25): "Juldagen",
        date(year, 12, 26): "Annandag jul",
        date(year, 12, 31): "Nyårsafton",
    }


ANSWERS: dict[str, Callable[[Known, dict[str, Any]], Iterator[Row]]] = {
    answer.__name__: answer
    for answer in (
        *(
            access_by_level,
            access_outside_hours,
            events_outside_hours,
            first_time_access,
            unclassified_access,
            who_accessed_object,
        ),
        *(who_accessed_subject, account_changes, failed_logins, logins, permission_changes, changes_to_object),
        *(what_changed, exports_and_prints, coverage_by_asset, silent_sources, timeline, unknown_actors),
        *(what_did_person_do, who_had_address),
    )
}
