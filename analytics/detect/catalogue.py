"""The detections as a table: the ATT&CK techniques that each is a sign of, and whether it rests on a person's flag."""

from functools import cache

import pyarrow as pa

from analytics.detect.attack import PATH, tactics
from analytics.detect.knowledge import area, attack, detections, rests_on_flag
from schemas.errors import SqlFileError
from schemas.tables import LIST

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
def catalogue() -> pa.Table:
    """A row for each detection of ours: name, area, whether it rests on a flag, techniques and their tactics.

    Errors:  SqlFileError for a technique of which no tactic is known.
    """
    rows = []
    for file in detections().values():
        named = attack(file)
        for technique in named:
            if technique.split(".")[0] not in tactics():
                raise SqlFileError(str(file.path), "attack", f"{PATH.name} names no tactic of {technique}")
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
