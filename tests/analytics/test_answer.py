# ruff: noqa: E501 - statements and tables read better on one line
from datetime import UTC, datetime

import pytest

from analytics import ask
from schemas.errors import LakeError, QuestionError, SettingsError

GIVEN = """
time                 | system | object_id | actor_account | action | proves  | outcome | subject
2026-03-01T08:00:00Z | omsorg | 17        | anna.b        | read   | content | success | p_0123456789abcdef0123456789abcdef
2026-03-02T08:00:00Z | omsorg | 17        | bo.c          | read   | content | success |
"""
TOKEN = "p_0123456789abcdef0123456789abcdef"


def test_an_answer_has_rows_a_statement_and_its_question(home):
    made = home(GIVEN)
    answer = ask("who_accessed_object", lake=made.root, object_id="17", stop="2026-03-01")
    assert answer.to_arrow()["actor_account"].to_pylist() == ["anna.b"]
    assert list(answer.to_pandas()["events"]) == [1]
    assert answer.question.name == "who_accessed_object"
    assert answer.statement.stop == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert "Ingen rad betyder" in str(answer)


def test_asked_is_written_before_and_answered_after_with_the_rows(home):
    made = home(GIVEN)
    ask("who_accessed_object", lake=made.root, object_id="17", start="2026-03-01")
    (first_source, asked), (_, answered) = made.spool.records
    assert first_source == "sparhund"
    assert (asked["act"], asked["rows"], asked["params"]) == (
        "asked",
        None,
        {"object_id": "17", "start": "2026-02-28T23:00:00Z"},
    )
    assert (answered["act"], answered["rows"], answered["ask"]) == ("answered", 2, asked["ask"])
    assert asked["account"]


def test_own_events_that_wait_are_counted(home):
    made = home(GIVEN)
    ask("who_accessed_object", lake=made.root, object_id="17")
    assert ask("who_accessed_object", lake=made.root, object_id="17").statement.waiting == 2


def test_what_cannot_be_recorded_is_not_answered(home):
    made = home(GIVEN)
    made.spool.full = True
    with pytest.raises(LakeError, match="can't be recorded, so there is no answer: No space left"):
        ask("who_accessed_object", lake=made.root, object_id="17")


def test_a_lake_that_cannot_be_read_is_recorded_as_failed(home):
    made = home(GIVEN)
    made.files()[0].unlink()
    with pytest.raises(LakeError, match="could not be read"):
        ask("who_accessed_object", lake=made.root, object_id="17")
    assert made.acts == ["asked", "failed"]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("who_accessed_subject", {"subject": TOKEN}),
        ("logins", {"person": "anna.b"}),
        ("timeline", {"actors": ["anna.b"]}),
    ],
)
def test_a_question_about_a_person_needs_a_purpose(home, name, params):
    made = home(GIVEN)
    for purpose in (None, "", "  "):
        with pytest.raises(QuestionError, match="purpose: missing"):
            ask(name, lake=made.root, purpose=purpose, **params)
    assert made.acts == []
    ask(name, lake=made.root, purpose="loggkontroll 2026:4", **params)
    assert made.spool.records[0][1]["purpose"] == "loggkontroll 2026:4"


@pytest.mark.parametrize("purpose", ["x", "ab", "...", "?!?!?!", "aaaa", "ab ab ab", "xxxxxxxxxx", "1234"])
def test_a_purpose_says_something(home, purpose):
    made = home(GIVEN)
    for name, params in (("who_accessed_subject", {"subject": TOKEN}), ("who_accessed_object", {"object_id": "17"})):
        with pytest.raises(QuestionError, match="purpose: says nothing"):
            ask(name, lake=made.root, purpose=purpose, **params)
    assert made.spool.records == []


@pytest.mark.parametrize(
    "purpose", ["prov", "Ärende", "KS 2026/114", "2026/114", "2026-114", "SN 12", "loggkontroll", "  utredning  "]
)
def test_a_word_or_a_reference_is_a_purpose(home, purpose):
    made = home(GIVEN)
    assert ask("who_accessed_subject", lake=made.root, purpose=purpose, subject=TOKEN)


def test_the_settings_may_waive_the_purpose(home):
    made = home(GIVEN, {"questions": {"purpose_required": False}})
    assert len(ask("who_accessed_subject", lake=made.root, config=made.settings, subject=TOKEN).rows) == 1


@pytest.mark.parametrize("number", ["19121212-1212", "191212121212", "121212-1212", "121212+1212"])
def test_a_personal_number_is_refused_wherever_it_stands_and_never_repeated(home, number):
    made = home(GIVEN)
    asks = (
        ("who_accessed_subject", {"subject": number, "purpose": "p"}),
        ("who_accessed_object", {"object_id": f"/akter/{number}/beslut"}),
        ("timeline", {"actors": ["anna.b", number], "purpose": "p"}),
        ("who_accessed_object", {"object_id": "17", "purpose": f"gäller {number}"}),
    )
    for name, params in asks:
        with pytest.raises(QuestionError, match="looks like a personal number") as error:
            ask(name, lake=made.root, **params)
        assert number not in str(error.value)
    assert made.spool.records == []


def test_a_number_that_was_typed_becomes_the_token_of_the_lake(home):
    made = home(GIVEN)
    tokens = {made.installation.token(text) for text in ("19121212-1212", "121212+1212", " 191212121212 ")}
    assert len(tokens) == 1
    assert tokens.pop().startswith("p_")
    (made.root / "identity.key").unlink()
    with pytest.raises(SettingsError, match="key: is not there"):
        made.installation.token("19121212-1212")


def test_neither_lake_nor_settings_is_an_error():
    with pytest.raises(LakeError, match="which lake"):
        ask("who_accessed_object", object_id="17")
