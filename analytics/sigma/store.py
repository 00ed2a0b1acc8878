"""Where a lake keeps its Sigma rules: below `sigma`, a file for each, with the text that it came from."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from analytics.sigma.rule import VERSION, Rule, kept, of_kept
from schemas.errors import LakeError

FOLDER = "sigma"


def put(folder: Path, rule: Rule, text: str, file: str) -> None:
    """Keep RULE, and TEXT of FILE from which it was read, in FOLDER; one of the same id is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(folder, rule.id)
    part = path.with_suffix(".part")
    part.write_text(
        json.dumps({**kept(rule), "file": file, "original": text}, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    part.replace(path)


def rules(folder: Path) -> list[Rule]:
    """The rules that FOLDER keeps, by id. Those that an older version converted are converted again.

    Errors:  LakeError for a file that holds no rule, or one that this version can't convert any more.
    """
    found = [_read(path) for path in sorted(folder.glob("*.json"))]
    return sorted(found, key=lambda rule: rule.id)


def remove(folder: Path, ids: Iterable[str]) -> list[str]:
    """Take the rules of IDS away; gives the ids that aren't there."""
    missing = []
    for rule in ids:
        path = _path(folder, rule)
        if path.exists():
            path.unlink()
        else:
            missing.append(rule)
    return missing


def _read(path: Path) -> Rule:
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        if given["version"] == VERSION:
            return of_kept(given)
        text, rule_id = str(given["original"]), str(given["id"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LakeError(
            f"{path}: holds no Sigma rule ({type(error).__name__}); remove it, and add the rule again"
        ) from None
    from analytics.sigma.convert import convert_text  # noqa: PLC0415 - pySigma takes half a second to load

    for converted in convert_text(path, text)[0]:
        if converted.rule.id == rule_id:
            return replace(converted.rule, generate=bool(given.get("generate", True)))
    raise LakeError(f"{path}: this version can't convert the rule; remove it, or add it again")


def _path(folder: Path, rule: str) -> Path:
    """The file of the rule whose id is RULE; ids that are no plain names are hashed."""
    plain = (
        rule if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,100}", rule) else hashlib.sha256(rule.encode()).hexdigest()
    )
    return folder / f"{plain}.json"
