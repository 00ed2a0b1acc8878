# ruff: noqa: E501 - statements and tables read better on one line
import csv
import io
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from analytics import closed
from analytics.question import questions
from dashboards.cli import cli
from ingest.lake import EVIDENCE
from schemas.errors import LakeError, QuestionError, SettingsError

GIVEN = """
kind   | time                 | system | source | object_id | actor_account | action | proves  | outcome | subject | reason
event  | 2026-03-01T08:00:00Z | omsorg | a      | 17        | anna.b        | read   | content | success | {token} |
event  | 2026-03-02T08:00:00Z | omsorg | a      | 17        | =cmd          | read   | attempt | failure |         |
reject |                      | omsorg | a      |           |               |        |         |         |         | time: not a time
"""
TOKEN = "p_0123456789abcdef0123456789abcdef"


def run(*words, stdin=""):
    return CliRunner().invoke(cli, words, input=stdin, catch_exceptions=False)


@pytest.fixture
def lake(home):
    return home(GIVEN.format(token=TOKEN))


def test_a_table_with_swedish_headings_and_the_statement(lake):
    result = run("ask", "who_accessed_object", "--object_id", "17", "--lake", str(lake.root))
    assert result.exit_code == 0
    assert "användarkonto" in result.stdout
    assert "läste" in result.stdout
    assert "2 rader" in result.stdout
    assert "Vad svaret bygger på: 1 källa" in result.stdout
    assert "a: 1 otolkad post kan dölja händelser." in result.stdout


def test_a_parameter_may_be_spelt_with_hyphens(lake):
    assert (
        "2 rows"
        in run("ask", "who_accessed_object", "--object-id", "17", "--lake", str(lake.root), "--language", "en").stdout
    )


def test_json_holds_the_rows_and_the_statement(lake):
    document = json.loads(
        run("ask", "who_accessed_object", "--object_id", "17", "--lake", str(lake.root), "--format", "json").stdout
    )
    assert [row["actor_account"] for row in document["rows"]] == ["=cmd", "anna.b"]
    assert document["rows"][0]["last_utc"] == "2026-03-02T08:00:00Z"
    assert document["complete"] is False
    assert document["statement"][0].startswith("Vad svaret bygger på")
    assert {"source", "reach_utc", "events", "gaps", "rejects"} <= set(document["sources"][0])


def test_csv_holds_rows_alone_and_the_statement_goes_to_standard_error(lake):
    result = run("ask", "who_accessed_object", "--object_id", "17", "--lake", str(lake.root), "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["actor_account"] for row in rows] == ["'=cmd", "anna.b"]
    assert "Vad svaret bygger på" in result.stderr


def test_parquet_is_exact(lake):
    result = run("ask", "who_accessed_object", "--object_id", "17", "--lake", str(lake.root), "--format", "parquet")
    rows = pq.read_table(io.BytesIO(result.stdout_bytes))
    assert rows["actor_account"].to_pylist() == ["=cmd", "anna.b"]
    assert str(rows.schema.field("last_utc").type) == "timestamp[us, tz=UTC]"


def test_no_row_is_a_table_that_says_so(lake):
    result = run("ask", "who_accessed_object", "--object_id", "99", "--lake", str(lake.root))
    assert "0 rader" in result.stdout
    assert "Ingen rad betyder att ingen händelse finns i sparhund" in result.stdout


def test_a_number_comes_by_standard_input_and_is_written_nowhere(lake, home):
    token = lake.installation.token("19121212-1212")
    lake = home(GIVEN.format(token=token))
    words = (
        "ask",
        "who_accessed_subject",
        "--subject",
        "-",
        "--purpose",
        "loggkontroll",
        "--lake",
        str(lake.root),
        "--format",
        "json",
    )
    document = json.loads(run(*words, stdin="19121212-1212\n").stdout)
    assert [row["actor_account"] for row in document["rows"]] == ["anna.b"]
    assert "1212" not in json.dumps(lake.spool.records).replace(token, "")
    with pytest.raises(QuestionError, match="nothing came"):
        run(*words, stdin="")


def test_a_number_as_an_argument_is_refused(lake):
    with pytest.raises(QuestionError, match="looks like a personal number"):
        run("ask", "who_accessed_subject", "--subject", "19121212-1212", "--purpose", "p", "--lake", str(lake.root))


def test_several_values_of_one_parameter(lake):
    words = ("ask", "timeline", "--objects", "17", "--objects", "18", "--lake", str(lake.root), "--format", "json")
    assert len(json.loads(run(*words).stdout)["rows"]) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("who_accessed_object",),
        ("nobody",),
        ("who_accessed_object", "--object_id", "17", "--objekt", "1"),
        ("who_had_address", "--address", "a", "--at", "b", "--within_h", "x"),
    ],
)
def test_a_command_that_is_wrong_is_exit_2(words):
    assert run("ask", *words).exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("events", "--action", "banana"), "events: action: want one of read, search,"),
        (("findings", "--severity", "banana"), "findings: severity: want one of low, medium, high, critical"),
        (("without_event", "--kind", "banana"), "without_event: kind: want one of reject, repeat, gap"),
        (("threat_trend", "--month", "banana"), "threat_trend: month: want a month: 2026-03"),
    ],
)
def test_what_is_no_word_of_a_closed_vocabulary_is_refused_and_not_repeated(lake, words, said):
    with pytest.raises(QuestionError, match=said) as error:
        run("ask", *words, "--lake", str(lake.root), "--purpose", "prov")
    assert "banana" not in str(error.value)


@pytest.mark.parametrize("kind", ["reject", "gap"])
def test_a_parameter_of_the_name_kind_is_the_questions_own(lake, kind):
    words = ("ask", "without_event", "--kind", kind, "--lake", str(lake.root), "--format", "json", "--purpose", "prov")
    assert [row["kind"] for row in json.loads(run(*words).stdout)["rows"]] == ["reject"][: kind == "reject"]


@pytest.mark.parametrize("name", sorted(questions()))
def test_help_says_what_the_answer_means(name):
    result = run("ask", name, "--help")
    assert result.exit_code == 0
    for word in ("Counts:", "Limits:", "Returns:", "--purpose", questions()[name].header["sv"][:30]):
        assert word in result.stdout
    for param in questions()[name].params:
        assert f"--{param.name}" in result.stdout
        for word in closed.words(param):
            assert re.sub(r"\s", "", word) in re.sub(r"\s", "", result.stdout)


def test_questions_are_listed_by_area():
    listed = run("questions").stdout
    assert "Åtkomst till information" in listed
    assert all(name in listed for name in questions())
    assert "Who" in run("questions", "--language", "en").stdout


def evidence(home, count):
    records = [b"x", b"y", "Åsa Öd 2026-03-01 \x00".encode()]
    rows = [
        {"source": "a", "shard": "a", "position": number, "record": record}
        for number, record in enumerate(records[:count])
    ]
    home.evidence(pa.Table.from_pylist(rows, EVIDENCE))


def test_status_holds_the_balance(lake):
    evidence(lake, 3)
    result = run("status", "--lake", str(lake.root))
    assert result.exit_code == 0
    assert "Balansen håller" in result.stdout


def test_status_says_where_the_balance_does_not_hold(lake):
    evidence(lake, 2)
    with pytest.raises(LakeError, match="does not hold for a: "):
        run("status", "--lake", str(lake.root))


def test_rejects_by_reason_and_by_shape(lake):
    evidence(lake, 3)
    assert "time: not a time" in run("rejects", "--lake", str(lake.root)).stdout
    shaped = run("rejects", "--shape", "--lake", str(lake.root)).stdout
    assert "xxx xx 9999-99-99" in shaped
    assert "Åsa" not in shaped
    with pytest.raises(SettingsError, match="there is none of that name; there are a"):
        run("rejects", "--source", "b", "--lake", str(lake.root))


def test_sources_are_listed_even_if_nobody_declared_them(lake):
    assert "omsorg" in run("sources", "--lake", str(lake.root)).stdout


def test_a_word_that_is_no_question_is_not_repeated():
    result = run("ask", "19121212-1212")
    assert result.exit_code == 2
    assert "there is no question of that name" in result.stderr
    assert "1212" not in result.stderr


def test_every_line_of_standard_input_is_asked_about_and_what_is_no_number_is_told(lake):
    words = ("timeline", "--subjects", "-", "--purpose", "prov", "--lake", str(lake.root))
    result = CliRunner().invoke(cli, ["ask", *words], input="191212121213\nakt-7\n")
    assert "subjects: has the length of a personal number, but its date or check digit is wrong" in result.stderr
    assert result.exit_code == 0
    [(_, record)] = [entry for entry in lake.spool.records if entry[1]["act"] == "asked"]
    assert len(record["params"]["subjects"]) == 2
