import re
from datetime import UTC, datetime

import pyarrow as pa

from analytics.question import FOLDER
from dashboards import cells
from dashboards.cli import show
from schemas.tables import ALWAYS
from schemas.terms import terms


def rows(**columns):
    return pa.table(columns)


def test_columns_are_aligned_by_what_the_terminal_shows_and_empty_ones_are_left_out():
    given = rows(
        actor_account=["anna.b", "名前", "e\u0301va"],
        events=[1, 20, 300],
        device=pa.nulls(3, pa.string()),
        action=["read", "break_glass", None],
    )
    assert list(show.table(given)) == [
        "användarkonto  händelser  åtgärd",
        "─────────────  ─────────  ──────────",
        "anna.b                 1  läste",
        "名前                  20  nödöppnade",
        "e\u0301va                  300",
    ]


def test_a_crafted_value_can_neither_steer_the_terminal_nor_turn_the_text_around():
    assert cells.cell("object_path", "a\x1b[2Jb\u202egnp.exe\n") == "a\\x1b[2Jb\\u202egnp.exe\\n"


def test_what_has_no_beginning_holds_always():
    assert cells.cell("valid_from", ALWAYS) == "alltid"
    assert cells.cell("valid_from", ALWAYS, "en") == "always"
    assert cells.plain(ALWAYS) == "1601-01-01T00:00:00Z"


def test_times_are_the_swedish_clock_with_its_offset():
    assert cells.cell("time_utc", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "2026-10-25 02:30:00+02:00"
    assert cells.cell("time_utc", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == "2026-10-25 02:30:00+01:00"


def test_csv_runs_no_formula_and_keeps_numbers():
    given = rows(
        a=["=1+1", "@x", "-b", "+c", "d", None],
        n=[-1, 2, 3, 4, 5, 6],
        t=pa.array([datetime(2026, 3, 1, tzinfo=UTC)] * 6),
    )
    lines = cells.as_csv(given).split("\r\n")
    assert lines[:6] == [
        "a,n,t",
        "'=1+1,-1,2026-03-01T00:00:00Z",
        "'@x,2,2026-03-01T00:00:00Z",
        "'-b,3,2026-03-01T00:00:00Z",
        "'+c,4,2026-03-01T00:00:00Z",
        "d,5,2026-03-01T00:00:00Z",
    ]


def test_english_headings():
    assert next(iter(show.table(rows(events=[1]), "en"))) == "events"


def test_what_is_wider_than_the_terminal_is_a_block_a_row(monkeypatch):
    given = rows(actor_account=["anna.b", "bo.c"], events=[1, 20], device=["PC-1", None])
    wide = list(show.table(given))
    monkeypatch.setattr(show, "room", lambda: max(map(len, wide)))
    assert list(show.table(given)) == wide
    monkeypatch.setattr(show, "room", lambda: max(map(len, wide)) - 1)
    assert list(show.table(given)) == [
        "användarkonto  anna.b",
        "händelser      1",
        "utrustning     PC-1",
        "",
        "användarkonto  bo.c",
        "händelser      20",
    ]


def test_a_times_fractions_are_for_programs():
    assert cells.cell("time_utc", datetime(2026, 3, 1, 8, 0, 0, 999999, tzinfo=UTC)) == "2026-03-01 09:00:00+01:00"


def test_codes_are_words_of_the_glossary():
    assert cells.cell("logs", ["read", "print"]) == "läste, skrev ut"
    assert cells.cell("declared", False) == "nej"
    assert cells.cell("within_budget", True) == "ja"
    assert cells.cell("within_budget", True, "en") == "yes"
    assert cells.cell("found_as", "object_id") == "objekt"
    assert cells.cell("state", "6 covered") == "läsning loggas"
    for path in FOLDER.rglob("*.sql"):
        sql = path.read_text(encoding="utf-8")
        for codes, column in re.findall(
            r"(CASE (?:(?!CASE).)*?(?:THEN|ELSE) '.*?END|'[a-z]+') AS (\w+)", sql, re.DOTALL
        ):
            if column in ("relation", "field"):  # a table's file and its column, as whoever wrote them knows them
                continue
            for code in re.findall(r"(?:THEN|ELSE) '([^']+)'", codes) or [codes.strip("'")]:
                assert f"{column}.{code}" in terms(), (path.name, column, code)


def test_reasons_of_ours_are_told_and_what_somebody_wrote_stays_as_it_is() -> None:
    found = pa.table({"reason": ["is empty", "want one of is empty, row 5"]})
    said = {asked: list(show.table(found, "sv", asked))[2:] for asked in ("", "findings", "context_faults")}
    assert said[""] == said["findings"] == ["is empty", "want one of is empty, row 5"]
    assert said["context_faults"] == ["är tom", "ska vara något av is empty, row 5"]
    assert cells.cell("reason", "row " * 400) == "row " * 400
    assert cells.cell("reason", "row " * 400, asked="context_faults")
