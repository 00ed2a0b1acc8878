"""The completeness statement in words, Swedish and English."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from schemas.terms import term

if TYPE_CHECKING:
    from analytics.completeness import SourceState, Statement

_SWEDEN = ZoneInfo("Europe/Stockholm")
_SHOWN = 5  # of silences and assets by name; the rest are counted

_WORDS: dict[str, dict[str, Any]] = {
    "sv": {
        "head": "Vad svaret bygger på: {sources}, {events}, {period}; {reach}.",
        "nothing": "Vad svaret bygger på: ingen källa. Svaret säger ingenting om vad som har hänt.",
        "well": "Inga luckor, inga otolkade poster och ingen tystnad under perioden.",
        "no_row": "Ingen rad betyder att ingen händelse finns i sparhund, inte att ingen åtkomst har skett.",
        "strangers": "Personalkatalogen känner inte den medarbetare som frågan gäller, varken som id eller konto: "
        "svaret omfattar bara det som loggarna skriver precis så.",
        "all": "hela tiden", "from": "från {0}", "to": "till {0}",
        "until": "uppgifter till och med {0}", "end": "periodens slut", "apart": "källorna har kommit olika långt",
        "reach": "Till och med {0}: {1}.", "others": "de övriga",
        "never": "Har aldrig skickat något: {0}.", "none": "Ingen händelse under perioden: {0}.",
        "behind": "Det som hände därefter saknas ännu: {0}.", "silent": "Tysta sedan dess: {0}.",
        "gaps": "{source}: {gaps}, {missing} saknas.",
        "gaps_unknown": "{source}: {gaps}, minst {missing} saknas; hur många är inte känt.",
        "rejects": "{source}: {rejects} kan dölja händelser.",
        "clock": "{source}: {events} har en tid som inte kan stämma, och kan höra till perioden.",
        "cleared": "{source}: en logg rensades {0}; det som inte hade hämtats ur den dessförinnan finns inte kvar.",
        "cleared_often": "{source}: loggar rensades {times}, senast {0}; det som inte hade hämtats ur dem dessförinnan "
        "finns inte kvar.",
        "silence": "{source}: tyst från {0} till {1}.", "more": "{source}: och {0} till.",
        "not_logged": "Loggar inte att någon {0}: {1}.", "or": " eller ",
        "logs_unknown": "Okänt vad dessa källor loggar: {0}.",
        "unread": "Informationstillgångar på nivå 2\N{EN DASH}3 utan källa som loggar läsning: {0}.",
        "waiting": "{0} på att läsas in.", "and_more": "{0} och {1} till",
        "source": ("källa", "källor"), "event": ("händelse", "händelser"), "gap": ("lucka", "luckor"),
        "record": ("post", "poster"), "reject": ("otolkad post", "otolkade poster"),
        "quiet": ("tystnad", "tystnader"), "own": ("egen händelse väntar", "egna händelser väntar"),
        "time": ("gång", "gånger"),
    },
    "en": {
        "head": "What the answer rests on: {sources}, {events}, {period}; {reach}.",
        "nothing": "What the answer rests on: no source. The answer says nothing about what has happened.",
        "well": "No gaps, no rejects and no silence in the period.",
        "no_row": "No row means that no event is in sparhund, not that there was no access.",
        "strangers": "The staff directory doesn't know the employee who was asked about, by id or account: "
        "the answer holds only what the logs spell just so.",
        "all": "all time", "from": "from {0}", "to": "to {0}",
        "until": "data until {0}", "end": "the period's end", "apart": "the sources have not come equally far",
        "reach": "Until {0}: {1}.", "others": "the others",
        "never": "Has never sent anything: {0}.", "none": "No event in the period: {0}.",
        "behind": "What happened after that is not here yet: {0}.", "silent": "Silent since then: {0}.",
        "gaps": "{source}: {gaps}, {missing} missing.",
        "gaps_unknown": "{source}: {gaps}, at least {missing} missing; how many is not known.",
        "rejects": "{source}: {rejects} may hide events.",
        "clock": "{source}: {events} with a time that can't be right may belong to the period.",
        "cleared": "{source}: a log was cleared {0}; what had not been fetched from it by then is gone.",
        "cleared_often": "{source}: logs were cleared {times}, the last time {0}; what had not been fetched from them "
        "by then is gone.",
        "silence": "{source}: silent from {0} to {1}.", "more": "{source}: and {0} besides.",
        "not_logged": "Does not log that somebody {0}: {1}.", "or": " or ",
        "logs_unknown": "Not known what these sources log: {0}.",
        "unread": "Information assets of level 2\N{EN DASH}3 without a source that logs reads: {0}.",
        "waiting": "{0} to be read.", "and_more": "{0} and {1} more",
        "source": ("source", "sources"), "event": ("event", "events"), "gap": ("gap", "gaps"),
        "record": ("record", "records"), "reject": ("record that could not be read", "records that could not be read"),
        "quiet": ("silence", "silences"), "own": ("own event waits", "own events wait"),
        "time": ("time", "times"),
    },
}  # fmt: skip


def lines(statement: "Statement", language: str) -> Iterator[str]:
    """What an answer rests on, in LANGUAGE: what is said of several sources alike stands in one line."""
    words = _WORDS[language]
    live = [state for state in statement.sources if state.reach_utc is not None]
    if not live:
        yield words["nothing"]
    else:
        reach, *apart = _reach(live, statement.stop, words)
        yield words["head"].format(
            sources=_counted(len(statement.sources), words["source"]),
            events=_counted(sum(state.events for state in statement.sources), words["event"]),
            period=_period(statement, words),
            reach=reach,
        )
        yield from apart
    if statement.strangers:
        yield words["strangers"]
    for key, holds in _OF_SOME.items():
        if some := [state.source for state in statement.sources if holds(state, statement.stop)]:
            yield words[key].format(", ".join(some))
    for state in statement.sources:
        yield from _of_source(state, words)
    yield from _not_logged(statement, words, language)
    unknown = [state.source for state in statement.sources if state.logs_unknown]
    if unknown:
        yield words["logs_unknown"].format(_names(unknown, words))
    if statement.unread_assets:
        yield words["unread"].format(_names(statement.unread_assets, words))
    if statement.waiting:
        yield words["waiting"].format(_counted(statement.waiting, words["own"]))
    if live and not statement.faults:
        yield words["well"]
    yield words["no_row"]


def _reach(live: "list[SourceState]", stop: datetime | None, words: Mapping[str, Any]) -> Iterator[str]:
    """How far the sources have come, for the first line; if that differs, then a line a day, by the minute.

    What lies beyond the period's end differs in nothing that matters to the answer.
    """
    reaches = {state.source: state.reach_utc for state in live if state.reach_utc}
    within = {source: reach for source, reach in reaches.items() if stop is None or reach < stop}
    if not within:
        yield words["until"].format(words["end"])
    elif (
        len(within) == len(reaches) and len({reach.replace(second=0, microsecond=0) for reach in within.values()}) == 1
    ):
        yield words["until"].format(_local(min(within.values())))
    else:
        yield words["apart"]
        ordered = sorted((reach.astimezone(_SWEDEN), source) for source, reach in within.items())
        # The offset stands with the day, since the October hour stands twice.
        for day, sources in groupby(ordered, key=lambda each: f"{each[0]:%Y-%m-%d} ({each[0].isoformat()[-6:]})"):
            yield words["reach"].format(day, ", ".join(f"{source} {reach:%H:%M}" for reach, source in sources))
        if len(within) < len(reaches):
            yield words["reach"].format(words["end"], words["others"])


def _since_reach(silence: tuple[datetime, datetime], state: "SourceState") -> bool:
    """Whether a silence is the one that the source is still in: it has come no further."""
    return silence[0] == state.reach_utc


# What is said of several sources in one line, in this order, and of which.
_OF_SOME: dict[str, "Callable[[SourceState, datetime | None], bool]"] = {
    "behind": lambda state, stop: state.reach_utc is not None and state.behind(stop),
    "silent": lambda state, _: any(_since_reach(silence, state) for silence in state.silences),
    "never": lambda state, _: state.reach_utc is None,
    "none": lambda state, _: state.reach_utc is not None and not state.events,
}


def _of_source(state: "SourceState", words: Mapping[str, Any]) -> Iterator[str]:
    if state.gaps:
        yield words["gaps_unknown" if state.unknown_length else "gaps"].format(
            source=state.source,
            gaps=_counted(state.gaps, words["gap"]),
            missing=_counted(state.missing, words["record"]),
        )
    if state.rejects:
        yield words["rejects"].format(source=state.source, rejects=_counted(state.rejects, words["reject"]))
    if state.wrong_clock:
        yield words["clock"].format(source=state.source, events=_counted(state.wrong_clock, words["event"]))
    if state.cleared_utc is not None:
        yield words["cleared_often" if state.clears > 1 else "cleared"].format(
            _local(state.cleared_utc), source=state.source, times=_counted(state.clears, words["time"])
        )
    silences = [silence for silence in state.silences if not _since_reach(silence, state)]
    for silent_from, silent_to in silences[:_SHOWN]:
        yield words["silence"].format(_local(silent_from), _local(silent_to), source=state.source)
    if len(silences) > _SHOWN:
        yield words["more"].format(_counted(len(silences) - _SHOWN, words["quiet"]), source=state.source)


def _not_logged(statement: "Statement", words: Mapping[str, Any], language: str) -> Iterator[str]:
    """A line for the sources that lack the same actions."""
    lacking: dict[tuple[str, ...], list[str]] = {}
    for state in statement.sources:
        lacking.setdefault(state.not_logged, []).append(state.source)
    for actions, sources in lacking.items():
        if actions:
            *first, last = (term(f"action.{action}", language) for action in actions)
            said = words["or"].join([*([", ".join(first)] if first else []), last])
            yield words["not_logged"].format(said, ", ".join(sources))


def _counted(number: int, forms: tuple[str, str]) -> str:
    """A number with its noun, thousands apart."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}") + " " + forms[number != 1]


def _names(names: Iterable[str], words: Mapping[str, Any]) -> str:
    named = list(names)
    shown = ", ".join(named[:_SHOWN])
    return words["and_more"].format(shown, len(named) - _SHOWN) if len(named) > _SHOWN else shown


def _period(statement: "Statement", words: Mapping[str, Any]) -> str:
    parts = [
        words[key].format(_local(value)) for key, value in (("from", statement.start), ("to", statement.stop)) if value
    ]
    return " ".join(parts) or words["all"]


def _local(instant: datetime) -> str:
    """Swedish wall clock with its offset, since the October hour stands twice."""
    return instant.astimezone(_SWEDEN).isoformat(" ", "seconds")
