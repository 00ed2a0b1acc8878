"""What a count of an answer counts: where its rows are listed, with which filters, and how the number comes of them.

One table, so that every number leads alike; a test follows each over a whole municipality and compares. What has no
rows of its own stands in NOWHERE with the reason.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

Row = Mapping[str, Any]
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of QUESTION, filtered by what the counting row and its question's parameters name alike.

    FIXED are filters of the count itself; WHERE gives more of them by the row; what stands in BUT means something else
    there, and what stands in ASKED is what the question was given, not the row's. LACKS are columns of which the
    counted events tell nothing, besides those that are empty in the row. `explained` is of lists of events: yes or no.
    ALIKE are columns of which the question counts only some of the values: a sum of several rows has as many events
    as are listed only where these are alike in them. NUMBER makes the count of the rows.
    """

    question: str
    fixed: Mapping[str, str] = field(default_factory=dict)
    where: Callable[[Row], Mapping[str, Any]] = lambda _row: {}
    but: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    explained: str | None = None
    number: Callable[[list[dict[str, Any]]], int] = len


def different(*columns: str) -> Callable[[Iterable[Row]], int]:
    """How many different things the rows tell of: each is the first of COLUMNS that isn't empty."""

    def number(rows: Iterable[Row]) -> int:
        told = (next(((name, row[name]) for name in columns if row[name] is not None), None) for row in rows)
        return len({each for each in told if each is not None})

    return number


def summed(column: str) -> Callable[[Iterable[Row]], int]:
    """The sum of COLUMN."""
    return lambda rows: sum(row[column] or 0 for row in rows)


def those(column: str, value: Any = True) -> Callable[[Iterable[Row]], int]:
    """The rows that have VALUE in COLUMN: the list has the others too, and shows which."""
    return lambda rows: sum(row[column] == value for row in rows)


def _month(row: Row) -> dict[str, str]:
    """The row's month as a period: months are UTC's."""
    first = date.fromisoformat(f"{row['month']}-01")
    after = (first + timedelta(days=32)).replace(day=1)
    return {"start": f"{first}T00:00:00Z", "stop": f"{after}T00:00:00Z"}


def _judged(row: Row) -> dict[str, Any]:
    return {**_month(row), "actor_unit": row["unit"]}


def _nobodys(row: Row) -> dict[str, Any]:
    """Whose it is: a row without that column is of every nämnd, and an empty one of none."""
    return {"controller": row["controller"] or "-"} if "controller" in row else {}


def _item(number: Callable[[list[dict[str, Any]]], int] = len, **fixed: str) -> Callable[[Row], Listed | None]:
    """Of a review's item: the findings of whoever they are of. One that is nobody's is a finding by itself."""

    def listed(row: Row) -> Listed | None:
        who = row.get("actor_person") or row.get("actor_account")
        if not who:  # or a sum of several items, which has no month either
            return None
        filters = {"state": "found", "month": row["month"], "person": who, **fixed}
        return Listed("findings", filters, but=(*row,), number=number)

    return listed


def _found(row: Row) -> Listed:
    """Of what a text was found as: an account is one in every system."""
    where = {} if row["found_as"].endswith("account") else {key: row[key] for key in ("system", "object_type")}
    return Listed("events", {row["found_as"]: row["value"]}, where=lambda _row: where, but=("system", "object_type"))


def _trend(**fixed: str) -> Listed:
    return Listed("findings", {"state": "found", **fixed}, where=_nobodys, but=("severe",))


def _around(row: Row) -> dict[str, Any]:
    """The time around which an address was asked about; both ends count."""
    at = row["at"] if isinstance(row["at"], datetime) else datetime.fromisoformat(str(row["at"]))
    within = timedelta(hours=int(row.get("within_h") or 12))
    return {"src_ip": row["address"], "start": at - within, "stop": at + within + _INSTANT}


def _had(row: Row) -> Listed | None:
    """Of an address: what was seen from it. The ends of a session are seen from elsewhere, and are told themselves."""
    own = row.get("session_from_utc") or row.get("session_to_utc") or row["certainty"] == "other time"
    return None if own else Listed("events", {"undenied": "true"}, where=_around)


def _session(row: Row) -> Listed:
    """Of a session that was given an address: what came from that within it, by whomever."""
    span = {"src_ip": row["assigned_ip"], "start": row["session_from_utc"], "stop": row["session_to_utc"]}
    return Listed("events", where=lambda _row: span, but=(*row,))


def _day(row: Row) -> dict[str, Any]:
    return {"actor_person": row["person"], "start": row["local_day"], "stop": row["local_day"]}


def _first(row: Row) -> Listed:
    """Of a first time: the highest level is not each event's, and the period's beginning not that of the events."""
    return Listed("events", but=("k", "start", *(["actor_account"] if row["actor_person"] else [])))


def end(month: str) -> datetime:
    """The first moment after MONTH: months are UTC's."""
    first = datetime.fromisoformat(f"{month}-01T00:00:00Z")
    return (first + timedelta(days=31)).replace(day=1)


def picture(row: Row, at: str = "month") -> Listed | None:
    """Of a number of the threat picture, in the month that stands AT."""
    measure, name, month = row["measure"], row["name"], row[at]
    whose = _nobodys(row)
    if measure == "exposure":
        asked = _EXPOSURE[name]
        until = row["at_utc"] if at == "month" else end(month)
        told = {"now": until, **(whose if asked.question in _BY_CONTROLLER else {})}
        return Listed(asked.question, where=lambda _row: told, but=("controller",), number=asked.number)
    if measure == "access":
        number = summed("accesses" if name == "judged" else "explained")
        return Listed("explained_share", {"month": month, **whose}, but=("month", "controller"), number=number)
    filters = {"classified": "false"} if name is None else {_FILTER[measure]: name}
    return Listed("findings", {"month": month, "state": "found", **filters, **whose}, but=("month", "controller"))


def _every(row: Row) -> Row:
    """The row as if it were of every nämnd."""
    return {key: value for key, value in row.items() if key != "controller"}


def _watched(rows: list[dict[str, Any]]) -> int:
    """The sources that may not be silent for so long: also those that never sent, which the list calls so."""
    return sum(row["silent_after_s"] is not None for row in rows)


def _emptied(rows: list[dict[str, Any]]) -> int:
    """The logs that were cleared: also those are listed that only stopped, as Windows' does at each shutdown."""
    return sum(row["actor_account"] is not None or row["object_type"] != "log" for row in rows)


_FILTER = {"scenario": "detection", "tactic": "tactic", "level": "level", "decision": "verdict"}
_EXPOSURE = {
    "unread_asset": Listed("unread_assets"),
    "silent_source": Listed("silent_sources", number=_watched),
    "dormant_duty": Listed("dormant_duties", number=different("actor_account")),
    "leaver_account": Listed("leaver_accounts", number=different("actor_person")),
}
_BY_CONTROLLER = ("unread_assets", "silent_sources", "leaver_accounts")
_EVENTS = Listed("events")
_THING = ("object_id", "object_path")
_OF_FINDING = ("start", "stop", "actor_account", "system", "asset")

STATUS, REJECTS = "status", "rejects"
# By question and column. A count called `events` that doesn't stand here is of the question `events`.
COUNTS: Mapping[tuple[str, str], Listed | Callable[[Row], Listed | None]] = {
    ("access_outside_hours", "events"): Listed("events_outside_hours", alike=("k",)),
    ("address_sessions", "events"): _session,
    ("coverage_by_asset", "reads"): Listed("events", {"reads": "true"}, but=("k", "level", "controller")),
    ("coverage_by_share", "events"): Listed("events_in_share", but=("k", "level", "reads")),
    ("coverage_by_share", "reads"): Listed("events_in_share", {"reads": "true"}, but=("k", "level")),
    ("coverage_by_share", "content"): Listed(
        "events_in_share", {"reads": "true", "proves": "content"}, but=("k", "level")
    ),
    ("explained_share", "accesses"): Listed("needing_explanation", where=_judged),
    ("explained_share", "explained"): Listed("needing_explanation", where=_judged, explained="yes"),
    ("explained_share", "unexplained"): Listed("needing_explanation", where=_judged, explained="no"),
    ("exports_and_prints", "events"): Listed("events", alike=("action",)),
    ("failed_logins", "failures"): Listed("events", {"action": "login", "outcome": "failure"}),
    ("find", "events"): _found,
    ("findings", "events"): Listed("evidence", but=_OF_FINDING),
    ("findings", "explained"): Listed("evidence", but=_OF_FINDING, explained="yes"),
    ("findings_resting", "events"): Listed("evidence", asked=("actor_account",)),
    ("first_time_access", "events"): _first,
    ("first_time_access", "content"): lambda row: replace(_first(row), fixed={"proves": "content"}),
    ("leaver_accounts", "rights"): Listed(
        "rights_given", {"held": "true"}, where=lambda row: {"person": row["actor_person"]}
    ),
    ("leaver_accounts", "rights_after"): Listed(
        "rights_given",
        {"held": "true", "after_employment": "true"},
        where=lambda row: {"person": row["actor_person"]},
    ),
    ("logins", "events"): Listed("events", {"action": "login"}),
    ("review", "findings"): _item(),
    ("review", "open"): _item(verdict="open"),
    ("review", "events"): _item(summed("events")),
    ("review", "explained"): _item(summed("explained")),
    ("review_month", "items"): Listed("review", {"decided": "true"}),
    ("review_month", "handed"): Listed("review", {"decided": "true"}, number=those("within_unit")),
    ("review_month", "budget"): Listed("review", {"decided": "true"}, number=those("within_budget")),
    ("review_month", "open"): Listed("review"),
    ("review_month", "open_within"): Listed("review", number=those("within_budget")),
    ("silent_sources", "events"): Listed("events", but=("system",)),
    ("review_month", "open_handed"): Listed("review", number=those("within_unit")),
    # Tables of the pages of health, which are answers to no question.
    (STATUS, "events"): Listed("events", but=("system",)),
    (STATUS, "rejects"): Listed("without_event", {"kind": "reject"}),
    (STATUS, "repeats"): Listed("without_event", {"kind": "repeat"}),
    (STATUS, "gaps"): Listed("without_event", {"kind": "gap"}),
    (STATUS, "clears"): Listed("events", {"action": "log_clear", "undenied": "true"}, but=("system",), number=_emptied),
    (STATUS, "missing"): Listed("without_event", {"kind": "gap"}, number=summed("records")),
    (REJECTS, "records"): Listed("without_event", {"kind": "reject"}),
    ("threat_picture", "number"): picture,
    ("threat_picture", "before"): lambda row: picture(row, "before_month"),
    ("threat_picture", "overall"): lambda row: picture(_every(row)),
    ("threat_picture", "overall_before"): lambda row: picture(_every(row), "before_month"),
    ("threat_trend", "findings"): _trend(),
    ("threat_trend", "severe"): _trend(severe="true"),
    ("threat_trend", "open"): _trend(verdict="open"),
    ("threat_trend", "unjustified"): _trend(verdict="unjustified"),
    ("threat_trend", "accesses"): Listed("explained_share", where=_nobodys, number=summed("accesses")),
    ("threat_trend", "explained"): Listed("explained_share", where=_nobodys, number=summed("explained")),
    ("touched", "events"): Listed("events", alike=("about", "object_type", *_THING)),
    ("unclassified_access", "events"): Listed("events", lacks=("asset",), alike=("action",)),
    ("unknown_actors", "events"): Listed("events", lacks=("actor_person", "actor_kind")),
    ("unknown_actors", "successes"): Listed("events", {"outcome": "success"}, lacks=("actor_person", "actor_kind")),
    ("unknown_actors", "failures"): Listed("events", {"outcome": "failure"}, lacks=("actor_person", "actor_kind")),
    ("usual_work", "events"): Listed("needing_explanation", where=_day),
    ("who_accessed_object", "events"): Listed("events", alike=_THING),  # also what is given as an id may be a path
    ("who_had_address", "events"): _had,
}
# Counts, places and measures that have no rows of their own, and why.
NOWHERE: Mapping[tuple[str, str], str] = {
    ("access_by_level", "actors"): "different persons: their events are many more, and stand beside",
    ("access_outside_hours", "days"): "different days: their events are many more, and stand beside",
    ("context_faults", "number"): "rows of a file beside the lake; the first of them stand beside",
    ("exports_and_prints", "objects"): "different objects: their events are many more, and stand beside",
    ("exports_and_prints", "subjects"): "as its objects",
    ("findings", "risk"): "a weight",
    ("findings_resting", "risk"): "a weight",
    ("persons_affected", "subjects"): "of several actors or objects together, which no list of events takes",
    ("persons_affected", "objects"): "as its subjects",
    ("persons_affected", "events"): "as its subjects",
    ("review", "place"): "a place",
    ("review", "unit_place"): "a place",
    ("review", "risk"): "a weight",
    ("review_month", "staff"): "employees of the directory, on which the budget rests",
    ("silent_sources", "silent_after_s"): "a limit of the settings",
    ("spelt_alike", "differs"): "letters",
    ("touched_before", "own_before"): "accesses of many persons at once, compared",
    ("touched_before", "colleagues_before"): "as own_before",
    ("touched_before", "colleagues"): "as own_before",
    ("touched_before", "others_before"): "as own_before",
    ("unclassified_access", "actors"): "as of access_by_level",
    ("usual_work", "subjects"): "persons, also those whom an object is about, whom the list of events doesn't tell",
    ("usual_work", "unexpected"): "by hours of its own",
    ("usual_work", "colleagues"): "of those colleagues one by one",
    ("usual_work", "colleagues_median"): "a median",
    ("usual_work", "colleagues_most"): "of one colleague who isn't named",
    ("without_event", "records"): "what there is no record of",
    ("who_else", "things"): "of up to two hundred persons and objects at once, which no list of events takes",
    ("who_else", "of_things"): "as its things",
    ("who_else", "events"): "as its things",
    ("who_had_address", "accounts"): "those of the table itself",
    ("wrong_clocks", "events"): "no list of events is filtered by when they were received",
}


def listed(name: str, column: str, row: Row) -> Listed | None:
    """What ROW's count in COLUMN of the question NAME lists; None if it has no rows of its own."""
    found = _counted(name, column)
    return found if found is None or isinstance(found, Listed) else found(row)


def alike(name: str, column: str) -> tuple[str, ...]:
    """The columns in which rows of the question NAME must be alike for the sum of their counts in COLUMN to lead."""
    found = _counted(name, column)
    return found.alike if isinstance(found, Listed) else ()


def _counted(name: str, column: str) -> Listed | Callable[[Row], Listed | None] | None:
    return COUNTS.get((name, column), _EVENTS if column == "events" and (name, column) not in NOWHERE else None)
