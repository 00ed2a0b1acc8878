"""What a question says that its answer can't rest on is held to the answer that it gives without."""

import dataclasses
import random
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from analytics.answer import Ask, answer, answers
from analytics.installation import Installation, installation
from analytics.narrow import COLUMNS, Need, apart, need
from analytics.opened import Opened
from analytics.question import questions
from ingest.lake import Lake
from schemas import settings
from schemas.errors import SqlFileError
from schemas.event import NORMALISED
from schemas.sqlfile import SqlFile, load
from schemas.tables import TABLES

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
FILES, ROWS = 12, 60
NARROWED = [name for name, file in questions().items() if "narrow" in file.header]


def events(number: int) -> pa.Table:
    """A day's, by few who did much: so that most values are in some files and not in others."""
    chance = random.Random(number)
    rows = []
    for position in range(ROWS):
        account = f"user{chance.randrange(number, number + 4)}"
        thing = chance.randrange(number * 3, number * 3 + 8)
        rows.append(
            {
                "kind": "event",
                "source": "s",
                "shard": f"shard{number}",
                "position": position,
                "part": 0,
                "received": FIRST + timedelta(days=number, hours=23),
                "batch": number,
                "time": FIRST + timedelta(days=number, minutes=chance.randrange(1440)),
                "actor_account": chance.choice([account, account.upper()]),
                "actor_person": chance.choice([None, account.replace("user", "p")]),
                "action": chance.choice(["read", "update", "export", "login", "grant", "account_change", "print"])
                if position % 8
                else "logout",
                "outcome": chance.choice(["success", "failure"]),
                "proves": "content",
                "system": "Journal",
                "object_type": ("journal", "file")[position % 2],
                "object_id": f"Ärende {thing}",
                "object_path": chance.choice([None, f"/Akt/{thing}"]),
                "subject": chance.choice([None, f"p_{thing:032x}"]),
                "target_account": chance.choice([None, f"user{number}"]),
                "src_ip": f"10.0.0.{number % 5}",
                "changes": [{"field": "f", "before": "a", "after": "b"}],
                "details": f'{{"tunnelip":"10.0.0.{position % 2}"}}' if position % 3 else None,
            }
        )
    return pa.Table.from_pylist(rows, schema=NORMALISED)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("narrow")
    people, context = folder / "people", folder / "context"
    people.mkdir()
    context.mkdir()
    (people / "people.csv").write_text("person\n" + "".join(f"p{n}\n" for n in range(20)))
    accounts = "".join(f"p{n},{name}{n}\n" for n in range(20) for name in ("user", "annat"))
    (people / "accounts.csv").write_text("person,account\n" + accounts)
    about = "".join(f"Journal,Ärende {n},p_{n:032x}\n" for n in range(0, 40, 2))
    (context / "object_subject.csv").write_text("system,object_id,subject\n" + about)
    lake = Lake.create(folder / "lake")
    table = lake.table("normalised")
    files = [
        table.write(events(number), "standard", date(2026, 3, 2) + timedelta(days=number)) for number in range(FILES)
    ]
    table.commit(files, expect={}, positions={})
    given = {"lake": {"root": "lake"}, "people": {"folder": "people"}, "context": {"folder": "context"}}
    return installation(None, settings.parse(given, folder / "settings.toml"))


@pytest.fixture(scope="module")
def opened(home: Installation) -> Opened:
    found = Opened(home.settings, home.root)
    found.learn()
    return found


def asked(file: SqlFile, chance: random.Random) -> dict[str, Any]:
    """Parameters of FILE with values that the lake has, or has in another spelling, or hasn't."""
    n = chance.randrange(14)
    values: dict[str, Any] = {
        **dict.fromkeys(("actor_account", "account", "target_account"), f"user{n}"),
        **dict.fromkeys(("person", "actor_person"), chance.choice([f"p{n}", f"annat{n}", f"USER{n}", "ingen"])),
        "subject": f"p_{n * 2:032x}",
        "object_id": chance.choice([f"Ärende {n * 2}", f"/Akt/{n}", "finns inte"]),
        "object_path": f"/Akt/{n}",
        "share": "/Akt",
        **dict.fromkeys(("src_ip", "address", "assigned_ip"), f"10.0.0.{n % 6}"),
        "counted": chance.random() < 0.3,
        "finding": "0123456789abcdef",
        "at": FIRST + timedelta(days=n),
        "actors": [f"user{n}", f"p{n + 3}"],
        "objects": [f"Ärende {n * 2}"],
        "subjects": [f"p_{n:032x}"],
        "text": chance.choice([f"user{n}", f"Ärende {n}", f"/Akt/{n}", f"10.0.0.{n % 6}"]),
        "days": chance.randrange(3),
        "start": FIRST + timedelta(days=n % 7, hours=5),
        "stop": FIRST + timedelta(days=n % 7 + chance.randrange(1, 9)),
    }
    must = {param.name for param in file.params if param.required or param.type == "TEXT[]"}
    if file.name == "what_changed":
        must |= {"start", "stop"}
    return {
        param.name: values[param.name]
        for param in file.params
        if param.name in values and (param.name in must or chance.random() < 0.35)
    }  # fmt: skip


@pytest.mark.parametrize("name", NARROWED)
def test_a_narrowed_answer_is_the_same(home: Installation, opened: Opened, name: str) -> None:
    file = questions()[name]
    whole = dataclasses.replace(file, header={key: text for key, text in file.header.items() if key != "narrow"})
    chance = random.Random(name)
    for _ in range(3):
        given = asked(file, chance)
        now = FIRST + timedelta(days=30)
        wanted = answer(home, whole, given, purpose="prov", now=now).rows.to_pylist()
        assert answer(opened, file, given, purpose="prov", now=now).rows.to_pylist() == wanted, given
        for found in answers(opened, [Ask(file, given)] * 2, purpose="prov", now=now):  # from rows that are read once
            assert found.rows.to_pylist() == wanted, given


def test_files_without_the_value_are_not_opened(opened: Opened) -> None:
    everything = opened.narrowed([Need()])
    one = opened.narrowed([Need(groups=(frozenset({"user0"}),))])
    none = opened.narrowed([Need(groups=(frozenset({"nobody"}),))])
    assert [text.count(".parquet") for text in (everything, one, none)] == [FILES, 1, 0]
    day = Need(FIRST + timedelta(days=2), FIRST + timedelta(days=3))
    assert opened.narrowed([day]).count(".parquet") == 1
    target = {"user3", apart("target_account", "user3")}  # whom few did something to, and who did much
    counts = [opened.narrowed([Need(groups=(frozenset({each}),))]).count(".parquet") for each in sorted(target)]
    assert counts == [1, 4]
    assert opened.narrowed([day, Need(groups=(frozenset({"user0"}),))]).count(".parquet") == 2


@pytest.mark.parametrize("name", ["HEMLIG_İ.docx", "PLANΣ", "Straße ÅÄÖ", "\u212a"])
def test_letters_that_change_by_case_hide_no_file(home: Installation, tmp_path: Path, name: str) -> None:
    lake = Lake.open(shutil.copytree(home.root, tmp_path / "lake"))
    row = {**events(0).slice(0, 1).to_pylist()[0], "shard": f"shard {name}", "object_id": name, "actor_account": name}
    table = lake.table("normalised")
    table.append([table.write(pa.Table.from_pylist([row], schema=NORMALISED), "standard", date(2026, 3, 2))])
    opened = Opened(home.settings, lake.root)
    opened.learn()
    for question, given in (("who_accessed_object", {"object_id": name}), ("what_did_person_do", {"person": name})):
        found = answer(opened, questions()[question], given, purpose="prov")
        assert len(found.rows) == 1, question


def test_a_member_by_sid_hides_no_file(home: Installation, tmp_path: Path) -> None:
    """Windows writes the member of a group by its place; the SID stands in the record alone."""
    lake = Lake.open(shutil.copytree(home.root, tmp_path / "lake"))
    details = '{"EventID": 4728, "MemberSid": "S-1-5-21-1-2-3-1105"}'
    of_member = {"shard": "ad", "source": "ad", "action": "grant", "outcome": "success", "details": details}
    row = {**events(0).slice(0, 1).to_pylist()[0], **of_member, "target_account": "CN=A,DC=ex", "target_group": "g"}
    table = lake.table("normalised")
    table.append([table.write(pa.Table.from_pylist([row], schema=NORMALISED), "standard", date(2026, 3, 2))])
    given = {"lake": {"root": "lake"}, "sources": {"ad": {"mapping": "windows_security"}}}
    people = {"folder": "people"}
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "people.csv").write_text("person\np90\n")
    (tmp_path / "people" / "accounts.csv").write_text("person,account\np90,S-1-5-21-1-2-3-1105\n")
    opened = Opened(settings.parse(given | {"people": people}, tmp_path / "settings.toml"), lake.root)
    opened.learn()
    for person in ("p90", "S-1-5-21-1-2-3-1105", "s-1-5-21-1-2-3-1105"):
        found = answer(opened, questions()["rights_given"], {"person": person}, purpose="prov")
        assert found.rows["target_group"].to_pylist() == ["g"], person
    sid = apart("target_account", "S-1-5-21-1-2-3-1105")
    assert opened.narrowed([Need(groups=(frozenset({sid}),))]).count(".parquet") == 1


def test_only_files_with_the_end_of_a_session_that_was_given_the_address_are_opened(
    home: Installation, tmp_path: Path
) -> None:
    lake = Lake.open(shutil.copytree(home.root, tmp_path / "lake"))
    details = '{"tunnelip": "N/A", "assignip": "10.250.0.7"}'
    end = {"shard": "vpn", "action": "login", "outcome": "success", "actor_account": "Cia", "details": details}
    row = {**events(0).slice(0, 1).to_pylist()[0], **end, "src_ip": "192.0.2.15", "actor_person": "p90"}
    table = lake.table("normalised")
    table.append([table.write(pa.Table.from_pylist([row], schema=NORMALISED), "standard", date(2026, 3, 2))])
    opened = Opened(home.settings, lake.root)
    opened.learn()
    file = questions()["address_sessions"]
    given = ({"assigned_ip": "10.250.0.7"}, {"src_ip": "192.0.2.15"}, {"actor_account": "Cia"}, {"actor_person": "p90"})
    for each in given:
        asked = {**dict.fromkeys(param.name for param in file.params), **each}
        uncounted = need(file, {**asked, "counted": False}, home.tables())
        assert opened.narrowed([uncounted]).count(".parquet") == 1, each
        counted = need(file, {**asked, "counted": True}, home.tables())
        assert opened.narrowed([counted]).count(".parquet") == FILES + 1, each
        assert len(answer(opened, file, {**each, "counted": False}, purpose="prov").rows) == 1, each


def test_what_lies_at_stop_counts_where_it_may(home: Installation) -> None:
    stop = FIRST + timedelta(days=1)
    file = questions()["address_sessions"]
    values = {**dict.fromkeys(param.name for param in file.params), "start": FIRST, "stop": stop}
    assert need(file, values, home.tables()).stop == stop + timedelta(microseconds=1)
    assert need(file, {**values, "stop": None}, home.tables()).stop is None
    assert need(file, {**values, "stop": datetime.max.replace(tzinfo=UTC)}, home.tables()).stop.year == 9999


def test_a_file_that_is_not_known_is_read(home: Installation) -> None:
    fresh = Opened(home.settings, home.root)
    assert fresh.narrowed([Need(groups=(frozenset({"nobody"}),))]).count(".parquet") == FILES
    fresh.learn()
    assert fresh.narrowed([Need(groups=(frozenset({"nobody"}),))]).count(".parquet") == 0


def test_the_footers_of_files_are_kept_between_answers(opened: Opened) -> None:
    kept = "SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'OBJECT_CACHE'"
    with opened.asking() as connection:
        connection.execute(f"SELECT count(*) FROM {opened.narrowed([Need()])} WHERE kind = 'gap'")
    with opened.connect() as connection:
        assert connection.execute(kept).fetchall()[0][0] > FILES * 1000


def test_a_filter_is_kept_for_large_files_only(home: Installation) -> None:
    assert not list((home.root / "cache").glob("fingerprints-*/*.npy"))


def test_words_of_narrow_are_held(tmp_path: Path) -> None:
    path = tmp_path / "q.sql"
    keys = {"question": "q", "asks": "a", "sv": "a", "params": "person TEXT", "returns": "n BIGINT", "counts": "c"}
    head = "".join(f"-- {key}: {text}\n" for key, text in {**keys, "order": "o", "limits": "l"}.items())
    (tmp_path / "q.cases.toml").write_text('[[case]]\ntitle = "t"\ngiven = ""\nexpect = ""\n')
    for said in (
        "place",
        "any nobody",
        "any person via rumour",
        "any person in src_ip",
        "any person unless nobody",
        "time",
        "time person before",
        "around person",
        "around person nobody",
    ):
        path.write_text(f"{head}-- narrow: {said}\nSELECT count(*) AS n FROM events WHERE actor_person = $person\n")
        with pytest.raises(SqlFileError, match="narrow"):
            need(
                load(path, "question"),
                {"person": "p1"},
                {name: table.schema.empty_table() for name, table in TABLES.items()},
            )


def test_the_columns_are_those_of_an_event() -> None:
    assert set(COLUMNS) <= set(NORMALISED.names)
