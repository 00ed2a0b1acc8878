"""The tactics of MITRE ATT&CK: under which of them each technique is counted."""

import tomllib
from functools import cache
from pathlib import Path

from schemas.errors import SqlFileError

PATH = Path(__file__).with_name("attack.toml")


@cache
def tactics() -> dict[str, str]:
    """The tactic of each technique. Errors: SqlFileError for a technique that stands under two."""
    found: dict[str, str] = {}
    for tactic, techniques in tomllib.loads(PATH.read_text(encoding="utf-8")).items():
        for technique in techniques:
            if technique in found:
                raise SqlFileError(str(PATH), technique, f"stands also under {found[technique]}")
            found[technique] = tactic
    return found
