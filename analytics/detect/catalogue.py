"""The detections as a relation: what each finds, in both languages, and the ATT&CK techniques that it is a sign of."""

import tomllib
from functools import cache
from pathlib import Path

import pyarrow as pa

from analytics.detect.knowledge import area, attack, detections
from schemas.errors import SqlFileError
from schemas.finding import RELATIONS

_PATH = Path(__file__).with_name("attack.toml")


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


def catalogue() -> pa.Table:
    """The relation `detections` of schemas.finding: a row for each technique of a detection, or one without.

    Errors:  SqlFileError for a technique of which no tactic is known.
    """
    rows = []
    for file in detections().values():
        for technique in attack(file) or (None,):
            if technique and technique.split(".")[0] not in tactics():
                raise SqlFileError(str(file.path), "attack", f"{_PATH.name} names no tactic of {technique}")
            said = {key: file.said(key) for key in ("severity", "finds", "sv")}
            tactic = tactics()[technique.split(".")[0]] if technique else None
            rows.append({"detection": file.name, "area": area(file), "technique": technique, "tactic": tactic, **said})
    return pa.Table.from_pylist(rows, RELATIONS["detections"].schema)
