# ruff: noqa: E501 - statements and tables read better on one line
import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlglot import transpile

from analytics import cases, closed
from analytics.question import about_persons, actions, area, arguments, hold, question, questions, relations
from schemas.errors import QuestionError, SqlFileError
from schemas.sqlfile import load
from schemas.terms import terms

NAMES = sorted(questions())


def test_the_questions_are_all_there():
    assert NAMES == [
        "access_by_level", "access_outside_hours", "account_changes", "activity", "activity_about", "actors", "address_sessions", "changes_to_object",
        "context_faults", "coverage_by_asset", "coverage_by_share", "dormant_duties", "events", "events_about", "events_in_share", "events_outside_hours", "evidence", "explained_share", "exports_and_prints", "failed_logins",
        "find", "find_within", "findings", "findings_resting", "first_time_access", "leaver_accounts", "logins", "made_names", "needing_explanation", "permission_changes",
        "persons_affected", "review", "review_month", "rights_given", "silent_sources", "spelt_alike", "threat_picture", "threat_trend", "timeline", "touched",
        "touched_before",
        "unclassified_access", "unknown_actors", "unread_assets", "usual_work", "what_changed", "what_did_person_do", "who_accessed_object",
        "who_accessed_subject", "who_else", "who_had_address", "without_event", "wrong_clocks",
    ]  # fmt: skip


# Texts that are words or have a form. Any other is what records, people and the municipality's tables say: an account, a
# system, a rule (of Sigma too), a kind of object, a reason.
CLOSED = {
    "action", "outcome", "proves", "actor_kind", "severity", "verdict", "state", "handling", "tactic", "kind", "found_by", "why", "holiday",
    "month",
}  # fmt: skip
OPEN = {
    "actor_account", "actor_domain", "actor_person", "actor_unit", "actors", "address", "asset", "assigned_ip", "controller", "detection", "device", "finding",
    "lacks", "object_id", "object_path", "object_type", "objects", "objects_in", "person", "reason", "source", "src_host", "src_ip",
    "stated_purpose", "share", "subject", "subjects", "system", "target_account", "target_group", "text", "unit",
}  # fmt: skip
NEVER_EMPTY = {"threat_picture"}  # which also tells what was looked for and not found, or not looked for


@pytest.mark.parametrize("name", NAMES)
def test_cases_are_enough(name):
    """That they hold is what `sparhund check` says, which runs before."""
    file = question(name)
    assert len(file.cases) >= 4
    if name not in NEVER_EMPTY:
        assert any(not case.expect.strip() for case in file.cases), "no case shows what gives no row"


@pytest.mark.parametrize("name", NAMES)
def test_header(name):
    file = question(name)
    assert file.header["sv"].endswith("?")
    assert file.header["asks"].endswith("?")
    assert file.said("sv_counts")  # what the page says in Swedish, as `counts` and `limits` do in English
    assert file.said("sv_limits")
    assert f"area.{area(file)}" in terms()
    for column in re.findall(r"(\w+) [A-Z]+", file.header["returns"]):
        assert f"answer.{column}" in terms() or f"column.{column}" in terms(), column
    for param in file.params:  # the fields of the question's form
        assert f"answer.{param.name}" in terms() or f"column.{param.name}" in terms(), param.name
    assert transpile(file.sql, read="duckdb", write="spark")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "object_id: missing"),
        ({"object_id": "1", "objekt": "hemlig"}, "objekt: no such parameter"),
        ({"object_id": 7}, "object_id: want TEXT"),
        ({"object_id": ""}, "object_id: is empty"),
        ({"object_id": "1", "start": "hemlig"}, "start: not a time"),
        ({"object_id": "1", "start": "2026-03-01T08:00:00"}, "start: has no zone"),
        ({"object_id": "1", "start": datetime(2026, 3, 1)}, "start: has no zone"),  # noqa: DTZ001 - the point
        ({"object_id": "1", "start": 5}, "start: want a time"),
        ({"object_id": "1", "start": "2026-03-02", "stop": "2026-03-01"}, "stop: is not after start"),
        ({"object_id": "1", "stop": "9999-12-31"}, "stop: is outside the years"),
    ],
)
def test_a_parameter_that_is_wrong_is_named_and_never_its_value(given, named):
    with pytest.raises(QuestionError, match=named) as error:
        arguments(question("who_accessed_object"), given)
    assert "hemlig" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "given", "named"),
    [
        ("timeline", {}, "actors: missing"),
        ("timeline", {"actors": "anna.b"}, "actors: want a list"),
        ("events", {"lacks": "actor_account,hemlig"}, "lacks: want names of its other parameters"),
        ("events", {"lacks": "start"}, "lacks: want names"),
        ("timeline", {"actors": []}, "actors: missing"),
        ("who_had_address", {"address": "10.0.0.1", "at": "2026-03-01", "within_h": True}, "within_h: want INTEGER"),
        ("nobody_asked", {}, "there is none of that name"),
    ],
)
def test_other_ways_to_ask_wrongly(name, given, named):
    with pytest.raises(QuestionError, match=named):
        arguments(question(name), given)


@pytest.mark.parametrize(
    ("name", "param", "value", "said"),
    [
        ("events", "action", "banana", "want one of read, search,"),
        ("events", "outcome", "banana", "want one of success, failure, unknown"),
        ("events", "proves", "banana", "want one of content, possible, attempt"),
        ("events", "actor_kind", "banana", "want one of staff,"),
        ("events", "k", 4, "want a number from 0 to 3"),
        ("events", "local_weekday", 0, "want a number from 1 to 7"),
        ("events", "local_hour", 24, "want a number from 0 to 23"),
        ("findings", "severity", "banana", "want one of low, medium, high, critical"),
        ("findings", "verdict", "banana", "want one of justified, unjustified, unclear, open"),
        ("findings", "state", "silent", "want one of found, changed"),
        ("findings", "handling", "banana", "want one of at_once,"),
        ("findings", "tactic", "banana", "want one of credential-access,"),
        ("findings", "risk", 1001, "want a number from 0 to 1000"),
        ("without_event", "kind", "event", "want one of reject, repeat, gap"),
        ("events_about", "found_by", "banana", "want one of subject, object"),
        ("events_outside_hours", "why", "gap", "want one of holiday, weekend, hour"),
        ("events_outside_hours", "holiday", "banana", "want one of .*Juldagen"),
        ("explained_share", "month", "mars", "want a month: 2026-03"),
        ("threat_picture", "month", "2026-13", "want a month: 2026-03"),
        ("threat_trend", "month", "2026-3", "want a month"),
        ("review", "month", "2026-03\n", "want a month"),
    ],
)
def test_what_is_no_word_of_a_closed_vocabulary_is_refused_and_never_repeated(name, param, value, said):
    with pytest.raises(QuestionError, match=f"{name}: {param}: {said}") as error:
        arguments(question(name), {"subject": "p_1", param: value} if name == "events_about" else {param: value})
    assert "banana" not in str(error.value)


@pytest.mark.parametrize("name", NAMES)
def test_of_each_text_it_is_said_whether_its_words_are_closed(name):
    for param in question(name).params:
        if param.type in {"TEXT", "TEXT[]"}:
            assert param.name in (OPEN if closed.said(param) is None else CLOSED), param.name
        for word in closed.words(param):
            closed.hold(name, param, word)


@pytest.mark.parametrize("day", ["2026-03-29", date(2026, 3, 29)])
def test_a_date_is_the_whole_day_in_sweden(day):
    values = arguments(question("what_changed"), {"start": day, "stop": day})
    assert (values["start"], values["stop"]) == (
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    )


def test_a_time_with_offset_is_that_instant():
    zone = timezone(timedelta(hours=2))
    for given in ("2026-07-01T02:00:00+02:00", datetime(2026, 7, 1, 2, tzinfo=zone)):
        assert arguments(question("who_accessed_object"), {"object_id": "1", "start": given})["start"] == datetime(
            2026, 7, 1, tzinfo=UTC
        )


def test_now_is_the_present_unless_it_is_given():
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert arguments(question("silent_sources"), {}, now)["now"] == now
    assert arguments(question("silent_sources"), {"now": "2026-02-01T00:00:00Z"}, now)["now"] == datetime(
        2026, 2, 1, tzinfo=UTC
    )


def test_which_questions_are_about_persons():
    assert about_persons(question("who_accessed_subject"), {"subject": "p_1"})
    assert about_persons(question("timeline"), {"actors": ["anna.b"], "objects": None})
    assert not about_persons(question("timeline"), {"actors": None, "objects": ["17"]})
    assert not about_persons(question("logins"), {"person": None})
    assert about_persons(question("logins"), {"person": "anna.b"})


def test_relations_and_actions():
    assert relations(question("silent_sources")) == {"assets", "events", "sources"}
    assert actions(question("exports_and_prints")) == ("export", "print")
    assert actions(question("timeline")) == ()


HEADER = """-- question: q
-- asks:     ?
-- sv:       ?
-- params:   {params}
-- returns:  n BIGINT
-- counts:   x
-- order:    x
-- limits:   x
"""


@pytest.mark.parametrize(
    ("params", "sql", "named"),
    [
        ("none", "SELECT count(*) AS n FROM secrets", "secrets: no such relation"),
        ("none", "SELECT count(*) AS n FROM 'x.parquet'", r"x\.parquet: no such relation"),
        ("a TEXT", "SELECT count(*) AS n FROM events", "a stands only in the header"),
        ("none", "SELECT count(*) AS n FROM events WHERE source = $a", "a stands only in the SQL"),
        (
            "purpose TEXT",
            "SELECT count(*) AS n FROM events WHERE source = $purpose",
            "purpose is a word of the command",
        ),
    ],
)
def test_a_file_that_would_fail_later_is_refused_at_once(tmp_path, params, sql, named):
    (tmp_path / "q.sql").write_text(HEADER.format(params=params) + sql)
    (tmp_path / "q.cases.toml").write_text('[[case]]\ntitle = "t"\ngiven = ""\nexpect = ""\n')
    with pytest.raises(SqlFileError, match=named):
        hold(load(tmp_path / "q.sql", "question"))


@pytest.mark.parametrize(
    ("sql", "case", "named"),
    [
        ("SELECT count(*) AS n FROM events", 'given = ""\nexpect = "n\\n1"', "got"),
        ("SELECT count(*) AS m FROM events", 'given = ""\nexpect = ""', "returns"),
        ("SELECT position AS n FROM events", 'given = "source\\na\\nb"\nexpect = "n\\n0\\n1"', "not total"),
        ("SELECT count(*) AS n FROM events", 'given = ""\nexpect = "m\\n0"', "no column m"),
    ],
)
def test_a_case_that_does_not_hold_says_what_differs(tmp_path, sql, case, named):
    (tmp_path / "q.sql").write_text(HEADER.format(params="none") + sql)
    (tmp_path / "q.cases.toml").write_text(f'[[case]]\ntitle = "t"\n{case}\n')
    file = load(tmp_path / "q.sql", "question")
    assert named in cases.difference(file, file.cases[0])


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("tid\n1", "tid: no such column"),
        ("source | time\na", "row 1: 1 cells, want 2"),
        ("time\n2026-03-01T08:00:00", "time: a time without zone"),
        ("position\nx", "position: not int64"),
    ],
)
def test_a_case_that_cannot_be_read_is_an_error(tmp_path, given, named):
    (tmp_path / "q.sql").write_text(HEADER.format(params="none") + "SELECT count(*) AS n FROM events")
    (tmp_path / "q.cases.toml").write_text(f"[[case]]\ntitle = 't'\ngiven = '''\n{given}'''\nexpect = ''\n")
    file = load(tmp_path / "q.sql", "question")
    with pytest.raises(SqlFileError, match=named):
        cases.difference(file, file.cases[0])
