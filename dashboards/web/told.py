"""An event and what explains it, as a page tells them: a sentence, facts and where they lead, what they rest on."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics.detect.explain import Event, Reason, Told, shown_fields
from analytics.detect.knowledge import detections, explanations
from analytics.question import SWEDEN
from dashboards.cells import cell, heading, printable
from dashboards.web import links, naming
from dashboards.web.render import say
from schemas.sqlfile import SqlFile
from schemas.tables import ROW_ID
from schemas.terms import term, terms

# Ids that are read by the name that they had at the event's time, where it is known.
_NAMES = {"actor_person": "person_name", "actor_unit": "unit_name", "asset": "asset_name"}
# Acts that touch no information, whatever the record says that it proves.
NO_CONTENT = frozenset(
    {
        *("login", "logout", "grant", "revoke", "account_create", "account_change", "account_delete", "config_change"),
        *("log_clear", "execute", "connect"),
    }
)
# What became of content that a record proves, by the act; of other acts it may be either.
_BECAME = {
    **dict.fromkeys(("read", "search", "copy", "export", "print"), "seen"),
    "create": "created",
    "update": "changed",
    "delete": "removed",
}
# A context row's `kind` has its words in the group of the glossary that is called so.
_KINDS = {
    "contacts": "contact",
    "kin": "kin",
    "people": "actor_kind",
    "accounts": "actor_kind",
    "asset_rules": "pattern",
}
_ALWAYS = 1601  # the year from which what has no beginning holds


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known: its heading, the text, where it leads, and the column and value that it is of."""

    heading: str
    text: str
    href: str | None = None
    column: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """One explanation that covers an event: what it says, its name, and each row that it rests on, as facts."""

    says: str
    name: str
    rests: tuple[tuple[str, tuple[Fact, ...]], ...]


def header(file: SqlFile, english: str, language: str) -> str:
    """What FILE says of itself, under the key ENGLISH or in Swedish."""
    return file.said("sv" if language == "sv" else english)


def rule_title(finding: Mapping[str, Any], language: str) -> str:
    """What the rule of a row of findings looks for: in a sentence, or a Sigma rule's own title."""
    file = detections().get(finding["detection"])
    if file is None:
        return printable(str(json.loads(finding.get("facts") or "{}").get("title", finding["detection"])))
    return header(file, "en", language)


def sources(findings: pa.Table, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """By finding, the log source that it is about, of those of ROWS that are nobody's act; FINDINGS: all of them."""
    ids = [row["finding"] for row in rows if not (row["actor_person"] or row["actor_account"])]
    held = findings.filter(pc.is_in(findings["finding"], pa.array(ids, pa.string()))).select(["finding", "facts"])
    named = {row["finding"]: json.loads(row["facts"] or "{}").get("source") for row in held.to_pylist()}
    return {finding: source for finding, source in named.items() if source}


def rules(row: Mapping[str, Any], column: str, language: str) -> str | None:
    """What the rules say that ROW names in COLUMN: detections, one or several, or an explanation."""
    names = row[column] if isinstance(row[column], list) else [row[column]]
    known = explanations()
    return " ".join(
        header(known[each], "explains", language)
        if each in known
        else rule_title({"detection": each, "facts": row.get("facts")}, language)
        for each in names
        if each
    )


def sentence(row: Mapping[str, Any], language: str) -> str:
    """Who did what to which thing in which system; ROW is of explain.sql."""
    act = f"action.{row['action']}"
    did = term(act, language) if act in terms() and row["action"] != "other" else say(language, "told.other")
    place = say(language, "told.in", printable(row["system"])) if row["system"] else ""
    return " ".join(filter(None, [who(row, language), did, thing(row, language), place])) + "."


def who(row: Mapping[str, Any], language: str) -> str:
    """The name with role and unit, as they were then, or the account alone."""
    name = row.get("person_name") or row.get("actor_person") or row["actor_account"]
    if not name:
        return say(language, "told.nobody")
    parts = [name, row["actor_role"], row.get("unit_name") or row["actor_unit"]]
    return ", ".join(printable(str(part)) for part in parts if part) + ("," if any(parts[1:]) else "")


def days(first: datetime, last: datetime) -> dict[str, str]:
    """The days of Sweden from FIRST to LAST, as the period of an address."""
    return {"start": str(first.astimezone(SWEDEN).date()), "stop": str(last.astimezone(SWEDEN).date())}


def thing(row: Mapping[str, Any], language: str) -> str:
    """What it was done to: its kind, and how the record names it."""
    named = row["object_path"] or row["object_id"] or row["target_account"] or ""
    parts = [named, row["target_group"] if row["target_group"] != named else None]
    kind = cell("object_type", row["object_type"], language)
    return " ".join(filter(None, [kind, *(printable(str(part)) for part in parts if part)]))


def proves(row: Mapping[str, Any], language: str) -> str:
    """What the record shows of content and what became of it; an act that concerns none, such as a login, says so."""
    act = row.get("action")
    if act in NO_CONTENT:
        return say(language, "told.no_content")
    return became(row, language) or cell("proves", row["proves"], language)


def became(row: Mapping[str, Any], language: str) -> str | None:
    """What became of the content that a record proves; None where it proves none, or the act doesn't tell."""
    told = _BECAME.get(row.get("action") or "") if row["proves"] == "content" else None
    return say(language, f"told.content.{told}") if told else None


def facts(
    row: Mapping[str, Any], columns: Iterable[str], language: str, tables: naming.Tables | None = None
) -> tuple[Fact, ...]:
    """ROW's values in COLUMNS that hold something: by their names then where ROW has those, else as in TABLES today."""
    found = []
    for column in columns:
        value = row.get(column)
        if value is None or value in ("", []):
            continue
        name = row.get(_NAMES.get(column, ""))
        today = naming.text(tables, column, value) if tables is not None and not name else None
        told = proves(row, language) if column == "proves" else None
        text = _changes(value) if column == "changes" else told or today or cell(column, name or value, language)
        text += f" ({value})" if name and column == "actor_person" else ""
        text += f" ({printable(value)})" if column == "object_type" and _respelt(value, language) else ""
        head = heading("purpose" if column == "stated_purpose" else column, language)
        found.append(Fact(head, text, links.page(column, row), column, str(value)))
    return tuple(found)


def _respelt(kind: str, language: str) -> bool:
    """Whether the KIND of an object is told by a word of ours though the record writes it in other letters."""
    return kind != kind.lower() and cell("object_type", kind, language) != printable(kind)


def reasons(event: Event, language: str, tables: naming.Tables) -> tuple[Why, ...]:
    """What explains EVENT, each explanation once."""
    found: dict[str, tuple[SqlFile, list[Reason]]] = {}
    for reason in event.reasons:
        found.setdefault(reason.explanation.name, (reason.explanation, []))[1].append(reason)
    return tuple(
        Why(
            header(file, "explains", language),
            name,
            tuple((each.row_id, _row(each, language, tables)) for each in rests),
        )
        for name, (file, rests) in found.items()
    )


def untried(told: Told, language: str) -> tuple[tuple[str, str], ...]:
    """Explanations that could explain nothing, and which tables are empty."""
    return tuple(
        (header(file, "explains", language), ", ".join(say(language, f"table.{name}") for name in empty))
        for file, empty in told.untried
    )


def _row(reason: Reason, language: str, tables: naming.Tables) -> tuple[Fact, ...]:
    """The row that it rests on; the id of an earlier event is one itself."""
    if not reason.row:
        return (
            Fact(heading("event_id", language), reason.row_id, links.page("event_id", {"event_id": reason.row_id})),
        )
    fields = shown_fields(reason)
    group = _KINDS.get(reason.relation)
    if group and f"{group}.{fields.get('kind')}" in terms():
        fields = fields | {"kind": term(f"{group}.{fields['kind']}", language)}
    found = list(facts(fields, [name for name in fields if name != ROW_ID.name], language, tables))
    since, until = reason.row.get("valid_from"), reason.row.get("valid_to")
    period = [
        say(language, "told.since", cell("valid_from", since)) if since and since.year > _ALWAYS else "",
        say(language, "told.until", cell("valid_to", until)) if until else "",
    ]
    if said := " ".join(filter(None, period)):
        found.append(Fact(term("period", language), said))
    return tuple(found)


def _changes(value: Any) -> str:
    """Field, before and after."""
    return "; ".join(printable(f"{each['field']}: {each['before']} → {each['after']}") for each in value)
