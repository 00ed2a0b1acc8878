import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from ingest import knowledge
from ingest.identity import looks_like_number
from schemas.errors import SettingsError
from schemas.register import LEVEL_4, SCHEMA, hold_keep, load, specificity
from schemas.settings import RegisterSettings, parse
from schemas.tables import PERSONAL_DATA

ASSET = """
[[asset]]
asset = "journal"
name = "Journaler"
controller = "omsorgsnämnden"
k = 3
r = 3
t = 2
systems = ["Journalen"]
"""
HEADER = "asset;name;controller;k;r;t;systems;valid_from;valid_to"


def register(tmp_path, text, name="register.toml", rules=None):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    if rules is None:
        return load(RegisterSettings(assets=(path,)))
    (tmp_path / "rules.csv").write_text(rules, encoding="utf-8")
    return load(RegisterSettings(assets=(path,), rules=(tmp_path / "rules.csv",)))


def test_assets_history_and_rules_from_toml(tmp_path):
    found = register(
        tmp_path,
        ASSET
        + """
valid_from = 2025-01-01
[[asset.history]]
k = 2
valid_from = 2020-01-01
valid_to = 2025-01-01
[[asset.rule]]
system = "Journalen"
[[asset.rule]]
path = '\\\\fs1\\vard\\'
""",
    )
    rows = found.assets.select(["asset", "name", "k", "systems", "valid_from", "valid_to"]).to_pylist()
    new_year = datetime(2024, 12, 31, 23, tzinfo=UTC)  # midnight in Sweden
    assert rows == [
        {
            "asset": "journal",
            "name": "Journaler",
            "k": 3,
            "systems": ["Journalen"],
            "valid_from": new_year,
            "valid_to": None,
        },
        {
            "asset": "journal",
            "name": "Journaler",
            "k": 2,
            "systems": ["Journalen"],
            "valid_from": datetime(2019, 12, 31, 23, tzinfo=UTC),
            "valid_to": new_year,
        },
    ]
    assert [(row["rule"], row["kind"]) for row in found.rules.to_pylist()] == [(0, "path"), (1, "all")]
    assert len(found.version) == 8


def test_why_and_what_not_all_classify_are_of_each_period_alone(tmp_path):
    text = ASSET + "s = 2\nreason = 'Ny bedömning'\nvalid_from = 2025-01-01\n"
    history = "[[asset.history]]\nk = 2\nvalid_to = 2023-01-01\n"
    history += "[[asset.history]]\nk = 1\ns = 1\nreason = 'Första'\nvalid_from = 2023-01-01\nvalid_to = 2025-01-01\n"
    rows = register(tmp_path, text + history).assets.select(["k", "r", "s", "reason"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [(3, 3, 2, "Ny bedömning"), (2, 3, None, None), (1, 3, 1, "Första")]


@pytest.mark.parametrize("name", ["Akt 12", "19121212-1212", "a" * 61, "a1b2c3d4e5f6", ""])
def test_an_asset_whose_id_may_hold_a_value_is_named_by_its_place_alone(tmp_path, name):
    with pytest.raises(SettingsError) as caught:
        register(tmp_path, ASSET.replace("journal", name, 1).replace("k = 3", "k = 9"))
    assert "register.toml asset 1:" in str(caught.value)


def test_assets_and_rules_from_csv(tmp_path):
    found = register(
        tmp_path,
        f"{HEADER}\njournal;Journaler;ON;3;3;2;Journalen|Arkivet;;2025-01-01\njournal;Journaler;ON;2;3;2;Journalen;2025-01-01;\n",
        "assets.csv",
        "asset,system,kind,pattern\njournal,Journalen,all,\njournal,,id,J-*\n",
    )
    assert found.assets["systems"].to_pylist() == [["Journalen", "Arkivet"], ["Journalen"]]
    assert found.rules["pattern"].to_pylist() == ["J-*", None]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (ASSET.replace("k = 3", "k = 4"), f"asset 1 (journal): k: {LEVEL_4}"),
        (ASSET.replace("k = 3", "k = 5"), "asset 1 (journal): k: want a level, 0 to 3"),
        (ASSET.replace("k = 3", "k = '3'"), "asset 1 (journal): k: want a whole number"),
        (ASSET.replace("k = 3", ""), "asset 1 (journal): k: missing"),
        (ASSET + "kk = 3", "asset 1 (journal): kk: unknown key"),
        (ASSET + "personal_data = 'x'", "asset 1 (journal): personal_data: want one of none"),
        (ASSET + "valid_from = 'soon'", "asset 1 (journal): valid_from: want a date"),
        (ASSET + "valid_from = '2025-02-30'", "asset 1 (journal): valid_from: there is no such date"),
        (ASSET + "valid_from = 2025-01-02\nvalid_to = 2025-01-02", "asset 1 (journal): valid_to: is not after"),
        (ASSET + "history = [{k = 4}]", f"asset 1 (journal) history 1: k: {LEVEL_4}"),
        (ASSET + "history = [{k = 1}]", "asset 1 (journal) history 1: asset: its period overlaps"),
        (ASSET + ASSET, "asset 2 (journal): asset: its period overlaps"),
        (ASSET + "rule = [{path = 'a', glob = 'b'}]", "asset 1 (journal) rule 1: glob: stands beside path"),
        (ASSET + "rule = [{valid_from = 2025-01-01}]", "asset 1 (journal) rule 1: rule: names no system"),
        (ASSET + "rule = [{path = 'a'}, {path = 'A'}]", "asset 1 (journal) rule 2: rule: its period overlaps"),
        ("x", "file: is no TOML"),
        ("", "asset: missing"),
    ],
)
def test_what_is_wrong_in_toml_is_named(tmp_path, text, error):
    with pytest.raises(SettingsError) as caught:
        register(tmp_path, text)
    assert error in str(caught.value)
    assert str(tmp_path / "register.toml") in str(caught.value)


@pytest.mark.parametrize(
    ("row", "rules", "error"),
    [
        ("a;A;ON;4;1;1;;;", "asset,kind\n", f"assets.csv row 2: k: {LEVEL_4}"),
        ("a;A;ON;9;1;1;;;", "asset,kind\n", "assets.csv row 2: k: want a level"),
        ("a;A;ON;x;1;1;;;", "asset,kind\n", "assets.csv row 2: k: want a whole number"),
        ("a;;ON;1;1;1;;;", "asset,kind\n", "assets.csv row 2: name: is empty"),
        ("a;A;ON;1;1;1;;", "asset,kind\n", "assets.csv row 2: row: has another number of cells"),
        ("a;A;ON;1;1;1;;;\na;A;ON;1;1;1;;;", "asset,kind\n", "assets.csv row 3: asset: its period overlaps"),
        ("a;A;ON;1;1;1;;;", "asset,kind\nb,all\n", "rules.csv row 2: asset: is not among"),
        ("a;A;ON;1;1;1;;;", "asset,kind\na,some\n", "rules.csv row 2: kind: want one of all"),
        ("a;A;ON;1;1;1;;;", "asset,kind,pattern\na,path,\n", "rules.csv row 2: pattern: is empty"),
        ("a;A;ON;1;1;1;;;", "asset,kind,pattern\na,all,x\n", "rules.csv row 2: pattern: stands beside"),
        ("a;A;ON;1;1;1;;;", "asset,kind,rule\na,all,3\n", "rules.csv row 1: column 3: unknown name"),
    ],
)
def test_what_is_wrong_in_csv_is_named_by_file_row_and_column(tmp_path, row, rules, error):
    with pytest.raises(SettingsError) as caught:
        register(tmp_path, f"{HEADER}\n{row}\n", "assets.csv", rules)
    assert error in str(caught.value)


def test_no_error_quotes_the_value(tmp_path):
    for text in (
        ASSET.replace("k = 3", "k = 'Anna'"),
        ASSET + "Anna = 1\n".replace("Anna", "x") + "personal_data = 'Anna'",
    ):
        with pytest.raises(SettingsError) as caught:
            register(tmp_path, text)
        assert "Anna" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (ASSET + "information_owner = 'Ansvarig 19121212-1212'", "asset 1 (journal): information_owner"),
        (ASSET + "lagrum = ['SoL', '121212+1212']", "asset 1 (journal): lagrum"),
        (ASSET + "history = [{name = 'Akt 191212121212', valid_to = 2024-01-01}]", "asset 1 (journal) history 1: name"),
        (ASSET + "rule = [{glob = '/akter/19121212-1212/*'}]", "asset 1 (journal) rule 1: pattern"),
        (ASSET + "reason = 'x'  # Se 121212-1212", "row 10: remark"),
        (ASSET + "121212-1212 = 'x'", "asset 1 (journal): key: unknown key"),
    ],
)
def test_a_personal_number_anywhere_is_refused_by_its_place(tmp_path, text, error):
    path = tmp_path / "register.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(RegisterSettings(assets=(path,)), looks_like_number)
    assert f"{path} {error}" in str(caught.value)
    assert "1212-1212" not in str(caught.value)


def test_a_personal_number_in_csv_is_refused_by_row_and_column(tmp_path):
    path, rules = tmp_path / "assets.csv", tmp_path / "rules.csv"
    path.write_text(f"{HEADER}\na;A;ON;1;1;1;;;\nb;121212-1212;ON;1;1;1;;;\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"assets\.csv row 3: name: looks like a personal number"):
        load(RegisterSettings(assets=(path,)), looks_like_number)
    path.write_text(f"{HEADER}\na;A;ON;1;1;1;;;\n", encoding="utf-8")
    rules.write_text("asset,kind,pattern\na,path,/akter/121212-1212\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"rules\.csv row 2: pattern: looks like a personal number"):
        load(RegisterSettings(assets=(path,), rules=(rules,)), looks_like_number)


def test_no_register_with_a_personal_number_is_read_from_its_files(tmp_path):
    (tmp_path / "register.toml").write_text(ASSET + "system_owner = '19121212-1212'", encoding="utf-8")
    found = parse({"register": {"assets": ["register.toml"]}}, tmp_path / "settings.toml")
    with pytest.raises(SettingsError, match=r"asset 1 \(journal\): system_owner: looks like a personal number"):
        knowledge.load(found, None)


@pytest.mark.parametrize("name", ["register.toml", "register.json"])
def test_a_file_in_another_encoding_is_told_so(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(ASSET.replace("Journaler", "Åtgärder").encode("latin-1"))
    with pytest.raises(SettingsError, match="is not text in UTF-8"):
        load(RegisterSettings(assets=(path,)))


def test_the_order_of_specificity():
    ranks = [
        specificity("id", "j-1", None, None),
        specificity("path", "/vard/barn/", None, None),
        specificity("path", "/vard/", "file", "x"),
        specificity("id", "/vard/*", None, None) - 1,
        specificity("path", "/vard/", "file", None),
        specificity("path", "/vard/", None, "x"),
        specificity("path", "/vard/", None, None),
        specificity("glob", "/vard/*", "file", "x"),
        specificity("all", None, "file", None),
        specificity("all", None, None, "x"),
        specificity("all", None, None, None),
    ]
    ranks.pop(3)
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == len(ranks)


def test_a_keep_class_that_contradicts_a_source_is_refused(tmp_path):
    found = register(tmp_path, ASSET + "keep = 'lang'")
    settings = {
        "keep": {"lang": {"namnd": "ON", "minimum_days": 1826, "maximum_days": 2000},
                 "kort": {"namnd": "ON", "minimum_days": 1, "maximum_days": 30}},
        "sources": {"j": {"mapping": "m", "system": "Journalen", "keep": "kort"},
                    "other": {"mapping": "m", "keep": "kort"}},
    }  # fmt: skip
    with pytest.raises(SettingsError, match=r"asset journal: keep: contradicts the keep class of sources\.j"):
        hold_keep(found, parse(settings))
    settings["sources"]["j"]["keep"] = "lang"
    hold_keep(found, parse(settings))
    with pytest.raises(SettingsError, match="asset journal: keep: there is no keep class"):
        hold_keep(found, parse({}))


def test_the_published_schema_is_a_schema_and_knows_the_words():
    schema = json.loads(Path(SCHEMA).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert schema["$defs"]["fields"]["properties"]["personal_data"]["enum"] == list(PERSONAL_DATA)


def test_nothing_named_is_an_empty_register():
    found = load(RegisterSettings())
    assert (len(found.assets), len(found.rules), found.version) == (0, 0, "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ASSET + ".".join(["a"] * 60) + " = 1", "a key of more than 50 parts"),
        (ASSET + "x = " + "[" * 5_000, "is no TOML"),
        (ASSET + "#" * 4_000_000, "is longer than"),
    ],
)
def test_what_would_take_minutes_to_parse_is_refused(tmp_path, text, reason):
    with pytest.raises(SettingsError, match=reason):
        register(tmp_path, text)
