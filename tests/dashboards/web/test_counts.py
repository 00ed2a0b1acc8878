"""Every count of every question leads to the rows that it counts."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from analytics.answer import answer
from analytics.caller import Caller
from analytics.detect.explain import explained
from analytics.question import columns, question, questions
from dashboards.given import given
from dashboards.web import counts, links
from tests.dashboards.conftest import Served

WHO = Caller("karin")
LEVELS = {"k", "r", "t", "local_weekday", "local_hour"}
MOST = 6  # of a count that are followed


def asked(served: Served, name: str, params: dict[str, Any]) -> Any:
    return answer(served.desk.home, question(name), params, purpose="Prov", who=WHO).rows


@pytest.fixture(scope="module")
def about(served: Served) -> dict[str, dict[str, Any]]:
    """What each question is given that must be told whom or what it is about, or answers better so."""
    every = asked(served, "events", {"system": "Lindan"}).to_pylist()
    person = Counter(row["actor_person"] for row in every if row["subject"]).most_common(1)[0][0]
    subject = Counter(row["subject"] for row in every if row["subject"]).most_common(1)[0][0]
    thing = next(row for row in every if row["object_id"])
    finding = asked(served, "findings", {})["finding"][0].as_py()
    shares = asked(served, "coverage_by_share", {}).to_pylist()
    logins = asked(served, "events", {"action": "login"}).to_pylist()
    login = next(row for row in logins if row["src_ip"] and row["actor_account"])  # a refused link names nobody
    period = {"start": "2026-03-01", "stop": "2026-03-08"}
    return {
        "access_outside_hours": {"from_hour": 9, "to_hour": 15, "level": 0},
        "activity_about": {"subject": subject},
        "coverage_by_asset": {"level": 0},
        "evidence": {"finding": finding},
        "events_about": {"subject": subject},
        "events_in_share": {"share": shares[0]["share"]},
        "findings_resting": {"actor_account": login["actor_account"]},
        "find": {"text": login["actor_account"]},
        "find_within": {"text": "/"},
        "first_time_access": {"start": "2026-03-03"},
        "persons_affected": {"actors": [person], **period},
        "rights_given": {"person": person},
        "spelt_alike": {"text": "Lindam"},
        "timeline": {"actors": [person]},
        "touched": {"actor_person": person},
        "touched_before": {"person": person, "subjects": [subject], **period},
        "usual_work": {"person": person, **period},
        "what_did_person_do": {"person": person},
        "who_accessed_object": {"object_id": thing["object_id"]},
        "changes_to_object": {"object_id": thing["object_id"]},
        "who_accessed_subject": {"subject": subject},
        "who_else": {"actor_person": person},
        "who_had_address": {"address": login["src_ip"], "at": login["time_utc"]},
    }


def number_columns() -> Iterator[tuple[str, str]]:
    for name, file in questions().items():
        for column, kind in columns(file).items():
            if kind in {"BIGINT", "INTEGER"} and column not in LEVELS:
                yield name, column


def leads(name: str, column: str) -> bool:
    return (name, column) in counts.COUNTS or (column == "events" and (name, column) not in counts.NOWHERE)


def test_each_number_of_each_question_leads_somewhere_or_says_why_not() -> None:
    every = set(number_columns())
    tables = {each for each in counts.COUNTS if each[0] in {counts.STATUS, counts.REJECTS}}  # of no question
    assert every >= (counts.COUNTS.keys() - tables) | counts.NOWHERE.keys()
    assert not counts.COUNTS.keys() & counts.NOWHERE.keys()
    assert {each for each in every if not leads(*each)} == counts.NOWHERE.keys()


def followed(served: Served, href: str, count: counts.Listed) -> int:
    path, query = urlsplit(href).path, parse_qsl(urlsplit(href).query)
    file = question(path.rpartition("/")[2])
    wanted = dict(query).get("explained")
    params = given(file.name, file.params, [pair for pair in query if pair[0] != "explained"])
    rows = asked(served, file.name, params)
    if wanted:
        known = explained(served.desk.home, rows, WHO)
        rows = [row for row in rows.to_pylist() if bool(known.get(row["event_id"])) is (wanted == "yes")]
        return count.number([row for row in rows if row["event_id"] in known])
    return count.number(rows.to_pylist())


@pytest.mark.parametrize(("name", "column"), [each for each in number_columns() if leads(*each)])
def test_a_count_leads_to_as_many_rows(
    served: Served, about: dict[str, dict[str, Any]], name: str, column: str
) -> None:
    params = about.get(name, {})
    counted = [row for row in asked(served, name, params).to_pylist() if row[column]]
    # What lacks something first, as that is asked for in another way.
    counted.sort(key=lambda row: -sum(value is None for value in row.values()))
    picked = [*counted[: MOST // 2], *counted[MOST // 2 :: max(1, 2 * len(counted) // MOST)]]
    for row in picked:
        count = counts.listed(name, column, {**params, **row})
        href = links.rows_of(column, row, params, name)
        if count is None:  # a finding that is nobody's is an item by itself, and leads to its page
            assert (name, row["actor_person"], row["actor_account"]) == ("review", None, None)
            continue
        assert href, row
        assert followed(served, href, count) == row[column], (href, row)
