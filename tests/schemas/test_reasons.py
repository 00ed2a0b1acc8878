"""Every reason that the code gives has its words in the reader's language."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import schemas
from schemas.indicator import TYPES
from schemas.reasons import PATH, told

ROOT = Path(schemas.__file__).parent.parent
# Where reasons are made, by what takes them and which of its arguments it is, and what may stand in their place.
GIVEN: dict[str, int | str] = {
    "Refused": 0, "_NotTaken": 0, "Failure": 2, "Reject": 2, "_FieldError": 1, "_NotPlainError": 0,
    "refuse": 2, "begin": 2, "_right": 4, "Comparison": "reason", "ValueError": 0, "QuestionError": 2,
}  # fmt: skip
# What the headings of reasons.toml name: modules, and packages whole.
HEADINGS = re.findall(r"^# .*\((.+)\)$", PATH.read_text(encoding="utf-8"), re.MULTILINE)
NAMED = [ROOT / name.replace(".", "/") for heading in HEADINGS for name in heading.split(", ")]
FILES = [path for name in NAMED for path in (sorted(name.glob("*.py")) if name.is_dir() else [name.with_suffix(".py")])]


def reasons(path: Path, taken: Mapping[str, int | str] = GIVEN) -> Iterator[str]:
    """The texts of PATH that are given as reasons to what is TAKEN; a number stands for what is put in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = (
            getattr(node.func, "id", None) or getattr(node.func, "attr", None) if isinstance(node, ast.Call) else None
        )
        place = taken.get(name or "")
        if place is None or not isinstance(node, ast.Call):
            continue
        named = [each.value for each in node.keywords if each.arg == place]
        given = [*named, *(node.args[place : place + 1] if isinstance(place, int) else [])]
        given += [branch for each in given if isinstance(each, ast.IfExp) for branch in (each.body, each.orelse)]
        for part in (each for value in given for each in ast.walk(value)):
            if isinstance(part, ast.JoinedStr):
                yield "".join(each.value if isinstance(each, ast.Constant) else "7" for each in part.values)  # type: ignore[misc]
            elif isinstance(part, ast.Constant) and isinstance(part.value, str) and part in given:
                yield part.value


def test_there_are_reasons() -> None:
    assert all(path.exists() for path in FILES)
    assert len(HEADINGS) == len(re.findall("^# .*\\)$", PATH.read_text(encoding="utf-8"), re.MULTILINE))
    assert {path.parent for path in FILES if any(reasons(path))} == {path.parent for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_reason_is_told_in_swedish(path: Path) -> None:
    assert [text for text in reasons(path) if " " in text.strip() and told(text, "sv") == text] == []


@pytest.mark.parametrize(
    "reason", re.findall(r"'\w+\|([^']+[^ '])'", (ROOT / "analytics/intelligence/store.sql").read_text())
)
def test_what_is_wrong_with_an_indicator_is_told(reason: str) -> None:
    assert told(reason, "sv") != reason


@pytest.mark.parametrize("kind", [kind.replace("_", " ") for kind in TYPES if kind != "ip"])
def test_what_an_indicator_is_not_is_told(kind: str) -> None:
    assert told(f"is no {kind}", "sv") != f"is no {kind}"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("has another number of cells than the 4 columns", "har ett annat antal celler än de 4 kolumnerna"),
        (
            "correlation: the rule a-b: field Image: regular expression: RE2 does not take it",
            "korrelation: regeln a-b: fältet Image: reguljärt uttryck: RE2 godtar det inte",
        ),
        (
            "field X: its log source has no such field (sysmon)",
            "fältet X: loggkällan har inget sådant fält (sysmon)",
        ),
        (
            "its fields are none of a's; its fields are none of b's",
            "fälten finns inte i a; fälten finns inte i b",
        ),
        ("field is empty: its log source has no such field", "fältet is empty: loggkällan har inget sådant fält"),
        ("want one of is empty, is missing", "ska vara något av is empty, is missing"),
        ("logsource: no source of ours is row 5", "loggkälla: ingen av våra källor är row 5"),
        (
            "correlation: the rule is missing; is empty: RE2 does not take it",
            "korrelation: regeln is missing; is empty: RE2 godtar det inte",
        ),
        ("is empty; what another program says", "is empty; what another program says"),
        ("what another program says", "what another program says"),
        ("{0} {} is no account", "{0} {} is no account"),
        ("", ""),
    ],
)
def test_a_reason_in_swedish(reason: str, said: str) -> None:
    assert told(reason, "sv") == said
    assert told(reason, "en") == reason


@pytest.mark.parametrize(
    "again", ["row ", "regular expression: ", "field x: regular expression: ", "is empty; ", "(x) "]
)
def test_reasons_within_reasons_have_an_end(again: str) -> None:
    """Where what was put in looks like them it stays as it is."""
    for said in (told(again * 400, "sv"), told(again * 400 + "is empty", "sv"), told("x" + " (y)" * 400, "sv")):
        assert said


_KINDS = "auditd|csv|evtx|export|json|line|position|record|row|settings|time|xml|zip|zstd"
_OF_RECORDS = re.compile(rf"""(["'])((?:{_KINDS}): (?:(?!\1).|'s|n't)+)\1""")


def of_records() -> Iterator[str]:
    """What decoders and mappings say of a record that they can't read; 7 stands for what is put in."""
    for path in sorted([*(ROOT / "ingest").rglob("*.py"), *(ROOT / "ingest" / "mappings").glob("*.sql")]):
        if {"simulator", "torture"} & set(path.parts):
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".sql":
            text = re.sub(r"' \|\| [^|']+ \|\| '", "7", text)
            text = re.sub(r"' \|\| [\w.\[\]()]+", "7'", text)
        else:
            text = re.sub(r"\{[^{}\"]+\}", "7", text)
        found = (match[2] for match in _OF_RECORDS.finditer(text) if "\\" not in match[2])
        yield from (said for said in found if not said.endswith(": 7"))  # what another program says


@pytest.mark.parametrize("reason", sorted({*of_records()}))
def test_what_is_wrong_with_a_record_is_told(reason: str) -> None:
    assert told(reason, "sv") != reason
