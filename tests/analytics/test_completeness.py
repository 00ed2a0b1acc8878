# ruff: noqa: E501 - statements and tables read better on one line
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from analytics import ask

from .conftest import NOW

SOURCES = {
    "sources": {
        "a": {"mapping": "web_access", "system": "omsorg", "logs": ["read", "update"], "silent_after_s": 7200},
        "b": {"mapping": "web_access", "system": "arkiv", "logs": ["read"]},
    }
}
GIVEN = """
kind   | time                 | received             | source | system | object_id | actor_account | action | reason | length | position
event  | 2026-03-01T08:00:00Z | 2026-03-01T08:00:02Z | a      | omsorg | 17        | anna.b        | read   |        |        | 0
event  | 2026-03-01T10:00:00Z | 2026-03-01T10:00:02Z | a      | omsorg | 17        | anna.b        | read   |        |        | 1
event  | 2026-03-01T12:00:01Z | 2026-03-01T12:00:02Z | a      | omsorg | 18        | anna.b        | read   |        |        | 2
event  | 2026-03-01T09:00:00Z | 2026-03-01T09:00:02Z | b      | arkiv  | 19        | bo.c          | read   |        |        | 3
{more}
"""


def stated(home, more="", document=SOURCES, **params):
    made = home(GIVEN.format(more=more), document)
    return ask("who_accessed_object", lake=made.root, config=made.settings, object_id="17", **params).statement


def by_source(statement):
    return {state.source: state for state in statement.sources}


def at(hour, minute=0, second=0):
    return datetime(2026, 3, 1, hour, minute, second, tzinfo=UTC)


def test_what_each_source_has_come_to(home):
    state = by_source(stated(home, start=at(9), stop=at(12)))["a"]
    assert (state.events, state.first_utc, state.last_utc) == (1, at(10), at(10))
    assert (state.reach_utc, state.received_utc, state.declared) == (at(12, 0, 1), at(12, 0, 2), True)


def test_silence_is_longer_than_declared_and_bounded_by_the_period(home):
    state = by_source(stated(home, start=at(8), stop=at(13)))["a"]
    # 08-10 is exactly as long as it may be; 10:00:00-12:00:01 is a second more.
    assert state.silences == ((at(10), at(12, 0, 1)),)
    state = by_source(stated(home, start=at(5), stop=at(11)))["a"]
    assert state.silences == ((at(5), at(8)),)
    state = by_source(stated(home, start=at(12), stop=at(15)))["a"]
    assert state.silences == ((at(12, 0, 1), at(15)),)


def test_a_source_without_any_event_in_the_period_is_named_and_silent(home):
    statement = stated(home, start=at(20), stop=at(23))
    assert [state.events for state in statement.sources] == [0, 0]
    assert "Ingen händelse under perioden: a, b." in statement.lines()


def test_gaps_and_rejects_may_hide_events(home):
    more = """
reject |                      | 2026-03-02T08:00:00Z | a      | omsorg |           |               |        | time: not a time |   | 3
gap    |                      | 2026-03-02T08:00:00Z | b      | arkiv  |           |               |        | sequence | 3       | 4
gap    |                      | 2026-03-02T08:00:00Z | b      | arkiv  |           |               |        | cut      |         | 9
reject |                      | 2026-02-01T08:00:00Z | b      | arkiv  |           |               |        | old      |         | 1
"""
    statement = stated(home, more.strip(), start=at(0), stop=at(23))
    states = by_source(statement)
    assert (states["a"].rejects, states["b"].rejects) == (1, 0)
    assert (states["b"].gaps, states["b"].missing, states["b"].unknown_length) == (2, 3, True)
    said = statement.lines("en")
    assert "b: 2 gaps, at least 3 records missing; how many is not known." in said
    assert "a: 1 record that could not be read may hide events." in said
    assert statement.faults


CLEARED = """
kind   | time                 | received             | source | system | actor_account | action    | outcome | object_type         | position | details
event  | 2026-03-01T07:00:00Z | 2026-03-01T07:00:02Z | a      | omsorg | it            | log_clear | success | log                 | 4 |
event  | 2026-03-01T11:00:00Z | 2026-03-01T11:00:02Z | a      | omsorg |               | log_clear | unknown | log                 | 5 |
event  | 2026-03-01T11:30:00Z | 2026-03-01T11:30:02Z | a      | omsorg | it            | log_clear | failure | log                 | 6 |
event  | 9999-12-30T00:00:00Z | 2026-03-01T12:30:02Z | win    | ad     | it            | log_clear | success | log                 | 7 |
event  | 2026-03-01T11:00:00Z | 2026-03-01T11:00:02Z | win    | ad     |               | log_clear | success | log                 | 8 | {"EventID":1100}
event  | 2026-03-01T11:00:00Z | 2026-03-01T11:00:02Z | audit  | linux  | root          | log_clear | success |                     | 9 |
event  | 2026-03-01T11:00:00Z | 2026-03-01T11:00:02Z | cloud  | m365   | it            | log_clear | success | adminauditlogconfig | 10 |
"""


@pytest.mark.parametrize(
    ("start", "stop", "times"),
    [
        (None, None, {"a": (2, at(11)), "win": (1, at(12, 30, 2))}),
        (at(7, 0, 1), at(8), {"a": (1, at(11)), "win": (1, at(12, 30, 2))}),  # what is gone happened before
        (at(13), None, {}),
    ],
)
def test_a_log_that_was_cleared_may_have_held_anything_before(home, start, stop, times):
    mappings = {"a": "web_access", "win": "windows_security", "audit": "auditd", "cloud": "m365_audit"}
    document = {"sources": {name: {"mapping": mapping, "logs": ["read"]} for name, mapping in mappings.items()}}
    made = home(CLEARED, document)
    statement = ask("failed_logins", lake=made.root, config=made.settings, start=start, stop=stop).statement
    states = by_source(statement)
    # Not Windows' log service, which ends at each shutdown, nor what only stopped: it has lost nothing that it held.
    assert {name: (state.clears, state.cleared_utc) for name, state in states.items() if state.clears} == times


def test_that_a_log_was_cleared_is_a_fault_and_said(home):
    made = home(
        CLEARED,
        {"sources": {"a": {"mapping": "web_access", "logs": ["login"]}, "win": {"mapping": "windows_security"}}},
    )
    statement = ask("failed_logins", lake=made.root, config=made.settings).statement
    state, lines = by_source(statement)["a"], statement.lines()
    assert state.faulty(None)
    assert not replace(state, clears=0).faulty(None)
    assert (
        "win: en logg rensades 2026-03-01 13:30:02+01:00; det som inte hade hämtats ur den dessförinnan finns inte kvar."
        in lines
    )
    (said,) = [line for line in lines if line.startswith("a: loggar rensades")]
    assert said.startswith("a: loggar rensades 2 gånger, senast 2026-03-01 12:00:00+01:00; ")


@pytest.mark.parametrize("stop", [None, at(12)])
def test_a_time_that_cannot_be_is_no_reach_and_no_silence_and_is_counted(home, stop):
    more = """
event  | 9999-12-30T00:00:00Z | 2026-03-01T12:00:02Z | a      | omsorg | 17        | anna.b        | read   |        |        | 4
event  | 1601-01-01T00:00:00Z | 2026-03-01T12:00:02Z | a      | omsorg | 17        | anna.b        | read   |        |        | 5
event  | 2026-03-01T10:00:03Z | 2026-03-01T09:00:02Z | b      | arkiv  | 19        | bo.c          | read   |        |        | 6"""
    sound, statement = stated(home, stop=stop), stated(home, more, stop=stop)
    states = by_source(statement)
    assert {name: state.wrong_clock for name, state in states.items()} == {"a": 2, "b": 1}
    assert [state.reach_utc for state in statement.sources] == [state.reach_utc for state in sound.sources]
    starts = [[start for start, _ in by_source(each)["a"].silences] for each in (sound, statement)]
    assert starts[0] == starts[1]
    assert "a: 2 händelser har en tid som inte kan stämma, och kan höra till perioden." in statement.lines()
    assert statement.faults


def test_a_source_of_wrong_times_alone_has_sent_something(home):
    only = "time | received | source | object_id | action\n9999-12-30T00:00:00Z | 2026-03-01T12:00:02Z | a | 17 | read"
    made = home(only, SOURCES)
    statement = ask("who_accessed_object", lake=made.root, config=made.settings, object_id="17").statement
    assert by_source(statement)["a"].reach_utc == at(12, 0, 2)
    assert "Har aldrig skickat något: b." in statement.lines()


def test_what_is_not_logged_is_named(home):
    document = {
        "sources": {
            "a": {"mapping": "web_access", "system": "omsorg", "logs": ["update"]},
            "b": {"mapping": "web_access", "system": "arkiv"},
        }
    }
    statement = stated(home, document=document)
    states = by_source(statement)
    assert states["a"].not_logged == ("read",)
    assert states["b"].logs_unknown
    assert "Loggar inte att någon läste: a." in statement.lines()
    assert "Does not log that somebody read: a." in statement.lines("en")


def test_all_is_well_is_short(home):
    document = {
        "sources": {
            "a": {"mapping": "web_access", "system": "omsorg", "logs": ["read"]},
            "b": {"mapping": "web_access", "system": "arkiv", "logs": ["read"]},
        }
    }
    statement = stated(home, document=document)
    assert not statement.faults
    assert statement.lines() == [
        "Vad svaret bygger på: 2 källor, 4 händelser, hela tiden; källorna har kommit olika långt.",
        "Till och med 2026-03-01 (+01:00): b 10:00, a 13:00.",
        "Inga luckor, inga otolkade poster och ingen tystnad under perioden.",
        "Ingen rad betyder att ingen händelse finns i sparhund, inte att ingen åtkomst har skett.",
    ]


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ({"stop": at(9)}, ["till 2026-03-01 10:00:00+01:00; uppgifter till och med periodens slut."]),
        (
            {"stop": at(10)},
            [
                "till 2026-03-01 11:00:00+01:00; källorna har kommit olika långt.",
                "Till och med 2026-03-01 (+01:00): b 10:00.",
                "Till och med periodens slut: de övriga.",
            ],
        ),
        ({"system": "arkiv"}, ["hela tiden; uppgifter till och med 2026-03-01 10:00:00+01:00."]),
        (
            {"stop": at(9) + timedelta(days=2)},
            [
                "källorna har kommit olika långt.",
                "Till och med 2026-03-01 (+01:00): b 10:00, a 13:00.",
                "Det som hände därefter saknas ännu: a, b.",
                "Tysta sedan dess: a.",
            ],
        ),
    ],
)
def test_each_source_has_come_so_far(home, period, said):
    lines = stated(home, **period).lines()
    assert lines[0].endswith(said[0])
    assert lines[1 : len(said)] == said[1:]


def test_the_hour_that_stands_twice_is_told_apart_by_its_offset(home):
    given = """
kind   | time                 | source | system | object_id | action
event  | 2026-10-25T00:30:00Z | a      | omsorg | 17        | read
event  | 2026-10-25T01:30:00Z | b      | arkiv  | 17        | read
"""
    made = home(given, SOURCES)
    assert ask("who_accessed_object", lake=made.root, config=made.settings, object_id="17").statement.lines("en")[
        1:3
    ] == ["Until 2026-10-25 (+02:00): a 02:30.", "Until 2026-10-25 (+01:00): b 02:30."]


def test_one_more_silence_is_one_and_one_own_event_waits(home):
    acts = "\n".join(
        f"event  | 2026-02-{day:02}T08:00:00Z | | a | omsorg | 17 | anna.b | read | | | " for day in range(1, 5)
    )
    statement = stated(home, acts, start=datetime(2026, 2, 1, tzinfo=UTC), stop=at(13))
    assert len(by_source(statement)["a"].silences) == 6
    assert "a: och 1 tystnad till." in statement.lines()
    assert "1 egen händelse väntar på att läsas in." in replace(statement, waiting=1).lines()


def test_sources_that_lack_the_same_stand_in_one_line(home):
    logs = {"a": ["update"], "b": ["update"], "c": ["print"], "never": ["export", "print"]}
    document = {
        "sources": {name: {"mapping": "web_access", "system": "s", "logs": these} for name, these in logs.items()}
    }
    made = home(GIVEN.format(more=""), document)
    said = ask("exports_and_prints", lake=made.root, config=made.settings).statement.lines()
    assert "Loggar inte att någon exporterade eller skrev ut: a, b." in said
    assert "Loggar inte att någon exporterade: c." in said
    assert "Har aldrig skickat något: c, never." in said


def test_a_system_narrows_the_statement(home):
    assert set(by_source(stated(home, system="arkiv"))) == {"b"}


def test_an_empty_lake_says_that_it_says_nothing(home):
    made = home("kind\n")
    statement = ask("silent_sources", lake=made.root, now=NOW).statement
    assert statement.lines("en")[0].endswith("The answer says nothing about what has happened.")
    assert statement.faults


@pytest.mark.parametrize("language", ["sv", "en"])
def test_it_is_always_said_what_no_row_means(home, language):
    assert any("no access" in line or "ingen åtkomst" in line for line in stated(home).lines(language))
