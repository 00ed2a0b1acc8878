import json
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest

from ingest.identity import Key, prepare, tokenise
from ingest.knowledge import Knowledge, load, tables, tokenised
from ingest.mapping import connect
from ingest.normalise import ADDRESSED, Context, Rules, normalise
from ingest.people import key_expression, segments
from schemas import context as context_tables
from schemas.errors import SettingsError
from schemas.people import load as load_directory
from schemas.settings import ContextSettings, PeopleSettings, parse
from schemas.source import Source
from schemas.sqlfile import SqlFile
from schemas.tables import KIN_KINDS, TABLES

PEOPLE = (
    "person,unit,role,kind,valid_from,valid_to\n"
    "p1,u1,nurse,,,2026-01-01T00:00Z\np1,u2,nurse,hired,2026-01-01T00:00Z,\np2,u3,,,,\n"
)


def directory(folder, accounts, people=PEOPLE, domains=()):
    (folder / "people.csv").write_text(people)
    (folder / "accounts.csv").write_text(accounts)
    return load_directory(PeopleSettings(folder=folder, domains=domains))


def persons(found, *accounts, time=datetime(2026, 3, 1, tzinfo=UTC)):
    """Who each (domain, account) is, by the join that events meet."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("segments", segments(found))
    connection.register(
        "logged",
        pa.table(
            {
                "actor_domain": [a[0] for a in accounts],
                "actor_account": [a[1] for a in accounts],
                "n": range(len(accounts)),
            }
        ),
    )
    rows = connection.sql(
        f"""SELECT person FROM (SELECT *, {key_expression(found)} AS account_key FROM logged) AS e
        LEFT JOIN segments AS s ON s.key = e.account_key AND $time >= s.valid_from AND $time < s.valid_to ORDER BY n""",
        params={"time": time},
    ).to_arrow_table()
    assert len(rows) == len(accounts)
    return rows["person"].to_pylist()


SPELLINGS = [("KOMMUN", "Anna.B"), (None, "anna.b"), (None, "anna.b@kommun.example"), ("kommun.example", "ANNA.B")]


@pytest.mark.parametrize("account", ["KOMMUN\\anna.b", "anna.b@kommun.example"])
def test_an_account_is_found_however_it_is_spelt(tmp_path, account):
    found = directory(tmp_path, f"account,person\n{account},p1\nS-1-5-21-1-2-3-1001,p1\nSE2321000016-1aBc,p2\n")
    assert persons(found, *SPELLINGS, (None, "s-1-5-21-1-2-3-1001"), (None, "SE2321000016-1ABC")) == ["p1"] * 5 + ["p2"]
    assert (
        persons(found, ("OTHER", "anna.b"), (None, "anna.b@other.example"), (None, None), (None, "anna")) == [None] * 4
    )


def test_an_account_without_domain_belongs_to_the_settings_domains_or_to_any(tmp_path):
    accounts = "account,person\nanna.b,p1\n"
    assert persons(directory(tmp_path, accounts), *SPELLINGS, ("ANY", "anna.b")) == ["p1"] * 5
    own = directory(tmp_path, accounts, domains=("KOMMUN",))
    assert persons(own, *SPELLINGS, ("ANY", "anna.b"), (None, "anna.b@mail.example")) == ["p1"] * 4 + [None] * 2


def test_one_user_of_two_persons_is_nobody_rather_than_guessed(tmp_path):
    found = directory(tmp_path, "account,person,valid_to\nKOMMUN\\anna.b,p1,2026-01-01T00:00Z\nSKOLA\\anna.b,p2,\n")
    logged = [("KOMMUN", "anna.b"), ("SKOLA", "anna.b"), (None, "anna.b")]
    assert persons(found, *logged, time=datetime(2025, 12, 31, tzinfo=UTC)) == ["p1", "p2", None]
    assert persons(found, *logged, time=datetime(2026, 1, 1, tzinfo=UTC)) == [None, "p2", "p2"]


def test_unit_and_kind_follow_the_person_and_the_account_says_more(tmp_path):
    found = directory(tmp_path, "account,person,role,kind\nanna.b,p1,,\nadm-anna,p1,admin,\nrobot,,,robot\n")
    rows = {
        (row["key"], row["valid_from"].year): row for row in segments(found).to_pylist() if row["key"].endswith("@")
    }
    pick = ("person", "kind", "unit", "role")
    assert [rows["anna.b@", 1601][name] for name in pick] == ["p1", "staff", "u1", "nurse"]
    assert [rows["anna.b@", 2026][name] for name in pick] == ["p1", "hired", "u2", "nurse"]
    assert [rows["adm-anna@", 2026][name] for name in pick] == ["p1", "hired", "u2", "admin"]
    assert [rows["robot@", 1601][name] for name in pick] == [None, "robot", None, None]


@pytest.mark.parametrize(
    ("accounts", "error"),
    [
        ("account,person\nA,p1\na,p2\n", "row 3: account: its period overlaps the one of"),
        ("account,person\na,p9\n", "row 2: person: is not among the people"),
        ("account,person\n,p1\n", "row 2: account: is empty"),
        ("account,kind\na,x\n", "row 2: kind: want one of"),
        ("account,valid_from\na,2026-02-30\n", "row 2: valid_from: there is no such date"),
        ("account,valid_from\na,2026-03-29 02:30\nb,soon\n", "row 3: valid_from: want a date"),
        ("account,person\na\n", "row 2: row: has another number of cells"),
        ("account,account\n", "row 1: column 2: the name stands twice"),
        ("konto\n", "row 1: column 1: unknown name"),
        ("person\n", "row 1: account: the column is missing"),
    ],
)
def test_what_is_wrong_is_named_by_file_row_and_column(tmp_path, accounts, error):
    with pytest.raises(SettingsError) as caught:
        directory(tmp_path, accounts)
    assert error in str(caught.value)
    assert "accounts.csv" in str(caught.value)


def test_excel_files_in_the_windows_alphabet_are_read(tmp_path):
    (tmp_path / "people.csv").write_bytes("person;name\r\np1;Åsa Öst\r\n".encode("cp1252"))
    assert load_directory(PeopleSettings(folder=tmp_path)).people["name"].to_pylist() == ["Åsa Öst"]


def test_context_tables_hold_tokens_and_no_numbers(tmp_path):
    (tmp_path / "subjects.csv").write_text(
        "subject,address_key,surname_key,protected,person\n"
        "19121212-1212,Storgatan 1,Bäck,nej,\n19900118-9811,storgatan  1,bäck,ja,p1\n"
    )
    (tmp_path / "jobs.csv").write_text("account,system,schedule\nsvc,Journalen,1-5 02:00-04:30\nsvc2,Journalen,\n")
    context = context_tables.load(ContextSettings(folder=tmp_path))
    assert set(context) == {table.name for table in TABLES.values()} - {
        "people",
        "accounts",
        "units",
        "assets",
        "asset_rules",
        "sources",
    }
    key = Key(b"k" * 32)
    found = tokenised(context, key)
    connection = connect()
    prepare(connection, key)
    assert found["subjects"]["subject"][0].as_py() == tokenise(connection, "191212121212")
    for name in ("address_key", "surname_key"):
        first, second = found["subjects"][name].to_pylist()
        assert first == second != found["subjects"]["subject"][0].as_py()
    assert found["subjects"]["protected"].to_pylist() == [False, True]
    times = found["jobs"].select(["first_weekday", "last_weekday", "start_minute", "stop_minute"]).to_pylist()
    assert [tuple(row.values()) for row in times] == [(1, 5, 120, 270), (1, 7, 0, 1440)]
    assert all(found[name].schema == TABLES[name].schema for name in found)


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("rota.csv", "person,unit,valid_from\np1,u1,2026-01-01\n", "rota.csv row 1: valid_to: the column is missing"),
        ("absence.csv", "person,cause,valid_from\n", "absence.csv row 1: column 2: unknown name"),
        (
            "rota.csv",
            "person;unit;valid_from;valid_to\np1,u1,2026-01-01,2026-01-02\n",
            "rota.csv row 2: row: has another number",
        ),
        ("other.csv", "a\n", "other.csv: file: is no context table"),
    ],
)
def test_a_context_file_of_another_shape_is_refused(tmp_path, name, text, error):
    (tmp_path / name).write_text(text)
    with pytest.raises(SettingsError) as caught:
        context_tables.load(ContextSettings(folder=tmp_path))
    assert error in str(caught.value)


SHIFTS = """person,unit,valid_from,valid_to
p1,u1,2026-01-01T07:00,2026-01-01T16:00
p2,u1,2026-01-02T07:00,2026-01-02T07:00
p3,u1,i morgon,2026-01-03T16:00
p4,u1,2026-01-04T07:00
,u1,2026-01-05T07:00,2026-01-05T16:00
p6,u1,2026-02-30,2026-03-01
p7,u1,2026-01-07T16:00,2026-01-07T07:00
p8,u1,2026-01-08T07:00,2026-01-08T16:00
"""


def test_a_context_row_in_fault_is_set_aside_named_and_counted_and_the_others_count(tmp_path):
    (tmp_path / "rota.csv").write_text(SHIFTS)
    (tmp_path / "kin.csv").write_text("person,subject,kind\np1,x,friend\np1,x,child\n")
    (tmp_path / "jobs.csv").write_text("account,system,schedule\na,b,nightly\na,b,\n")
    (tmp_path / "subjects.csv").write_text(
        "subject,person,valid_from,valid_to\ns,p1,2026-01-01,2026-02-01\ns,p2,2026-03-01,\ns,p3,2026-01-15,2026-04-01\n"
    )
    found = context_tables.load(ContextSettings(folder=tmp_path))
    assert found["rota"]["person"].to_pylist() == ["p1", "p8"]
    assert found["rota"]["row_id"].to_pylist() == ["rota:1", "rota:8"]  # their place in the file
    assert [len(found[name]) for name in ("kin", "jobs")] == [1, 1]
    assert found["subjects"]["person"].to_pylist() == ["p1", "p2"]  # the first that stands there counts
    assert [tuple(row.values()) for row in found["table_faults"].to_pylist()] == [
        ("jobs", "schedule", "want weekdays and hours, such as 1-5 02:00-04:30", 1, ["jobs:1"]),
        ("kin", "kind", f"want one of {', '.join(sorted(KIN_KINDS))}", 1, ["kin:1"]),
        ("rota", None, "has another number of cells than the 4 columns", 1, ["rota:4"]),
        ("rota", "valid_from", "want a date or a time, such as 2026-03-01 or 2026-03-01T08:00", 1, ["rota:3"]),
        ("rota", "valid_from", "there is no such date or time", 1, ["rota:6"]),
        ("rota", "person", "is empty", 1, ["rota:5"]),
        ("rota", "valid_to", "is not after valid_from", 2, ["rota:2", "rota:7"]),
        ("subjects", "subject", "its period overlaps the one of an earlier row", 1, ["subjects:3"]),
    ]
    told = tokenised(found, Key(b"k" * 32))
    assert told["subjects"]["person"].to_pylist() == ["p1", "p2"]
    assert told["subjects"]["row_id"].to_pylist() == ["subjects:1", "subjects:2"]


def test_of_many_rows_in_fault_the_first_are_named(tmp_path):
    (tmp_path / "absence.csv").write_text("person,valid_from\n" + "p1,2026-02-30\n" * 1000)
    [fault] = context_tables.load(ContextSettings(folder=tmp_path))["table_faults"].to_pylist()
    assert (fault["number"], fault["first_rows"]) == (1000, [f"absence:{row}" for row in range(1, 6)])


MAPPING = SqlFile(
    kind="mapping", name="care", path=None, header={"decoders": "ndjson"}, params=(), cases=(),
    sql="""SELECT position, part, (record->>'time')::TIMESTAMPTZ AS time, record->>'user' AS actor_account,
    'read' AS action, 'success' AS outcome, 'content' AS proves, record->>'unit' AS actor_unit,
    record->'$.who'->>(part::INTEGER) AS subject,
    record->>'id' AS object_id, record->>'path' AS object_path, record AS details
    FROM raw, LATERAL (SELECT unnest(range(json_array_length(record->'$.who')::BIGINT)) AS part)""",
)  # fmt: skip


def test_an_event_gets_person_asset_and_tokens_and_the_record_wins(tmp_path):
    (tmp_path / "units.csv").write_text("unit,name,aliases\nu9,Enhet nio,own nine\n")
    found = directory(tmp_path, "account,person\nanna.b,p1\n")
    (tmp_path / "register.toml").write_text(
        "[[asset]]\nasset='j'\nname='J'\ncontroller='ON'\nk=2\nr=1\nt=1\nvalid_from=2026-01-01\nrule=[{system='Care'}]\n"
        "[[asset.history]]\nk=3\nvalid_to=2026-01-01\n"
    )
    settings = parse(
        {
            "register": {"assets": [str(tmp_path / "register.toml")]},
            "people": {"folder": str(tmp_path)},
            "sources": {"care": {"mapping": "care", "system": "Care"}},
        }
    )
    knowledge = load(settings, Key(b"k" * 32))
    assert knowledge.people.version == found.version
    assert set(tables(settings, knowledge)) == set(TABLES)
    records = [
        {"time": "2026-03-01T08:00:00Z", "user": "anna.b", "who": ["1212121212", "199001189811", "pat-7"],
         "id": "pat-7", "path": "/p/19121212-1212/1212121212"},
        {"time": "2025-12-01T08:00:00Z", "user": "bo", "unit": "Own nine", "who": ["991231-9999x"], "id": "7"},
    ]  # fmt: skip
    table = pa.Table.from_pylist(
        [
            {
                "shard": "s",
                "position": n,
                "received": datetime(2026, 3, 1, tzinfo=UTC),
                "record": json.dumps(record).encode(),
                "context": 0,
            }
            for n, record in enumerate(records)
        ],
        ADDRESSED,
    )
    connection = connect()
    rules = Rules(settings.sources["care"], MAPPING, knowledge=knowledge)
    try:
        rows = normalise(connection, table, [Context(decoder="ndjson")], rules).to_pylist()
    finally:
        connection.close()
    first, second, third, other = rows
    assert (first["actor_person"], first["actor_kind"], first["actor_unit"], first["actor_role"]) == (
        "p1",
        "hired",
        "u2",
        "nurse",
    )
    assert (other["actor_person"], other["actor_kind"], other["actor_unit"], other["actor_role"]) == (
        None,
        None,
        "u9",  # the record names it otherwise than the directory
        None,
    )
    assert [(row["asset"], row["k"], row["controller"]) for row in rows] == [("j", 2, "ON")] * 3 + [("j", 3, "ON")]
    assert all(row["subject"].startswith("p_") for row in rows)
    assert len({row["subject"] for row in rows}) == 4
    text = json.dumps(rows, default=str)
    for clear in ("1212121212", "199001189811", "19121212-1212", '"pat-7"', "991231-9999x"):
        assert clear not in text
    assert json.loads(third["details"])["who"] == [first["subject"], second["subject"], third["subject"]]
    assert third["object_id"] == third["subject"]
    assert first["rules_version"].split()[1:] == [f"register={knowledge.register.version}", f"people={found.version}"]


def test_a_connection_is_prepared_again_when_what_is_known_changes(tmp_path):
    found = directory(tmp_path, "account,person\nanna.b,p1\n")
    record = {"time": "2026-03-01T08:00:00Z", "user": "anna.b", "who": ["191212121212"]}
    table = pa.Table.from_pylist(
        [
            {
                "shard": "s",
                "position": 0,
                "received": datetime(2026, 3, 1, tzinfo=UTC),
                "record": json.dumps(record).encode(),
                "context": 0,
            }
        ],
        ADDRESSED,
    )
    connection = connect()
    source = Source(name="care", mapping="care")
    seen = []
    for knowledge in (
        Knowledge(),
        Knowledge(people=found, key=Key(b"a" * 32)),
        Knowledge(key=Key(b"b" * 32)),
        Knowledge(),
    ):
        (row,) = normalise(
            connection, table, [Context(decoder="ndjson")], Rules(source, MAPPING, knowledge=knowledge)
        ).to_pylist()
        seen.append((row["actor_person"], row["subject"]))
    assert [person for person, _ in seen] == [None, "p1", None, None]
    assert seen[0][1] == seen[3][1] == "191212121212"
    assert len({subject for _, subject in seen}) == 3
