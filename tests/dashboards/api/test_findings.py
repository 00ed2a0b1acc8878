"""Findings and events over HTTP, from the finding down to the log record, and what a person decides."""

import csv
import io
import json
import re
from typing import Any
from urllib.parse import unquote

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.finding import VERDICTS as KNOWN
from tests.dashboards.api.conftest import PURPOSE, acts, position
from tests.dashboards.conftest import Served

NUMBER = "19121212-1212"
VERDICTS = list(KNOWN)


@pytest.fixture(scope="module")
def finding(reader: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = reader.get("/api/v1/questions/findings", params={"page_size": 1}).json()["rows"][0]
    return found


def refusal(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json()["field"]


def test_from_a_finding_down_to_the_log_record(reader: httpx.Client, served: Served, finding: dict[str, Any]) -> None:
    since = position(served)
    told = reader.get(f"/api/v1/findings/{finding['finding']}").json()
    assert told["finding"]["detection"] == finding["detection"]
    assert len(told["events"]) + told["more_events"] == finding["events"]
    event = told["events"][0]["event_id"]
    assert reader.get(f"/api/v1/events/{event}").json()["events"][0]["event_id"] == event
    record = reader.get(f"/api/v1/events/{event}/record").json()
    assert record["text"]
    assert {f"{row['shard']}-{row['position']}-{row['part']}" for row in record["rows"]} >= {event}
    recorded = acts(served, since)
    assert [each["question"] for each in recorded if each["act"] == "answered"] == ["explain", "explain", "record"]
    assert {each["purpose"] for each in recorded} == {PURPOSE}


@pytest.mark.parametrize("what", ["finding", "event"])
def test_what_is_told_as_a_file_holds_its_events_and_why(
    reader: httpx.Client, served: Served, monkeypatch: pytest.MonkeyPatch, finding: dict[str, Any], what: str
) -> None:
    if what == "finding":
        path = f"/api/v1/findings/{finding['finding']}"
    else:
        read = reader.get("/api/v1/questions/events?action=read&page_size=1000").json()["rows"]
        paths = [f"/api/v1/events/{row['event_id']}" for row in read if row["subject"] and row["actor_person"]]
        path = next(each for each in paths[:50] if reader.get(each).json()["events"][0]["reasons"])
    document = reader.get(path).json()
    assert document["statement"]
    monkeypatch.setattr("dashboards.api.findings.MOST_EVENTS", 1)  # a file has all of them all the same
    short = reader.get(path).json()
    assert (len(short["events"]), short["more_events"]) == (1, len(document["events"]) + document["more_events"] - 1)
    since = position(served)
    files = {kind: reader.get(path, params={"format": kind}) for kind in ("csv", "parquet", "arrow")}
    assert [act["act"] for act in acts(served, since)] == ["asked", "answered"] * 3
    parquet = pq.read_table(io.BytesIO(files["parquet"].content))
    assert parquet.equals(pa.ipc.open_stream(files["arrow"].content).read_all())
    said = parquet.schema.metadata[b"sparhund.statement"].decode().splitlines()
    assert said[: len(short["lines"])] == short["lines"]
    rows = parquet.to_pylist()
    assert len(rows) == len(document["events"]) + document["more_events"]
    for row, told in zip(rows, document["events"], strict=False):
        assert row["event_id"] == told["event_id"]
        assert [json.loads(each.pop("row")) for each in row["reasons"]] == [each.pop("row") for each in told["reasons"]]
        assert row["reasons"] == told["reasons"]
    texts = list(csv.DictReader(io.StringIO(files["csv"].text)))
    assert [row["event_id"] for row in texts] == [row["event_id"] for row in rows]
    for kind, answer in files.items():
        name = finding["finding"] if what == "finding" else rows[0]["event_id"]
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.{kind}"'
        lines = unquote(answer.headers["Sparhund-Statement"], errors="strict").splitlines()
        assert lines[0] == document["statement"][0], "nobody's name is among what others may log"
        if kind == "parquet":
            assert lines == said[len(short["lines"]) :][: len(lines)], "whole lines"
    assert refusal(reader.get(f"{path}?format=xml")) == (400, "format")
    if len(rows) > 1:
        monkeypatch.setattr("dashboards.api.findings.MOST_ROWS", 1)
        assert refusal(reader.get(f"{path}?format=csv")) == (422, "format")


def test_no_record_shows_a_personal_number(reader: httpx.Client) -> None:
    rows = reader.get("/api/v1/questions/events", params={"system": "Journalen", "page_size": 5}).json()["rows"]
    rows += [row for row in reader.get("/api/v1/questions/events?page_size=300").json()["rows"] if row["subject"]][:5]
    assert rows
    for row in rows:
        text = reader.get(f"/api/v1/events/{row['event_id']}/record").text
        assert not re.search(r"(?<!\d)(19|20)\d{6}-\d{4}(?!\d)", text)


def test_language_is_that_of_the_reader(reader: httpx.Client, finding: dict[str, Any]) -> None:
    path = f"/api/v1/findings/{finding['finding']}"
    swedish, english = (reader.get(path, params={"language": each}).json() for each in ("sv", "en"))
    assert swedish["title"] != english["title"]
    assert refusal(reader.get(path, params={"language": "de"})) == (400, "language")


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("/findings/0000000000000000", (404, "id")),
        ("/findings/x", (400, "id")),
        (f"/findings/{NUMBER}", (400, "id")),
        ("/events/nothing-0-0", (404, "id")),
        ("/events/0", (400, "id")),
        ("/events/nothing-0-0/record", (404, "id")),
        ("/events/0/record", (400, "id")),
        (f"/events/{NUMBER}", (400, "id")),
        (f"/events/{NUMBER}/record", (400, "id")),
        ("/events/a-99999999999999999999-0", (400, "id")),
        ("/events/a-99999999999999999999-0/record", (400, "id")),
        ("/events/a'-1-1", (404, "id")),
    ],
)
def test_what_is_not_there(
    reader: httpx.Client, path: str, refused: tuple[int, str], caplog: pytest.LogCaptureFixture
) -> None:
    answer = reader.get(f"/api/v1{path}")
    assert refusal(answer) == refused
    assert NUMBER not in answer.text
    assert not [record for record in caplog.records if record.name == "sparhund.serve"]


def test_a_person_decides(person: httpx.Client, served: Served, finding: dict[str, Any]) -> None:
    path = f"/api/v1/findings/{finding['finding']}"
    since = position(served)
    verdict = VERDICTS[0]
    answer = person.post(f"{path}/decision", json={"verdict": verdict, "reason": "Enligt schemat"})
    assert (answer.status_code, answer.json()) == (201, {"finding": finding["finding"], "verdict": verdict})
    (decided,) = acts(served, since)
    assert (decided["act"], decided["account"], decided["purpose"]) == ("decided", "karin", "Enligt schemat")
    assert person.get(path).json()["decision"]["verdict"] == verdict


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"verdict": "x", "reason": "y"}, (400, "verdict")),
        ({"verdict": "open", "reason": "y"}, (400, "verdict")),
        ({"verdict": VERDICTS[0], "reason": " "}, (400, "reason")),
        ({"verdict": VERDICTS[0], "reason": f"se {NUMBER}"}, (400, "reason")),
        ({"verdict": VERDICTS[0]}, (400, "reason")),
        ({"verdict": 1, "reason": "y"}, (400, "verdict")),
        ({"verdict": VERDICTS[0], "reason": "y", "who": "anna"}, (400, "who")),
    ],
)
def test_a_decision_that_is_none(
    person: httpx.Client, finding: dict[str, Any], body: dict[str, Any], refused: tuple[int, str]
) -> None:
    answer = person.post(f"/api/v1/findings/{finding['finding']}/decision", json=body)
    assert refusal(answer) == refused
    assert NUMBER not in answer.text


def test_nothing_is_decided_about_what_there_is_not(person: httpx.Client) -> None:
    answer = person.post("/api/v1/findings/0000000000000000/decision", json={"verdict": VERDICTS[0], "reason": "y"})
    assert refusal(answer) == (404, "finding")


def test_findings_that_nobody_decided_about_are_asked_for(reader: httpx.Client) -> None:
    rows = reader.get("/api/v1/questions/findings?verdict=open&page_size=1000").raise_for_status().json()["rows"]
    assert {row["verdict"] for row in rows} == {None}
