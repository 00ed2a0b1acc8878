"""Questions over HTTP: strict filters, pages that are the whole, files of the same rows, an act for each answer."""

import csv
import dataclasses
import io
import json
import logging
import re
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from analytics.question import questions
from dashboards.api.openapi import description
from dashboards.cli import cli
from schemas.finding import SEVERITIES
from tests.dashboards.api.conftest import PURPOSE, acts, bearer, client, position, token
from tests.dashboards.conftest import Served

NUMBER = "19121212-1212"  # published by Skatteverket for tests
QUESTIONS = "/api/v1/questions"
STATISTICS = {
    "access_by_level",
    "coverage_by_asset",
    "explained_share",
    "silent_sources",
    "threat_picture",
    "unclassified_access",
}


def ask(asking: httpx.Client, name: str, **params: Any) -> dict[str, Any]:
    answer = asking.get(f"{QUESTIONS}/{name}", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refusal(answer: httpx.Response) -> tuple[int, str | None]:
    document = answer.json()
    assert set(document) == {"error", "field", "status"}
    assert document["status"] == answer.status_code
    return answer.status_code, document["field"]


def pages(asking: httpx.Client, name: str, size: int, **params: Any) -> list[list[dict[str, Any]]]:
    """The rows of each page."""
    found = [ask(asking, name, page_size=size, **params)]
    while found[-1]["next"]:
        found.append(ask(asking, name, page_size=size, cursor=found[-1]["next"], **params))
    return [each["rows"] for each in found]


def test_every_question_is_listed_with_what_it_takes(statistician: httpx.Client) -> None:
    listed = {each["question"]: each for each in statistician.get(QUESTIONS).json()["questions"]}
    assert set(listed) == set(questions())
    for name, file in questions().items():
        assert [each["name"] for each in listed[name]["params"]] == [each.name for each in file.params]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"actor__exakt": "anna.b"}, "actor__exakt"),
        ({"Action": "read"}, "Action"),
        ({"": "x"}, ""),
        ({"purpose": "x"}, "purpose"),
        ({"k": "high"}, "k"),
        ({"k": "-1"}, "k"),
        ({"k": "9" * 40}, "k"),
        ({"k": "٣"}, "k"),
        ({"action": ""}, "action"),
        ({"action": ["read", "write"]}, "action"),
        ({"action": "banana"}, "action"),
        ({"k": "4"}, "k"),
        ({"start": "yesterday"}, "start"),
        ({"start": "2026-03-01T08:00:00"}, "start"),
        ({"start": "2026-03-02", "stop": "2026-03-01"}, "stop"),
        ({"start": "0001-01-01"}, "start"),
        ({"stop": "9999-12-31"}, "stop"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "1001"}, "page_size"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "x.-1"}, "cursor"),
        ({"cursor": "x.9999999999"}, "cursor"),
        ({"format": "xml"}, "format"),
        ({"language": "de"}, "language"),
        ({"subject": NUMBER}, "subject"),
        ({"actor_account": NUMBER.replace("-", "")}, "actor_account"),
    ],
)
def test_what_is_not_as_declared_is_refused_by_its_name(
    reader: httpx.Client, params: dict[str, Any], field: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = reader.get(f"{QUESTIONS}/events", params=params)
    assert refusal(answer) == (400, field)
    assert NUMBER not in answer.text + caplog.text
    assert "banana" not in answer.text + caplog.text


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("findings", {"severity": "banana"}),
        ("without_event", {"kind": "banana"}),
        ("explained_share", {"month": "mars"}),
        ("threat_picture", {"month": "banana"}),
    ],
)
def test_what_is_no_word_of_a_closed_vocabulary_is_refused(reader: httpx.Client, name: str, params: dict) -> None:
    (field,) = params
    assert refusal(reader.get(f"{QUESTIONS}/{name}", params=params)) == (400, field)
    assert refusal(reader.post(f"{QUESTIONS}/{name}", json=params)) == (400, field)


def test_the_description_says_what_a_closed_parameter_may_be() -> None:
    found = {
        each["name"]: each["schema"] for each in description()["paths"][f"{QUESTIONS}/findings"]["get"]["parameters"]
    }
    assert found["severity"]["enum"] == list(SEVERITIES)
    assert re.search(found["month"]["pattern"], "2026-03")
    assert (found["level"]["minimum"], found["level"]["maximum"]) == (0, 3)
    assert "enum" not in found["detection"]


def test_a_question_that_there_is_not(reader: httpx.Client) -> None:
    assert refusal(reader.get(f"{QUESTIONS}/nothing")) == (404, None)
    assert refusal(reader.get(f"{QUESTIONS}/who_accessed_object")) == (400, "object_id")


def test_pages_one_after_another_are_the_whole_answer(reader: httpx.Client) -> None:
    (whole,) = pages(reader, "unknown_actors", 1000)
    assert len(whole) > 7
    parts = pages(reader, "unknown_actors", 7)
    assert {len(part) for part in parts[:-1]} == {7}
    assert [row for part in parts for row in part] == whole


def test_pages_follow_on_one_state_while_the_lake_is_written_and_compacted(
    reader: httpx.Client, served: Served
) -> None:
    whole = ask(reader, "events", page_size=1000, action="print")
    first = ask(reader, "events", page_size=40, action="print")
    rows, cursor = first["rows"], first["next"]
    assert cursor
    config = str(served.folder / "settings.toml")
    # Our own acts wait in the spool: they become events of today while the pages are read.
    for words in (["ingest", "--config", config], ["compact", "--config", config]):
        assert CliRunner().invoke(cli, words, catch_exceptions=False).exit_code in {0, 1}
        page = ask(reader, "events", page_size=40, action="print", cursor=cursor)
        rows, cursor = rows + page["rows"], page["next"]
        assert cursor
    while cursor:
        page = ask(reader, "events", page_size=1000, action="print", cursor=cursor)
        rows, cursor = rows + page["rows"], page["next"]
    assert rows[:1000] == whole["rows"]
    assert ask(reader, "events", source="sparhund")["rows"]


def test_a_cursor_is_its_visitors_and_its_questions(reader: httpx.Client, served: Served) -> None:
    cursor = ask(reader, "events", page_size=2)["next"]
    with client(served.address, Authorization=bearer(token(served))) as another:
        answer = another.get(f"{QUESTIONS}/events", params={"cursor": cursor})
        assert refusal(answer) == (410, "cursor")
    assert refusal(reader.get(f"{QUESTIONS}/findings", params={"cursor": cursor})) == (410, "cursor")
    assert refusal(reader.get(f"{QUESTIONS}/events", params={"cursor": f"{'x' * 22}.0"})) == (410, "cursor")


def test_a_cursor_with_another_filter_is_refused_and_not_overlooked(reader: httpx.Client) -> None:
    cursor = ask(reader, "events", page_size=2, action="print")["next"]
    for params, field in (({"action": "read"}, "action"), ({"action": "print", "k": 3}, "k")):
        assert refusal(reader.get(f"{QUESTIONS}/events", params={"cursor": cursor, **params})) == (400, field)
    assert ask(reader, "events", page_size=2, cursor=cursor)["rows"]


def test_a_cursor_beyond_the_last_row_has_none(reader: httpx.Client) -> None:
    cursor = ask(reader, "unknown_actors", page_size=2)["next"]
    page = ask(reader, "unknown_actors", cursor=f"{cursor.partition('.')[0]}.999999999")
    assert (page["rows"], page["next"]) == ([], None)


def test_an_answer_that_is_held_no_longer_is_gone(other: Any, served: Served) -> None:
    small = other(held_bytes=1)
    with client(small.address, Authorization=bearer(token(served))) as asking:
        first, second = (ask(asking, "events", page_size=2, action=each)["next"] for each in ("print", "read"))
        assert refusal(asking.get(f"{QUESTIONS}/events", params={"cursor": first})) == (410, "cursor")
        assert ask(asking, "events", cursor=second)["rows"]  # the last is always held


def test_files_hold_the_rows_of_the_document(reader: httpx.Client) -> None:
    document = ask(reader, "findings", page_size=1000)
    rows = document["rows"]
    assert rows
    found = {kind: reader.get(f"{QUESTIONS}/findings", params={"format": kind}) for kind in ("csv", "parquet", "arrow")}
    read = {
        "parquet": pq.read_table(io.BytesIO(found["parquet"].content)),
        "arrow": pa.ipc.open_stream(found["arrow"].content).read_all(),
    }
    assert read["parquet"].equals(read["arrow"])
    for table in read.values():
        assert table.column_names == [each["name"] for each in document["columns"]]
        assert table.num_rows == len(rows)
        for name in ("risk", "finding", "events", "about"):
            assert table[name].to_pylist() == [row[name] for row in rows]
        said = table.schema.metadata[b"sparhund.statement"].decode().splitlines()
        assert said[0] == document["statement"][0]
    texts = list(csv.DictReader(io.StringIO(found["csv"].text)))
    assert [row["finding"] for row in texts] == [row["finding"] for row in rows]
    assert [int(row["risk"]) for row in texts] == [row["risk"] for row in rows]
    for kind, answer in found.items():
        assert answer.headers["Content-Disposition"] == f'attachment; filename="findings.{kind}"'
        assert answer.headers["Sparhund-Complete"] == str(document["complete"]).lower()


def test_more_rows_than_an_answer_holds_are_no_file_and_are_told(
    reader: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.api.asking.MOST_ROWS", 10)
    assert [len(page) for page in pages(reader, "events", 6)] == [6, 4]
    assert ask(reader, "events")["more"] is True
    assert ask(reader, "access_by_level", system="Journalen")["more"] is False
    assert refusal(reader.get(f"{QUESTIONS}/events", params={"format": "csv"})) == (422, "format")


def test_rows_and_statement_are_the_command_lines(reader: httpx.Client, served: Served) -> None:
    words = ["ask", "access_by_level", "--config", str(served.folder / "settings.toml"), "--format", "json"]
    told = json.loads(CliRunner().invoke(cli, words, catch_exceptions=False).stdout)
    document = ask(reader, "access_by_level", page_size=1000)

    def others(statement: list[str]) -> list[str]:
        """Without our own source's line and what waits of it: they tell also of the ask before."""
        return [line for line in statement if "sparhund" not in line and "på att läsas in." not in line]

    assert document["rows"] == told["rows"]
    assert others(document["statement"]) == others(told["statement"])
    assert len(others(document["statement"])) > 1
    assert document["complete"] == told["complete"]
    assert {row["source"] for row in document["sources"]} == {row["source"] for row in told["sources"]}


def test_who_asked_what_and_why_is_recorded_before_and_after(reader: httpx.Client, served: Served) -> None:
    name = reader.get("/api/v1/me").json()["name"]
    since = position(served)
    document = ask(reader, "events", action="print", page_size=10)
    asked, answered = acts(served, since)
    assert (asked["act"], answered["act"], asked["ask"]) == ("asked", "answered", answered["ask"])
    for act in (asked, answered):
        assert (act["account"], act["question"], act["purpose"]) == (name, "events", PURPOSE)
        assert act["params"] == {"action": "print"}
    assert answered["rows"] >= len(document["rows"]) == 10
    ask(reader, "events", action="print", page_size=10, cursor=document["next"])
    assert len(acts(served, since)) == 2  # a page more of the same answer is no other act


def test_what_is_refused_is_not_recorded_as_answered(reader: httpx.Client, served: Served) -> None:
    since = position(served)
    reader.get(f"{QUESTIONS}/events", params={"k": "x"})
    reader.get(f"{QUESTIONS}/findings", params={"subject": NUMBER})
    assert acts(served, since) == []


def test_a_number_in_a_body_becomes_a_token_and_stands_nowhere(
    reader: httpx.Client, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(lambda record: not record.name.startswith(("httpcore", "httpx")))
    since = position(served)
    answer = reader.post(f"{QUESTIONS}/who_accessed_subject", json={"subject": NUMBER})
    assert answer.status_code == 200
    (asked, _) = acts(served, since)
    wanted = served.home.token(NUMBER)
    assert asked["params"] == {"subject": wanted}
    both = reader.post(f"{QUESTIONS}/timeline", json={"subjects": [NUMBER, wanted], "page_size": 5})
    assert both.status_code == 200
    assert acts(served, since)[2]["params"]["subjects"] == [wanted, wanted]
    said = answer.text + both.text + caplog.text + json.dumps(acts(served, since))
    assert "121212-1212" not in said
    assert "1212121212" not in said


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        (b"", (400, "body")),
        (b"[]", (400, "body")),
        (b"{", (400, "body")),
        (b"[" * 100_000, (400, "body")),
        (b'{"k": NaN}', (400, "body")),
        (b'{"k": 1e999}', (400, "k")),
        (b'{"k": true}', (400, "k")),
        (b'{"k": "3"}', (400, "k")),
        (b'{"k": 9223372036854775808}', (400, "k")),
        (b'{"action": ["read"]}', (400, "action")),
        (b'{"action": "\\ud800"}', (400, "action")),
        (b'{"actor__x": 1}', (400, "actor__x")),
        (b'{"action": "read", "action": "print"}', (400, "action")),
        (b"\xff", (400, "body")),
        (b'{"page_size": 0}', (400, "page_size")),
        (b'{"actor_account": "19121212-1212"}', (400, "actor_account")),
    ],
)
def test_a_body_that_is_not_as_declared(reader: httpx.Client, body: bytes, refused: tuple[int, str]) -> None:
    answer = reader.post(f"{QUESTIONS}/events", content=body, headers={"Content-Type": "application/json"})
    assert refusal(answer) == refused
    assert "121212" not in answer.text


def test_parameters_of_a_body_stand_in_it_alone(reader: httpx.Client) -> None:
    assert refusal(reader.post(f"{QUESTIONS}/events?k=3", json={})) == (400, "k")


def test_body_and_query_give_one_answer(reader: httpx.Client) -> None:
    params = {"action": "print", "page_size": 5, "language": "en"}
    answer = reader.post(f"{QUESTIONS}/events", json=params)
    by_query = ask(reader, "events", **params)
    document = answer.json()
    for each in (document, by_query):
        each.pop("next")
        each.pop("statement")  # tells also of what our own source still waits with
        each.pop("sources")
    assert document == by_query
    assert document["columns"][0]["heading"] == "time"


def test_hostile_texts_find_nothing_and_break_nothing(reader: httpx.Client) -> None:
    for text in ("'; DROP TABLE normalised; --", "<script>alert(1)</script>", "\u202egnp.exe", "x" * 6000, "%", "\x00"):
        answer = reader.get(f"{QUESTIONS}/events", params={"actor_account": text})
        assert answer.status_code in {200, 400}
        if answer.status_code == 200:
            assert answer.json()["rows"] == []


def test_an_answer_over_nothing_says_so(reader: httpx.Client) -> None:
    document = ask(reader, "events", start="2001-01-01", stop="2001-01-02")
    assert document["rows"] == []
    assert document["statement"]


def test_a_question_that_can_not_be_recorded_has_no_answer(
    reader: httpx.Client, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ingest.spool.Spool.append", full)
    answer = reader.get(f"{QUESTIONS}/silent_sources")
    assert refusal(answer) == (503, None)
    assert str(served.folder) not in answer.text
    assert answer.headers["Retry-After"]


def test_without_the_key_a_number_is_no_token(other: Any, served: Served) -> None:
    settings = served.home.settings
    bare = dataclasses.replace(settings.identity, key=served.folder / "no.key")
    server = other()
    object.__setattr__(server.desk.home, "settings", dataclasses.replace(server.desk.home.settings, identity=bare))
    with client(server.address, Authorization=bearer(token(served))) as asking:
        answer = asking.post(f"{QUESTIONS}/who_accessed_subject", json={"subject": NUMBER})
    assert refusal(answer) == (503, None)
    assert NUMBER not in answer.text


def test_what_a_token_for_statistics_may_ask(statistician: httpx.Client, served: Served) -> None:
    """Also an answer that names nobody tells of somebody, where one may ask about one person."""
    tables = served.home.tables()
    persons = {*tables["people"]["person"].to_pylist(), *tables["accounts"]["account"].to_pylist()}
    assert len(persons) > 100
    allowed = set()
    for name, file in questions().items():
        wanted = {
            param.name: "2026-03-01" if param.type == "TIMESTAMPTZ" else "x" for param in file.params if param.required
        }
        answer = statistician.get(f"{QUESTIONS}/{name}", params={**wanted, "page_size": 1000})
        if answer.status_code != 403:
            allowed.add(name)
            rows = answer.json()["rows"]
            assert not persons & {str(value) for row in rows for value in row.values()}, name
    assert allowed >= STATISTICS
    assert not allowed & {"activity", "events", "find", "findings", "review", "who_had_address", "logins"}
