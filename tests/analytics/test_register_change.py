import hashlib
import os
from datetime import datetime
from pathlib import Path

import pytest

from analytics import register_change
from analytics.caller import Caller
from analytics.question import SWEDEN
from analytics.register_change import COMPARED, apply, propose
from schemas import settings
from schemas.errors import LakeError, SettingsError

WHO = Caller("karin")
REGISTER = """
[[asset]]
asset = "akt"
name = "Akter"
controller = "SN"
k = 3
r = 2
t = 1
valid_from = "2024-01-01"
[[asset.rule]]
system = "kv"
[[asset]]
asset = "bygg"
name = "Bygglov"
controller = "BN"
k = 1
r = 1
t = 1
[[asset.rule]]
system = "kv"
path = "/bygg/"
"""
LOWER = REGISTER.replace("k = 3", "k = 2").encode()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    path = tmp_path / "register.toml"
    path.write_text(REGISTER, encoding="utf-8")
    return path


@pytest.fixture
def declared(place: Path) -> settings.Settings:
    return settings.parse({"register": {"assets": ["register.toml"]}}, place.parent / "settings.toml")


def lines(found: register_change.Proposal) -> list[tuple]:
    """Each line: of a period also its days, and what differs."""
    return [
        (each.part, each.change, each.asset)
        + ((day(each.valid_from), day(each.valid_to), *told(each)) if each.part == "period" else ())
        for each in found.changes
    ]


def day(instant: datetime | None) -> str | None:
    return instant and instant.astimezone(SWEDEN).date().isoformat()


def told(each: register_change.Change) -> list[tuple]:
    was, then = each.before or {}, each.after or {}
    return [(name, was.get(name), then.get(name)) for name in COMPARED if was.get(name) != then.get(name)]


def test_a_level_that_changes_is_one_line_with_both_values(declared, place):
    found = propose(declared, place, "ny.toml", REGISTER.replace("k = 3", "k = 2").encode())
    assert lines(found) == [("period", "changed", "akt", "2024-01-01", None, ("k", 3, 2))]
    assert found.lowered == ["akt"]
    assert found.count("period", "changed") == 1


def test_a_level_from_a_day_on_is_told_with_the_level_before_it(declared, place):
    """What the register would say from then on is held against what it says, however it is divided into periods."""
    new = REGISTER.replace(
        't = 1\nvalid_from = "2024-01-01"\n',
        't = 1\nreason = "Ny bedömning"\nvalid_from = "2026-03-01"\n'
        '[[asset.history]]\nk = 3\nr = 2\nt = 1\nvalid_from = "2024-01-01"\nvalid_to = "2026-03-01"\n',
    ).replace("k = 3", "k = 2", 1)
    found = propose(declared, place, "ny.toml", new.encode())
    assert lines(found) == [
        ("period", "changed", "akt", "2026-03-01", None, ("k", 3, 2), ("reason", None, "Ny bedömning"))
    ]
    assert found.lowered == ["akt"]


def test_a_period_that_is_only_divided_is_no_change(declared, place):
    new = REGISTER.replace(
        't = 1\nvalid_from = "2024-01-01"\n',
        't = 1\nvalid_from = "2025-01-01"\n'
        '[[asset.history]]\nk = 3\nr = 2\nt = 1\nvalid_from = "2024-01-01"\nvalid_to = "2025-01-01"\n',
    )
    assert propose(declared, place, "ny.toml", new.encode()).changes == ()


def test_an_asset_that_ends_is_lowered_from_that_day(declared, place):
    new = REGISTER.replace('valid_from = "2024-01-01"', 'valid_from = "2024-01-01"\nvalid_to = "2026-03-01"')
    found = propose(declared, place, "ny.toml", new.encode())
    ((part, change, asset, start, stop, *_),) = [line for line in lines(found) if line[0] == "period"]
    assert (part, change, asset, start, stop) == ("period", "removed", "akt", "2026-03-01", None)
    assert found.lowered == ["akt"]


def test_what_became_known_later_is_a_change_of_its_own(declared, place):
    new = REGISTER.replace('valid_from = "2024-01-01"', 'valid_from = "2024-01-01"\nknown_from = "2024-05-01"')
    (each,) = [each for each in propose(declared, place, "ny.toml", new.encode()).changes if each.part == "period"]
    assert (each.before["known_from"], day(each.after["known_from"])) == (None, "2024-05-01")


def test_assets_that_come_and_go_are_told_with_their_levels_and_rules(declared, place):
    found = propose(declared, place, "ny.toml", REGISTER.replace('asset = "bygg"', 'asset = "tillsyn"').encode())
    assert [line[:3] for line in lines(found)] == [
        ("asset", "added", "tillsyn"),
        ("asset", "removed", "bygg"),
        ("period", "removed", "bygg"),
        ("period", "added", "tillsyn"),
        ("rule", "added", "tillsyn"),
        ("rule", "removed", "bygg"),
    ]
    removed, added = found.changes[2:4]
    assert [removed.before[level] for level in "krt"] == [added.after[level] for level in "krt"] == [1, 1, 1]
    assert removed.after is added.before is None
    assert found.lowered == ["bygg"]  # nothing of it is watched any longer
    assert found.count("period", "added") == found.count("asset", "removed") == 1


def test_a_history_that_is_written_in_is_a_period_of_its_own(declared, place):
    rule = '[[asset.rule]]\nsystem = "kv"\n[[asset]]'
    history = '[[asset.history]]\nk = 2\nvalid_from = "2022-01-01"\nvalid_to = "2024-01-01"\n'
    found = propose(declared, place, "ny.toml", REGISTER.replace(rule, history + rule).encode())
    assert [line[:5] for line in lines(found) if line[0] == "period"] == [
        ("period", "added", "akt", "2022-01-01", "2024-01-01")
    ]
    assert found.lowered == []


def test_rules_that_are_equally_specific_decide_by_their_order(tmp_path):
    assets, rules = tmp_path / "assets.csv", tmp_path / "rules.csv"
    assets.write_text("asset;name;controller;k;r;t\na;A;SN;1;1;1\nb;B;SN;3;1;1\n", encoding="utf-8")
    rows = ["a;kv;glob;/*/x", "b;kv;glob;/x/*"]
    rules.write_text("\n".join(["asset;system;kind;pattern", *rows]) + "\n", encoding="utf-8")
    named = {"register": {"assets": ["assets.csv"], "rules": ["rules.csv"]}}
    declared = settings.parse(named, tmp_path / "settings.toml")
    turned = "\n".join(["asset;system;kind;pattern", *reversed(rows)]) + "\n"
    (line,) = lines(propose(declared, rules, "r.csv", turned.encode()))
    assert line[:3] == ("rule", "moved", "b")


def test_other_words_for_the_same_are_no_change(declared, place):
    assert propose(declared, place, "ny.toml", b"# en anm\xc3\xa4rkning\n" + REGISTER.encode()).changes == ()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("k = 3", "k = 4", "register.toml asset 1 (akt): k: nivå 4 hör till säkerhetsskydd"),
        ("k = 3", "k = 7", "register.toml asset 1 (akt): k: want a level"),
        ('asset = "bygg"', 'asset = "akt"', "register.toml asset 2 (akt): asset: its period overlaps the one of"),
        ('path = "/bygg/"', 'hemlig = "x"', "register.toml asset 2 (bygg) rule 1: "),
        ("[[asset]]", "[[hemlig", "register.toml: file: is no TOML"),
        ("t = 1\n[[asset.rule]]", 't = 1\nkeep = "hemlig"\n[[asset.rule]]', "asset bygg: keep: there is no keep class"),
    ],
)  # fmt: skip
def test_what_can_not_be_taken_is_named_by_the_files_own_name_and_never_its_value(declared, place, old, new, named):
    with pytest.raises(SettingsError) as error:
        propose(declared, place, "ny.toml", REGISTER.replace(old, new).encode())
    assert str(error.value).startswith(named)
    assert '"x"' not in str(error.value)
    assert "/tmp" not in str(error.value)
    assert place.read_text(encoding="utf-8") == REGISTER


def test_a_row_of_a_table_is_named(tmp_path):
    assets = tmp_path / "assets.csv"
    assets.write_text("asset;name;controller;k;r;t\na;A;SN;1;1;1\nb;B;SN;3;1;1\n", encoding="utf-8")
    declared = settings.parse({"register": {"assets": ["assets.csv"]}}, tmp_path / "settings.toml")
    with pytest.raises(SettingsError) as error:
        propose(declared, assets, "A.CSV", b"asset;name;controller;k;r;t\na;A;SN;1;1;1\nb;B;SN;4;1;1\n")
    assert (error.value.place, error.value.field) == ("assets.csv row 3", "k")
    found = propose(declared, assets, "A.CSV", b"asset;name;controller;k;r;t\n")
    assert {each.change for each in found.changes} == {"removed"}
    assert found.lowered == ["a", "b"]


@pytest.mark.parametrize("name", ["register.csv", "register", "../../etc/passwd", "x.toml\0.csv"])
def test_a_file_of_another_kind_is_refused(declared, place, name):
    with pytest.raises(SettingsError, match="want a file of the same kind"):
        propose(declared, place, name, REGISTER.encode())


@pytest.fixture
def lake(home, place):
    return home("source | time\na | 2026-03-01T08:00:00Z", {"register": {"assets": [str(place)]}})


def put(lake, place: Path, new: bytes) -> Path:
    return apply(lake.installation, propose(lake.settings, place, "ny.toml", new), who=WHO, purpose="KS 2026/1")


def test_it_is_put_in_place_recorded_and_the_former_is_kept(lake, place):
    place.chmod(0o640)
    kept = put(lake, place, LOWER)
    assert place.read_bytes() == LOWER
    assert place.stat().st_mode & 0o777 == 0o640
    assert kept.read_text(encoding="utf-8") == REGISTER
    assert sorted(path.name for path in place.parent.iterdir() if path.is_file()) == [place.name, kept.name]
    assert lake.acts == ["asked", "decided"]
    (_, act) = lake.spool.records[-1]
    assert (act["account"], act["question"], act["rows"], act["purpose"]) == (
        "karin",
        "register change",
        1,
        "KS 2026/1",
    )
    assert act["params"] == {
        "file": "register.toml", "changes": 1, "sha256_before": hashlib.sha256(REGISTER.encode()).hexdigest(),
        "sha256_after": hashlib.sha256(LOWER).hexdigest(),
    }  # fmt: skip


def test_two_changes_within_a_second_keep_both_former_files(lake, place):
    kept = {put(lake, place, new) for new in (LOWER, REGISTER.encode(), LOWER)}
    assert len(kept) == 3


def test_a_file_that_was_changed_meanwhile_is_left_alone(lake, place):
    found = propose(lake.settings, place, "ny.toml", LOWER)
    place.write_text(REGISTER + "# af\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=register_change.STALE):
        apply(lake.installation, found, who=WHO, purpose=None)
    assert place.read_text(encoding="utf-8").endswith("# af\n")
    assert lake.acts == []


def test_what_can_not_be_recorded_is_not_done(lake, place):
    found = propose(lake.settings, place, "ny.toml", LOWER)
    lake.spool.full = True
    with pytest.raises(LakeError):
        apply(lake.installation, found, who=WHO, purpose=None)
    assert place.read_text(encoding="utf-8") == REGISTER


def test_a_disk_that_fails_leaves_the_former_file_and_says_so(lake, place, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="No space left"):
        put(lake, place, LOWER)
    assert place.read_text(encoding="utf-8") == REGISTER
    assert [path.name for path in place.parent.iterdir() if path.is_file()] == [place.name]
    assert lake.acts == ["asked", "failed"]


def test_a_link_stays_a_link(lake, place, tmp_path):
    real = tmp_path / "elsewhere.toml"
    place.rename(real)
    place.symlink_to(real)
    put(lake, place, LOWER)
    assert place.is_symlink()
    assert real.read_bytes() == LOWER
