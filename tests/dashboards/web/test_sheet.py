"""The tables of pages as files for a spreadsheet: as a Swedish Excel opens them, with nothing lost."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from html import unescape

import httpx
import pyarrow as pa
import pytest

from analytics import completeness
from dashboards.cells import heading
from dashboards.server.held import Found
from dashboards.web import affected
from dashboards.web.render import _environment, say
from dashboards.web.rows import rows
from dashboards.web.sheet import sheet
from schemas.tables import ALWAYS, TABLES
from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import Visit, visiting

NONE = {name: table.schema.empty_table() for name, table in TABLES.items()}
PEOPLE = TABLES["people"].schema
UNITS = TABLES["units"].schema


@pytest.fixture
def visit(served: Served) -> Iterator[Visit]:
    with visiting(served.address, served.desk, "prov") as found:
        yield found


def read(data: bytes) -> list[list[str]]:
    """The cells as a spreadsheet program in Sweden reads them."""
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


NOTHING = completeness.Statement(start=None, stop=None, sources=(), unread_assets=(), waiting=0)


def written(language: str = "sv", tables: dict[str, pa.Table] = NONE, asked: str = "events", **columns: list) -> list:
    return read(sheet(Found(asked, pa.table(columns), NOTHING), language, tables))


def test_the_file_says_what_the_page_says(visit: Visit) -> None:
    place = "/question/events?system=Lindan&ask=1"
    page, answer = visit.get(place).text, visit.get(f"{place}&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    names, *rows = read(answer.content)
    shown = re.findall(r'<th scope="col">([^<]*)</th>', page.partition("<h2")[2])
    assert shown
    assert set(shown) <= set(names)
    assert "åtgärd" in names
    assert {row[names.index("åtgärd")] for row in rows} >= {"läste"}
    visit.post("/language", {"language": "en"})
    assert "action" in read(visit.get(f"{place}&format=csv").content)[0]


def test_below_the_persons_affected_stands_that_there_is_no_ceiling_and_the_threshold() -> None:
    rows = {
        "bound": ["least", "most"],
        "why": ["all", "all"],
        "system": [None, None],
        "subjects": [0, 0],
        "objects": [2, 3],
    }
    table = pa.table(rows | {"events": [2, 3]})
    below = affected.sentences(table, NOTHING, "sv")
    found = read(sheet(Found("persons_affected", table, NOTHING), "sv", NONE, below))
    how_many = (
        "Berörda personer: minst 0. Något tak går inte att ange: objekt där det inte är känt vem de rör är 3 till "
        "antalet, och de kan röra vilka som helst. Bland kända personer är det högst 0."
    )
    assert found[3:] == [
        [],
        [how_many],
        ["Det kan inte uteslutas att tröskeln 500 personer är nådd."],
    ]


@pytest.mark.parametrize(
    ("rows", "strangers"),
    [([], False), ([{"bound": "most", "why": "all", "subjects": 3, "objects": 0, "events": 0}], True)],
)
def test_what_says_nothing_about_how_many_is_judged_by_no_threshold(rows: list[dict], strangers: bool) -> None:
    table, statement = pa.Table.from_pylist(rows), replace(NOTHING, strangers=strangers)
    assert affected.of(table, statement) is None
    assert affected.sentences(table, statement, "sv") == []


def test_the_page_says_of_the_persons_affected_what_the_file_says() -> None:
    rows = [{"bound": bound, "why": "all", "subjects": n, "objects": n} for bound, n in (("least", 2), ("most", 1234))]
    for language in ("sv", "en"):
        table = pa.Table.from_pylist([row | {"events": 1} for row in rows])
        page = _environment().from_string('{% import "macros.html" as m with context %}{{ m.interval(it) }}')
        told = page.render(it=affected.of(table, NOTHING), say=partial(say, language))
        said = affected.sentences(table, NOTHING, language)
        assert len(said) == 2
        assert [text for text in said if text not in unescape(told)] == []


def test_several_assets_stand_by_name_and_in_the_file_with_the_id_beside() -> None:
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    assets = [{"asset": "a1", "name": "Löneregister", "valid_from": begun}, {"asset": "a2", "valid_from": begun}]
    tables = NONE | {"assets": pa.Table.from_pylist(assets, schema=TABLES["assets"].schema)}
    held = pa.table({"assets": pa.array([["a1", "a2"], ["a2"], [], None], pa.list_(pa.string()))})
    listed = rows(held, "sv", tables=tables)
    assert [line[0].text for line in listed.cells] == ["Löneregister, a2", "a2", "", ""]
    found = written(tables=tables, assets=held["assets"].to_pylist())
    assert [line[0] for line in found[1:]] == ["Löneregister (a1), a2", "a2", "", ""]


def test_the_api_keeps_its_names_words_and_times(served: Served) -> None:
    now = datetime.now(UTC)
    secret = served.desk.store.add_token("ark", "read", 1, made_by="karin", now=now, purpose="prov")
    client = httpx.Client(base_url=served.address, headers={"Authorization": f"Bearer {secret}"}, trust_env=False)
    with client:
        text = client.get("/api/v1/questions/logins", params={"format": "csv"}).content.decode()
    head = text.splitlines()[0]
    assert head.split(",")[0].isidentifier()
    assert not text.startswith("\ufeff")
    assert re.search(r"\d\d:\d\d:\d\d(\.\d+)?Z", text)


def test_a_time_is_one_instant_and_whole() -> None:
    times = [datetime(2026, 10, 25, hour, 30, 0, 250_000, tzinfo=UTC) for hour in (0, 1)]
    _, *rows = written(time_utc=times)
    assert [row[0] for row in rows] == ["2026-10-25 02:30:00.250000+02:00", "2026-10-25 02:30:00.250000+01:00"]
    assert [datetime.fromisoformat(row[0]) for row in rows] == times


def test_numbers_are_numbers_in_sweden_and_nothing_is_run() -> None:
    _, *rows = written(
        risk=[1, -2, None], share=[0.5, -1.25, None], note=["=1+1", 'a;"b"\nÅsa', "-x"], pinned=[True, False, None]
    )
    assert rows == [["1", "0,5", "'=1+1", "ja"], ["-2", "-1,25", 'a;"b"\nÅsa', "nej"], ["", "", "'-x", ""]]


def test_who_is_named_has_the_id_beside() -> None:
    always = datetime(1601, 1, 1, tzinfo=UTC)
    tables = NONE | {
        "people": pa.Table.from_pylist([{"person": "p1", "name": "Inga Provsson", "valid_from": always}], PEOPLE),
        "units": pa.Table.from_pylist([{"unit": "u1", "name": "Provenheten", "valid_from": always}], UNITS),
    }
    _, *rows = written("sv", tables, actor_person=["p1", "p2"], actor_unit=["u1", None])
    assert rows == [["Inga Provsson (p1)", "Provenheten (u1)"], ["p2", ""]]


def test_a_column_that_is_empty_has_its_place() -> None:
    assert written(actor_person=[None], risk=[1])[0] == [heading("actor_person", "sv"), heading("risk", "sv")]


def test_each_cell_is_as_if_it_were_written_alone() -> None:
    """Columns are written at once, and each different text once: nothing may be another's."""
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    people = [{"person": "p1", "name": 'Karin; "K" Ek', "valid_from": begun}]
    tables = NONE | {"people": pa.Table.from_pylist(people, schema=PEOPLE)}
    columns = {
        "time_utc": pa.array(
            [
                datetime(2026, 10, 25, 0, 30, 0, 120_000, tzinfo=UTC),
                datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
                None,
                ALWAYS,
                datetime(2026, 3, 1, tzinfo=UTC),
                datetime(2026, 3, 1, tzinfo=UTC),
            ],
            pa.timestamp("us", "UTC"),
        ),
        "actor_person": ["p1", "p2", None, "p1", "=p3", "p1"],
        "action": ["read", "update", "read", None, "nosuch", "read"],
        "proves": ["content", "content", "possible", None, "content", "content"],
        "actions": [["read", "update"], [], None, ["read"], ["-x"], ["read", "update"]],
        "score": [0.0, -0.0, 1.5, None, float("nan"), 0.0],
        "k": [1, 0, -1, None, 3, 1],
        "held": [True, False, None, True, False, True],
        "object_path": ["=1+1", "2026-03", "a\nb", "a\tb", "\u202eb", "=1+1"],
        "purpose": ["+46", "@x", "\r=1", "\n=1", "\uff1d1", ""],
        "detection": ["mass_read", None, "nosuch", "mass_read", None, "mass_read"],
        "facts": [None, None, '{"title": "Ett"}', None, None, '{"title": "Två"}'],
    }
    every = pa.table(columns)
    for language in ("sv", "en"):
        whole = sheet(Found("events", every, NOTHING), language, tables)
        head, *alone = [
            sheet(Found("events", every.slice(place, 1), NOTHING), language, tables) for place in range(len(every))
        ]
        end = b"\r\n"
        assert whole == b"".join([head, *(each.partition(end)[2] for each in alone)])
    _, *lines = written(tables=tables, **columns)
    assert [line[0] for line in lines][:2] == ["2026-10-25 02:30:00.120000+02:00", "2026-10-25 02:30:00+01:00"]
    assert [line[1] for line in lines] == [
        'Karin; "K" Ek (p1)',
        "p2",
        "",
        'Karin; "K" Ek (p1)',
        "'=p3",
        'Karin; "K" Ek (p1)',
    ]
    assert [line[5] for line in lines] == ["0,0", "-0,0", "1,5", "", "nan", "0,0"]
    assert [line[6] for line in lines] == ["1", "0", "-1", "", "3", "1"]
    assert [line[8] for line in lines] == ["'=1+1", "2026-03", "a\nb", "a\\tb", "\\u202eb", "'=1+1"]
    assert [line[9] for line in lines] == ["'+46", "'@x", "\\r=1", "'\n=1", "'\uff1d1", ""]


def test_the_page_says_once_what_excel_does_to_a_case_number(visit: Visit) -> None:
    assert visit.get("/question/events?system=Lindan&ask=1").text.count("Excel gör datum av text som 2026-03") == 1
