"""The detections as a table: the ATT&CK techniques that each is a sign of, and whether it rests on a person's flag."""

import tomllib
from functools import cache
from pathlib import Path

import pyarrow as pa

from analytics.detect.knowledge import area, attack, detections, rests_on_flag
from schemas.errors import SqlFileError
from schemas.tables import LIST

_PATH = Path(__file__).with_name("attack.toml")
_SCHEMA = pa.schema(
    [
        pa.field("detection", pa.string()),
        pa.field("area", pa.string()),
        pa.field("flags", pa.bool_()),
        pa.field("techniques", LIST),
        pa.field("tactics", LIST),
    ]
)


@cache
def tactics() -> dict[str, str]:
    """The tactic of each technique. Errors: SqlFileError for a technique that stands under two."""
    found: dict[str, str] = {}
    for tactic, techniques in tomllib.loads(_PATH.read_text(encoding="utf-8")).items():
        for technique in techniques:
            if technique in found:
                raise SqlFileError(str(_PATH), technique, f"stands also under {found[technique]}")
            found[technique] = tactic
    return found


@cache
def catalogue() -> pa.Table:
    """A row for each detection of ours: name, area, whether it rests on a flag, techniques and their tactics.

    Errors:  SqlFileError for a technique of which no tactic is known.
    """
    rows = []
    for file in detections().values():
        named = attack(file)
        for technique in named:
            if technique.split(".")[0] not in tactics():
                raise SqlFileError(str(file.path), "attack", f"{_PATH.name} names no tactic of {technique}")
        rows.append(
            {
                "detection": file.name,
                "area": area(file),
                "flags": rests_on_flag(file),
                "techniques": sorted(named),
                "tactics": sorted({tactics()[technique.split(".")[0]] for technique in named}),
            }
        )
    return pa.Table.from_pylist(rows, _SCHEMA)
