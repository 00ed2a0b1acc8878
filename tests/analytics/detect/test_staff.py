"""How many work here, for the ranking and the review budget alike."""

import pytest

from analytics.answer import answer
from analytics.installation import installation
from analytics.opened import Opened
from analytics.question import question
from schemas import settings

TOKEN = "p_" + "1" * 32
HER = f"""
time                 | position | actor_account | actor_person | actor_unit | subject | action | proves  | outcome | k
2026-03-01T08:00:00Z | 1        | anna.b        | anna         | u1         | {TOKEN} | read   | content | success | 3
2026-03-02T08:00:00Z | 2        | Anna.B        | anna         | u1         | {TOKEN} | read   | content | success | 3
2026-03-02T08:00:00Z | 3        | bo.c          | bo           | u2         |         | read   | content | success | 2
2026-03-02T08:00:00Z | 4        | cia           |              |            |         | login  |         | success |
"""
PEOPLE = """
person | unit | valid_from           | valid_to             | employed_to
anna   | u1   | 2026-01-01T00:00:00Z |                      |
bo     | u2   | 2026-01-01T00:00:00Z | 2026-03-01T00:00:00Z |
bo     | u1   | 2026-03-01T00:00:00Z |                      |
cia    |      | 2026-01-01T00:00:00Z |                      |
dan    | u1   | 2026-01-01T00:00:00Z |                      | 2026-02-15T00:00:00Z
eva    | u1   | 2026-04-01T00:00:00Z |                      |
"""


def staff(home):
    return [tuple(row.values()) for row in home.tables({"staff"})["staff"].to_pylist()]


@pytest.fixture
def judged(judged):
    judged.context("subjects", f"subject | person\n{TOKEN} | anna")
    judged.come(HER)
    judged.detect()
    return judged


def with_people(judged):
    folder = judged.root / "people"
    folder.mkdir()
    lines = [",".join(cell.strip() for cell in line.split("|")) for line in PEOPLE.strip().splitlines()]
    (folder / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    given = {"people": {"folder": str(folder)}, "questions": {"purpose_required": False}}
    return installation(judged.root / "lake", settings.parse(given))


def test_the_directory_counts_who_is_employed_in_the_month(judged):
    assert staff(with_people(judged)) == [("2026-03", None, 3), ("2026-03", "u1", 2)]


def test_without_a_directory_the_accounts_that_took_part_of_anything_are_counted(judged):
    assert staff(judged.home) == [("2026-03", None, 2), ("2026-03", "u1", 1), ("2026-03", "u2", 1)]


def test_without_a_directory_there_is_a_budget(judged):
    [item] = answer(judged.home, question("review"), {"least": 0}).rows.slice(0, 1).to_pylist()
    assert (item["within_budget"], item["within_unit"]) == (True, True)
    [month] = answer(judged.home, question("review_month"), {"least": 0}).rows.to_pylist()
    assert (month["staff"], month["budget"]) == (2, 1)


def test_the_budget_is_the_settings(judged):
    given = {"detection": {"review_items_per_1000": 0}, "questions": {"purpose_required": False}}
    home = installation(judged.root / "lake", settings.parse(given))
    assert [row["within_budget"] for row in answer(home, question("review"), {"least": 0}).rows.to_pylist()][:1] == [
        False
    ]
    assert answer(home, question("review_month"), {"least": 0}).rows["budget"].to_pylist() == [0]
    asked = {"least": 0, "items_per_thousand": 20}
    assert answer(home, question("review_month"), asked).rows["budget"].to_pylist() == [1]


def test_what_is_kept_open_moves_with_decisions_and_the_directory(judged):
    home = with_people(judged)
    opened = Opened(home.settings, home.root)
    try:
        assert staff(opened) == [("2026-03", None, 3), ("2026-03", "u1", 2)]
        first = opened.tables({"findings", "staff"})
        assert opened.tables({"findings"})["findings"] is first["findings"]
        (judged.root / "people" / "people.csv").write_text("person,unit\nanna,u1\n", encoding="utf-8")
        assert staff(opened) == [("2026-03", None, 1), ("2026-03", "u1", 1)]
    finally:
        opened.close()
