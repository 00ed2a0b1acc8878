"""The rows that are read for an account to which something was done: none too few."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from analytics import views
from analytics.answer import answer
from analytics.caller import Caller
from analytics.narrow import Need, account_key, apart
from analytics.opened import Opened
from analytics.question import questions
from analytics.targets import condition
from ingest.lake import Lake
from schemas import settings
from schemas.event import NORMALISED

NAMES = (
    *("anna", "ANNA", "Åsa", "anna@kommun.example", "Anna@KOMMUN", "KOMMUN\\anna", "kommun.example\\Anna", ".\\anna"),
    *("@anna", "anna@", "a@b@c", "KOMMUN\\a@b", "CN=Berg\\, Anna,OU=A@B,DC=ex", "it's", "100%", "a_b", "\u212a", "Σ"),
    "S-1-5-21-1-2-3-1105",
)
TIME = datetime(2026, 3, 1, tzinfo=UTC)
EVENT = {
    "kind": "event", "source": "ad", "shard": "s", "part": 0, "batch": 1, "system": "ad", "time": TIME,
    "received": TIME, "action": "grant", "outcome": "success", "actor_account": "it",
}  # fmt: skip


def event(number: int, target: str, details: str | None = None) -> dict[str, object]:
    return {**EVENT, "position": number, "target_account": target, "target_group": f"g{number}", "details": details}


def test_an_account_has_one_key_in_python_and_in_sql() -> None:
    connection = views.scoped(views.connect(threads=1), Caller("t"), NORMALISED.empty_table(), {}, ("rights",))
    for name in NAMES:
        keys = connection.execute("SELECT lower($a), account_key($b)", {"a": account_key(name), "b": name}).fetchall()
        assert len({*keys[0]}) == 1, name
    assert len({account_key(name).lower() for name in ("anna@kommun.example", "KOMMUN\\anna", "Anna@KOMMUN")}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_each_spelling_of_an_account_is_read(name: str) -> None:
    rows = [event(number, target) for number, target in enumerate(NAMES)]
    connection = views.scoped(
        views.connect(threads=1), Caller("t"), pa.Table.from_pylist(rows, NORMALISED), {}, ("rights",)
    )
    need = Need(groups=(frozenset(apart("target_account", each) for each in {name, account_key(name)}),))
    left = f"SELECT target_account FROM normalised WHERE NOT coalesce({condition(need)}, false)"
    sql = f"SELECT * FROM ({left}) WHERE account_key(target_account) = account_key($name)"
    assert connection.execute(sql, {"name": name}).fetchall() == []
    kept = connection.execute(f"SELECT count(*) FROM normalised WHERE {condition(need)}").fetchall()[0][0]
    assert 0 < kept < len(NAMES) / 2


def test_what_is_asked_for_by_other_columns_too_is_read_whole() -> None:
    target = apart("target_account", "anna")
    for groups in ((), (frozenset({"anna"}),), (frozenset({"anna", target}),), (frozenset({target}), frozenset({"x"}))):
        assert condition(Need(groups=groups)) is None


def test_a_right_is_found_whichever_way_the_log_spells_the_account(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    table = lake.table("normalised")
    in_record = '{"EventID": 4728, "MemberSid": "S-1-5-21-1-2-3-1105"}'
    given = [("KOMMUN\\Anna", None), ("anna@kommun.example", None), ("CN=A,DC=ex", in_record), ("ANNAN\\anna", None)]
    for number, (target, details) in enumerate(given):
        rows = [event(2 * number, target, details), event(2 * number + 1, "bo")]
        table.append([table.write(pa.Table.from_pylist(rows, NORMALISED), "standard", date(2026, 3, 1))])
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "people.csv").write_text("person\np1\n")
    (tmp_path / "people" / "accounts.csv").write_text("person,account\np1,anna@KOMMUN\np1,S-1-5-21-1-2-3-1105\n")
    document = {
        "lake": {"root": "lake"},
        "people": {"folder": "people"},
        "sources": {"ad": {"mapping": "windows_security"}},
    }
    opened = Opened(settings.parse(document, tmp_path / "settings.toml"), lake.root)
    opened.learn()
    for person in ("p1", "anna@kommun", "kommun\\anna"):
        found = answer(opened, questions()["rights_given"], {"person": person}, purpose="prov").rows
        wanted = ["g0", "g2", "g4"] if person != "kommun\\anna" else ["g0", "g2"]  # the directory doesn't spell it so
        assert sorted(found["target_group"].to_pylist()) == wanted, person
