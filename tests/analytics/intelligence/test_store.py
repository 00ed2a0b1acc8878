import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from analytics.cases import difference
from analytics.detect.findings import written
from analytics.intelligence import store
from analytics.intelligence.entry import Comparison, Entry, Read
from analytics.intelligence.past import _DETECTION, look
from dashboards.cli import cli
from ingest.lake import Lake
from schemas.errors import LakeError, SettingsError
from schemas.indicator import INDICATORS, TYPES
from schemas.sqlfile import load
from schemas.tables import ALWAYS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def root(tmp_path):
    Lake.create(tmp_path / "lake")
    return tmp_path / "lake"


def given(*clauses, place="row 2", withdrawn=(), **more):
    entry = Entry(
        place, more.pop("id", ""), tuple(tuple(Comparison(*pair) for pair in each) for each in clauses), **more
    )
    return Read([entry] if clauses else [], list(withdrawn), [])


def values(root):
    return {(row["type"], row["value"]) for row in store.read(root).to_pylist()}


def test_a_lake_without_indicators_has_none(root):
    assert store.read(root) == INDICATORS.schema.empty_table()


@pytest.mark.parametrize(
    ("kind", "value", "spelt"),
    [
        ("ip", " 198.51.100.7 ", {"4:c6336407"}),
        ("ip", "198.51.100.7/32", {"4:c6336407"}),
        ("ip", "198.51.100.7/24", {"4:c63364"}),
        ("ip", "203.0.113.64/26", {"4:cb00714", "4:cb00715", "4:cb00716", "4:cb00717"}),
        ("ip", "203.0.113.64/27", {"4:cb00714", "4:cb00715"}),
        ("ip", "10.0.0.0/8", {"4:0a"}),
        ("ip", "2001:DB8::/33", {f"6:20010db8{digit}" for digit in "01234567"}),
        ("ip", "2001:db8::1", {"6:20010db8000000000000000000000001"}),
        ("ip", "::ffff:198.51.100.7", {"4:c6336407"}),
        ("domain", "*.Evil.Example.", {"evil.example"}),
        ("url", "HTTPS://user@Evil.example:443/A/?b=1#c", {"evil.example/a/?b=1"}),
        ("hash", "D41D8CD98F00B204E9800998ECF8427E", {"d41d8cd98f00b204e9800998ecf8427e"}),
        ("file_name", "C:\\Temp\\A.EXE", {"a.exe"}),
        ("email", "A@Evil.Example", {"a@evil.example"}),
        ("account", "KOMMUN\\Anna.B", {"kommun\\anna.b"}),
        ("user_agent", "EvilBot/1.0", {"evilbot/1.0"}),
    ],
)
def test_values_are_spelt_as_observables_spell_them(root, kind, value, spelt):
    added = store.add(root, given([(kind, value)]), "feed", now=NOW)
    assert (added.new, added.rejects) == (1, ())
    assert values(root) == {(kind, each) for each in spelt}
    assert {(row["term"], row["terms"]) for row in store.read(root).to_pylist()} == {(1, 1)}


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("ip", "198.51.100.256", "value: is no IP address"),
        ("ip", "hemlig", "value: is no IP address"),
        ("ip", "198.51.100.0/33", "value: is no network"),
        ("ip", "198.51.100.0/", "value: is no network"),
        ("ip", "0.0.0.0/0", "value: takes in too many addresses"),
        ("ip", "198.0.0.0/7", "value: takes in too many addresses"),
        ("ip", "2001::/15", "value: takes in too many addresses"),
        ("domain", "example", "value: is no domain"),
        ("domain", "198.51.100.7", "value: is no domain"),
        ("url", "/path/only", "value: is no url"),
        ("hash", "0123", "value: is no hash"),
        ("hash", "g" * 32, "value: is no hash"),
        ("email", "evil", "value: is no email"),
        ("file_name", "folder/", "value: is no file name"),
        ("account", " ", "value: is no account"),
    ],
)
def test_a_value_that_can_not_be_one_is_a_named_reject(root, kind, value, reason):
    added = store.add(root, given([(kind, value)]), "feed", now=NOW)
    assert [str(each) for each in added.rejects] == [f"row 2: {reason}"]
    assert values(root) == set()


def test_one_comparison_that_can_not_be_used_takes_its_clause_and_no_other(root):
    clauses = (
        [("file_name", "a.exe"), ("", "", "process: events hold no such property")],
        [("domain", "evil.example")],
    )
    added = store.add(root, given(*clauses), "feed", now=NOW)
    assert [str(each) for each in added.rejects] == ["row 2: pattern: process: events hold no such property"]
    assert values(root) == {("domain", "evil.example")}


def test_a_clause_of_two_says_both(root):
    store.add(root, given([("hash", "0" * 32), ("file_name", "a.exe")]), "feed", now=NOW)
    rows = store.read(root).to_pylist()
    assert [(row["term"], row["terms"], row["type"]) for row in rows] == [(1, 2, "file_name"), (2, 2, "hash")]
    assert {row["wanted"] for row in rows} == {f"file_name a.exe and hash {'0' * 32}"}


def test_added_again_it_is_replaced_and_known_since_the_first_time(root):
    store.add(root, given([("domain", "old.example")], id="i1", valid_to=LATER), "feed", now=NOW)
    store.add(root, given([("domain", "other.example")], id="i1"), "other feed", now=NOW)
    added = store.add(root, given([("domain", "new.example")], id="i1", confidence=5), "feed", now=LATER)
    assert (added.new, added.updated, added.endless) == (0, 1, 1)
    assert values(root) == {("domain", "new.example"), ("domain", "other.example")}
    [row] = [row for row in store.read(root).to_pylist() if row["source"] == "feed"]
    assert (row["known_from"], row["valid_from"], row["valid_to"], row["confidence"]) == (NOW, ALWAYS, None, 5)


def test_what_its_source_withdraws_or_makes_useless_is_gone(root):
    for name in ("i1", "i2"):
        store.add(root, given([("domain", f"{name}.example")], id=name), "feed", now=NOW)
    added = store.add(root, given(withdrawn=["i1", "unknown"]), "feed", now=NOW)
    assert (added.withdrawn, values(root)) == (1, {("domain", "i2.example")})
    store.add(root, given([("domain", "x")], id="i2"), "feed", now=NOW)
    assert values(root) == set()


def test_without_an_id_what_it_looks_for_is_the_id(root):
    for _ in range(2):
        store.add(root, given([("domain", "evil.example")]), "feed", now=NOW)
    assert len(store.read(root)) == 1


def test_ends_are_given_to_those_that_say_none(root):
    told = given([("domain", "a.example")], valid_from=NOW, valid_to=LATER)
    begun = given([("domain", "b.example")], valid_from=datetime(2026, 1, 1, tzinfo=UTC))
    silent = given([("domain", "c.example")])
    for each in (told, begun, silent):
        assert store.add(root, each, "feed", now=NOW, expires_days=30).endless == 0
    ends = {row["value"][0]: row["valid_to"] for row in store.read(root).to_pylist()}
    assert ends == {"a": LATER, "b": datetime(2026, 1, 31, tzinfo=UTC), "c": datetime(2026, 3, 31, tzinfo=UTC)}


def test_one_that_ends_before_it_begins_is_a_named_reject(root):
    added = store.add(root, given([("domain", "a.example")], valid_from=LATER, valid_to=NOW), "feed", now=NOW)
    assert [str(each) for each in added.rejects] == ["row 2: valid_to: is not after valid_from"]


def test_remove_by_feed_id_and_end(root):
    def filled():
        for name, source, end in (("i1", "feed", None), ("i2", "feed", LATER), ("i3", "other", NOW)):
            store.add(root, given([("domain", f"{name}.example")], id=name, valid_to=end), source, now=NOW)

    for options, left in (
        ({"source": "feed"}, {"i3"}),
        ({"indicators": ("i1", "i3")}, {"i2"}),
        ({"expired": LATER}, {"i1"}),
        ({"expired": NOW}, {"i1", "i2"}),
        ({}, {"i1", "i2", "i3"}),
    ):
        filled()
        assert store.remove(root, **options) == 3 - len(left)
        assert {row["indicator"] for row in store.read(root).to_pylist()} == left


def test_a_write_that_fails_leaves_the_old(root, monkeypatch):
    store.add(root, given([("domain", "a.example")]), "feed", now=NOW)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.pq, "write_table", full)
    with pytest.raises(LakeError, match="No space left"):
        store.add(root, given([("domain", "b.example")]), "feed", now=NOW)
    assert values(root) == {("domain", "a.example")}
    assert [path.name for path in (root / "intelligence").iterdir()] == ["indicators.parquet"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no JSON"),
        ('{"type": "x"}', "is neither a STIX bundle nor a MISP event"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_file_that_is_none_of_the_formats_is_refused(tmp_path, text, said):
    path = tmp_path / "file"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError, match=said):
        store.parse(path)


def test_half_a_surrogate_pair_is_a_named_reject(root, tmp_path):
    path = tmp_path / "feed.json"
    path.write_text(bundle(name="x").replace('"x"', '"\\ud800"'))
    added = store.add(root, store.parse(path), "feed", now=NOW)
    assert [str(each) for each in added.rejects] == ["object 1: text: holds what is no character"]
    path.write_text(bundle(revoked=True).replace("indicator--1", "\\udfff"))
    assert store.add(root, store.parse(path), "feed", now=NOW).withdrawn == 0


def test_the_cases_of_the_detection_hold():
    file = load(_DETECTION, "detection")
    assert [difference(file, case) for case in file.cases] == [""] * len(file.cases)
    wanted = {
        kind
        for kind in TYPES
        if any(f" {kind} " in case.rest.get("tables", {}).get("indicators", "") for case in file.cases)
    }
    assert wanted == set(TYPES), "a type that no case shows"


EVENTS = """
time                 | actor_account | src_ip
2026-02-01T08:00:00Z | anna.b        | 198.51.100.7
2026-03-01T08:00:00Z | bo.c          | 203.0.113.1
"""


def bundle(**more):
    given = {"type": "indicator", "id": "indicator--1", "pattern": "[ipv4-addr:value = '198.51.100.7']"}
    return json.dumps({"type": "bundle", "objects": [given | {"valid_from": "2026-03-01T00:00:00Z"} | more]})


def test_past_events_are_found_and_only_those(home):
    root = home(EVENTS).root
    added = store.add(root, given([("ip", "198.51.100.0/24")]), "feed", now=NOW)
    past = look(root, added.changed)
    assert (past.events, past.since) == (1, datetime(2026, 1, 31, tzinfo=UTC))
    added = store.add(root, given([("ip", "192.0.2.1")]), "feed", now=NOW)
    assert look(root, added.changed).since is None


def test_the_commands(home, tmp_path):
    made = home(EVENTS)
    root = str(made.root)
    path = tmp_path / "feed.json"
    path.write_text(bundle())

    def run(*words):
        result = CliRunner().invoke(cli, ["intelligence", *words, "--lake", root])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    code, said = run("add", str(path), "--later", "--language", "en")
    assert (code, said) == (0, f"{path}: 1 new, 0 replaced, 0 withdrawn, 1 without an end, 0 rejected, 0 passed over\n")
    assert "ip 198.51.100.7" in run("list")[1]
    assert run("list", "--source", "other")[1] == ""
    path.write_text(bundle(pattern="[process:name = 'hemlig']"))
    code, said = run("add", str(path))
    assert (code, "1 kunde inte användas" in said) == (1, True)
    assert "Ingen tidigare händelse innehåller någon av dem." in said
    assert f"{path} objekt 1: pattern: process: händelser har ingen sådan egenskap\n" in said
    path.write_text(bundle())
    run("add", str(path), "--later", "--source", "other")
    assert run("remove", "--source", "feed") == (0, "0 borttagna\n")
    assert run("remove", "indicator--1") == (0, "1 borttagna\n")
    assert made.acts == ["decided"] * 5


def test_a_new_indicator_finds_what_came_before_it(home, tmp_path, monkeypatch):
    root = home(EVENTS).root
    Lake.open(root).table("normalised").commit([], expect={}, positions={"batch": 1})
    only = load(_DETECTION, "detection")
    monkeypatch.setattr("analytics.detect.run.enabled", lambda _settings: ([only], {}))
    path = tmp_path / "feed.json"
    path.write_text(bundle())
    result = CliRunner().invoke(cli, ["intelligence", "add", str(path), "--lake", str(root), "--language", "en"])
    assert (
        "1 past events hold one of them; judging again what took place from 2026-01-31 on\n1 findings" in result.stdout
    )
    [finding] = written(Lake.open(root), "findings").to_pylist()
    assert (finding["detection"], finding["group_key"], finding["events"]) == ("indicator_seen", "ip 198.51.100.7", 1)


def test_a_lake_that_is_not_there_is_not_made(tmp_path):
    (tmp_path / "feed.json").write_text(bundle())
    for words in (["add", str(tmp_path / "feed.json")], ["remove", "--expired"]):
        result = CliRunner().invoke(cli, ["intelligence", *words, "--lake", str(tmp_path / "no")])
        assert isinstance(result.exception, LakeError)
    assert not (tmp_path / "no").exists()
