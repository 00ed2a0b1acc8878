"""`-` asks the command line to read on; a program that sends it would be told of nobody, which reads as an answer."""

import httpx
import pytest

from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import visiting

QUESTIONS = "/api/v1/questions"
NUMBER = "19121212-1212"  # published by Skatteverket for tests


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("who_accessed_subject", {"subject": "-"}),
        ("what_did_person_do", {"person": " - "}),
        ("timeline", {"subjects": ["-"]}),
        ("timeline", {"actors": ["p1", "-"]}),
    ],
)
def test_a_dash_is_nobody_and_what_to_do_is_told(reader: httpx.Client, name: str, params: dict) -> None:
    place = f"{QUESTIONS}/{name}"
    (field,) = params
    for answer in (reader.get(place, params=params), reader.post(place, json=params)):
        assert answer.status_code == 400, answer.text
        assert answer.json()["field"] == field
        assert "post a personal number in a body" in answer.json()["error"]


def test_a_number_in_an_address_is_told_what_a_program_can_do(reader: httpx.Client) -> None:
    error = reader.get(f"{QUESTIONS}/who_accessed_subject", params={"subject": NUMBER}).json()["error"]
    assert "standard input" not in error
    assert "post it in a body, as `subject` or `subjects`" in error


def test_a_dash_on_a_page_is_refused(served: Served) -> None:
    with visiting(served.address, served.desk, "prov") as visit:
        place = "/question/who_accessed_subject"
        for answer in (visit.get(f"{place}?subject=-"), visit.post(place, {"subject": "-"})):
            assert answer.status_code == 400
            assert "Skriv personnumret i fältet" in answer.text
        both = visit.post("/question/touched_before", {"person": "-", "subjects": NUMBER})
        assert both.status_code == 400
        assert "1212-1212" not in both.text
