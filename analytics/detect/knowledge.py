"""What access is judged by: the SQL files of `analytics/explanations` and `analytics/detections`."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from sqlglot import exp

from analytics.question import FLAGS, hold, relations
from analytics.views import OF_EXPLAINED, RELATIONS
from schemas import portable
from schemas.errors import SqlFileError
from schemas.finding import SEVERITIES
from schemas.sqlfile import SqlFile, load_folder
from schemas.tables import EXPLAINED

_FOLDER = Path(__file__).parent.parent
EXPLANATION_RETURNS = "event_id TEXT, relation TEXT, row_id TEXT"
EVIDENCE = "evidence"
NEEDS = frozenset({"decision"})
# Columns of `subjects` that `relations build` fills (docs/relations.md).
_EXPORTED = frozenset({"protected", "deceased", "address_key", "surname_key", "person"})
_ATTACK = re.compile(r"T\d{4}(\.\d{3})?")


@cache
def explanations() -> dict[str, SqlFile]:
    """Every explanation by name. Errors: SqlFileError, as for questions, and for a header that its SQL contradicts."""
    found = load_folder(_FOLDER / "explanations", "explanation")
    for file in found.values():
        hold(file)
        said = {word.strip() for word in file.header["rests_on"].split(",")}
        for name in sorted(said - relations(file)):
            raise SqlFileError(str(file.path), "rests_on", f"the SQL doesn't read {name}")
        _hold_window(file)
        _hold_defaults(file)
    return found


@cache
def detections() -> dict[str, SqlFile]:
    """Every detection by name. Errors: SqlFileError, as for questions, and for a word that the header may not hold."""
    found = load_folder(_FOLDER / "detections", "detection")
    for file in found.values():
        hold(file, RELATIONS | OF_EXPLAINED | {EXPLAINED.name})
        place = str(file.path)
        if file.header["severity"] not in SEVERITIES:
            raise SqlFileError(place, "severity", f"want one of {', '.join(SEVERITIES)}")
        _hold_window(file)
        if file.header.get("needs", "decision") not in NEEDS:
            raise SqlFileError(place, "needs", f"want one of {', '.join(NEEDS)}")
        if rests_on_export(file) and "needs" not in file.header:
            raise SqlFileError(place, "needs", "want decision: it rests on what `relations build` keeps of the staff")
        if not all(_ATTACK.fullmatch(word) for word in attack(file)):
            raise SqlFileError(place, "attack", "want ATT&CK ids: T1110.003, T1078")
        _hold_defaults(file)
    return found


def area(file: SqlFile) -> str:
    """The folder that a detection lies in: what it looks at."""
    return file.path.parent.name


def key(file: SqlFile) -> tuple[str, ...]:
    """The columns that make a detection's group."""
    return tuple(word.strip() for word in file.header["key"].split(","))


def window_days(file: SqlFile) -> int:
    """How many days lie between the events that one row of a detection or explanation rests on, at most."""
    return int(file.header.get("window", "0"))


def reach_days(files: Iterable[SqlFile]) -> int:
    """How many days around an event the explanations and the detections FILES look at."""
    return max([1, *map(window_days, files), *map(window_days, explanations().values())])


def attack(file: SqlFile) -> tuple[str, ...]:
    """The ATT&CK techniques of a detection."""
    return tuple(word.strip() for word in file.header.get("attack", "").split(",") if word.strip())


def fault(file: SqlFile, columns: dict[str, str]) -> str:
    """What is wrong with the COLUMNS (name to type) of a detection's answer; empty = nothing."""
    if missing := [name for name in key(file) if name not in columns]:
        return f"key: the answer has no column {', '.join(missing)}"
    if columns.get(EVIDENCE) != "VARCHAR[]":
        return "evidence: want a list of event ids, list_sort(list(event_id))"
    return ""


def rests_on_flag(file: SqlFile) -> bool:
    """Whether a detection tells by whom it names that a person is protected, dead or of special interest."""
    return bool(_of_subjects(file) & FLAGS)


def rests_on_export(file: SqlFile) -> bool:
    """Whether a detection reads what came from the resident register or the staff list.

    Of `subjects` people enter `special_interest` themselves, so what reads nothing else of it needs no decision.
    """
    return "kin" in relations(file) or bool(_of_subjects(file) & _EXPORTED)


def _of_subjects(file: SqlFile) -> frozenset[str]:
    """The columns of `subjects` that FILE's SQL names; one that says no table counts, wherever it is from."""
    if "subjects" not in relations(file):
        return frozenset()
    tree = portable.hold(file)
    named = {table.alias_or_name for table in tree.find_all(exp.Table) if table.name.lower() == "subjects"}
    found = {column.name.lower() for column in tree.find_all(exp.Column) if column.table in {"", *named}}
    return frozenset(found)


def _hold_window(file: SqlFile) -> None:
    if not file.header.get("window", "0").isdecimal():
        raise SqlFileError(str(file.path), "window", "want whole days")


def _hold_defaults(file: SqlFile) -> None:
    for param in file.params:
        if param.required:
            raise SqlFileError(str(file.path), param.name, "nobody is asked, so want a default")
