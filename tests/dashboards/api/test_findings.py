"""Findings and events over HTTP, from the finding down to the log record, and what a person decides."""

import json
import re
from typing import Any

import httpx
import pytest

from analytics.detect.knowledge import detections, explanations
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


def test_rules_are_told_with_benign_reasons_and_triage(statistician: httpx.Client) -> None:
    for path, files in (("detections", detections()), ("explanations", explanations())):
        rules = {each["name"]: each for each in statistician.get(f"/api/v1/{path}").json()["rules"]}
        assert set(rules) == set(files)
        assert all(rule["sv"] for rule in rules.values())
    assert all(json.dumps(rule).isprintable() for rule in rules.values())


@pytest.mark.parametrize("name", ["status", "sources", "rejects", "assets"])
def test_the_state_is_told_in_rows_that_their_columns_name(statistician: httpx.Client, name: str) -> None:
    document = statistician.get(f"/api/v1/{name}", params={"language": "en"}).json()
    names = [each["name"] for each in document["columns"]]
    assert name == "rejects" or document["rows"]
    assert all(list(row) == names for row in document["rows"])


def test_status_is_the_command_lines(statistician: httpx.Client, served: Served) -> None:
    document = statistician.get("/api/v1/status").json()
    assert document["balance"] is True
    rows = {row["source"]: row for row in document["rows"]}
    assert rows["ad"]["records"] == rows["ad"]["events"] + rows["ad"]["rejects"] + rows["ad"]["repeats"]
    assert set(rows) >= set(served.home.settings.sources)


def test_rejects_are_of_a_source_and_by_shape(statistician: httpx.Client) -> None:
    plain, shapes = (
        [each["name"] for each in statistician.get(f"/api/v1/rejects?source=ad{more}").json()["columns"]]
        for more in ("", "&shapes=true")
    )
    assert set(shapes) > set(plain)
    assert refusal(statistician.get("/api/v1/rejects?source=none")) == (404, "source")
    assert refusal(statistician.get("/api/v1/rejects?shapes=yes")) == (400, "shapes")
