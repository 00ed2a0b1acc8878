import fnmatch
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.classify import asset_expression, key_columns, levels
from schemas.register import load
from schemas.settings import RegisterSettings

OBJECTS = pa.schema(
    [
        ("time", pa.timestamp("us", tz="UTC")),
        ("object_type", pa.string()),
        ("object_id", pa.string()),
        ("object_path", pa.string()),
    ]
)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def classified(register, objects, system="files"):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    rows = [{"time": NOW, "object_type": None, "object_id": None, "object_path": None, **row} for row in objects]
    connection.register("objects", pa.Table.from_pylist(rows, OBJECTS))
    keys = ", ".join(f"{expression} AS {name}" for name, expression in key_columns().items())
    sql = f"SELECT {asset_expression(register, system)} AS asset FROM (SELECT *, {keys} FROM objects)"
    return connection.sql(sql).to_arrow_table()["asset"].to_pylist()


def register(folder, rules, assets=("a", "b", "c"), periods=""):
    (folder / "assets.csv").write_text(
        "asset,name,controller,k,r,t,valid_from,valid_to\n"
        + (periods or "".join(f"{name},N,ON,1,1,1,,\n" for name in assets))
    )
    (folder / "rules.csv").write_text("asset;system;object_type;kind;pattern;valid_from;valid_to\n" + rules)
    return load(RegisterSettings(assets=(folder / "assets.csv",), rules=(folder / "rules.csv",)))


def test_most_specific_wins_and_case_and_slashes_mean_nothing(tmp_path):
    found = register(
        tmp_path,
        "a;files;;all;;;\nb;;;path;\\\\FS1\\Vård\\;;\nc;;;glob;//fs1/vård/*/akut?.pdf;;\na;;;id;J-7;;\nc;;mailbox;all;;;\nb;other;;path;/x/;;\n",
    )
    objects = [
        {"object_path": "/x/1"},
        {"object_path": "\\\\fs1\\VÅRD\\anna.doc"},
        {"object_path": "//FS1/vård/2026/Akut1.pdf"},
        {"object_path": "//FS1/vård/2026/mars/Akut1.pdf"},
        {"object_path": "//fs1/vård/x", "object_id": "j-7"},
        {"object_type": "Mailbox"},
        {},
    ]
    assert classified(found, objects) == ["a", "b", "c", "b", "a", "c", "a"]
    assert classified(found, objects, "OTHER") == ["b", "b", "c", "b", "a", "c", None]


def test_rules_and_assets_hold_in_their_periods(tmp_path):
    found = register(
        tmp_path,
        "a;;;path;/x/;2026-01-01T00:00Z;2026-02-01T00:00Z\nb;;;path;/x/y/;;\nc;;;all;;;\n",
        periods="a,N,ON,1,1,1,,\nb,N,ON,1,1,1,2026-03-01T00:00Z,\nc,N,ON,1,1,1,,\n",
    )
    times = [
        datetime(2025, 12, 31, tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 2, 1, tzinfo=UTC),
        NOW,
    ]
    assert classified(found, [{"object_path": "/x/y/z", "time": time} for time in times]) == ["c", "a", "c", "b"]


@pytest.mark.parametrize("pattern", ["it's/*", "a.b+c/", "%_/", "(/[", "Å/**/ö"])
def test_signs_of_sql_and_of_expressions_are_only_signs(tmp_path, pattern):
    found = register(tmp_path, f"a;;;glob;{pattern};;\n")
    path = pattern.replace("**", "x/y").replace("*", "x")
    assert classified(found, [{"object_path": path}, {"object_path": "none"}]) == ["a", None]


PIECES = st.lists(st.sampled_from(["/a", "/ab", "/b", "/", "c", "1"]), max_size=5).map("".join)
RULES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["path", "glob", "id"]),
        PIECES.filter(bool),
        st.sampled_from(["", "*", "?"]),
    ),
    max_size=40,
    unique_by=lambda rule: rule[1:],
)


@settings(deadline=None, max_examples=60)
@given(rules=RULES, paths=st.lists(PIECES, min_size=1, max_size=20))
def test_many_rules_decide_as_trying_them_one_by_one_does(tmp_path_factory, rules, paths):
    lines = [
        f"{asset};;;{kind};{pattern + (wild if kind != 'path' else '')};;\n" for asset, kind, pattern, wild in rules
    ]
    found = register(tmp_path_factory.mktemp("register"), "".join(dict.fromkeys(lines_without_twins(lines))))

    def one_by_one(path):
        for rule in found.rules.to_pylist():
            if rule["kind"] == "path" and path.startswith(rule["pattern"]):
                return rule["asset"]
            whole = fnmatch.fnmatchcase(path, rule["pattern"])
            if rule["kind"] == "id" and whole:
                return rule["asset"]
            deep = path.count("/") == rule["pattern"].count("/")
            into = rule["pattern"].endswith("?") and path.endswith("/")
            if rule["kind"] == "glob" and whole and deep and not into:
                return rule["asset"]
        return None

    objects = [{"object_path": path, "object_id": path} for path in paths]
    assert classified(found, objects) == [one_by_one(path) for path in paths]


def lines_without_twins(lines):
    """Two rules that say the same are refused when the register is read."""
    seen = set()
    for line in lines:
        if line[1:] not in seen:
            seen.add(line[1:])
            yield line


def test_levels_carry_each_period(tmp_path):
    found = levels(register(tmp_path, "", periods="a,N,ON,1,2,3,,2026-01-01\na,N,ON,2,2,3,2026-01-01,\n"))
    assert found["k"].to_pylist() == [1, 2]
    assert found["valid_to"].null_count == 0
