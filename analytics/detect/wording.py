"""What `explain` tells, in words, Swedish and English."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from analytics.detect.explain import shown_fields
from schemas.terms import term, terms
from schemas.vocabulary import ACTIONS

if TYPE_CHECKING:
    from analytics.detect.explain import Event, Told
    from schemas.sqlfile import SqlFile

_SWEDEN = ZoneInfo("Europe/Stockholm")
_WORDS: dict[str, dict[str, str]] = {
    "sv": {
        "finding": "Fynd {0}: {1}", "rule": "Regel", "who": "Vem", "about": "Om vem", "what": "Vad", "class": "Klass",
        "explained": "Förklarat", "facts": "Siffror", "benign": "Kan vara oskyldigt", "triage": "Att göra",
        "decision": "Beslut", "undecided": "inget ännu", "events": "{0} händelser", "event": "1 händelse",
        "of": "{0} av {1}", "events_head": "Händelser", "person": "den enskilde {0}", "several": "flera",
        "nobody": "okänd användare", "unclassified": "oklassad", "risk": "risk {0} av 1000", "in": "i {0}",
        "level": "konfidentialitet {0}, riktighet {1}, tillgänglighet {2}", "under": "personuppgiftsansvarig {0}",
        "later": "Ett uppdrag som skulle ha förklarat den börjar först {0}: registrerades det för sent?",
        "explained_by": "Förklaras av", "unexplained": "Oförklarad: ingen av {0} förklaringar gäller.",
        "no_judging": "Rör ingen information som behöver förklaras.",
        "untried": "Kunde inte prövas: {0} (tomt underlag: {1}).", "more": "och {0} händelser till",
        "record": "Ursprunglig loggpost", "record_at": "källa {0}, ström {1}, nummer {2}",
        "rests": "Fynd som vilar på händelsen", "none": "inga", "since": "gäller från {0}", "to": "till {0}",
        "changed": "Händelser som fyndet vilade på har räknats om sedan dess och ger det inte längre.",
        "by": "{0}, {1}, {2}: {3}", "stated": "Angett ändamål", "handling": "Hantering", "moved": "Bedömt förut",
        "lowered": "sänkt från {0}: {1}", "raised": "höjd från {0}: {1}", "unmoved": "oförändrad: {0}",
        "like_justified": "{0} liknande fynd har bedömts som befogade",
        "like_justified_one": "1 liknande fynd har bedömts som befogat",
        "like_unjustified": "{0} liknande fynd har bedömts som obefogade",
        "like_unjustified_one": "1 liknande fynd har bedömts som obefogat",
        "same": "{0} (varav {1} av precis samma slag)",
    },
    "en": {
        "finding": "Finding {0}: {1}", "rule": "Rule", "who": "Who", "about": "About whom", "what": "What",
        "class": "Class", "explained": "Explained", "facts": "Numbers", "benign": "May be innocent", "triage": "To do",
        "decision": "Decision", "undecided": "none yet", "events": "{0} events", "event": "1 event",
        "of": "{0} of {1}", "events_head": "Events", "person": "the person {0}", "several": "several",
        "nobody": "unknown actor", "unclassified": "unclassified", "risk": "risk {0} of 1000", "in": "in {0}",
        "level": "confidentiality {0}, integrity {1}, availability {2}", "under": "controller {0}",
        "later": "An assignment that would explain it begins only {0}: was it registered too late?",
        "explained_by": "Explained by", "unexplained": "Unexplained: none of {0} explanations holds.",
        "no_judging": "Touches no information that needs an explanation.",
        "untried": "Could not be tried: {0} (empty: {1}).", "more": "and {0} events more",
        "record": "Original log record", "record_at": "source {0}, stream {1}, number {2}",
        "rests": "Findings that rest on the event", "none": "none", "since": "holds from {0}", "to": "until {0}",
        "changed": "Events that the finding rested on have been computed again since, and no longer give it.",
        "by": "{0}, {1}, {2}: {3}", "stated": "Stated purpose", "handling": "Handling", "moved": "Judged before",
        "lowered": "lowered from {0}: {1}", "raised": "raised from {0}: {1}", "unmoved": "unchanged: {0}",
        "like_justified": "{0} findings like it were decided to be justified",
        "like_justified_one": "1 finding like it was decided to be justified",
        "like_unjustified": "{0} findings like it were decided to be unjustified",
        "like_unjustified_one": "1 finding like it was decided to be unjustified",
        "same": "{0} ({1} of them of the very same)",
    },
}  # fmt: skip


def lines(told: "Told", language: str) -> Iterator[str]:
    """TOLD as lines of text."""
    words = _WORDS[language]
    if told.finding:
        yield from _finding(told, told.finding, words, language)
        yield ""
        yield words["events_head"]
    for event in told.events:
        yield from _event(told, event, words, language)
    if told.more:
        yield words["more"].format(told.more)
    for file, empty in told.untried:
        yield words["untried"].format(_title(file, "explains", language), ", ".join(empty))
    if told.finding is None:
        yield f"{words['rests']}: " + (
            ", ".join(f"{row['finding']} ({row['detection']})" for row in told.resting) or words["none"]
        )


def title(told: "Told", language: str) -> str:
    """The finding's sentence: its detection's title, or a Sigma rule's own name."""
    if told.detection:
        return _title(told.detection, "en", language)
    assert told.finding is not None
    return str(json.loads(told.finding["facts"] or "{}").get("title", told.finding["detection"]))


def moved(row: Mapping[str, Any], language: str) -> str:
    """How what was decided of other findings has moved the risk of ROW, of `findings`; empty if nothing was decided."""
    words = _WORDS[language]
    said = []
    for verdict in ("justified", "unjustified"):
        like, same = row[f"like_{verdict}"], row[f"same_{verdict}"]
        text = words[f"like_{verdict}" if like > 1 else f"like_{verdict}_one"].format(like)
        if like:
            said.append(words["same"].format(text, same) if same and like > 1 else text)
    if not said:
        return ""
    both = ", ".join(said)
    if row["risk"] == row["found_risk"]:
        return words["unmoved"].format(both)
    return words["lowered" if row["risk"] < row["found_risk"] else "raised"].format(row["found_risk"], both)


def _finding(told: "Told", row: Mapping[str, Any], words: Mapping[str, str], language: str) -> Iterator[str]:
    yield words["finding"].format(row["finding"], title(told, language))
    if row["state"] == "changed":
        yield words["changed"]
    alone = row["actor_person"] or row["actor_account"]  # several accounts may be one person's
    said = {
        "rule": ", ".join(
            [row["detection"], term(f"severity.{row['severity']}", language), words["risk"].format(row["risk"])]
        ),
        "moved": moved(row, language),
        "handling": term(f"handling.{row['handling']}", language),
        "who": _who(told.events[-1].fields, words) if alone and told.events else words["several"],
        "about": words["person"].format(row["about"]) if row["about"] else "",
        "what": " ".join(
            filter(
                None,
                [
                    _events(row["events"], words),
                    _period(row["first"], row["last"]),
                    words["in"].format(row["system"]) if row["system"] else "",
                ],
            )
        ),
        "class": _class(row, row["asset"], words),
        "explained": words["of"].format(row["explained"], _events(row["events"], words)),
        "facts": ", ".join(f"{name} {value}" for name, value in _facts(row).items()),
        "benign": told.detection.told("benign", language) if told.detection else "",
        "triage": told.detection.told("triage", language) if told.detection else "",
        "decision": _decision(told, words, language),
    }
    widest = max(len(words[name]) for name in said)
    yield from (f"  {words[name]:<{widest}}  {text}" for name, text in said.items() if text)


def _event(told: "Told", event: "Event", words: Mapping[str, str], language: str) -> Iterator[str]:
    row = event.fields
    kind = terms().get(f"object_type.{row['object_type']}", {}).get(language, row["object_type"])
    thing = " ".join(filter(None, [kind, row["object_path"] or row["object_id"] or row["target_account"]]))
    action = term(f"action.{row['action']}", language) if row["action"] in ACTIONS else row["action"]
    outcome = term(f"outcome.{row['outcome']}", language) if f"outcome.{row['outcome']}" in terms() else row["outcome"]
    said = f"{_who(row, words)} {action} {thing} {words['in'].format(row['system'])} ({outcome})"
    yield f"  {_local(row['time'])}  {said}  {row['event_id']}"
    if told.finding is None:
        yield f"    {words['class']}: {_class(row, row['asset_name'], words)}"
        if row["about"]:
            yield f"    {words['about']}: {words['person'].format(row['about'])}"
    if row["stated_purpose"]:
        yield f"    {words['stated']}: {row['stated_purpose']}"
    for reason in event.reasons:
        fields = ", ".join(f"{name} {value}" for name, value in shown_fields(reason).items())
        yield f"    {words['explained_by']}: {_title(reason.explanation, 'explains', language)}"
        yield f"      {reason.row_id}{': ' if fields else ''}{fields}{_held(reason.row, words)}"
    if not event.reasons:
        yield f"    {words['unexplained'].format(told.tried) if row['judged'] else words['no_judging']}"
        if row["assigned_from"]:
            yield f"    {words['later'].format(_local(row['assigned_from']))}"
    if told.finding is None:  # of a finding's events the id tells it
        yield f"    {words['record']}: {words['record_at'].format(row['source'], row['shard'], row['position'])}"


def _who(row: Mapping[str, Any], words: Mapping[str, str]) -> str:
    name = row["person_name"] or row["actor_person"]
    parts = [row["actor_role"], row["unit_name"] or row["actor_unit"]]
    account = row["actor_account"] or words["nobody"]
    return (f"{name} ({account})" if name else account) + "".join(f", {part}" for part in parts if part)


def _class(row: Mapping[str, Any], asset: str | None, words: Mapping[str, str]) -> str:
    if row["k"] is None:
        return words["unclassified"]
    said = f"{asset or row['asset']}: {words['level'].format(row['k'], row['r'], row['t'])}"
    return said + (f"; {words['under'].format(row['controller'])}" if row["controller"] else "")


def _decision(told: "Told", words: Mapping[str, str], language: str) -> str:
    row = told.decision
    if row is None:
        return words["undecided"]
    return words["by"].format(
        term(f"verdict.{row['verdict']}", language), _local(row["decided"]), row["decided_by"], row["reason"]
    )


def _held(row: Mapping[str, Any], words: Mapping[str, str]) -> str:
    if not row:
        return ""
    said = words["since"].format(_local(row["valid_from"])) if row["valid_from"].year > 1601 else ""  # noqa: PLR2004
    until = words["to"].format(_local(row["valid_to"])) if row["valid_to"] else ""
    both = " ".join(filter(None, [said, until]))
    return f" ({both})" if both else ""


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {"actor_person", "actor_account", "about", "system"}
    return {
        name: value
        for name, value in json.loads(row["facts"] or "{}").items()
        if name not in told and value is not None
    }


def _events(number: int, words: Mapping[str, str]) -> str:
    return words["event"] if number == 1 else words["events"].format(number)


def _title(file: "SqlFile", english: str, language: str) -> str:
    return file.said("sv" if language == "sv" else english)


def _period(first: datetime, last: datetime) -> str:
    return _local(first) if first == last else f"{_local(first)} \N{EN DASH} {_local(last)}"


def _local(instant: datetime) -> str:
    return instant.astimezone(_SWEDEN).isoformat(" ", "seconds")
