"""A change of the asset register: a new file held against the whole register, told as a difference, put in place.

What events were given stays as it is until `sparhund rederive` computes them again.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from analytics.acts import Act
from analytics.caller import Caller
from analytics.installation import Installation
from ingest.identity import looks_like_number
from schemas import register as register_tables
from schemas.errors import SettingsError
from schemas.register import Register
from schemas.settings import Settings
from schemas.tables import ASSETS

LEVELS = ("k", "r", "t", "s")
RULE = ("asset", "system", "object_type", "kind", "pattern", "valid_from", "valid_to", "known_from")
_TIMES = ("valid_from", "valid_to")
COMPARED = tuple(column.name for column in ASSETS.columns if column.name not in {"asset", *_TIMES})
STALE = "has been changed by somebody else since; look at the difference again"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a difference.

    `part` is `asset`, `period` or `rule`, `change` is `added`, `removed` or `changed`. A period is a time, from
    `valid_from` until `valid_to` (None: until further notice), in which the register would say something else of an
    asset: `before` and `after` are what it says (COMPARED), None where the asset isn't in it. Of a rule they are the
    columns RULE. A rule may also be `moved`: the first of those that decide in another order.
    """

    part: str
    change: str
    asset: str
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    before: Any = None
    after: Any = None

    def lowers(self, level: str) -> bool:
        """Whether LEVEL of a period would be lower than it is. What isn't in the register, is lower than any."""
        return self.part == "period" and ((self.after or {}).get(level) or 0) < ((self.before or {}).get(level) or 0)


@dataclass(frozen=True, slots=True)
class Proposal:
    """DATA in the place of the register's file PATH, which had the SHA-256 `former` when it was compared."""

    path: Path
    data: bytes
    former: str
    changes: tuple[Change, ...]

    @property
    def later(self) -> str:
        """The SHA-256 of what the file would hold."""
        return _hash(self.data)

    def count(self, part: str, change: str) -> int:
        """How many lines are of PART and CHANGE."""
        return sum((each.part, each.change) == (part, change) for each in self.changes)

    @property
    def lowered(self) -> list[str]:
        """The assets of which a level would be lower than it is: what is looked for less."""
        return sorted({each.asset for each in self.changes if any(map(each.lowers, LEVELS))})


def files(settings: Settings) -> dict[str, Path]:
    """The register's files by the name that people choose them by; of two of one name the second has its folder too."""
    found: dict[str, Path] = {}
    for path in (*settings.register.assets, *settings.register.rules):
        found[path.name if path.name not in found else str(path)] = path
    return found


def read(path: Path) -> bytes:
    """What the register's file PATH holds now. Errors: SettingsError if it can't be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(path.name, "file", error.strerror or "can't be read") from None


def propose(settings: Settings, path: Path, name: str, data: bytes) -> Proposal:
    """What DATA, a file that was called NAME, in the place of the register's file PATH would change.

    Errors:  SettingsError with file, row and column, as for the register itself: nothing is half taken. The file is
             called by the name of PATH, since NAME is whatever somebody chose.
    """
    if Path(name).suffix.lower() != path.suffix.lower():
        raise SettingsError(path.name, "file", f"want a file of the same kind: {path.suffix}")
    current = read(path)
    with _replaced(settings, path, data) as proposed:
        after = _load(proposed, settings)
    return Proposal(path, data, _hash(current), tuple(difference(register_tables.load(settings.register), after)))


def apply(
    home: Installation, found: Proposal, *, who: Caller, purpose: str | None, now: datetime | None = None
) -> Path:
    """Put FOUND in place, atomically, and keep the former file beside; returns where.

    WHO did it is recorded before, with the number of changes and both hashes: what can't be recorded isn't done.
    Errors:  SettingsError if the file is no longer the one that was compared, or what stands elsewhere in the register
             no longer agrees with it, or the folder can't be written; LakeError if it can't be recorded.
    """
    now = now or datetime.now(UTC)
    path = found.path.resolve()
    params: dict[str, Any] = {"file": found.path.name, "changes": len(found.changes)}
    params |= {"sha256_before": found.former, "sha256_after": found.later}
    act = Act(home=home, who=who, question="register change", params=params, purpose=purpose)
    with _alone(path.parent):
        if _hash(read(path)) != found.former:
            raise SettingsError(found.path.name, "file", STALE)
        with _replaced(home.settings, found.path, found.data) as proposed:
            _load(proposed, home.settings)
        act.write("asked", now)
        try:
            kept = _put(path, found.data, now)
        except OSError as error:
            act.write("failed", datetime.now(UTC))
            raise SettingsError(found.path.name, "file", error.strerror or "can't be written") from None
        act.write("decided", datetime.now(UTC), len(found.changes))
    return kept


def difference(before: Register, after: Register) -> Iterator[Change]:
    """What differs between two registers: assets that come or go, then periods, then rules, each in a fixed order."""
    old, new = _assets(before.assets), _assets(after.assets)
    for asset in sorted(new.keys() - old.keys()):
        yield Change("asset", "added", asset)
    for asset in sorted(old.keys() - new.keys()):
        yield Change("asset", "removed", asset)
    for asset in sorted(old.keys() | new.keys()):
        yield from _periods(asset, old.get(asset, []), new.get(asset, []))
    yield from _rules(before.rules, after.rules)


def _periods(asset: str, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[Change]:
    """The times in which NEW says something else of ASSET than OLD: by what holds then, not by how it is divided."""
    edges = sorted({row[name] for row in (*old, *new) for name in _TIMES if row[name] is not None})
    found: list[Change] = []
    for start, stop in zip(edges, [*edges[1:], None], strict=True):
        was, then = _said(old, start), _said(new, start)
        if was == then:
            continue
        change = "added" if was is None else "removed" if then is None else "changed"
        each = Change("period", change, asset, start, stop, was, then)
        if found and found[-1].valid_to == start and (found[-1].before, found[-1].after) == (was, then):
            found[-1] = replace(found[-1], valid_to=stop)
        else:
            found.append(each)
    yield from found


def _said(rows: list[dict[str, Any]], at: datetime) -> dict[str, Any] | None:
    """What ROWS, the periods of an asset, say of it AT a time; None if none holds."""
    for row in rows:
        if row["valid_from"] <= at and (row["valid_to"] is None or at < row["valid_to"]):
            # Known as it came into force, unless the file says another time: no part of what is said of the asset.
            known = None if row["known_from"] == row["valid_from"] else row["known_from"]
            return {**{name: row[name] for name in COMPARED}, "known_from": known}
    return None


def _rules(before: pa.Table, after: pa.Table) -> Iterator[Change]:
    old, new = _ruled(before), _ruled(after)
    for rule in sorted(new.keys() - old.keys(), key=str):
        yield Change("rule", "added", rule[0], after=rule)
    for rule in sorted(old.keys() - new.keys(), key=str):
        yield Change("rule", "removed", rule[0], before=rule)
    # Of two rules that are equally specific the first decides, so their order says something.
    stays = [rule for rule in old if rule in new]
    for was, now in zip(stays, [rule for rule in new if rule in old], strict=True):
        if was != now:
            yield Change("rule", "moved", now[0], before=was, after=now)
            return


def _ruled(rules: pa.Table) -> dict[tuple[Any, ...], None]:
    """The rules in their order of precedence."""
    return dict.fromkeys(tuple(row[name] for name in RULE) for row in rules.select(RULE).to_pylist())


def _assets(assets: pa.Table) -> dict[str, list[dict[str, Any]]]:
    """The periods of each asset."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in assets.to_pylist():
        found.setdefault(row["asset"], []).append(row)
    return found


def _load(proposed: Settings, settings: Settings) -> Register:
    """The register of PROPOSED, held against the rest of SETTINGS. Errors: SettingsError, by the files' own names."""
    named = (*settings.register.assets, *settings.register.rules)
    folders = dict(zip(map(str, (*proposed.register.assets, *proposed.register.rules)), named, strict=True))
    try:
        found = register_tables.load(proposed.register, looks_like_number)
        register_tables.hold_keep(found, settings)
    except SettingsError as error:
        place, reason = error.place, error.reason
        for text, own in folders.items():
            place, reason = place.replace(text, own.name), reason.replace(text, own.name)
        raise SettingsError(place, error.field, reason) from None
    return found


@contextmanager
def _replaced(settings: Settings, path: Path, data: bytes) -> Iterator[Settings]:
    """SETTINGS with DATA where the register's file PATH stands."""
    with tempfile.TemporaryDirectory(prefix="sparhund-register-") as folder:
        copy = Path(folder) / f"new{path.suffix}"
        copy.write_bytes(data)
        named = {
            name: tuple(copy if each == path else each for each in getattr(settings.register, name))
            for name in ("assets", "rules")
        }
        yield replace(settings, register=replace(settings.register, **named))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else puts a file into FOLDER by this module meanwhile, in any process."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _put(path: Path, data: bytes, now: datetime) -> Path:
    """DATA in the place of PATH: a reader sees the one or the other. The former stays beside, with the time."""
    kept = _unused(path.with_name(f"{path.name}.{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"))
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, made)
        os.link(path, kept)
        made.replace(path)
    finally:
        with suppress(FileNotFoundError):
            made.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return kept


def _unused(path: Path) -> Path:
    number, found = 1, path
    while found.exists():
        number, found = number + 1, path.with_name(f"{path.name}-{number + 1}")
    return found


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
